"""A TLS server behind a tap, in a thread of the test's own, and contexts for both ends."""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import trustme

from netkit.wire import tls
from netkit.wire.address import Address
from tests.wire.peers import LIMIT


@functools.cache
def authority() -> trustme.CA:
    """One for all tests."""
    return trustme.CA()


def server_side() -> ssl.SSLContext:
    """A server's context that is none of netkit's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("127.0.0.1").configure_cert(context)
    return context


def client_side() -> ssl.SSLContext:
    """netkit's context for a client."""
    return tls.client_context(authority().cert_pem.bytes().decode())


def echo(end: ssl.SSLSocket) -> None:
    """Send back what comes, until the client ends."""
    while data := end.recv(1 << 16):
        end.sendall(data)


@contextlib.contextmanager
def serving(serve: Callable[[ssl.SSLSocket], object] = echo) -> Iterator[Address]:
    """A TLS server on 127.0.0.1, a thread for each connection."""
    context = server_side()
    threads = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:

        def one(end: socket.socket) -> None:
            with contextlib.suppress(OSError), end:
                end.settimeout(LIMIT)
                with context.wrap_socket(end, server_side=True) as secure:
                    serve(secure)

        def accept() -> None:
            while True:
                try:
                    end, _address = listener.accept()
                except OSError:
                    return
                if stopping.is_set():
                    end.close()
                    return
                thread = threading.Thread(target=one, args=(end,), daemon=True)
                threads.append(thread)
                thread.start()

        stopping = threading.Event()
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield Address(*listener.getsockname())
        finally:
            stopping.set()
            socket.create_connection(listener.getsockname(), timeout=LIMIT).close()
            accepting.join(LIMIT)
            for thread in threads:
                thread.join(LIMIT)
