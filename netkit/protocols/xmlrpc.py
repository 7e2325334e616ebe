"""XML-RPC: what a call and its answer say, as Python values (the specification is at http://xmlrpc.com/spec.md)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from netkit.i18n import _
from netkit.protocols.xmlrpc_xml import LIMITS, Limits, Node, read

__all__ = ["ANSWER", "CALL", "FAULT", "Message", "Value", "message", "multicall"]

CALL, ANSWER, FAULT = "call", "answer", "fault"

_INT = re.compile(r"[+-]?[0-9]{1,20}")
_DOUBLE = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)T(\d\d):(\d\d):(\d\d)")
_WIDTH = {
    "i1": 8,
    "i2": 16,
    "int": 32,
    "i4": 32,
    "i8": 64,
}  # bits; i1, i2 and i8 are common, but not in the specification


@dataclass(frozen=True, slots=True)
class Value:
    """A value: as XML, and as Python.

    Attributes:
        kind: the element's name, e.g. ``"int"``, ``"dateTime.iso8601"``; "" where none is: then it is a string.
        python: what it stands for; of what does not fit, its text as bytes.
        text: the text in the element.
        parts: of an array, its values, each with the name ""; of a struct, names and values.
        problem: what does not fit, in words; "" for nothing.
    """

    kind: str
    python: Any
    text: str = ""
    parts: tuple[tuple[str, Value], ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A call, an answer or a fault.

    Attributes:
        kind: ``"call"``, ``"answer"`` or ``"fault"``.
        method: of a call, what is called.
        values: of a call, its parameters; of an answer, what was returned; of a fault, the struct that tells of it.
        problem: what is missing or wrong around the values, in words; "" for nothing.
    """

    kind: str
    method: str
    values: tuple[Value, ...]
    problem: str = ""

    @property
    def fault(self) -> tuple[Any, Any]:
        """Code and text of a fault, as far as they are there."""
        said = self.values[0].python if self.values and isinstance(self.values[0].python, dict) else {}
        return said.get("faultCode"), said.get("faultString")


def message(data: bytes, limits: Limits = LIMITS) -> Message | None:
    """What the content of a request or of a response says; None for XML that is no XML-RPC.

    Raises:
        Refused: it is no XML, or none that is to be read; the text says why.
    """
    root = read(data, limits)
    values = tuple(_value(one) for one in _given(root))
    if root.tag == "methodCall":
        name = root.child("methodName")
        said = name.text.strip() if name else ""
        return Message(CALL, said, values, "" if said else _("no method is named"))
    if root.tag != "methodResponse":
        return None
    if fault := root.child("fault"):
        told = tuple(_value(one) for one in fault.children if one.tag == "value")
        return Message(FAULT, "", told, "" if told else _("the fault says nothing"))
    return Message(ANSWER, "", values, "" if len(values) == 1 else _("an answer has one value"))


def multicall(said: Message) -> list[tuple[str, list[Any]]] | None:
    """The calls in a call of ``system.multicall``, each with its parameters; None for any other."""
    if said.method != "system.multicall" or len(said.values) != 1 or not isinstance(said.values[0].python, list):
        return None
    found = []
    for one in said.values[0].python:
        given = one.get("params", []) if isinstance(one, dict) else []
        found.append((str(one.get("methodName", "")) if isinstance(one, dict) else "", _listed(given)))
    return found


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _given(root: Node) -> list[Node]:
    """The values in <params>."""
    params = root.child("params")
    return [
        value
        for param in (params.children if params else ())
        for value in param.children
        if param.tag == "param" and value.tag == "value"
    ]


def _value(node: Node) -> Value:
    if not node.children:
        return Value("", node.text, node.text)
    typed = node.children[0]
    if len(node.children) > 1 or node.text.strip():
        return _odd(typed.tag, node.text + typed.text, _("more than one thing in a value"))
    kind = typed.tag.removeprefix("ex:")  # Apache's types beyond the specification
    if kind == "array":
        data = typed.child("data")
        values = [_value(one) for one in (data.children if data else ()) if one.tag == "value"]
        return Value("array", [one.python for one in values], "", tuple(("", one) for one in values))
    if kind == "struct":
        return _struct(typed)
    if typed.children:
        return _odd(typed.tag, typed.text, _("elements where text should be"))
    make = _MAKERS.get(kind)
    if make is None:
        return _odd(typed.tag, typed.text, _("there is no type {name}").format(name=typed.tag[:40]))
    try:
        return Value(typed.tag, make(typed.text, kind), typed.text)
    except (ValueError, OverflowError) as problem:
        return _odd(typed.tag, typed.text, str(problem))


def _struct(typed: Node) -> Value:
    parts = []
    for member in typed.children:
        name, value = member.child("name"), member.child("value")
        if member.tag == "member" and name is not None and value is not None:
            parts.append((name.text, _value(value)))
    names = {name for name, _value_of in parts}
    problem = "" if len(names) == len(typed.children) else _("a member without name or value, or one name twice")
    return Value("struct", {name: one.python for name, one in parts}, "", tuple(parts), problem)


def _odd(kind: str, text: str, problem: str) -> Value:
    return Value(kind, text.encode(errors="surrogateescape"), text, (), problem)


def _int(text: str, kind: str) -> int:
    if not _INT.fullmatch(text.strip()):
        raise ValueError(_("no whole number"))
    number, bits = int(text), _WIDTH.get(kind, 64)
    if not -(1 << bits - 1) <= number < 1 << bits - 1:
        raise ValueError(_("more than fits into {n} bits").format(n=bits))
    return number


def _double(text: str, _kind: str) -> float:
    if not _DOUBLE.fullmatch(text.strip()):
        raise ValueError(_("no number with a decimal point"))
    return float(text)


def _boolean(text: str, _kind: str) -> bool:
    if text.strip() not in ("0", "1"):
        raise ValueError(_("neither 0 nor 1"))
    return text.strip() == "1"


def _date(text: str, _kind: str) -> datetime:
    found = _DATE.fullmatch(text.strip())
    if not found:
        raise ValueError(_("no date and time such as 20260131T14:30:00"))
    try:
        return datetime(*(int(part) for part in found.groups()))  # type: ignore[arg-type]
    except ValueError:
        raise ValueError(_("a date that there is not")) from None


def _base64(text: str, _kind: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(_("no base64")) from None


def _nil(_text: str, _kind: str) -> None:
    return None


_MAKERS: dict[str, Callable[[str, str], Any]] = {
    "int": _int,
    "i1": _int,
    "i2": _int,
    "i4": _int,
    "i8": _int,
    "double": _double,
    "boolean": _boolean,
    "string": lambda text, _kind: text,
    "dateTime.iso8601": _date,
    "base64": _base64,
    "nil": _nil,
}
