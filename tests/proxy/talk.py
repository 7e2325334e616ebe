"""An origin server in the test's own hands, behind a tap of netkit's, and what a client says to the proxy."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self

from netkit.servers.proxy.forward import Proxy
from tests.web.talk import connect
from tests.wire.peers import LIMIT, Wire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def head_of(sock: socket.socket) -> bytes:
    """What comes up to the empty line, and not a byte more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        got = sock.recv(1)
        assert got, head
        head += got
    return head


class Between:
    """A client, the proxy, and an origin server: both ends are the test's."""

    def __init__(self, proxy: Proxy, wire: Wire) -> None:
        self.proxy, self.wire = proxy, wire
        self.at = str(wire.tap.address).encode()
        self.url = b"http://" + self.at
        self.client = connect(proxy)
        self._open: list[socket.socket] = [self.client]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        for each in self._open:
            each.close()

    def accept(self) -> socket.socket:
        """The proxy's next connection to the server."""
        sock, _peer = self.wire.listener.accept()
        sock.settimeout(LIMIT)
        self._open.append(sock)
        return sock

    def send(self, request: bytes, *fields: bytes, body: bytes = b"") -> None:
        """A request; ``%s`` in it is the server's URL."""
        first = request.replace(b"%s", self.url)
        self.client.sendall(b"\r\n".join((first, b"Host: h", *fields, b"", b"")) + body)

    def get(self, *fields: bytes) -> socket.socket:
        """GET, and the server's end with its head still unread."""
        self.send(b"GET %s/ HTTP/1.1", *fields)
        return self.accept()

    def no_one_called(self) -> bool:
        """Whether the server has had no connection."""
        return self.wire.tap.recorded == 0
