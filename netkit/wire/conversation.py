"""What was recorded of one connection (TCP) or one exchange of datagrams (UDP), as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from netkit.wire.address import Address


class Side(Enum):
    """Who did it."""

    CLIENT = "client"
    SERVER = "server"
    TAP = "tap"  # netkit itself, because a fault was set


class Kind(Enum):
    """What happened on the wire."""

    DATA = "data"  # bytes that were passed on to the other end
    LOST = "lost"  # bytes that a fault took off the wire
    TAKEN = "taken"  # the client's bytes that arrived at netkit, which answered for the server: it never saw them
    END = "end"  # FIN: the side will send nothing more (RFC 9293 section 3.6)
    RESET = "reset"  # RST: the connection was broken off (RFC 9293 section 3.5.2)
    GAP = "gap"  # bytes that were passed on, but not kept: the recording has a limit
    TLS = "tls"  # here TLS begins; never recorded, see `netkit.export.inside`


_ARRIVED = (Kind.DATA, Kind.TAKEN)


class Ending(Enum):
    """How a conversation ended, or that it has not."""

    OPEN = "open"
    CLOSED = "closed"  # both sides said END
    RESET = "reset"  # one side broke it off
    CUT = "cut"  # a fault ended it
    DOWN = "down"  # the server behind the tap did not answer: the client got a reset
    REFUSED = "refused"  # another user of this machine, turned away
    STOPPED = "stopped"  # the tap was stopped while it was open
    ENDED = "ended"  # CLOSED or RESET: never recorded, see `netkit.export.inside`


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened on the wire.

    Attributes:
        sent: when the tap got it from its sender, in seconds since the conversation began.
        time: when the tap passed it on; later than ``sent`` where a fault held it up.
        side: who did it.
        kind: what it was.
        data: the bytes of DATA, TAKEN and LOST, as they were passed on in one piece; else empty. DATA of the TAP is
            what netkit said to the client in the server's place.
        size: how many bytes; with GAP, how many were not kept; with LOST and no data, how many were lost and not kept.
    """

    sent: float
    time: float
    side: Side
    kind: Kind
    data: bytes = b""
    size: int = 0

    @property
    def arrived(self) -> bool:
        """Whether it is bytes that the other end got, or netkit in its place."""
        return self.kind in _ARRIVED

    @property
    def stream(self) -> Side:
        """In whose stream of bytes it stands: what netkit says in the server's place stands in the server's."""
        said = self.kind in (Kind.DATA, Kind.LOST, Kind.GAP)
        return Side.SERVER if said and self.side is Side.TAP else self.side


@dataclass(frozen=True, slots=True)
class Conversation:
    """One connection, or one client's exchange of datagrams, from its first byte to its last.

    Attributes:
        number: 1, 2, 3 …, in the order in which the clients came.
        name: what the server is called, e.g. ``"palindrome"``.
        protocol: which of netkit's protocols explains it, e.g. ``"text"``, ``"dns"``.
        transport: ``"tcp"`` or ``"udp"``.
        client: the client's address.
        server: the address at which the client reached the server (the tap's).
        began: when it began, in seconds since 1970 (Unix time).
        events: all that was kept of it, in the order of ``time``.
        from_client: bytes that the client sent and that arrived, at the server or at netkit in its place; kept or not.
        from_server: bytes that the client was sent, by the server or by netkit in its place; kept or not.
        ending: how it ended, or ``Ending.OPEN``.
        ended: when it ended, in seconds since it began; ``None`` while it is open.
        user: the numeric user id of the client, where the system tells (Linux).
        said: what the two ends said inside TLS, where the client uses a context of netkit's: the wire has only
            ciphertext of it. DATA of both sides, and GAP; ``sent`` and ``time`` are when the client sent or got it.
        secrets: the keys of its TLS connection, where the server is netkit's, as lines of the NSS key log format.
        speaker: the name of the client, where that is a server of netkit itself, such as the proxy.
    """

    number: int
    name: str
    protocol: str
    transport: str
    client: Address
    server: Address
    began: float
    events: tuple[Event, ...]
    from_client: int
    from_server: int
    ending: Ending
    ended: float | None
    user: int | None = None
    said: tuple[Event, ...] = ()
    secrets: str = field(default="", repr=False)
    speaker: str = ""

    @property
    def left_out(self) -> int:
        """Bytes that were passed on but not kept."""
        return sum(event.size for event in self.events if event.kind is Kind.GAP)

    def sent_by(self, side: Side) -> bytes:
        """All bytes from that side that arrived and were kept, in one piece.

        It is the conversation as the client knows it: what netkit took or said in the server's place belongs to it.
        Of `Side.TAP`: what netkit said, alone.
        """
        return b"".join(self.pieces(side))

    def pieces(self, side: Side) -> Iterator[bytes]:
        """The bytes from that side, as they were cut into pieces on the wire; see `sent_by`."""
        sides = (Side.SERVER, Side.TAP) if side is Side.SERVER else (side,)
        return (e.data for e in self.events if e.kind in _ARRIVED and e.side in sides)
