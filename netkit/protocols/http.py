"""HTTP/1.x: each line of a request and of a response explained (RFC 9110, RFC 9112), by what was said before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from netkit.i18n import _, ngettext, octets
from netkit.protocols import Line, Piece
from netkit.protocols.http_content import content_told
from netkit.protocols.http_fields import field_told
from netkit.protocols.http_message import Framing, Message, Missing, problems
from netkit.protocols.http_parts import ROOM, Part, Role
from netkit.protocols.http_start import request_told
from netkit.protocols.http_status import status_told
from netkit.protocols.http_talk import Talk
from netkit.protocols.mail_lines import Cut, Told, both, brief, in_order, rfc, within
from netkit.protocols.text import LONGEST, not_utf8, undecodable
from netkit.protocols.tls_records import junk_told, part_told, record_told

__all__ = ["explain", "missing_told", "problem_told"]


def explain(pieces: Iterable[Piece], datagrams: bool = False) -> Sequence[Line]:
    """A line a start line, a field line, a chunk's size, a line of text; of long content, up to 1 MB as one."""
    parts = Talk(pieces).parts
    return in_order(Cut(part.side, part.time, part.piece, part.data, partial(_told, part=part)) for part in parts)


def _told(data: bytes, part: Part) -> Told:
    told = _role_told(data, part)
    message = part.message
    if message is None or message.missing is Missing.NOTHING or part.start + len(data) != message.end:
        return told
    if part.cut and part.role not in (Role.BODY, Role.CHUNKS):
        return told
    more = _missing(message)
    whole = both(told, more)
    return (whole if len(whole.meaning) <= ROOM else more)._replace(text=told.text)


def _role_told(data: bytes, part: Part) -> Told:
    message = part.message
    match part.role:
        case Role.RECORD:
            return record_told(data, first=part.at == 0)
        case Role.PART_RECORD:
            return part_told(data)
        case Role.NO_RECORD:
            return junk_told(data)
        case Role.TUNNEL:
            return _tunnel(data, part.message)
        case Role.BLANK:
            return Told(_("an empty line where a message should begin: it is ignored"), rfc(9112, "2.2"))
    if part.cut and part.role in (Role.START, Role.FIELD, Role.TRAILER, Role.SIZE):
        return Told(_("the message breaks off inside this line"), rfc(9112, "8"))
    if message is None:
        return Told()
    match part.role:
        case Role.START:
            told = request_told(message) if part.side == "client" else status_told(message)
            lf = Told() if data.endswith(b"\r\n") else Told(_("ends in LF alone, not in CRLF"), rfc(9112, "2.2"))
            return within(ROOM, *told, lf)
        case Role.FIELD | Role.TRAILER:
            return field_told(data, message, part.role is Role.TRAILER)
        case Role.HEAD:
            return _head(message)
        case Role.BODY:
            return content_told(data, message, part.at)
        case Role.AFTER:
            return Told(_("what follows the missing bytes: {size}").format(size=octets(len(data))), rfc(9112, "8"))
        case Role.JUNK:
            return _junk(part)
    return _chunk(data, part)


def _chunk(data: bytes, part: Part) -> Told:
    """A part of chunked content (RFC 9112, section 7.1)."""
    match part.role:
        case Role.SIZE:
            number, _semicolon, extension = data.strip().partition(b";")
            size = int(number, 16)
            text = _("a chunk of 0x{hexadecimal} = {size}")
            told = Told(text.format(hexadecimal=f"{size:x}", size=octets(size)), rfc(9112, "7.1"))
            if extension:
                return both(told, Told(_("with an extension, to be ignored"), rfc(9112, "7.1.1")))
            return told
        case Role.CHUNK_END:
            return Told(_("the end of the chunk"), rfc(9112, "7.1"))
        case Role.CHUNKS:
            text = ngettext("{n} more chunk: {size}", "{n} more chunks: {size}", part.at)
            n = f"{part.at:,}".replace(",", "\N{NO-BREAK SPACE}")
            shown = data[:16].hex(" ") + " …" if part.message and not part.message.textual else ""
            return Told(text.format(n=n, size=octets(len(data))), rfc(9112, "7.1"), shown)
        case Role.LAST:
            return Told(_("the last chunk: it has size 0"), rfc(9112, "7.1"))
    return Told(_("an empty line: the chunked content ends here"), rfc(9112, "7.1.2"))


