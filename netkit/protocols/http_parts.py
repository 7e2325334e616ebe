"""The parts of which an HTTP/1.x conversation is made: a start line, a field line, a chunk's size, content …"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from netkit.protocols.http_message import Message

ROOM = 120  # characters of a meaning


class Role(Enum):
    """What a part of a conversation is."""

    START = "the request line or the status line"
    FIELD = "a field line"
    HEAD = "the empty line after the header section"
    BODY = "content"
    SIZE = "a chunk's size"
    CHUNK_END = "the CRLF after a chunk"
    CHUNKS = "many chunks"
    LAST = "the last chunk"
    TRAILER = "a field line of the trailer section"
    END = "the empty line after the trailer section"
    BLANK = "an empty line before a message"
    JUNK = "what should be something else"
    AFTER = "what comes after bytes that are missing"
    TUNNEL = "bytes of another protocol"
    RECORD = "a TLS record"
    PART_RECORD = "the beginning of a TLS record"
    NO_RECORD = "what should be a TLS record"


class Part(NamedTuple):
    """A part of what a side said.

    Attributes:
        side: ``"client"`` or ``"server"``.
        time: when it began, in seconds since the conversation began.
        piece: in which piece it begins.
        start: where it begins in all that its side said.
        data: its bytes.
        role: what it is.
        message: the message that it belongs to.
        at: of content, where it begins in the whole content; of a chunk's size, of a record and of a line that is no
            HTTP, its number, counted from 0; of many chunks, how many.
        cut: whether its end did not come.
    """

    side: str
    time: float
    piece: int
    start: int
    data: list[bytes | memoryview]
    role: Role
    message: Message | None
    at: int
    cut: bool
