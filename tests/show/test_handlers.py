"""The chain of handlers: the order that is told is the order in which a live opener asks them."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from email.message import Message
from typing import Any
from urllib.error import HTTPError

import pytest

import netkit
from netkit.errors import BadInput
from netkit.servers.web.site import Web
from netkit.show.opener_chain import Origin, Stage, chain, protocols
from netkit.wire import background


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with Web() as made:
        yield made
    assert list(background.problems) == []


class Stamp(urllib.request.BaseHandler):
    """A learner's own."""

    handler_order = 50

    def http_request(self, request: Any) -> Any:
        return request

    def default_open(self, _request: Any) -> None:
        return None


def test_the_usual_ones() -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    assert repr(netkit.handlers(opener)) == (
        "http: whom this opener asks, in order\n"
        "1. Before it is sent — each may change the request\n"
        "   HTTPHandler.http_request() — order 500, usual\n"
        "2. Sending it — the first that gives a response ends this\n"
        "   HTTPHandler.http_open() — order 500, usual\n"
        "   if nobody has opened it: UnknownHandler.unknown_open() — order 500, usual\n"
        "3. With the response — each may give another one\n"
        "   HTTPErrorProcessor.http_response() — order 1000, usual\n"
        "4. For a status that is no success — HTTPErrorProcessor asks for it; the first that gives a"
        " response ends this\n"
        "   301, 302, 303, 307, 308: HTTPRedirectHandler.http_error_…() — order 500, usual\n"
        "   all others: HTTPDefaultErrorHandler.http_error_default() — order 500, usual\n"
        "It also opens: data, file, ftp, https."
    )


def test_a_proxy_passwords_cookies_and_a_class_of_ones_own() -> None:
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({"http": "http://127.0.0.1:1"}),
        urllib.request.HTTPBasicAuthHandler(),
        urllib.request.HTTPDigestAuthHandler(),
        urllib.request.HTTPCookieProcessor(),
        Stamp,
    )
    asked = [(one.stage.value, one.statuses, one.handler, one.origin.value) for one in chain(opener, "http")]
    assert asked == [
        ("request", (), "Stamp", "own"),
        ("request", (), "HTTPHandler", "usual"),
        ("request", (), "HTTPBasicAuthHandler", "added"),
        ("request", (), "HTTPCookieProcessor", "added"),
        ("open", (), "Stamp", "own"),
        ("open", (), "ProxyHandler", "usual"),
        ("open", (), "HTTPHandler", "usual"),
        ("open", (), "UnknownHandler", "usual"),
        ("response", (), "HTTPBasicAuthHandler", "added"),
        ("response", (), "HTTPCookieProcessor", "added"),
        ("response", (), "HTTPErrorProcessor", "usual"),
        ("error", (301, 302, 303, 307, 308), "HTTPRedirectHandler", "usual"),
        ("error", (401,), "HTTPDigestAuthHandler", "added"),
        ("error", (401,), "HTTPBasicAuthHandler", "added"),
        ("error", (), "HTTPDefaultErrorHandler", "usual"),
    ]
    assert "   401: HTTPDigestAuthHandler.http_error_401() — order 490, added\n" in repr(netkit.handlers(opener))
    assert "ProxyHandler" not in repr(netkit.handlers(opener, "https://127.0.0.1/"))
    page = netkit.handlers(opener).children[0].value
    assert page.count("nk-apart") == 2  # 401 after 301 …, and all others after 401; not the two for 401
    assert (page.count("nk-from-own"), page.count("nk-from-added")) == (2, 6)


def test_it_is_the_order_in_which_they_are_asked(web: Web) -> None:
    """Each handler notes that it was asked; no page is there."""
    asked: list[str] = []

    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPBasicAuthHandler(), Stamp,
    )  # fmt: skip
    told = chain(opener, "http")
    for handler in vars(opener)["handlers"]:
        for one in told:
            method = getattr(handler, one.method, None)
            if type(handler).__name__ == one.handler and method is not None:
                setattr(handler, one.method, _noted(asked, f"{one.handler}.{one.method}", method))
    with pytest.raises(HTTPError) as caught:
        opener.open(web.url + "/status/404", timeout=10)
    caught.value.close()
    expected = [f"{one.handler}.{one.method}" for one in told if not one.statuses and one.handler != "UnknownHandler"]
    assert asked == expected


def _noted(asked: list[str], name: str, method: Any) -> Any:
    def call(*args: Any) -> Any:
        asked.append(name)
        return method(*args)

    return call


def test_other_protocols() -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    assert protocols(opener) == ["data", "file", "ftp", "http", "https"]
    assert [one.handler for one in chain(opener, "ftp")] == ["FTPHandler", "UnknownHandler"]
    assert [one.stage for one in chain(opener, "https")].count(Stage.ERROR) == 2
    assert repr(netkit.handlers(opener, "gopher://x")).splitlines()[0] == (
        "gopher: no handler of this opener can open it"
    )


def test_an_empty_opener_and_one_with_many() -> None:
    empty = urllib.request.OpenerDirector()
    assert repr(netkit.handlers(empty)) == "http: no handler of this opener can open it"
    for _n in range(70):
        empty.add_handler(Stamp())
    assert repr(netkit.handlers(empty)).splitlines()[-1] == "80 more are not shown."


def test_names_are_escaped() -> None:
    nasty = type("<script>", (urllib.request.BaseHandler,), {"http_open": lambda self, request: None})
    opener = urllib.request.build_opener(nasty)
    assert [one.origin for one in chain(opener, "http") if one.handler == "<script>"] == [Origin.OWN]
    assert "<script" not in netkit.handlers(opener).children[0].value


@pytest.mark.parametrize("url", ["", "http://[", "a b", "//x", 7, None, "x" * 10 + "-"])
def test_no_url(url: Any) -> None:
    with pytest.raises(BadInput, match="has no protocol: write a URL such as http://127.0.0.1/"):
        netkit.handlers(urllib.request.build_opener(), url)


def test_no_opener() -> None:
    with pytest.raises(BadInput, match=r"^handlers\(\) takes an opener, as .* makes it; not Message\.$"):
        netkit.handlers(Message())  # type: ignore[arg-type]
