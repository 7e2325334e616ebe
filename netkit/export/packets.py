"""Packets as they stand on a wire: IPv4 with TCP or UDP in it, all numbers in network byte order."""

from __future__ import annotations

import socket
import struct

from netkit.wire.address import Address

IPV4_HEADER = 20  # bytes, without options (RFC 791 section 3.1)
TCP_HEADER = 20  # bytes, without options (RFC 9293 section 3.1)
UDP_HEADER = 8  # bytes (RFC 768)
MOST_TCP = 65535 - IPV4_HEADER - TCP_HEADER  # bytes of data in one packet: its total length has 16 bits
MOST_UDP = 65535 - IPV4_HEADER - UDP_HEADER

TTL = 64  # hops (RFC 1700)
WINDOW = 65535
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10  # RFC 9293 section 3.1

# Options of a SYN: the largest segment, "no operation" as a filler, and the largest window scale (RFC 7323 section 2):
# netkit does not know the real windows, and with the largest no reader can find one overrun.
SYN_OPTIONS = struct.pack("!BBHBBBB", 2, 4, MOST_TCP, 1, 3, 3, 14)


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): the complement of the sum of all 16-bit words in ones' complement."""
    total = int.from_bytes(data + b"\0" * (len(data) % 2), "big")
    # The words are the number's digits in base 65536, so their sum in ones' complement is its rest by 65535.
    return 0xFFFF - (total % 0xFFFF or (0xFFFF if total else 0))


def ipv4(source: str, target: str, protocol: int, payload: bytes, more: int = 0) -> bytes:
    """An IPv4 packet (RFC 791 section 3.1).

    Args:
        source: the sender's IPv4 address.
        target: the receiver's.
        protocol: what is in it: 6 is TCP, 17 is UDP.
        payload: what is in it.
        more: how many bytes the payload had beside those that are given.
    """
    size = IPV4_HEADER + len(payload) + more
    dont_fragment = 0x4000
    addresses = socket.inet_aton(source) + socket.inet_aton(target)
    header = struct.pack("!BBHHHBBH", 0x45, 0, size, 0, dont_fragment, TTL, protocol, 0) + addresses
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def tcp(source: Address, target: Address, seq: int, ack: int, flags: int, data: bytes = b"", more: int = 0) -> bytes:
    """An IPv4 packet with a TCP segment (RFC 9293 section 3.1).

    Args:
        source: the sender.
        target: the receiver.
        seq: the number of the segment's first byte; taken modulo 2**32.
        ack: the number of the byte that the sender waits for; taken modulo 2**32.
        flags: `FIN`, `SYN`, `RST`, `PSH`, `ACK`, added.
        data: what it carries.
        more: how many bytes it carried beside those, which are not in the recording.
    """
    options = SYN_OPTIONS if flags & SYN else b""
    offset = (TCP_HEADER + len(options)) // 4 << 4
    header = struct.pack(
        "!HHIIBBHHH", source.port, target.port, seq % 2**32, ack % 2**32, offset, flags, WINDOW, 0, 0
    )  # fmt: skip
    segment = header + options + data
    check = checksum(_pseudo(source.host, target.host, socket.IPPROTO_TCP, len(segment) + more) + segment)
    return ipv4(
        source.host, target.host, socket.IPPROTO_TCP, segment[:16] + struct.pack("!H", check) + segment[18:], more
    )  # fmt: skip


def udp(source: Address, target: Address, data: bytes, more: int = 0) -> bytes:
    """An IPv4 packet with a UDP datagram (RFC 768); `more` as in `tcp`."""
    size = UDP_HEADER + len(data) + more
    header = struct.pack("!HHHH", source.port, target.port, size, 0)
    check = checksum(_pseudo(source.host, target.host, socket.IPPROTO_UDP, size) + header + data) or 0xFFFF
    return ipv4(source.host, target.host, socket.IPPROTO_UDP, header[:6] + struct.pack("!H", check) + data, more)


def _pseudo(source: str, target: str, protocol: int, size: int) -> bytes:
    """What the checksums of TCP and UDP also cover (RFC 9293 section 3.1, RFC 768)."""
    return socket.inet_aton(source) + socket.inet_aton(target) + struct.pack("!BBH", 0, protocol, size)
