"""Tornado on a tap: it gets each connection in memory, and has no port of its own."""

from __future__ import annotations

import asyncio
import ssl
from asyncio.sslproto import SSLProtocol  # private; start_tls() wants a transport that exists already
from collections.abc import Callable
from typing import Any, cast

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.web import Application

from netkit.servers.quiet import keep_quiet
from netkit.servers.web.head import BODY
from netkit.servers.web.stream import Strict

HANDSHAKE = 60.0  # seconds that TLS may take to begin
GOODBYE = 2.0  # seconds in which a client may say that TLS is over

keep_quiet("tornado.general", "tornado.application")  # the kernel's own tornado logs as before


class WebDoor:
    """Takes connections for an application: called, it makes an asyncio protocol for one.

    Args:
        application: what answers.
        context: makes the server's TLS context, for each connection anew; without, there is no TLS.
    """

    def __init__(self, application: Application, context: Callable[[], ssl.SSLContext] | None = None) -> None:
        self._context = context
        self._server = HTTPServer(application, protocol="https" if context else "http", max_body_size=BODY)
        self._server.conn_params.header_timeout = None  # Strict has limits of its own, which take less time

    def __call__(self) -> asyncio.Protocol:
        """A server's end, for one connection. Call it on the background loop.

        Raises:
            OSError: there is no certificate to be had.
        """
        stream = Strict(self._serve)
        if self._context is None:
            return stream
        limits: dict[str, Any] = {"ssl_handshake_timeout": HANDSHAKE, "ssl_shutdown_timeout": GOODBYE}
        loop, nobody_waits = asyncio.get_running_loop(), cast(Any, None)
        secure = SSLProtocol(loop, stream, self._context(), nobody_waits, server_side=True, **limits)
        return cast(asyncio.Protocol, secure)  # a BufferedProtocol, with which the tap can be joined just as well

    def _serve(self, stream: Strict) -> None:
        self._server.handle_stream(cast(IOStream, stream), stream.client)
