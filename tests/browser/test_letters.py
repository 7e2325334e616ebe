"""The views of letters and of the mail server in a real JupyterLab: nothing runs, nothing is fetched, all fits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import DARK, LIGHT, NotebookPage
from tests.browser.test_inspector import in_kernel, press

Open = Callable[..., NotebookPage]

START = """
import netkit
mail = netkit.mail()
mail.reset()
"""
HOSTILE = r"""
import socket
listener = socket.create_server(("127.0.0.1", 0))
listener.settimeout(0)
there = f"http://127.0.0.1:{listener.getsockname()[1]}/seen.gif"
bad = "<script>parent.hacked = 1</script><img src=x onerror='top.hacked = 2'>"
mail.deliver(f'''From: {bad} <a@b.example>
To: "{bad}" <b@c.example>, student@netkit.test
Subject: {bad}{"very long " * 1000}
Message-ID: {bad}
Content-Type: multipart/mixed; boundary=X

--X
Content-Type: text/plain

{bad} $x^2$
--X
Content-Type: text/html; charset=utf-8

<meta http-equiv="refresh" content="0; url={there}?refresh"><base href="{there}">
<link rel="preconnect" href="{there}"><link rel="stylesheet" href="{there}?style">
{bad}<img src="{there}?picture"><script src="{there}?script"></script>
<style>@import url({there}?import); body {{ background: url({there}?background) }}</style>
<iframe src="{there}?frame"></iframe><object data="{there}?object"></object><video src="{there}?video" autoplay></video>
<p><a id="link" href="{there}?link">a link</a> <a target="_self" href="{there}?self">itself</a>
<a target="_top" href="{there}?top">top</a></p>
<form action="{there}?form"><button>send</button></form>
<img src="data:image/gif;base64,R0lGODlhAQABAIAAAP8AAAAAACwAAAAAAQABAAACAkQBADs=" width="40" height="40" alt="dot">
--X
Content-Type: text/html
Content-Disposition: attachment; filename="<script>top.hacked = 3<{"/"}script>.html"

{bad}
--X--
'''.encode(), to="student")
"""
STRANGE = r"""
from email.message import EmailMessage
letter = EmailMessage()
letter["From"], letter["To"], letter["Subject"] = "rector@example.org", "lecturer@netkit.test", "Тайная копия"
letter.set_content("Никому не говори.\n")
mail.deliver(letter, to=["student"], sender="dean@example.org")
mail.deliver(bytes(range(256)) * 40, to="student")
"""


UNREACHED = """
try:
    listener.accept()
except BlockingIOError:
    pass
else:
    raise AssertionError("somebody has connected")
