"""Start and stop, and that nothing is left over."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from netkit.errors import ServerError, TookTooLong
from netkit.wire import background
from netkit.wire.conversation import Ending
from netkit.wire.recorder import Limits
from netkit.wire.tap import Tap
from netkit.wire.udp import UdpTap
from tests.wire.echo import Echo
from tests.wire.peers import LIMIT, UdpWire, Wire, connect_and_read, open_files, read, read_all, until

both_kinds = pytest.mark.parametrize("make", [lambda: Tap(Echo), lambda: UdpTap(bytes)], ids=["tcp", "udp"])


@both_kinds
def test_starting_twice_gives_the_same_and_stopping_twice_is_harmless(make: type[Tap]) -> None:
    tap = make()
    assert not tap.running
    tap.stop()
    address = tap.start().address
    assert tap.running
    assert tap.start().address == address
    tap.stop()
    tap.stop()
    assert not tap.running
    with tap:
        assert tap.address == address, "the same port, since it is free"
    assert not tap.running


@both_kinds
def test_a_port_that_is_taken_meanwhile_is_left_alone(make: type[Tap]) -> None:
    tap = make()
    address = tap.start().address
    tap.stop()
    kind = socket.SOCK_STREAM if tap.transport == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(address)
        if kind == socket.SOCK_STREAM:
            other.listen()
        with tap:
            assert tap.address.port not in (0, address.port)


@both_kinds
def test_started_and_stopped_from_several_threads_it_opens_one_port(make: type[Tap]) -> None:
    files = open_files()
    tap = make()
    with ThreadPoolExecutor(8) as pool:
        assert len({started.address for started in pool.map(lambda _n: tap.start(), range(40))}) == 1
        assert open_files() <= files + 10, "one port, and what the loop needs for itself"
        list(pool.map(lambda n: tap.stop() if n % 2 else tap.start(), range(40)))
        list(pool.map(lambda _n: tap.stop(), range(8)))
    assert not tap.running
    with pytest.raises(ConnectionRefusedError) if tap.transport == "tcp" else pytest.raises(TimeoutError):
        kind = socket.SOCK_STREAM if tap.transport == "tcp" else socket.SOCK_DGRAM
        with socket.socket(socket.AF_INET, kind) as client:
            client.settimeout(0.1)
            client.bind(("127.0.0.1", 0))
            if kind == socket.SOCK_STREAM:
                client.connect(tap.address)
            client.sendto(b"x", tap.address)
            client.recv(1)


def test_stopping_ends_live_connections(wire: Wire) -> None:
    client, server = wire.connect()
    client.sendall(b"x")
    assert read(server, 1) == b"x"
    wire.tap.stop()
    assert read_all(client) == (b"", "FIN")
    assert read_all(server) == (b"", "FIN")
    assert wire.tap.conversations[0].ending is Ending.STOPPED
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(wire.tap.address, timeout=LIMIT)


def test_stopping_closes_also_what_has_ended_and_is_not_read(wire: Wire) -> None:
    """Both sides have said END, but some bytes still wait in the tap for a client that does not read."""
    client, server = wire.connect()
    client.shutdown(socket.SHUT_WR)
    sent = 0
    (link,) = wire.tap.links
    while not background.call(lambda: link.client.transport and link.client.transport.get_write_buffer_size()):
        server.sendall(bytes(16_384))
        sent += 16_384
        until(lambda sent=sent: wire.last.from_server == sent)
    server.close()
    until(lambda: wire.last.ending is Ending.CLOSED)
    assert wire.tap.links, "the tap still holds it"
    files = open_files()
    wire.tap.stop()
    assert not wire.tap.links
    assert open_files() == files - 2, "the listening socket and the client's connection"


@pytest.mark.parametrize("fault", [{}, {"delay": 60}, {"swallow": True}, {"bandwidth": 1}], ids=str)
def test_50_starts_and_stops_with_live_connections_leak_nothing(fault: dict[str, float]) -> None:
    background.run(asyncio.sleep(0))

    def once() -> None:
        with Wire(limits=Limits(conversation=1000, total=1000)) as wire, UdpWire() as udp:
            wire.tap.faults.set(**fault)
            client, _server = wire.connect()
            client.sendall(b"x" * 100)
            udp.send(b"x")
            assert udp.received(1) == [b"x"]

    for _n in range(5):
        once()
    until(lambda: tasks() == 0)
    gc.collect()
    before = open_files(), threading.active_count(), len(background._at_exit)
    tracemalloc.start()
    try:
        once()
        gc.collect()
        memory = tracemalloc.get_traced_memory()[0]
        for _n in range(50):
            once()
        until(lambda: tasks() == 0)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - memory
    finally:
        tracemalloc.stop()
    assert (open_files(), threading.active_count(), len(background._at_exit)) == before
    assert grown < 50 * 1000, "a kilobyte for each start and stop would be a leak"


def tasks() -> int:
    """How many tasks there are on the loop."""

    async def count() -> int:
        return len(asyncio.all_tasks()) - 1

    return background.run(count())


def test_2000_short_connections_leave_nothing() -> None:
    with Tap(Echo, limits=Limits(conversations=20)) as tap:

        def many(n: int) -> None:
            for _n in range(n):
                with socket.create_connection(tap.address, timeout=LIMIT) as client:
                    client.sendall(b"x")
                    assert client.recv(1) == b"x"
            until(lambda: not tap.links and not tasks())
            gc.collect()

        many(100)
        files, blocks = open_files(), sys.getallocatedblocks()
        many(2000)
        assert open_files() == files
        assert sys.getallocatedblocks() - blocks < 500, "an object kept for each connection would be 2000"
        assert (tap.recorded, len(tap.conversations)) == (2100, 20)


def test_a_port_that_cannot_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_args: object, **_options: object) -> socket.socket:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(socket, "create_server", none)
    with pytest.raises(ServerError) as caught:
        Tap(Echo).start()
    assert str(caught.value) == "No port could be opened on 127.0.0.1: [Errno 98] Address already in use."


def test_work_that_takes_too_long_is_cancelled() -> None:
    ended = threading.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    with pytest.raises(TookTooLong) as caught:
        background.run(work(), timeout=0.05)
    assert str(caught.value) == "netkit's background thread was not done after 0.05 seconds. Restart the kernel."
    assert ended.wait(LIMIT)


def test_works_own_timeout_is_its_own() -> None:
    async def work() -> None:
        raise TimeoutError("of the work")

    with pytest.raises(TimeoutError, match="^of the work$") as caught:
        background.run(work())
    assert not isinstance(caught.value, TookTooLong)


def test_the_background_thread_does_not_wait_for_itself() -> None:
    async def work() -> None:
        background.run(asyncio.sleep(0))

    with pytest.raises(RuntimeError, match="^netkit's background thread cannot wait for itself$"):
        background.run(work())


def waits_for_a_future(thread: int | None) -> bool:
    """Whether that thread is inside Future.result, in the lock."""
    frame = sys._current_frames().get(thread or 0)
    return frame is not None and frame.f_code.co_name == "wait" and "threading" in frame.f_code.co_filename


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Windows has no pthread_kill")
def test_a_cell_interrupted_while_it_waits_leaves_the_loop_usable() -> None:
    ended = threading.Event()

    async def work() -> None:
        try:
            while not waits_for_a_future(threading.main_thread().ident):
                await asyncio.sleep(0.001)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            await asyncio.sleep(60)
        finally:
            ended.set()

    assert threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    try:
        with pytest.raises(KeyboardInterrupt):
            background.run(work())
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.wait(LIMIT), "what it waited for is cancelled"
    with Tap(Echo) as tap, socket.create_connection(tap.address, timeout=LIMIT) as client:
        client.sendall(b"x")
        assert read(client, 1) == b"x"


def test_a_thread_that_cannot_be_started_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not after ten seconds of waiting for it; and when there is room again, it is started."""
    monkeypatch.setattr(background, "_loop", None)
    monkeypatch.setattr(background, "_thread", None)

    def full(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", full)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            background.loop()
    background.run(asyncio.sleep(0), timeout=LIMIT)
    loop = background.loop()
    loop.call_soon_threadsafe(loop.stop)


def test_connections_are_refused_by_a_reset_when_the_server_is_down_and_up_again() -> None:
    with Tap(Echo) as behind, Tap(behind.address) as tap:
        behind.stop()
        assert connect_and_read(tap.address) == "RST"
        behind.start()
        with socket.create_connection(tap.address, timeout=LIMIT) as client:
            client.sendall(b"x")
            assert read(client, 1) == b"x"
