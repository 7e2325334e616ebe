"""A tunnel: bytes both ways, whatever they are (RFC 9110 section 9.3.6)."""

from __future__ import annotations

import asyncio

from netkit.servers.proxy.bodies import PIECE, Stream

QUIET = 600.0  # seconds after which a tunnel that carries nothing is closed
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Tunnel:
    """Between a client and a server.

    Args:
        client, server: the two connections.
    """

    def __init__(self, client: Stream, server: Stream) -> None:
        self._client, self._server = client, server
        self._loop = asyncio.get_running_loop()
        self._moved = self._loop.time()

    async def run(self) -> None:
        """Until both have ended, each in its own time.

        Raises:
            OSError: one of them broke off.
            TimeoutError: nothing came for a long time, or one does not take what it is sent.
        """
        self._client.writer.write(ESTABLISHED)
        ways = ((self._client.reader, self._server.writer), (self._server.reader, self._client.writer))
        tasks = [self._loop.create_task(self._pump(*way)) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await self._read(reader):
            writer.write(data)
            async with asyncio.timeout(QUIET):
                await writer.drain()
        writer.write_eof()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        while True:
            try:
                async with asyncio.timeout_at(self._moved + QUIET):
                    data = await reader.read(PIECE)
            except TimeoutError:
                if self._loop.time() < self._moved + QUIET:  # the other way carried something
                    continue
                raise
            self._moved = self._loop.time()
            return data
