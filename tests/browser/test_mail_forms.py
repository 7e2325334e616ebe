"""The form for a letter and the phases of POP3 in a real JupyterLab: live, in two languages, and safe to type into."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import DARK, LIGHT, NotebookPage
from tests.browser.test_inspector import COUNT, in_kernel

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
WORK = "p.list(); p.top(1, 0); p.retr(3); p.dele(2); p.dele(4)"
SECOND = """
q = poplib.POP3(*mail.pop3)
q.user("student")
try:
    q.pass_(mail.users["student"])
except poplib.error_proto as problem:
    print(problem)
"""
NASTY = "</pre><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'> \"$x^2$\" \\(y^2\\)"


def root(notebook: NotebookPage) -> Locator:
    return notebook.outputs.locator(".nk-root").first


def sound(notebook: NotebookPage) -> None:
    """What holds for every widget."""
    assert notebook.nameless_controls() == []
    assert notebook.clipped_buttons() == []
    assert notebook.overflowing() == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_picture_follows_what_the_cells_do(open_cells: Open, language: str) -> None:
    notebook = open_cells(START.format(language=language), "netkit.phases(mail.pop3)")
    box = root(notebook)
    here, marked = box.locator(".nk-here"), box.locator(".nk-card.nk-is-marked")
    expect(box.locator(".nk-phase")).to_have_count(3)
    expect(here).to_have_count(0)  # no session, no phase
    in_kernel(notebook, LOGIN)
    expect(here).to_contain_text("TRANSACTION")
    expect(here).to_have_count(1)
    expect(box.locator(".nk-card")).to_have_count(7)
    expect(marked).to_have_count(0)
    in_kernel(notebook, WORK)
    expect(marked).to_have_count(2)
    sound(notebook)
    notebook.shoot(f"phases-{language}-transaction")
    notebook.set_theme(DARK)
    notebook.shoot(f"phases-{language}-dark")
    notebook.set_theme(LIGHT)
    in_kernel(notebook, SECOND)
    expect(here).to_contain_text("AUTHORIZATION")
    expect(box.locator(".nk-steps")).to_contain_text("-ERR [IN-USE] maildrop already locked")
    notebook.shoot(f"phases-{language}-locked")
    box.get_by_role("combobox").select_option(index=2)  # the first session
    expect(marked).to_have_count(2)
    in_kernel(notebook, "q.close(); p.quit()")
    expect(here).to_contain_text("UPDATE")
    expect(here.locator(".nk-now-here")).to_be_visible()
    expect(box.locator(".nk-card.nk-is-gone")).to_have_count(2)
    notebook.shoot(f"phases-{language}-update")
    notebook.page.set_viewport_size({"width": 700, "height": 1400})
    sound(notebook)
    notebook.shoot(f"phases-{language}-narrow")


def test_the_cells_of_a_lesson_can_be_run_again(open_cells: Open) -> None:
    """The cell that signs in makes its new connection while the old one still has the lock."""
    notebook = open_cells(START.format(language="en"), "netkit.phases(mail.pop3)", LOGIN, "p.dele(1)")
    for _time in range(3):
        notebook.run_all()
    notebook.expect_widgets()
    box = root(notebook)
    expect(box.locator(".nk-here")).to_contain_text("TRANSACTION")
    expect(box.locator(".nk-card.nk-is-marked")).to_have_count(1)
    expect(box.locator(".nk-heading")).to_have_text("pop3, session 4")
    in_kernel(notebook, "assert len(mail.maildrop('student')) == 7, mail")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_letter_is_composed_and_sent(open_cells: Open, language: str) -> None:
    notebook = open_cells(START.format(language=language), "netkit.compose(mail)")
    box = root(notebook)
    program = box.get_by_role("region")
    envelope = box.locator(".nk-compose-envelope").get_by_role("textbox").nth(1)
    envelope.fill("student@netkit.test, nobody@netkit.test")
    box.get_by_role("textbox", name="Cc", exact=True).fill("guest@netkit.test")
    expect(program).to_contain_text('to_addrs=["student@netkit.test", "nobody@netkit.test"]')
    expect(box.get_by_role("textbox", name="To", exact=True)).to_have_value("student@netkit.test, nobody@netkit.test")
    sound(notebook)
    notebook.shoot(f"compose-{language}")
    box.locator("button.mod-primary").click()
    expect(box.locator(".nk-wrong")).to_contain_text("nobody@netkit.test (550 5.1.1 No such user here)")
    expect(box.locator(".nk-dialogue")).to_be_visible()
    sound(notebook)
    notebook.shoot(f"compose-{language}-sent")
    notebook.set_theme(DARK)
    notebook.shoot(f"compose-{language}-dark")
    notebook.page.set_viewport_size({"width": 700, "height": 1400})
    sound(notebook)
    notebook.shoot(f"compose-{language}-narrow")


def test_what_is_typed_is_text_and_what_is_shown_is_copied_and_run(open_cells: Open) -> None:
    notebook = open_cells(START.format(language="en"), "form = netkit.compose(mail)\nform")
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    box = root(notebook)
    text, subject = (box.get_by_role("textbox", name=name, exact=True) for name in ("Text", "Subject"))
    text.fill(NASTY + "\nПривет 😀")
    subject.fill("dd")
    subject.press("d")  # no shortcut of JupyterLab
    subject.press("d")
    assert notebook.page.evaluate(COUNT) == 2
    program = box.get_by_role("region")
    expect(program).to_contain_text("<script>window.hacked = 1</script>")
    expect(program).to_contain_text("$x^2$")
    expect(program).to_contain_text('"dddd"')  # the kernel has seen the last key
    box.get_by_role("button", name="Copy the program", exact=True).click()
    expect(box.get_by_role("status").filter(has_text="copied")).to_be_visible()
    assert notebook.page.evaluate("() => navigator.clipboard.readText()") == program.text_content()
    box.get_by_role("button", name="Send", exact=True).click()
    expect(box.locator(".nk-good")).to_have_text("✓ Accepted for 1 recipient.")
    assert notebook.page.evaluate("() => window.hacked") is None
    in_kernel(
        notebook,
        "from email import message_from_bytes, policy\n"
        "letter = message_from_bytes(mail.maildrop('student')[-1].data, policy=policy.default)\n"
        f"assert letter.get_content().splitlines() == [{NASTY!r}, 'Привет 😀'], letter.get_content()\n"
        "assert letter['Subject'] == 'dddd', letter\n",
    )
    subject.fill("Hello\nBcc: guest@netkit.test")
    box.get_by_role("button", name="Send", exact=True).click()
    expect(box.locator(".nk-wrong")).to_contain_text("header injection")
