"""A letter on its way, line by line: its header, its body, and the dot that ends it (RFC 5322)."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from functools import partial

from netkit.i18n import _, ngettext, octets
from netkit.protocols.mail_lines import Tell, Told, both, brief, rfc
from netkit.protocols.text import LONGEST, not_utf8, undecodable

HEADER_MOST = 200  # lines of a header; what follows is taken as the body
BODY_SHOWN = 20  # lines of a body that are shown one by one; those that follow are folded
LINE_MOST = 998  # characters of a line without its CRLF (RFC 5322, section 2.1.1)

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w.:+-]{1,40})", re.IGNORECASE)
_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)", re.DOTALL)  # RFC 5322, section 2.2


class Letter:
    """A letter of which the lines come one by one.

    Args:
        dots: where it stands that a dot ends it and that others are doubled.
        done: called when it has ended.
    """

    def __init__(self, dots: str, done: Callable[[], None]) -> None:
        self._dots, self._done = dots, done
        self._header = self._body = 0  # how many lines there were
        self._in_header, self._after_crlf = True, True
        self._charset = ""

    def line(self, data: bytes) -> Tell | None:
        """How to explain the next line; None: it is one of many of the body."""
        if data == b".\r\n" and (self._after_crlf or self._body > BODY_SHOWN):  # of folded ones, Stream knows
            self._done()
            return partial(_told, meaning="end", dots=self._dots)
        self._after_crlf = data.endswith(b"\r\n")
        if self._in_header:
            if data in (b"\r\n", b"\n"):
                self._in_header = False
                return partial(_told, meaning="empty", dots=self._dots)
            self._header += 1
            if self._header <= HEADER_MOST:
                if found := _CHARSET.search(data):
                    self._charset = found[1].decode("ascii", "replace")
                return _field_told
            self._in_header = False
            self._body = BODY_SHOWN
        self._body += 1
        if self._body > BODY_SHOWN:
            return None
        return partial(_body_told, first=self._body == 1, charset=self._charset, dots=self._dots)


def fold_told(data: bytes) -> Told:
    """Many lines of a body."""
    n = data.count(b"\n") + (not data.endswith(b"\n"))
    text = ngettext("the body goes on: {n} line, {size}", "the body goes on: {n} lines, {size}", n)
    count = f"{n:,}".replace(",", "\N{NO-BREAK SPACE}")
    return Told(text.format(n=count, size=octets(len(data))), rfc(5322, "2.3"))


def _told(_data: bytes, meaning: str, dots: str) -> Told:
    if meaning == "end":
        return Told(_("a dot alone: the end of the letter"), dots)
    return Told(_("an empty line: the header ends here, the body begins"), rfc(5322, "2.1"))


def _body_told(data: bytes, first: bool, charset: str, dots: str) -> Told:
    said = []
    if data.startswith(b"."):
        said.append(Told(_("the receiver takes the first dot off"), dots))
    elif not data.endswith(b"\r\n"):
        said.append(Told(_("ends in LF alone; mail wants CRLF"), rfc(5321, "2.3.8")))
    elif len(data) > LINE_MOST + 2:
        text = _("a line of {size}: no more than {most} are allowed")
        said.append(Told(text.format(size=octets(len(data)), most=octets(LINE_MOST + 2)), rfc(5322, "2.1.1")))
    elif first:
        said.append(Told(_("the body"), rfc(5322, "2.3")))
    if not data.isascii() and charset.lower() not in ("", "utf-8", "utf8", "us-ascii"):
        try:
            text = data[:400].decode(charset, "replace")
        except (LookupError, ValueError):  # no such encoding, or one that is none of text
            text = ""
        if text:
            shown = brief(text.encode(errors="replace"), 28 if said else 60)
            said.append(Told(_("in {charset}: {text}").format(charset=brief(charset.encode()), text=shown)))
    elif len(data) <= LONGEST and (bad := undecodable(data)):
        said.append(Told(not_utf8(bad, len(data))))
    return both(*said[:2])


def _field_told(data: bytes) -> Told:
    found = _FIELD.match(data)
    if data[:1] in (b" ", b"\t"):
        told = Told(_("goes on with the line above"), rfc(5322, "2.2.3"))
    elif found is None:
        return Told(_("no field of a header: there is no name with a colon after it"), rfc(5322, "2.2"))
    else:
        told = _named(found[1].decode().lower())
    if b"=?" in data:
        return both(told, _decoded(found[2] if found else data))
    if not _is_utf8(data):
        return both(told, Told(_("raw bytes over 127 are not allowed"), rfc(5322, "2.1")))
    return told


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decoded(value: bytes) -> Told:
    """What encoded words say (RFC 2047)."""
    try:
        said = str(make_header(decode_header(value[:400].decode("ascii", "replace").strip())))
    except (HeaderParseError, LookupError, ValueError):
        return Told(_("with encoded words that cannot be read"), rfc(2047, "2"))
    return Told(_("it says: {text}").format(text=brief(said.encode(errors="replace"), 26)), rfc(2047, "2"))


def _named(name: str) -> Told:
    """What a field of the header is for."""
    match name:
        case "from":
            return Told(_("who wrote it, as the reader will see it"), rfc(5322, "3.6.2"))
        case "sender":
            return Told(_("who sent it, if not who wrote it"), rfc(5322, "3.6.2"))
        case "reply-to":
            return Told(_("where answers should go"), rfc(5322, "3.6.2"))
        case "to":
            return Told(_("for the reader; the envelope says who gets it"), rfc(5322, "3.6.3"))
        case "cc":
            return Told(_("who gets a copy, for the reader; the envelope decides"), rfc(5322, "3.6.3"))
        case "bcc":
            return Told(_("who gets a secret copy: should not be sent along"), rfc(5322, "3.6.3"))
        case "date":
            return Told(_("when it was written"), rfc(5322, "3.6.1"))
        case "subject":
            return Told(_("what it is about"), rfc(5322, "3.6.5"))
        case "message-id":
            return Told(_("a name that no other letter has"), rfc(5322, "3.6.4"))
        case "in-reply-to" | "references":
            return Told(_("which letters it answers"), rfc(5322, "3.6.4"))
        case "received":
            return Told(_("a postmark: which server took it, from whom and when"), rfc(5321, "4.4"))
        case "return-path":
            return Told(_("the envelope's sender, written down by the last server"), rfc(5321, "4.4"))
        case "mime-version":
            return Told(_("the letter is built by the rules of MIME"), rfc(2045, "4"))
        case "content-type":
            return Told(_("what the body is, and in which character set"), rfc(2045, "5"))
        case "content-transfer-encoding":
            return Told(_("how the body's bytes were put into lines"), rfc(2045, "6"))
        case "content-disposition":
            return Told(_("to be shown, or kept as a file"), rfc(2183, "2"))
        case _:
            return Told(_("another field of the header"), rfc(5322, "3.6.8"))
