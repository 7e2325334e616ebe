"""Paths that say what they were asked, as httpbin's do: /get, /post, /anything …; also compressed, also late."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any

from netkit.servers.web.handler import Page
from netkit.servers.web.seen import ORIGIN

GET = "args headers origin url"
BODY = "args data files form headers json origin url"
MOST_LINES = 100
MOST_DELAY = 10.0  # seconds


class Get(Page):
    """/get"""

    def get(self) -> None:
        self.json(self.seen(GET))


class Post(Page):
    """/post"""

    def post(self) -> None:
        self.json(self.seen(BODY))


class Put(Page):
    """/put"""

    def put(self) -> None:
        self.json(self.seen(BODY))


class Patch(Page):
    """/patch"""

    def patch(self) -> None:
        self.json(self.seen(BODY))


class Delete(Page):
    """/delete"""

    def delete(self) -> None:
        self.json(self.seen(BODY))


class Anything(Page):
    """/anything, /anything/…: with any method"""

    def get(self, _anything: str = "") -> None:
        self.json(self.seen(BODY + " method"))

    post = put = patch = delete = get


class Headers(Page):
    """/headers"""

    def get(self) -> None:
        self.json(self.seen("headers"))


class Ip(Page):
    """/ip"""

    def get(self) -> None:
        self.json({"origin": ORIGIN})


class UserAgent(Page):
    """/user-agent"""

    def get(self) -> None:
        self.json({"user-agent": self.request.headers.get("User-Agent")})


class Compressed(Page):
    """/gzip and /deflate: whether the client asked for it or not"""

    def initialize(self, coding: str) -> None:
        self.coding = coding

    def get(self) -> None:
        done = {"gzip": "gzipped", "deflate": "deflated"}[self.coding]
        body = json.dumps(self.seen("headers method origin") | {done: True}, indent=2, sort_keys=True) + "\n"
        self.set_header("Content-Type", "application/json")
        self.set_header("Content-Encoding", self.coding)
        self.finish(gzip.compress(body.encode(), mtime=0) if self.coding == "gzip" else zlib.compress(body.encode()))


class Delay(Page):
    """/delay/{seconds}: at most ten"""

    async def get(self, seconds: str) -> None:
        await self.pause(self.bounded(seconds, MOST_DELAY))
        self.json(self.seen("args data files form headers origin url"))

    post = put = patch = delete = get


class Lines(Page):
    """/stream/{n}: so many lines of JSON, at most a hundred; how long all of it will be is not said"""

    async def get(self, n: str) -> None:
        self.set_header("Content-Type", "application/json")
        await self.pour(self._lines(min(int(n), MOST_LINES), self.seen(GET)))

    def _lines(self, n: int, line: dict[str, Any]) -> Iterator[bytes]:
        return (json.dumps(line | {"id": number}).encode() + b"\n" for number in range(n))
