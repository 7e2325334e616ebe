"""The exercises of the openers lesson: their own solutions pass, typical mistakes are told what is wrong with them."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote
from urllib.request import (
    BaseHandler,
    CacheFTPHandler,
    FTPHandler,
    HTTPBasicAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    ProxyBasicAuthHandler,
    ProxyHandler,
    Request,
    build_opener,
)

import pytest

from netkit.course import openers
from netkit.course.judge import State, find
from tests.course.attempts import made, says

Login = tuple[str, str]
# urllib never closes the refusal (401, 407) after which its handlers ask again, and an HTTPError keeps its response.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(autouse=True)
def _nothing_left_for_other_tests() -> Iterator[None]:
    yield
    gc.collect()


def test_solutions_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.setenv("ftp_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    says(find("both-doors").check(made(openers.BOTH_DOORS, "fetch")), State.RIGHT, "each got its own key")
    says(find("one-host").check(made(openers.ONE_HOST, "Token")), State.RIGHT, "and nowhere else")
    says(find("one-session").check(made(openers.ONE_SESSION, "fetch_all")), State.RIGHT, "One session")
    assert os.environ["no_proxy"] == "127.0.0.1,localhost"


def stub(*_given: object) -> None: ...


def mistaken(*_given: object) -> None:
    raise KeyError("oops")


def through(url: str, login: Login, proxy_url: str, proxy_login: Login, *which: type, swap: bool = False) -> bytes:
    known = HTTPPasswordMgrWithDefaultRealm()
    known.add_password(None, url, *(proxy_login if swap else login))
    known.add_password(None, proxy_url, *(login if swap else proxy_login))
    opener = build_opener(ProxyHandler({"http": proxy_url}), *(one(known) for one in which))
    with opener.open(url, timeout=3) as page:
        return page.read()  # type: ignore[no-any-return]


def directly(url: str, login: Login, proxy_url: str, proxy_login: Login) -> bytes:
    known = HTTPPasswordMgrWithDefaultRealm()
    known.add_password(None, url, *login)
    with build_opener(ProxyHandler({}), HTTPBasicAuthHandler(known)).open(url, timeout=3) as page:
        return page.read()  # type: ignore[no-any-return]


def no_proxy_password(*given: Any) -> bytes:
    return through(*given, HTTPBasicAuthHandler)


def no_site_password(*given: Any) -> bytes:
    return through(*given, ProxyBasicAuthHandler)


def exchanged(*given: Any) -> bytes:
    return through(*given, HTTPBasicAuthHandler, ProxyBasicAuthHandler, swap=True)


def sent_by_hand(url: str, login: Login, proxy_url: str, proxy_login: Login, proxys: str = "lecturer") -> bytes:
    request = Request(url)
    request.add_header("Proxy-authorization", "Basic cG9ydGVyOm9wZW4tc2VzYW1l")
    request.add_header("Authorization", "Basic cG9ydGVyOm9wZW4tc2VzYW1l")
    with build_opener(ProxyHandler({"http": proxy_url})).open(request, timeout=3) as page:
        return page.read()  # type: ignore[no-any-return]


def another_page(url: str, *rest: Any) -> bytes:
    return through(url + "-there-is-not", *rest, HTTPBasicAuthHandler, ProxyBasicAuthHandler)


def as_text(*given: Any) -> str:
    return through(*given, HTTPBasicAuthHandler, ProxyBasicAuthHandler).decode()


def also_directly(*given: Any) -> bytes:
    directly(given[0], given[1], given[2], given[3])
    return through(*given, HTTPBasicAuthHandler, ProxyBasicAuthHandler)


@pytest.mark.parametrize(
    ("attempt", "state", "pattern"),
    [
        (stub, State.NOT_YET, "Nothing came over the wire"),
        (mistaken, State.WRONG, "It raised KeyError"),
        ("fetch", State.WRONG, "Give the function itself"),
        (directly, State.WRONG, "It asked the site itself"),
        (also_directly, State.WRONG, "It asked the site itself"),
        (no_proxy_password, State.WRONG, "The proxy refuses with 407"),
        (no_site_password, State.WRONG, "the site refuses with 401"),
        (exchanged, State.WRONG, "The site's password was given to the proxy"),
        (sent_by_hand, State.WRONG, "The proxy's password was given to the site"),
        (another_page, State.WRONG, "It raised HTTPError: HTTP Error 404"),
        (as_text, State.WRONG, "It has to return the page as bytes; it returned '"),
    ],
)
def test_both_doors(attempt: Any, state: State, pattern: str) -> None:
    says(find("both-doors").check(attempt), state, pattern)


class NotYet(BaseHandler): ...


class NoHandler:
    def __init__(self, host: str, token: str) -> None: ...


class _Given(BaseHandler):
    def __init__(self, host: str, token: str) -> None:
        self.host, self.token = host, token


class ForAll(_Given):
    def http_request(self, request: Request) -> Request:
        request.add_unredirected_header("X-token", self.token)
        return request


class ByText(_Given):
    def http_request(self, request: Request) -> Request:
        if self.host in request.full_url:
            request.add_unredirected_header("X-token", self.token)
        return request


class TakenAlong(_Given):
    def http_request(self, request: Request) -> Request:
        if request.host == self.host:
            request.add_header("X-token", self.token)
        return request


class ReturnsNothing(_Given):
    def http_request(self, request: Request) -> None:
        if request.host == self.host:
            request.add_unredirected_header("X-token", self.token)


class OtherName(_Given):
    def http_request(self, request: Request) -> Request:
        if request.host == self.host:
            request.add_unredirected_header("X-tokens", self.token)
        return request


@pytest.mark.parametrize(
    ("attempt", "state", "pattern"),
    [
        (NotYet, State.NOT_YET, "The class has no methods yet"),
        (NotYet(), State.WRONG, "Give the class itself"),
        (NoHandler, State.WRONG, "Token has to be a handler: class Token"),
        (_Given, State.WRONG, "A request for its host has no field X-token"),
        (OtherName, State.WRONG, "A request for its host has no field X-token"),
        (ForAll, State.WRONG, "A request for another host had the token"),
        (ByText, State.WRONG, "A request for another host had the token"),
        (TakenAlong, State.WRONG, "The redirect led to another host"),
        (ReturnsNothing, State.WRONG, "http_request has to return the request"),
    ],
)
def test_one_host(attempt: Any, state: State, pattern: str) -> None:
    says(find("one-host").check(attempt), state, pattern)


def each_anew(site: str, paths: Sequence[str]) -> list[bytes]:
    opener = build_opener(ProxyHandler({}), FTPHandler())
    return [opener.open(site + quote(path), timeout=3).read() for path in paths]


def cached(site: str, paths: Sequence[str]) -> list[bytes]:
    handler, contents = KEPT, []
    opener = build_opener(ProxyHandler({}), handler)
    for path in paths:
        with opener.open(site + quote(path), timeout=3) as file:
            contents.append(file.read())
    return contents


def sizes(site: str, paths: Sequence[str]) -> list[int]:
    return [len(one) for one in made(openers.ONE_SESSION, "fetch_all")(site, paths)]


def backwards(site: str, paths: Sequence[str]) -> list[bytes]:
    return list(made(openers.ONE_SESSION, "fetch_all")(site, paths))[::-1]


def only_two(site: str, paths: Sequence[str]) -> list[bytes]:
    return list(made(openers.ONE_SESSION, "fetch_all")(site, paths[:2]))


KEPT = CacheFTPHandler()


@pytest.mark.parametrize(
    ("attempt", "state", "pattern"),
    [
        (stub, State.NOT_YET, "Nothing came over the wire"),
        (mistaken, State.WRONG, "It raised KeyError"),
        ("fetch_all", State.WRONG, "Give the function itself"),
        (each_anew, State.WRONG, "It made 3 control connections, not one"),
        (cached, State.WRONG, "The control connection is still open"),
        (sizes, State.WRONG, r"It has to return a list of bytes, one for each path; not \[12, 1000000, 97\]"),
        (backwards, State.WRONG, "What it returned for /pub/hello.txt is not"),
        (only_two, State.WRONG, "It has to return 3 contents"),
    ],
)
def test_one_session(attempt: Any, state: State, pattern: str) -> None:
    says(find("one-session").check(attempt), state, pattern)
    KEPT.clear_cache()
