"""The forward proxy through its tap, recorded, beside mitmdump: one large download, and small requests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import netkit
from netkit.servers.proxy.forward import Proxy
from netkit.wire.address import Address
from tests.bench import others, peers

SIZE = 100_000_000  # bytes
ORIGIN = """
import socketserver
block = bytes(1 << 18)
class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    def handle(self):
        while line := self.rfile.readline():
            while self.rfile.readline() not in (b"\\r\\n", b""):
                pass
            left = int(line.split()[1].rsplit(b"/", 1)[1])
            self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % left)
            while left:
                left -= self.wfile.write(block[:left])
class Server(socketserver.ThreadingTCPServer):
    daemon_threads, request_queue_size = True, 256
server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""
CLIENT = """
import http.client, sys, time
port, url, times, size, keep = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5] == "keep"
room = bytearray(1 << 18)
client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
begun = time.perf_counter()
for _n in range(times):
    client.request("GET", url, headers={} if keep else {"Connection": "close"})
    response, came = client.getresponse(), 0
    while n := response.readinto(room):
        came += n
    assert (response.status, came) == (200, size), (response.status, came)
    if not keep:
        client.close()
print(time.perf_counter() - begun)
"""
KINDS = (
    ("proxy, a download of 100 MB", SIZE, 1, "keep"),
    ("proxy, small GET, connections kept", 5, 1000, "keep"),
    ("proxy, small GET, a connection each", 5, 300, "new"),
)


def ask(proxy: Address, url: str, times: int, size: int, keep: str) -> float:
    """Responses a second."""
    command = [sys.executable, "-c", CLIENT, str(proxy.port), url, str(times), str(size), keep]
    made = subprocess.run(command, capture_output=True, text=True, check=True, timeout=peers.LIMIT)
    return times / float(made.stdout)


def asking(turns: int = 4) -> Iterator[tuple[str, float, float | None]]:
    """Responses a second, and mitmdump's rate where it is installed, by turns; the best of each.

    Both get them from one server, through one tap: netkit's proxy asks no others.
    """
    with peers.running(ORIGIN) as origin, netkit.tap(*origin) as tap, Proxy() as ours, others.mitmdump() as theirs:
        for what, size, times, keep in KINDS:
            url, rates = f"http://{tap.address}/{size}", []
            for _turn in range(turns):
                other = 0.0 if theirs is None else ask(theirs, url, times, size, keep)
                rates.append((ask(ours.address, url, times, size, keep), other))
            best, other = (max(each) for each in zip(*rates, strict=True))
            yield what, best, other or None
