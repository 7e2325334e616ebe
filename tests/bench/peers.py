"""The servers that are measured against: each a process of its own, so that they take nothing from the tap."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator

from netkit.wire.address import Address

LIMIT = 60.0  # seconds

_START = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", 0), backlog=256)
print(listener.getsockname()[1], flush=True)
while True:
    c, _ = listener.accept()
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
"""
SINK = (
    _START
    + """
    n = 0
    while data := c.recv(1 << 18):
        n += len(data)
    c.sendall(b"%d" % n); c.close()
"""
)
ECHO = (
    _START
    + """
    while data := c.recv(1 << 16):
        c.sendall(data)
"""
)
THINKS = (
    _START
    + """
    while data := c.recv(1 << 16):
        until = time.perf_counter() + 0.0002
        while time.perf_counter() < until: pass
        c.sendall(data)
"""
)

XMLRPC = """
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer
class Handler(SimpleXMLRPCRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps the connection
srv = SimpleXMLRPCServer(("127.0.0.1", 0), Handler, logRequests=False)
print(srv.server_address[1], flush=True)
srv.register_function(lambda x, y: x + y, "add")
srv.serve_forever()
"""


@contextlib.contextmanager
def running(source: str) -> Iterator[Address]:
    """Such a server."""
    command, pipe = [sys.executable, "-c", source], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        try:
            yield Address("127.0.0.1", int(process.stdout.readline()))
        finally:
            process.kill()


def upload(address: Address, size: int) -> float:
    """Bytes a second."""
    block = memoryview(bytes(1 << 20))
    with socket.create_connection(address, timeout=LIMIT) as client:
        begun = time.perf_counter()
        for _n in range(size >> 20):
            client.sendall(block)
        client.shutdown(socket.SHUT_WR)
        said = client.recv(100)
        took = time.perf_counter() - begun
    assert int(said) == size, said
    return size / took


def dialogue(address: Address, lines: int) -> float:
    """Questions and answers of 20 bytes, a second."""
    with socket.create_connection(address, timeout=LIMIT) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        begun = time.perf_counter()
        for _n in range(lines):
            client.sendall(b"twenty bytes of text")
            assert client.recv(100) == b"twenty bytes of text"
        return lines / (time.perf_counter() - begun)


def remote_calls(address: Address | str, n: int) -> float:
    """Calls of XML-RPC over one connection, a second."""
    with xmlrpc.client.ServerProxy(f"http://{address}") as server:
        assert server.add(0, 1) == 1  # connects
        begun = time.perf_counter()
        for number in range(n):
            assert server.add(number, 1) == number + 1
        return n / (time.perf_counter() - begun)


def calls_of_another(address: Address, n: int) -> float:
    """The same, by a client in a process of its own."""
    source = f"from tests.bench import peers; print(peers.remote_calls('{address}', {n}))"
    made = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=LIMIT)
    return float(made.stdout)
