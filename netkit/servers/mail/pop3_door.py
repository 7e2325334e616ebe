"""POP3 on a connection: the pure session of `netkit.servers.mail.pop3`, with an asyncio transport around it."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from typing import cast

from netkit.servers import tls
from netkit.servers.mail.letters import HOST
from netkit.servers.mail.pop3 import Session
from netkit.servers.mail.pop3_commands import Store
from netkit.wire import background

IDLE = 600.0  # seconds without a command after which a session ends, and deletes nothing (RFC 1939 section 3)
HANDSHAKE = 60.0  # seconds that a TLS handshake may take
_numbers = itertools.count(1)


class Pop3Door(asyncio.Protocol):
    """One connection.

    Args:
        store: the maildrops.
        secure: whether it begins with a TLS handshake, as on port 995.
    """

    def __init__(self, store: Store, *, secure: bool = False) -> None:
        # Always of one length, so that two runs of a lesson differ in no count of bytes.
        stamp = f"<{os.getpid() % 10**7:07}{next(_numbers) % 10**5:05}.{time.time_ns():020}@{HOST}>"
        self._session = Session(store, stamp, prepare_tls=tls.server_context, secure=secure)
        self._secure = secure
        self._loop = asyncio.get_running_loop()
        self._full = False  # the client does not read: it is not read from, and nothing more is answered
        self._handshake: asyncio.Task[None] | None = None
        self._encrypted = bytearray()  # what came with the last bytes of the handshake, decrypted
        self._begun = False  # the handshake: what comes from now on was encrypted
        self._last = self._loop.time()
        self._timer = self._loop.call_later(IDLE, self._look)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._secure:
            self._start_tls()
        else:
            self._transport.write(self._session.greeting)

    def data_received(self, data: bytes) -> None:
        if self._handshake is None:
            self._last = self._loop.time()
            self._session.feed(data)
            self._go_on()
        elif self._begun:
            self._encrypted += data

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._transport.resume_reading()
        self._go_on()

    def connection_lost(self, problem: Exception | None) -> None:
        self._timer.cancel()
        self._session.lost()

    def _go_on(self) -> None:
        if self._handshake is not None:
            return
        while not self._full and (reply := self._session.answer()) is not None:
            self._transport.write(reply)
        if self._session.starting_tls:
            self._start_tls()
        elif self._session.over:
            self._transport.close()  # what was written is sent first
        elif self._full:
            self._transport.pause_reading()  # so its end is seen when all is answered

    def _start_tls(self) -> None:
        self._handshake = self._loop.create_task(self._shake_hands())

    async def _shake_hands(self) -> None:
        plain, self._begun = self._transport, True
        try:
            secure = await self._loop.start_tls(
                plain, self, tls.server_context(), server_side=True, ssl_handshake_timeout=HANDSHAKE
            )
        except OSError:  # no TLS spoken, or the certificate refused, by the client
            plain.abort()
            return
        except Exception as problem:
            background.note("POP3", problem)
            plain.abort()
            return
        if secure is None or plain.is_closing():
            return
        self._transport, self._handshake, self._full = secure, None, False
        if self._secure:
            secure.write(self._session.greeting)
        else:
            self._secure = True
            self._session.secured()
        self.data_received(bytes(self._encrypted))

    def _look(self) -> None:
        left = self._last + IDLE - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self._transport.close()
