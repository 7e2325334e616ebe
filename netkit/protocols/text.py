"""Plain text: the lines that each side said, whatever they mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netkit.i18n import ngettext
from netkit.protocols import Line, Piece
from netkit.protocols.lazily import Lazily

LONGEST = 2000  # bytes; a longer line is shown as several

# side, time, piece, bytes, how many of them end a character begun before, how many begin one that they do not end
_Cut = tuple[str, float, int, bytes, int, int]


def explain(pieces: Iterable[Piece], datagrams: bool = False) -> Sequence[Line]:
    r"""The conversation as lines: each ends after ``\n``, where the other side begins to speak, or at the end.

    The bytes are taken as UTF-8 (RFC 3629). A character that was cut in two on its way is whole again in its line.
    """
    return Lazily(_characters(_long(_lines(pieces, datagrams)), datagrams), _line)


def _line(cut: _Cut) -> Line:
    side, time, piece, data, head, tail = cut
    return Line(side, time, data, visible(data), _meaning(data, head, tail), piece=piece)


def visible(data: bytes) -> str:
    r"""Bytes for people to read: the text that stands between the quotes of a Python string.

    What cannot be seen is written as in Python: ``\r\n``, ``\t``, ``\x00``, ``\u202e`` (a mark that turns the
    direction of writing), a backslash as ``\\``. A byte that is no part of a UTF-8 character is written ``\x9c``.
    """
    text = data.decode(errors="surrogateescape")
    if text.isprintable() and "\\" not in text:  # most lines, and quick
        return text
    return "".join(_SHORT.get(c) or (c if c.isprintable() else _code(ord(c))) for c in text)


def undecodable(data: bytes) -> int:
    """How many of the bytes are no part of a UTF-8 character."""
    return sum(0xDC80 <= ord(c) <= 0xDCFF for c in data.decode(errors="surrogateescape"))


def not_utf8(bad: int, n: int) -> str:
    """Say that so many of n bytes are no part of a UTF-8 character."""
    text = ngettext(
        "not UTF-8 text: {bad} of {n} bytes does not decode",
        "not UTF-8 text: {bad} of {n} bytes do not decode",
        bad,
    )
    return text.format(bad=bad, n=n)


_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\\": r"\\"}


def _code(number: int) -> str:
    if 0xDC80 <= number <= 0xDCFF:  # by "surrogateescape" (PEP 383): a byte that does not decode
        number -= 0xDC00
        return f"\\x{number:02x}"
    # From 0x80 with \u: "\x9c" is kept for a byte.
    return f"\\x{number:02x}" if number < 0x80 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _meaning(data: bytes, head: int, tail: int) -> str:
    whole = data[head : len(data) - tail]
    bad = undecodable(whole)
    if bad:
        return not_utf8(bad + head + tail, len(data))
    said = []
    if head:
        said.append(
            ngettext(
                "begins with the last byte of a character that was cut in two",
                "begins with the last {n} bytes of a character that was cut in two",
                head,
            ).format(n=head)
        )
    if tail:
        said.append(
            ngettext(
                "ends inside a character, after its first byte",
                "ends inside a character, after its first {n} bytes",
                tail,
            ).format(n=tail)
        )
    return "; ".join(said)


def _lines(pieces: Iterable[Piece], datagrams: bool) -> Iterator[tuple[str, float, int, bytes]]:
    """Join what one side said, and split it after each newline: side, time, piece, bytes."""
    speaker, begun, first = "", 0.0, 0
    parts: list[bytes] = []  # of the line that has not ended
    for number, (side, time, data) in enumerate(pieces):
        if parts and ((datagrams or side != speaker) if data else side == speaker):
            yield speaker, begun, first, b"".join(parts)
            parts = []
        at = 0
        while at < len(data):
            end = data.find(b"\n", at) + 1 or len(data)
            if not parts:
                speaker, begun, first = side, time, number
            part = data[at:end]
            parts.append(part)
            at = end
            if part.endswith(b"\n"):
                yield speaker, begun, first, b"".join(parts)
                parts = []
    if parts:
        yield speaker, begun, first, b"".join(parts)


def _long(lines: Iterable[tuple[str, float, int, bytes]]) -> Iterator[tuple[str, float, int, bytes]]:
    """Split lines that are too long, but no character in two."""
    for side, time, piece, data in lines:
        at = 0
        while len(data) - at > LONGEST:
            end = at + LONGEST
            end -= _unfinished(data[at:end])
            yield side, time, piece, data[at:end]
            at = end
        yield side, time, piece, data[at:] if at else data


def _characters(lines: Iterable[tuple[str, float, int, bytes]], datagrams: bool) -> Iterator[_Cut]:
    """Notice characters that were cut because the other side spoke in between."""
    missing: dict[str, int] = {}  # by side: how many bytes its last character lacks
    for side, time, piece, data in lines:
        lacks = missing.pop(side, 0)
        head = min(lacks, len(data)) if lacks and all(o & 0xC0 == 0x80 for o in data[:lacks]) else 0
        if lacks > head > 0:  # so short that even this does not end it
            missing[side] = lacks - head
        tail = 0 if data.endswith(b"\n") or head == len(data) else _unfinished(data)
        if tail and not datagrams and not undecodable(data[head : len(data) - tail]):
            missing[side] = _length(data[-tail]) - tail
        yield side, time, piece, data, head, tail


def _unfinished(data: bytes) -> int:
    """How many bytes at the end begin a UTF-8 character that they do not end: 0 to 3 (RFC 3629 section 3)."""
    for back in range(1, min(3, len(data)) + 1):
        octet = data[-back]
        if octet & 0xC0 == 0x80:
            continue  # not a character's first byte
        return back if _length(octet) > back else 0
    return 0


def _length(first: int) -> int:
    """How many bytes a UTF-8 character takes, by its first byte; 1 where none begins so."""
    return 2 if 0xC2 <= first <= 0xDF else 3 if 0xE0 <= first <= 0xEF else 4 if 0xF0 <= first <= 0xF4 else 1
