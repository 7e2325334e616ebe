"""Both ends of connections through a tap, held by the test: real sockets on 127.0.0.1, every wait with a limit."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

import psutil

from netkit.wire.address import Address
from netkit.wire.conversation import Conversation, Event, Kind, Side
from netkit.wire.tap import Tap
from netkit.wire.udp import UdpTap

LIMIT = 10.0  # seconds that anything may take
PROBE = b"\xff"  # by which a connection is tried
SENDER = {"server": Side.CLIENT, "client": Side.SERVER}  # who sends what goes toward that side


def until(condition: Callable[[], object], limit: float = LIMIT) -> None:
    """Wait for something to become true, and fail if it does not."""
    end = time.monotonic() + limit
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end, "this did not happen in time"
        pause.wait(0.002)


class Wire:
    """A tap, and a listening socket behind it: `connect` gives both ends of a new connection."""

    def __init__(self, **options: Any) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.listener.settimeout(LIMIT)
        self.tap = Tap(Address(*self.listener.getsockname()), **options)
        self._open: list[socket.socket] = [self.listener]

    def __enter__(self) -> Self:
        self.tap.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.tap.stop()
        for each in self._open:
            each.close()

    def connect(self) -> tuple[socket.socket, socket.socket]:
        """The client's end, the server's end."""
        client = socket.create_connection(self.tap.address, timeout=LIMIT)
        self._open.append(client)
        server, _address = self.listener.accept()
        server.settimeout(LIMIT)
        self._open.append(server)
        return client, server

    def ends(self, toward: str, live: bool, **faults: Any) -> tuple[socket.socket, socket.socket]:
        """A connection with a fault, set before it is made or when it is in use: the end that sends, that receives."""
        if not live:
            self.tap.faults.set(toward, **faults)
        client, server = self.connect()
        if live:
            for sender, receiver in ((client, server), (server, client)):
                sender.sendall(PROBE)
                assert receiver.recv(10) == PROBE
            self.tap.faults.set(toward, **faults)
        return (client, server) if toward == "server" else (server, client)

    def events(self, toward: str, *kinds: Kind) -> list[Event]:
        """What the sender of that direction did in the last conversation, without the bytes by which it was tried."""
        events = self.tap.recorder.conversations[-1].events
        return [e for e in events if e.side is SENDER[toward] and e.kind in kinds and e.data != PROBE]

    def data(self, toward: str, kind: Kind = Kind.DATA) -> bytes:
        """Their bytes."""
        return b"".join(event.data for event in self.events(toward, kind))

    @property
    def last(self) -> Conversation:
        """The last conversation as it stands now."""
        return self.tap.recorder.conversations[-1]

    @property
    def waiting(self) -> int:
        """Bytes that the tap holds back."""
        return sum(pipe._held for link in tuple(self.tap.links) for pipe in link.pipes)


def read_all(end: socket.socket) -> tuple[bytes, str]:
    """All that comes until the end, and which end it is: "FIN" or "RST"."""
    data = bytearray()
    try:
        while piece := end.recv(1 << 16):
            data += piece
    except ConnectionResetError:
        return bytes(data), "RST"
    return bytes(data), "FIN"


def connect_and_read(address: Address) -> str:
    """How a connection ends that is broken off at once: while it is being made, or a moment later."""
    try:
        with socket.create_connection(address, timeout=LIMIT) as client:
            return read_all(client)[1]
    except ConnectionResetError:
        return "RST"


def read(end: socket.socket, size: int) -> bytes:
    """Exactly so many bytes."""
    data = bytearray()
    while len(data) < size:
        piece = end.recv(size - len(data))
        assert piece, f"FIN after {len(data)} of {size} bytes"
        data += piece
    return bytes(data)


def nothing_comes(end: socket.socket, seconds: float = 0.15) -> bool:
    """Whether a blocking reader waits in vain."""
    before = end.gettimeout()
    end.settimeout(seconds)
    try:
        end.recv(1)
    except TimeoutError:
        return True
    finally:
        end.settimeout(before)
    return False


def reset(end: socket.socket) -> None:
    """Break the connection off: RST."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0))
    end.close()


@contextlib.contextmanager
def in_thread(work: Callable[[], object]) -> Iterator[list[object]]:
    """Run something beside the test; its result is in the list after the block, its exception is the test's."""
    results: list[object] = []
    problems: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield results
    finally:
        thread.join(LIMIT)
    assert not thread.is_alive(), "the thread did not end"
    if problems:
        raise problems[0]


class UdpWire:
    """A UDP tap with a socket behind it, and clients in front."""

    def __init__(self, **options: Any) -> None:
        self.server = self._socket()
        self.tap = UdpTap(Address(*self.server.getsockname()), **options)

    def _socket(self) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("127.0.0.1", 0))
        made.settimeout(LIMIT)
        return made

    def __enter__(self) -> Self:
        self.tap.start()
        self._clients = [self._socket()]
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.tap.stop()
        self.server.close()
        for client in self._clients:
            client.close()

    @property
    def client(self) -> socket.socket:
        """The first client."""
        return self._clients[0]

    def more(self, n: int) -> list[socket.socket]:
        """More clients."""
        made = [self._socket() for _n in range(n)]
        self._clients += made
        return made

    def send(self, *datagrams: bytes) -> None:
        """From the first client to the tap."""
        for datagram in datagrams:
            self.client.sendto(datagram, self.tap.address)

    def received(self, n: int) -> list[bytes]:
        """So many datagrams, as the server got them."""
        return [self.server.recv(70_000) for _n in range(n)]

    def events(self, side: Side, kind: Kind = Kind.DATA) -> list[bytes]:
        """Of the last conversation."""
        return [e.data for e in self.tap.conversations[-1].events if e.side is side and e.kind is kind]


def open_files() -> int:
    """How many file descriptors (on Windows: handles) this process has."""
    process = psutil.Process()
    return process.num_fds() if os.name == "posix" else process.num_handles()
