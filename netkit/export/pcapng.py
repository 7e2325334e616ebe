"""Conversations as a capture file that Wireshark and tshark open: pcapng (draft-ietf-opsawg-pcapng).

The numbers of sections are those of that draft. All numbers in the file are little-endian, as its first block says.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping

from netkit.export.capture import Packet, capture
from netkit.wire.conversation import Conversation

SECTION_HEADER, INTERFACE, PACKET, SECRETS = 0x0A0D0D0A, 1, 6, 10  # types of blocks
LINKTYPE_IPV4 = 228  # a packet begins with its IPv4 header: on loopback there is nothing below
BYTE_ORDER = 0x1A2B3C4D
UNKNOWN_LENGTH = -1
NANOSECONDS = b"\x09"  # a unit of time is 10**-9 seconds
TLS_KEY_LOG = 0x544C534B

END_OF_OPTIONS, COMMENT = 0, 1  # section 3.5
APPLICATION = 4  # section 4.1
INTERFACE_NAME, TIME_RESOLUTION = 2, 9  # section 4.2


def pcapng(
    conversations: Conversation | Iterable[Conversation], ports: Mapping[str, int] | None = None, keylog: bytes = b""
) -> bytes:
    """A capture file of these conversations.

    Args:
        conversations: one, or several.
        ports: the port to show for a server, by its name or its protocol; a server of a known protocol is shown at
            its standard port (DNS at 53), so that Wireshark knows how to take the bytes apart.
        keylog: more secrets of TLS sessions, as ``SSLContext.keylog_filename`` writes them. With these and with the
            conversations' own, and no others, Wireshark decrypts the sessions.
    """
    several = (conversations,) if isinstance(conversations, Conversation) else tuple(conversations)
    secrets = keylog + b"".join(one.secrets.encode() for one in several)
    return b"".join(_blocks(capture(several, ports or {}), secrets))


def _blocks(packets: list[Packet], keylog: bytes) -> Iterator[bytes]:
    version = struct.pack("<IHHq", BYTE_ORDER, 1, 0, UNKNOWN_LENGTH)
    yield _block(SECTION_HEADER, version + _options((APPLICATION, b"netkit")))
    no_limit = struct.pack("<HHI", LINKTYPE_IPV4, 0, 0)
    yield _block(INTERFACE, no_limit + _options((INTERFACE_NAME, b"netkit"), (TIME_RESOLUTION, NANOSECONDS)))
    if keylog:  # before the packets that it decrypts
        yield _block(SECRETS, struct.pack("<II", TLS_KEY_LOG, len(keylog)) + keylog)
    for packet in packets:
        yield _packet(packet)


def _packet(packet: Packet) -> bytes:
    """An Enhanced Packet Block (section 4.3)."""
    kept = len(packet.data)
    head = struct.pack("<IIIII", 0, packet.time >> 32, packet.time & 0xFFFFFFFF, kept, kept + packet.more)
    comments = [(COMMENT, comment.encode()[:65535]) for comment in packet.comments]
    return _block(PACKET, head + _padded(packet.data) + (_options(*comments) if comments else b""))


def _block(kind: int, body: bytes) -> bytes:
    """A block (section 3.1): its type, its length, its body, its length again."""
    padded = _padded(body)
    length = struct.pack("<I", 12 + len(padded))
    return struct.pack("<I", kind) + length + padded + length


def _options(*options: tuple[int, bytes]) -> bytes:
    """A list of options (section 3.5)."""
    listed = b"".join(struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options)
    return listed + struct.pack("<HH", END_OF_OPTIONS, 0)


def _padded(data: bytes) -> bytes:
    """Filled up to a multiple of 32 bits (section 3.6.2)."""
    return data + bytes(-len(data) % 4)