def _head(message: Message) -> Told:
    """The empty line after the header section: what follows, and what was wrong so far."""
    told = [_follows(message)]
    for name, section in problems(message):
        told.append(Told(problem_told(name), rfc(9112, section)))
    return within(ROOM, *told)


def _follows(message: Message) -> Told:
    end = rfc(9112, "6.3")
    match message.framing:
        case Framing.LENGTH if message.length:
            text = _("an empty line: {size} of content follow")
            return Told(text.format(size=octets(message.length)), end)
        case Framing.CHUNKED:
            return Told(_("an empty line: content in chunks follows"), end)
        case Framing.CLOSE:
            return Told(_("an empty line: content follows, until the connection is closed"), end)
        case Framing.TUNNEL if message.status == 101:
            protocol = brief(message.get("upgrade").encode(errors="surrogateescape"))
            text = _("an empty line: from here on {protocol}, not HTTP")
            return Told(text.format(protocol=protocol or "?"), rfc(9110, "15.2.2"))
        case Framing.TUNNEL:
            return Told(_("an empty line: from here on a tunnel"), rfc(9110, "9.3.6"))
    if message.asks is not None and message.asks.method == "HEAD" and message.status >= 200:
        return Told(_("an empty line: after HEAD, no content follows"), rfc(9110, "9.3.2"))
    if message.interim:
        return Told(_("an empty line: the final response is still to come"), rfc(9110, "15.2"))
    return Told(_("an empty line: the header section ends, no content follows"), end)


def problem_told(name: str) -> str:
    """What is wrong with a header section, in words; see `netkit.protocols.http_message.problems`."""
    return {
        "no HTTP": _("this is no HTTP"),
        "no host": _("wrong: HTTP/1.1 wants a Host"),
        "hosts": _("wrong: more than one Host"),
        "both lengths": _("both Content-Length and Transfer-Encoding: request smuggling?"),
        "not chunked at last": _("wrong: the last transfer coding has to be chunked"),
        "length": _("wrong: Content-Length is no number, or two of them differ"),
        "no field": _("wrong: a line is no field line"),
    }[name]


def missing_told(message: Message) -> str:
    """What a message lacks, in words; "" for nothing."""
    return _missing(message).meaning


def _missing(message: Message) -> Told:
    match message.missing:
        case Missing.HEAD:
            return Told(_("it breaks off here, before its header section ends"), rfc(9112, "8"))
        case Missing.BODY:
            text = _("it breaks off here: {n} of {size} are missing")
            left = f"{message.length - message.size:,}".replace(",", "\N{NO-BREAK SPACE}")
            return Told(text.format(n=left, size=octets(message.length)), rfc(9112, "8"))
        case Missing.CHUNKS:
            return Told(_("it breaks off here: the last chunk is missing"), rfc(9112, "8"))
        case Missing.CLOSE:
            return Told(_("it may go on: the connection is still open"), rfc(9112, "6.3"))
    return Told()


def _junk(part: Part) -> Told:
    if part.at == -1:
        return Told(_("should be the size of a chunk, in hexadecimal: the rest cannot be read"), rfc(9112, "7.1"))
    if part.at == -2:
        return Told(_("a chunk should end here with CRLF: its size is wrong"), rfc(9112, "7.1"))
    if part.message is not None and part.message.http:
        return Told(_("cannot be read, after what was wrong above"), rfc(9112, "2.2"))
    if part.at:
        return Told(_("no HTTP either"), rfc(9112, "2.1"))
    if part.side == "client":
        return Told(_("no request line: method, target and version should stand here"), rfc(9112, "3"))
    return Told(_("no status line: version and status code should stand here"), rfc(9112, "4"))


def _tunnel(data: bytes, message: Message | None) -> Told:
    if message is not None and message.method == "PRI":
        return Told(_("HTTP/2: binary frames"), rfc(9113, "4"))
    if message is not None and (message.status == 101 or message.method != "CONNECT" and not message.status):
        told = Told(_("no longer HTTP, but the protocol that was agreed on"), rfc(9110, "7.8"))
    else:
        told = Told(_("through the tunnel: intermediaries pass it on as it is"), rfc(9110, "9.3.6"))
    bad = undecodable(data) if len(data) <= LONGEST else 0
    return both(told, Told(not_utf8(bad, len(data)))) if bad else told
