"""A query as names and values, and in which charset its percent-escapes can be read."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_to_bytes

CHARSETS = {"koi8-r": "KOI8-R", "windows-1251": "Windows-1251", "iso-8859-1": "ISO 8859-1"}
"""Python's name and the name for people of the charsets that are tried where escapes are no UTF-8."""

MOST_READ = 2000  # characters in which readings are looked for

_WORD = re.compile(r"[^\W\d_]+")
_COMMON = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"  # Russian letters, the most frequent first


@dataclass(frozen=True, slots=True)
class Reading:
    """What escapes say in a charset."""

    charset: str
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """A name and its value.

    Attributes:
        name: decoded by parse_qsl, as UTF-8.
        value: the same.
        written: both as they stand in the query.
        times: how often this name is in the query.
        dropped: parse_qsl leaves it out unless it is called with ``keep_blank_values=True``.
    """

    name: str
    value: str
    written: str
    times: int
    dropped: bool


def fields(query: str) -> list[Field]:
    """All fields of a query, in order (application/x-www-form-urlencoded, as parse_qsl reads it)."""
    pairs = parse_qsl(query, keep_blank_values=True)
    written = [field for field in query.split("&") if field]
    times = Counter(name for name, _value in pairs)
    return [Field(name, value, raw, times[name], not value) for (name, value), raw in zip(pairs, written, strict=True)]


def octets_of(text: str) -> bytes:
    """The bytes that a text with escapes stands for; never fails."""
    return unquote_to_bytes(text.encode("utf-8", "surrogatepass"))


def not_utf8(text: str) -> bool:
    """Whether escapes of a text stand for bytes that are no UTF-8 (RFC 3629)."""
    if "%" not in text:
        return False
    try:
        octets_of(text).decode()
    except UnicodeDecodeError:
        return True
    return False


def readings(text: str) -> list[Reading]:
    """What a text, whose escapes are no UTF-8, says in older charsets, where that looks like words; likeliest first.

    The bytes themselves do not say their charset: several may be possible.
    """
    octets = octets_of(text[:MOST_READ])
    found = []
    for codec, name in CHARSETS.items():
        try:
            said = octets.decode(codec)
        except UnicodeDecodeError:
            continue
        if _words(said, cyrillic=codec != "iso-8859-1"):
            found.append(Reading(name, said))
    return sorted(found, key=lambda reading: _odd(reading.text))


def codec(reading: Reading) -> str:
    """What Python calls its charset."""
    return next(python for python, name in CHARSETS.items() if name == reading.charset)


def _words(said: str, cyrillic: bool) -> bool:
    """Whether all that is not ASCII are letters, and each word is of one alphabet: Russian, or Latin."""
    if not said.isprintable():
        return False
    strange = "".join(c for c in said if not c.isascii() and c not in "«»—–№\N{NO-BREAK SPACE}")
    words = [word for word in _WORD.findall(said) if not word.isascii()]
    if not words or sum(not c.isascii() for word in words for c in word) != len(strange):
        return False
    if cyrillic:
        return all(c.lower() in _COMMON for word in words for c in word)
    return all(any(c.isascii() for c in word) for word in words)


def _odd(said: str) -> tuple[int, float]:
    """How unlike Russian a reading is: capitals behind small letters, then rare letters."""
    turned = sum(a.islower() and b.isupper() for a, b in zip(said, said[1:], strict=False))
    letters = [_COMMON.index(c) for c in said.lower() if c in _COMMON]
    return turned, sum(letters) / len(letters) if letters else 0.0
