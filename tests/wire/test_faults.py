"""Each fault on new and on live connections, both ways."""

from __future__ import annotations

import socket
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netkit.wire import background
from netkit.wire.conversation import Ending, Kind, Side
from netkit.wire.pipe import HELD
from tests.wire.peers import SENDER, Wire, connect_and_read, in_thread, nothing_comes, read, read_all, until

both_ways = pytest.mark.parametrize("toward", ["server", "client"])
new_and_live = pytest.mark.parametrize("live", [False, True], ids=["new", "live"])


@both_ways
@new_and_live
def test_delay(wire: Wire, toward: str, live: bool) -> None:
    sender, receiver = wire.ends(toward, live, delay=0.15)
    sender.sendall(b"one ")
    until(lambda: wire.waiting)
    sender.sendall(b"two")
    assert nothing_comes(receiver, 0.05)
    assert read(receiver, 7) == b"one two"
    events = wire.events(toward, Kind.DATA)
    assert b"".join(e.data for e in events) == b"one two"
    assert all(0.15 <= e.time - e.sent < 5 for e in events)
    receiver.sendall(b"back")  # the other way nothing is held up
    assert read(sender, 4) == b"back"
    (back,) = [e for e in wire.last.events if e.data == b"back"]
    assert back.time == back.sent


@both_ways
@new_and_live
def test_clearing_a_delay_releases_at_once_what_was_held(wire: Wire, toward: str, live: bool) -> None:
    sender, receiver = wire.ends(toward, live, delay=60)
    sender.sendall(b"held")
    until(lambda: wire.waiting == 4)
    sender.shutdown(socket.SHUT_WR)
    wire.tap.faults.clear()
    assert read_all(receiver) == (b"held", "FIN")
    assert wire.waiting == 0


