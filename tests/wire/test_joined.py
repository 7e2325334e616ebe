"""Joined transports do to their protocols what a socket pair's do: each test runs with both."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any, cast

import pytest

from netkit.wire.joined import HIGH, LARGEST, Joined, join
from tests.wire.peers import LIMIT


class Log(asyncio.Protocol):
    """Writes down what it is told."""

    def __init__(self, stay: bool = True) -> None:
        self.told: list[object] = []
        self.stay = stay  # half-open after the other's end
        self.data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.data += data
        self.told.append(data if len(data) < 100 else len(data))

    def eof_received(self) -> bool:
        self.told.append("eof")
        return self.stay

    def pause_writing(self) -> None:
        self.told.append("pause")

    def resume_writing(self) -> None:
        self.told.append("resume")

    def connection_lost(self, problem: Exception | None) -> None:
        self.told.append(None if problem is None else type(problem))


Talk = Callable[[Log, Log], Coroutine[Any, Any, None]]


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.001)


async def quiet() -> None:
    for _turn in range(10):
        await asyncio.sleep(0)


def ends(kind: str, talk: Talk, server: Log | None = None) -> list[dict[str, Any]]:
    """Run a talk of the server's end and the tap's; returns what the loop was told of mistakes."""
    problems: list[dict[str, Any]] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: problems.append(context))
        one, other = server or Log(), Log()
        if kind == "joined":
            join(loop, one, other, {"peername": ("127.0.0.1", 5)})
        else:
            for end, protocol in zip(socket.socketpair(), (one, other), strict=True):
                await loop.connect_accepted_socket(lambda protocol=protocol: protocol, end)  # type: ignore[misc]
        try:
            await talk(one, other)
        finally:
            for end in (one, other):
                end.transport.abort()
            await quiet()

    asyncio.run(run())
    return problems


both = pytest.mark.parametrize("kind", ["joined", "socket pair"])


@both
def test_what_is_written_arrives(kind: str) -> None:
    async def talk(server: Log, tap: Log) -> None:
        server.transport.write(b"one ")
        server.transport.write(bytearray(b"two "))
        server.transport.write(memoryview(b"three"))
        server.transport.write(b"")
        assert tap.told == []
        await until(lambda: len(tap.data) == 13)
        assert tap.told == [b"one two three"], "what is written in one turn comes in one piece"
        tap.transport.write(b"four")
        await until(lambda: server.told)
        assert (server.told, tap.told) == ([b"four"], [b"one two three"])
        assert server.transport.get_protocol() is server and not server.transport.is_closing()

    assert ends(kind, talk) == []


@both
def test_half_closed(kind: str) -> None:
    async def talk(server: Log, tap: Log) -> None:
        assert tap.transport.can_write_eof()
        tap.transport.write(b"last")
        tap.transport.write_eof()
        tap.transport.write_eof()
        with pytest.raises(RuntimeError, match=r"^Cannot call write\(\) after write_eof\(\)$"):
            tap.transport.write(b"more")
        await until(lambda: "eof" in server.told)
        server.transport.write(b"answer")
        await until(lambda: tap.told)
        server.transport.close()
        tap.transport.write_eof()
        await until(lambda: None in server.told)
        await quiet()
        assert server.told == [b"last", "eof", None]
        await until(lambda: "eof" in tap.told)
        assert tap.told == [b"answer", "eof"] and not tap.transport.is_closing()

    assert ends(kind, talk) == []


@both
def test_a_protocol_that_does_not_stay_half_open(kind: str) -> None:
    async def talk(server: Log, tap: Log) -> None:
        tap.transport.write(b"x")
        tap.transport.close()
        assert tap.transport.is_closing() and not tap.transport.is_reading()
        await until(lambda: None in server.told)
        assert (server.told, tap.told) == ([b"x", "eof", None], [None])
        assert server.transport.is_closing()
        server.transport.write(b"into nothing")
        server.transport.close()
        server.transport.abort()
        await quiet()
        assert server.told[-2:] == ["eof", None], "said once"

    assert ends(kind, talk, Log(stay=False)) == []


@both
def test_closed_with_bytes_that_nobody_has_read(kind: str) -> None:
    async def talk(server: Log, tap: Log) -> None:
        server.transport.pause_reading()
        tap.transport.write(b"unread")
        server.transport.write(b"last word")
        await quiet()
        server.transport.close()
        await until(lambda: ConnectionResetError in tap.told)
        assert (server.told, tap.told) == ([None], [b"last word", ConnectionResetError])

    assert ends(kind, talk) == []


@both
def test_one_that_is_held_up_and_does_not_read_is_told_that_the_other_is_gone(kind: str) -> None:
    async def talk(server: Log, tap: Log) -> None:
        tap.transport.pause_reading()
        server.transport.pause_reading()
        server.transport.write(bytes(2_000_000))
        await quiet()
        assert server.told == ["pause"]
        tap.transport.abort()
        await until(lambda: len(server.told) == 2)
        last = server.told[-1]
        assert isinstance(last, type) and issubclass(last, ConnectionError)
        assert tap.told == [None]

    assert ends(kind, talk) == []


@both
def test_written_to_one_that_is_gone(kind: str) -> None:
    async def talk(server: Log, tap: Log) -> None:
        server.transport.abort()
        await until(lambda: "eof" in tap.told)
        tap.transport.write(b"x")
        await until(lambda: tap.told[-1] != "eof")
        assert (server.told, tap.told) == ([None], ["eof", BrokenPipeError])

    assert ends(kind, talk) == []


@both
def test_the_last_words_of_one_that_closes_are_read_whatever_is_written_to_it(kind: str) -> None:
    async def talk(server: Log, tap: Log) -> None:
        server.transport.write(b"bye")
        server.transport.close()
        tap.transport.write(b"more")
        await until(lambda: len(tap.told) == 2)
        assert (server.told, tap.told) == ([None], [b"bye", ConnectionResetError])

    assert ends(kind, talk) == []


@both
@pytest.mark.parametrize("way", ["to the tap", "to the server"])
def test_a_reader_that_pauses_holds_the_writer_up(kind: str, way: str) -> None:
    letter = bytes(range(256)) * 8000

    async def talk(server: Log, tap: Log) -> None:
        writer, reader = (server, tap) if way == "to the tap" else (tap, server)
        reader.transport.pause_reading()
        reader.transport.pause_reading()
        assert not reader.transport.is_reading()
        writer.transport.write(letter)
        writer.transport.write(b"end")
        await quiet()
        assert (writer.told, reader.told) == (["pause"], [])
        assert writer.transport.get_write_buffer_size() > HIGH
        reader.transport.resume_reading()
        assert reader.transport.is_reading()
        await until(lambda: len(reader.data) == len(letter) + 3)
        assert reader.data == letter + b"end"
        assert max(n for n in reader.told if isinstance(n, int)) <= LARGEST
        await until(lambda: "resume" in writer.told)
        assert writer.told == ["pause", "resume"] and writer.transport.get_write_buffer_size() == 0

    assert ends(kind, talk) == []


@both
def test_one_that_closes_while_it_is_held_up_is_not_told_to_go_on(kind: str) -> None:
    async def talk(server: Log, tap: Log) -> None:
        tap.transport.pause_reading()
        for _n in range(60):
            server.transport.write(b"x" * HIGH)
            await quiet()
        assert server.told == ["pause"]
        (server.transport.close if kind == "joined" else server.transport.abort)()  # a socket waits for its reader
        await until(lambda: None in server.told)
        tap.transport.resume_reading()
        await until(lambda: "eof" in tap.told)
        assert server.told == ["pause", None]
        assert kind != "joined" or len(tap.data) == 60 * HIGH

    assert ends(kind, talk) == []


def test_one_can_be_told_when_the_other_is_gone_after_its_fin() -> None:
    async def talk(server: Log, tap: Log) -> None:
        gone: list[bool] = []
        assert isinstance(server.transport, Joined)
        server.transport.when_gone = lambda: gone.append(True)
        tap.transport.write_eof()
        await until(lambda: "eof" in server.told)
        await quiet()
        assert not gone and not server.transport.gone
        tap.transport.abort()
        await until(lambda: gone)
        assert server.transport.gone and server.told == ["eof"]
        server.transport.close()
        await until(lambda: None in server.told)
        assert gone == [True] and server.transport.when_gone is None

    assert ends("joined", talk) == []


@both
def test_paused_ones_are_told_of_the_end_when_they_go_on(kind: str) -> None:
    async def talk(server: Log, tap: Log) -> None:
        tap.transport.pause_reading()
        server.transport.write(b"x")
        server.transport.close()
        await until(lambda: server.told == [None])
        await quiet()
        assert tap.told == []
        tap.transport.resume_reading()
        await until(lambda: len(tap.told) == 2)
        assert tap.told == [b"x", "eof"]

    assert ends(kind, talk) == []


@both
@pytest.mark.parametrize("what", ["data_received", "eof_received"])
def test_a_protocol_that_raises_loses_its_connection(kind: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk(server: Log, tap: Log) -> None:
        def stumble(*_args: object) -> None:
            raise ZeroDivisionError(what)

        monkeypatch.setattr(server, what, stumble)
        tap.transport.write(b"x") if what == "data_received" else tap.transport.write_eof()
        await until(lambda: server.told)
        assert server.told == [ZeroDivisionError]
        await until(lambda: tap.told)
        assert tap.told == ["eof"]

    (problem,) = ends(kind, talk)
    assert problem["message"] == f"Fatal error: protocol.{what}() call failed."
    assert repr(problem["exception"]) == f"ZeroDivisionError('{what}')"


@both
def test_a_protocol_with_a_buffer_of_its_own(kind: str) -> None:
    got = bytearray()

    class Small(asyncio.BufferedProtocol):
        room = bytearray(3)

        def get_buffer(self, sizehint: int) -> bytearray:
            return self.room

        def buffer_updated(self, nbytes: int) -> None:
            got.extend(self.room[:nbytes])

    async def talk(server: Log, tap: Log) -> None:
        server.transport.set_protocol(Small())
        tap.transport.write(b"seven b")
        await until(lambda: len(got) == 7)
        assert got == b"seven b" and server.told == []

    assert ends(kind, talk) == []


@both
def test_limits(kind: str) -> None:
    async def talk(server: Log, tap: Log) -> None:
        transport = server.transport
        assert transport.get_write_buffer_limits() == (16384, 65536)
        transport.set_write_buffer_limits(low=5)
        assert transport.get_write_buffer_limits() == (5, 20)
        transport.set_write_buffer_limits(high=8)
        assert transport.get_write_buffer_limits() == (2, 8)
        with pytest.raises(ValueError, match=r"^high \(1\) must be >= low \(2\) must be >= 0$"):
            transport.set_write_buffer_limits(high=1, low=2)

    assert ends(kind, talk) == []


def test_the_server_is_told_at_once_and_knows_its_client() -> None:
    async def talk(server: Log, tap: Log) -> None:
        tap.transport.write(b"x")
        assert server.told == [b"x"]
        assert server.transport.get_extra_info("peername") == ("127.0.0.1", 5)
        assert server.transport.get_extra_info("socket") is tap.transport.get_extra_info("peername") is None
        assert isinstance(tap.transport, Joined)

    assert ends("joined", talk) == []
