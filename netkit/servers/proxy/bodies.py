"""A body on its way through the proxy: taken out of one framing, put into another (RFC 9112 sections 6 and 7)."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from netkit.servers.web.head import HEAD, Refused, is_trailer, size_of_chunk

PIECE = 1 << 18  # bytes that are read at once, and about half of what a reader holds at most


class Stream(NamedTuple):
    """A connection, for reading and writing."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Body:
    """A body that comes in, piece by piece.

    Args:
        reader: where it comes from.
        length: its bytes; None: not known.
        chunked: whether it comes in chunks; else one of no known length ends with the connection.
    """

    def __init__(self, reader: asyncio.StreamReader, length: int | None, chunked: bool) -> None:
        self._reader = reader
        self._left = 0 if chunked else length  # of the body, or of the chunk
        self._chunked = chunked
        self._begun = False  # a chunk, whose CR LF is still to come

    async def read(self) -> bytes:
        """The next bytes of it; none when it is whole.

        Raises:
            EOFError: the sender ended before it was whole.
            OSError: so it did, by a reset.
            Refused: 400, its chunks are none.
        """
        if self._chunked and self._left == 0:
            await self._next_chunk()
        if self._left == 0:
            return b""
        data = await self._reader.read(PIECE if self._left is None else min(self._left, PIECE))
        if self._left is not None:
            if not data:
                raise EOFError
            self._left -= len(data)
        return data

    async def _next_chunk(self) -> None:
        if self._begun and await self._reader.readexactly(2) != b"\r\n":
            raise Refused(400, "A chunk is longer than it said.")
        self._begun = True
        self._left = size_of_chunk(await self._line())
        if not self._left:
            left, line = HEAD, b""
            while line != b"\r\n":  # trailers are not passed on (RFC 9110 section 6.5.1)
                line = await self._line()
                left -= len(line)
                if left < 0 or not is_trailer(line):
                    raise Refused(400, "After the last chunk come header fields and an empty line.")
            self._chunked = False

    async def _line(self) -> bytes:
        line = await read_line(self._reader)
        if not line.endswith(b"\n"):
            raise EOFError
        return line


def framed(data: bytes, chunked: bool) -> bytes:
    """A piece of a body, as it is sent; no bytes are the end of it."""
    return b"%x\r\n%s\r\n" % (len(data), data) if chunked else data


async def read_line(reader: asyncio.StreamReader) -> bytes:
    """A line with its LF; without one if the sender ended, or if it is too long to be read."""
    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as cut:
        return cut.partial
    except asyncio.LimitOverrunError as long:
        return await reader.read(min(long.consumed, PIECE))


async def read_head(reader: asyncio.StreamReader, head: bytes = b"") -> bytes:
    """A head with its empty line, or as much of it as one may have; what is there if the sender ended.

    Args:
        reader: where it comes from.
        head: how it begins, if that is read already.
    """
    while len(head) <= HEAD:
        line = await read_line(reader)
        head += line
        if not line.endswith(b"\n") or (line in (b"\r\n", b"\n") and head not in (b"\r\n", b"\n")):
            break
    return head
