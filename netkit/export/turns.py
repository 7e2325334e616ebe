"""A conversation with TLS in turns: what the wire saw while a side spoke, and what that side said meanwhile."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netkit import protocols
from netkit.export.inside import inside, tls_begins
from netkit.export.rows import explained
from netkit.wire.conversation import Conversation, Event, Kind, Side


class Turn(NamedTuple):
    """A side speaks, until the other one does.

    Attributes:
        side: who speaks.
        time: when it begins, in seconds since the conversation began.
        secure: whether TLS has begun.
        wire: the indices of the wire's events, from the first to before the last.
        said: the same of the events of `inside`.
    """

    side: Side
    time: float
    secure: bool
    wire: range
    said: range


class Turns:
    """All turns of a conversation that has TLS.

    Attributes:
        conversation: as the wire saw it.
        ends: as its ends had it: see `inside`.
        begins: the index of the event with which TLS begins; in `ends` that is TLS itself.
        said: what its ends said, explained.
    """

    def __init__(self, conversation: Conversation, ends: Conversation, begins: int) -> None:
        self.conversation, self.ends, self.begins = conversation, ends, begins
        self.turns = list(_turns(conversation, ends, begins))
        self.said = explained(ends)
        later = (n for n, e in enumerate(conversation.events[begins:]) if e.side is Side.SERVER and e.kind is Kind.DATA)
        self._answer = next(later, -1)
        self._records = protocols.explain("tls", _pieces(conversation.events[begins:]))

    def lines(self, turn: Turn) -> Sequence[protocols.Line]:
        """What was said in it, explained."""
        return _of(self.said, turn.said.start, turn.said.stop)

    def first_line(self, turn: Turn) -> int:
        """How many lines were said before it."""
        return _at(self.said, turn.said.start)

    def records(self, turn: Turn) -> Sequence[protocols.Line]:
        """The TLS records that begin in it."""
        start, stop = (max(index - self.begins, 0) for index in (turn.wire.start, turn.wire.stop))
        return _of(self._records, start, stop)

    def is_hello(self, record: protocols.Line) -> bool:
        """Whether it is in a side's first piece: what is there is not encrypted yet."""
        return record.piece in (0, self._answer)

    def of_event(self, index: int) -> int:
        """The number of the turn in which an event of `ends` is."""
        return bisect_right(self.turns, index, key=lambda turn: turn.said.start) - 1

    def marks(self, turn: Turn) -> list[Event]:
        """What else the wire saw: FIN, RST, bytes that were lost or not kept."""
        events = self.conversation.events
        return [events[index] for index in turn.wire if not events[index].arrived]


def turns(conversation: Conversation) -> Turns | None:
    """The turns of a conversation; None where there is no TLS."""
    begins, ends = tls_begins(conversation), inside(conversation)
    return None if begins is None or ends is None else Turns(conversation, ends, begins)


def _turns(conversation: Conversation, ends: Conversation, begins: int) -> Iterator[Turn]:
    # A client's record passes the tap after the client has said it, a server's before the client hears it; in the
    # clear, and where TLS begins, both are the same event.
    wire, said = conversation.events, ends.events
    moments = [(event.time, event.stream, False) for event in said]
    moments += [(event.time, event.stream, True) for event in wire]
    moments.sort(key=lambda moment: moment[0])
    at_wire = at_said = 0
    number = 0
    while number < len(moments):
        time, side, _on_wire = moments[number]
        secure = at_wire >= begins
        first_wire, first_said = at_wire, at_said
        while number < len(moments) and moments[number][1] is side and (at_wire >= begins) == secure:
            if moments[number][2]:
                at_wire += 1
            else:
                at_said += 1
            number += 1
        yield Turn(side, time, secure, range(first_wire, at_wire), range(first_said, at_said))


def _pieces(events: Sequence[Event]) -> Iterator[protocols.Piece]:
    for event in events:
        yield event.stream.value, event.time, event.data if event.arrived else b""


def _of(lines: Sequence[protocols.Line], start: int, stop: int) -> Sequence[protocols.Line]:
    """The lines that begin in these pieces."""
    return lines[_at(lines, start) : _at(lines, stop)]


def _at(lines: Sequence[protocols.Line], piece: int) -> int:
    return bisect_left(lines, piece, key=lambda line: line.piece)
