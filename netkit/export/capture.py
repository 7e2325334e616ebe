"""The packets of a conversation, as a capture between the tap and its two ends would show them.

A tap sees bytes, not packets: the addresses, times, bytes and their order are those recorded, and the headers, the
handshake and the acknowledgements are made up so that they fit (RFC 9293 sections 3.5 and 3.6).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from netkit.export import packets
from netkit.export.inside import tls_begins
from netkit.export.packets import ACK, FIN, PSH, RST, SYN
from netkit.export.rows import ending, in_place
from netkit.i18n import _, ngettext, octets
from netkit.protocols.text import visible
from netkit.wire.address import Address
from netkit.wire.conversation import Conversation, Ending, Event, Kind, Side

STANDARD_PORTS = {"dns": 53, "ftp": 21, "http": 80, "pop3": 110, "smtp": 25, "xmlrpc": 80}
"""The port that is shown for a server of that protocol: by it Wireshark knows how to take the bytes apart."""

SECURE_PORTS = {"ftp": 990, "http": 443, "pop3": 995, "smtp": 465, "xmlrpc": 443}
"""The same for a server of that protocol with TLS from the first byte."""

HELD_UP = 0.001  # seconds; a shorter stay in the tap is no fault
_ENDED_BY_TAP = (Ending.DOWN, Ending.REFUSED, Ending.STOPPED)


@dataclass(slots=True)
class Packet:
    """One packet.

    Attributes:
        time: nanoseconds since 1970.
        data: the packet from its IPv4 header on, as far as it was recorded.
        more: how many bytes of it are missing at its end.
        comments: what Wireshark shows beside it.
    """

    time: int
    data: bytes
    more: int = 0
    comments: list[str] = field(default_factory=list)


def capture(conversations: Iterable[Conversation], ports: Mapping[str, int]) -> list[Packet]:
    """The packets of several conversations, in the order of time.

    Args:
        conversations: what was recorded.
        ports: the port to show for a server, by its name or by its protocol; see also `STANDARD_PORTS` and
            `SECURE_PORTS`.
    """
    taken: set[tuple[Address, Address]] = set()
    found: list[Packet] = []
    for index, conversation in enumerate(conversations):
        real = conversation.server
        named = ports.get(conversation.name, ports.get(conversation.protocol))
        standard = SECURE_PORTS if _is_secure(conversation) else STANDARD_PORTS
        shown = Address(real.host, named or standard.get(conversation.protocol, real.port))
        # Two servers shown at one port may have had clients of the same port: they must not become one connection.
        server = real if (conversation.client, shown) in taken else shown
        taken.add((conversation.client, server))
        found += _Talk(conversation, server, index).packets
    return sorted(found, key=lambda packet: packet.time)


class _Talk:
    """One conversation on its way to packets."""

    def __init__(self, conversation: Conversation, server: Address, index: int) -> None:
        self.packets: list[Packet] = []
        self._ends = {Side.CLIENT: conversation.client, Side.SERVER: server}
        # Initial sequence numbers differ (RFC 9293 section 3.4.1): else a port that is used again looks like an echo.
        self._seq = {Side.CLIENT: 2_000_003 * index + 1000, Side.SERVER: 2_000_003 * index + 500_000}
        self._tcp = conversation.transport == "tcp"
        self._began = round(conversation.began * 1_000_000_000)
        self._now = self._began
        self._comments = [_about(conversation)]
        if self._tcp:
            self._handshake()
        for event in conversation.events:
            self._now = max(self._now, self._began + round(event.time * 1_000_000_000))
            self._event(event)
        if self._tcp and conversation.ending in _ENDED_BY_TAP:
            self._now = max(self._now, self._began + round((conversation.ended or 0.0) * 1_000_000_000))
            self._remark(ending(conversation))
            self._reset(Side.SERVER)
        if self._comments and self.packets:  # what was told after the last packet
            self.packets[-1].comments += self._comments

    def _event(self, event: Event) -> None:
        if event.kind is Kind.LOST:
            self._remark(_lost(event))
            return
        if event.kind in (Kind.DATA, Kind.END) and event.time - event.sent >= HELD_UP:
            held = (event.time - event.sent) * 1000
            self._remark(_("held up by a fault for {milliseconds} ms").format(milliseconds=f"{held:.1f}"))
        if event.arrived:
            if remark := in_place(event):
                self._remark(remark)
            self._data(event.stream, event.data)
        elif event.side is Side.TAP:
            self._fault(event)
        elif event.kind is Kind.GAP:
            self._gap(event.side, event.size)
        elif event.kind is Kind.END:
            self._fin(event.side)
        else:
            self._reset(event.side)

    def _remark(self, comment: str) -> None:
        """Kept for the packet that comes next."""
        self._comments.append(comment)

    def _put(self, side: Side, flags: int, data: bytes = b"", more: int = 0) -> None:
        other = _other(side)
        source, target = self._ends[side], self._ends[other]
        if self._tcp:
            ack = self._seq[other] if flags & ACK else 0
            packet = packets.tcp(source, target, self._seq[side], ack, flags, data, more)
            self._seq[side] += len(data) + more + bool(flags & SYN) + bool(flags & FIN)
        else:
            packet = packets.udp(source, target, data, more)
        self.packets.append(Packet(self._now, packet, more, self._comments))
        self._comments = []

    def _handshake(self) -> None:
        self._put(Side.CLIENT, SYN)
        self._put(Side.SERVER, SYN | ACK)
        self._put(Side.CLIENT, ACK)

    def _data(self, side: Side, data: bytes) -> None:
        most = packets.MOST_TCP if self._tcp else packets.MOST_UDP
        for at in range(0, max(len(data), 1), most):
            self._put(side, PSH | ACK, data[at : at + most])

    def _gap(self, side: Side, size: int) -> None:
        """Packets of which only the headers were kept."""
        most = packets.MOST_TCP if self._tcp else packets.MOST_UDP
        while size > 0:
            self._remark(_("netkit did not keep the bytes of this packet"))
            self._put(side, ACK, more=min(size, most))
            size -= most

    def _fin(self, side: Side) -> None:
        if self._tcp:
            self._put(side, FIN | ACK)
            self._put(_other(side), ACK)

    def _reset(self, side: Side) -> None:
        if self._tcp:
            self._put(side, RST | ACK)

    def _fault(self, event: Event) -> None:
        """The tap ended it: toward the client in the server's name, and the other way round."""
        if event.kind is Kind.END:
            self._remark(_("FIN: closed by a fault"))
            self._fin(Side.SERVER)
            self._fin(Side.CLIENT)
        elif event.kind is Kind.RESET:
            self._remark(_("RST: broken off by a fault"))
            self._reset(Side.SERVER)


def _is_secure(conversation: Conversation) -> bool:
    """Whether it has TLS from its first byte on."""
    begins = tls_begins(conversation)
    return begins is not None and not any(event.kind is Kind.DATA for event in conversation.events[:begins])


def _other(side: Side) -> Side:
    return Side.SERVER if side is Side.CLIENT else Side.CLIENT


def _about(conversation: Conversation) -> str:
    text = _("netkit: {name}, conversation {number}; the headers are made up by netkit, the bytes are those recorded")
    name = visible(conversation.name.encode(errors="replace"))
    return text.format(name=name, number=conversation.number)


def _lost(event: Event) -> str:
    if event.stream is Side.CLIENT:
        text = ngettext(
            "{size} from the client was lost on the way: a fault",
            "{size} from the client were lost on the way: a fault",
            event.size,
        )
    else:
        text = ngettext(
            "{size} from the server was lost on the way: a fault",
            "{size} from the server were lost on the way: a fault",
            event.size,
        )
    return text.format(size=octets(event.size))
