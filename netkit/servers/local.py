"""netkit's own servers, of each kind one in a process: asking for one again gives the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import cast

from netkit.servers.handle import Handle
from netkit.wire.address import loopback
from netkit.wire.tap import Tap
from netkit.wire.udp import UdpTap

_lock = threading.Lock()
_handles: dict[str, Handle] = {}


def only(key: str, make: Callable[[], Handle]) -> Handle:
    """The one handle of that key, started."""
    with _lock:
        if key not in _handles:
            _handles[key] = make()
        return _handles[key].start()


def echo() -> Handle:
    """A TCP server that sends back what it gets (RFC 862)."""
    return only("echo", lambda: Handle(Tap(Echo, name="echo")))


def dns() -> Handle:
    """A DNS server over UDP that answers for the names of the course under ``netkit.test`` (RFC 1035, 6761)."""
    from netkit.servers.dns import answer

    return only("dns", lambda: Handle(UdpTap(answer, name="dns", protocol="dns")))


def tap(host: str, port: int | str, *, name: str | None = None, protocol: str = "text") -> Handle:
    """A tap in front of any TCP server on this machine; the same one when asked again.

    Args:
        host: ``"127.0.0.1"`` or ``"localhost"``.
        port: 1 to 65535.
        name: what to call it; without, its address.
        protocol: which of netkit's protocols explains the conversations.

    Raises:
        NotLocal: the host is not this machine.
        BadInput: the port is no port number.
    """
    target = loopback(host, port)
    return only(f"tcp {target}", lambda: Handle(Tap(target, name=name or str(target), protocol=protocol)))


def udp_tap(host: str, port: int | str, *, name: str | None = None, protocol: str = "text") -> Handle:
    """A tap in front of any UDP server on this machine; see `tap`."""
    target = loopback(host, port)
    return only(f"udp {target}", lambda: Handle(UdpTap(target, name=name or str(target), protocol=protocol)))


class Echo(asyncio.Protocol):
    """RFC 862: whatever comes is sent back, until the client ends."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)

    def pause_writing(self) -> None:
        self._transport.pause_reading()  # a client that does not read is not read from

    def resume_writing(self) -> None:
        self._transport.resume_reading()
