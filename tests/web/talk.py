"""Clients by hand: exactly these bytes, and what comes back; every wait has a limit."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from netkit.servers.web.site import Web
from tests.wire.peers import LIMIT


@dataclass
class Answer:
    """A response.

    Attributes:
        status: its code.
        header: its fields.
        body: its bytes, decoded from chunks.
    """

    status: int
    header: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """What the body says."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body, if it is UTF-8."""
        return self.body.decode()


def ask(web: Web, target: str, method: str = "GET", body: bytes | None = None, **header: str) -> Answer:
    """One request of http.client's; the fields' names with _ for -."""
    client = http.client.HTTPConnection(*web.http, timeout=LIMIT)
    try:
        client.request(method, target, body, {name.replace("_", "-"): value for name, value in header.items()})
        response = client.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        client.close()


def connect(address: Iterable[str | int]) -> socket.socket:
    """A connection in which every wait has a limit."""
    host, port = address
    return socket.create_connection((str(host), int(port)), timeout=LIMIT)


def raw(address: Iterable[str | int], *pieces: bytes, half_close: bool = False) -> bytes:
    """Send, and read until the server ends; also when it has enough before all is sent."""
    said = b""
    with connect(address) as sock:
        with contextlib.suppress(OSError):
            for piece in pieces:
                sock.sendall(piece)
            if half_close:
                sock.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            while got := sock.recv(65536):
                said += got
    return said


def answers(said: bytes, methods: Iterable[str] = ()) -> list[Answer]:
    """The responses in a row; each must be whole, with nothing in between."""
    found, asked = [], list(methods)
    stream = _Stream(said)
    while stream.tell() < len(said):
        response = http.client.HTTPResponse(stream, method=asked.pop(0) if asked else "GET")  # type: ignore[arg-type]
        response.begin()
        found.append(Answer(response.status, response.headers, response.read()))
    return found


class _Stream(io.BytesIO):
    """As a socket, for HTTPResponse; it stays open for the next one."""

    def makefile(self, _mode: str) -> io.BytesIO:
        return self

    def close(self) -> None:
        pass
