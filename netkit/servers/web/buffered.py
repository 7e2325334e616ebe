"""A stream for tornado on an asyncio transport: it joins the tap in memory, where an IOStream needs a socket.

Between a tap and an IOStream lies a socket pair, and each connection pays for it: with sockets to open and to close,
with a dozen system calls, and with waiting for the system to say what this process has done itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from tornado.ioloop import IOLoop
from tornado.iostream import StreamClosedError

from netkit.wire.joined import Joined

HELD = 256 * 1024  # bytes that nobody has read: with more, the client is to wait


class Buffered(asyncio.Protocol):
    """What `tornado.http1connection` asks of an IOStream, and nothing else.

    Args:
        stalled: seconds in which a client that is owed bytes must take some.
    """

    max_buffer_size = HELD
    socket = None

    def __init__(self, stalled: float) -> None:
        self.io_loop = IOLoop.current()
        self.data = bytearray()  # what came and nobody has read
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._ended = False  # the client will send no more, and may still read
        self._closed = False
        self._full = False
        self._came: asyncio.Future[None] | None = None  # somebody waits for more
        self._written = self._loop.create_future()
        self._written.set_result(None)
        self._stalled, self._owed = stalled, 0
        self._watching: asyncio.TimerHandle | None = None
        self._when_closed: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As asyncio's protocols."""
        self._transport = cast(asyncio.Transport, transport)
        if isinstance(transport, Joined):
            transport.when_gone = self.close

    @property
    def client(self) -> tuple[str, int]:
        """The client's address."""
        assert self._transport is not None
        address: tuple[str, int] = self._transport.get_extra_info("peername")
        return address

    def data_received(self, data: bytes) -> None:
        """As asyncio's protocols."""
        self.data += data
        self._wake()
        if len(self.data) > HELD and self._transport is not None:
            self._full = True
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """A client that has asked all it wants, and says so by its FIN, still gets its answer; with TLS it does not."""
        self._ended = True
        self._wake()
        if not isinstance(self._transport, Joined):
            self.close()
        return not self._closed

    def connection_lost(self, problem: Exception | None) -> None:
        """As asyncio's protocols."""
        self.close()
        self._transport = None

    def pause_writing(self) -> None:
        """As asyncio's protocols."""
        if self._written.done() and not self._closed:
            self._written = self._loop.create_future()
            self._watch()

    def resume_writing(self) -> None:
        """As asyncio's protocols."""
        self._watch_no_more()
        if not self._written.done():
            self._written.set_result(None)

    async def more(self, due: float, late: Callable[[], None]) -> None:
        """Wait for more bytes.

        Args:
            due: when they must have come, by the loop's time.
            late: called when they have not; it closes.

        Raises:
            StreamClosedError: they will not come.
        """
        if self._ended:
            self.close()
        if self._closed:
            raise StreamClosedError
        self._came = self._loop.create_future()
        timer = self._loop.call_at(due, late)
        try:
            await self._came
        finally:
            timer.cancel()
            self._came = None

    async def take(self, enough: Callable[[bytearray], int], due: float, late: Callable[[], None]) -> bytes:
        """The next bytes.

        Args:
            enough: says how many of those that are there; 0: more must come.
            due, late: see `more`.

        Raises:
            StreamClosedError: they will not come.
        """
        if self._closed:
            raise StreamClosedError  # whatever is there: nobody waits for an answer any more
        while not (size := enough(self.data)):
            await self.more(due, late)
        taken = bytes(self.data[:size])
        del self.data[:size]
        if self._full and len(self.data) <= HELD and self._transport is not None:
            self._full = False
            self._transport.resume_reading()
        return taken

    def write(self, data: bytes | memoryview) -> asyncio.Future[None]:
        """Send; what comes back is done when the client has taken so much that more may be sent.

        Raises:
            StreamClosedError: it is closed.
        """
        if self._closed or self._transport is None:
            raise StreamClosedError
        self._transport.write(data)
        return self._written

    def half_close(self) -> None:
        """Nothing more will be written; with TLS this cannot be said."""
        if not self._closed and self._transport is not None and self._transport.can_write_eof():
            self._transport.write_eof()

    def close(self, goodbye: bool = False) -> None:
        """End it; what was written arrives.

        Args:
            goodbye: with TLS, say that this is the end (RFC 8446 section 6.1): where it ends the body, too. Elsewhere
                the client has all it waits for: with a goodbye that it does not read its own close becomes a reset.
        """
        if self._closed:
            return
        self._closed = True
        self._watch_no_more()
        self._wake()
        if self._transport is not None:
            secure = not isinstance(self._transport, Joined)
            if secure and not goodbye and not self._transport.get_write_buffer_size():
                self._transport.abort()
            else:
                self._transport.close()
        if not self._written.done():
            self._written.set_exception(StreamClosedError())
            self._written.exception()  # perhaps nobody waits for it
        if self._when_closed is not None:
            self._loop.call_soon(self._when_closed)
            self._when_closed = None

    def closed(self) -> bool:
        """Whether it is."""
        return self._closed

    def set_close_callback(self, callback: Callable[[], None] | None) -> None:
        """What is to be called when it is closed."""
        self._when_closed = callback

    def set_nodelay(self, value: bool) -> None:
        """Nothing: the tap's sockets never delay."""

    def _wake(self) -> None:
        if self._came is not None and not self._came.done():
            self._came.set_result(None)

    def _watch(self) -> None:
        """Close it when the client has taken nothing since the last look."""
        owed = self._transport.get_write_buffer_size() if self._transport is not None else 0
        if self._watching is not None and owed == self._owed:
            self.close()
            return
        self._owed = owed
        self._watching = self._loop.call_later(self._stalled, self._watch)

    def _watch_no_more(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
