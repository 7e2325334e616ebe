"""The stream between tornado and the tap, in memory: limits for what is held and owed, and for who has gone."""

from __future__ import annotations

import asyncio
import gc
import re
import socket
import ssl
import weakref
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.iostream import StreamClosedError

from netkit.servers.web import buffered, stream
from netkit.servers.web.buffered import Buffered
from netkit.servers.web.head import CHUNK_LINE, HEAD, end_of_head, end_of_line
from netkit.servers.web.site import Web
from netkit.servers.web.stream import Strict
from netkit.wire import background
from netkit.wire.joined import HIGH, join
from tests.web.talk import ask, connect
from tests.wire.peers import LIMIT, until


class Peer(asyncio.Protocol):
    """The tap's place."""

    def __init__(self) -> None:
        self.said = b""
        self.over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.said += data

    def eof_received(self) -> bool:
        self.over = True
        return True


Test = Callable[[Buffered, Peer], Coroutine[Any, Any, None]]


def joined(test: Test, stalled: float = 60.0) -> None:
    """Run a test on the background loop."""

    async def work() -> None:
        made, peer = Buffered(stalled), Peer()
        join(asyncio.get_running_loop(), made, peer, {"peername": ("127.0.0.1", 1)})
        await test(made, peer)
        made.close()

    background.run(work())


async def turns(n: int = 5) -> None:
    for _n in range(n):
        await asyncio.sleep(0)


def never() -> None:
    raise AssertionError


def after(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


def test_what_comes_in_pieces_is_taken_as_a_whole() -> None:
    async def test(made: Buffered, peer: Peer) -> None:
        assert made.client == ("127.0.0.1", 1)
        taking = asyncio.ensure_future(made.take(end_of_line, after(LIMIT), never))
        for piece in (b"one", b" line\ntw", b"o"):
            peer.transport.write(piece)
            await turns()
        assert await taking == b"one line\n" and made.data == b"two"

    joined(test)


def test_the_sender_waits_while_nobody_reads() -> None:
    async def test(made: Buffered, peer: Peer) -> None:
        for _n in range(100):
            peer.transport.write(b"x" * 10_000)
        await turns()
        assert buffered.HELD < len(made.data) <= buffered.HELD + 10_000
        came = 0
        while came < 1_000_000:
            came += len(await made.take(len, after(LIMIT), never))
            await turns()
        assert came == 1_000_000 and not made.data

    joined(test)


def test_too_late_closes_it() -> None:
    async def test(made: Buffered, peer: Peer) -> None:
        with pytest.raises(StreamClosedError):
            await made.take(len, after(0.01), made.close)
        assert made.closed()
        with pytest.raises(StreamClosedError):
            made.write(b"x")
        made.data_received(b"more")
        with pytest.raises(StreamClosedError):
            await made.take(len, after(LIMIT), never)
        await turns()
        assert peer.over

    joined(test)


def test_a_writer_waits_for_a_reader() -> None:
    async def test(made: Buffered, peer: Peer) -> None:
        assert made.write(b"x").done()
        await turns()
        peer.transport.pause_reading()
        written = made.write(b"x" * (HIGH + 1))
        await turns()
        assert not written.done() and peer.said == b"x"
        peer.transport.resume_reading()
        await written
        assert made.write(b"y").done()

    joined(test)


def test_who_takes_a_little_is_not_cut_off_and_who_takes_nothing_is() -> None:
    async def test(made: Buffered, peer: Peer) -> None:
        gone: list[bool] = []
        made.set_close_callback(lambda: gone.append(True))
        peer.transport.pause_reading()
        for _n in range(20):
            made.write(b"x" * HIGH)  # each is a piece of its own
            await turns()
        written = made.write(b"y")
        for n in range(1, 4):
            peer.transport.resume_reading()
            await turns(1)
            peer.transport.pause_reading()
            assert not made.closed() and not gone, n
            await asyncio.sleep(0.06)
        with pytest.raises(StreamClosedError):
            async with asyncio.timeout(LIMIT):
                await written
        await turns()
        assert made.closed() and gone == [True]

    joined(test, stalled=0.1)


def test_a_close_is_told_once_and_not_to_who_does_not_want_it_any_more() -> None:
    async def test(made: Buffered, peer: Peer) -> None:
        told: list[int] = []
        made.set_close_callback(lambda: told.append(1))
        made.set_close_callback(None)
        made.set_close_callback(lambda: told.append(2))
        peer.transport.abort()
        await turns()
        made.close()
        await turns()
        assert told == [2] and made.closed()

    joined(test)


def test_half_closed_it_goes_on() -> None:
    async def test(made: Buffered, peer: Peer) -> None:
        peer.transport.write(b"all")
        peer.transport.write_eof()
        await turns()
        assert not made.closed() and await made.take(len, after(LIMIT), never) == b"all"
        made.write(b"answer")
        made.half_close()
        await turns()
        assert peer.said == b"answer" and peer.over
        with pytest.raises(StreamClosedError):
            await made.take(len, after(LIMIT), never)

    joined(test)


PIECES = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"a" * 500, b"x" * 9000]), max_size=20).map(b"".join)


