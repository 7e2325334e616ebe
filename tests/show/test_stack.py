"""The protocols as layers: each conversation counts in every layer in which it was spoken."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from xmlrpc.client import dumps

import pytest

import netkit
from netkit.servers.ftp.ftp import Ftp
from netkit.servers.handle import Handle
from netkit.servers.local import Echo
from netkit.servers.mail.post import Mail
from netkit.servers.web.site import Web
from netkit.show import stack
from netkit.wire.source import Source
from netkit.wire.tap import Tap
from tests.web.talk import LIMIT, connect


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Source[object]]]:
    """Nothing is counted but what a test puts into the list; other tests of the process have their own servers."""
    mine: list[Source[object]] = []
    monkeypatch.setattr(stack, "sources", lambda: tuple(mine))
    yield mine


def counted() -> dict[str, str]:
    rows = re.findall(r"^  (.+?), .*: (.+)$", repr(netkit.stack()), flags=re.MULTILINE)
    return {name: said for name, said in rows if said != "nothing yet"}


def test_nothing_was_said(alone: list[Source[object]]) -> None:
    assert counted() == {}
    assert repr(netkit.stack()).splitlines()[:3] == [
        "Protocols, each on those below it",
        "on HTTP:",
        "  XML-RPC, xmlrpc.client, xmlrpc.server: nothing yet",
    ]


def test_http_and_tls_and_calls(alone: list[Source[object]]) -> None:
    with Web() as web:
        alone += [web.http.tap, web.https.tap]  # type: ignore[list-item]
        for url in (web.url, web.secure_url):
            context = web.context if url.startswith("https") else None
            with urllib.request.urlopen(url + "/ip", context=context, timeout=LIMIT):
                pass
        post = urllib.request.Request(web.url + "/post", dumps((1, 2), "add").encode(), {"Content-Type": "text/xml"})
        with urllib.request.urlopen(post, timeout=LIMIT):
            pass
        one, three = "1 conversation", "3 conversations"
        assert counted() == {"XML-RPC": one, "HTTP": three, "TLS": one, "TCP": three, "IP": three}
        html = netkit.stack().children[0].value
    assert html.count("nk-box nk-used") == 5 and html.count('class="nk-box"') == 6


def test_other_protocols(alone: list[Source[object]]) -> None:
    with Mail() as mail, Ftp() as ftp, Handle(Tap(Echo, name="mine")) as echo:
        alone += [mail.smtp.tap, mail.pop3.tap, ftp.tap, ftp.data.tap, echo.tap]  # type: ignore[list-item]
        for door in (mail.smtp, mail.pop3, echo):
            connect(door).close()
        with urllib.request.urlopen(ftp.url + "/pub/hello.txt", timeout=LIMIT) as file:
            file.read()
        got = counted()
    one = "1 conversation"
    assert got.pop("FTP") == "2 conversations"  # control and data
    assert got.pop("TCP") == got.pop("IP") == "5 conversations"
    assert got == {"SMTP": one, "POP3": one, "protocols of your own": one}
