"""What ``--show`` prints, for conversations of every kind."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import cast

import pytest

from netkit.servers.handle import Handle
from netkit.terminal_show import Show
from netkit.wire.recorder import Limits
from netkit.wire.tap import Tap

LIMIT = 10.0


class Shout(asyncio.Protocol):
    """Answers each piece in capital letters."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data.upper())


@pytest.fixture
def shout() -> Iterator[Handle]:
    with Handle(Tap(Shout, name="shout")) as handle:
        yield handle


class Client:
    """Says something, waits for the answer."""

    def __init__(self, handle: Handle) -> None:
        self.sock = socket.create_connection(handle.address, LIMIT)

    def say(self, data: bytes) -> None:
        self.sock.sendall(data)
        got = 0
        while got < len(data):
            got += len(self.sock.recv(len(data)))

    def close(self, handle: Handle) -> None:
        self.sock.close()
        assert handle.conversations  # waits for the end of what is just being closed


def without_times(lines: list[str]) -> list[str]:
    return [line.split("  ", 1)[1] for line in lines]


def test_lines_are_shown_once_each(shout: Handle) -> None:
    show = Show([shout])
    assert show.news() == []
    client = Client(shout)
    port = client.sock.getsockname()[1]
    client.say(b"one\n")
    assert without_times(show.news()) == [
        f"shout 1  begins: 127.0.0.1:{port}",
        "shout 1  client → server  4 bytes  one\\n",
        "shout 1  server → client  4 bytes  ONE\\n",
    ]
    assert show.news() == []
    client.say(b"two\n")
    assert without_times(show.news()) == [
        "shout 1  client → server  4 bytes  two\\n",
        "shout 1  server → client  4 bytes  TWO\\n",
    ]
    client.close(shout)
    assert without_times(show.news()) == [
        "shout 1  client → server  FIN: will send no more",
        "shout 1  server → client  FIN: will send no more",
        "shout 1  closed in good order",
    ]
    assert show.news() == []


def test_an_unfinished_line_is_held_back_until_it_is_whole(shout: Handle) -> None:
    show = Show([shout])
    client = Client(shout)
    client.say(b"ab")
    assert without_times(show.news())[1:] == ["shout 1  client → server  2 bytes  ab"]  # the server spoke after it
    client.sock.sendall(b"c")
    assert client.sock.recv(1) == b"C"
    assert without_times(show.news()) == [
        "shout 1  server → client  2 bytes  AB",
        "shout 1  client → server  1 byte  c",
    ]
    client.close(shout)
    assert without_times(show.news())[0] == "shout 1  server → client  1 byte  C"


def test_conversations_that_went_by_between_two_looks_are_counted() -> None:
    with Handle(Tap(Shout, name="shout", limits=Limits(conversations=2))) as handle:
        show = Show([handle])
        for _time in range(5):
            client = Client(handle)
            client.say(b"x\n")
            client.close(handle)
        said = without_times(show.news())
        assert said[0].startswith("shout: 3 conversations went by too fast")
        assert [line.split()[1] for line in said if "begins" in line] == ["4", "5"]


def test_what_is_longer_than_netkit_keeps_is_not_shown_to_its_end() -> None:
    with Handle(Tap(Shout, name="shout", limits=Limits(conversation=4000))) as handle:
        show = Show([handle])
        client = Client(handle)
        client.say(b"first\n")
        assert len(show.news()) == 3
        for _time in range(20):
            client.say(b"y" * 99 + b"\n")
        assert without_times(show.news()) == ["shout 1  longer than netkit keeps: from here on it is not shown"]
        client.say(b"z\n")
        assert show.news() == []
        client.close(handle)
        assert without_times(show.news()) == ["shout 1  closed in good order"]


def test_what_clients_say_at_once_stands_in_the_order_of_time(shout: Handle) -> None:
    show = Show([shout])
    clients = [Client(shout) for _client in range(5)]
    threads = [threading.Thread(target=client.say, args=(b"hello\n",)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    for client in clients:
        client.close(shout)
    said = show.news()
    assert len(said) == 5 * 6
    assert [line[:12] for line in said] == sorted(line[:12] for line in said)
