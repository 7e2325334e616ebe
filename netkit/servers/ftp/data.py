"""Data connections behind a tap: each has a port of its own, and all of them are one source of conversations."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.link import Link
from netkit.wire.owner import may_connect
from netkit.wire.speakers import announce
from netkit.wire.tap import Tap


class DataTap(Tap):
    """What passes over data connections. Each conversation is one of them, its two ends as TCP sees them.

    In passive mode the FTP client is the client of the data connection too. In active mode the FTP server connects, so
    there the conversation's client is the FTP server. The tap's own address is the newest port that was opened.
    """

    def __init__(self) -> None:
        super().__init__(Address("127.0.0.1", 0), name="ftp.data", protocol="text")
        self.ports: set[Port] = set()
        self._runs = False

    @property
    def running(self) -> bool:
        """Whether data connections are made."""
        return self._runs

    def opened(self, sock: socket.socket) -> socket.socket:
        """Relay a connection that the server has opened.

        Args:
            sock: it is connected; from now on it is the tap's.

        Returns:
            The end at which the server speaks.

        Raises:
            OSError: the client is gone.
        """
        here, there = Address(*sock.getsockname()[:2]), Address(*sock.getpeername()[:2])
        ours, theirs = socket.socketpair()
        sock.setblocking(False)

        async def connect(end: asyncio.Protocol) -> None:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: end, sock)

        self.attach(ours, OpenedLink(Way(self, there, connect), here))
        return theirs

    def attach(self, sock: socket.socket, link: Link) -> None:
        """Make a socket the client's end of a link."""

        async def attach() -> None:
            try:
                await asyncio.get_running_loop().connect_accepted_socket(lambda: link.client, sock)
            except OSError:
                sock.close()

        self.keep(asyncio.get_running_loop().create_task(attach()))

    async def _start(self) -> None:
        if not self._runs:
            self._runs = True
            background.at_exit(self._stop)

    def _stop(self) -> None:
        self._runs = False
        for port in tuple(self.ports):
            port.close()
        super()._stop()

    def _forget(self) -> None:
        super()._forget()
        self._runs = False
        self.ports.clear()


class Port:
    """A port of the tap, on which one data connection is awaited.

    Args:
        tap: which records it.
        taken: is given the server's end when the client comes; it raises OSError if nobody waits for it any more.
    """

    def __init__(self, tap: DataTap, taken: Callable[[socket.socket], None]) -> None:
        self._tap, self._taken = tap, taken
        self._listening = _listening()
        self._listening.setblocking(False)
        self.address = tap.recorder.address = Address(*self._listening.getsockname()[:2])
        tap.ports.add(self)
        asyncio.get_running_loop().add_reader(self._listening, self._accept)

    def close(self) -> None:
        """Nobody else is let in; harmless when it is closed already."""
        if self._listening.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._listening)
            self._listening.close()
        self._tap.ports.discard(self)

    def _accept(self) -> None:
        try:
            sock, peer = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError:  # too many open files: or it would be asked again and again
            self.close()
            return
        sock.setblocking(False)
        if may_connect(Address(*peer[:2]), self.address)[0]:
            self.close()  # one connection; another user's does not take the client's place
        self._tap.attach(sock, Link(Way(self._tap, self.address, self._connect)))

    async def _connect(self, end: asyncio.Protocol) -> None:
        ours, theirs = socket.socketpair()
        try:
            self._taken(theirs)
        except BaseException:
            ours.close()
            theirs.close()
            raise
        await asyncio.get_running_loop().connect_accepted_socket(lambda: end, ours)


def _listening() -> socket.socket:
    """At a port whose second byte has three digits, as its first one has: then replies to PASV are of one length.

    So a dialogue that a notebook has stored is of the same size when it is run again. Where the ports above the
    system's choice are taken, the choice stands.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    if port % 256 < 100:
        for above in range(port + 100, port + 156):
            with contextlib.suppress(OSError):
                other = socket.create_server(("127.0.0.1", above))
                listening.close()
                return other
    return listening


class Way:
    """What a link of the data tap takes for its tap: the connection's own address, and how the other end is reached."""

    def __init__(self, tap: DataTap, address: Address, connect: Callable[[asyncio.Protocol], Awaitable[None]]) -> None:
        self.name, self.address = tap.name, address
        self.links, self.faults, self.recorder = tap.links, tap.faults, tap.recorder
        self._tap, self._connect = tap, connect

    def join(self, end: asyncio.Protocol, client: Address) -> bool:
        """See `Tap.join`: its server is behind a socket."""
        return False

    async def connect(self, end: asyncio.Protocol, client: Address) -> None:
        """Connect the link's server end."""
        await self._connect(end)

    def keep(self, task: asyncio.Task[None]) -> None:
        """See `Tap.keep`."""
        self._tap.keep(task)


class OpenedLink(Link):
    """A data connection in active mode: its client is the server of this process."""

    def __init__(self, way: Way, here: Address) -> None:
        super().__init__(way)
        self._here = here

    def _who(self, transport: asyncio.Transport) -> tuple[Address, bool, int | None]:
        announce(self._here, self.tap.address, "ftp")  # or who reads it would take the learner's program for the client
        return self._here, True, None
