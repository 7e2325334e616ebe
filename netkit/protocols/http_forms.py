"""Names and values as a URL's query and a form have them: percent-encoded, in a character set that nobody says."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from netkit.i18n import _, ngettext
from netkit.protocols.mail_lines import Told, brief, rfc

MOST = 1 << 20  # bytes of a form that are read
PAIRS = 1000  # names and values that are read
SHOWN = 3  # names and values that are told
QUOTED = 20  # characters of one of them

RUSSIAN = ("koi8-r", "windows-1251")

_COMMON = frozenset("оеаинтсрвлкОЕАИНТСРВЛК")  # eleven letters make up two thirds of any Russian text


class Form(NamedTuple):
    """Names and values in their order, and the character set they are in; "" where nothing but bytes can be said."""

    pairs: list[tuple[str, str]]
    charset: str


def form(data: bytes) -> Form:
    """Take a query or a form apart (WHATWG URL Standard, section 5.1: ``&`` between pairs, ``+`` for a space)."""
    raw = [pair.partition(b"=")[::2] for pair in data.split(b"&", PAIRS)[:PAIRS] if pair]
    words = [(_plain(name), _plain(value)) for name, value in raw]
    charset = guessed(b"".join(word for pair in words for word in pair if guessed(word) != "utf-8"))
    return Form([(_read(name, charset), _read(value, charset)) for name, value in words], charset)


def _plain(word: bytes) -> bytes:
    return unquote_to_bytes(word.replace(b"+", b" "))


def _read(word: bytes, charset: str) -> str:
    try:
        return word.decode()
    except UnicodeDecodeError:
        return word.decode(charset or "ascii", "backslashreplace")


def guessed(data: bytes) -> str:
    """The character set in which bytes make sense: UTF-8, or one of two that Russian text had; "" for none."""
    try:
        data.decode()
        return "utf-8"
    except UnicodeDecodeError:
        pass
    high = bytes(octet for octet in data if octet >= 0x80)
    score = {name: _score(high.decode(name, "replace")) for name in RUSSIAN}
    best = max(RUSSIAN, key=score.__getitem__)
    return best if 3 * score[best] >= len(high) else ""


def _score(text: str) -> float:
    """How much it looks like Russian; small letters are more common than capitals."""
    return sum((letter in _COMMON) + 0.1 * letter.islower() for letter in text)


def pairs_told(found: Form) -> str:
    """The first names and values, in words, and the character set if it is not UTF-8."""
    said = [f"{_quoted(name)} = {_quoted(value)}" for name, value in found.pairs[:SHOWN]]
    more = len(found.pairs) - len(said)
    if more:
        said.append(ngettext("{n} more", "{n} more", more).format(n=more))
    words = ", ".join(said)
    if found.charset == "utf-8":
        return words
    if found.charset:
        return _("{pairs} (not UTF-8; read as {charset})").format(pairs=words, charset=found.charset)
    return _("{pairs} (not UTF-8)").format(pairs=words)


def form_told(data: bytes) -> Told:
    """The content of a form."""
    if len(data) > MOST:
        return Told(_("a form, too long to be read here"), rfc(1866, "8.2.1"))
    found = form(data.strip(b"\r\n"))
    if not found.pairs:
        return Told(_("a form without names and values"), rfc(1866, "8.2.1"))
    return Told(_("a form: {pairs}").format(pairs=pairs_told(found)), rfc(1866, "8.2.1"))


def _quoted(word: str) -> str:
    return brief(word.encode(errors="surrogateescape"), QUOTED) or "“”"
