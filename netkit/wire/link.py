"""A connection through a TCP tap: the client's end, the server's end, and a pipe each way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Callable
from typing import Protocol, cast

from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.conversation import Ending, Kind, Side
from netkit.wire.faults import Faults, Plan
from netkit.wire.gate import Gate
from netkit.wire.lines import LineFaults
from netkit.wire.owner import may_connect
from netkit.wire.pipe import Pipe
from netkit.wire.recorder import Recorder, Recording
from netkit.wire.source import SETTLE_LIMIT

CONNECT_LIMIT = 10.0  # seconds that the server behind the tap may take to accept
LINGER = 0.2  # seconds in which a cut connection still takes what is on its way: else the close becomes a reset


class Takes(Protocol):
    """A pipe, or a gate in front of it."""

    recording: Recording

    def feed(self, data: bytes) -> None: ...


class Relay(Protocol):
    """What a connection needs of its tap."""

    links: set[Link]
    faults: Faults[Plan]
    recorder: Recorder

    @property
    def name(self) -> str: ...
    @property
    def address(self) -> Address: ...
    def join(self, end: asyncio.Protocol, client: Address) -> bool: ...
    async def connect(self, end: asyncio.Protocol, client: Address) -> None: ...
    def keep(self, task: asyncio.Task[None]) -> None: ...


class End(asyncio.Protocol):
    """One end of a tapped connection: what comes in at it goes into its pipe."""

    def __init__(self, link: Link, side: Side) -> None:
        self.link = link
        self.side = side
        self.transport: asyncio.Transport | None = None
        self.pipe: Takes | None = None  # from here to the other end
        self.onto: Pipe | None = None  # from the other end to here

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.link.made(self)

    def data_received(self, data: bytes) -> None:
        assert self.pipe is not None
        if self.link.over:  # a fault has cut it off, and its sender does not know yet
            self.pipe.recording.add(self.side, Kind.LOST, data)
        else:
            self.pipe.feed(data)

    def eof_received(self) -> bool:
        if self.link.over or self.pipe is None:
            return False  # both sides have ended it now: close
        self.pipe.feed(b"")
        return True  # half-closed: the other side may go on sending

    def pause_writing(self) -> None:
        if self.onto is not None:
            self.onto.pause()

    def resume_writing(self) -> None:
        if self.onto is not None:
            self.onto.resume()

    def connection_lost(self, problem: Exception | None) -> None:
        self.transport = None
        self.link.lost(self.side, problem)


class Link:
    """A connection through the tap: the client's end, the server's end, and a pipe each way."""

    def __init__(self, tap: Relay) -> None:
        self.tap = tap
        self.client, self.server = End(self, Side.CLIENT), End(self, Side.SERVER)
        self.ends = (self.client, self.server)
        self.recording: Recording | None = None
        self.pipes: tuple[Pipe, ...] = ()
        self.gate: Gate | None = None  # since there are faults at lines
        self.over = False
        self._calling = False  # the server has not accepted yet

    def made(self, end: End) -> None:
        """One of the ends is connected."""
        assert end.transport is not None
        if end is self.client:
            self._arrived(end.transport)
        elif self.over:
            end.transport.abort()  # the client has gone while the server was being called

    def _arrived(self, transport: asyncio.Transport) -> None:
        client, allowed, user = self._who(transport)
        self.recording = self.tap.recorder.begin(client, user, self.tap.address)
        self.tap.links.add(self)
        if not allowed:
            self.finish(Ending.REFUSED, reset=True)
            return
        for end, other, way in ((self.client, self.server, "server"), (self.server, self.client, "client")):
            pipe = Pipe(end.side, self._plan(way), self.recording, self._broken, self._done)
            end.pipe = other.onto = pipe
            self.pipes += (pipe,)
        self.pipes[0].source = self.pipes[1].target = transport
        self._gate_in()
        try:
            if self.tap.join(self.server, client):
                self._reached()
                return
        except Exception as problem:  # whatever a server's factory raises
            self._unreachable(problem)
            return
        transport.pause_reading()  # until the server is there
        self._calling = True
        self.tap.keep(asyncio.get_running_loop().create_task(self._call_server(client)))

    def _who(self, transport: asyncio.Transport) -> tuple[Address, bool, int | None]:
        """The client's address, whether it may connect, and its user id."""
        client = Address(*transport.get_extra_info("peername")[:2])
        return client, *may_connect(client, self.tap.address)

    def _plan(self, way: str) -> Callable[[], Plan]:
        faults = self.tap.faults
        return lambda: faults.plans[way]

    async def _call_server(self, client: Address) -> None:
        try:
            async with asyncio.timeout(CONNECT_LIMIT):
                await self.tap.connect(self.server, client)
        except Exception as problem:  # OSError, TimeoutError
            self._unreachable(problem)
            return
        finally:
            self._calling = False
        self._reached()

    def _unreachable(self, problem: Exception) -> None:
        if not isinstance(problem, OSError):
            background.note(self.tap.name, problem)
        self.finish(Ending.DOWN, reset=True)

    def _reached(self) -> None:
        if self.over or self.client.transport is None:
            return
        self.pipes[1].source = self.pipes[0].target = self.server.transport
        self.client.transport.resume_reading()
        self.changed()

    def _gate_in(self) -> None:
        """With a fault at a line, a gate stands between the pipes and the server from now on."""
        faults = self.tap.faults
        if self.gate is None and isinstance(faults, LineFaults) and faults.rules and self.recording is not None:
            if not self.pipes or self.over or not self.recording.whole:
                return
            self.gate = Gate(faults, *self.pipes)
            self.gate.catch_up(self.recording.snapshot().events)
            self.pipes[0].gate = self.server.pipe = self.gate

    def changed(self) -> None:
        """The faults were changed."""
        self._gate_in()
        if self.gate is not None:
            self.gate.changed()
        if self.server.transport is not None and not self.over:
            for pipe in self.pipes:
                pipe.changed()

    @property
    def settled(self) -> bool:
        """Whether nothing is on its way that is about to be written down: the other side's FIN, above all."""
        if self.over or self.recording is None:
            return True
        if self._calling or any(pipe.busy for pipe in self.pipes) or (self.gate is not None and self.gate.busy):
            return False
        now = self.recording.now()
        return all(pipe.ended is None or now - pipe.ended > SETTLE_LIMIT for pipe in self.pipes)

    def lost(self, side: Side, problem: Exception | None) -> None:
        """A side's connection is gone: after its FIN in good order, or by a reset."""
        if not self.over and self.recording is not None and problem is None:
            self.finish(Ending.CLOSED)
        elif not self.over and self.recording is not None:
            by = side if isinstance(problem, OSError) else Side.TAP  # else: a mistake of our own; asyncio notes it
            self.recording.add(by, Kind.RESET)
            self.finish(Ending.RESET, reset=True)
        self._leave()

    def _leave(self) -> None:
        """The tap holds it until both ends are closed, so that stopping can close what still has bytes to give."""
        if self.over and self.client.transport is None and self.server.transport is None:
            self.tap.links.discard(self)

    def _done(self) -> None:
        if all(pipe.ended is not None for pipe in self.pipes):
            self.finish(Ending.CLOSED)

    def _broken(self, how: Kind) -> None:
        assert self.recording is not None
        if not self.over:
            for pipe in self.pipes:
                pipe.stop()
            self.recording.add(Side.TAP, how)
            self.finish(Ending.CUT, reset=how is Kind.RESET)

    def finish(self, how: Ending, reset: bool = False) -> None:
        """End it, both sides."""
        if self.over or self.recording is None:
            return
        self.over = True
        for pipe in self.pipes:
            pipe.stop(record=how is not Ending.DOWN)  # before a server is there, what is read is a matter of chance
        if self.gate is not None:
            self.gate.stop()
        self.recording.end(how)
        for end in self.ends:
            if end.transport is not None:
                _close(end.transport, reset, how)
        self._leave()

    def stop(self) -> None:
        """The tap is stopped: nothing stays open."""
        self.finish(Ending.STOPPED)
        for end in self.ends:
            if end.transport is not None:
                end.transport.abort()


def _close(transport: asyncio.Transport, reset: bool, how: Ending) -> None:
    if reset:
        with contextlib.suppress(OSError):
            now = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)  # linger for 0 s: RST in place of FIN
            if (made := transport.get_extra_info("socket")) is not None:  # a server that is joined to the tap has none
                made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        transport.abort()
    elif how is Ending.CUT and not transport.is_closing():
        with contextlib.suppress(OSError, RuntimeError):
            transport.write_eof()
        transport.resume_reading()
        asyncio.get_running_loop().call_later(LINGER, transport.close)  # when all that was passed on is with the peer
    else:
        transport.close()
