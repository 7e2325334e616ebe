"""netkit's own servers, of each kind one in a process: asking for one again gives the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, Self, TypeVar, cast

from netkit.servers.handle import Handle
from netkit.wire.address import loopback
from netkit.wire.tap import Tap
from netkit.wire.udp import UdpTap

if TYPE_CHECKING:
    from netkit.servers.ftp.ftp import Ftp
    from netkit.servers.mail.post import Mail
    from netkit.servers.proxy.forward import Proxy
    from netkit.servers.web.site import Web


class _Server(Protocol):
    """What can be started again and again."""

    def start(self) -> Self: ...
    def stop(self) -> None: ...


S = TypeVar("S", bound=_Server)

_lock = threading.Lock()
_handles: dict[str, _Server] = {}


def only(key: str, make: Callable[[], S]) -> S:
    """The one server of that key, started."""
    with _lock:
        if key not in _handles:
            _handles[key] = make()
        return cast(S, _handles[key]).start()


def echo() -> Handle:
    """A TCP server that sends back what it gets (RFC 862)."""
    return only("echo", lambda: Handle(Tap(Echo, name="echo")))


def dns() -> Handle:
    """A DNS server over UDP that answers for the names of the course under ``netkit.test`` (RFC 1035, 6761)."""
    from netkit.servers.dns import answer

    return only("dns", lambda: Handle(UdpTap(answer, name="dns", protocol="dns")))


def mail() -> Mail:
    """An SMTP server and a POP3 server with the same maildrops (RFC 5321, 1939)."""
    from netkit.servers.mail.post import Mail

    return only("mail", Mail)


def web() -> Web:
    """A web site, over HTTP and HTTPS, with httpbin's paths and pages of its own (RFC 9110, 9112)."""
    from netkit.servers.web.site import Web

    return only("web", Web)


def proxy() -> Proxy:
    """A forward proxy that asks no servers but netkit's own (RFC 9110 section 3.7)."""
    from netkit.servers.proxy.forward import Proxy

    return only("proxy", Proxy)


def ftp() -> Ftp:
    """An FTP server, with files in memory; its data connections are recorded too (RFC 959)."""
    from netkit.servers.ftp.ftp import Ftp

    return only("ftp", Ftp)


def xmlrpc() -> Handle:
    """An XML-RPC server with add, pow, echo and what tells of them, at the path /RPC2; it is guarded.

    ``xmlrpc.client.ServerProxy(f"http://{netkit.xmlrpc().address}")``.
    """
    from netkit.servers.web.door import WebDoor
    from netkit.servers.xmlrpc import application

    return only("xmlrpc", lambda: Handle(Tap(WebDoor(application()), name="xmlrpc", protocol="http")))


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
