"""A server in the same process that sends back what it gets, and takes no more than its client does."""

from __future__ import annotations

import asyncio
from typing import cast


class Echo(asyncio.Protocol):
    """RFC 862."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def pause_writing(self) -> None:
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()
