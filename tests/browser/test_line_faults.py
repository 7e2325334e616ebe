"""The row of the fault panel that breaks a single command, in a real JupyterLab, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.lab import DARK, LIGHT, NotebookPage
from tests.browser.test_inspector import in_kernel, inspector

Open = Callable[..., NotebookPage]

START = """
import netkit, smtplib
netkit.language("LANGUAGE")
mail = netkit.mail()

def send():
    with smtplib.SMTP(*mail.smtp, local_hostname="pc", timeout=5) as session:
        session.sendmail("me@example.org", ["student@netkit.test", "guest@netkit.test"], "Subject: one\\r\\n\\r\\nhi")

send()
"""


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_learner_breaks_a_command(open_cells: Open, language: str) -> None:
    notebook = open_cells(START.replace("LANGUAGE", language), "mail.smtp")
    box = inspector(notebook)
    box.locator(".nk-wire").click()
    row = box.locator(".nk-lines")
    command, act = row.locator("select").nth(0), row.locator("select").nth(1)
    answer, times = row.locator("input").nth(1), row.locator("input").nth(0)
    command.select_option(index=6)
    expect(answer).to_have_value("550 5.1.1 Requested action not taken: mailbox unavailable")
    answer.fill("550 5.1.1 Nobody there")
    times.fill("1")
    row.get_by_role("button").click()
    said = box.locator(".nk-faults").get_by_role("status")
    expect(said).to_contain_text("550 5.1.1 Nobody there")
    notebook.shoot(f"lines-set-{language}")
    in_kernel(notebook, "send()")
    expect(said).not_to_contain_text("550 5.1.1 Nobody there")  # it has acted, once
    pane = box.locator(".nk-pane")
    expect(pane.locator("tr.nk-taken .nk-way")).to_have_text(["client → netkit", "клиент → netkit"][language == "ru"])
    expect(pane.locator("tr.nk-tap .nk-way")).to_have_text(["netkit → client", "netkit → клиент"][language == "ru"])
    pane.locator("tr.nk-tap").scroll_into_view_if_needed()
    assert notebook.overflowing() == [] and notebook.clipped_buttons() == [] and notebook.nameless_controls() == []
    for theme in (DARK, LIGHT):
        notebook.set_theme(theme)
        notebook.shoot(f"lines-{language}-{theme.split()[-1].lower()}")
    act.select_option(index=2)
    expect(answer).to_be_hidden()
    times.fill("often")
    row.get_by_role("button").click()
    expect(said).to_contain_text("'often'")
    in_kernel(notebook, "assert mail.smtp.faults.calm")