@given(data=PIECES)
def test_where_a_head_and_a_line_end(data: bytes) -> None:
    """As the expressions say it that are easier to read, and slower."""
    head = re.match(rb"(?s).*?\n\r?\n", data[:HEAD])
    assert end_of_head(bytearray(data)) == (head.end() if head else HEAD if len(data) >= HEAD else 0)
    line = re.match(rb"[^\n]*\n", data[:CHUNK_LINE])
    assert end_of_line(bytearray(data)) == (line.end() if line else CHUNK_LINE if len(data) >= CHUNK_LINE else 0)


def test_a_flood_of_requests_is_held_back(web: Web) -> None:
    """A client that asks and asks, and reads no answer."""
    with connect(web.http) as sock:
        sock.setblocking(False)
        requests = b"GET /bytes/100000 HTTP/1.1\r\nHost: h\r\n\r\n" * 1000
        sent = 0

        def is_full() -> bool:
            nonlocal sent
            for _n in range(100):
                try:
                    sent += sock.send(requests)
                except BlockingIOError:
                    return _held() > buffered.HELD
            return False

        until(is_full)
        assert _held() < buffered.HELD + (1 << 18) and sent < 50 << 20
        assert ask(web, "/get").status == 200
    until(lambda: not web.http.tap.links)
    assert background.call(_handlers) <= 1  # what else it asked is not done for nobody


def _held() -> int:
    return background.call(lambda: max((len(each.data) for each in _open()), default=0))


def test_a_client_that_breaks_off_ends_what_is_done_for_it(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    for door, wrap in ((web.http, lambda sock: sock), (web.https, _wrap(web))):
        sock = wrap(connect(door))
        sock.sendall(b"GET /delay/10 HTTP/1.1\r\nHost: h\r\n\r\n")
        until(lambda door=door: door.peek() and door.peek()[-1].from_client > 0 and background.call(_handlers) == 1)
        sock.close()
        if door is web.http:
            assert background.call(_handlers) == 1  # it may only have said all that it had to say
            with connect(door) as other:
                other.sendall(b"GET /delay/10 HTTP/1.1\r\nHost: h\r\n\r\n")
                until(lambda: background.call(_handlers) == 2)
                other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            until(lambda: background.call(_handlers) == 1)
            web.http.tap.stop()
            web.http.tap.start()
        until(lambda: background.call(_handlers) == 0)
    assert caplog.records == []  # asyncio would warn of a TLS connection that is to stay half-open


def test_one_that_is_closed_while_it_is_owed_to_is_forgotten() -> None:
    """With the timer that would have cut it off."""
    forgotten: list[weakref.ref[Buffered]] = []

    async def test(made: Buffered, peer: Peer) -> None:
        peer.transport.pause_reading()
        assert not made.write(b"x" * (HIGH + 1)).done()
        forgotten.append(weakref.ref(made))
        peer.transport.abort()

    joined(test)
    until(lambda: gc.collect() >= 0 and forgotten[0]() is None)


def _handlers() -> int:
    return sum("_execute" in repr(task.get_coro()) for task in asyncio.all_tasks())


def _wrap(web: Web) -> Callable[[socket.socket], ssl.SSLSocket]:
    context = web.context
    return lambda sock: context.wrap_socket(sock, server_hostname="127.0.0.1")


def test_a_client_that_never_reads_is_cut_off_in_tls_too(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STALLED", 0.2)
    with _wrap(web)(connect(web.https)) as sock:
        sock.sendall(b"GET /file/100000000 HTTP/1.1\r\nHost: h\r\n\r\n")
        until(lambda: web.https.peek()[-1].from_server > 100_000)
        until(lambda: not background.call(_open))


def _open() -> list[Strict]:
    return [each for each in gc.get_objects() if isinstance(each, Strict) and not each.closed()]
