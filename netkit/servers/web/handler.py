"""What all handlers of the site have in common: fields of the request, JSON, bodies that take their time, errors."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterable
from types import TracebackType
from typing import Any, cast
from urllib.parse import quote

from tornado.iostream import StreamClosedError
from tornado.web import Finish, HTTPError, RequestHandler

from netkit.servers.web import layout
from netkit.servers.web.buffered import Buffered
from netkit.servers.web.seen import seen
from netkit.wire import background

SLICES = 20  # a second: a body with a speed goes out in as many pieces
BLOCK = 65536  # bytes that go at once of a body without one


class Page(RequestHandler):
    """A resource. What has a GET has a HEAD and OPTIONS too; what goes wrong is told in words."""

    def set_default_headers(self) -> None:
        """The name alone: a version helps nobody but an attacker."""
        self.set_header("Server", "netkit")
        self.set_header("Content-Type", layout.HTML)

    def compute_etag(self) -> str | None:
        """None: only what says so is kept in a cache."""
        return None

    def head(self, *arguments: str) -> Any:
        """As GET; tornado leaves the body out (RFC 9110 section 9.3.2)."""
        return self.get(*arguments)

    def options(self, *_arguments: str) -> None:
        """RFC 9110 section 9.3.7."""
        self.set_header("Allow", ", ".join(self.allowed))

    @property
    def allowed(self) -> list[str]:
        """The methods that this resource has."""
        names = ("GET", "POST", "PUT", "PATCH", "DELETE")
        own = [name for name in names if getattr(type(self), name.lower()) is not getattr(RequestHandler, name.lower())]
        return (["GET", "HEAD", *own[1:]] if "GET" in own else own) + ["OPTIONS"]

    @property
    def language(self) -> str:
        """``"en"`` or ``"ru"``: by the path, else by Accept-Language."""
        return layout.language(self.request.path, self.request.headers.get("Accept-Language", ""))

    def json(self, value: object) -> None:
        """Answer with JSON, laid out as httpbin does."""
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(value, indent=2, sort_keys=True) + "\n")

    def text(self, text: str, kind: str = "text/plain; charset=utf-8") -> None:
        """Answer with text."""
        self.set_header("Content-Type", kind)
        self.finish(text.encode())

    def seen(self, keys: str) -> dict[str, Any]:
        """See `netkit.servers.web.seen.seen`."""
        return seen(self.request, keys)

    def number(self, name: str, default: float, most: float = math.inf, least: float = 0) -> float:
        """A number of the query, between its bounds: those of time and size are cut down to the most.

        Raises:
            HTTPError: 400; it is no number, or less than the least.
        """
        return self.bounded(self.get_query_argument(name, str(default)), most, least)

    def bounded(self, text: str, most: float = math.inf, least: float = 0) -> float:
        """See `number`."""
        try:
            value = float(text[:30])
        except ValueError:
            value = math.nan
        if not value >= least:
            raise HTTPError(400)
        return min(value, most)

    def go_to(self, target: str, status: int = 302) -> None:
        """Redirect. A target cannot bring a header of its own: what is not visible ASCII is percent-encoded."""
        self.set_status(status)
        target = quote(target, safe="!#$%&'()*+,-./:;<=>?@[]^_`{|}~\\\"")
        self.set_header("Location", target)
        self.text(layout.leads_to(status, target), layout.HTML)  # a note for those who do not follow: section 15.4

    async def pause(self, seconds: float) -> None:
        """Wait; it ends with the connection.

        Raises:
            StreamClosedError: the client has gone.
        """
        self._gone = asyncio.Event()
        try:
            async with asyncio.timeout(seconds):
                await self._gone.wait()
        except TimeoutError:
            return
        raise StreamClosedError

    def on_connection_close(self) -> None:
        """The client has gone while it was being answered."""
        if hasattr(self, "_gone"):
            self._gone.set()

    async def pour(self, pieces: Iterable[bytes], speed: float = 0.0, whole: bool = True) -> None:
        """Send a body piece by piece, each when the client has taken the one before.

        Args:
            pieces: the body; for Content-Length, set the header before.
            speed: bytes a second, the last piece's time included; 0: as fast as can be.
            whole: without, the connection is broken off where the body's end would be told.
        """
        loop = asyncio.get_running_loop()
        due = loop.time()
        old = self.request.version == "HTTP/1.0" and "Content-Length" not in self._headers
        if old and "Connection" in self.request.headers:
            del self.request.headers["Connection"]  # or tornado would promise to keep it open
        try:
            await self.flush()
            if self.request.method != "HEAD":
                for piece in pieces:
                    self.write(piece)
                    await self.flush()
                    if speed:
                        due += len(piece) / speed
                        await self.pause(max(0.0, due - loop.time()))
                if old or not whole:  # nothing but the connection's end tells the body's
                    cast(Buffered, self.detach()).close(goodbye=whole)
                    return
        except StreamClosedError:
            pass
        self.finish()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A page that says what is wrong."""
        if status_code == 405:
            self.set_header("Allow", ", ".join(self.allowed))
        if status_code == 401:
            self.set_header("WWW-Authenticate", kwargs["exc_info"][1].challenge)
        self.finish(layout.error(status_code, self.request.path, self.language))

    def log_exception(
        self, typ: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None:
        """A server never prints."""
        if not isinstance(value, (HTTPError, StreamClosedError)):
            background.note("web", value)


class Unauthorized(HTTPError):
    """401, with the challenge of RFC 9110 section 11.6.1."""

    def __init__(self, challenge: str) -> None:
        super().__init__(401)
        self.challenge = challenge


class NotFound(Page):
    """Whatever path there is not."""

    def prepare(self) -> None:
        """All methods alike."""
        if self.request.path == "*":  # OPTIONS for the server as a whole
            self.set_header("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
            raise Finish
        raise HTTPError(404)