@both_ways
@new_and_live
def test_bandwidth(wire: Wire, toward: str, live: bool) -> None:
    sender, receiver = wire.ends(toward, live, bandwidth=20_000)
    times = {}
    for rate in (20_000, 80_000):
        wire.tap.faults.set(toward, bandwidth=rate)
        sender.sendall(bytes([rate % 251]) * 8_000)
        read(receiver, 8_000)
        events = [e for e in wire.events(toward, Kind.DATA) if e.data[0] == rate % 251]
        assert {len(e.data) for e in events} == {rate // 20}, "twenty pieces a second"
        times[rate] = events[-1].time - events[0].time
    slow, fast = times[20_000], times[80_000]
    assert slow >= 0.9 * (8_000 - 1_000) / 20_000
    assert fast >= 0.9 * (8_000 - 4_000) / 80_000
    assert slow > 2 * fast


@both_ways
@new_and_live
def test_pieces_are_received_one_by_one(wire: Wire, toward: str, live: bool) -> None:
    sender, receiver = wire.ends(toward, live, pieces=3, gap=0.1)
    sender.sendall("Привет!".encode())
    sender.shutdown(socket.SHUT_WR)
    pieces = []
    while piece := receiver.recv(100):
        pieces.append(piece)
    assert [len(piece) for piece in pieces] == [3, 3, 3, 3, 1]
    assert [e.data for e in wire.events(toward, Kind.DATA)] == pieces
    assert b"".join(pieces).decode() == "Привет!"


@both_ways
def test_pieces_have_a_gap_between_them_unless_told_otherwise(wire: Wire, toward: str) -> None:
    sender, receiver = wire.ends(toward, False, pieces=4)
    sender.sendall(b"palindrome")
    assert read(receiver, 10) == b"palindrome"
    times = [e.time for e in wire.events(toward, Kind.DATA)]
    assert len(times) == 3
    assert all(b - a >= 0.019 for a, b in zip(times, times[1:], strict=False))


@both_ways
@new_and_live
def test_cut_closes_in_good_order_after_exactly_so_many_bytes(wire: Wire, toward: str, live: bool) -> None:
    sender, receiver = wire.ends(toward, live, cut=4)
    sender.sendall(b"palindrome")
    assert read_all(receiver) == (b"pali", "FIN")
    assert read_all(sender) == (b"", "FIN")
    assert wire.data(toward) == b"pali"
    assert wire.data(toward, Kind.LOST) == b"ndrome"
    assert wire.last.ending is Ending.CUT
    assert [(e.side, e.kind) for e in wire.last.events][-1] == (Side.TAP, Kind.END)


@both_ways
@new_and_live
def test_cut_counts_over_several_sends(wire: Wire, toward: str, live: bool) -> None:
    sender, receiver = wire.ends(toward, live, cut=5)
    sender.sendall(b"pal")
    assert read(receiver, 3) == b"pal"
    sender.sendall(b"indrome")
    assert read_all(receiver) == (b"in", "FIN")
    assert wire.data(toward, Kind.LOST) == b"drome"


@both_ways
@new_and_live
def test_cut_at_0_acts_at_once(wire: Wire, toward: str, live: bool) -> None:
    sender, receiver = wire.ends(toward, live, cut=0)
    assert read_all(receiver) == (b"", "FIN")
    assert read_all(sender) == (b"", "FIN")
    assert wire.last.ending is Ending.CUT


@both_ways
def test_what_comes_after_a_cut_is_lost_and_no_reset(wire: Wire, toward: str) -> None:
    sender, receiver = wire.ends(toward, True, cut=2)
    sender.sendall(b"abc")
    assert read_all(receiver) == (b"ab", "FIN")
    sender.sendall(b"def")
    until(lambda: wire.data(toward, Kind.LOST) == b"cdef")
    assert read_all(sender) == (b"", "FIN")
    sender.close()
    receiver.close()
    until(lambda: not wire.tap.links)


@both_ways
def test_a_cut_takes_nothing_back_that_was_passed_on(wire: Wire, toward: str) -> None:
    """The receiver has not read for long, so that bytes wait in the tap's own buffer when the cut comes."""
    sender, receiver = wire.ends(toward, True)

    def fill() -> None:
        with pytest.raises(OSError):
            for _n in range(10_000):
                sender.sendall(bytes(1 << 16))

    with in_thread(fill):
        until(lambda: any(pipe._blocked for link in wire.tap.links for pipe in link.pipes))
        wire.tap.faults.set(toward, cut=0)
        said = wire.last
        passed = said.from_client if toward == "server" else said.from_server
        threading.Event().wait(0.5)  # longer than a cut connection lingers
        data, how = read_all(receiver)
        assert (len(data), how) == (passed - 1, "FIN")  # one byte was read before, to try the connection


@both_ways
@new_and_live
def test_reset(wire: Wire, toward: str, live: bool) -> None:
    sender, receiver = wire.ends(toward, live, reset=4)
    sender.sendall(b"palindrome")
    data, how = read_all(receiver)
    assert how == "RST"
    assert b"pali".startswith(data)
    assert read_all(sender) == (b"", "RST")
    assert wire.data(toward) == b"pali"
    assert wire.data(toward, Kind.LOST) == b"ndrome"
    assert (wire.last.ending, wire.last.events[-1].kind) == (Ending.CUT, Kind.RESET)
    assert wire.last.events[-1].side is Side.TAP


@both_ways
def test_reset_at_0_acts_at_once_on_live_connections(wire: Wire, toward: str) -> None:
    sender, receiver = wire.ends(toward, True, reset=0)
    assert read_all(receiver) == (b"", "RST")
    assert read_all(sender) == (b"", "RST")


@both_ways
def test_reset_at_0_acts_at_once_on_new_connections(wire: Wire, toward: str) -> None:
    wire.tap.faults.set(toward, reset=0)
    assert connect_and_read(wire.tap.address) == "RST"
    assert wire.last.ending is Ending.CUT


@both_ways
@new_and_live
def test_swallow(wire: Wire, toward: str, live: bool) -> None:
    sender, receiver = wire.ends(toward, live, swallow=True)
    sender.sendall(b"into the void")
    assert nothing_comes(receiver)
    assert wire.data(toward, Kind.LOST) == b"into the void"
    wire.tap.faults.clear()
    sender.sendall(b"heard")
    assert read(receiver, 5) == b"heard"
    said = wire.last
    assert (said.from_client if toward == "server" else said.from_server) == 5 + (1 if live else 0)


@both_ways
def test_what_waits_when_faults_change_goes_out_in_order(wire: Wire, toward: str) -> None:
    sender, receiver = wire.ends(toward, False, bandwidth=20)
    sender.sendall(bytes(range(200)))
    assert read(receiver, 2) == bytes(range(2))
    wire.tap.faults.set(toward, bandwidth=None, pieces=50, gap=0.0)
    assert read(receiver, 198) == bytes(range(2, 200))
    assert max(len(e.data) for e in wire.events(toward, Kind.DATA)) == 50


@both_ways
def test_a_long_gap_is_over_when_the_fault_is_cleared(wire: Wire, toward: str) -> None:
    sender, receiver = wire.ends(toward, False, pieces=1, gap=60)
    sender.sendall(b"palindrome")
    assert read(receiver, 1) == b"p"
    wire.tap.faults.clear()
    assert read(receiver, 9) == b"alindrome"


@both_ways
@pytest.mark.parametrize("fault", [{"cut": 0}, {"reset": 0}], ids=["cut", "reset"])
def test_a_fault_that_ends_it_writes_down_all_that_never_arrived(
    wire: Wire, toward: str, fault: dict[str, int]
) -> None:
    sender, receiver = wire.ends(toward, False, delay=60)
    sender.sendall(b"one")
    until(lambda: wire.waiting == 3)
    other = "client" if toward == "server" else "server"
    wire.tap.faults.set(other, **fault)
    assert read_all(receiver)[0] == b""
    assert wire.data(toward, Kind.LOST) == b"one"


def test_what_is_held_when_the_tap_stops_is_written_down(wire: Wire) -> None:
    client, _server = wire.ends("server", False, delay=60)
    client.sendall(b"one")
    until(lambda: wire.waiting == 3)
    wire.tap.stop()
    assert wire.data("server", Kind.LOST) == b"one"
    assert wire.last.ending is Ending.STOPPED


@both_ways
def test_delayed_bytes_arrive_though_their_sender_has_closed(wire: Wire, toward: str) -> None:
    sender, receiver = wire.ends(toward, False, delay=0.1)
    sender.sendall(b"good-bye")
    sender.close()
    assert read_all(receiver) == (b"good-bye", "FIN")
    receiver.close()
    said = wire.tap.conversations[0]
    assert said.ending is Ending.CLOSED
    ends = [e for e in said.events if e.kind is Kind.END]
    assert [e.side for e in ends] == [SENDER[toward], SENDER["client" if toward == "server" else "server"]]
    assert ends[0].time - ends[0].sent >= 0.1


@both_ways
def test_more_than_the_tap_holds_back_arrives_whole_and_ends_once(wire: Wire, toward: str) -> None:
    data = bytes(range(256)) * (3 * HELD // 256)
    sender, receiver = wire.ends(toward, False, delay=0.05)

    def send() -> None:
        sender.sendall(data)
        sender.shutdown(socket.SHUT_WR)

    with in_thread(send):
        assert read_all(receiver) == (data, "FIN")
    assert len(wire.events(toward, Kind.END)) == 1
    receiver.sendall(b"the other way is still open")
    assert read(sender, 27)


@both_ways
def test_a_receiver_that_is_slow_after_the_sender_has_ended_gets_one_end(wire: Wire, toward: str) -> None:
    """Reading is paused and resumed when the sender's FIN has come already; a resumed transport says it once more."""
    sender, receiver = wire.ends(toward, True)
    (link,) = wire.tap.links
    out = (link.server if toward == "server" else link.client).transport
    assert out is not None
    out.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    wire.tap.faults.set(toward, delay=60)
    sender.sendall(bytes(1_000_000))
    sender.shutdown(socket.SHUT_WR)
    (pipe,) = [pipe for pipe in link.pipes if pipe.side is SENDER[toward]]
    until(lambda: pipe._held == 1_000_000 and not pipe._queue[-1][1])
    wire.tap.faults.clear()
    until(lambda: pipe._blocked)
    assert read_all(receiver) == (bytes(1_000_000), "FIN")
    receiver.sendall(b"and back")
    assert read(sender, 8) == b"and back"
    assert len(wire.events(toward, Kind.END)) == 1


@both_ways
def test_a_delay_does_not_fill_memory(wire: Wire, toward: str) -> None:
    sender, receiver = wire.ends(toward, False, delay=60)
    most = [0]

    def send() -> None:
        sender.sendall(bytes(20_000_000))
        sender.shutdown(socket.SHUT_WR)

    with in_thread(send):
        until(lambda: wire.waiting > HELD)
        threading.Event().wait(0.1)  # if it went on taking, it would by now
        most[0] = wire.waiting
        wire.tap.faults.clear()
        assert len(read_all(receiver)[0]) == 20_000_000
    assert most[0] <= HELD + (1 << 18)


def test_many_small_sends_are_held_back_in_bounds(wire: Wire) -> None:
    client, server = wire.ends("server", False, delay=60)

    def send() -> None:
        for _n in range(100_000):
            client.sendall(b"x")

    with in_thread(send):
        until(lambda: wire.waiting)
        (pipe,) = [pipe for link in wire.tap.links for pipe in link.pipes if pipe.busy]
        for _n in range(50):
            assert len(pipe._queue) <= 2_001
            wire.tap.settle() if len(pipe._queue) < 10 else background.call(lambda: None)
        wire.tap.faults.clear()
        assert read(server, 100_000) == b"x" * 100_000


@both_ways
def test_ending_a_connection_whose_receiver_is_stuck(wire: Wire, toward: str) -> None:
    sender, receiver = wire.ends(toward, False, bandwidth=10**12)
    with in_thread(lambda: pytest.raises(OSError, lambda: [sender.sendall(bytes(1 << 16)) for _n in range(10_000)])):
        until(lambda: any(pipe._blocked for link in wire.tap.links for pipe in link.pipes))
        wire.tap.faults.set(toward, reset=0)
        until(lambda: not wire.tap.links)  # at once, though nobody reads
        assert read_all(receiver)[1] == "RST"


def test_a_pipe_that_fails_ends_the_connection(
    wire: Wire, problems: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from netkit.wire.pipe import Pipe

    def fail(self: Pipe, *_args: object) -> None:
        raise ArithmeticError("a mistake in the pipe")

    monkeypatch.setattr(Pipe, "_piece", fail)
    problems.append("a pipe: ArithmeticError('a mistake in the pipe')")
    client, server = wire.ends("server", False, pieces=1)
    client.sendall(b"x")
    assert read_all(client) == (b"", "RST")
    assert read_all(server) == (b"", "RST")
    assert wire.data("server", Kind.LOST) == b"x"


def test_a_busy_pipe_lets_others_have_their_turn(wire: Wire) -> None:
    client, server = wire.ends("server", False, pieces=1, gap=0)
    with in_thread(lambda: read(server, 200_000)), in_thread(lambda: client.sendall(bytes(200_000))):
        until(lambda: wire.waiting > 1000)
        background.run(_nothing(), timeout=1)
        wire.tap.faults.clear()  # the rest need not go byte by byte


async def _nothing() -> None:
    pass


FAULTS = st.fixed_dictionaries(
    {},
    optional={
        "delay": st.sampled_from([0, 0.001, 0.01]),
        "bandwidth": st.sampled_from([None, 10**5, 10**7]),
        "pieces": st.sampled_from([None, 1, 1000]),
        "gap": st.sampled_from([0, 0.001]),
    },
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(1, 3000)),
        st.tuples(st.just("set"), st.tuples(st.sampled_from(["server", "client", "both"]), FAULTS)),
        st.tuples(st.just("clear"), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(STEPS, st.sampled_from(["server", "client"]))
def test_whatever_slows_it_down_and_when_the_stream_stays_the_same(
    steps: list[tuple[str, object]], toward: str
) -> None:
    with Wire() as wire:
        sender, receiver = wire.ends(toward, False)
        sent = b""
        for step, value in steps:
            if step == "send":
                data = bytes(n % 251 for n in range(len(sent), len(sent) + value))  # type: ignore[operator]
                sender.sendall(data)
                sent += data
            elif step == "set":
                wire.tap.faults.set(value[0], **value[1])  # type: ignore[index]
            else:
                wire.tap.faults.clear()
        wire.tap.faults.clear()
        sender.shutdown(socket.SHUT_WR)
        assert read_all(receiver) == (sent, "FIN")
        assert wire.data(toward) == sent
        times = [e.time for e in wire.last.events]
        assert times == sorted(times)
