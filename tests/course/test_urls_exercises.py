"""The exercises of the URL lesson: their own solutions pass, typical mistakes are told what is wrong with them."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote, urldefrag, urlencode, urljoin, urlsplit

import pytest

from netkit.course import urls
from netkit.course.judge import State, find
from tests.course.attempts import made, says


def opened(url: str) -> str:
    try:
        urllib.request.urlopen(url, timeout=3).close()
    except urllib.error.HTTPError as problem:
        problem.close()
    return url


def test_solutions_pass() -> None:
    says(find("search-url").check(made(urls.SEARCH, "search")), State.RIGHT, "Each byte")
    says(find("follow").check(made(urls.FOLLOW, "follow")), State.RIGHT, "Only what stays at home")


def stub(*_given: object) -> None: ...


def mistaken(*_given: object) -> None:
    raise KeyError("oops")


def utf8_always(site: str, words: str, charset: str) -> str:
    return opened(site + "/search?" + urlencode([("search", words), ("n", 1), ("n", 2)]))


def from_dict(site: str, words: str, charset: str) -> str:
    return opened(site + "/search?" + urlencode({"search": words, "n": 2}, encoding=charset))


def by_hand(site: str, words: str, charset: str) -> str:
    return opened(f"{site}/search?search={quote(words, safe='&', encoding=charset)}&n=1&n=2")


def no_query(site: str, words: str, charset: str) -> str:
    return opened(site + "/search/" + quote(words))


def returns_page(site: str, words: str, charset: str) -> bytes:
    query = urlencode([("search", words), ("n", 1), ("n", 2)], encoding=charset)
    with urllib.request.urlopen(site + "/search?" + query, timeout=3) as page:
        return page.read()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("attempt", "state", "pattern"),
    [
        (stub, State.NOT_YET, "Nothing came over the wire"),
        (mistaken, State.WRONG, "It raised KeyError"),
        ("search", State.WRONG, "Give the function itself"),
        (utf8_always, State.WRONG, r"In koi8-r the server reads the fields \[\('search', 'п÷"),
        (from_dict, State.WRONG, r"reads the fields .*\('n', '2'\)\], and ought to read .*\('n', '1'\)"),
        (by_hand, State.WRONG, "In utf-8 the server reads the fields"),
        (no_query, State.WRONG, "It asked for /search/"),
        (returns_page, State.WRONG, "It has to return the URL that it opened"),
    ],
)
def test_search(attempt: Any, state: State, pattern: str) -> None:
    says(find("search-url").check(attempt), state, pattern)


def by_beginnings(page: str, references: list[str]) -> list[str]:
    home = page[: page.index("/", 8)]
    found = dict.fromkeys(urldefrag(urljoin(page, one)).url for one in references)
    return [opened(url) for url in found if url.startswith(home)]


def fragments_too(page: str, references: list[str]) -> list[str]:
    home = urlsplit(page).netloc
    found = [urljoin(page, one) for one in references]
    return [opened(url) for url in found if urlsplit(url).netloc == home and urlsplit(url).scheme == "http"]


def misses_some(page: str, references: list[str]) -> list[str]:
    return [opened(urljoin(page, references[0]))]


def backwards(page: str, references: list[str]) -> list[str]:
    function = made(urls.FOLLOW, "follow")
    return list(function(page, references[::-1]))


def tells_targets(page: str, references: list[str]) -> list[str]:
    return [urlsplit(url).path for url in made(urls.FOLLOW, "follow")(page, references)]


def the_page_itself(page: str, references: list[str]) -> list[str]:
    opened(urljoin(page, "/status/200"))
    return list(made(urls.FOLLOW, "follow")(page, references))


@pytest.mark.parametrize(
    ("attempt", "state", "pattern"),
    [
        (stub, State.NOT_YET, "Nothing came over the wire"),
        ("follow", State.WRONG, "Give the function itself"),
        (by_beginnings, State.WRONG, "It raised|It has to open|It ought not"),
        (fragments_too, State.WRONG, "It opened /.* more than once"),
        (misses_some, State.WRONG, "It has to open /anything/about as well"),
        (backwards, State.WRONG, "The order is not that of the links"),
        (tells_targets, State.WRONG, "It has to return the 6 URLs that it opened"),
        (the_page_itself, State.WRONG, "It ought not to open /status/200"),
    ],
)
def test_follow(attempt: Any, state: State, pattern: str) -> None:
    says(find("follow").check(attempt), state, pattern)


def by_post(site: str, words: str, charset: str) -> str:
    url = site + "/search"
    data = urlencode([("search", words), ("n", 1), ("n", 2)], encoding=charset).encode()
    with urllib.request.urlopen(url, data, timeout=3):
        return url


def test_another_method() -> None:
    says(find("search-url").check(by_post), State.WRONG, "It sent POST; here the fields belong into the URL")


def test_a_link_that_leads_elsewhere_is_named() -> None:
    pattern = r"It raised \w+. Did it try to open http://127.0.0.1:\d+@127.0.0.1:9/[?] That leads elsewhere"
    says(find("follow").check(by_beginnings), State.WRONG, pattern)
