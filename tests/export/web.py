"""A small web server of the standard library behind a tap, for tests."""

from __future__ import annotations

import contextlib
import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from netkit.wire.address import loopback
from netkit.wire.tap import Tap


class Handler(BaseHTTPRequestHandler):
    """Whatever the method, it sends back what it got; ``/gzip`` compressed, ``/chunked`` in chunks, ``/404`` not."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0))) or "привет\n".encode()
        self.send_response(404 if self.path == "/404" else 200)
        self.send_header("Content-Type", self.headers.get("Content-Type", "text/plain; charset=utf-8"))
        self.send_header("Set-Cookie", "id=7; Path=/; HttpOnly; Expires=Sun, 06 Nov 1994 08:49:37 GMT")
        if self.path == "/gzip":
            content = gzip.compress(content, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            content = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
        else:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = do_BREW = do_GET

    def log_message(self, *_args: object) -> None:
        """Servers do not print."""


@contextlib.contextmanager
def tapped_web() -> Iterator[Tap]:
    """The server, and a tap in front of it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    tap = Tap(loopback(*server.server_address[:2]), name="web", protocol="http")  # type: ignore[arg-type]
    try:
        with tap:
            yield tap
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
