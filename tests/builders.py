"""Conversations made by hand, for tests.

    conversation(client("ПАЛИНДРОМ"), fin("client"), server(b"..."), fin("server"))

Each step comes one millisecond after the one before; `pause` puts more time between two steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from netkit.wire.address import Address
from netkit.wire.conversation import Conversation, Ending, Event, Kind, Side

TICK = 0.001  # seconds between two steps
BEGAN = 1_700_000_000.0


@dataclass(frozen=True)
class Step:
    """One event to come, and how much later than the step before it is sent."""

    side: Side
    kind: Kind
    data: bytes = b""
    size: int = 0
    after: float = TICK
    delay: float = 0.0  # seconds that a fault holds it up


def client(data: bytes | str, delay: float = 0.0) -> Step:
    """The client sends bytes, or a text in UTF-8."""
    return _data(Side.CLIENT, Kind.DATA, data, delay)


def server(data: bytes | str, delay: float = 0.0) -> Step:
    """The server sends bytes, or a text in UTF-8."""
    return _data(Side.SERVER, Kind.DATA, data, delay)


def lost(side: str, data: bytes | str) -> Step:
    """Bytes of that side that never arrive."""
    return _data(Side(side), Kind.LOST, data, 0.0)


def taken(data: bytes | str) -> Step:
    """The client sends bytes that netkit takes in the server's place."""
    return _data(Side.CLIENT, Kind.TAKEN, data, 0.0)


def said(data: bytes | str, delay: float = 0.0) -> Step:
    """Netkit says something to the client in the server's place."""
    return _data(Side.TAP, Kind.DATA, data, delay)


def fin(side: str) -> Step:
    """That side ("client", "server" or "tap") says that it will send no more."""
    return Step(Side(side), Kind.END)


def rst(side: str) -> Step:
    """That side ("client", "server" or "tap") breaks the connection off."""
    return Step(Side(side), Kind.RESET)


def gap(side: str, size: int) -> Step:
    """So many bytes of that side were passed on, but not kept."""
    return Step(Side(side), Kind.GAP, size=size)


def pause(seconds: float, step: Step) -> Step:
    """The step, that much later."""
    return replace(step, after=step.after + seconds)


def conversation(
    *steps: Step,
    name: str = "palindrome",
    number: int = 1,
    protocol: str = "text",
    transport: str = "tcp",
    ending: Ending | None = None,
    client_port: int = 50001,
    server_port: int = 33333,
    began: float = BEGAN,
) -> Conversation:
    """A conversation of these steps; without `ending` it ended as the steps say."""
    events = []
    at = 0.0
    latest = dict.fromkeys(Side, 0.0)  # over TCP nothing overtakes what the same side has sent, and a reset ends all
    for step in steps:
        at = round(at + step.after, 9)
        time = round(at + step.delay, 9)
        if transport == "tcp":
            time = max(time, latest[step.side], *(latest.values() if step.kind is Kind.RESET else ()))
            latest[step.side] = time
        events.append(Event(at, time, step.side, step.kind, step.data, step.size))
    events.sort(key=lambda event: event.time)
    how = ending if ending is not None else _ending(events, transport)
    return Conversation(
        number=number,
        name=name,
        protocol=protocol,
        transport=transport,
        client=Address("127.0.0.1", client_port),
        server=Address("127.0.0.1", server_port),
        began=began,
        events=tuple(events),
        from_client=_passed(events, Side.CLIENT),
        from_server=_passed(events, Side.SERVER),
        ending=how,
        ended=None if how is Ending.OPEN else round(max((e.time for e in events), default=0.0) + TICK, 9),
    )


def _data(side: Side, kind: Kind, data: bytes | str, delay: float) -> Step:
    octets = data.encode() if isinstance(data, str) else data
    return Step(side, kind, octets, len(octets), delay=delay)


def _passed(events: list[Event], side: Side) -> int:
    return sum(event.size for event in events if event.stream is side and (event.arrived or event.kind is Kind.GAP))


def _ending(events: list[Event], transport: str) -> Ending:
    ends = {(event.side, event.kind) for event in events if event.kind in (Kind.END, Kind.RESET)}
    if any(side is Side.TAP for side, _ in ends):
        return Ending.CUT
    if any(kind is Kind.RESET for _, kind in ends):
        return Ending.RESET
    if transport == "tcp" and len(ends) == 2:
        return Ending.CLOSED
    return Ending.OPEN


def conversations(transport: str | None = None) -> st.SearchStrategy[Conversation]:
    """Any conversation, for property tests; over TCP nobody speaks after its FIN, and nothing comes after a reset."""
    data = st.one_of(st.binary(min_size=1, max_size=30), st.sampled_from(["я".encode(), b"\r\n", b"\xd0", b"\x1b[2J"]))
    sides = st.sampled_from(["client", "server"])
    delays = st.sampled_from([0.0, 0.0, 0.0005, 0.05])
    step = st.one_of(
        st.builds(lambda s, d, w: _data(Side(s), Kind.DATA, d, w), sides, data, delays),
        st.builds(lost, sides, data),
        st.builds(taken, data),
        st.builds(said, data, delays),
        st.builds(gap, sides, st.integers(0, 100_000)),
        st.builds(fin, sides),
        st.builds(rst, st.sampled_from(["client", "server", "tap"])),
    )
    return st.builds(
        lambda steps, kind: conversation(*_possible(steps, kind), transport=kind),
        st.lists(step, max_size=12),
        st.sampled_from(["tcp", "udp"]) if transport is None else st.just(transport),
    )


def _possible(steps: list[Step], transport: str) -> list[Step]:
    chosen: list[Step] = []
    over: set[Side] = set()
    for step in steps:
        speaks = step.kind is Kind.DATA and step.side is Side.TAP  # in the server's place
        tcp_only = speaks or step.kind in (Kind.TAKEN, Kind.END, Kind.RESET)
        if (Side.SERVER if speaks else step.side) in over or (tcp_only and transport == "udp"):
            continue
        chosen.append(step)
        if step.kind is Kind.END:
            over.add(step.side)
        if step.kind is Kind.RESET:
            break
    return chosen
