"""HTTP in a real browser: a conversation explained line by line, and two of them side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.lab import NotebookPage

SERVER = '''
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
'''
ASKED = """
ask("/search?q=%D0%BF%D1%80%D0%B8+1&w=%D0%C9", Authorization="Basic aXZhbjpzZWNyZXQ=", Cookie="id=7")
"""
WORDS = {
    "en": ("asks for /search; query: q = при 1, w = пи (not UTF-8; read as koi8-r)", "changed", "left only", "right only"),
    "ru": ("просит /search; запрос (query): q = при 1, w = пи (не UTF-8; прочитано как koi8-r)",
           "изменено", "только слева", "только справа"),
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ru"])
def test_http_is_explained_and_compared(open_cells: Callable[..., NotebookPage], language: str) -> None:
    notebook = open_cells(
        SERVER + f"netkit.language({language!r});" + ASKED,
        "web",
        'ask("/search?q=2", Accept="*/*"); netkit.compare(*web.conversations[-2:])',
        "server.shutdown(); server.server_close(); web.stop()",
    )
    notebook.shoot(f"http-{language}")
    query, changed, left, right = WORDS[language]
    rows = notebook.outputs.locator(".nk-dialogue tbody tr")
    expect(rows.first).to_contain_text(query)
    table = notebook.outputs.locator(".nk-compare table")
    expect(table.locator("tr.nk-changed").first).to_contain_text(changed)
    expect(table.locator("tr.nk-left").first).to_contain_text(left)
    expect(table.locator("tr.nk-right").first).to_contain_text(right)
    assert notebook.nameless_controls() == []
