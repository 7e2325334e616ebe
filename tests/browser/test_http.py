"""HTTP in a real browser: a conversation explained line by line, and two of them side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from netkit import i18n
from netkit.show.differences import Kind, in_words
from tests.browser.lab import NotebookPage

SERVER = """
import http.client, http.server, threading
import netkit

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        content = "<title>Привет</title>\\n<p>мир</p>\\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Set-Cookie", "id=7; Max-Age=60; HttpOnly")
        self.end_headers()
        self.wfile.write(content)
    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
web = netkit.tap(*server.server_address, name="web", protocol="http")

def ask(target, **fields):
    connection = http.client.HTTPConnection(*web.address)
    connection.request("GET", target, headers=fields)
    connection.getresponse().read()
    connection.close()
"""
ASKED = """
ask("/search?q=2", Accept="*/*")
ask("/search?q=%D0%BF%D1%80%D0%B8+1&w=%D0%C9", Authorization="Basic aXZhbjpzZWNyZXQ=", Cookie="id=7")
"""


@pytest.fixture(params=["en", "ru"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The language in which netkit speaks, here and in the notebook."""
    monkeypatch.setenv("NETKIT_LANGUAGE", "")
    yield i18n.language(request.param)
    i18n.language("en")


def test_http_is_explained_and_compared(open_cells: Callable[..., NotebookPage], language: str) -> None:
    notebook = open_cells(
        SERVER + f"netkit.language({language!r});" + ASKED,
        "web",
        "netkit.compare(*web.conversations)",
        "server.shutdown(); server.server_close(); web.stop()",
    )
    notebook.shoot(f"http-{language}")
    rows = notebook.outputs.locator(".nk-dialogue tbody tr")
    expect(rows.first).to_contain_text(i18n._("asks for {target}").format(target="/search"))
    expect(rows.first).to_contain_text("q = при 1, w = пи")
    table = notebook.outputs.locator(".nk-compare table")
    for kind, what in ((Kind.CHANGED, "/search?q=2"), (Kind.LEFT, "Accept"), (Kind.RIGHT, "Authorization")):
        row = table.locator(f"tr.nk-{kind.name.lower()}").first
        expect(row).to_contain_text(f"{kind.value} {in_words(kind)}")
        expect(row).to_contain_text(what)
    assert notebook.nameless_controls() == []
