"""What XML-RPC's types stand for in Python, and what becomes of what does not fit."""

from __future__ import annotations

import xmlrpc.client
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netkit.protocols.xmlrpc import Message, Value, message, multicall
from netkit.protocols.xmlrpc_xml import LIMITS, Limits, Refused, read
from tests.xmlrpc.talk import EXTERNAL, call, laughs, nested, quadratic


def told(xml: str | bytes) -> Message:
    said = message(xml.encode() if isinstance(xml, str) else xml)
    assert said is not None
    return said


def value(xml: str) -> Value:
    (one,) = told(call(xml)).values
    return one


@pytest.mark.parametrize(
    ("xml", "python"),
    [
        ("<int>42</int>", 42),
        ("<i4> -7 </i4>", -7),
        ("<int>2147483647</int>", 2147483647),
        ("<i8>9000000000</i8>", 9000000000),
        ("<double>-2.5e3</double>", -2500.0),
        ("<double>.5</double>", 0.5),
        ("<boolean>1</boolean>", True),
        ("<boolean>0</boolean>", False),
        ("<string>Привет</string>", "Привет"),
        ("<string>&lt;b&gt;Tom &amp; Jerry&lt;/b&gt;</string>", "<b>Tom & Jerry</b>"),
        ("<string><![CDATA[<&>]]></string>", "<&>"),
        ("<string/>", ""),
        ("no type", "no type"),
        ("", ""),
        ("<dateTime.iso8601>20260131T14:30:05</dateTime.iso8601>", datetime(2026, 1, 31, 14, 30, 5)),
        ("<base64>\nAP8=\n</base64>", b"\x00\xff"),
        ("<nil/>", None),
        ("<ex:nil/>", None),
        ("<array><data/></array>", []),
        ("<array><data><value><int>1</int></value><value>a</value></data></array>", [1, "a"]),
        ("<struct><member><name>a</name><value><int>1</int></value></member></struct>", {"a": 1}),
        ("<struct/>", {}),
    ],
)
def test_each_type(xml: str, python: Any) -> None:
    found = value(xml)
    assert (found.python, found.problem) == (python, "")
    assert type(found.python) is type(python)


@pytest.mark.parametrize(
    ("xml", "octets", "problem"),
    [
        ("<int>12x</int>", b"12x", "no whole number"),
        ("<int></int>", b"", "no whole number"),
        ("<int>٣</int>", "٣".encode(), "no whole number"),
        ("<int>2147483648</int>", b"2147483648", "more than fits into 32 bits"),
        ("<i8>9223372036854775808</i8>", b"9223372036854775808", "more than fits into 64 bits"),
        ("<int>" + "9" * 5000 + "</int>", b"9" * 5000, "no whole number"),
        ("<double>inf</double>", b"inf", "no number with a decimal point"),
        ("<double>1e5000</double>", None, ""),
        ("<boolean>true</boolean>", b"true", "neither 0 nor 1"),
        ("<dateTime.iso8601>yesterday</dateTime.iso8601>", b"yesterday",
         "no date and time such as 20260131T14:30:00"),
        ("<dateTime.iso8601>20260230T00:00:00</dateTime.iso8601>", b"20260230T00:00:00", "a date that there is not"),
        ("<base64>я</base64>", "я".encode(), "no base64"),
        ("<base64>A</base64>", b"A", "no base64"),
        ("<decimal>1</decimal>", b"1", "there is no type decimal"),
        ("<int>1</int><int>2</int>", b"1", "more than one thing in a value"),
        ("text <int>1</int>", b"text 1", "more than one thing in a value"),
        ("<string>a<b>c</b></string>", b"a", "elements where text should be"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_bytes(xml: str, octets: bytes | None, problem: str) -> None:
    found = value(xml)
    if octets is not None:
        assert found.python == octets
    assert found.problem == problem


def test_a_struct_with_members_that_are_none() -> None:
    found = value("<struct><member><name>a</name></member><member><name>b</name><value>1</value></member></struct>")
    assert found.python == {"b": "1"}
    assert found.problem == "a member without name or value, or one name twice"
    twice = "<member><name>a</name><value>1</value></member>" * 2
    assert value(f"<struct>{twice}</struct>").problem == "a member without name or value, or one name twice"


def test_calls_answers_and_faults() -> None:
    said = told(xmlrpc.client.dumps((1, "a"), "f"))
    assert (said.kind, said.method, [one.python for one in said.values], said.problem) == ("call", "f", [1, "a"], "")
    said = told(xmlrpc.client.dumps((4,), methodresponse=True))
    assert (said.kind, [one.python for one in said.values], said.problem) == ("answer", [4], "")
    said = told(xmlrpc.client.dumps(xmlrpc.client.Fault(7, "no")))
    assert (said.kind, said.fault, said.problem) == ("fault", (7, "no"), "")
    assert told("<methodCall/>").problem == "no method is named"
    assert told("<methodResponse/>").problem == "an answer has one value"
    assert told("<methodResponse><fault/></methodResponse>").problem == "the fault says nothing"
    assert told("<methodResponse><fault><value>x</value></fault></methodResponse>").fault == (None, None)
    assert message(b"<html/>") is None


def test_calls_within_a_call() -> None:
    calls = [{"methodName": "add", "params": [1, 2]}, {"methodName": "f", "params": []}]
    assert multicall(told(xmlrpc.client.dumps((calls,), "system.multicall"))) == [("add", [1, 2]), ("f", [])]
    odd = [1, {"methodName": "g", "params": 5}]
    assert multicall(told(xmlrpc.client.dumps((odd,), "system.multicall"))) == [("", []), ("g", [5])]
    assert multicall(told(xmlrpc.client.dumps((calls,), "add"))) is None
    assert multicall(told(xmlrpc.client.dumps((1,), "system.multicall"))) is None


LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**31), 2**31 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"])) | st.binary()
    | st.datetimes(min_value=datetime(1000, 1, 1)).map(lambda moment: moment.replace(microsecond=0))
)  # fmt: skip
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
ANY = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4))


