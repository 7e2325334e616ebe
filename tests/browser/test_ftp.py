"""FTP in a real browser: the dialogue explained line by line, and the data connections beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from netkit import i18n
from tests.browser.lab import NotebookPage

SERVER = """
import ftplib
import io
import netkit
"""
TALK = """
ftp = netkit.ftp()
with ftplib.FTP(timeout=10) as session:
    session.connect(*ftp)
    session.login("student", "secretword")
    session.retrbinary("RETR /pub/книга.txt", io.BytesIO().write)
    session.set_pasv(False)
    session.retrlines("LIST /", lambda line: None)
    session.storbinary("STOR /upload/<b>bold.txt", io.BytesIO(b"<script>alert(1)</script>" * 3))
    try:
        session.cwd("/nowhere")
    except ftplib.error_perm:
        pass
"""


@pytest.fixture(params=["en", "ru"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The language in which netkit speaks, here and in the notebook."""
    monkeypatch.setenv("NETKIT_LANGUAGE", "")
    yield i18n.language(request.param)
    i18n.language("en")


def test_ftp_is_explained_and_its_data_are_shown(open_cells: Callable[..., NotebookPage], language: str) -> None:
    notebook = open_cells(SERVER + f"netkit.language({language!r})" + TALK, "ftp", "ftp.data", "ftp.conversations[-1]")
    notebook.shoot(f"ftp-{language}")
    dialogue = notebook.outputs.locator(".nk-dialogue").first
    for said in ("PASV", "RETR /pub/книга.txt", "STOR /upload/<b>bold.txt", "QUIT"):
        expect(dialogue).to_contain_text(said)
    listed = notebook.outputs.get_by_role("listbox").nth(1).get_by_role("option")
    expect(listed).to_have_count(3)
    active = i18n._("the client here is {name}").format(name="ftp")
    rows = [text.replace("\N{NO-BREAK SPACE}", " ") for text in listed.all_inner_texts()]  # the widget's, for columns
    assert [active in row for row in rows] == [False, True, True]
    assert notebook.overflowing() == []
    assert notebook.clipped_buttons() == []
    assert notebook.nameless_controls() == []
