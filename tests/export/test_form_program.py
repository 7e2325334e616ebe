"""The programs that send a form: what a field holds, the server gets, by GET and by POST, in each charset."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netkit.export.form_program import CHARSETS, Fields, program
from netkit.servers.web.site import Web
from netkit.show.form_words import Understood
from netkit.show.run_program import run
from netkit.wire import background


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with Web() as made:
        yield made
    assert list(background.problems) == []


def came(web: Web, fields: Fields, method: str) -> list[tuple[str, str]]:
    """Send it; names and values as the server has decoded them."""
    ran = run(program(fields, method), {"web": web})
    if ran.problem is not None:
        raise ran.problem
    return [(row[0], row[3]) for row in Understood(ran.value["page"]).rows[1:]]


def test_by_get() -> None:
    fields = Fields((("search", "я & 'я'"), ("n", "1"), ("n", "3")), "koi8-r", "/en/search")
    assert program(fields, "get") == (
        "from urllib.parse import urlencode\n"
        "from urllib.request import urlopen\n"
        "\n"
        "fields = [\n"
        """    ("search", "я & 'я'"),\n"""
        '    ("n", "1"),\n'
        '    ("n", "3"),\n'
        "]\n"
        'query = urlencode(fields, encoding="koi8-r")\n'
        'url = web.url + "/en/search" + "?" + query\n'
        "with urlopen(url, timeout=5) as response:\n"
        "    page = response.read().decode()\n"
    )


def test_by_post() -> None:
    source = program(Fields((("search", "x"),), path="/en/search"), "post")
    assert source.partition("]\n")[2] == (
        'data = urlencode(fields, encoding="utf-8").encode("ascii")\n'
        'with urlopen(web.url + "/en/search", data, timeout=5) as response:\n'
        "    page = response.read().decode()\n"
    )


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("charset", CHARSETS)
def test_each_charset_arrives(web: Web, method: str, charset: str) -> None:
    pairs = (("search", "Привет & <b>=+%</b>"), ("n", "1"), ("n", "4"), ("_charset_", charset))
    assert came(web, Fields(pairs, charset), method) == list(pairs)


SEEN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xD7FF, categories=("L", "N", "P", "S")), max_size=60)


@settings(max_examples=40, deadline=None)
@given(value=SEEN, method=st.sampled_from(["get", "post"]))
def test_any_text_arrives_as_it_is(web: Web, value: str, method: str) -> None:
    assert came(web, Fields((("search", value),)), method) == [("search", value)]


@settings(max_examples=200, deadline=None)
@given(value=st.text(max_size=80), method=st.sampled_from(["get", "post"]))
def test_a_value_is_text_and_no_code(value: str, method: str) -> None:
    """The program is the same but for the literal, whatever it holds: it compiles, and the literal is the value."""
    source = program(Fields((("search", value),)), method)
    names: dict[str, object] = {}
    exec(source.partition("fields = ")[2].join(["fields = ", ""]).partition("]\n")[0] + "]", names)
    assert names["fields"] == [("search", value)]
    compile(source, "program", "exec")
