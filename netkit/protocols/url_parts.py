"""A URL cut into its parts, each with the place where it stands: as urllib.parse cuts it (RFC 3986, section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import scheme_chars, urlsplit, uses_params

NAMES = ("scheme", "username", "password", "hostname", "port", "path", "params", "query", "fragment")
"""The parts, in their order: the names that the results of urllib.parse give them."""

DELIMITER = "delimiter"
DROPPED = "dropped"  # what urlsplit takes out before it looks at the URL
STRAY = "stray"  # beside the brackets of an IPv6 address: part of no part

CONTROLS = "".join(map(chr, range(0x20)))
_INSIDE = "\t\r\n"  # dropped wherever they stand (bpo-43882)
_LEADING = CONTROLS + " " if urlsplit(" a").path == "a" else ""  # dropped at the beginning, since Python 3.11.4


class Piece(NamedTuple):
    """A stretch of the text that belongs to one part; `name` is one of `NAMES`, or `DELIMITER`, `DROPPED`, `STRAY`."""

    name: str
    start: int
    stop: int


class Part(NamedTuple):
    """A part of a URL.

    Attributes:
        name: one of `NAMES`.
        value: its text, without what urlsplit drops; in the letters that were written.
        start: where in the whole text it begins.
        stop: where it has ended: ``text[start:stop]`` is `value` and what was dropped inside of it.
    """

    name: str
    value: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A URL in parts.

    Attributes:
        text: the URL as it was given.
        clean: the same without what urlsplit drops; where it drops nothing, the same.
        pieces: the whole text, in order and without gaps; a part that is there and empty is a piece of no length.
        parts: the parts that are there, by their names; the path is always there (RFC 3986, section 3.3).
        netloc: the authority; None where there is no ``//``.
    """

    text: str
    clean: str
    pieces: tuple[Piece, ...]
    parts: dict[str, Part]
    netloc: str | None

    def __getitem__(self, name: str) -> str | None:
        """The text of a part; None if it is not there."""
        return self.parts[name].value if name in self.parts else None


def cut(text: str) -> Cut:
    """Cut a URL into its parts. Any text whatever can be cut: what cannot be anything else is a path."""
    begin = len(text) - len(text.lstrip(_LEADING)) if _LEADING else 0
    kept = [at for at in range(begin, len(text)) if text[at] not in _INSIDE]
    clean = "".join([text[at] for at in kept])
    netloc, spans = _spans(clean)
    pieces, parts = [], {}
    for name, start, stop in spans:
        here = list(_runs(kept[start:stop], name)) or [Piece(name, *_nowhere(kept, start, len(text)))]
        if name in NAMES:
            parts[name] = Part(name, clean[start:stop], here[0].start, here[-1].stop)
        pieces += [piece for piece in here if name in NAMES or piece.start < piece.stop]
    return Cut(text, clean, tuple(_whole(pieces, len(text))), parts, netloc)


def _spans(url: str) -> tuple[str | None, list[tuple[str, int, int]]]:
    """The authority, and all parts and delimiters with where they begin and end, in order."""
    spans: list[tuple[str, int, int]] = []
    at, netloc = 0, None
    colon = url.find(":")
    if colon > 0 and url[0].isascii() and url[0].isalpha() and all(c in scheme_chars for c in url[:colon]):
        spans += [("scheme", 0, colon), (DELIMITER, colon, colon + 1)]
        at = colon + 1
    if url.startswith("//", at):
        spans.append((DELIMITER, at, at + 2))
        end = _first(url, "/?#", at + 2, len(url))
        netloc = url[at + 2 : end]
        spans += [(name, start + at + 2, stop + at + 2) for name, start, stop in _authority(netloc)]
        at = end
    query_ends = _first(url, "#", at, len(url))
    path_ends = _first(url, "?", at, query_ends)
    scheme = url[:colon].lower() if spans and spans[0][0] == "scheme" else ""
    semicolon = url.find(";", max(url.rfind("/", at, path_ends), at), path_ends) if scheme in uses_params else -1
    if semicolon >= 0:
        spans += [("path", at, semicolon), (DELIMITER, semicolon, semicolon + 1), ("params", semicolon + 1, path_ends)]
    else:
        spans.append(("path", at, path_ends))
    if path_ends < query_ends:
        spans += [(DELIMITER, path_ends, path_ends + 1), ("query", path_ends + 1, query_ends)]
    if query_ends < len(url):
        spans += [(DELIMITER, query_ends, query_ends + 1), ("fragment", query_ends + 1, len(url))]
    return netloc, spans


def _authority(netloc: str) -> Iterator[tuple[str, int, int]]:
    """What stands between ``//`` and the path (RFC 3986, section 3.2)."""
    at = netloc.rfind("@")
    if at >= 0:
        colon = _first(netloc, ":", 0, at)
        yield "username", 0, colon
        if colon < at:
            yield DELIMITER, colon, colon + 1
            yield "password", colon + 1, at
        yield DELIMITER, at, at + 1
    host = at + 1
    opening = netloc.find("[", host)
    if opening < 0:
        ends = _first(netloc, ":", host, len(netloc))
        yield "hostname", host, ends
    else:
        yield STRAY, host, opening
        closing = _first(netloc, "]", opening, len(netloc))
        yield DELIMITER, opening, opening + 1
        yield "hostname", opening + 1, closing
        yield DELIMITER, closing, min(closing + 1, len(netloc))
        after = min(closing + 1, len(netloc))
        ends = _first(netloc, ":", after, len(netloc))
        yield STRAY, after, ends
    if ends < len(netloc):
        yield DELIMITER, ends, ends + 1
        yield "port", ends + 1, len(netloc)


def _first(text: str, signs: str, start: int, stop: int) -> int:
    """Where the first of the signs stands; `stop` if none does."""
    return min((found for sign in signs if (found := text.find(sign, start, stop)) >= 0), default=stop)


def _runs(places: list[int], name: str) -> Iterator[Piece]:
    """Places in the text as pieces: where one was dropped in between, a new one begins."""
    if places and places[-1] - places[0] == len(places) - 1:  # nothing was: nearly always
        yield Piece(name, places[0], places[-1] + 1)
        return
    begun = 0
    for index in range(1, len(places) + 1):
        if index == len(places) or places[index] != places[index - 1] + 1:
            if places:
                yield Piece(name, places[begun], places[index - 1] + 1)
            begun = index


def _nowhere(kept: list[int], at: int, end: int) -> tuple[int, int]:
    """Where an empty part stands: right after what came before it."""
    place = kept[at - 1] + 1 if at else kept[0] if kept else end
    return place, place


def _whole(pieces: list[Piece], end: int) -> Iterator[Piece]:
    """The pieces with those in between that were dropped; neighbouring delimiters are one piece."""
    at, last = 0, None
    for piece in pieces:
        if piece.start > at:
            if last:
                yield last
            last = None
            yield Piece(DROPPED, at, piece.start)
        if last and last.name == piece.name == DELIMITER:
            last = Piece(DELIMITER, last.start, piece.stop)
        else:
            if last:
                yield last
            last = piece
        at = piece.stop
    if last:
        yield last
    if at < end:
        yield Piece(DROPPED, at, end)
