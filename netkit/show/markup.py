"""Bytes from a wire as HTML: escaped, with what cannot be seen made visible, and with marks where something was found.

Nothing that came over a wire gets into a page in any other way than through `text` and `plain`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from netkit.protocols.text import visible

_ESCAPE = re.compile(r"\\(?:[rnt\\]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")

_NEWLINE = r'<i class="nk-esc">\n</i>'


class Mark(NamedTuple):
    """Bytes to be marked, from ``start`` to before ``end``; ``now`` for the one that the learner stands at."""

    start: int
    end: int
    now: bool = False


def plain(text: str) -> str:
    """A text that is printable already (see `netkit.protocols.text.visible`), with its escapes set off."""
    return _ESCAPE.sub(r'<i class="nk-esc">\g<0></i>', html.escape(text))


def text(data: bytes, marks: Iterable[Mark] = (), lines: bool = False) -> str:
    r"""Bytes as text.

    Args:
        data: the bytes; the caller sees to it that they are no more than a page.
        marks: what to mark; in order, and no two overlap.
        lines: whether a new line follows each visible ``\n``.
    """
    out = []
    for part, mark in split(data, marks):
        said = plain(visible(part))
        if lines:
            said = said.replace(_NEWLINE, _NEWLINE + "\n")
        out.append(marked(said, mark) if mark else said)
    return "".join(out)


def split(data: bytes, marks: Iterable[Mark], whole: bool = True) -> Iterator[tuple[bytes, Mark | None]]:
    """The bytes in parts, each with its mark; with ``whole``, no character is cut in two by a mark."""
    at = 0
    for mark in marks:
        start, end = max(mark.start, at), min(mark.end, len(data))
        if whole:
            start, end = max(at, _back(data, start)), _on(data, end)
        if start < end:
            if at < start:
                yield data[at:start], None
            yield data[start:end], mark
            at = end
    if at < len(data):
        yield data[at:], None


def hex_rows(data: bytes, offset: int, marks: Iterable[Mark] = ()) -> str:
    """Bytes in hexadecimal, 16 a row: the offset, the bytes, and their ASCII characters (a dot for any other).

    Args:
        data: the bytes; the caller sees to it that they are no more than a page.
        offset: the number of the first byte.
        marks: what to mark, counted from the first byte of ``data``.
    """
    where: list[Mark | None] = [None] * len(data)
    for mark in marks:
        for index in range(max(mark.start, 0), min(mark.end, len(data))):
            where[index] = mark
    rows = []
    for at in range(0, len(data), 16):
        row, here = data[at : at + 16], where[at : at + 16]
        pairs = [f"{octet:02x}" for octet in row]
        signs = [html.escape(chr(octet)) if 0x20 <= octet < 0x7F else "." for octet in row]
        if any(here):
            pairs = [marked(pair, mark) if mark else pair for pair, mark in zip(pairs, here, strict=True)]
            signs = [marked(sign, mark) if mark else sign for sign, mark in zip(signs, here, strict=True)]
        left, right = " ".join(pairs[:8]), " ".join(pairs[8:])
        octets = f"{left}  {right}" if right else left
        gap = " " * (50 - 3 * len(row) - (len(row) > 8))  # 48 characters for 16 bytes
        rows.append(f'<i class="nk-at">{offset + at:08x}</i>  {octets}{gap} <b>{"".join(signs)}</b>')
    return "\n".join(rows)


def marked(said: str, mark: Mark) -> str:
    """HTML, marked."""
    return f'<mark class="nk-now">{said}</mark>' if mark.now else f"<mark>{said}</mark>"


def _back(data: bytes, at: int) -> int:
    """The beginning of the UTF-8 character in which that byte stands (RFC 3629 section 3)."""
    for back in range(min(4, at + 1)):
        if at - back < len(data) and data[at - back] & 0xC0 != 0x80:
            return at - back
    return at


def _on(data: bytes, at: int) -> int:
    """The end of the UTF-8 character that has begun before that byte."""
    for on in range(4):
        if at + on >= len(data) or data[at + on] & 0xC0 != 0x80:
            return at + on
    return at
