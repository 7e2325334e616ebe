"""Learners' servers, as cells would hold them, and what tests do with them."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import psutil

LIMIT = 10.0  # seconds that a test waits for anything

PALINDROME = """
import socket

with socket.create_server(("127.0.0.1", 0)) as listener:
    while True:
        sock, peer = listener.accept()
        with sock:
            while data := sock.recv(1024):
                sock.sendall(data[::-1])
"""

SHOUT = PALINDROME.replace("data[::-1]", "data.upper()")

UDP = """
import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.bind(("127.0.0.1", 0))
    while True:
        data, peer = sock.recvfrom(65535)
        sock.sendto(data[::-1], peer)
"""


def ask(address: tuple[str, int], data: bytes) -> bytes:
    """What a server that answers as much as it gets says to this."""
    with socket.create_connection(address, LIMIT) as sock:
        sock.sendall(data)
        answer = b""
        while len(answer) < len(data) and (piece := sock.recv(1024)):
            answer += piece
        return answer


def ask_udp(address: tuple[str, int], data: bytes) -> bytes:
    """The datagram that comes back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(LIMIT)
        sock.sendto(data, address)
        return sock.recv(65535)


def until(happened: Callable[[], object], what: str, limit: float = LIMIT) -> None:
    """Wait until it has happened; fail when it does not."""
    end = time.monotonic() + limit
    while not happened():
        assert time.monotonic() < end, f"not within {limit} s: {what}"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    """Whether the process runs no more; a zombie that its new parent has not reaped yet is gone, too."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
