"""pyftpdlib's event loop, played by netkit's: no thread of its own, and nothing that could hold up an exit.

pyftpdlib is made for a loop of its own, of which its connections need little: to be called when a socket can be read
or written, and when a time is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

READ, WRITE = 1, 2


class Timer:
    """A call to come, as pyftpdlib knows it.

    Args:
        seconds: when.
        call: what is called.
        again: whether it is called again and again.
        failed: is called when `call` raises.
    """

    def __init__(
        self, seconds: float, call: Callable[[], object], again: bool, failed: Callable[[], object] | None
    ) -> None:
        self.cancelled = False
        self._seconds, self._again = seconds, again
        self._call: Callable[[], object] | None = call
        self._failed = failed
        self._set()

    def _set(self) -> None:
        self._handle = asyncio.get_running_loop().call_later(self._seconds, self._due)

    def _due(self) -> None:
        assert self._call is not None
        try:
            self._call()
        except Exception:
            if self._failed is None:
                raise
            self._failed()
        if self._again and not self.cancelled:
            self._set()
        else:
            self.cancel()

    def reset(self) -> None:
        """Begin to wait anew."""
        self._handle.cancel()
        self._set()

    def cancel(self) -> None:
        """Call nothing any more, and hold nothing."""
        self.cancelled = True
        self._handle.cancel()
        self._call = self._failed = None


class Loop:
    """What pyftpdlib's connections call their ioloop. All of it is called on the background loop."""

    READ, WRITE = READ, WRITE

    def __init__(self) -> None:
        self.socket_map: dict[int, Any] = {}
        self._wanted: dict[int, int] = {}

    def register(self, fd: int, channel: Any, events: int) -> None:
        """Watch a socket for a connection."""
        self.socket_map[fd] = channel
        self._watch(fd, events)

    def modify(self, fd: int, events: int) -> None:
        """Watch a socket for something else."""
        if fd in self.socket_map:
            self._watch(fd, events)

    def unregister(self, fd: int) -> None:
        """Watch a socket no more."""
        if self.socket_map.pop(fd, None) is not None:
            self._watch(fd, 0)

    def call_later(self, seconds: float, call: Callable[..., object], *arguments: Any, **options: Any) -> Timer:
        """Call it once."""
        failed = options.pop("_errback", None)
        return Timer(seconds, lambda: call(*arguments, **options), again=False, failed=failed)

    def call_every(self, seconds: float, call: Callable[..., object], *arguments: Any, **options: Any) -> Timer:
        """Call it again and again."""
        failed = options.pop("_errback", None)
        return Timer(seconds, lambda: call(*arguments, **options), again=True, failed=failed)

    def _watch(self, fd: int, events: int) -> None:
        loop = asyncio.get_running_loop()
        if events & READ:
            loop.add_reader(fd, self._readable, fd)
        else:
            loop.remove_reader(fd)
        if events & WRITE:
            loop.add_writer(fd, self._writable, fd)
        else:
            loop.remove_writer(fd)
        if events:
            self._wanted[fd] = events
        else:
            self._wanted.pop(fd, None)

    def _readable(self, fd: int) -> None:
        channel = self.socket_map.get(fd)
        if channel is None:
            return
        if channel.readable():
            self._tell(channel, channel.handle_read_event)
        elif fd in self.socket_map:  # what does not read now is asked again after its next write
            asyncio.get_running_loop().remove_reader(fd)

    def _writable(self, fd: int) -> None:
        channel = self.socket_map.get(fd)
        if channel is None:
            return
        if channel.writable() or not channel.connected:
            self._tell(channel, channel.handle_write_event)
        if self._wanted.get(fd, 0) & READ and self.socket_map[fd].readable():
            asyncio.get_running_loop().add_reader(fd, self._readable, fd)

    def _tell(self, channel: Any, event: Callable[[], object]) -> None:
        try:
            event()
        except Exception:
            channel.handle_error()
