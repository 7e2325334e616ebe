"""What a cell holds of a running server: its address, its conversations, its faults, start and stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

from netkit.wire.address import Address
from netkit.wire.conversation import Conversation
from netkit.wire.faults import Faults
from netkit.wire.lines import Dialect, LineFaults
from netkit.wire.tap import Tap, Target
from netkit.wire.udp import UdpTap


class Handle:
    """A server behind a tap.

    As the last line of a cell it is the inspector; ``print`` says the same as text.

    Args:
        tap: what stands in front of the server.
    """

    def __init__(self, tap: Tap | UdpTap) -> None:
        self.tap = tap

    @property
    def name(self) -> str:
        """What the server is called."""
        return self.tap.name

    @property
    def protocol(self) -> str:
        """Which of netkit's protocols explains the conversations."""
        return self.tap.protocol

    @property
    def transport(self) -> str:
        """``"tcp"`` or ``"udp"``."""
        return self.tap.transport

    @property
    def address(self) -> Address:
        """Where clients reach it, a (host, port) pair: ``socket.create_connection(NAME.address)``."""
        return self.tap.address

    def __iter__(self) -> Iterator[str | int]:
        """Host and port: ``smtplib.SMTP(*NAME)``."""
        return iter(self.address)

    @property
    def running(self) -> bool:
        """Whether clients are accepted."""
        return self.tap.running

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """What was recorded, the oldest first."""
        return self.tap.conversations

    @property
    def recorded(self) -> int:
        """How many conversations there were, kept or not."""
        return self.tap.recorded

    @property
    def faults(self) -> Faults[Any]:
        """What the tap breaks: ``NAME.faults.set(pieces=3)``, ``NAME.faults.clear()``."""
        return self.tap.faults

    def peek(self) -> tuple[Conversation, ...]:
        """What was recorded up to now, without waiting for what is just being closed."""
        return self.tap.recorder.conversations

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """See `netkit.wire.recorder.Recorder.subscribe`."""
        return self.tap.subscribe(callback)

    def clear(self) -> None:
        """Forget the conversations that have ended."""
        self.tap.clear()

    def start(self) -> Self:
        """Accept clients; harmless when it does already."""
        self.tap.start()
        return self

    def stop(self) -> None:
        """Accept no more clients; harmless when it is stopped already. What was recorded stays."""
        self.tap.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def __repr__(self) -> str:
        from netkit.export.text import transcripts

        return transcripts(self)


class LineHandle(Handle):
    """A server whose protocol goes line by line: its faults can be set by command, too.

    Args:
        target: see `Tap`.
        name: what the server is called.
        protocol: which of netkit's protocols explains the conversations.
        dialect: what netkit must know of that protocol.
    """

    def __init__(self, target: Target, *, name: str, protocol: str, dialect: Dialect) -> None:
        tap = Tap(target, name=name, protocol=protocol, dialect=dialect)
        super().__init__(tap)
        assert isinstance(tap.faults, LineFaults)
        self._faults = tap.faults

    @property
    def faults(self) -> LineFaults:
        """What the tap breaks: as with every server, and ``NAME.faults.reply("RCPT", 550)``."""
        return self._faults
