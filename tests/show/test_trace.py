"""The way of a request through its opener: whom it met, in which order, and nothing is changed by watching."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.request import BaseHandler, HTTPBasicAuthHandler, ProxyHandler, Request, build_opener

import pytest

import netkit
from netkit.errors import BadInput
from netkit.servers.web.site import Web
from netkit.show.panel import Panel
from netkit.wire import background


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with Web() as made:
        yield made
    assert list(background.problems) == []


def opener(*handlers: Any) -> urllib.request.OpenerDirector:
    return build_opener(ProxyHandler({}), *handlers)


def way(panel: Panel) -> list[str]:
    return repr(panel).splitlines()


def test_a_page(web: Web) -> None:
    assert way(netkit.trace(opener(), web.url + "/get?n=1")) == [
        "The way of a request through its opener",
        "1. GET /get?n=1",
        "   HTTPHandler.http_request(): passes the request on",
        "   HTTPHandler.http_open(): gives the response: 200",
        "   HTTPErrorProcessor.http_response(): passes the response on: 200",
        "In the end: a response, 200",
    ]


def test_a_password_is_asked_for(web: Web) -> None:
    student = HTTPBasicAuthHandler()
    student.add_password("My page", web.url, "student", "secretword")
    said = way(netkit.trace(opener(student), web.url + "/private/notes.txt"))
    at = said.index("   HTTPErrorProcessor.http_response(): asks who deals with that status:")
    assert said[at + 1 : at + 3] == [
        "     HTTPBasicAuthHandler.http_error_401(): sends another request:",
        "      2. GET /private/notes.txt",
    ]
    assert said[-2:] == [
        "         HTTPErrorProcessor.http_response(): passes the response on: 200",
        "In the end: a response, 200",
    ]
    assert "secretword" not in "\n".join(said)


def test_an_error_and_a_request_with_content(web: Web) -> None:
    said = way(netkit.trace(opener(), Request(web.url + "/status/404", data=b"x")))
    assert said[1] == "1. POST /status/404"
    assert said[-2:] == [
        "     HTTPDefaultErrorHandler.http_error_default(): raises an exception",
        "In the end: HTTPError 404",
    ]


def test_a_handler_of_ones_own(web: Web) -> None:
    class Teapot(BaseHandler):
        def teapot_open(self, _request: Any) -> Any:
            return self.parent.open(web.url + "/status/418")  # type: ignore[attr-defined]

        def http_error_418(self, _request: Any, response: Any, *_more: Any) -> Any:
            return response

    said = way(netkit.trace(opener(Teapot), "teapot://kitchen/<b>"))
    assert said[1:4] == ["1. GET /<b>", "   Teapot.teapot_open(): sends another request:", "    2. GET /status/418"]
    assert "         Teapot.http_error_418(): gives the response: 418" in said
    assert "&lt;b&gt;" in netkit.trace(opener(Teapot), "teapot://kitchen/<b>").children[0].value


def test_what_goes_wrong_is_told(web: Web) -> None:
    class Wrong(BaseHandler):
        def http_request(self, request: Any) -> Any:
            raise KeyError("oops")

    assert way(netkit.trace(opener(Wrong()), web.url))[-2:] == [
        "   Wrong.http_request(): raises an exception",
        "In the end: KeyError",
    ]
    assert way(netkit.trace(opener(), "gopher://a/")) == [
        "The way of a request through its opener",
        "1. GET /",
        "   UnknownHandler.unknown_open(): raises an exception",
        "In the end: URLError",
    ]
    assert way(netkit.trace(opener(), "no URL"))[-1] == "In the end: ValueError"


def test_nothing_is_changed_by_watching(web: Web) -> None:
    director = opener()
    before = {name: repr(value) for name, value in vars(director).items()}
    seen: list[str] = []
    sys.setprofile(lambda _frame, event, _arg: seen.append(event))
    own = sys.getprofile()
    try:
        netkit.trace(director, web.url + "/redirect/1")
        assert sys.getprofile() is own
    finally:
        sys.setprofile(None)
    assert {name: repr(value) for name, value in vars(director).items()} == before


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((None, "http://a/"), r"trace\(\) takes an opener, .*; not NoneType"),
        ((build_opener(), 3), r"trace\(\) takes a URL or a Request; not int"),
    ],
)
def test_something_else(given: tuple[Any, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        netkit.trace(*given)
