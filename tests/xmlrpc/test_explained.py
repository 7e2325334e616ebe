"""XML-RPC inside of an HTTP conversation, line by line, as the inspector shows it."""

from __future__ import annotations

import xmlrpc.client
from typing import Any

import pytest

from netkit.export.rows import as_pieces
from netkit.protocols import explain
from netkit.wire.conversation import Conversation
from tests.xmlrpc.talk import call, laughs, talk

SPECIFICATION = "xmlrpc.com/spec.md"


def lines(said: Conversation) -> list[tuple[str, str, str]]:
    """Text, meaning and source of the lines of content."""
    found = [(line.text, line.meaning, line.source) for line in explain("http", as_pieces(said))]
    return [line for line in found if line[0].startswith("<")]


def answer(value: Any) -> str:
    return xmlrpc.client.dumps((value,), methodresponse=True)


def test_a_call_and_its_answer() -> None:
    found = lines(talk(xmlrpc.client.dumps((1, "Привет"), "add"), answer({"n": [1]})))
    assert found == [
        (r"<?xml version='1.0'?>\n", "XML-RPC: calls add(1, 'Привет')", SPECIFICATION),
        (r"<methodCall>\n", "", ""),
        (r"<methodName>add</methodName>\n", "the method to call: add", SPECIFICATION),
        (r"<params>\n", "here the values begin", SPECIFICATION),
        (r"<param>\n", "", ""),
        (r"<value><int>1</int></value>\n", "a value of the type int", SPECIFICATION),
        (r"</param>\n", "", ""),
        (r"<param>\n", "", ""),
        (r"<value><string>Привет</string></value>\n", "a value of the type string", SPECIFICATION),
        (r"</param>\n", "", ""),
        (r"</params>\n", "", ""),
        (r"</methodCall>\n", "", ""),
        (r"<?xml version='1.0'?>\n", "XML-RPC: returns {'n': [1]}", SPECIFICATION),
        (r"<methodResponse>\n", "", ""),
        (r"<params>\n", "here the values begin", SPECIFICATION),
        (r"<param>\n", "", ""),
        (r"<value><struct>\n", "a struct: names with values, a dict in Python", SPECIFICATION),
        (r"<member>\n", "a member of the struct", SPECIFICATION),
        (r"<name>n</name>\n", "a member's name: n", SPECIFICATION),
        (r"<value><array><data>\n", "an array: values in order, a list in Python", SPECIFICATION),
        (r"<value><int>1</int></value>\n", "a value of the type int", SPECIFICATION),
        (r"</data></array></value>\n", "", ""),
        (r"</member>\n", "", ""),
        (r"</struct></value>\n", "", ""),
        (r"</param>\n", "", ""),
        (r"</params>\n", "", ""),
        (r"</methodResponse>\n", "", ""),
    ]


def test_a_fault() -> None:
    found = lines(talk(call(), xmlrpc.client.dumps(xmlrpc.client.Fault(7, "no\nway"))))
    meanings = [meaning for _text, meaning, _source in found]
    assert meanings[0] == "XML-RPC: calls echo()"
    assert r"XML-RPC: the call failed: Fault(7, 'no\\nway')" in meanings
    assert "the call failed: here it says why" in meanings


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("<value><nil/></value>", "a value of the type nil"),
        ("<value>text</value>", "a value: a string"),
        ("<param><value><boolean>1</boolean></value></param>", "a value of the type boolean"),
        ("<value><int>1</double></value>", ""),
    ],
)
def test_lines_as_others_lay_them_out(line: str, meaning: str) -> None:
    said = talk(f"<methodCall>\n{line}\n</methodCall>\n")
    assert lines(said)[1][1] == meaning


def test_in_one_line() -> None:
    assert [meaning for _text, meaning, _source in lines(talk(call("<int>5</int>")))] == ["XML-RPC: calls echo(5)"]


def test_what_is_not_read_is_still_shown() -> None:
    ((text, meaning, source),) = lines(talk(laughs(9)))
    assert text.startswith("<!DOCTYPE methodCall [<!ENTITY x0")
    assert meaning == ("XML-RPC, but not read: it has a DOCTYPE, in which entities may be declared: XML-RPC needs none")
    assert source == SPECIFICATION


def test_a_long_call_is_cut_and_other_xml_is_xml() -> None:
    ((_text, meaning, _source), *_more) = lines(talk(call("<string>" + "x" * 500 + "</string>")))
    assert meaning == "XML-RPC: calls echo('" + "x" * 60 + "'…)"
    found = lines(talk("<note>\n<value><int>1</int></value>\n</note>\n"))
    assert [meaning for _text, meaning, _source in found] == ["XML; its outermost element: note", "", ""]
    found = lines(talk("<methodCall>\n<params>\n</methodCall>\n", kind="text/plain"))
    assert [meaning for _text, meaning, _source in found] == ["the content: text", "", ""]
