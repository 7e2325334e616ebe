"""Tornado on a tap: it gets one end of each connection, and has no port of its own."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

from tornado.httpserver import HTTPServer
from tornado.netutil import ssl_wrap_socket
from tornado.web import Application

from netkit.servers.quiet import keep_quiet
from netkit.servers.web.head import BODY
from netkit.servers.web.stream import Strict, StrictTls
from netkit.wire.address import Address

BODY_LIMIT = 120.0  # seconds that the body of a request may take


keep_quiet("tornado.general", "tornado.application")  # the kernel's own tornado logs as before


class WebDoor:
    """Takes connections for an application.

    Args:
        application: what answers.
        context: makes the server's TLS context, for each connection anew; without, there is no TLS.
    """

    def __init__(self, application: Application, context: Callable[[], ssl.SSLContext] | None = None) -> None:
        self._context = context
        protocol = "https" if context else "http"
        self._server = HTTPServer(application, protocol=protocol, max_body_size=BODY, body_timeout=BODY_LIMIT)
        self._server.conn_params.header_timeout = None  # Strict has limits of its own, which take less time

    def take(self, end: socket.socket, client: Address) -> None:
        """Serve a connection. Call it on the background loop.

        Args:
            end: one end of a socket pair, not blocking; it is closed when the connection is over.
            client: the client's address.

        Raises:
            OSError: there is no certificate to be had; the end is the caller's to close.
        """
        stream = Strict(end) if self._context is None else StrictTls(self._wrapped(end, self._context()))
        self._server.handle_stream(stream, client)

    def _wrapped(self, end: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
        return ssl_wrap_socket(end, context, server_side=True, do_handshake_on_connect=False)
