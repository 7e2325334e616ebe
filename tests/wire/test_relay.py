"""What goes through an unbroken tap, and how connections end."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.conversation import Ending, Kind, Side
from netkit.wire.recorder import Limits
from netkit.wire.tap import Tap
from netkit.wire.udp import UdpTap
from tests.wire.echo import Echo
from tests.wire.peers import LIMIT, Wire, connect_and_read, in_thread, nothing_comes, read, read_all, reset, until

NOBODY = Address("127.0.0.1", 9)


def test_bytes_pass_both_ways_and_are_recorded_in_order(wire: Wire) -> None:
    client, server = wire.connect()
    client.sendall(b"question")
    assert server.recv(100) == b"question"
    server.sendall(b"answer")
    assert client.recv(100) == b"answer"
    client.close()
    assert read_all(server) == (b"", "FIN")
    server.close()
    (said,) = wire.tap.conversations
    assert [(e.side, e.kind, e.data) for e in said.events] == [
        (Side.CLIENT, Kind.DATA, b"question"),
        (Side.SERVER, Kind.DATA, b"answer"),
        (Side.CLIENT, Kind.END, b""),
        (Side.SERVER, Kind.END, b""),
    ]
    assert (said.ending, said.from_client, said.from_server) == (Ending.CLOSED, 8, 6)
    assert said.server == wire.tap.address
    times = [0.0, *(e.time for e in said.events), said.ended]
    assert times == sorted(times)
    assert abs(said.began - time.time()) < LIMIT


def test_the_client_is_known(wire: Wire) -> None:
    client, _server = wire.connect()
    (said,) = wire.tap.conversations
    assert said.client == client.getsockname()
    assert (said.number, said.name, said.protocol, said.transport) == (1, "server", "text", "tcp")
    assert (said.ending, said.ended) == (Ending.OPEN, None)


@pytest.mark.parametrize("first", ["client", "server"])
def test_half_closed_either_way_the_other_side_goes_on(wire: Wire, first: str) -> None:
    client, server = wire.connect()
    ends, stays = (client, server) if first == "client" else (server, client)
    ends.sendall(b"the last word")
    ends.shutdown(socket.SHUT_WR)
    assert read_all(stays) == (b"the last word", "FIN")
    for word in (b"but ", b"I ", b"go on"):
        stays.sendall(word)
    assert read(ends, 11) == b"but I go on"
    assert wire.last.ending is Ending.OPEN
    stays.shutdown(socket.SHUT_WR)
    assert read_all(ends) == (b"", "FIN")
    assert wire.tap.conversations[0].ending is Ending.CLOSED


def test_ten_megabytes_in_both_directions_at_once(wire: Wire) -> None:
    client, server = wire.connect()
    there, back = b"a1" * 5_000_000, b"b2" * 5_000_000

    def answer() -> bytes:
        with in_thread(lambda: server.sendall(back)):
            data = read(server, len(there))
        server.close()
        return data

    with in_thread(answer) as got, in_thread(lambda: client.sendall(there)):
        assert read(client, len(back)) == back
    assert got == [there]
    client.close()
    assert wire.tap.conversations[0].from_client == wire.last.from_server == 10_000_000


def test_a_server_that_is_down_resets_the_client(wire: Wire) -> None:
    wire.listener.close()
    assert connect_and_read(wire.tap.address) == "RST"
    assert wire.last.ending is Ending.DOWN
    assert wire.last.events == ()


def test_a_server_that_comes_back_is_reached_again(wire: Wire) -> None:
    address = Address(*wire.listener.getsockname())
    wire.listener.close()
    assert connect_and_read(wire.tap.address) == "RST"
    wire.listener = socket.create_server(address)
    wire.listener.settimeout(LIMIT)
    client, server = wire.connect()
    client.sendall(b"again")
    assert server.recv(10) == b"again"
    wire.listener.close()


@pytest.mark.parametrize("who", ["client", "server"])
def test_a_reset_is_passed_on_as_a_reset(wire: Wire, who: str) -> None:
    client, server = wire.connect()
    client.sendall(b"half a sen")
    assert server.recv(100) == b"half a sen"
    breaks, other = (client, server) if who == "client" else (server, client)
    reset(breaks)
    with pytest.raises(ConnectionResetError):
        other.recv(1)
    said = wire.tap.conversations[0]
    assert said.ending is Ending.RESET
    assert [(e.side, e.kind) for e in said.events][1:] == [(Side(who), Kind.RESET)]


def test_a_client_that_goes_before_the_server_is_there(wire: Wire) -> None:
    for _n in range(20):
        reset(socket.create_connection(wire.tap.address, timeout=LIMIT))
    until(lambda: wire.tap.recorded == 20 and not wire.tap.links)
    assert {said.ending for said in wire.tap.conversations} <= {Ending.RESET}


def test_what_a_client_sends_and_leaves_is_there_when_it_is_asked_for(wire: Wire) -> None:
    for n in range(50):
        with socket.create_connection(wire.tap.address, timeout=LIMIT) as client:
            client.sendall(b"%d" % n)
        with in_thread(lambda: wire.listener.accept()[0].close()):
            said = wire.tap.conversations[-1]
        assert said.sent_by(Side.CLIENT) == b"%d" % n
        assert sum(e.side is Side.CLIENT and e.kind is Kind.END for e in said.events) == 1


def test_a_client_that_never_reads_fills_no_memory() -> None:
    with Wire(limits=Limits(conversation=1 << 20)) as wire:
        _client, server = wire.connect()
        server.setblocking(False)
        sent = 0
        idle = time.monotonic() + 0.5
        while time.monotonic() < idle:  # until for half a second nothing more could be sent
            try:
                sent += server.send(bytes(1 << 16))
                idle = time.monotonic() + 0.5
            except BlockingIOError:
                assert sent < 50_000_000, "nobody reads, and all is taken"
        (link,) = wire.tap.links
        assert link.client.transport.get_write_buffer_size() < 1 << 20
        assert wire.waiting == 0
        assert wire.tap.recorder.kept <= 1 << 20
        assert wire.last.from_server <= sent
        server.setblocking(True)


def test_a_server_in_the_same_process_needs_no_port() -> None:
    with Tap(Echo, name="echo") as tap, socket.create_connection(tap.address, timeout=LIMIT) as client:
        client.sendall(b"hello")
        assert read(client, 5) == b"hello"
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == (b"", "FIN")
        assert tap.conversations[0].ending is Ending.CLOSED


def test_a_server_function_that_raises_resets_the_client(problems: list[str]) -> None:
    def broken() -> Echo:
        raise LookupError("a mistake in the server")

    problems.append("mistaken: LookupError('a mistake in the server')")
    with Tap(broken, name="mistaken") as tap:
        assert connect_and_read(tap.address) == "RST"
        assert tap.conversations[0].ending is Ending.DOWN


@pytest.mark.parametrize("own_port", [True, False])
def test_200_connections_at_once_are_all_served(own_port: bool) -> None:
    behind = Tap(Echo).start()
    tap = Tap(behind.address if own_port else Echo).start()
    clients = [socket.create_connection(tap.address, timeout=LIMIT) for _n in range(200)]
    try:
        for n, client in enumerate(clients):
            client.sendall(b"%3d" % n)
        assert [read(client, 3) for client in clients] == [b"%3d" % n for n in range(200)]
        for client in clients:
            client.close()
        said = tap.conversations
        assert {c.ending for c in said} == {Ending.CLOSED}
        assert sorted(c.sent_by(Side.SERVER) for c in said) == [b"%3d" % n for n in range(200)]
    finally:
        for client in clients:
            client.close()
        tap.stop()
        behind.stop()


def test_point_at_leaves_live_connections_with_the_old_server(wire: Wire) -> None:
    client, server = wire.connect()
    with Tap(Echo) as other:
        wire.tap.point_at(other.address)
        with socket.create_connection(wire.tap.address, timeout=LIMIT) as new:
            new.sendall(b"to the new one")
            assert read(new, 14) == b"to the new one"
        client.sendall(b"to the old one")
        assert read(server, 14) == b"to the old one"


def test_a_subscriber_hears_of_each_change_and_may_leave_twice(wire: Wire) -> None:
    heard: list[bool] = []
    leave = wire.tap.subscribe(lambda: heard.append(background.here()))
    client, server = wire.connect()
    client.sendall(b"x")
    assert read(server, 1) == b"x"
    wire.tap.settle()
    assert len(heard) >= 2
    assert all(heard), "on the background thread"
    leave()
    leave()
    before = len(heard)
    client.sendall(b"y")
    assert read(server, 1) == b"y"
    wire.tap.settle()
    assert len(heard) == before


@pytest.mark.parametrize("made", [lambda: Tap(NOBODY), lambda: UdpTap(NOBODY)], ids=["TCP", "UDP"])
def test_a_subscriber_hears_of_start_and_stop(made: Callable[[], Tap | UdpTap]) -> None:
    tap = made()
    heard: list[bool] = []
    tap.subscribe(lambda: heard.append(tap.running))
    tap.start()
    tap.stop()
    assert heard == [True, False]


def test_a_subscriber_that_raises_breaks_nothing(wire: Wire, problems: list[str]) -> None:
    def bad() -> None:
        raise ZeroDivisionError("in a subscriber")

    problems.append("a subscriber of server: ZeroDivisionError('in a subscriber')")
    heard: list[int] = []
    wire.tap.subscribe(bad)
    wire.tap.subscribe(lambda: heard.append(1))
    client, server = wire.connect()
    client.sendall(b"x" * 100_000)
    assert read(server, 100_000) == b"x" * 100_000
    client.close()
    server.close()
    assert wire.tap.conversations[0].ending is Ending.CLOSED
    assert len(heard) > 3
    assert len(background.problems) == 1, "said once"


def test_clear_forgets_what_has_ended_and_keeps_what_goes_on(wire: Wire) -> None:
    client, server = wire.connect()
    client.close()
    server.close()
    until(lambda: wire.last.ending is Ending.CLOSED)
    client, server = wire.connect()
    wire.tap.clear()
    assert [said.number for said in wire.tap.conversations] == [2]
    assert wire.tap.recorded == 1  # since then
    assert nothing_comes(server, 0.05)


def test_small_answers_do_not_wait_for_each_other() -> None:
    """Nagle's algorithm (RFC 9293 section 3.7.4) is off at the client's end, as asyncio has it elsewhere."""
    with Tap(Echo) as tap, socket.create_connection(tap.address, timeout=LIMIT) as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"
        (link,) = tap.links
        assert link.client.transport is not None
        end = link.client.transport.get_extra_info("socket")
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
