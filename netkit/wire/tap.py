"""The TCP tap: a relay on 127.0.0.1 in front of a server, which records what passes and can be told to break it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import cast

from netkit.errors import ServerError
from netkit.i18n import _
from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.conversation import Ending, Kind, Side
from netkit.wire.faults import CALM, Faults, Plan
from netkit.wire.owner import may_connect
from netkit.wire.pipe import Pipe
from netkit.wire.recorder import Limits, Recording
from netkit.wire.source import Source

BACKLOG = 1024  # a backlog of 5 loses most of 200 clients that come at once
CONNECT_LIMIT = 10.0  # seconds that the server behind the tap may take to accept
LINGER = 0.2  # seconds in which a cut connection still takes what was on its way: else the close becomes a reset
SETTLE_LIMIT = 1.0  # seconds that a reader of the conversations may wait for the last FIN

Target = Address | Callable[[], asyncio.Protocol]


class _End(asyncio.Protocol):
    """One end of a tapped connection: what comes in at it goes into its pipe."""

    def __init__(self, link: _Link, side: Side) -> None:
        self.link = link
        self.side = side
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.link.made(self)

    def data_received(self, data: bytes) -> None:
        self.link.pipes[self.side].feed(data)

    def eof_received(self) -> bool:
        self.link.pipes[self.side].feed(b"")
        return True  # half-closed: the other side may go on sending

    def pause_writing(self) -> None:
        self.link.toward(self.side).pause()

    def resume_writing(self) -> None:
        self.link.toward(self.side).resume()

    def connection_lost(self, problem: Exception | None) -> None:
        self.link.lost(self.side, problem)


class _Link:
    """A connection through the tap: the client's end, the server's end, and a pipe each way."""

    def __init__(self, tap: Tap) -> None:
        self.tap = tap
        self.ends = {Side.CLIENT: _End(self, Side.CLIENT)}
        self.recording: Recording | None = None
        self.pipes: dict[Side, Pipe] = {}
        self.over = False

    def made(self, end: _End) -> None:
        """One of the ends is connected."""
        assert end.transport is not None
        if end.side is Side.CLIENT:
            self._arrived(end.transport)
        elif self.over:
            end.transport.abort()  # the client has gone while the server was being called

    def _arrived(self, transport: asyncio.Transport) -> None:
        client = Address(*transport.get_extra_info("peername")[:2])
        allowed, user = may_connect(client, self.tap.address)
        self.recording = self.tap.recorder.begin(client, user)
        self.tap.links.add(self)
        if not allowed:
            self.finish(Ending.REFUSED, reset=True)
            return
        for side, way in ((Side.CLIENT, "server"), (Side.SERVER, "client")):
            self.pipes[side] = Pipe(side, self._plan(way), self.recording, self._broken, self._done)
        self.pipes[Side.CLIENT].source = self.pipes[Side.SERVER].target = transport
        transport.pause_reading()  # until the server is there
        self.tap.keep(asyncio.get_running_loop().create_task(self._call_server()))

    def _plan(self, way: str) -> Callable[[], Plan]:
        return lambda: self.tap.faults.plans[way]

    async def _call_server(self) -> None:
        server = _End(self, Side.SERVER)
        self.ends[Side.SERVER] = server
        try:
            async with asyncio.timeout(CONNECT_LIMIT):
                await self.tap.connect(lambda: server)
        except OSError:  # TimeoutError among them
            self.finish(Ending.DOWN, reset=True)
            return
        if self.over:
            return
        client = self.ends[Side.CLIENT].transport
        self.pipes[Side.SERVER].source = self.pipes[Side.CLIENT].target = server.transport
        assert client is not None
        client.resume_reading()
        self.changed()

    def toward(self, side: Side) -> Pipe:
        """The pipe that ends at that side."""
        return self.pipes[Side.SERVER if side is Side.CLIENT else Side.CLIENT]

    def changed(self) -> None:
        """The faults were changed."""
        if Side.SERVER in self.ends and self.ends[Side.SERVER].transport is not None:
            for pipe in self.pipes.values():
                pipe.changed()

    @property
    def settled(self) -> bool:
        """Whether nothing is on its way that is about to be written down: the other side's FIN, above all."""
        if self.recording is None or any(pipe.busy for pipe in self.pipes.values()):
            return self.recording is None
        now = self.recording.now()
        return all(pipe.ended is None or now - pipe.ended > SETTLE_LIMIT for pipe in self.pipes.values())

    def lost(self, side: Side, problem: Exception | None) -> None:
        """A side's connection is gone: after its FIN in good order, or by a reset."""
        if self.over or self.recording is None:
            return
        if isinstance(problem, OSError):
            self.recording.add(side, Kind.RESET)
            self.finish(Ending.RESET, reset=True)
        else:
            self.finish(Ending.CLOSED)

    def _done(self) -> None:
        if all(pipe.ended is not None for pipe in self.pipes.values()):
            self.finish(Ending.CLOSED)

    def _broken(self, how: Kind) -> None:
        assert self.recording is not None
        self.recording.add(Side.TAP, how)
        self.finish(Ending.CUT, reset=how is Kind.RESET)

    def finish(self, how: Ending, reset: bool = False) -> None:
        """End it, both sides."""
        if self.over or self.recording is None:
            return
        self.over = True
        self.recording.end(how)
        for pipe in self.pipes.values():
            pipe.stop()
        for end in self.ends.values():
            if end.transport is not None:
                _close(end.transport, reset, how)
        self.tap.links.discard(self)


