"""One side of an HTTP/1.x conversation as bytes that are taken part by part; what the parts are, a `Stream` knows.

How the bytes came in pieces makes no difference to where they are cut. Of a long body, or of many chunks, a part is
up to 1 MB, so that 100 MB are a hundred parts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from netkit.protocols.http_message import Framing, Message
from netkit.protocols.http_parts import Part, Role
from netkit.protocols.tls_records import HEADER, is_record

FOLD = 1 << 20  # bytes of a body that become one part
CHUNKS_SHOWN = 20  # chunks that are parts of their own
TUNNEL_LINES = 200  # lines of another protocol that are parts of their own
ENDLESS = 1 << 62


class Flow:
    """One side.

    Args:
        side: ``"client"`` or ``"server"``.
        out: where the parts go.
    """

    def __init__(self, side: str, out: list[Part]) -> None:
        self.side = side
        self.held = False
        self._out = out
        self._waiting: deque[tuple[int, float, bytes, int]] = deque()  # piece, time, bytes, how many are taken
        self._take: Callable[[bytes, int], int] = self._take_line
        self._role = Role.JUNK  # of what comes until something ends it
        self._message: Message | None = None
        self._heard = self._over = False
        self._now, self._offset = 0.0, 0
        self._parts: list[bytes | memoryview] = []  # of what has begun
        self._piece, self._time, self._start, self._size = 0, 0.0, 0, 0  # where it began, how much there is
        self._lines = self._chunks = self._records = 0
        self._whole = 0  # bytes of a TLS record
        self._left = 0  # bytes of the body or the chunk that are to come
        self._many: Part | None = None  # many chunks
        self._many_chunks = 0
        self._pending: Part | None = None
        self._finished: Message | None = None

    def _on_line(self, line: bytes) -> None:
        """A whole line has come."""
        raise NotImplementedError

    def _broken(self) -> None:
        """A FIN, or bytes that are missing."""
        raise NotImplementedError

    def feed(self, piece: int, time: float, data: bytes) -> None:
        """Take the next bytes; none are a break."""
        if data and not self._heard:
            self._heard = True
            if 0x14 <= data[0] <= 0x17:  # a control character: TLS from the beginning
                self._take = self._take_record
        self._waiting.append((piece, time, data, 0))
        if not self.held:
            self.release()

    def hold(self) -> None:
        """Wait: what the following bytes are depends on the answer."""
        self.held = not self._over

    def release(self) -> None:
        """Go on with what has been held."""
        self.held = False
        while self._waiting and not self.held:
            piece, time, data, at = self._waiting.popleft()
            self._now = time
            if not data:
                self._broken()
            while at < len(data) and not self.held:
                if not self._parts:
                    self._piece, self._time, self._start, self._size = piece, time, self._offset, 0
                taken = self._take(data, at)
                self._offset += taken - at
                at = taken
                self._settle()
            if at < len(data):
                self._waiting.appendleft((piece, time, data, at))

    def tunnel(self, message: Message | None) -> None:
        """From here on, another protocol, because of this message."""
        self._take, self._role, self._lines, self._message = self._take_first, Role.TUNNEL, 0, message

    # What has begun, and is put out when it has ended

    def _put(self, role: Role, message: Message | None, at: int = 0, cut: bool = False) -> None:
        """What has begun is a part; it is put out by `_settle`, when its end is known."""
        self._pending = Part(self.side, self._time, self._piece, self._start, self._parts, role, message, at, cut)
        self._parts = []

    def _settle(self) -> None:
        """Put out the part that has ended; the message may have ended with it."""
        if self._pending is not None:
            part, self._pending = self._pending, None
            if part.message is not None and part.role not in (Role.TUNNEL, Role.AFTER):
                part.message.end, part.message.ended = self._offset, self._now
                if part.role not in (Role.START, Role.FIELD, Role.HEAD) or not part.message.http:
                    part.message.raw += part.data
            self._gather(part)
        if self._finished is not None:
            self._finished.complete, self._finished = True, None

    def _gather(self, part: Part) -> None:
        """Of many chunks make one part, which ends with a chunk or, in a chunk that is very long, with some content."""
        many = part.role in (Role.SIZE, Role.BODY, Role.CHUNK_END) and self._chunks > CHUNKS_SHOWN
        if part.role is not Role.CHUNKS and not (many and part.message and part.message.framing is Framing.CHUNKED):
            self._close_many()
            self._out.append(part)
            return
        if self._many is None:
            self._many, self._many_chunks = part._replace(role=Role.CHUNKS, data=[]), 0
        self._many.data.extend(part.data)
        self._many_chunks += part.at if part.role is Role.CHUNKS else part.role is Role.SIZE
        between = part.role in (Role.CHUNKS, Role.CHUNK_END)
        if self._offset - self._many.start >= FOLD and (between or (part.role is Role.BODY and self._left)):
            self._close_many()

    def _close_many(self) -> None:
        if self._many is not None:
            self._out.append(self._many._replace(at=self._many_chunks))
            self._many = None

    # What is taken

    def _take_line(self, data: bytes, at: int) -> int:
        end = data.find(b"\n", at) + 1
        self._parts.append(data[at : end or len(data)])
        if end:
            line = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            self._parts = [line]
            self._on_line(bytes(line))
        return end or len(data)

    def _take_rest(self, data: bytes, at: int) -> int:
        """Until something else ends it: the other side, a break, or the end."""
        stop, ended = self._slice(data, at, ENDLESS, self._lines < TUNNEL_LINES and self._role is Role.TUNNEL)
        if ended:
            self._lines += 1
            self._put(self._role, self._message)
        return stop

    def _slice(self, data: bytes, at: int, most: int, lines: bool) -> tuple[int, bool]:
        """Take bytes as far as a part may go; say where they end, and whether the part ends there."""
        stop = min(len(data), at + min(most, FOLD - self._size))
        end = data.find(b"\n", at, stop) + 1 if lines else 0
        stop = end or stop
        self._parts.append(memoryview(data)[at:stop])
        self._size += stop - at
        return stop, bool(end) or self._size == FOLD

    def _take_first(self, data: bytes, at: int) -> int:
        """In a tunnel: TLS, or something else."""
        self._take = self._take_record if 0x14 <= data[at] <= 0x17 else self._take_rest
        return self._take(data, at)

    def _take_record(self, data: bytes, at: int) -> int:
        if not self._parts:
            self._whole = 0
        part = data[at : at + (self._whole or HEADER) - self._size]
        self._parts.append(part)
        self._size += len(part)
        if self._size == HEADER and not self._whole:
            header = b"".join(self._parts)
            if not is_record(header):
                self._take, self._role = self._take_rest, Role.NO_RECORD
                return at + len(part)
            self._whole = HEADER + int.from_bytes(header[3:5], "big")
        if self._size == self._whole:
            self._put(Role.RECORD, None, self._records)
            self._records += 1
        return at + len(part)
