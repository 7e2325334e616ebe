"""What a letter consists of: the fields of its header, its parts, its texts and attachments (RFC 5322, RFC 2045).

Everything here takes bytes and gives plain data, and nothing fails on bad bytes: the remarks say what was wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses
from typing import Any, NamedTuple, TypeVar

from netkit.i18n import _
from netkit.protocols.mime_text import LONGEST_FIELD, Decoded, decoded, in_a_line, legible, unfolded, words

MOST_PARTS = 200  # of a letter; what comes after them is not looked at
DEEPEST = 30  # parts within parts
MOST_FIELDS = 1000

T = TypeVar("T")

_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:", re.DOTALL)  # RFC 5322, section 2.2
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]]+@[^\s<>,;:\"()\[\]]+")


class Field(NamedTuple):
    """A field of a header.

    Attributes:
        name: as it is written.
        raw: name, colon and value as they came, with all line ends.
        text: the value, unfolded and decoded (RFC 2047).
    """

    name: str
    raw: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a letter, in the order in which they stand there.

    Attributes:
        depth: in how many other parts it lies; 0 for the letter itself.
        kind: its type, e.g. ``"text/plain"`` (RFC 2045 section 5).
        charset: the character set that it names, or "".
        encoding: its transfer encoding as it is named, in lower case, or "" (section 6).
        disposition: ``"attachment"``, ``"inline"`` or "" (RFC 2183).
        name: its file name, decoded (RFC 2231), or "".
        cid: by what other parts call it, without the angle brackets (RFC 2392).
        data: its content, decoded; of a part that holds others, b"".
        holds: whether it holds other parts.
        foreign: whether it belongs to a letter within the letter.
        remarks: what is wrong with it, in words.
    """

    depth: int
    kind: str
    charset: str
    encoding: str
    disposition: str
    name: str
    cid: str
    data: bytes
    holds: bool
    foreign: bool
    remarks: tuple[str, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether it is a text to be read, and no file."""
        return self._is_body and self.kind.startswith(("text/", "multipart/")) and self.kind != "text/html"

    @property
    def is_html(self) -> bool:
        """Whether it is a page to be read, and no file."""
        return self._is_body and self.kind == "text/html"

    @property
    def is_attachment(self) -> bool:
        """Whether it is a file that came along."""
        if self.foreign or (self.holds and self.kind != "message/rfc822"):
            return False
        return not (self.is_text or self.is_html)

    @property
    def _is_body(self) -> bool:
        return not (self.holds or self.foreign or self.name or self.disposition == "attachment")

    def decoded(self) -> Decoded:
        """A text part's text, with LF at the ends of its lines; see `netkit.protocols.mime_text.decoded`."""
        said = decoded(self.data, self.charset)
        return said._replace(text=legible(said.text.replace("\r\n", "\n")))


def fields(data: bytes) -> list[Field]:
    """The fields of a letter's header, at most `MOST_FIELDS`."""
    out = []
    for name, start, stop in _header(data)[0]:
        raw = data[start:stop]
        out.append(Field(name, raw, words(_value(raw)[: 4 * LONGEST_FIELD])))
    return out


def body_size(data: bytes) -> int:
    """How many bytes follow the header and the empty line (RFC 5322 section 2.1)."""
    return len(data) - _header(data)[1]


def _header(data: bytes) -> tuple[list[tuple[str, int, int]], int]:
    """Each field's name, where it begins and ends; and where the body begins."""
    found: list[tuple[str, int, int]] = []
    at = 0
    while at < len(data):
        end = data.find(b"\n", at) + 1 or len(data)
        if data[at:end] in (b"\r\n", b"\n"):
            return found, end
        field = _FIELD.match(data, at, min(end, at + 1000))
        if field and len(found) < MOST_FIELDS:
            found.append((field[1].decode("ascii"), at, end))
        elif found and data[at : at + 1] in (b" ", b"\t"):
            found[-1] = (*found[-1][:2], end)
        else:
            break  # the body, without an empty line before it
        at = end
    return found, at


def _value(raw: bytes) -> bytes:
    return raw[raw.index(b":") + 1 :]


def named(found: list[Field], *names: str) -> list[Field]:
    """The fields of these names, in the order of the names; the case of letters is nothing (RFC 5322 section 1.2.2)."""
    return [field for name in names for field in found if field.name.lower() == name]


def addresses(field: Field) -> tuple[str, ...]:
    """The addresses in a field such as To, without names; what is no address is left out."""
    value = unfolded(_value(field.raw))[:LONGEST_FIELD]
    nothing: list[tuple[str, str]] = []
    pairs = _safely(lambda: getaddresses([value]), nothing)
    found = [address for _name, address in pairs if "@" in address and not re.search(r"\s", address)]
    if not found or len(found) < len(pairs):  # stricter in some versions of Python than in others
        found = _ADDRESS.findall(value)
    return tuple(in_a_line(address) for address in dict.fromkeys(found))


def parts(data: bytes) -> tuple[Part, ...]:
    """The parts of a letter, as a tree that is read from top to bottom; the first one is the letter itself."""
    message = _safely(lambda: message_from_bytes(data, policy=policy.compat32), None)  # the one that takes all input
    if message is None:
        remark = _("the parts could not be told apart: too many within each other")
        return (Part(0, "text/plain", "", "", "", "", "", data, False, False, (remark,)),)
    out: list[Part] = []
    waiting: list[tuple[Message, int, bool]] = [(message, 0, False)]
    while waiting and len(out) < MOST_PARTS:
        part, depth, foreign = waiting.pop()
        inner = part.get_payload() if part.is_multipart() else []
        held = [one for one in inner if isinstance(one, Message)] if isinstance(inner, list) else []
        out.append(_part(part, depth, foreign, held))
        if depth < DEEPEST:
            inside = foreign or part.get_content_maintype() == "message"
            waiting += [(one, depth + 1, inside) for one in reversed(held)]
    return tuple(out)


def _part(part: Message, depth: int, foreign: bool, held: list[Message]) -> Part:
    _in_utf8(part)
    kind = in_a_line(_safely(part.get_content_type, "text/plain"))
    if held:
        content = _safely(held[0].as_bytes, b"") if kind == "message/rfc822" else b""
    else:
        payload = _safely(lambda: part.get_payload(decode=True), None)
        content = payload if isinstance(payload, bytes) else b""
    return Part(
        depth=depth,
        kind=kind,
        charset=in_a_line(_safely(lambda: part.get_content_charset(""), "") or ""),
        encoding=_first_word(part["Content-Transfer-Encoding"]),
        disposition=_first_word(part["Content-Disposition"]),
        name=_file_name(part),
        cid=in_a_line(str(part["Content-ID"] or "")).strip(" \t\r\n<>"),
        data=content,
        holds=bool(held),
        foreign=foreign,
        remarks=_remarks(part, bool(held)),
    )


def _in_utf8(part: Message) -> None:
    """Have names in raw UTF-8, which no RFC allows and many programs write, read as UTF-8."""
    for name, value in list(part.raw_items()):
        if name.lower().startswith("content-") and not str(value).isascii():
            octets = str(value).encode("ascii", "surrogateescape")
            part.replace_header(name, octets.decode(errors="replace"))


def _file_name(part: Message) -> str:
    name: Any = _safely(part.get_filename, None) or ""
    return words(str(name).encode(errors="replace"))  # encoded words have no place in a file's name, and are common


def _first_word(value: object) -> str:
    found = str(value or "").partition(";")[0].split()
    return in_a_line(found[0][:100]).lower() if found else ""


def _remarks(part: Message, holds: bool) -> tuple[str, ...]:
    """What the parser noticed (RFC 2046 section 5.1, RFC 2045 section 6.8), in words."""
    said = {
        "NoBoundaryInMultipartDefect": _("names no boundary, so its parts cannot be told apart"),
        "StartBoundaryNotFoundDefect": _("the boundary that it names does not occur in it"),
        "CloseBoundaryNotFoundDefect": _("ends without its last boundary: something may be missing"),
        "InvalidBase64PaddingDefect": _("its base64 ends too early"),
        "InvalidBase64CharactersDefect": _("characters that are no base64 were left out"),
        "InvalidBase64LengthDefect": _("its base64 cannot be decoded"),
        "MissingHeaderBodySeparatorDefect": _("no empty line stands between header and body"),
    }
    found = [said[name] for defect in part.defects if (name := type(defect).__name__) in said]
    encoding = _first_word(part["Content-Transfer-Encoding"])
    if encoding and not holds and encoding not in _ENCODINGS:
        found.append(_("the transfer encoding {name} is unknown; left as it is").format(name=encoding))
    return tuple(dict.fromkeys(found))


_ENCODINGS = {"7bit", "8bit", "binary", "quoted-printable", "base64", "x-uuencode", "uuencode", "uue", "x-uue"}


def _safely(ask: Callable[[], T], otherwise: T) -> T:
    """The email package raises many things on bad bytes, different ones in each version of Python."""
    try:
        return ask()
    except Exception:
        return otherwise
