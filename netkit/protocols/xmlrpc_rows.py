"""A call or an answer of XML-RPC laid out in rows: its XML, indented, and the Python that says the same beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.sax.saxutils import escape

from netkit.protocols.xmlrpc import CALL, FAULT, Message, Value

__all__ = ["Row", "brief", "rows", "summary"]

LONGEST = 160  # characters of a text or of a value that are shown
BRIEF = 60  # characters of a value in a summary


class Row(NamedTuple):
    """A row.

    Attributes:
        xml, python: the two columns, indented by two spaces a level.
        problem: what does not fit in it, in words; "" for nothing.
    """

    xml: str
    python: str = ""
    problem: str = ""


def rows(said: Message) -> Iterator[Row]:
    """All rows of a message, from top to bottom."""
    around = "methodCall" if said.kind == CALL else "methodResponse"
    yield Row(f"<{around}>", "", said.problem)
    if said.kind == FAULT:
        yield Row("  <fault>")
        for value in said.values:
            yield from _value(value, 2)
        yield Row("  </fault>")
    else:
        if said.kind == CALL:
            yield Row(f"  <methodName>{_xml(said.method)}</methodName>", f"{_cut(said.method)}(")
        if said.values:
            yield Row("  <params>")
        for value in said.values:
            yield from _value(value, 2, "<param>", "</param>", end="," if said.kind == CALL else "")
        if said.values:
            yield Row("  </params>")
        if said.kind == CALL:
            yield Row(f"</{around}>", ")")
            return
    yield Row(f"</{around}>")


def _value(
    value: Value, depth: int, before: str = "", after: str = "", name: str | None = None, end: str = ""
) -> Iterator[Row]:
    """The rows of a value, with what stands around it in the XML and, in a struct, its name."""
    deep, flat = "  " * depth, "  " * (depth - 1)
    key = "" if name is None else f"{_repr(name, LONGEST)}: "
    if not value.parts or value.kind not in ("array", "struct"):
        yield Row(f"{deep}{before}<value>{_scalar(value)}</value>{after}", f"{flat}{key}{_repr(value.python)}{end}",
                  value.problem)  # fmt: skip
    elif value.kind == "array":
        yield Row(f"{deep}{before}<value><array><data>", f"{flat}{key}[")
        for _none, part in value.parts:
            yield from _value(part, depth + 1, end=",")
        yield Row(f"{deep}</data></array></value>{after}", f"{flat}]{end}")
    else:
        yield Row(f"{deep}{before}<value><struct>", f"{flat}{key}{{", value.problem)
        for member, part in value.parts:
            around = f"<member><name>{_xml(member)}</name>", "</member>"
            yield from _value(part, depth + 1, *around, name=member, end=",")
        yield Row(f"{deep}</struct></value>{after}", f"{flat}}}{end}")


def _scalar(value: Value) -> str:
    if value.kind == "array":
        return "<array><data></data></array>"
    if value.kind == "" or (not value.text and not value.problem and value.kind != "string"):
        return _xml(value.text) if value.kind == "" else f"<{value.kind}/>"
    return f"<{value.kind}>{_xml(value.text)}</{value.kind}>"


def summary(said: Message) -> str:
    """A call as Python writes it, an answer as its value, a fault as its exception; each in one line."""
    if said.kind == CALL:
        return f"{_cut(said.method)}({', '.join(_repr(value.python, BRIEF) for value in said.values)})"
    if said.kind == FAULT:
        code, text = said.fault
        return f"Fault({_repr(code, BRIEF)}, {_repr(text)})"
    return ", ".join(_repr(value.python, LONGEST) for value in said.values)


def brief(value: object, most: int = BRIEF) -> str:
    """A value as Python writes it, cut off where it is long."""
    return _repr(value, most)


def _repr(value: object, most: int = LONGEST) -> str:
    """repr() takes its time over what is huge, so that is cut before."""
    if isinstance(value, (str, bytes)) and len(value) > most:
        return repr(value[:most]) + "…"
    return _cut(repr(value), most)


def _cut(text: str, most: int = LONGEST) -> str:
    return text if len(text) <= most else text[:most] + "…"


def _xml(text: str) -> str:
    return escape(_cut(text))
