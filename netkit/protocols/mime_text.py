"""Text in letters: bytes in a character set, encoded words in a header (RFC 2047), and what is unfit to be shown."""

from __future__ import annotations

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header
from typing import NamedTuple

from netkit.i18n import _, ngettext

LONGEST_FIELD = 20_000  # characters of a field of the header that are decoded

# Python knows them as text encodings, but no letter is written in them, and some are slow or fail on any bytes.
_NONE = {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"}
_WORD = r"=\?[^?\s]{1,75}\?[bq]\?[^?\r\n]*\?="
_WORDS = re.compile(rf"{_WORD}(?:[ \t]+{_WORD})*", re.IGNORECASE)

# Control characters, marks that turn the direction of writing, halves of surrogate pairs, tags; newlines and tabs stay.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


class Decoded(NamedTuple):
    """Bytes as text.

    Attributes:
        text: what they say; what does not decode is replaced by U+FFFD.
        remark: what was wrong with them or their character set, in words; "" for nothing.
    """

    text: str
    remark: str = ""


def decoded(data: bytes, charset: str) -> Decoded:
    """Bytes in a character set, whatever they are; this never fails.

    Args:
        data: the bytes.
        charset: its name as the letter says it; "" where it says none: US-ASCII (RFC 2045 section 5.2).
    """
    if not charset or charset.lower() == "us-ascii":
        return _ascii(data, charset)
    try:
        name = codecs.lookup(charset).name
        if name in _NONE:
            raise LookupError(charset)
        return Decoded(data.decode(name))
    except UnicodeError:
        pass
    except (LookupError, ValueError):  # unknown, no text encoding (rot13), or no name at all
        text = _("the character set {charset} is unknown here; read as UTF-8")
        return Decoded(data.decode(errors="replace"), text.format(charset=in_a_line(charset[:40])))
    try:
        said = data.decode(name, "replace")
    except (UnicodeError, ValueError):
        said = data.decode("ascii", "replace")
    return Decoded(said, _replaced(said.count("\ufffd"), charset))


def _ascii(data: bytes, charset: str) -> Decoded:
    if data.isascii():
        return Decoded(data.decode("ascii"))
    bad = len(data) - len(data.decode("ascii", "ignore"))
    try:
        said, read = data.decode(), True
    except UnicodeDecodeError:
        said, read = data.decode("ascii", "replace"), False
    if charset and not read:
        return Decoded(said, _replaced(bad, charset))
    if charset:
        remark = _("bytes over 127 are not {charset}: {n}; read as UTF-8")
    elif read:
        remark = _("no character set is named, which means US-ASCII; bytes over 127: {n}; read as UTF-8")
    else:
        remark = _("no character set is named, which means US-ASCII; bytes over 127: {n}; shown as \ufffd")
    return Decoded(said, remark.format(n=_number(bad), charset=charset))


def _replaced(n: int, charset: str) -> str:
    text = ngettext("{n} place is not {charset}; shown as \ufffd", "{n} places are not {charset}; shown as \ufffd", n)
    return text.format(n=_number(n), charset=in_a_line(charset[:40]))


def _number(n: int) -> str:
    return f"{n:,}".replace(",", "\N{NO-BREAK SPACE}")


def words(raw: bytes) -> str:
    """A field's value as its reader sees it: unfolded (RFC 5322 section 2.2.3), with encoded words decoded (RFC 2047).

    Other bytes are taken as UTF-8 (RFC 6532). What cannot be decoded stays as it is.
    """
    text = unfolded(raw)[:LONGEST_FIELD]
    return in_a_line(_WORDS.sub(lambda found: _decoded(found[0]), text))


def unfolded(raw: bytes) -> str:
    """A field's value in one line; a byte that is no UTF-8 becomes half of a surrogate pair (PEP 383)."""
    return re.sub(rb"\r?\n(?=[ \t])", b"", raw).strip(b" \t\r\n").decode(errors="surrogateescape")


def _decoded(run: str) -> str:
    """Encoded words that follow each other; a character may begin in one and end in the next one."""
    try:
        found = decode_header(run)
        return "".join(
            part if isinstance(part, str) else decoded(part, (charset or "").partition("*")[0]).text
            for part, charset in found
        )
    except (HeaderParseError, ValueError):  # no base64
        return run


def legible(text: str) -> str:
    r"""Text fit to be shown: a control character, or one that turns the writing, becomes ``\x07``, ``\u202e``."""
    return _UNFIT.sub(lambda found: _code(ord(found[0])), text)


def in_a_line(text: str) -> str:
    """Text fit to be shown in one line."""
    return legible(text).replace("\n", r"\n").replace("\t", " ")


def _code(number: int) -> str:
    if 0xDC80 <= number <= 0xDCFF:  # by "surrogateescape": a byte that does not decode
        return f"\\x{number - 0xDC00:02x}"
    if number == 0x0D:
        return r"\r"
    return f"\\x{number:02x}" if number < 0x80 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
