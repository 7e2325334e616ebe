"""The exercises of the loading lesson: their own solutions pass, typical mistakes are told what is wrong with them."""

from __future__ import annotations

import shutil
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netkit.course import loading
from netkit.course.judge import State, find
from tests.course.attempts import made, says


def got(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=3) as page:
        return page.read()  # type: ignore[no-any-return]


def test_solutions_pass() -> None:
    says(find("page-text").check(made(loading.PAGE_TEXT, "page_text")), State.RIGHT, "Each page could be read")
    says(find("download").check(made(loading.DOWNLOAD, "save")), State.RIGHT, "What came whole is there")


def stub(*_given: object) -> None: ...


def mistaken(*_given: object) -> None:
    raise KeyError("oops")


def utf8_always(url: str) -> str:
    return got(url).decode("utf-8", errors="replace")


def bytes_as_they_are(url: str) -> bytes:
    return got(url)


def header_only(url: str) -> str:
    with urllib.request.urlopen(url, timeout=3) as page:
        return page.read().decode(page.headers.get_content_charset("utf-8"), errors="replace")  # type: ignore[no-any-return]


def strict(url: str) -> str:
    return str(made(loading.PAGE_TEXT.replace(', errors="replace"', ""), "page_text")(url))


def loads_twice(url: str) -> str:
    got(url)
    return str(made(loading.PAGE_TEXT, "page_text")(url))


def half_of_it(url: str) -> str:
    return str(made(loading.PAGE_TEXT, "page_text")(url))[:-9]


def another_page(url: str) -> str:
    return str(made(loading.PAGE_TEXT, "page_text")(url + "?x"))


@pytest.mark.parametrize(
    ("attempt", "state", "pattern"),
    [
        (stub, State.NOT_YET, "Nothing came over the wire"),
        (mistaken, State.WRONG, "It raised KeyError"),
        ("page_text", State.WRONG, "Give the function itself"),
        (
            utf8_always,
            State.WRONG,
            "For /cp1251, which is in windows-1251, the text has '\ufffd.*' where it .* have 'Приве",
        ),
        (bytes_as_they_are, State.WRONG, "For /cp1251 it has to return a text, and returned bytes"),
        (header_only, State.WRONG, "For /meta-charset, which is in windows-1251"),
        (strict, State.WRONG, "It raised UnicodeDecodeError"),
        (loads_twice, State.WRONG, "For /cp1251 it made 2 requests; one is enough"),
        (half_of_it, State.WRONG, "the text has '' where it ought to have"),
        (another_page, State.WRONG, "It asked for /cp1251[?]x, not for /cp1251"),
    ],
)
def test_page_text(attempt: Any, state: State, pattern: str) -> None:
    says(find("page-text").check(attempt), state, pattern)


def changed(old: str, new: str) -> Callable[[str, str], Any]:
    """The solution with a mistake in it."""
    assert old in loading.DOWNLOAD
    return made(loading.DOWNLOAD.replace(old, new), "save")  # type: ignore[no-any-return]


def copies(url: str, path: str) -> int:
    with urllib.request.urlopen(url, timeout=3) as page, open(path, "wb") as file:
        shutil.copyfileobj(page, file)
        return file.tell()


def retrieves(url: str, path: str) -> int:
    urllib.request.urlretrieve(url, path)
    return Path(path).stat().st_size


def forgets(url: str, path: str) -> int:
    return len(got(url))


def in_memory(url: str, path: str) -> int:
    return Path(path).write_bytes(got(url))


@pytest.mark.parametrize(
    ("attempt", "state", "pattern"),
    [
        (stub, State.NOT_YET, "Nothing came over the wire"),
        (mistaken, State.WRONG, "It raised KeyError"),
        ("save", State.WRONG, "Give the function itself"),
        (copies, State.WRONG, "/truncated/30000 cannot be loaded whole; your function raised no exception"),
        (retrieves, State.WRONG, r"/truncated/30000 .* raised ContentTooShortError, and left a file of 15.000 bytes"),
        (forgets, State.WRONG, "After /file/30000 there is no file"),
        (in_memory, State.RIGHT, "of the rest nothing is"),
        (changed("return loaded", "return path"), State.WRONG, "it has to return 30000, the number of bytes; it retur"),
        (
            changed("file.write(block)", "file.write(block[1:]) + 1"),
            State.WRONG,
            r"came 30.000 bytes; what the file has, 29.999 by",
        ),
        (changed('"Content-Length"]', '"Content-Length"] or 0'), State.WRONG, "It raised OSError: only 200000 of 0"),
        (changed("open(path", "open(path + 'x'"), State.WRONG, "After /file/30000 there is no file"),
    ],
)
def test_download(attempt: Any, state: State, pattern: str) -> None:
    says(find("download").check(attempt), state, pattern)
