"""httpbin under gunicorn, and mitmdump: each as it comes, on a free port of 127.0.0.1, in its own environment."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from netkit.wire.address import Address
from tests.bench import peers

# `make bench` makes it: what they want to have beside them is no affair of the course's own environment.
FOLDER = Path(sys.prefix) / "peers" / ("Scripts" if sys.platform == "win32" else "bin")
READY = b"GET /ip HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"  # its worker must be there, too


@contextlib.contextmanager
def httpbin() -> Iterator[Address | None]:
    """httpbin, with gunicorn's own settings: one worker, and no connection is kept."""
    with _running("gunicorn", "--bind", "{host}:{port}", "--log-level", "critical", "httpbin:app") as address:
        yield address


@contextlib.contextmanager
def mitmdump() -> Iterator[Address | None]:
    """A proxy, with its own settings, but that it prints nothing."""
    with tempfile.TemporaryDirectory() as folder:
        own = ("--quiet", "--set", f"confdir={folder}", "--listen-host", "{host}", "--listen-port", "{port}")
        with _running("mitmdump", *own) as address:
            yield address


@contextlib.contextmanager
def _running(name: str, *arguments: str) -> Iterator[Address | None]:
    """Such a server; None where it is not installed."""
    if not (FOLDER / name).exists():
        yield None
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = Address(*free.getsockname()[:2])
    command = [str(FOLDER / name), *(each.format(host=address.host, port=address.port) for each in arguments)]
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    nothing = subprocess.DEVNULL
    with subprocess.Popen(command, env=clean, stdin=nothing, stdout=nothing, stderr=nothing) as process:
        try:
            _wait(address, process)
            yield address
        finally:
            process.terminate()
            process.wait(peers.LIMIT)


def _wait(address: Address, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + peers.LIMIT
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(address, timeout=peers.LIMIT) as client:
            client.sendall(READY)
            if client.recv(100).startswith(b"HTTP/1.1 "):
                return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not start")
