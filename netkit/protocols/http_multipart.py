"""A form in parts, as a browser sends it with files (RFC 7578)."""

from __future__ import annotations

import re
from typing import NamedTuple

from netkit.i18n import _, ngettext, octets
from netkit.protocols.http_forms import QUOTED, SHOWN
from netkit.protocols.http_message import Message, field_line
from netkit.protocols.mail_lines import Told, brief, rfc

_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;,]{1,70}))', re.IGNORECASE)
_NAME = re.compile(r'(?<![\w*])name="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_FILE = re.compile(r'(?<![\w*])filename="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
MOST = 1000  # parts that are read


class FormPart(NamedTuple):
    """A part: the name of the form's field, the file's name (None: it is no file), its media type, its bytes."""

    name: str
    filename: str | None
    type: str
    data: bytes


def boundary(message: Message) -> bytes:
    """What separates the parts of a message's content; b"" where it is not said."""
    return boundary_of(message.get("content-type"))


def boundary_of(content_type: str) -> bytes:
    """What separates the parts, by the value of Content-Type (RFC 2046, section 5.1.1)."""
    found = _BOUNDARY.search(content_type)
    return (found[1] or found[2]).encode(errors="surrogateescape") if found else b""


def form_parts(data: bytes, separator: bytes) -> list[FormPart]:
    """Take a form apart; of what is no part, nothing."""
    found = []
    for piece in (b"\r\n" + data).split(b"\r\n--" + separator, MOST)[1:]:
        if piece.startswith(b"--"):
            break
        header, empty, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if piece.startswith(b"\r\n\r\n"):  # no header at all
            header, empty, content = b"", b"\r\n\r\n", piece[4:]
        if not empty:
            continue
        fields = {name.lower(): value for name, value, _close in filter(None, map(field_line, header.split(b"\r\n")))}
        said = fields.get("content-disposition", "")
        name, file = _NAME.search(said), _FILE.search(said)
        kind = fields.get("content-type", "")
        found.append(FormPart(name[1] if name else "", file[1] if file else None, kind, content))
    return found


def multipart_told(data: bytes, message: Message) -> Told:
    """The content of such a form."""
    separator = boundary(message)
    if not separator:
        return Told(_("a form in parts, but nobody says what separates them"), rfc(7578, "4.1"))
    parts = form_parts(data, separator)
    if not parts:
        return Told(_("a form in parts, but no part can be found"), rfc(7578, "4.1"))
    said = [_part(part) for part in parts[:SHOWN]]
    more = len(parts) - len(said)
    if more:
        said.append(ngettext("{n} more", "{n} more", more).format(n=more))
    text = ngettext("a form of {n} part: {parts}", "a form of {n} parts: {parts}", len(parts))
    return Told(text.format(n=len(parts), parts=", ".join(said)), rfc(7578, "4"))


def line_told(data: bytes, message: Message) -> Told:
    """A line within it."""
    separator = boundary(message)
    if separator and data.startswith(b"--" + separator):
        if data[2 + len(separator) :].startswith(b"--"):
            return Told(_("the last part has ended"), rfc(2046, "5.1.1"))
        return Told(_("the next part begins"), rfc(2046, "5.1.1"))
    name = data[:40].lower()
    if name.startswith(b"content-disposition:"):
        return Told(_("which field of the form this part is, and which file"), rfc(7578, "4.2"))
    if name.startswith(b"content-type:"):
        return Told(_("what this part is"), rfc(7578, "4.4"))
    return Told()


def _part(part: FormPart) -> str:
    name = _quoted(part.name)
    if part.filename is None:
        value = _quoted(part.data.decode(errors="surrogateescape")) if len(part.data) < 200 else octets(len(part.data))
        return f"{name} = {value}"
    return _("{name} = the file {file}").format(name=name, file=_quoted(part.filename))


def _quoted(word: str) -> str:
    return brief(word.encode(errors="surrogateescape"), QUOTED) or "“”"
