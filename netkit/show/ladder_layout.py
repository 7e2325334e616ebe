"""What a ladder diagram shows and where: lifelines, arrows, and their places in the order of time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf, log10

from netkit.export.calls import calls
from netkit.export.rows import ending, glimpse, happened, sized
from netkit.i18n import _, octets
from netkit.protocols.text import visible
from netkit.protocols.xmlrpc_rows import summary
from netkit.wire.conversation import Conversation, Ending, Event, Kind, Side

MOST_TEXT = 200  # characters of a message; a picture has room for fewer
HELD_UP = 0.001  # seconds between sending and passing on; less is drawn as no time at all

_PAUSE = 0.01  # seconds; a longer pause makes the picture longer, but not in proportion
_LONGEST = 1.2  # rows that a pause may add
_SLANT = 0.4  # rows; an arrow that was held up falls at least so much


@dataclass(frozen=True, slots=True)
class Arrow:
    """One arrow from lifeline to lifeline, or a note between them.

    Attributes:
        source: the lifeline at which it begins, counted from 0 at the left.
        target: the lifeline at which it ends.
        side: who sent it; TAP where netkit itself did something to both, or spoke in the server's place.
        sent: when it was sent, in seconds since the first conversation of the picture began.
        time: when it was passed on.
        kind: what happened; None for a note: a connection was made, or how it ended.
        text: what was said, or what happened; printable.
        size: how many bytes, where it is about bytes.
    """

    source: int
    target: int
    side: Side
    sent: float
    time: float
    kind: Kind | None
    text: str
    size: int | None = None

    @property
    def held_up(self) -> bool:
        """Whether it was on its way for a time that can be seen."""
        return self.kind in (Kind.DATA, Kind.END) and self.time - self.sent >= HELD_UP

    @property
    def begins_at_tap(self) -> bool:
        """Whether netkit said it in the server's place."""
        return self.side is Side.TAP and self.kind in (Kind.DATA, Kind.LOST)

    @property
    def ends_at_tap(self) -> bool:
        """Whether netkit took it in the server's place."""
        return self.kind is Kind.TAKEN

    @property
    def detail(self) -> str:
        """What stands below it: how many bytes, and how long they were on their way."""
        said = [] if self.size is None else [octets(self.size)]
        if self.held_up:
            said.append(_("{time} on the way").format(time=duration(self.time - self.sent)))
        if self.ends_at_tap:
            said.append(_("taken by netkit"))
        if self.begins_at_tap:
            said.append(_("said by netkit"))
        return ", ".join(said)


def lifelines(talks: Sequence[Conversation]) -> tuple[list[str], list[tuple[int, int]]]:
    """The names of the lifelines, clients before servers, and for each conversation its client's and its server's.

    A server that is the client of another, as a proxy is, has one lifeline, on the left of those that it asks. Clients
    of one server have a lifeline each. Where there are several servers, there is one client for all of them, but for
    those who speak with the same server at the same time.
    """
    servers = _servers(talks)
    speakers = {talk.speaker for talk in talks} & {name for name, _transport in servers}
    clients, lines = _clients([talk for talk in talks if talk.speaker not in speakers], len(servers) > 1)
    names = [_("{name} (server)").format(name=visible(name.encode(errors="replace"))) for name, _transport in servers]
    ends = []
    for talk in talks:
        server = len(clients) + servers.index((talk.name, talk.transport))
        if talk.speaker in speakers:
            client = len(clients) + next(n for n, (name, _transport) in enumerate(servers) if name == talk.speaker)
        else:
            client = lines.pop(0)
        ends.append((client, server))
    return clients + names, ends


def _servers(talks: Sequence[Conversation]) -> list[tuple[str, str]]:
    """In the order in which they are given, but for those who ask others: they stand on the left of these."""
    own = {talk.name: (talk.name, talk.transport) for talk in reversed(talks)}
    servers: dict[tuple[str, str], None] = {}
    for talk in talks:
        if talk.speaker in own:
            servers.setdefault(own[talk.speaker])
        servers.setdefault((talk.name, talk.transport))
    return list(servers)


def _clients(talks: Sequence[Conversation], shared: bool) -> tuple[list[str], list[int]]:
    """The clients' names, and for each conversation which of them it is."""
    if shared:
        lines: list[list[Conversation]] = []
        found = []
        for talk in talks:
            free = (n for n, line in enumerate(lines) if not any(_at_once(talk, other) for other in line))
            found.append(n := next(free, len(lines)))
            if n == len(lines):
                lines.append([])
            lines[n].append(talk)
        numbers = [*range(1, len(lines) + 1)]
    else:
        found = [*range(len(talks))]
        numbers = [talk.number for talk in talks]
        if len(set(numbers)) < len(numbers):
            numbers = [*range(1, len(talks) + 1)]
    if len(numbers) == 1:
        return [_("client")], found
    return [_("client {n}").format(n=n) for n in numbers], found


