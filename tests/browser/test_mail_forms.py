"""The form for a letter and the phases of POP3 in a real JupyterLab."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import DARK, LIGHT, NotebookPage
from tests.browser.test_inspector import in_kernel, press

Open = Callable[..., NotebookPage]

START = """
import netkit, poplib
netkit.language({language!r})
mail = netkit.mail()
"""
LOGIN = """
p = poplib.POP3(*mail.pop3)
p.user("student")
p.pass_(mail.users["student"])
"""
WORK = """
p.list(); p.top(1, 0); p.retr(3); p.dele(2); p.dele(4)
"""
SECOND = """
q = poplib.POP3(*mail.pop3)
q.user("student")
try:
    q.pass_(mail.users["student"])
except poplib.error_proto as problem:
    print(problem)
"""


def root(notebook: NotebookPage, number: int = 0) -> Locator:
    return notebook.outputs.locator(".nk-root").nth(number)


def sound(notebook: NotebookPage) -> None:
    """What holds for every widget."""
    assert notebook.nameless_controls() == []
    assert notebook.clipped_buttons() == []
    assert notebook.overflowing() == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_pictures(open_cells: Open, language: str) -> None:
    notebook = open_cells(START.format(language=language), "netkit.phases(mail.pop3)", LOGIN, WORK)
    expect(root(notebook).locator(".nk-card.nk-is-marked")).to_have_count(2)
    sound(notebook)
    notebook.shoot(f"phases-{language}-transaction")
    notebook.set_theme(DARK)
    notebook.shoot(f"phases-{language}-dark")
    notebook.set_theme(LIGHT)
    in_kernel(notebook, SECOND)
    expect(root(notebook).get_by_role("combobox").locator("option")).to_have_count(3)
    notebook.shoot(f"phases-{language}-locked")
    in_kernel(notebook, "q.close(); p.quit()")
    root(notebook).get_by_role("combobox").select_option(index=2)
    expect(root(notebook).locator(".nk-card.nk-is-gone")).to_have_count(2)
    notebook.shoot(f"phases-{language}-update")
    notebook.page.set_viewport_size({"width": 700, "height": 1400})
    sound(notebook)
    notebook.shoot(f"phases-{language}-narrow")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_letters(open_cells: Open, language: str) -> None:
    notebook = open_cells(START.format(language=language), "netkit.compose(mail)")
    expect(root(notebook).locator(".nk-program")).to_be_visible()
    root(notebook).get_by_role("textbox").nth(1).fill("student@netkit.test, nobody@netkit.test")
    root(notebook).get_by_role("textbox").nth(4).fill("guest@netkit.test")
    sound(notebook)
    notebook.shoot(f"compose-{language}")
    root(notebook).locator("button.mod-primary").click()
    expect(root(notebook).locator(".nk-dialogue")).to_be_visible()
    notebook.shoot(f"compose-{language}-sent")
    notebook.set_theme(DARK)
    notebook.shoot(f"compose-{language}-dark")
    notebook.page.set_viewport_size({"width": 700, "height": 1400})
    sound(notebook)
    notebook.shoot(f"compose-{language}-narrow")
    press(root(notebook), {"en": "Send", "ru": "Отправить"}[language])
