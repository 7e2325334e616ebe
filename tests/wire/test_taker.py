"""A server that takes the socket itself, as tornado's does, behind a tap."""

from __future__ import annotations

import socket
import threading

import pytest

from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.conversation import Ending, Side
from netkit.wire.tap import Tap
from tests.wire.peers import LIMIT, connect_and_read, open_files, until


class Shouter:
    """Answers in capitals, in a thread for each connection."""

    def __init__(self) -> None:
        self.on_loop: list[bool] = []

    def take(self, end: socket.socket, client: Address) -> None:
        self.on_loop.append(background.here())
        end.setblocking(True)
        threading.Thread(target=self._serve, args=(end,)).start()

    def _serve(self, end: socket.socket) -> None:
        with end:
            while data := end.recv(100):
                end.sendall(data.upper())


class Busy:
    """Takes nobody."""

    def take(self, end: socket.socket, client: Address) -> None:
        raise OSError("no more sockets")


def test_it_gets_one_end_of_each_connection() -> None:
    server = Shouter()
    with Tap(server) as tap:
        for _n in range(3):
            with socket.create_connection(tap.address, timeout=LIMIT) as client:
                client.sendall(b"hello")
                assert client.recv(100) == b"HELLO"
        assert server.on_loop == [True] * 3
        said = tap.conversations[-1]
        assert (said.sent_by(Side.CLIENT), said.sent_by(Side.SERVER)) == (b"hello", b"HELLO")
        assert said.ending is Ending.CLOSED


def test_one_that_takes_nobody() -> None:
    with Tap(Busy()) as tap:
        connect_and_read(tap.address)
        before = open_files()
        for _n in range(5):
            assert connect_and_read(tap.address) == "RST"
        assert {said.ending for said in tap.conversations} == {Ending.DOWN}
        until(lambda: open_files() <= before)


@pytest.mark.parametrize("stopped", ["tap", "client"])
def test_its_connection_ends_with_the_others(stopped: str) -> None:
    threads = threading.active_count()
    with Tap(Shouter()) as tap, socket.create_connection(tap.address, timeout=LIMIT) as client:
        client.sendall(b"hello")
        assert client.recv(100) == b"HELLO"
        assert threading.active_count() > threads
        if stopped == "tap":
            tap.stop()
        else:
            client.close()
        until(lambda: threading.active_count() == threads)
