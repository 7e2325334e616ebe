"""The TCP tap: a relay on 127.0.0.1 in front of a server, which records what passes and can be told to break it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol

from netkit.errors import ServerError
from netkit.i18n import _
from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.conversation import Ending
from netkit.wire.faults import CALM, Faults, Plan
from netkit.wire.joined import join
from netkit.wire.lines import Dialect, LineFaults
from netkit.wire.link import Link
from netkit.wire.recorder import Limits
from netkit.wire.source import Source

BACKLOG = 1024  # a backlog of 5 loses most of 200 clients that come at once


class Taker(Protocol):
    """A server that wants the socket itself, as tornado's does."""

    def take(self, end: socket.socket, client: Address) -> None:
        """Serve a connection, of which this is one end, not blocking; called on the background loop.

        Args:
            end: the server's end, now its own to close; when this raises, it stays the caller's.
            client: the client's address.
        """


Target = Address | Callable[[], asyncio.Protocol] | Taker


class Tap(Source[Plan]):
    """A relay on 127.0.0.1, at a port that the system chooses, in front of a TCP server.

    Args:
        target: the server's address on this machine; or a function that makes an asyncio protocol for each
            connection, or a `Taker`: then the server needs no port of its own, and nobody gets past the tap.
        name: what the server is called.
        protocol: which of netkit's protocols explains the conversations.
        limits: how much is kept of them.
        dialect: what netkit must know of the server's protocol to break it line by line; None: it cannot.

    Starting it twice gives the same tap, at the same address; stopping it twice is harmless.
    """

    transport = "tcp"

    def __init__(
        self,
        target: Target,
        *,
        name: str = "server",
        protocol: str = "text",
        limits: Limits | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        super().__init__(name, protocol, limits)
        self.target = target
        self.faults: Faults[Plan] = Faults(CALM, self._faults_changed)
        if dialect is not None:
            self.faults = LineFaults(dialect, self._faults_changed)
        self.links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def running(self) -> bool:
        """Whether clients are accepted."""
        return self._server is not None

    def point_at(self, target: Target) -> None:
        """Put another server behind the tap; live connections stay with the old one."""
        self.target = target

    def join(self, end: asyncio.Protocol, client: Address) -> bool:
        """Connect to a server that is an asyncio protocol, at once; False: it is none, `connect` to it.

        It raises what the protocol's factory raises.
        """
        if isinstance(self.target, Address) or not callable(self.target):
            return False
        join(asyncio.get_running_loop(), self.target(), end, {"peername": client, "sockname": self.address})
        return True

    async def connect(self, end: asyncio.Protocol, client: Address) -> None:
        """Connect to the server behind the tap."""
        loop, target = asyncio.get_running_loop(), self.target
        if isinstance(target, Address):
            made, _protocol = await loop.create_connection(lambda: end, *target)
            if made.get_extra_info("sockname") == made.get_extra_info("peername"):
                # Nobody listens there, and the system chose that very port for our end: TCP's simultaneous open
                # (RFC 9293 section 3.5) then connects a socket with itself.
                made.abort()
                raise ConnectionRefusedError
        elif not callable(target):
            ours, theirs = socket.socketpair()
            theirs.setblocking(False)
            try:
                target.take(theirs, client)
            except BaseException:
                ours.close()
                theirs.close()
                raise
            await loop.connect_accepted_socket(lambda: end, ours)

    def hang_up(self) -> None:
        """End the live connections in good order; new clients are accepted. To be called on the background loop."""
        for link in tuple(self.links):
            link.finish(Ending.STOPPED)

    def keep(self, task: asyncio.Task[None]) -> None:
        """Hold a task until it is done; the loop itself holds it only weakly."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _start(self) -> None:
        if self._server is not None:
            return
        # Nothing waits from here until self._server is set: two starts at once open one port, and a start that is
        # interrupted leaves none behind.
        listening = self._listen()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, sock=listening, backlog=BACKLOG, start_serving=False)
        self.recorder.address = Address(*listening.getsockname()[:2])
        background.at_exit(self._stop)
        await self._server.start_serving()

    def _listen(self) -> socket.socket:
        for port in (self.address.port, 0):  # as before, if it is free: addresses that a cell has kept go on working
            try:
                listening = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
            except OSError as problem:
                why = problem
            else:
                # Urgent data stays among the rest (RFC 6093 section 6), or the byte that ftplib's abort() marks as
                # urgent, the end of its line, would never be read. And asyncio switches Nagle's algorithm off only
                # where a socket knows that it is TCP: one that `create_server` made does not say so, and two quick
                # replies would be 40 ms apart. What is accepted inherits both.
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return listening
        raise ServerError(_("No port could be opened on 127.0.0.1: {why}.").format(why=why))

    def _accept(self) -> asyncio.Protocol:
        return Link(self).client

    def _stop(self) -> None:
        background.not_at_exit(self._stop)
        if self._server is not None:
            self._server.close()
            self._server = None
        for link in tuple(self.links):
            link.stop()
        for task in tuple(self._tasks):
            task.cancel()

    def _forget(self) -> None:
        self._server = None
        sockets = [end.transport.get_extra_info("socket") for link in self.links for end in link.ends if end.transport]
        # Those that are not read now; a server that is joined to the tap has none.
        background.let_go(number for made in sockets if made is not None and (number := made.fileno()) >= 0)
        self.links.clear()
        self._tasks.clear()

    def _obey(self) -> None:
        for link in tuple(self.links):
            link.changed()

    @property
    def _settled(self) -> bool:
        return all(link.settled for link in self.links)