def _at_once(one: Conversation, other: Conversation) -> bool:
    """Whether they are with the same server at the same time."""
    if (one.name, one.transport) != (other.name, other.transport):
        return False
    return one.began < _ended(other) and other.began < _ended(one)


def _ended(talk: Conversation) -> float:
    return inf if talk.ended is None else talk.began + talk.ended


def arrows(talk: Conversation, ends: tuple[int, int], later: float) -> Iterator[Arrow]:
    """The arrows of one conversation.

    Args:
        talk: the conversation.
        ends: the lifelines of its client and its server.
        later: how many seconds after the picture's beginning it began.
    """
    client, server = ends
    if talk.transport == "tcp":
        connected = _("connects (SYN, SYN+ACK, ACK)")
        yield Arrow(client, server, Side.CLIENT, later, later, None, connected)
    for event in talk.events:
        if event.kind is Kind.GAP and not event.size:
            continue
        source, target = (server, client) if event.stream is Side.SERVER else (client, server)
        size = event.size if sized(event) else None
        yield Arrow(
            source, target, event.side, later + event.sent, later + event.time, event.kind, _text(event), size
        )  # fmt: skip
    if talk.ending in (Ending.DOWN, Ending.REFUSED, Ending.STOPPED):
        at = later + max([talk.ended or 0.0, *(event.time for event in talk.events[-1:])])
        yield Arrow(client, server, Side.TAP, at, at, None, ending(talk))


def turn_arrows(talk: Conversation, ends: tuple[int, int], later: float) -> Iterator[Arrow]:
    """An arrow for each turn: all that one side said before the other did, in however many pieces it came.

    Args:
        talk, ends, later: see `arrows`.
    """
    client, server = ends
    spoken = (event for event in talk.events if event.kind in (Kind.DATA, Kind.LOST, Kind.TAKEN))
    for (stream, kind, side), run in groupby(spoken, lambda event: (event.stream, event.kind, event.side)):
        events = list(run)
        source, target = (server, client) if stream is Side.SERVER else (client, server)
        text = glimpse(b"".join(event.data for event in events)[: 4 * MOST_TEXT], MOST_TEXT)
        sent, time = later + events[0].sent, later + events[0].time
        yield Arrow(source, target, side, sent, time, kind, text, sum(event.size for event in events))


def call_arrows(talk: Conversation, ends: tuple[int, int], later: float) -> Iterator[Arrow]:
    """The XML-RPC calls of one conversation, and what came back: an arrow for each, when its last byte was there.

    Args:
        talk, ends, later: see `arrows`.
    """
    client, server = ends
    for one in calls(talk):
        there, back = (one.exchange.request, one.call), (one.exchange.response, one.answer)
        for (http, half), side in ((there, Side.CLIENT), (back, Side.SERVER)):
            if http is None or half is None:
                continue
            text = summary(half.said) if half.said is not None else _("not read: {why}").format(why=half.problem)
            at = later + http.ended
            source, target = (client, server) if side is Side.CLIENT else (server, client)
            text = visible(text[:MOST_TEXT].encode(errors="replace")).replace(r"\\", "\\")
            yield Arrow(source, target, side, at, at, Kind.DATA, text, len(half.data))


def places(shown: Sequence[Arrow]) -> list[tuple[float, float]]:
    """Where each arrow begins and ends, in rows from the top: a row each, more space where there was a pause.

    An arrow that was held up begins where the other rows' times say that it was sent.
    """
    times = [arrow.time for arrow in shown]
    downs: list[float] = []
    for before, time in zip([times[0], *times], times, strict=False):
        downs.append(downs[-1] + 1 + _extra(time - before) if downs else 0.0)
    return [
        (min(_between(times, downs, arrow.sent), down - _SLANT) if arrow.held_up else down, down)
        for arrow, down in zip(shown, downs, strict=True)
    ]


def duration(seconds: float) -> str:
    """A time in milliseconds, or in seconds from one second on."""
    if seconds < 1:
        return _("{n} ms").format(n=f"{seconds * 1000:.1f}")
    return _("{n} s").format(n=f"{seconds:.2f}")


def _extra(pause: float) -> float:
    """How many rows a pause adds: some for each power of ten."""
    return min(_LONGEST, 0.5 * log10(pause / _PAUSE)) if pause > _PAUSE else 0.0


def _between(times: Sequence[float], downs: Sequence[float], time: float) -> float:
    """Where that time is, by the rows above."""
    after = bisect_right(times, time)
    if not after:
        return -_SLANT
    if after == len(times):
        return downs[-1]
    earlier, later = times[after - 1], times[after]
    share = (time - earlier) / (later - earlier) if later > earlier else 0.0
    return downs[after - 1] + share * (downs[after] - downs[after - 1])


def _text(event: Event) -> str:
    # The cross in the picture says that bytes were lost: the label has room for what they were.
    return glimpse(event.data, MOST_TEXT) if event.kind is Kind.LOST else happened(event, MOST_TEXT)


def _name(talk: Conversation) -> str:
    return visible(talk.name.encode(errors="replace"))
