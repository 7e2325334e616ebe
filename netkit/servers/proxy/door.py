"""A connection of a client to the proxy: request after request, or a tunnel."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol, cast

from netkit.servers.basic import credentials, same
from netkit.servers.proxy import heads
from netkit.servers.proxy.bodies import PIECE, Stream, read_head
from netkit.servers.proxy.exchange import Exchange, HungUp
from netkit.servers.proxy.heads import Request
from netkit.servers.proxy.tunnel import Tunnel
from netkit.servers.web.head import Refused
from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.joined import Joined
from netkit.wire.speakers import call

IDLE = 60.0  # seconds that a connection may wait for its next request
SLOW = 30.0  # seconds that the head of a request may take, from its first byte
LINGER = 2.0  # seconds in which a client may still send: closed at once, it might not read the last bytes


class Settings(Protocol):
    """What a connection asks of its proxy."""

    @property
    def name(self) -> str:
        """What it is called, by those whom it asks, too."""

    @property
    def timeout(self) -> float:
        """Seconds in which a server must say something."""

    @property
    def credentials(self) -> tuple[str, str] | None:
        """The user and the password that are asked for."""

    def reach(self, host: str, port: int) -> Address:
        """See `netkit.servers.proxy.reach.reach`."""


class Door(asyncio.StreamReaderProtocol):
    """One end of a client's connection, and the task that serves it.

    Args:
        settings: the proxy.
        keep: holds the task until it is done, and cancels it when the proxy is stopped.
    """

    def __init__(self, settings: Settings, keep: Callable[[asyncio.Task[None]], None]) -> None:
        self._incoming = asyncio.StreamReader(PIECE)
        super().__init__(self._incoming)
        self._settings, self._keep = settings, keep
        self._serving: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self._joined = cast(Joined, transport)
        writer = asyncio.StreamWriter(transport, self, self._incoming, loop)  # type: ignore[arg-type]
        self._serving = loop.create_task(Session(self._settings, Stream(self._incoming, writer)).serve())
        self._keep(self._serving)

    def eof_received(self) -> bool | None:
        stays = super().eof_received()
        if self._joined.gone:  # it is closed, also if its task was cancelled before it could begin
            self._end()
            return False
        return stays

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._end()

    def _end(self) -> None:
        """Nobody waits for an answer any more."""
        if self._serving is not None:
            self._serving.cancel()


class Session:
    """What is done for a client on one connection.

    Args:
        settings: the proxy.
        client: the connection.
    """

    def __init__(self, settings: Settings, client: Stream) -> None:
        self._settings = settings
        self._client = client
        self._server: Stream | None = None  # kept for the client's next request to the same server
        self._origin: Address | None = None
        self._exchange: Exchange | None = None
        self._loop = asyncio.get_running_loop()

    async def serve(self) -> None:
        """Until the client ends it, or its last request does."""
        try:
            while head := await self._head():
                if not await self._served(head):
                    break
            await self._linger()
        except (OSError, EOFError, TimeoutError):
            pass  # one of the two is gone, or has stalled: closing tells the other
        except Exception as problem:
            background.note("proxy", problem)
        finally:
            self._drop_server()
            self._client.writer.close()

    async def _head(self) -> bytes:
        """The head of the next request; none if there is none."""
        first = b""
        try:
            async with asyncio.timeout(IDLE) as limit:
                first = await self._client.reader.read(1)
                limit.reschedule(self._loop.time() + SLOW)
                return first and await read_head(self._client.reader, first)
        except TimeoutError:
            if first:
                await self._say(heads.refusal(408, f"The head of the request did not come in {SLOW:.0f} seconds."))
            return b""

    async def _served(self, head: bytes) -> bool:
        """Answer a request; whether there may be another."""
        self._exchange = None
        try:
            request = heads.request(head)
            self._check_credentials(request)
            origin = self._settings.reach(request.host, request.port)
            if request.method == b"CONNECT":
                self._drop_server()
                await Tunnel(self._client, await self._connected(origin)).run()
                return False
            return await self._answered(request, origin)
        except Refused as refused:
            if self._exchange is None or not self._exchange.answering:
                await self._say(heads.refusal(refused.status, refused.why, body=not head.startswith(b"HEAD ")))
            return False

    def _check_credentials(self, request: Request) -> None:
        """RFC 9110 section 11.7."""
        if (known := self._settings.credentials) is not None:
            field = b", ".join(value for _name, value in request.fields.get("proxy-authorization", ()))
            said = credentials(field.decode("latin-1"))
            if said is None or not (same(said[0], known[0]) and same(said[1], known[1])):
                raise Refused(407, "This proxy wants a user's name and a password.")

    async def _answered(self, request: Request, origin: Address) -> bool:
        kept = await self._kept(origin)
        if kept is not None:
            try:
                return await self._exchanged(request, kept)
            except HungUp:  # it was about to close the connection, as it may at any time (RFC 9112 section 9.3.1)
                if not request.repeatable:
                    raise
        return await self._exchanged(request, await self._connected(origin))

    async def _exchanged(self, request: Request, server: Stream) -> bool:
        self._exchange = Exchange(request, self._client, server, self._settings.timeout)
        try:
            await self._exchange.run()
        finally:
            if not self._exchange.server_stays:
                self._drop_server()
        return self._exchange.client_stays

    async def _kept(self, origin: Address) -> Stream | None:
        """The connection of the request before, if it is to the same server and quiet."""
        if self._server is not None and self._origin == origin:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0):  # what comes is its end, or what nobody asked for
                    await self._server.reader.read(1)
                self._drop_server()
        else:
            self._drop_server()
        return self._server

    async def _connected(self, origin: Address) -> Stream:
        try:
            async with asyncio.timeout(self._settings.timeout):
                sock = await call(origin, self._settings.name)
                self._server = Stream(*await asyncio.open_connection(sock=sock, limit=PIECE))
        except TimeoutError:
            raise Refused(504, "The server has not accepted the connection in time.") from None
        except OSError:
            raise Refused(502, "The server cannot be reached.") from None
        self._origin = origin
        return self._server

    def _drop_server(self) -> None:
        if self._server is not None:
            self._server.writer.close()
        self._server = self._origin = None

    async def _say(self, data: bytes) -> None:
        self._client.writer.write(data)
        async with asyncio.timeout(SLOW):
            await self._client.writer.drain()

    async def _linger(self) -> None:
        """RFC 9112 section 9.6: to close with bytes unread resets the connection, and the last bytes may be lost."""
        self._drop_server()
        with contextlib.suppress(OSError, TimeoutError):
            self._client.writer.write_eof()
            async with asyncio.timeout(LINGER):
                while await self._client.reader.read(PIECE):
                    pass
