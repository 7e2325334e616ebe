"""Where TLS begins in a conversation: the client's ClientHello is the one message of TLS that anybody can read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from netkit.wire.conversation import Event, Kind, Side

# A handshake record, in it a ClientHello, in it the client's random bytes (RFC 8446 sections 5.1, 4 and 4.1.2).
_HELLO = re.compile(rb"\x16\x03[\x00-\x04]..\x01...\x03[\x00-\x04](.{32})", re.DOTALL)
_LENGTH = 43  # bytes up to the end of the random


class Hello(NamedTuple):
    """A ClientHello: the index of the event with which it begins, and its 32 random bytes, other ones each time."""

    event: int
    random: bytes


def find_hello(events: Sequence[Event], start: int = 0) -> Hello | None:
    """The first ClientHello that begins an event; None where there is none, or not yet the whole of its beginning.

    Args:
        events: of one conversation, in their order.
        start: from this one on.
    """
    for index in range(start, len(events)):
        event = events[index]
        if event.data[:1] == b"\x16" and event.side is Side.CLIENT and event.kind is Kind.DATA:
            found = _HELLO.match(_from(events, index))
            if found:
                return Hello(index, found[1])
    return None


def _from(events: Sequence[Event], index: int) -> bytes:
    """What the client said from that event on, as far as it is looked at: a fault may have cut it into small pieces."""
    said = b""
    for event in events[index:] if len(events[index].data) < _LENGTH else events[index : index + 1]:
        if event.side is Side.CLIENT and event.kind is Kind.DATA:
            said += event.data[:_LENGTH]
            if len(said) >= _LENGTH:
                break
        elif event.kind is Kind.GAP:
            break
    return said