"""


def view(notebook: NotebookPage) -> Locator:
    found = notebook.outputs.locator(".jp-OutputArea-output .nk-root").last
    expect(found).to_be_visible()
    return found


def turn_to(box: Locator, name: str) -> None:
    press(box, name)
    expect(box.get_by_role("button", name=name, exact=True)).to_have_attribute("aria-pressed", "true")


def test_a_hostile_letter_does_nothing(open_cells: Open) -> None:
    notebook = open_cells(START + HOSTILE, "mail.maildrop('student')[-1]")
    box, page = view(notebook), notebook.page
    page.set_viewport_size({"width": 700, "height": 1200})
    for name in ("Text", "Structure", "Source", "1 attachment", "HTML"):
        turn_to(box, name)
        assert notebook.overflowing() == []
        assert notebook.clipped_buttons() == []
        notebook.shoot(f"hostile-{name}")
    assert box.locator("script, mjx-container, .nk-letter-top img, .nk-heading img").count() == 0
    expect(box.locator(".nk-notes")).to_contain_text("Not fetched, so that nobody learns that it was read: 9 things")
    inner = box.frame_locator(".nk-frame").frame_locator("iframe")
    dot = inner.get_by_alt_text("dot")
    expect(dot).to_be_visible()
    assert dot.evaluate("e => e.complete && e.naturalWidth") == 1  # a picture that came along is shown
    for name in ("a link", "itself", "top", "send"):
        inner.get_by_text(name, exact=True).click()
    turn_to(box, "Source")
    turn_to(box, "HTML")
    expect(dot).to_be_visible()
    assert page.evaluate("() => window.hacked") is None
    in_kernel(notebook, UNREACHED)
    # The browser also reports what the policy stopped as asked for; the listener knows that nothing came.
    notebook.outside = {url for url in notebook.outside if "/seen.gif" not in url}


def test_the_mail_server_is_live(open_cells: Open) -> None:
    notebook = open_cells(START, "mail")
    box = view(notebook)
    expect(box.get_by_role("option")).to_have_count(7)
    expect(box).to_contain_text("The first 5,000 primes")
    in_kernel(notebook, STRANGE)
    expect(box.get_by_role("option")).to_have_count(9)
    box.get_by_role("listbox").select_option(index=7)
    expect(box.locator(".nk-letter-top")).to_contain_text("in no header field: a blind copy")
    expect(box.locator(".nk-letter-top")).to_contain_text(
        "lecturer@netkit.test: named in To, but the letter was not sent there"
    )
    with notebook.page.expect_download() as waiting:
        press(box, "Save the letter (.eml)")
    assert waiting.value.suggested_filename == "letter-8.eml"
    assert b"To: lecturer@netkit.test\r\n" in Path(waiting.value.path()).read_bytes()
    box.get_by_role("listbox").select_option(index=5)
    turn_to(box, "2 attachments")
    picture = box.get_by_alt_text("the picture board.png")
    expect(picture).to_be_visible()
    assert picture.evaluate("e => e.naturalWidth") == 64
    with notebook.page.expect_download() as waiting:
        press(box, "Save палиндром.py")
    assert waiting.value.suggested_filename == "палиндром.py"
    press(box, "Put the first letters back")
    expect(box.get_by_role("option")).to_have_count(7)
    turn_to(box, "SMTP")
    in_kernel(notebook, "import smtplib\nwith smtplib.SMTP(*mail.smtp, timeout=5) as session: session.noop()")
    expect(box.get_by_role("table", name="Dialogue", exact=True)).to_contain_text("noop")
    assert notebook.nameless_controls() == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_letters_fit_in_both_themes(open_cells: Open, language: str) -> None:
    notebook = open_cells(f"import netkit\nnetkit.language('{language}')", START + STRANGE, "mail")
    box = view(notebook)
    notebook.page.set_viewport_size({"width": 700, "height": 1000})
    for index in (1, 4, 5, 7, 8):
        box.get_by_role("listbox").select_option(index=index)
        expect(box.locator(".nk-letter-top")).to_be_visible()
        for number in range(5):
            button = box.locator(".nk-letter .nk-views button").nth(number)
            button.click()
            expect(button).to_have_attribute("aria-pressed", "true")
            assert notebook.overflowing() == []
            assert notebook.clipped_buttons() == []
            assert box.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
            if index in (4, 5, 7):
                notebook.shoot(f"letter-{language}-{index}-{number}")
    notebook.set_theme(DARK)
    notebook.shoot(f"mail-{language}-dark")
    notebook.set_theme(LIGHT)


def test_a_button_that_saves_can_have_a_tooltip(open_cells: Open) -> None:
    notebook = open_cells(
        "from netkit.show.download import Download, File\n"
        'Download("Save", lambda: File("a.txt", "text/plain", b"abc"), print, tooltip="Saves <b>all</b>")'
    )
    button = notebook.page.get_by_role("button", name="Save", exact=True).and_(notebook.page.locator(".nk-button"))
    expect(button).to_have_attribute("title", "Saves <b>all</b>")
    with notebook.page.expect_download() as waiting:
        button.click()
    assert Path(waiting.value.path()).read_bytes() == b"abc"
