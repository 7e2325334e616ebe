"""XML-RPC in an HTTP conversation, line by line: what the content says as a whole, and what a line of it says."""

from __future__ import annotations

import re

from netkit.i18n import _
from netkit.protocols.mail_lines import Told
from netkit.protocols.text import visible
from netkit.protocols.xmlrpc import CALL, FAULT, message
from netkit.protocols.xmlrpc_rows import summary
from netkit.protocols.xmlrpc_xml import Refused

__all__ = ["ELEMENT", "line_told", "whole_told"]

SPECIFICATION = "xmlrpc.com/spec.md"
ELEMENT = re.compile(rb"<(methodCall|methodResponse)[\s>]")
ROOM = 90  # characters of a summary

_NAMED = re.compile(r"\s*<(methodName|name)>([^<]*)</\1>\s*")
_VALUE = re.compile(
    r"\s*(?:<param>)?<value>(?:<([\w.:]+)>([^<]*)</\1>|<(?:\w+:)?(nil)\s*/>|([^<]*))</value>(?:</param>)?\s*"
)
_OPENS = re.compile(r"\s*(?:<value>)?<(params|fault|struct|array|member)>(?:<data>)?\s*")


def whole_told(data: bytes) -> Told:
    """The content of a request or of a response, whose outermost element is one of `ELEMENT`'s."""
    try:
        said = message(data)
    except Refused as refused:
        return Told(_("XML-RPC, but not read: {why}").format(why=str(refused)[:ROOM]), SPECIFICATION)
    if said is None:
        return Told()
    short = summary(said)
    short = visible((short if len(short) <= ROOM else short[:ROOM] + "…").encode(errors="replace"))
    if said.kind == CALL:
        return Told(_("XML-RPC: calls {call}").format(call=short), SPECIFICATION)
    if said.kind == FAULT:
        return Told(_("XML-RPC: the call failed: {fault}").format(fault=short), SPECIFICATION)
    return Told(_("XML-RPC: returns {value}").format(value=short), SPECIFICATION)


def line_told(data: bytes) -> Told:
    """A line of such content, as Python and many others lay it out."""
    line = data.decode(errors="replace")
    if found := _NAMED.fullmatch(line):
        name = visible(found[2][:ROOM].encode())
        if found[1] == "methodName":
            return Told(_("the method to call: {name}").format(name=name), SPECIFICATION)
        return Told(_("a member's name: {name}").format(name=name), SPECIFICATION)
    if found := _VALUE.fullmatch(line):
        kind = found[1] or found[3] or ""
        return Told(_("a value of the type {type}").format(type=kind[:ROOM]) if kind else _("a value: a string"),
                    SPECIFICATION)  # fmt: skip
    if found := _OPENS.fullmatch(line):
        return Told(_opens(found[1]), SPECIFICATION)
    return Told()


def _opens(tag: str) -> str:
    return {
        "params": _("here the values begin"),
        "fault": _("the call failed: here it says why"),
        "struct": _("a struct: names with values, a dict in Python"),
        "array": _("an array: values in order, a list in Python"),
        "member": _("a member of the struct"),
    }[tag]
