"""XML-RPC calls in a real browser: XML on the left, Python on the right, and nothing of it comes alive."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from netkit import i18n
from tests.browser.lab import DARK, LIGHT, NotebookPage

CALLS = """
import xmlrpc.client
import netkit
rpc = netkit.xmlrpc()
req = xmlrpc.client.ServerProxy(f"http://{rpc.address}", allow_none=True)
"""
ONE = """
req.echo([1, "<script>document.title = 'alive'</script>", {"Привет": None}, float("inf")])
netkit.calls(rpc, last=1)
"""
MANY = """
multi = xmlrpc.client.MultiCall(req)
for n in range(12):
    multi.add(n, n)
try:
    multi(), req.nothing()
except xmlrpc.client.Fault:
    pass
netkit.calls(rpc, last=2)
"""
BOMB = """
import http.client
client = http.client.HTTPConnection(*rpc.address)
xml = '<!DOCTYPE methodCall [<!ENTITY x "ha">]><methodCall><methodName>&x;</methodName></methodCall>'
client.request("POST", "/", xml, {"Content-Type": "text/xml"})
client.getresponse().read()
client.close()
netkit.calls(rpc, last=1)
"""


@pytest.fixture(params=["en", "ru"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The language in which netkit speaks, here and in the notebook."""
    monkeypatch.setenv("NETKIT_LANGUAGE", "")
    yield i18n.language(request.param)
    i18n.language("en")


def test_calls(open_cells: Callable[..., NotebookPage], language: str) -> None:
    notebook = open_cells(CALLS + f"netkit.language({language!r});", ONE, MANY, BOMB, "rpc.stop()")
    tables = notebook.outputs.locator("table.nk-xml")
    row = tables.first.locator("tr", has_text="alive").locator("td")
    expect(row.first).to_contain_text("<string>&lt;script&gt;document.title = 'alive'&lt;/script&gt;</string>")
    expect(row.last).to_contain_text("\"<script>document.title = 'alive'</script>\",")
    expect(tables.first.locator("tr", has_text="<nil/>").locator("td").last).to_have_text("'Привет': None,")
    expect(tables.first.locator(".nk-wrong")).to_have_text(i18n._("no number with a decimal point"))
    pane = notebook.outputs.locator(".nk-calls").first
    expect(pane).to_have_attribute("aria-label", i18n._("the calls"))
    assert pane.evaluate("pane => pane.scrollHeight > pane.clientHeight && pane.clientHeight <= 640")
    expect(notebook.outputs.locator("caption", has_text="DOCTYPE").first).to_contain_text(
        i18n._("not read: {why}").partition("{")[0]
    )
    assert notebook.page.title() != "alive"
    for theme in (LIGHT, DARK):
        notebook.set_theme(theme)
        notebook.shoot(f"calls-{language}-{theme.split()[-1].lower()}")
    assert notebook.overflowing() == []
    assert notebook.nameless_controls() == []