def _close(transport: asyncio.Transport, reset: bool, how: Ending) -> None:
    if reset:
        with contextlib.suppress(OSError):
            now = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)  # linger for 0 s: RST in place of FIN
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        transport.abort()
    elif how is Ending.STOPPED:
        transport.abort()
    elif how is Ending.CUT and not transport.is_closing():
        with contextlib.suppress(OSError, RuntimeError):
            transport.write_eof()
        transport.resume_reading()
        asyncio.get_running_loop().call_later(LINGER, transport.abort)
    else:
        transport.close()


class Tap(Source[Plan]):
    """A relay on 127.0.0.1, at a port that the system chooses, in front of a TCP server.

    Args:
        target: the server's address on this machine; or a function that makes an asyncio protocol for each
            connection: then the server needs no port of its own, and nobody gets past the tap.
        name: what the server is called.
        protocol: which of netkit's protocols explains the conversations.
        limits: how much is kept of them.

    Starting it twice gives the same tap, at the same address; stopping it twice is harmless.
    """

    transport = "tcp"

    def __init__(
        self, target: Target, *, name: str = "server", protocol: str = "text", limits: Limits | None = None
    ) -> None:
        super().__init__(name, protocol, limits)
        self.target = target
        self.faults: Faults[Plan] = Faults(CALM, self._faults_changed)
        self.links: set[_Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def running(self) -> bool:
        """Whether clients are accepted."""
        return self._server is not None

    def point_at(self, target: Target) -> None:
        """Put another server behind the tap; live connections stay with the old one."""
        self.target = target

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> None:
        """Connect to the server behind the tap."""
        loop = asyncio.get_running_loop()
        if isinstance(self.target, Address):
            await loop.create_connection(factory, *self.target)
            return
        ours, theirs = socket.socketpair()
        await loop.connect_accepted_socket(self.target, theirs)
        await loop.connect_accepted_socket(factory, ours)

    def keep(self, task: asyncio.Task[None]) -> None:
        """Hold a task until it is done; the loop itself holds it only weakly."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _start(self) -> None:
        if self._server is not None:
            return
        loop = asyncio.get_running_loop()
        try:
            # The same port as before, if it is still free: addresses that a cell has kept go on working.
            self._server = await self._listen(loop, self.address.port)
        except OSError as problem:
            raise ServerError(_("No port could be opened on 127.0.0.1: {why}.").format(why=problem)) from None
        self.recorder.address = Address(*self._server.sockets[0].getsockname()[:2])
        background.at_exit(self._stop)

    async def _listen(self, loop: asyncio.AbstractEventLoop, port: int) -> asyncio.Server:
        try:
            return await loop.create_server(self._accept, "127.0.0.1", port, backlog=BACKLOG)
        except OSError:
            if not port:
                raise
            return await loop.create_server(self._accept, "127.0.0.1", 0, backlog=BACKLOG)

    def _accept(self) -> asyncio.Protocol:
        return _Link(self).ends[Side.CLIENT]

    def _stop(self) -> None:
        background.not_at_exit(self._stop)
        if self._server is not None:
            self._server.close()
            self._server = None
        for link in tuple(self.links):
            link.finish(Ending.STOPPED)
        for task in tuple(self._tasks):
            task.cancel()

    def _faults_changed(self) -> None:
        def tell() -> None:
            for link in tuple(self.links):
                link.changed()

        if background.here():
            tell()
        else:
            background.call(tell)

    async def _settle(self) -> None:
        until = time.monotonic() + SETTLE_LIMIT
        await super()._settle()
        while any(not link.settled for link in self.links) and time.monotonic() < until:
            await asyncio.sleep(0.002)
