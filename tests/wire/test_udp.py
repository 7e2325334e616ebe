"""Datagrams through the UDP tap, and what it can do to them."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netkit.wire import flow
from netkit.wire.address import Address
from netkit.wire.conversation import Ending, Kind, Side
from netkit.wire.udp import FLOWS, UdpTap
from tests.wire.peers import LIMIT, UdpWire, open_files, until

NUMBERS = [b"%d" % n for n in range(30)]
both_ways = pytest.mark.parametrize("toward", ["server", "client"])


def carried(udp: UdpWire, toward: str, datagrams: list[bytes], n: int) -> list[bytes]:
    """What arrives, when these are sent that way and n of them are waited for."""
    udp.client.sendto(b"first", udp.tap.address)
    data, tap_end = udp.server.recvfrom(100)
    while data != b"first":
        data, tap_end = udp.server.recvfrom(100)
    sender, receiver, to = (
        (udp.client, udp.server, udp.tap.address) if toward == "server" else (udp.server, udp.client, tap_end)
    )
    for datagram in datagrams:
        sender.sendto(datagram, to)
    return [receiver.recv(70_000) for _n in range(n)]


def quiet(end: socket.socket) -> bool:
    """Whether nothing more comes."""
    end.settimeout(0.05)
    try:
        end.recv(70_000)
    except TimeoutError:
        return True
    finally:
        end.settimeout(LIMIT)
    return False


def test_datagrams_pass_both_ways_and_are_recorded(udp: UdpWire) -> None:
    udp.send(b"question")
    data, address = udp.server.recvfrom(100)
    assert data == b"question"
    udp.server.sendto(b"answer", address)
    assert udp.client.recvfrom(100) == (b"answer", udp.tap.address)
    (said,) = udp.tap.conversations
    assert [(e.side, e.kind, e.data) for e in said.events] == [
        (Side.CLIENT, Kind.DATA, b"question"),
        (Side.SERVER, Kind.DATA, b"answer"),
    ]
    assert (said.client, said.server) == (udp.client.getsockname(), udp.tap.address)
    assert (said.ending, said.transport, said.from_client, said.from_server) == (Ending.OPEN, "udp", 8, 6)


@both_ways
@pytest.mark.parametrize("size", [0, 1, 1500, 65_507])
def test_datagrams_of_all_sizes(udp: UdpWire, toward: str, size: int) -> None:
    data = bytes(n % 251 for n in range(size))
    assert carried(udp, toward, [data], 1) == [data]
    side = Side.CLIENT if toward == "server" else Side.SERVER
    assert udp.events(side)[-1] == data
    assert udp.tap.conversations[0].events[-1].size == size


def test_each_client_has_a_conversation_and_gets_its_own_answer(udp: UdpWire) -> None:
    clients = [udp.client, *udp.more(9)]
    for n, client in enumerate(clients):
        client.sendto(b"%d" % n, udp.tap.address)
    for _n in clients:
        data, address = udp.server.recvfrom(10)
        udp.server.sendto(data * 2, address)
    assert [client.recv(10) for client in clients] == [b"%d" % n * 2 for n in range(10)]
    assert sorted(said.sent_by(Side.SERVER) for said in udp.tap.conversations) == [b"%d" % n * 2 for n in range(10)]


def test_more_clients_than_it_holds_at_once(udp: UdpWire) -> None:
    clients = udp.more(FLOWS + 20)
    files = open_files()
    for n, client in enumerate(clients):
        client.sendto(b"%d" % n, udp.tap.address)
        assert udp.server.recv(10) == b"%d" % n
    said = udp.tap.conversations
    assert len(said) == FLOWS + 20
    assert [c.ending for c in said] == [Ending.CLOSED] * 20 + [Ending.OPEN] * FLOWS, "the oldest had to go"
    assert open_files() - files == FLOWS
    clients[0].sendto(b"again", udp.tap.address)
    assert udp.server.recv(10) == b"again"
    assert len(udp.tap.conversations) == FLOWS + 21
    udp.tap.stop()
    assert open_files() == files - 1


def test_the_one_that_was_silent_for_longest_goes_first(udp: UdpWire, monkeypatch: pytest.MonkeyPatch) -> None:
    from netkit.wire import udp as module

    monkeypatch.setattr(module, "FLOWS", 2)
    first, second, third = udp.more(3)
    for client in (first, second, first, third):
        client.sendto(b"x", udp.tap.address)
        udp.server.recv(10)
    assert [said.ending for said in udp.tap.conversations] == [Ending.OPEN, Ending.CLOSED, Ending.OPEN]


def test_a_client_that_was_silent_for_a_minute_makes_room(udp: UdpWire, monkeypatch: pytest.MonkeyPatch) -> None:
    from netkit.wire import udp as module

    udp.send(b"x")
    udp.received(1)
    monkeypatch.setattr(module, "IDLE", 0.0)
    (other,) = udp.more(1)
    other.sendto(b"y", udp.tap.address)
    assert udp.received(1) == [b"y"]
    assert [said.ending for said in udp.tap.conversations] == [Ending.CLOSED, Ending.OPEN]


@both_ways
def test_loss_is_the_same_each_time_with_one_seed_and_another_with_another(udp: UdpWire, toward: str) -> None:
    side = Side.CLIENT if toward == "server" else Side.SERVER
    outcomes = []
    for seed in (1, 1, 2):
        udp.tap.faults.clear()
        udp.send(b"first")
        udp.received(1)
        udp.tap.clear()
        udp.tap.faults.set(toward, loss=0.5, seed=seed)
        (tap_end,) = [f._upstream.getsockname() for f in udp.tap.flows.values()]
        for number in NUMBERS:
            (udp.client.sendto(number, udp.tap.address) if toward == "server" else udp.server.sendto(number, tap_end))
        got, lost = udp.events(side), udp.events(side, Kind.LOST)
        assert sorted(got + lost) == sorted(NUMBERS)
        assert 5 < len(got) < 25
        receiver = udp.server if toward == "server" else udp.client
        assert [receiver.recv(10) for _n in got] == got
        assert quiet(receiver)
        outcomes.append(got)
    assert outcomes[0] == outcomes[1] != outcomes[2]


@both_ways
def test_all_is_lost_or_nothing(udp: UdpWire, toward: str) -> None:
    assert carried(udp, toward, NUMBERS, 30) == NUMBERS
    udp.tap.faults.set(toward, loss=1)
    udp.send(b"a")
    if toward == "server":
        assert quiet(udp.server)
        assert udp.events(Side.CLIENT, Kind.LOST) == [b"a"]
    else:
        data, address = udp.server.recvfrom(10)
        udp.server.sendto(data, address)
        assert quiet(udp.client)
        assert udp.events(Side.SERVER, Kind.LOST) == [b"a"]


@both_ways
def test_duplicates_arrive_twice_and_are_recorded_twice(udp: UdpWire, toward: str) -> None:
    udp.send(b"before")
    udp.received(1)
    udp.tap.faults.set(toward, duplicate=1)
    arrived = carried(udp, toward, [b"a", b"b"], 5 if toward == "server" else 4)
    assert [d for d in arrived if d != b"first"] == [b"a", b"a", b"b", b"b"]
    side = Side.CLIENT if toward == "server" else Side.SERVER
    assert [d for d in udp.events(side) if d not in (b"first", b"before")] == [b"a", b"a", b"b", b"b"]


@both_ways
def test_reordered_datagrams_are_overtaken_by_the_next(udp: UdpWire, toward: str) -> None:
    udp.send(b"before")
    _data, tap_end = udp.server.recvfrom(100)
    udp.tap.faults.set(toward, reorder=1)
    sender, receiver, to = (
        (udp.client, udp.server, udp.tap.address) if toward == "server" else (udp.server, udp.client, tap_end)
    )
    for datagram in (b"1", b"2", b"3"):
        sender.sendto(datagram, to)
    assert [receiver.recv(10) for _n in range(3)] == [b"2", b"1", b"3"]
    events = [e for e in udp.tap.conversations[0].events if e.data in (b"1", b"2", b"3")]
    assert events[2].time - events[2].sent >= flow.HOLD * 0.9, "the last one was not overtaken, and came all the same"
    assert events[1].time - events[1].sent < flow.HOLD


def test_one_that_is_held_later_is_held_as_long(udp: UdpWire, monkeypatch: pytest.MonkeyPatch) -> None:
    """The timer of one that was overtaken already does not release the next too early."""
    monkeypatch.setattr(flow, "HOLD", 0.3)
    udp.tap.faults.set(reorder=1)
    udp.send(b"1")
    udp.tap.settle()
    threading.Event().wait(0.15)
    udp.send(b"2", b"3")
    assert udp.received(3) == [b"2", b"1", b"3"]
    last = udp.tap.conversations[0].events[-1]
    assert last.time - last.sent >= 0.29


@both_ways
def test_delay(udp: UdpWire, toward: str) -> None:
    udp.send(b"before")
    udp.received(1)
    udp.tap.faults.set("client" if toward == "client" else "server", delay=0.1)
    begun = time.monotonic()
    arrived = carried(udp, toward, NUMBERS, 30)
    assert arrived == NUMBERS
    assert time.monotonic() - begun >= 0.1
    assert all(e.time - e.sent >= 0.099 for e in udp.tap.conversations[0].events if e.data in NUMBERS)


def test_clearing_a_delay_releases_at_once_what_was_held(udp: UdpWire) -> None:
    udp.tap.faults.set(delay=60)
    udp.send(*NUMBERS)
    udp.tap.settle()
    assert quiet(udp.server)
    udp.tap.faults.clear()
    assert udp.received(30) == NUMBERS


def test_what_is_held_when_the_tap_stops_is_lost_and_written_down(udp: UdpWire) -> None:
    udp.tap.faults.set(delay=60)
    udp.send(b"a", b"b")
    until(lambda: sum(len(f._waiting) for f in tuple(udp.tap.flows.values())) == 2)
    udp.tap.stop()
    assert udp.events(Side.CLIENT, Kind.LOST) == [b"a", b"b"]
    assert udp.tap.conversations[0].ending is Ending.STOPPED


def test_clear_begins_a_new_conversation_and_loses_no_answer(udp: UdpWire) -> None:
    udp.send(b"question")
    _data, address = udp.server.recvfrom(100)
    udp.tap.clear()
    assert udp.tap.conversations == ()
    udp.server.sendto(b"answer", address)
    assert udp.client.recv(10) == b"answer"
    (said,) = udp.tap.conversations
    assert [(e.side, e.data) for e in said.events] == [(Side.SERVER, b"answer")]
    assert (said.number, udp.tap.recorded) == (2, 1)  # one since then


def test_what_was_held_up_over_a_clear_still_arrives(udp: UdpWire) -> None:
    udp.tap.faults.set(delay=60)
    udp.send(b"held")
    udp.tap.settle()
    udp.tap.clear()
    udp.send(b"next")
    udp.tap.settle()
    udp.tap.faults.clear()
    assert udp.received(2) == [b"held", b"next"]
    assert udp.events(Side.CLIENT) == [b"held", b"next"]


def test_a_server_that_is_down(udp: UdpWire) -> None:
    udp.server.close()
    udp.send(b"anybody there?")
    until(lambda: udp.tap.recorded and udp.tap.conversations[0].ending is Ending.DOWN)
    assert quiet(udp.client)
    udp.send(b"a", b"b", b"c")
    until(lambda: all(said.ending is Ending.DOWN for said in udp.tap.conversations) and not udp.tap.flows)
    arrived = [e.data for said in udp.tap.conversations for e in said.events]
    assert arrived == [b"anybody there?", b"a", b"b", b"c"]


def test_a_server_in_the_same_process() -> None:
    with UdpTap(lambda data: data[::-1] or None) as tap, socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(LIMIT)
        client.sendto(b"abc", tap.address)
        assert client.recv(10) == b"cba"
        client.sendto(b"", tap.address)
        assert quiet(client)
        assert len(tap.conversations[0].events) == 3


def test_a_server_function_that_raises_answers_nothing_and_goes_on(problems: list[str]) -> None:
    problems.append("server: ZeroDivisionError")
    with UdpTap(lambda data: b"%d" % (1 // len(data))) as tap, socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(LIMIT)
        client.sendto(b"", tap.address)
        assert quiet(client)
        client.sendto(b"x", tap.address)
        assert client.recv(10) == b"1"


def test_an_answer_that_fits_in_no_datagram_is_lost(problems: list[str]) -> None:
    problems.append("server: OSError(")
    with UdpTap(lambda data: bytes(65_508)) as tap, socket.socket(type=socket.SOCK_DGRAM) as client:
        client.sendto(b"x", tap.address)
        until(lambda: tap.recorded and len(tap.conversations[0].events) == 2)
        assert [e.kind for e in tap.conversations[0].events] == [Kind.DATA, Kind.LOST]


def test_another_server_behind_the_tap(udp: UdpWire) -> None:
    udp.send(b"old")
    assert udp.received(1) == [b"old"]
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        other.settimeout(LIMIT)
        udp.tap.point_at(Address(*other.getsockname()))
        udp.send(b"new")
        assert other.recv(10) == b"new"
    assert [said.ending for said in udp.tap.conversations][0] is Ending.CLOSED


SHARES = st.sampled_from([0.0, 0.3, 1.0])


@settings(max_examples=25, deadline=None)
@given(SHARES, SHARES, SHARES, st.integers(0, 3), st.booleans())
def test_whatever_befalls_them_each_is_accounted_for(
    loss: float, duplicate: float, reorder: float, seed: int, delayed: bool
) -> None:
    with UdpWire() as udp:
        udp.tap.faults.set(loss=loss, duplicate=duplicate, reorder=reorder, delay=0.002 * delayed, seed=seed)
        udp.send(*NUMBERS)
        until(lambda: udp.tap.recorded and {e.data for e in udp.tap.recorder.conversations[0].events} == {*NUMBERS})
        udp.tap.faults.clear()
        (said,) = udp.tap.conversations
        got = [e.data for e in said.events if e.kind is Kind.DATA]
        lost = [e.data for e in said.events if e.kind is Kind.LOST]
        assert {*got} | {*lost} == {*NUMBERS}
        assert not {*got} & {*lost}
        assert len(lost) == len({*lost})
        assert max((got.count(number) for number in NUMBERS), default=0) <= 2
        assert udp.received(len(got)) == got
        assert quiet(udp.server)
        if loss == duplicate == reorder == 0:
            assert got == NUMBERS
