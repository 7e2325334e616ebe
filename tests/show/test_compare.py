"""Two HTTP exchanges side by side: what differs is found, said in words, and escaped."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import netkit
from netkit.errors import BadInput
from netkit.export.exchanges import exchanges
from netkit.show.compare import MOST
from netkit.show.differences import Difference, Kind, differences, words
from netkit.wire.conversation import Conversation
from tests.builders import client, conversation, server

ASK = "GET /a?x=1 HTTP/1.1\r\nHost: a\r\nUser-Agent: x/1.0\r\n"


def talk(ask: str, answer: str | bytes = "", number: int = 1) -> Conversation:
    steps = [client(ask + "\r\n"), *([server(answer)] if answer else [])]
    return conversation(*steps, name="web", number=number, protocol="http")


def ok(body: str, fields: str = "Content-Type: text/plain\r\n") -> bytes:
    return f"HTTP/1.1 200 OK\r\n{fields}Content-Length: {len(body.encode())}\r\n\r\n{body}".encode()


def found(a: Conversation, b: Conversation) -> list[tuple[str, str, str, str]]:
    """What differs: sign, name, left, right."""
    rows = differences(exchanges(a)[0], exchanges(b)[0])
    return [(one.kind.value, one.name, one.left, one.right) for one in rows if one.kind is not Kind.SAME]


def page(a: Conversation, b: Conversation) -> str:
    return str(netkit.compare(a, b).children[0].value)


def test_the_text_has_the_differences() -> None:
    left = talk(ASK + "Cookie: a=1\r\n", ok("a\nb\nc\n", "Date: 1\r\nContent-Type: text/plain\r\n"))
    right = talk(ASK.replace("x=1", "x=2") + "X-New: 2\r\n", ok("a\nB\nc\nd\n", "Date: 2\r\nX-A:\r\n"), 2)
    assert repr(netkit.compare(left, right)).splitlines() == [
        "left: web, conversation 1 (TCP) | right: web, conversation 2 (TCP) — 8 differences",
        "request: 4 of 7 the same",
        "  ≠ target (changed): /a?x=1 | /a?x=2",
        "  → X-New (right only): 2",
        "  ← Cookie (left only): a=1",
        "response: 4 of 9 the same",
        "  → X-A (right only): ",
        "  ← Content-Type (left only): text/plain",
        "  ≠ Content-Length (changed): 6 | 8",
        r"  ≠ content, line 2 (changed): b\n | B\n",
        r"  → content, line 4 (right only): d\n",
    ]


def test_what_is_the_same() -> None:
    one, other = talk(ASK, ok("x")), talk(ASK.replace("Host", "HOST"), ok("x"))
    assert found(one, other) == []
    assert repr(netkit.compare(one, other)).splitlines() == [
        "left: web, conversation 1 (TCP) | right: web, conversation 1 (TCP) — no difference",
        "request: 5 of 5 the same",
        "response: 5 of 5 the same",
    ]


def test_the_order_of_fields_of_different_names_means_nothing() -> None:
    first = talk("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nA: 3\r\n")
    assert found(first, talk("GET / HTTP/1.1\r\nB: 2\r\nA: 1\r\nA: 3\r\nHost: a\r\n")) == []
    assert found(first, talk("GET / HTTP/1.1\r\nB: 2\r\nA: 3\r\nA: 1\r\nHost: a\r\n")) == [
        ("≠", "A", "1", "3"), ("≠", "A", "3", "1"),
    ]  # fmt: skip


def test_a_response_that_did_not_come() -> None:
    assert found(talk(ASK), talk(ASK, "HTTP/1.1 204 No Content\r\n\r\n")) == [
        ("→", "version", "", "HTTP/1.1"), ("→", "status", "", "204 No Content"),
    ]  # fmt: skip


def test_binary_and_long_content_is_compared_as_a_whole() -> None:
    binary = "Content-Type: image/png\r\n"
    assert found(talk(ASK, ok("\0a", binary)), talk(ASK, ok("\0b", binary))) == [("≠", "content", "2 bytes", "2 bytes")]
    assert found(talk(ASK, ok("x\n" * 300)), talk(ASK, ok("x\n" * 299 + "y\n"))) == [
        ("≠", "content", "600 bytes", "600 bytes")
    ]
    assert found(talk(ASK, ok("")), talk(ASK, ok("\0a", binary)))[-1] == ("→", "content", "", "2 bytes")


def test_all_that_came_over_a_wire_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    left = talk(f"GET /{evil} HTTP/1.1\r\nHost: a\r\n{evil}: {evil}\r\n", ok(evil))
    shown = page(left, talk(ASK, ok(evil + "!")))
    assert "<script" not in shown and "&lt;script&gt;" in shown


def test_what_differs_is_told_in_words_and_marked() -> None:
    shown = page(talk(ASK), talk(ASK.replace("x=1", "x=2")))
    assert '<td><span aria-hidden="true">≠</span> changed</td><td>target</td>' in shown
    assert "<code>/a?x=<mark>1</mark></code></td><td><code>/a?x=<mark>2</mark></code>" in shown
    assert re.findall(r'<th scope="col">(.*?)</th>', shown) == [
        "compared", "what", "left: web, conversation 1 (TCP)", "right: web, conversation 1 (TCP)",
    ]  # fmt: skip


def test_several_exchanges_are_compared_in_pairs() -> None:
    once, twice = talk(ASK), talk(ASK + "\r\n" + ASK)
    said = repr(netkit.compare(once, twice)).splitlines()
    assert [line for line in said if line.startswith("exchange")] == ["exchange 1 of 2", "exchange 2 of 2"]
    many = conversation(*[client(ASK + "\r\n") for _n in range(MOST + 2)])
    assert repr(netkit.compare(many, many)).splitlines()[-1] == "2 more exchanges are not shown."


def test_of_many_lines_that_are_the_same_the_first_and_the_last_are_shown() -> None:
    lines = [f"line {n}\n" for n in range(1, 21)]
    html = page(talk(ASK, ok("".join(lines))), talk(ASK, ok("".join([*lines[:13], "other\n", *lines[14:]]))))
    assert [int(n) for n in re.findall(r"content, line (\d+)<", html)] == [1, 13, 14, 15, 20]
    assert re.findall(r"(\d+) lines more are the same", html) == ["11", "4"]
    few = page(talk(ASK, ok("".join(lines[:5]))), talk(ASK, ok("".join(lines[:5]) + "x")))
    assert "more are the same" not in few and len(re.findall("content, line", few)) == 6


def test_exchanges_themselves() -> None:
    (one,) = exchanges(talk(ASK))
    assert repr(netkit.compare(one, one)) == "left | right — no difference\nrequest: 5 of 5 the same"


@pytest.mark.parametrize("what", [None, 5, "text", []])
def test_something_else(what: object) -> None:
    with pytest.raises(BadInput):
        netkit.compare(what, talk(ASK))  # type: ignore[arg-type]


def test_no_http() -> None:
    with pytest.raises(BadInput, match=r"There is no HTTP in web, conversation 1 \(TCP\)\."):
        netkit.compare(talk("HELO a"), talk(ASK))


TEXT = st.text(alphabet="ab /=\\n", max_size=30)


@given(TEXT, TEXT)
def test_words_lose_nothing(a: str, b: str) -> None:
    left, right = words(a, b)
    assert ("".join(part for part, _same in left), "".join(part for part, _same in right)) == (a, b)
    assert [part for part, same in left if same] == [part for part, same in right if same]


PAIRS = st.lists(st.tuples(st.sampled_from(["A", "a", "B", "C"]), st.sampled_from(["1", "2"])), max_size=6)


@given(PAIRS, PAIRS)
def test_no_field_is_lost(a: list[tuple[str, str]], b: list[tuple[str, str]]) -> None:
    rows = fields(a, b)
    assert sorted((one.name.lower(), one.left) for one in rows if one.left) == sorted((n.lower(), v) for n, v in a)
    assert sorted((one.name.lower(), one.right) for one in rows if one.right) == sorted((n.lower(), v) for n, v in b)
    for one in rows:
        assert (one.kind is Kind.SAME) == (one.left == one.right)


def fields(a: list[tuple[str, str]], b: list[tuple[str, str]]) -> list[Difference]:
    one, other = (talk("GET / HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in said)) for said in (a, b))
    return [row for row in differences(exchanges(one)[0], exchanges(other)[0]) if row.name in ("A", "a", "B", "C")]


def test_a_line_of_one_side_has_the_number_that_it_has_there() -> None:
    assert [row[:2] for row in found(talk(ASK, ok("a\n")), talk(ASK, ok("x\na\ny\n")))][1:] == [
        ("→", "content, line 1"), ("→", "content, line 3"),
    ]  # fmt: skip
