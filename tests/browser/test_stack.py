"""The layers in a real JupyterLab: readable in both languages and themes, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.lab import DARK, LIGHT, NotebookPage

Open = Callable[..., NotebookPage]

SAID = """
import netkit, urllib.request
netkit.language({language!r})
web = netkit.web()
urllib.request.urlopen(web.secure_url + "/get", context=web.context).close()
netkit.stack()
"""


@pytest.mark.parametrize("language", ["en", "ru"])
def test_layers(open_cells: Open, language: str) -> None:
    notebook = open_cells(SAID.format(language=language))
    box = notebook.outputs.locator(".nk-stack")
    expect(box.locator(".nk-layer")).to_have_count(5)
    expect(box.locator(".nk-used")).to_have_count(4)  # HTTP, TLS, TCP, IP
    for theme in (DARK, LIGHT):
        notebook.set_theme(theme)
        notebook.shoot(f"stack-{language}-{'dark' if theme is DARK else 'light'}")
    assert notebook.overflowing() == []
    notebook.page.set_viewport_size({"width": 640, "height": 1200})
    assert notebook.overflowing() == []
    notebook.shoot(f"stack-{language}-narrow")
