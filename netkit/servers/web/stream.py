"""A connection as tornado reads it, with what tornado lacks: statuses for what is refused, limits for what dawdles."""

from __future__ import annotations

import asyncio
import contextlib
import http
from collections.abc import Callable, Iterator
from email.utils import formatdate

from tornado.httputil import HTTPInputError
from tornado.iostream import StreamClosedError

from netkit.servers.web.buffered import Buffered
from netkit.servers.web.head import BODY, HEAD, Refused, checked, end_of_head, end_of_line, is_trailer, size_of_chunk

IDLE = 60.0  # seconds that a connection may wait for its next request
SLOW = 30.0  # seconds that the head of a request may take, from its first byte
SLOW_BODY = 120.0  # seconds that its body may take
STALLED = 600.0  # seconds in which a client that is owed bytes must take some
LINGER = 2.0  # seconds in which a refused client may still send: closed at once, it might not read why

_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\n\r\n"  # what tornado writes, for all that it refuses
_CONTINUE = b"HTTP/1.1 100 (Continue)\r\n\r\n"


def refusal(status: int, why: str) -> bytes:
    """A response in plain words, after which the connection is closed."""
    phrase = "Request Header Fields Too Large" if status == 431 else http.HTTPStatus(status).phrase
    body = f"{status} {phrase}\n{why}\n".encode()
    lines = [f"HTTP/1.1 {status} {phrase}", "Server: netkit", f"Date: {formatdate(usegmt=True)}"]
    lines += ["Content-Type: text/plain; charset=utf-8", f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Strict(Buffered):
    """What comes in is checked on its way to tornado; what is refused is said and not just closed.

    Args:
        serve: called with the connection when it stands.
    """

    def __init__(self, serve: Callable[[Strict], None]) -> None:
        super().__init__(STALLED)
        self._serve = serve
        self._refused = Refused(400, "That is no request that this server can read.")
        self._due = 0.0  # when the body must have come, by the loop's time
        self._body = 0  # bytes of chunks, so far
        self._trailed = False  # the trailers have been read, and with them the CR LF for which tornado asks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """With TLS, when hands are shaken."""
        super().connection_made(transport)
        self._serve(self)

    async def read_until_regex(self, _regex: bytes, max_bytes: int | None = None) -> bytes:
        """The head of a request: tornado reads nothing else by an expression."""
        self._body = 0
        if not self.data:
            await self.more(self._loop.time() + IDLE, self.close)
        came = self._loop.time()
        head = await self.take(end_of_head, came + SLOW, self._too_slow)
        self._due = self._loop.time() + SLOW_BODY
        with self._refusing():
            return checked(head)

    async def read_until(self, _delimiter: bytes, max_bytes: int | None = None) -> bytes:
        """The first line of a chunk: tornado reads nothing else by a delimiter."""
        line = await self.take(end_of_line, self._due, self.close)
        with self._refusing():
            size = size_of_chunk(line)
            self._body += size
            if self._body > BODY:
                raise Refused(413, f"A body may have {BODY} bytes here.")
            if not size:
                await self._pass_over_trailers()
        return b"%x\r\n" % size

    async def read_bytes(self, num_bytes: int, partial: bool = False) -> bytes:
        """So many bytes of the body, or with `partial` what there is of them."""
        if self._trailed:
            self._trailed = False
            return b"\r\n"

        def enough(data: bytearray) -> int:
            return min(num_bytes, len(data)) if partial or len(data) >= num_bytes else 0

        return await self.take(enough, self._due, self.close)

    async def _pass_over_trailers(self) -> None:
        left, line = HEAD, b""
        while line != b"\r\n":
            line = await self.take(end_of_line, self._due, self.close)
            left -= len(line)
            if left < 0:
                raise Refused(431, f"The trailer has more than {HEAD} bytes.")
            if not is_trailer(line):
                raise Refused(400, "After the last chunk come header fields and an empty line.")
        self._trailed = True

    def _too_slow(self) -> None:
        super().write(refusal(408, f"The head of the request did not come in {SLOW:.0f} seconds."))
        self.close()

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        """Tornado says 400 to an HTTPInputError; `write` puts the right words in its place."""
        try:
            yield
        except Refused as refused:
            self._refused = refused
            raise HTTPInputError(str(refused)) from None

    def write(self, data: bytes | memoryview) -> asyncio.Future[None]:
        """As Buffered's; that of a refusal is over when the client has stopped sending."""
        if len(data) == len(_BAD_REQUEST) and data == _BAD_REQUEST:
            super().write(refusal(self._refused.status, self._refused.why))
            return asyncio.ensure_future(self._linger())
        if len(data) == len(_CONTINUE) and data == _CONTINUE:
            data = b"HTTP/1.1 100 Continue\r\n\r\n"
        return super().write(data)

    async def _linger(self) -> None:
        """RFC 9112 section 9.6: to close with bytes unread resets the connection, and the refusal may be lost."""
        self.half_close()
        due = self._loop.time() + LINGER
        with contextlib.suppress(StreamClosedError):
            while True:
                await self.take(len, due, self.close)
