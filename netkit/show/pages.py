"""One conversation, page by page: which rows or bytes are on a page of a view, and on which page a hit is.

Of 100 MB only the page that is looked at becomes HTML. What was worked out stays as long as the conversation stays
the same: a `Pages` belongs to one snapshot.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from netkit.export.inside import tls_begins
from netkit.export.rows import Row, in_place, rows, way
from netkit.export.turns import Turns, turns
from netkit.i18n import _, ngettext
from netkit.protocols import Line
from netkit.show import insideview, views
from netkit.show.find import SIDES, Hit, Streams
from netkit.show.insideview import TURNS
from netkit.show.markup import Mark
from netkit.wire.conversation import Conversation, Side

ROWS = 100  # on a page of the dialogue and of the pieces
TEXT = 4096  # bytes of each side on a page of text
HEX = 2048  # bytes of each side on a page of hex
VIEWS = ("dialogue", "text", "hex", "pieces")
INSIDE = "inside"  # one more, where there is TLS


class Page(NamedTuple):
    """One page of a view: its HTML, its number (from 0), how many pages there are, and what it holds, in words."""

    html: str
    number: int
    of: int
    says: str


class Found:
    """What a search found, and at which of the hits the learner stands."""

    def __init__(self, hits: Sequence[Hit] = (), now: int = 0) -> None:
        self.hits, self.now = hits, now

    @cached_property
    def of_side(self) -> dict[Side, tuple[list[int], list[tuple[Hit, bool]]]]:
        """For each side where its hits begin, in rising order, and the hits; True for the one the learner stands at."""
        numbered = [(hit, index == self.now) for index, hit in enumerate(self.hits)]
        by_side = {side: sorted((p for p in numbered if p[0].side is side), key=lambda p: p[0].start) for side in SIDES}
        return {side: ([hit.start for hit, _now in pairs], pairs) for side, pairs in by_side.items()}


class Pages:
    """The pages of one snapshot of a conversation."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.streams = Streams(conversation)

    @staticmethod
    def key(conversation: Conversation) -> tuple[object, ...]:
        """Equal for two snapshots between which nothing happened."""
        events = conversation.events
        return (conversation.number, conversation.began, conversation.from_client, conversation.from_server,
                conversation.ending, len(events), events[-1].time if events else 0.0,
                len(conversation.said), conversation.secrets != "")  # fmt: skip

    @cached_property
    def has_tls(self) -> bool:
        """Whether there is anything to see in the view `INSIDE`."""
        return tls_begins(self.conversation) is not None

    @cached_property
    def turns(self) -> Turns | None:
        """What the wire saw and what the ends said; None without TLS."""
        return turns(self.conversation)

    def find(self, view: str, query: str) -> list[Hit]:
        """Where it stands: in what the ends said, for the view `INSIDE`; for the others, in what the wire saw."""
        return (self._within if view == INSIDE else self.streams).find(query)

    def draw(self, view: str, number: int, found: Found) -> Page:
        """A page of a view; the last one where there are fewer."""
        drawn = {"dialogue": self._dialogue, "text": self._text, "hex": self._hex, "pieces": self._pieces,
                 INSIDE: self._inside}  # fmt: skip
        return drawn[view](max(number, 0), found)

    def page_of(self, view: str, hit: Hit) -> int:
        """The number of the page on which a hit begins."""
        if view == "dialogue":
            return self._row_of(hit) // ROWS
        if view == INSIDE:
            return self.turns.of_event(self._within.event_of(hit)) // TURNS if self.turns else 0
        if view == "pieces":
            return self.streams.event_of(hit) // ROWS
        return hit.start // (TEXT if view == "text" else HEX)

    def _dialogue(self, number: int, found: Found) -> Page:
        conversation = self.conversation
        if found.hits:  # the offsets of all lines are needed anyway
            start = min(number, (len(self._rows) - 1) // ROWS) * ROWS
            first = max(start - 1, 0)
            shown, left = self._rows[first : start + ROWS], max(0, len(self._rows) - start - ROWS)
            offsets = self._offsets[first : start + ROWS]
            marks = [self._marks(found, _stream(row), *_span(row, at)) for row, at in zip(shown, offsets, strict=True)]
        else:
            start = number * ROWS
            first = max(start - 1, 0)
            shown, left = rows(conversation, start + ROWS - first, first)
            if not shown[start - first :] and number:  # past the end
                return self._dialogue((self._total - 1) // ROWS, found)
            marks = []
        before = shown[0].time if first < start and shown else 0.0
        body, marks = shown[start - first :], marks[start - first :]
        total = start + len(body) + left
        says = _rows_say(start, len(body), total)
        return Page(views.dialogue(body, before, marks), start // ROWS, _pages(total, ROWS), says)

    def _text(self, number: int, found: Found) -> Page:
        number, of = self._clamp(number, TEXT)
        parts = [self._said(side, number, TEXT, found, whole=True) for side in SIDES]
        return Page(views.texts(parts), number, of, _page_says(number, of))

    def _hex(self, number: int, found: Found) -> Page:
        number, of = self._clamp(number, HEX)
        parts = [self._said(side, number, HEX, found, whole=False) for side in SIDES]
        return Page(views.hexes(parts), number, of, _page_says(number, of))

    def _pieces(self, number: int, found: Found) -> Page:
        events = self.conversation.events
        of = _pages(len(events), ROWS)
        number = min(number, of - 1)
        start = number * ROWS
        shown = [self._piece(index, found) for index in range(start, min(start + ROWS, len(events)))]
        datagrams = self.conversation.transport == "udp"
        summary = [
            f"{way(side)}: {views.sizes_in_words(sizes, datagrams)}" for side, sizes in self._sizes.items() if sizes
        ]
        if datagrams:
            note = _("Each datagram arrives whole or not at all: recvfrom() takes one at a time.")
        else:
            note = _("TCP keeps the bytes and their order, not the cuts: recv() may get them joined or cut again.")
        before = events[start - 1].time if start else 0.0
        says = _rows_say(start, len(shown), len(events))
        return Page(views.pieces(shown, before, summary, note), number, of, says)

    def _inside(self, number: int, found: Found) -> Page:
        if self.turns is None:
            return Page(views.nothing(_("There is no TLS in this conversation.")), 0, 1, "")
        of = _pages(len(self.turns.turns), TURNS)
        number = min(number, of - 1)
        shown = self.turns.turns[number * TURNS : (number + 1) * TURNS]

        def marks(line: Line, at: int) -> list[Mark]:
            start = self._said_at[at]
            return self._marks(found, Side(line.side), start, start + len(line.data))

        says = _rows_say(number * TURNS, len(shown), len(self.turns.turns))
        return Page(insideview.page(self.turns, shown, marks if found.hits else None), number, of, says)

    def _piece(self, index: int, found: Found) -> views.Piece:
        event = self.conversation.events[index]
        if not event.arrived or not event.data:
            return views.Piece(event)
        offsets, numbers = self.streams.starts[event.stream]
        place = bisect_left(numbers, index)
        start = offsets[place]
        end = start + len(event.data)
        data = self.streams.data[event.stream]
        notes = [remark] if (remark := in_place(event)) else []
        cut = _inside(data, start)
        if cut:
            notes.append(_("begins inside {letter}").format(letter=cut.letter))
        cut = _inside(data, end)
        if cut and cut.first >= start:
            text = ngettext(
                "ends inside {letter}: {n} byte of {of}", "ends inside {letter}: {n} bytes of {of}", end - cut.first
            )
            notes.append(text.format(letter=cut.letter, n=end - cut.first, of=len(cut.letter.encode())))
        return views.Piece(event, place + 1, notes, self._marks(found, event.stream, start, end))

    def _said(self, side: Side, number: int, size: int, found: Found, whole: bool) -> views.Said:
        data = self.streams.data[side]
        start, end = number * size, (number + 1) * size
        if whole:  # no character is cut in two by the end of a page
            start, end = (cut.first if (cut := _inside(data, at)) else at for at in (start, end))
        return views.Said(side, data[start:end], start, len(data), self._marks(found, side, start, end))

    def _clamp(self, number: int, size: int) -> tuple[int, int]:
        of = _pages(max(len(said) for said in self.streams.data.values()), size)
        return min(number, of - 1), of

    def _marks(self, found: Found, side: Side, start: int, end: int) -> list[Mark]:
        """What is to be marked in the bytes from ``start`` to before ``end`` of that side."""
        if not found.hits or side not in SIDES:
            return []
        starts, mine = found.of_side[side]
        first = max(bisect_right(starts, start) - 1, 0)
        return [
            Mark(max(hit.start - start, 0), min(hit.end, end) - start, now)
            for hit, now in islice(mine, first, bisect_left(starts, end))
            if hit.end > start
        ]

    @cached_property
    def _sizes(self) -> dict[Side, list[int]]:
        events = self.conversation.events
        return {side: [len(events[index].data) for index in self.streams.starts[side][1]] for side in SIDES}

    @cached_property
    def _within(self) -> Streams:
        return Streams(self.turns.ends if self.turns else self.conversation)

    @cached_property
    def _said_at(self) -> list[int]:
        """For each line of what the ends said the offset of its first byte in what its side said."""
        at = dict.fromkeys(("client", "server"), 0)
        offsets = []
        for line in self.turns.said if self.turns else ():
            offsets.append(at[line.side])
            at[line.side] += len(line.data)
        return offsets

    @cached_property
    def _rows(self) -> list[Row]:
        return rows(self.conversation).rows

    @cached_property
    def _total(self) -> int:
        shown, left = rows(self.conversation, 1)
        return len(shown) + left

    @cached_property
    def _offsets(self) -> list[int]:
        """For each row the offset of its line's first byte in what its side said."""
        at = dict.fromkeys(Side, 0)
        offsets = []
        for row in self._rows:
            offsets.append(at[_stream(row)])
            at[_stream(row)] += len(row.line.data) if row.line else 0
        return offsets

    def _row_of(self, hit: Hit) -> int:
        of_side = [index for index, row in enumerate(self._rows) if _stream(row) is hit.side and row.line]
        place = bisect_right(of_side, hit.start, key=self._offsets.__getitem__) - 1
        return of_side[max(place, 0)] if of_side else 0


class _Cut(NamedTuple):
    """A character that was cut in two: the offset of its first byte, and itself."""

    first: int
    letter: str


def _inside(data: bytes, at: int) -> _Cut | None:
    """The UTF-8 character inside which that offset is (RFC 3629 section 3); None where none is."""
    if not 0 < at < len(data) or data[at] & 0xC0 != 0x80:
        return None
    for first in range(at - 1, max(at - 4, -1), -1):
        if data[first] & 0xC0 != 0x80:
            letter = data[first : first + 4].decode(errors="ignore")[:1]
            whole = letter.encode()
            return _Cut(first, letter) if letter and data.startswith(whole, first) and first + len(whole) > at else None
    return None


def _stream(row: Row) -> Side:
    """In what which side said its line stands; netkit's own stand in the server's."""
    return Side(row.line.side) if row.line else row.side


def _span(row: Row, at: int) -> tuple[int, int]:
    return at, at + (len(row.line.data) if row.line else 0)


def _pages(n: int, size: int) -> int:
    return max(1, -(-n // size))


def _rows_say(start: int, shown: int, of: int) -> str:
    return _("rows {first} to {last} of {n}").format(first=start + 1, last=start + shown, n=of)


def _page_says(number: int, of: int) -> str:
    return _("page {number} of {of}").format(number=number + 1, of=of)
