"""A connection as tornado reads it, with what tornado lacks: statuses for what is refused, limits for what dawdles."""

from __future__ import annotations

import asyncio
import contextlib
import http
import re
import socket
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any, cast

from tornado.httputil import HTTPInputError
from tornado.iostream import IOStream, SSLIOStream, StreamClosedError

from netkit.servers.web.head import BODY, HEAD, WHOLE, Refused, checked, is_trailer, size_of_chunk
from netkit.wire.hangup import has_gone

IDLE = 60.0  # seconds that a connection may wait for its next request
SLOW = 30.0  # seconds that the head of a request may take, from its first byte
STALLED = 600.0  # seconds in which a client that is owed bytes must take some
LINGER = 2.0  # seconds in which a refused client may still send: closed at once, it might not read why

_LINE = re.compile(rb"(?s)\A(?:.{0,1023}?\n|.{1024})")
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\n\r\n"  # what tornado writes, for all that it refuses
_CONTINUE = b"HTTP/1.1 100 (Continue)\r\n\r\n"


def refusal(status: int, why: str) -> bytes:
    """A response in plain words, after which the connection is closed."""
    phrase = "Request Header Fields Too Large" if status == 431 else http.HTTPStatus(status).phrase
    body = f"{status} {phrase}\n{why}\n".encode()
    lines = [f"HTTP/1.1 {status} {phrase}", "Server: netkit", f"Date: {formatdate(usegmt=True)}"]
    lines += ["Content-Type: text/plain; charset=utf-8", f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Strict(IOStream):
    """What comes in is checked on its way to tornado; what is refused is said and not just closed."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._refused = Refused(400, "That is no request that this server can read.")
        self._body = 0  # bytes of chunks, so far
        self._ended = False  # the trailers have been read, and with them the CR LF for which tornado asks
        self._half_closed = False  # the client will send no more, and may still read
        self._moved = self._seen = 0  # bytes written, now and when last looked at
        self._timer = self.io_loop.call_later(STALLED, self._look)

    async def read_until_regex(self, regex: bytes, max_bytes: int | None = None) -> bytes:
        """The head of a request: tornado reads nothing else by an expression."""
        self._body = 0
        if self._half_closed:
            self.close()
            raise StreamClosedError
        first = await self._within(IDLE, super().read_bytes(1, partial=True), self.close)
        rest = await self._within(SLOW, super().read_until_regex(cast(bytes, WHOLE)), self._too_slow)
        with self._refusing():
            return checked(first + rest)

    async def read_until(self, delimiter: bytes, max_bytes: int | None = None) -> bytes:
        """The first line of a chunk: tornado reads nothing else by a delimiter."""
        line = await super().read_until_regex(cast(bytes, _LINE))
        with self._refusing():
            size = size_of_chunk(line)
            self._body += size
            if self._body > BODY:
                raise Refused(413, f"A body may have {BODY} bytes here.")
            if not size:
                await self._pass_over_trailers()
        return b"%x\r\n" % size

    def read_bytes(self, num_bytes: int, partial: bool = False) -> Awaitable[bytes]:
        """As IOStream's."""
        if self._ended:
            self._ended = False
            return _at_once(b"\r\n")
        return super().read_bytes(num_bytes, partial)

    async def _pass_over_trailers(self) -> None:
        left, line = HEAD, b""
        while line != b"\r\n":
            line = await super().read_until_regex(cast(bytes, _LINE))
            left -= len(line)
            if left < 0:
                raise Refused(431, f"The trailer has more than {HEAD} bytes.")
            if not is_trailer(line):
                raise Refused(400, "After the last chunk come header fields and an empty line.")
        self._ended = True

    async def _within(self, seconds: float, reading: Awaitable[bytes], late: Callable[[], None]) -> bytes:
        """What is read; when the time is up, `late` closes, and the reading ends in StreamClosedError."""
        timer = self.io_loop.call_later(seconds, late)
        try:
            return await reading
        finally:
            self.io_loop.remove_timeout(timer)

    def _too_slow(self) -> None:
        super().write(refusal(408, f"The head of the request did not come in {SLOW:.0f} seconds."))
        self.close()

    @contextlib.contextmanager
    def _refusing(self) -> Any:
        """Tornado says 400 to an HTTPInputError; `write` puts the right words in its place."""
        try:
            yield
        except Refused as refused:
            self._refused = refused
            raise HTTPInputError(str(refused)) from None

    def write(self, data: bytes | memoryview) -> asyncio.Future[None]:
        """As IOStream's; that of a refusal is over when the client has stopped sending."""
        if len(data) == len(_BAD_REQUEST) and data == _BAD_REQUEST:
            written = super().write(refusal(self._refused.status, self._refused.why))
            return asyncio.ensure_future(self._linger(written))
        if len(data) == len(_CONTINUE) and data == _CONTINUE:
            data = b"HTTP/1.1 100 Continue\r\n\r\n"
        return super().write(data)

    async def _linger(self, written: asyncio.Future[None]) -> None:
        """RFC 9112 section 9.6: to close with bytes unread resets the connection, and the refusal may be lost."""
        with contextlib.suppress(StreamClosedError, TimeoutError, OSError):
            async with asyncio.timeout(LINGER):
                await written
                if self._plain:
                    self.socket.shutdown(socket.SHUT_WR)
                while True:
                    await super().read_bytes(65536, partial=True)

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        """As IOStream's; but a client that has asked all it wants, and says so by its FIN, still gets its answer.

        Tornado closes at a FIN, and looks out for one while it answers and its buffer is empty: an empty line in the
        buffer, which is never read, keeps it from that.
        """
        done = super().read_from_fd(buf)
        if done != 0 or self.reading() or not self._plain or has_gone(self.socket):
            return done
        if self._half_closed:
            return None
        self._half_closed = True
        buf[:1] = b"\n"
        return 1

    def write_to_fd(self, data: memoryview) -> int:
        """As IOStream's."""
        done = super().write_to_fd(data)
        self._moved += done
        return done

    @property
    def _plain(self) -> bool:
        return not isinstance(self, SSLIOStream)

    def close(self, exc_info: Any = False) -> None:
        """As IOStream's."""
        self.io_loop.remove_timeout(self._timer)
        super().close(exc_info)

    def _look(self) -> None:
        if self.writing() and self._moved == self._seen:
            self.close()
        elif not self.closed():
            self._seen = self._moved
            self._timer = self.io_loop.call_later(STALLED, self._look)


class StrictTls(Strict, SSLIOStream):
    """The same, with TLS from the first byte."""


async def _at_once(data: bytes) -> bytes:
    return data
