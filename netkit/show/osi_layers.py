"""What stands at each of the seven OSI layers, worked out from a recorded piece and its packet in the capture."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from netkit import protocols
from netkit.export.packets import IPV4_HEADER, TCP_HEADER, UDP_HEADER
from netkit.export.rows import ending, glimpse, grouped, shorten
from netkit.i18n import _, ngettext, octets
from netkit.protocols.text import not_utf8, undecodable, visible
from netkit.wire.conversation import Conversation, Side

ETHERNET_HEADER, ETHERNET_CHECK = 14, 4  # bytes (IEEE 802.3 section 3.1.1)
ETHERNET_LEAST, ETHERNET_MOST = 46, 1500  # bytes that a frame carries; less is filled up, more does not go in
MOST_CHARACTERS = 24
MOST_TEXT = 70
MOST_NAME = 18

BINARY = ("dns",)  # protocols whose messages are no text

FLAGS = ((0x02, "SYN"), (0x08, "PSH"), (0x01, "FIN"), (0x04, "RST"), (0x10, "ACK"))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what a layer handles: a header, or the data. `there` is False where loopback has none."""

    name: str
    size: int
    there: bool = True


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer.

    Attributes:
        number: 7 for the application layer, 1 for the physical.
        name: its name.
        task: what it is for.
        says: what stands at it here; the same for the same conversation, without addresses' ports.
        parts: from the outside to the inside, headers and data; empty where it adds nothing of its own.
        fields: what the header says, by name; from the capture.
        characters: the presentation layer's first characters and their bytes.
        more: whether there are more characters than those.
    """

    number: int
    name: str
    task: str
    says: str
    parts: tuple[Part, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    characters: tuple[tuple[str, str], ...] = ()
    more: bool = False


def layers(talk: Conversation, side: Side, data: bytes, packet: bytes) -> list[Layer]:
    """The seven layers, 7 first.

    Args:
        talk: the conversation.
        side: who sent the bytes.
        data: one piece, as it was passed on.
        packet: the (first) packet that carries it, from its IPv4 header on.
    """
    inmost = Part(glimpse(data, MOST_NAME), carried(talk, packet))
    return [
        _application(talk, side, data),
        _presentation(talk, data),
        _session(talk),
        _transport(talk, packet, inmost),
        _network(talk, packet, inmost),
        *_link(talk, packet, inmost),
    ]


def carried(talk: Conversation, packet: bytes) -> int:
    """How many bytes of data the packet carries."""
    return len(packet) - IPV4_HEADER - _transport_header(talk)


def total(parts: Sequence[Part]) -> str:
    """The sum in words: "20 + 18 = 38 bytes"."""
    return f"{' + '.join(grouped(part.size) for part in parts)} = {octets(sum(part.size for part in parts))}"


def _transport_header(talk: Conversation) -> int:
    return TCP_HEADER if talk.transport == "tcp" else UDP_HEADER


def _application(talk: Conversation, side: Side, data: bytes) -> Layer:
    lines = protocols.explain(talk.protocol, [(side.value, 0.0, data)], talk.transport == "udp")
    said = " ".join(shorten(line.text, MOST_TEXT) for line in lines[:3])
    meaning = lines[0].meaning if talk.protocol != "text" else ""
    return Layer(
        7,
        _("application"),
        _("what the program means"),
        shorten(said, MOST_TEXT) + (f" — {meaning}" if meaning else ""),
    )


def _presentation(talk: Conversation, data: bytes) -> Layer:
    bad = undecodable(data)
    characters = tuple(_characters(data))
    shown = ", ".join(f"{char} = {code}" if char else code for char, code in characters[:3])
    more = ", …" if len(characters) > 3 else ""
    if talk.protocol in BINARY:
        says = _("no text: numbers and names in fields of bits and bytes")
    elif bad:
        says = f"{not_utf8(bad, len(data))}: {shown}{more}"
    elif len(data) == len(data.decode()):
        says = _("each character is one byte (ASCII): {shown}").format(shown=shown + more)
    else:
        says = _("the encoding UTF-8: {shown}").format(shown=shown + more)
    return Layer(
        6,
        _("presentation"),
        _("how that becomes bytes"),
        says,
        characters=characters,
        more=_covered(characters) < len(data),
    )


def _characters(data: bytes) -> list[tuple[str, str]]:
    """Characters and their bytes in hexadecimal; no character for a byte that is part of none."""
    found = []
    for char in data[: 4 * MOST_CHARACTERS + 4].decode(errors="surrogateescape")[:MOST_CHARACTERS]:
        octet = char.encode(errors="surrogateescape")
        found.append(("" if "\udc80" <= char <= "\udcff" else visible(octet), octet.hex(" ")))
    return found


def _covered(characters: Sequence[tuple[str, str]]) -> int:
    return sum(len(bytes.fromhex(code)) for _char, code in characters)


def _session(talk: Conversation) -> Layer:
    if talk.transport == "udp":
        says = _("there is none: each datagram stands for itself")
    else:
        says = _("the client began the connection; {ending}").format(ending=ending(talk))
    return Layer(5, _("session"), _("from the first word to the last"), says)


def _transport(talk: Conversation, packet: bytes, inmost: Part) -> Layer:
    header = packet[IPV4_HEADER:]
    if talk.transport == "udp":
        source, target, size, check = struct.unpack("!HHHH", header[:UDP_HEADER])
        parts = (Part("UDP", UDP_HEADER), inmost)
        fields: tuple[tuple[str, str], ...] = (
            (_("from port"), str(source)), (_("to port"), str(target)), (_("length"), str(size)),
            (_("checksum"), f"0x{check:04x}"),
        )  # fmt: skip
        return Layer(
            4, _("transport"), _("to the right program"), _("UDP: {sum}").format(sum=total(parts)), parts, fields
        )
    source, target, seq, ack, _offset, bits, _window, check = struct.unpack("!HHIIBBHH", header[:18])
    flags = ", ".join(name for bit, name in FLAGS if bits & bit)
    parts = (Part("TCP", TCP_HEADER), inmost)
    fields = (
        (_("from port"), str(source)), (_("to port"), str(target)), (_("sequence number"), str(seq)),
        (_("acknowledgement"), str(ack)), (_("flags"), flags), (_("checksum"), f"0x{check:04x}"),
    )  # fmt: skip
    return Layer(
        4,
        _("transport"),
        _("to the right program"),
        _("TCP: {sum}; flags {flags}").format(sum=total(parts), flags=flags),
        parts,
        fields,
    )


def _network(talk: Conversation, packet: bytes, inmost: Part) -> Layer:
    parts = (Part("IPv4", IPV4_HEADER), Part(talk.transport.upper(), _transport_header(talk)), inmost)
    (size,) = struct.unpack("!H", packet[2:4])
    source, target = (".".join(map(str, packet[at : at + 4])) for at in (12, 16))
    fields = (
        (_("from"), source), (_("to"), target), (_("total length"), str(size)), (_("time to live"), str(packet[8])),
        (_("protocol"), f"{packet[9]} ({talk.transport.upper()})"),
    )  # fmt: skip
    says = _("IPv4 from {source} to {target}: {sum}").format(source=source, target=target, sum=total(parts))
    return Layer(3, _("network"), _("to the right machine"), says, parts, fields)


def _link(talk: Conversation, packet: bytes, inmost: Part) -> list[Layer]:
    inner = _network(talk, packet, inmost).parts
    size = len(packet)
    if size > ETHERNET_MOST:
        says = _("none on loopback; Ethernet takes at most {most} at a time, so this would go in several packets")
        link = Layer(2, _("data link"), _("to the next device"), says.format(most=octets(ETHERNET_MOST)), inner)
    else:
        fill = max(0, ETHERNET_LEAST - size)
        frame = (
            Part("Ethernet", ETHERNET_HEADER, there=False), *inner,
            *([Part(_("filling"), fill, there=False)] if fill else []),
            Part(_("checksum"), ETHERNET_CHECK, there=False),
        )  # fmt: skip
        says = _("none on loopback; on Ethernet a frame: {sum}").format(sum=total(frame))
        link = Layer(2, _("data link"), _("to the next device"), says, frame)
    bits = ngettext("{n} bit", "{n} bits", 8 * size).format(n=grouped(8 * size))
    physical = _("on loopback nothing but memory; elsewhere the {bits} of the packet, on a wire, as light or by radio")
    return [link, Layer(1, _("physical"), _("as bits"), physical.format(bits=bits))]