@settings(deadline=None)  # a busy machine is no failure
@given(ANY)
def test_whatever_python_sends_is_what_is_seen(sent: Any) -> None:
    said = told(xmlrpc.client.dumps((sent,), "echo", allow_none=True))
    assert said.values[0].python == sent


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: f"<methodCall>{text}</methodCall>".encode()))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        message(data)
    except Refused as refused:
        assert str(refused)


REFUSED = "it has a DOCTYPE, in which entities may be declared: XML-RPC needs none"


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        (laughs(9), REFUSED),
        (laughs(3), REFUSED),
        (quadratic(20_000, 20_000), REFUSED),
        (EXTERNAL, REFUSED),
        ("<!DOCTYPE methodCall><methodCall/>", REFUSED),
        (nested(60), "more than 150 elements in one another"),
        (nested(10_000), "more than 150 elements in one another"),
        (call("<int/>" * 30_000), "more than 20\N{NO-BREAK SPACE}000 elements"),
        (call("x" * (1 << 20)), "more than 1\N{NO-BREAK SPACE}048\N{NO-BREAK SPACE}576 bytes of XML"),
        ("<methodCall>&unknown;</methodCall>", "not well-formed XML: undefined entity: line 1, column 12"),
        ("<methodCall>", "not well-formed XML: no element found: line 1, column 12"),
        ("", "not well-formed XML: no element found: line 1, column 0"),
    ],
)
def test_what_is_not_read(xml: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        message(xml.encode())
    assert str(refused.value) == why


def test_limits_are_where_they_are_said_to_be() -> None:
    for limits, good, bad in (
        (Limits(depth=2), b"<a><b>text</b></a>", b"<a><b><c/></b></a>"),
        (Limits(elements=2), b"<a><b/></a>", b"<a><b/><c/></a>"),
        (Limits(size=10), b"<a>xyz</a>", b"<a>wxyz</a>"),
    ):
        assert read(good, limits).tag == "a"
        with pytest.raises(Refused):
            read(bad, limits)
    assert message(nested(48).encode()) is not None
    assert LIMITS.depth == 150


def test_an_encoding_that_there_is_not() -> None:
    with pytest.raises(Refused, match="^not well-formed XML: .*unknown encoding"):
        message(b"<?xml version='1.0' encoding='klingon'?><a/>")


def test_other_encodings() -> None:
    xml = "<?xml version='1.0' encoding='koi8-r'?>" + call("Привет").partition("?>")[2]
    assert told(xml.encode("koi8-r")).values[0].python == "Привет"
    assert told(call("Привет").partition("?>")[2].encode("utf-16")).values[0].python == "Привет"
