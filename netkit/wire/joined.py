"""Two transports joined in memory: what a socket pair is to two asyncio protocols of one loop, without system calls.

A message through a tap costs four system calls and two waits for the system; between the tap and a server of the same
process, half of them can be saved.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections import deque
from collections.abc import Callable
from typing import Any, cast

LARGEST = 256 * 1024  # bytes that a protocol gets at once, as from asyncio's sockets
HIGH, LOW = 64 * 1024, 16 * 1024  # bytes that wait: more, and the writer is to pause; so few, and it goes on
_BROKEN, _RESET = os.strerror(errno.EPIPE), os.strerror(errno.ECONNRESET)


class Joined(asyncio.Transport):
    """One of two ends: what is written here, the protocol at the other end receives in a later turn of the loop.

    It does to its protocol what a socket's transport does: what is written in one turn arrives in one piece, the
    writer is paused while the reader is, the end is half-closed by `write_eof`, and a protocol that raises an exception
    loses its connection. Closing with bytes that nobody has read breaks the connection off for the other end.

    Args:
        loop: on which both ends live.
        eager: what the other end writes is received at once, not in a later turn: this saves a turn of the loop. The
            other end's protocol must bear an answer before its own `write` returns.
        extra: what `get_extra_info` tells, such as ``{"peername": (host, port)}``.

    Attributes:
        when_gone: called when the other end is closed, also after its FIN: a socket's protocol is not told of that.
    """

    _start_tls_compatible = True  # loop.start_tls() asks for it

    def __init__(self, loop: asyncio.AbstractEventLoop, eager: bool, extra: dict[str, Any] | None = None) -> None:
        super().__init__(extra)
        self._loop, self._eager = loop, eager
        self._other: Joined | None = None  # `join` sets it; None again when all is over
        self._protocol: asyncio.BaseProtocol | None = None
        self._inbox: deque[bytes | memoryview] = deque()  # what the other end has written and nobody has read
        self._unread = 0  # bytes of it
        self._end: OSError | None = None  # the other end has broken the connection off
        self._ended = False  # the other end writes no more
        self._awake = False  # `_read` is called in the next turn
        self._paused = self._closing = self._eof = self._eof_said = self._held_up = False
        self._limits = LOW, HIGH
        self.when_gone: Callable[[], object] | None = None

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Also in the middle, as STARTTLS does."""
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Who is told."""
        assert self._protocol is not None
        return self._protocol

    @property
    def gone(self) -> bool:
        """Whether the other end is closed, and not only done with sending."""
        return self._other is None or self._other._closing

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._closing

    def is_reading(self) -> bool:
        """Whether the protocol receives what comes."""
        return not self._closing and not self._paused

    def pause_reading(self) -> None:
        """What comes from now on waits."""
        self._paused = True

    def resume_reading(self) -> None:
        """Go on where it was paused."""
        self._paused = False
        self._wake()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send.

        Raises:
            RuntimeError: after `write_eof`.
        """
        if self._eof:
            raise RuntimeError("Cannot call write() after write_eof()")
        if not data or self._closing:
            return
        other = self._other
        assert other is not None
        if other._closing:
            if self._eof_said:
                self._force_close(BrokenPipeError(errno.EPIPE, _BROKEN))
            else:  # its last words are read first
                self._finish(ConnectionResetError(errno.ECONNRESET, _RESET))
            return
        kept = data if type(data) is bytes else bytes(data)
        size = len(kept)
        if other._eager and size <= LARGEST and not (other._inbox or other._paused):
            other._receive(kept)
            return
        if size <= LARGEST:
            other._inbox.append(kept)
        else:
            view = memoryview(kept)
            other._inbox.extend(view[at : at + LARGEST] for at in range(0, size, LARGEST))
        other._unread += size
        other._wake()
        if other._unread > self._limits[1] and not self._held_up:
            self._held_up = True
            self._tell("pause_writing")

    def can_write_eof(self) -> bool:
        """It can be half-closed."""
        return True

    def write_eof(self) -> None:
        """Nothing more will be written; reading goes on."""
        if not self._closing and not self._eof:
            self._eof = True
            assert self._other is not None
            self._other._finish(None)

    def close(self) -> None:
        """What was written arrives; what was not read is lost."""
        self._force_close(None)

    def abort(self) -> None:
        """The same: what was written is with the other end already, as in a socket's buffer."""
        self._force_close(None)

    def get_write_buffer_size(self) -> int:
        """Bytes that the other end has not read."""
        return self._other._unread if self._other is not None else 0

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """The low one, the high one."""
        return self._limits

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """When the protocol is told to pause writing, and to go on.

        Raises:
            ValueError: they are not 0 ≤ low ≤ high.
        """
        high = (HIGH if low is None else 4 * low) if high is None else high
        low = high // 4 if low is None else low
        if not high >= low >= 0:
            raise ValueError(f"high ({high!r}) must be >= low ({low!r}) must be >= 0")
        self._limits = low, high

    def _wake(self) -> None:
        if not (self._awake or self._paused or self._closing) and (self._inbox or (self._ended and not self._eof_said)):
            self._awake = True
            self._loop.call_soon(self._read)

    def _read(self) -> None:
        """One piece for the protocol, or the end."""
        self._awake = False
        if self._paused or self._closing:
            return
        if self._inbox:
            self._receive(self._piece())
            other = self._other
            if other is not None and other._held_up and not other._closing and self._unread <= other._limits[0]:
                other._held_up = False
                other._tell("resume_writing")
            self._wake()
        elif self._end is not None:
            self._force_close(self._end)
        else:
            self._eof_said = True
            if not self._tell("eof_received"):
                self.close()

    def _piece(self) -> bytes:
        """What was written in one turn, in one piece, if that is not too large."""
        first = self._inbox.popleft()
        if not self._inbox:
            self._unread = 0
            return bytes(first)
        size, pieces = len(first), [first]
        while self._inbox and size + len(self._inbox[0]) <= LARGEST:
            pieces.append(self._inbox.popleft())
            size += len(pieces[-1])
        self._unread -= size
        return b"".join(pieces)

    def _finish(self, reset: OSError | None) -> None:
        """The other end says that nothing more will come."""
        self._ended, self._end = True, reset
        if reset is not None and self._held_up:
            self._force_close(reset)  # what waits cannot be sent: a socket says so also to one that does not read
        self._wake()

    def _receive(self, data: bytes) -> None:
        try:
            if isinstance(self._protocol, asyncio.BufferedProtocol):
                _fill(self._protocol, data)
            else:
                self._protocol.data_received(data)  # type: ignore[union-attr]
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as problem:
            self._fatal_error(problem, "Fatal error: protocol.data_received() call failed.")

    def _tell(self, what: str) -> object:
        """Call the protocol; None when it has failed, and has lost the connection."""
        try:
            return getattr(self._protocol, what)()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as problem:
            self._fatal_error(problem, f"Fatal error: protocol.{what}() call failed.")
            return None

    def _fatal_error(self, problem: BaseException, message: str = "Fatal error on transport") -> None:
        """As asyncio's transports say it; its TLS calls this too."""
        if not isinstance(problem, OSError):
            context = {"message": message, "exception": problem, "transport": self, "protocol": self._protocol}
            self._loop.call_exception_handler(context)
        self._force_close(problem)

    def _force_close(self, problem: BaseException | None) -> None:
        """Close at once, with what is to be said to the protocol; asyncio's TLS calls this too."""
        if self._closing:
            return
        self._closing = True
        assert self._other is not None
        self._other._finish(ConnectionResetError(errno.ECONNRESET, _RESET) if self._inbox else None)
        self._inbox.clear()
        self._unread = 0
        if not self._loop.is_closed():  # or a coroutine that is thrown away at the end of the process closes it
            if self._other.when_gone is not None:
                self._loop.call_soon(self._other.when_gone)
            self._loop.call_soon(self._lost, problem)

    def _lost(self, problem: BaseException | None) -> None:
        protocol, self._protocol, self._other, self.when_gone = self._protocol, None, None, None
        assert protocol is not None
        protocol.connection_lost(cast(Exception | None, problem))


def _fill(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    """To a protocol that has a buffer of its own, as TLS has, which may be smaller than what came."""
    left = memoryview(data)
    while left:
        buffer = memoryview(cast(bytearray, protocol.get_buffer(len(left))))
        size = min(len(left), len(buffer))
        if not size:
            raise RuntimeError("get_buffer() returned an empty buffer")
        buffer[:size] = left[:size]
        protocol.buffer_updated(size)
        left = left[size:]


def join(
    loop: asyncio.AbstractEventLoop, server: asyncio.BaseProtocol, tap: asyncio.BaseProtocol, extra: dict[str, Any]
) -> None:
    """Connect two protocols; both know it when this returns.

    Args:
        loop: on which both live.
        server: gets what the tap writes at once. What it raises when it is told comes out of here, and the tap is told
            nothing.
        tap: told after it; it gets what the server writes in the next turn.
        extra: what the server's transport tells about itself.
    """
    ends = Joined(loop, True, extra), Joined(loop, False)
    ends[0]._other, ends[1]._other = ends[1], ends[0]
    for end, protocol in zip(ends, (server, tap), strict=True):
        end.set_protocol(protocol)
    for end, protocol in zip(ends, (server, tap), strict=True):
        protocol.connection_made(end)
