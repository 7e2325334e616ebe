"""What every tap is to those who read and show conversations: a name, an address, and what was recorded."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import ClassVar, Generic, Self

from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.conversation import Conversation
from netkit.wire.faults import Faults, P
from netkit.wire.recorder import Limits, Recorder


class Source(ABC, Generic[P]):
    """One life cycle for all taps: `start`, `stop`, or a `with` block."""

    transport: ClassVar[str]
    faults: Faults[P]

    def __init__(self, name: str, protocol: str, limits: Limits | None) -> None:
        self.recorder = Recorder(name, protocol, self.transport, limits)

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
        background.run(self._start())
        return self

    def stop(self) -> None:
        """Accept no more clients, and end the live conversations. What was recorded stays."""
        background.call(self._stop)

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """What was recorded, the oldest first. What is just being closed is waited for, at most 1 s."""
        self.settle()
        return self.recorder.conversations

    @property
    def recorded(self) -> int:
        """How many conversations there were, kept or not."""
        return self.recorder.recorded

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

    async def _settle(self) -> None:
        for _again in range(3):  # what the system has already delivered is read in the next turns of the loop
            await asyncio.sleep(0)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.address}, {self.recorded} recorded)"
