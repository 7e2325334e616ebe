"""Control connections by hand, and ftplib's."""

from __future__ import annotations

import ftplib
import re
import socket
from types import TracebackType
from typing import Self

from netkit.servers.ftp.ftp import Ftp
from netkit.wire import background
from tests.wire.peers import LIMIT


def client(ftp: Ftp, user: str = "anonymous", password: str = "", *, passive: bool = True) -> ftplib.FTP:
    """ftplib, signed in."""
    made = ftplib.FTP(timeout=LIMIT)
    made.connect(*ftp.address)
    made.login(user, password)
    made.set_pasv(passive)
    return made


class Talk:
    """A control connection: what is sent is bytes, what comes is replies."""

    def __init__(self, ftp: Ftp, user: str = "") -> None:
        self.sock = socket.create_connection(ftp.address, timeout=LIMIT)
        self._file = self.sock.makefile("rb")
        assert self.reply() == "220 netkit FTP server ready."
        if user:
            assert self.ask(f"USER {user}").startswith("331 ")
            assert self.ask(f"PASS {ftp.users.get(user, '')}").startswith("230 ")

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.sock.sendall(data)

    def reply(self) -> str:
        """The last line of the next reply; "" at the end."""
        line = self._file.readline().decode()
        if line[3:4] == "-":
            code = line[:3]
            while not line.startswith(f"{code} "):
                line = self._file.readline().decode()
                assert line, "the end of a reply did not come"
        assert not line or line.endswith("\r\n")
        return line.removesuffix("\r\n")

    def ask(self, command: str) -> str:
        """What is answered to a command."""
        self.send(f"{command}\r\n".encode())
        return self.reply()

    def passive(self) -> socket.socket:
        """A data connection."""
        return socket.create_connection(("127.0.0.1", port_of(self.ask("PASV"))), timeout=LIMIT)

    def close(self) -> None:
        """Close it."""
        self._file.close()
        self.sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def large(ftp: Ftp) -> str:
    """The path of a file that no buffers on the way can take whole: its transfer goes on until it is read."""
    background.call(lambda: ftp._tree._add("/pub/large.bin", bytes(30 << 20), 0))
    return "/pub/large.bin"


def port_of(reply: str) -> int:
    """The port of a reply to PASV."""
    found = re.fullmatch(r"227 Entering Passive Mode \(127,0,0,1,(\d+),(\d+)\)\.", reply)
    assert found, reply
    return int(found[1]) * 256 + int(found[2])


def rest(sock: socket.socket) -> bytes:
    """All that comes up to the end."""
    return b"".join(iter(lambda: sock.recv(65536), b""))
