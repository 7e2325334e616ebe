"""A client by hand: it sends what it is told to, and reads replies; every wait has a limit."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from netkit.servers.handle import Handle
from tests.wire.peers import LIMIT, read_all


class Talk:
    """One connection to an address; a greeting is read at once, if there is to be one."""

    def __init__(self, address: Iterable[str | int], greeting: bytes | None = b"220") -> None:
        host, port = address
        self.socket = socket.create_connection((str(host), int(port)), timeout=LIMIT)
        self._file = self.socket.makefile("rb")
        self.greeting = b""
        if greeting is not None:
            self.greeting = self.line()
            assert self.greeting.startswith(greeting)

    def send(self, data: bytes) -> None:
        """Exactly these bytes."""
        self.socket.sendall(data)

    def line(self) -> bytes:
        """The next line; b"" when the server has ended."""
        return self._file.readline()

    def reply(self) -> bytes:
        """An SMTP reply, with all its lines."""
        said = self.line()
        while said[-1:] and said.splitlines()[-1][3:4] == b"-":
            said += self.line()
        return said

    def ask(self, data: bytes) -> bytes:
        """Send, and give the SMTP reply."""
        self.send(data)
        return self.reply()

    def pop(self, command: bytes) -> bytes:
        """Send a POP3 command, and give the first line of the reply."""
        self.send(command + b"\r\n")
        return self.line()

    def rest(self) -> bytes:
        """The rest of a POP3 reply of several lines."""
        said = b""
        while not said.endswith(b".\r\n") or (said != b".\r\n" and not said.endswith(b"\r\n.\r\n")):
            line = self.line()
            assert line, said
            said += line
        return said

    def half_close(self) -> None:
        """FIN: nothing more will be sent."""
        self.socket.shutdown(socket.SHUT_WR)

    def until_end(self) -> tuple[bytes, str]:
        """All that still comes, and how it ends: "FIN" or "RST"."""
        try:
            return self._file.read(), "FIN"
        except ConnectionResetError:
            return read_all(self.socket)

    def close(self) -> None:
        """The good end."""
        self._file.close()
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def transaction(door: Handle, data: bytes = b"", to: str = "student@netkit.test") -> Talk:
    """A connection in which DATA was answered with 354, or with `data`, the letter was begun."""
    client = Talk(door)
    for line in (b"EHLO test", b"MAIL FROM:<me@example.org>", b"RCPT TO:<" + to.encode() + b">"):
        assert client.ask(line + b"\r\n").startswith(b"250")
    assert client.ask(b"DATA\r\n").startswith(b"354")
    client.send(data)
    return client


def login(door: Handle, user: str = "student", password: str = "secretword") -> Talk:
    """A POP3 connection in the TRANSACTION state."""
    client = Talk(door, b"+OK")
    assert client.pop(f"USER {user}".encode()).startswith(b"+OK")
    assert client.pop(f"PASS {password}".encode()).startswith(b"+OK")
    return client
