"""netkit.calls: XML beside Python, of whatever came over the wire."""

from __future__ import annotations

import html
import xmlrpc.client
from datetime import datetime

import pytest

import netkit
from netkit.errors import BadInput
from netkit.show.calls import calls
from tests.builders import conversation
from tests.xmlrpc.talk import call, laughs, nested, talk

VALUES = [1, 2.5, True, "<b> & Я", datetime(2026, 1, 31, 14, 30), b"\0\xff", [], [1, []], {"a": {"b": None}}, None, ""]
ALL = talk(
    xmlrpc.client.dumps((VALUES,), "echo", allow_none=True), xmlrpc.client.dumps((4,), methodresponse=True)
)  # fmt: skip


def body(shown: netkit.show.calls.Calls) -> str:  # type: ignore[name-defined]
    return str(shown.children[0].value)


def test_xml_beside_python() -> None:
    said = str(calls(talk(xmlrpc.client.dumps((1, "a"), "add"), xmlrpc.client.dumps((4,), methodresponse=True))))
    assert [line.rstrip() for line in said.splitlines()] == [
        "calc: 1 call",
        "1. add(1, 'a') → 4",
        "   call: POST /RPC2 · 193 bytes",
        "     <methodCall>",
        "       <methodName>add</methodName>                           add(",
        "       <params>",
        "         <param><value><int>1</int></value></param>             1,",
        "         <param><value><string>a</string></value></param>       'a',",
        "       </params>",
        "     </methodCall>                                            )",
        "   answer: 200 · 121 bytes",
        "     <methodResponse>",
        "       <params>",
        "         <param><value><int>4</int></value></param>             4",
        "       </params>",
        "     </methodResponse>",
    ]


def test_the_python_column_is_python() -> None:
    """Joined, its lines give the values again."""
    said = str(calls(ALL)).splitlines()
    rows = said[said.index("     <methodCall>") : said.index("     </methodCall>" + " " * 44 + ")") + 1]
    python = "\n".join(row[57:].strip().split("  ")[-1] for row in rows)
    got: list[object] = []
    eval(python, {"echo": got.append, "datetime": __import__("datetime")})
    assert got == [VALUES]


def test_a_fault_is_told_as_its_exception() -> None:
    said = str(calls(talk(call(method="f"), xmlrpc.client.dumps(xmlrpc.client.Fault(1, "<no>")))))
    assert "1. f() → Fault(1, '<no>')" in said.splitlines()
    assert "   fault: 200 · " in said


@pytest.mark.parametrize(
    ("request_", "response", "headline"),
    [
        (call(), None, "echo() → no answer"),
        (call(), "<html/>", "echo() → HTTP status 200 OK"),
        (call(), "<methodResponse>", "echo() → an answer that cannot be read"),
        (laughs(9), None, "a call that cannot be read → no answer"),
        (nested(9_000), None, "a call that cannot be read → no answer"),
        ("hello", "<methodResponse><params><param><value>x</value></param></params></methodResponse>",
         "no call of XML-RPC → 'x'"),
    ],
)  # fmt: skip
def test_what_is_missing_or_cannot_be_read(request_: str, response: str | None, headline: str) -> None:
    said = str(calls(talk(request_, response)))
    assert said.splitlines()[1] == f"1. {headline}"


def test_what_cannot_be_read_is_shown_as_bytes_with_the_reason() -> None:
    said = str(calls(talk(laughs(2))))
    assert "not read: it has a DOCTYPE, in which entities may be declared: XML-RPC needs none" in said
    assert "<!ENTITY x0" in said and "b'<!DOCTYPE methodCall" in said
    said = str(calls(talk(call("<int>12x</int>"))))
    assert "b'12x',  ← no whole number" in said


def test_a_call_of_many_calls() -> None:
    many = [{"methodName": "add", "params": [n, 1]} for n in range(19)]
    said = str(calls(talk(xmlrpc.client.dumps((many,), "system.multicall"))))
    assert "19 calls in one request: add(0, 1), add(1, 1), " in said
    assert "add(11, 1), …" in said and "add(12, 1)" not in said.splitlines()[2]
    assert "only the first 120 rows are shown" in said


def test_several_conversations_in_the_order_of_their_calls() -> None:
    first, second = talk(call(method="one")), talk(call(method="two"))
    said = str(calls([second, first])).splitlines()
    assert said[0] == "calc: 2 calls"
    late = conversation(number=2, began=first.began + 5, name="calc", protocol="http")
    later = type(first)(**{**{name: getattr(first, name) for name in first.__slots__}, "began": late.began})
    heads = [line for line in str(calls([later, second])).splitlines() if line[:1].isdigit()]
    assert heads == ["1. two() → no answer", "2. one() → no answer"]
    assert str(calls([second, later], last=1)).splitlines()[:3] == [
        "calc: 2 calls", "… 1 call before", "2. one() → no answer",
    ]  # fmt: skip


def test_all_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    sent = xmlrpc.client.dumps((evil, {evil: evil}), evil)
    came = xmlrpc.client.dumps(xmlrpc.client.Fault(1, evil))
    for said in (talk(sent, came), talk(evil + "<methodCall>" + evil, came), talk(call(f"<int>{evil}</int>"))):
        assert evil not in body(calls(said))
        assert "alert" not in body(calls(said)) or html.escape(evil[:8]) in body(calls(said))
    assert html.escape(html.escape(evil)) in body(calls(talk(sent, came)))  # in XML it is escaped once already


def test_a_text_of_other_characters_does_nothing() -> None:
    said = str(calls(talk(call("<string>a&#x202e;b&#10;c</string>"))))
    assert r"<string>a\u202eb\nc</string>" in said
    assert r"'a\u202eb\nc'," in said


def test_long_ones_are_in_a_pane_that_scrolls_and_has_a_name() -> None:
    assert 'role="region" tabindex="0" aria-label="the calls"' in body(calls([ALL, ALL]))
    assert "region" not in body(calls(talk(call())))


def test_10_mb_of_xml_are_not_read() -> None:
    said = str(calls(talk(call("x" * 10_000_000))))
    assert "not read: more than 1\N{NO-BREAK SPACE}048\N{NO-BREAK SPACE}576 bytes of XML" in said
    assert len(said) < 2000


@pytest.mark.parametrize("last", [0, -1, True, "2", 1.0])
def test_last_is_a_number(last: object) -> None:
    with pytest.raises(BadInput, match="^last is a number of calls, 1 or more, or None for all; not "):
        calls(ALL, last=last)  # type: ignore[arg-type]


def test_nothing_to_show() -> None:
    with pytest.raises(BadInput, match=r"^There is no XML-RPC in palindrome, conversation 1 \(TCP\)\.$"):
        calls(conversation())
    with pytest.raises(BadInput, match="^Give a server or its conversations"):
        calls("calc")  # type: ignore[arg-type]
