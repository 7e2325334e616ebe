"""What every tap is to those who read and show conversations: a name, an address, and what was recorded."""

from __future__ import annotations

import asyncio
import os
import threading
import time
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Any, ClassVar, Generic, Self

from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.conversation import Conversation
from netkit.wire.faults import Faults, P
from netkit.wire.recorder import Limits, Recorder, Recording

SETTLE_LIMIT = 1.0  # seconds that a reader of the conversations may wait for what is under way
TURNS = 6  # of the loop, from a connection that waits to be accepted to its bytes being read

_sources: weakref.WeakSet[Source[Any]] = weakref.WeakSet()


class Source(ABC, Generic[P]):
    """One life cycle for all taps: `start`, `stop`, or a `with` block."""

    transport: ClassVar[str]
    faults: Faults[P]

    def __init__(self, name: str, protocol: str, limits: Limits | None) -> None:
        self.recorder = Recorder(name, protocol, self.transport, limits)
        _sources.add(self)

    @property
    def name(self) -> str:
        """What the server is called."""
        return self.recorder.name

    @property
    def protocol(self) -> str:
        """Which of netkit's protocols explains the conversations."""
        return self.recorder.protocol

    @property
    def address(self) -> Address:
        """Where clients connect; (host, port)."""
        return self.recorder.address

    @property
    @abstractmethod
    def running(self) -> bool:
        """Whether clients are accepted."""

    def start(self) -> Self:
        """Accept clients from now on; returns when they are accepted.

        Raises:
            ServerError: the system gave no port.
        """
        background.run(self._started())
        return self

    def stop(self) -> None:
        """Accept no more clients, and end the live conversations. What was recorded stays."""
        background.run(self._stopped())

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """What was recorded, the oldest first. What is just being closed is waited for, at most 1 s."""
        self.settle()
        return self.recorder.conversations

    @property
    def recorded(self) -> int:
        """How many conversations there were since `clear`, kept or not."""
        return self.recorder.recorded - self.recorder.cleared

    def settle(self) -> None:
        """Wait until what the system has already delivered is written down, at most 1 s."""
        if self.running and not background.here():
            background.run(self._settle())

    def clear(self) -> None:
        """Forget the conversations that have ended."""
        self.settle()
        self.recorder.clear()

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """See `Recorder.subscribe`."""
        return self.recorder.subscribe(callback)

    @abstractmethod
    async def _start(self) -> None: ...

    @abstractmethod
    def _stop(self) -> None: ...

    def _faults_changed(self) -> None:
        """Obey the new faults, on live connections too, and tell those who show them; done when this returns."""

        def work() -> None:
            self._obey()
            self.recorder.tell()

        if background.here():
            work()
        else:
            background.call(work)

    @abstractmethod
    def _obey(self) -> None:
        """The faults were changed."""

    def _forget(self) -> None:
        """In a forked child: the sockets are the parent's."""

    @property
    def _settled(self) -> bool:
        """Whether nothing is on its way that is about to be written down."""
        return True

    async def _started(self) -> None:
        await self._start()
        self.recorder.tell()  # those who show whether it runs

    async def _stopped(self) -> None:
        self._stop()
        for _again in range(TURNS):  # the sockets are closed in the next turns of the loop
            await asyncio.sleep(0)
        self.recorder.tell()

    async def _settle(self) -> None:
        """What the system has already delivered is read in the next turns of the loop."""
        until = time.monotonic() + SETTLE_LIMIT
        quiet = 0
        while quiet < TURNS and time.monotonic() < until:
            quiet = quiet + 1 if self._settled else 0
            await asyncio.sleep(0 if quiet else 0.002)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.address}, {self.recorded} recorded)"


def recording_of(client: Address, server: Address) -> Recording | None:
    """What is being recorded of a TCP connection from that address to that tap of this process; None: it is no tap's.

    Args:
        client: the client's own address.
        server: the address that it connected to.
    """
    for source in tuple(_sources):
        if source.transport == "tcp" and (found := source.recorder.of(client, server)):
            return found
    return None


def sources() -> tuple[Source[Any], ...]:
    """Every tap of this process, also those that are stopped: an address that none of them has is not netkit's."""
    return tuple(_sources)


def _in_child() -> None:
    """What a forked child inherits of the taps: what was recorded, and the address, which is the parent's."""
    for source in tuple(_sources):
        source.recorder.lock = threading.RLock()  # the parent's background thread may have held it
        source._forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
