"""What the content of an HTTP message is: a form, JSON, a page, a picture … (RFC 9110, section 8)."""

from __future__ import annotations

import json
import re

from netkit.i18n import _, ngettext, octets
from netkit.protocols.http_coding import unpack
from netkit.protocols.http_forms import form_told
from netkit.protocols.http_message import CHARSET, Message
from netkit.protocols.http_multipart import line_told, multipart_told
from netkit.protocols.http_parts import ROOM
from netkit.protocols.mail_lines import Told, brief, rfc, within
from netkit.protocols.text import LONGEST, not_utf8, undecodable
from netkit.protocols.xmlrpc_told import ELEMENT, whole_told
from netkit.protocols.xmlrpc_told import line_told as xmlrpc_line_told

MOST = 1 << 20  # bytes of content, without its codings, that are looked at
HEX = 16  # bytes that are shown in hexadecimal
QUOTED = 40  # characters of content that are quoted
KEYS = 4  # of a JSON object that are told

_ELEMENT = re.compile(rb"<([A-Za-z_][\w:.-]*)")
_TITLE = re.compile(rb"<title[^>]*>([^<]*)", re.IGNORECASE)


def content_told(data: bytes, message: Message, at: int) -> Told:
    """A part of the content that begins at that byte of it."""
    shown = "" if message.textual or (not message.media_type and _is_text(data)) else _hex(data)
    whole = message.size == len(data)
    told = [_first(message)] if not at else []
    if at and message.media_type == "multipart/form-data":
        told.append(line_told(data, message))
    if at and message.textual and data.lstrip()[:1] == b"<" and _is_xmlrpc(message):
        told.append(xmlrpc_line_told(data))
    if len(data) > LONGEST and not whole:
        text = _("bytes {first} to {last} of the content")
        told.append(Told(text.format(first=_n(at), last=_n(at + len(data) - 1)), rfc(9110, "6.4")))
    elif not shown and not data.isascii():
        told.append(_decoded(data, message))
    return within(ROOM, *told)._replace(text=shown)


def _first(message: Message) -> Told:
    """What the whole content is."""
    if message.method == "" and message.side == "client":
        return Told()
    if message.codings:
        return _packed(message)
    return kind_told(message, bytes(unpack(message.content, (), MOST).data), message.size > MOST)


def _packed(message: Message) -> Told:
    found = unpack(message.content, message.codings, MOST)
    coding = ", ".join(brief(one.encode(errors="surrogateescape"), 12) for one in message.codings[:3])
    packed = octets(message.size)
    source = rfc(9110, "8.4")
    if found.unknown:
        text = _("packed by {coding}, {packed}: netkit cannot unpack it")
        return Told(text.format(coding=coding, packed=packed), source)
    if found.wrong and not found.data:
        return Told(_("should be packed by {coding}, but is not").format(coding=coding), source)
    if found.wrong:
        text = _("packed by {coding}, but damaged or cut off after {size}")
        return Told(text.format(coding=coding, size=octets(len(found.data))), source)
    size = octets(len(found.data))
    if found.cut:
        text = _("packed by {coding}: {packed}, unpacked more than {size}")
        return Told(text.format(coding=coding, packed=packed, size=size), source)
    text = _("packed by {coding}: {packed}, unpacked {size}")
    told = Told(text.format(coding=coding, packed=packed, size=size), source)
    return within(ROOM, told, kind_told(message, found.data))


def kind_told(message: Message, data: bytes, cut: bool = False) -> Told:
    """What content of its media type is; ``cut``: there is more of it."""
    kind = message.media_type
    if kind == "application/x-www-form-urlencoded":
        return form_told(data)
    if kind == "multipart/form-data":
        return multipart_told(data, message)
    if kind == "application/json" or kind.endswith("+json"):
        return _json(data, cut)
    if kind == "text/html" and (title := _TITLE.search(data)):
        charset = _charset(message)
        try:
            said = title[1].decode(charset or "utf-8", "replace")
        except (LookupError, ValueError):
            said = title[1].decode("utf-8", "replace")
        return Told(_("a page, its title: {title}").format(title=brief(said.encode(), QUOTED)), rfc(9110, "8.3.1"))
    if kind in ("text/xml", "application/xml") or kind.endswith("+xml"):
        if ELEMENT.search(data, 0, LONGEST):
            return whole_told(data)
        if element := _ELEMENT.search(data):
            text = _("XML; its outermost element: {name}")
            return Told(text.format(name=brief(element[1])), rfc(7303, "3"))
        return Told(_("should be XML, but has no element"), rfc(7303, "3"))
    if kind.startswith("text/"):
        return Told(_("the content: text"), rfc(9110, "6.4"))
    text = _("the content: {type}, {size}") if kind else _("the content: {size}")
    return Told(
        text.format(type=brief(kind.encode(errors="surrogateescape")), size=octets(message.size)), rfc(9110, "6.4")
    )


def _is_xmlrpc(message: Message) -> bool:
    kind = message.media_type
    if kind not in ("text/xml", "application/xml"):
        return False
    return ELEMENT.search(bytes(unpack(message.content, (), LONGEST).data)) is not None


def _json(data: bytes, cut: bool) -> Told:
    source = rfc(8259, "2")
    if cut:
        return Told(_("JSON, too long to be read here"), source)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as problem:
        why = problem.msg if isinstance(problem, json.JSONDecodeError) else type(problem).__name__
        return Told(_("should be JSON, but is not: {why}").format(why=brief(why.encode(), QUOTED)), source)
    if isinstance(value, dict):
        keys = ", ".join(brief(key.encode(errors="replace"), 12) for key in list(value)[:KEYS])
        more = ", …" if len(value) > KEYS else ""
        if not value:
            return Told(_("JSON: an empty object"), rfc(8259, "4"))
        text = ngettext("JSON: an object with the name {keys}", "JSON: an object with the names {keys}", len(value))
        return Told(text.format(keys=keys + more), rfc(8259, "4"))
    if isinstance(value, list):
        text = ngettext("JSON: an array of {n} element", "JSON: an array of {n} elements", len(value))
        return Told(text.format(n=_n(len(value))), rfc(8259, "5"))
    return Told(_("JSON: a single value"), source)


def _decoded(data: bytes, message: Message) -> Told:
    """The line in its own character set, where that is not UTF-8."""
    charset = _charset(message)
    if charset.lower() not in ("", "utf-8", "utf8", "us-ascii"):
        try:
            said = data[:400].decode(charset, "replace")
        except (LookupError, ValueError):  # no such encoding, or one that is none of text
            return Told(_("in a character set that does not exist"), rfc(9110, "8.3.2"))
        text = _("in {charset}: {text}")
        told = text.format(charset=brief(charset.encode(), 16), text=brief(said.encode(errors="replace"), QUOTED))
        return Told(told, rfc(9110, "8.3.2"))
    bad = undecodable(data) if len(data) <= LONGEST else 0
    return Told(not_utf8(bad, len(data))) if bad else Told()


def _charset(message: Message) -> str:
    found = CHARSET.search(message.get("content-type"))
    return found[1] if found else ""


def _is_text(data: bytes) -> bool:
    return not re.search(rb"[\x00-\x08\x0e-\x1f]", data[:LONGEST])


def _hex(data: bytes) -> str:
    return data[:HEX].hex(" ") + (" …" if len(data) > HEX else "")


def _n(number: int) -> str:
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")
