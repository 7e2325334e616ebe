"""httpbin under gunicorn, each as it comes, on a free port of 127.0.0.1; in an environment of their own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from netkit.wire.address import Address
from tests.bench import peers

# `make bench` makes it: what these want to have beside them is no affair of the course's own environment.
PROGRAM = Path(sys.prefix) / "peers" / ("Scripts" if sys.platform == "win32" else "bin") / "gunicorn"


@contextlib.contextmanager
def running() -> Iterator[Address | None]:
    """Such a server; None where it is not installed."""
    if not PROGRAM.exists():
        yield None
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = Address(*free.getsockname()[:2])
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with subprocess.Popen(
        [PROGRAM, "--bind", str(address), "--log-level", "critical", "httpbin:app"],
        env=clean,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
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
            client.sendall(b"GET /ip HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")  # its worker must be there, too
            if client.recv(100).startswith(b"HTTP/1.1 200 "):
                return
        time.sleep(0.05)
    raise RuntimeError("httpbin does not start")
