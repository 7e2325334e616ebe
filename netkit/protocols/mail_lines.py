"""What the explanations of SMTP and POP3 share: a line that was said, explained when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from netkit.protocols import Line
from netkit.protocols.lazily import Lazily
from netkit.protocols.text import LONGEST, visible

BRIEF = 24  # characters of what a side said that are quoted in a meaning


class Told(NamedTuple):
    """What a line means, where that stands, and what to show instead of its bytes ("": the bytes themselves)."""

    meaning: str = ""
    source: str = ""
    text: str = ""


Tell = Callable[[bytes], Told]
"""How to explain a line, given its bytes."""


class Cut(NamedTuple):
    """A line that was said: by whom, when, in which piece it begins, its bytes in parts, and how to explain it."""

    side: str
    time: float
    piece: int
    parts: Sequence[bytes | memoryview]
    tell: Tell


def in_order(cuts: Iterable[Cut]) -> Sequence[Line]:
    """The lines in the order in which they began: one that ends late stands before what was said meanwhile."""
    return Lazily(sorted(cuts, key=lambda cut: cut.piece), _line)


def _line(cut: Cut) -> Line:
    data = b"".join(cut.parts)
    told = cut.tell(data)
    return Line(cut.side, cut.time, data, told.text or _shown(data), told.meaning, told.source, cut.piece)


def rfc(number: int, section: str) -> str:
    """Where something stands: ``"RFC 5321, section 4.1.1.1"``."""
    return f"RFC {number}, section {section}"


def both(*told: Told) -> Told:
    """Several things that are to be said of one line, as one; what says nothing is left out."""
    sources = dict.fromkeys(one.source for one in told if one.source)
    return Told("; ".join(one.meaning for one in told if one.meaning), "; ".join(sources))


def within(most: int, *told: Told) -> Told:
    """As `both`, in at most so many characters: the first thing is said in any case, others where there is room."""
    said: list[Told] = []
    for one in told:
        if not said or len(both(*said, one).meaning) <= most:
            said.append(one)
    return both(*said)


def brief(said: bytes, most: int = BRIEF) -> str:
    """At most `most` characters of what was said, made visible, with "…" for the rest; no escape is cut."""
    text = said[: 4 * most + 4].strip(b" \t\r\n").decode(errors="surrogateescape")
    shown = ""
    for at, char in enumerate(text):
        one = visible(char.encode(errors="surrogateescape"))
        if len(shown) + len(one) + (at + 1 < len(text)) > most:
            return shown + "…"
        shown += one
    return shown


def _shown(data: bytes) -> str:
    """The text of a line; of a very long one, its beginning."""
    if len(data) <= LONGEST:
        return visible(data)
    head = data[:LONGEST]
    for back in range(1, 4):
        if head[-back] & 0xC0 == 0xC0:  # begins a character of several bytes, which may end beyond: leave it out
            head = head[:-back]
            break
        if head[-back] < 0x80:
            break
    return visible(head) + " …"
