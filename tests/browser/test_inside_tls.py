"""The view "Inside TLS" in a real JupyterLab: offered where there is TLS, side by side, stacked where it is narrow."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.lab import DARK, LIGHT, NotebookPage

Open = Callable[..., NotebookPage]

START = r"""
import netkit, poplib, smtplib
netkit.language("{language}")
mail = netkit.mail()
with smtplib.SMTP(*mail.smtp) as smtp:
    smtp.ehlo("pc")
    smtp.starttls(context=mail.context)
    smtp.login("student", "secretword")
    smtp.sendmail("me@example.org", "student@netkit.test", "Subject: <b>тайна</b>\r\n\r\n$x^2$\r\n".encode())
"""
NAMES = {
    "en": ("Inside TLS", "Dialogue", "what the ends said"),
    "ru": ("Внутри TLS", "Диалог", "что сказали стороны"),
}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_what_the_wire_saw_beside_what_the_ends_said(open_cells: Open, language: str) -> None:
    notebook = open_cells(START.format(language=language), "mail.smtp")
    view, dialogue, heading = NAMES[language]
    box = notebook.outputs.locator(".nk-root")
    pane = box.locator(".nk-pane")
    expect(pane).not_to_contain_text("secretword")
    button = box.get_by_role("button", name=view, exact=True)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(pane.get_by_role("columnheader", name=heading, exact=True)).to_be_visible()
    turn = pane.get_by_role("row").filter(has_text="secretword")
    expect(turn).to_have_count(1)
    wire, said = (turn.get_by_role("cell").nth(number) for number in (2, 3))
    expect(wire).to_contain_text("17 03 03 00")
    expect(wire).not_to_contain_text("AUTH")
    expect(said).to_contain_text("AUTH PLAIN")
    left, right = wire.bounding_box(), said.bounding_box()
    assert left and right and left["y"] == right["y"] and left["x"] + left["width"] <= right["x"] + 1
    expect(pane).to_contain_text("$x^2$")
    assert pane.locator("mjx-container, b b, script").count() == 0
    assert notebook.nameless_controls() == [] and notebook.clipped_buttons() == [] and notebook.overflowing() == []
    said.scroll_into_view_if_needed()
    for theme, name in ((DARK, "dark"), (LIGHT, "light")):
        notebook.set_theme(theme)
        notebook.shoot(f"inside-tls-{language}-{name}")
    notebook.page.set_viewport_size({"width": 520, "height": 1400})
    expect(said).to_be_visible()
    left, right = wire.bounding_box(), said.bounding_box()
    assert left and right and right["y"] >= left["y"] + left["height"] - 1
    assert notebook.overflowing() == []
    said.scroll_into_view_if_needed()
    notebook.shoot(f"inside-tls-{language}-narrow")
    box.get_by_role("button", name=dialogue, exact=True).click()
    expect(pane).not_to_contain_text("secretword")


def test_without_tls_it_is_not_offered(open_cells: Open) -> None:
    notebook = open_cells(START.format(language="en"), "poplib.POP3(*mail.pop3).quit()", "mail.pop3")
    box = notebook.outputs.locator(".nk-root")
    expect(box.get_by_role("button", name="Pieces", exact=True)).to_be_visible()
    expect(box.get_by_role("button", name="Inside TLS", exact=True)).to_have_count(0)
