"""The POP3 door with a transport that a test holds in its hand: what it reads when, and when it has waited enough."""

from __future__ import annotations

import asyncio

from netkit.servers.mail.maildrops import Maildrops
from netkit.servers.mail.pop3_door import IDLE, Pop3Door


class Transport(asyncio.Transport):
    """Notes what is done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.reading, self.closed = True, False

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.written.append(data)

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def close(self) -> None:
        self.closed = True


def door() -> tuple[Pop3Door, Transport]:
    """A connection that has been greeted."""
    made, transport = Pop3Door(Maildrops({"student": "x"})), Transport()
    made.connection_made(transport)
    assert transport.written.pop().startswith(b"+OK POP3 server ready <")
    return made, transport


def test_a_client_that_does_not_read_is_not_read_from() -> None:
    async def talk() -> None:
        made, transport = door()
        made.pause_writing()
        made.data_received(b"NOOP\r\nUSER student\r\n")
        assert not transport.reading and transport.written == []
        made.resume_writing()
        assert transport.reading and [line[:4] for line in transport.written] == [b"-ERR", b"+OK "]
        made.connection_lost(None)

    asyncio.run(talk())


def test_who_says_something_now_and_then_stays() -> None:
    async def talk() -> None:
        made, transport = door()
        now = asyncio.get_running_loop().time
        for ago, closed in ((0.0, False), (IDLE - 60, False), (IDLE, True)):
            made._timer.cancel()
            made._last = now() - ago
            made._look()
            assert transport.closed is closed
            assert closed or abs(made._timer.when() - now() - (IDLE - ago)) < 5
        made.connection_lost(None)
        assert made._timer.cancelled()

    asyncio.run(talk())


def test_ten_minutes_at_least() -> None:
    assert IDLE >= 600  # RFC 1939 section 3
