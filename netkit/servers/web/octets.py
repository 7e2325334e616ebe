"""Bodies of bytes: random ones, ranges, those that come slowly, files of any size, and one that breaks off."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime

from tornado.httputil import HTTPHeaders
from tornado.web import HTTPError

from netkit.servers.web.handler import BLOCK, SLICES, Page
from netkit.servers.web.ranges import asked, letters, pattern

MOST_RANDOM = 100 << 10  # bytes, as httpbin
MOST_DRIPS = 10 << 20  # bytes
MOST_FILE = 1 << 30  # bytes
MOST_SECONDS = 60.0
MODIFIED = "Mon, 01 Jan 2024 00:00:00 GMT"  # of files that never change
OCTETS = "application/octet-stream"


class Bytes(Page):
    """/bytes/{n}: random ones; ?seed=: the same each time, and the same as httpbin's"""

    def get(self, n: str) -> None:
        self.set_header("Content-Type", OCTETS)
        self.finish(self.random(int(n)))

    def random(self, n: int) -> bytes:
        """At most 100 KB of them."""
        size = min(n, MOST_RANDOM)
        seed = self.get_query_argument("seed", None)
        if seed is None:
            return os.urandom(size)
        try:
            numbers = random.Random(int(seed[:30]))
        except ValueError:
            raise HTTPError(400) from None
        return bytes(_bytes_of(numbers, size))


def _bytes_of(numbers: random.Random, size: int) -> Iterator[int]:
    """What randint(0, 255) gives, in a quarter of its time: nine bits, and again when they are too many."""
    bits = numbers.getrandbits
    for _n in range(size):
        while (number := bits(9)) > 255:
            pass
        yield number


class StreamBytes(Bytes):
    """/stream-bytes/{n}?chunk_size=&seed=: the same, and how many there will be is not said"""

    async def get(self, n: str) -> None:  # type: ignore[override]
        size = int(self.number("chunk_size", 10240, MOST_RANDOM, least=1))
        data = self.random(int(n))
        self.set_header("Content-Type", OCTETS)
        await self.pour(data[at : at + size] for at in range(0, len(data), size))


class Partial(Page):
    """What can be asked for in parts."""

    Bytes = Callable[[int, int, int], Iterator[bytes]]

    async def send(
        self, size: int, make: Bytes, etag: str, speed: float = 0, length: bool = True, kind: str = OCTETS
    ) -> None:
        """Send it, or the part that is asked for.

        Args:
            size: of the whole, in bytes.
            make: gives the bytes from and up to, in blocks.
            etag: names this representation.
            speed: bytes a second; 0: as fast as can be.
            length: whether it is said before.
            kind: for Content-Type.
        """
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("ETag", f'"{etag}"')
        self.set_header("Last-Modified", MODIFIED)
        self.set_header("Content-Type", kind)
        start, stop = 0, size
        if not changed(self.request.headers, etag):
            self.set_status(304)
            return
        try:
            same = self.request.headers.get("If-Range", f'"{etag}"') in (f'"{etag}"', MODIFIED)
            part = asked(self.request.headers.get("Range", ""), size) if same else None
        except ValueError:
            self.set_status(416)
            self.set_header("Content-Range", f"bytes */{size}")
            return
        if part is not None:
            start, stop = part
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {start}-{stop - 1}/{size}")
        if length:
            self.set_header("Content-Length", stop - start)
        await self.pour(make(start, stop, block_of(speed)), speed)


def changed(headers: HTTPHeaders, etag: str) -> bool:
    """Whether the client has not got this one already (RFC 9110 section 13.1)."""
    if "If-None-Match" in headers:
        return not {f'"{etag}"', f'W/"{etag}"', "*"} & {tag.strip() for tag in headers["If-None-Match"].split(",")}
    try:
        since = parsedate_to_datetime(headers.get("If-Modified-Since", ""))
        return since.astimezone(UTC) < parsedate_to_datetime(MODIFIED)
    except (ValueError, OverflowError):
        return True


def block_of(speed: float) -> int:
    """How many bytes go at once; 0 bytes a second: as fast as can be."""
    return max(1, min(BLOCK, int(speed / SLICES))) if speed else BLOCK


class Range(Partial):
    """/range/{n}?duration=&chunk_size=: the alphabet, n bytes of it"""

    async def get(self, n: str) -> None:
        size = int(n)
        if not 0 < size <= MOST_RANDOM:
            self.set_status(404)
            self.text(f"number of bytes must be in the range (0, {MOST_RANDOM}]")
            return
        duration = self.number("duration", 0, MOST_SECONDS)
        self.number("chunk_size", 10240, least=1)
        await self.send(size, letters, f"range{size}", size / duration if duration else 0)


class File(Partial):
    """/file/{size}?speed=&length=no: lines that say where they stand"""

    async def get(self, size: str) -> None:
        if int(size) > MOST_FILE:
            raise HTTPError(404)
        speed = self.number("speed", 0)
        length = self.get_query_argument("length", "yes") != "no"
        await self.send(int(size), pattern, f"file-{int(size)}", speed, length)


class Truncated(Page):
    """/truncated/{size}: half of what it announces; ?length=no: chunks without the last one"""

    async def get(self, size: str) -> None:
        if int(size) > MOST_FILE:
            raise HTTPError(404)
        self.set_header("Content-Type", OCTETS)
        if self.get_query_argument("length", "yes") != "no":
            self.set_header("Content-Length", int(size))
        await self.pour(pattern(0, int(size) // 2, BLOCK), whole=False)


class Drip(Page):
    """/drip?numbytes=&duration=&delay=&code="""

    async def get(self) -> None:
        size = int(self.number("numbytes", 10, MOST_DRIPS, least=1))
        duration = self.number("duration", 2, MOST_SECONDS)
        code = int(self.number("code", 200, least=200))
        if code > 599 or code in (204, 304):
            raise HTTPError(400)
        await self.pause(self.number("delay", 0, 10))
        self.set_status(code, None if code in (200, 206) else "Dripping")
        self.set_header("Content-Type", OCTETS)
        self.set_header("Content-Length", size)
        speed = size / duration if duration else 0.0
        block = block_of(speed)
        await self.pour((b"*" * min(block, size - at) for at in range(0, size, block)), speed)
