"""One request that goes to its origin server, and the response that comes back (RFC 9110 section 7.6)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from netkit.servers.proxy import heads
from netkit.servers.proxy.bodies import Body, Stream, framed, read_head
from netkit.servers.proxy.heads import Request, Response
from netkit.servers.web.head import HEAD, Refused

SLOW = 30.0  # seconds that a client may pause in the body of its request
STALLED = 600.0  # seconds in which a client that is owed bytes must take some


class HungUp(Refused):
    """The server ended the connection and said nothing."""

    def __init__(self) -> None:
        super().__init__(502, "The server hung up without an answer.")


class Exchange:
    """A request and its response.

    Args:
        request: what the client asks; its head has been read, its body has not.
        client: the connection to the client.
        server: the connection to the origin server.
        timeout: seconds in which the server must say something, or take something.

    Attributes:
        answering: whether the response has begun: the client can be told nothing else any more.
        client_stays, server_stays: whether the connection can be used for another request.
    """

    def __init__(self, request: Request, client: Stream, server: Stream, timeout: float) -> None:
        self._request, self._client, self._server, self._timeout = request, client, server, timeout
        self._upload: asyncio.Task[bool] | None = None
        self.answering = self.client_stays = self.server_stays = False

    async def run(self) -> None:
        """From the first byte to the last.

        Raises:
            Refused: what the client is to be told, unless `answering`.
            HungUp: the same; and the server said nothing at all.
            OSError, EOFError, TimeoutError: the response broke off, or the client does not take it.
        """
        self._server.writer.write(self._request.passed_on())
        if self._request.length != 0:
            self._upload = asyncio.get_running_loop().create_task(self._send_body())
        try:
            while (response := await self._response()).status < 200:
                if not self._request.old:  # RFC 9110 section 15.2
                    await self._say(response.passed_on())
            await self._pass_on(response)
        finally:
            await _ended(self._upload)

    async def _send_body(self) -> bool:
        """The request's body, to the server; whether it took all."""
        chunked = self._request.length is None
        body = Body(self._client.reader, self._request.length, chunked)
        data = b" "
        while data:
            try:
                async with asyncio.timeout(SLOW):
                    data = await body.read()
            except TimeoutError:
                raise Refused(408, f"In the body nothing came for {SLOW:.0f} seconds.") from None
            except EOFError:
                raise Refused(400, "The body ended before it was whole.") from None
            try:
                self._server.writer.write(framed(data, chunked))
                async with self._limit("The server does not take what it is sent."):
                    await self._server.writer.drain()
            except OSError:
                return False  # its answer may have come all the same: that the body is too large, perhaps
        return True

    async def _response(self) -> Response:
        """The next head that the server sends; its time runs from when it has all of the request."""
        late = "The server has not answered in time."
        if self._upload is None or self._upload.done():
            async with self._limit(late):
                return await self._read_response()
        reading = asyncio.get_running_loop().create_task(self._read_response())
        try:
            await asyncio.wait((reading, self._upload), return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                self._upload.result()
            async with self._limit(late):
                return await reading
        finally:
            await _ended(reading)

    async def _read_response(self) -> Response:
        try:
            head = await read_head(self._server.reader)
        except OSError:
            head = b""
        if not head:
            raise HungUp
        if not head.endswith((b"\n\r\n", b"\n\n")):
            raise Refused(502, f"The header of the server's answer is not whole, or has more than {HEAD} bytes.")
        return heads.response(head, self._request.method)

    async def _pass_on(self, response: Response) -> None:
        """The response, to the client: a body of no known length in chunks, for HTTP/1.0 to the connection's end."""
        self.answering = True
        unknown = response.length is None
        chunked = unknown and not self._request.old
        sending = self._upload is not None and not self._upload.done()  # the rest is not wanted any more
        close = self._request.last or sending or (unknown and self._request.old)
        await self._say(response.passed_on(chunked=chunked, close=close))
        body = Body(self._server.reader, response.length, response.chunked)
        data = b" " if response.length != 0 else b""
        while data:
            async with asyncio.timeout(self._timeout):
                data = await body.read()
            await self._say(framed(data, chunked))
        taken = self._upload is None or (not sending and self._upload.result())
        self.client_stays = taken and not close
        self.server_stays = taken and not response.last and not self._request.last

    async def _say(self, data: bytes) -> None:
        self._client.writer.write(data)
        async with asyncio.timeout(STALLED):
            await self._client.writer.drain()

    @contextlib.asynccontextmanager
    async def _limit(self, late: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._timeout):
                yield
        except TimeoutError:
            raise Refused(504, late) from None


async def _ended(task: asyncio.Task[bool] | asyncio.Task[Response] | None) -> None:
    """Cancel what is not done, and take note of its mistake, which somebody else has told."""
    if task is not None:
        task.cancel()
        await asyncio.wait((task,))
        if not task.cancelled():
            task.exception()
