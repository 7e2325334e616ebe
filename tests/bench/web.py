"""The web site through its tap, recorded, beside httpbin under gunicorn: small requests, each with its small answer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from netkit.wire.address import Address
from tests.bench import others, peers

NETKIT = """
import sys, netkit
print(netkit.web().http.address.port, flush=True)
sys.stdin.read()
"""
# The cheapest client there is, for it takes its time from the same machine: eight requests at once, then their answers.
CLIENT = r"""
import socket, sys, time
port, requests, keep, kind = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "keep", sys.argv[4]
body = b"name=value&text=hello+world"
head = b" HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: */*\r\n" + b"Connection: close\r\n" * (not keep)
form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body) + body
request = b"GET /get?name=value" + head + b"\r\n" if kind == "get" else b"POST /post" + head + form

def connect():
    made = socket.create_connection(("127.0.0.1", port), timeout=60)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made

def is_over(sock):
    said = b""
    while (end := said.find(b"\r\n\r\n")) < 0:
        said += sock.recv(65536)
    fields = said[:end].lower()
    size = int(fields.split(b"\r\ncontent-length:")[1].split(b"\r\n")[0])
    while len(said) < end + 4 + size:
        said += sock.recv(65536)
    assert said.startswith(b"HTTP/1.1 200 OK\r\n") and b'"name": "value"' in said, said
    return not keep or b"\r\nconnection: close" in fields

socks, done = [None] * 8, 0
begun = time.perf_counter()
while done < requests:
    for n in range(8):
        socks[n] = socks[n] or connect()
        socks[n].sendall(request)
    for n in range(8):
        if is_over(socks[n]):
            socks[n] = socks[n].close()
        done += 1
print(done / (time.perf_counter() - begun))
"""
KINDS = (
    ("web, GET, connections kept", "get", "keep"),
    ("web, POST of a form, connections kept", "post", "keep"),
    ("web, GET, a connection each", "get", "new"),
    ("web, POST of a form, a connection each", "post", "new"),
)


def ask(address: Address, requests: int, keep: str, kind: str) -> float:
    """Requests a second. A server that closes the connection after its answer gets a new one."""
    command = [sys.executable, "-c", CLIENT, str(address.port), str(requests), keep, kind]
    made = subprocess.run(command, capture_output=True, text=True, check=True, timeout=peers.LIMIT)
    return float(made.stdout)


def asking(turns: int = 7, requests: int = 800) -> Iterator[tuple[str, float, float | None]]:
    """Requests a second, and httpbin's rate where it is installed, by turns; the best of each."""
    with peers.running(NETKIT) as ours, others.httpbin() as theirs:
        for what, kind, keep in KINDS:
            rates = []
            for _turn in range(turns):
                other = 0.0 if theirs is None else ask(theirs, requests, keep, kind)
                rates.append((ask(ours, requests, keep, kind), other))
            best, other = (max(each) for each in zip(*rates, strict=True))
            yield what, best, other or None
