"""Speed and memory, as ratios measured in one run: ``python -m tests.bench``. Exits with 1 when a bound is broken.

It is no part of ``make test``: on a busy machine the figures say more about the machine.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

from netkit.wire.address import Address
from netkit.wire.conversation import Ending, Side
from netkit.wire.tap import Tap
from tests.bench import mail, peers, proxy, web
from tests.wire.echo import Echo

ROOT = Path(__file__).parents[2]
KERNEL = """
import sys, time
import ipykernel.ipkernel
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
begun = time.perf_counter()
"""


class Row(NamedTuple):
    """A line of the table; `good` is None where the issue sets no bound."""

    what: str
    measured: str
    bound: str
    good: bool | None


def fresh(source: str) -> float:
    """What a new process with a kernel's imports prints."""
    command = [sys.executable, "-c", KERNEL + source]
    kept = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }  # as learners have it
    made = subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True, check=True, timeout=60)
    return float(made.stdout)


def importing() -> Iterator[Row]:
    """In a fresh kernel."""
    took = statistics.median(fresh("import netkit; print(time.perf_counter() - begun)") for _n in range(9))
    yield Row("import netkit in a fresh kernel", f"{took * 1000:.1f} ms", "≤ 50 ms", took <= 0.05)


def first_server() -> Iterator[Row]:
    """From the call until a client is accepted."""
    source = """
import netkit, socket
begun = time.perf_counter()
client = socket.create_connection(netkit.echo().address)
print(time.perf_counter() - begun)
"""
    took = statistics.median(fresh(source) for _n in range(9))
    yield Row("first server accepts after the call", f"{took * 1000:.1f} ms", "≤ 50 ms", took <= 0.05)


def transfer() -> Iterator[Row]:
    """100 MB to a server, direct and through a tap that records, by turns; the best of each."""
    size = 100 << 20
    with peers.running(peers.SINK) as address, Tap(address) as tap:
        pairs = [(peers.upload(address, size), peers.upload(tap.address, size)) for _n in range(4)]
        said = tap.conversations[-1]
        whole = said.from_client == size == len(said.sent_by(Side.CLIENT)) + said.left_out
    direct, tapped = (max(rates) for rates in zip(*pairs, strict=True))
    ratio, rate = tapped / direct, tapped / 1e6
    measured = f"{rate:.0f} MB/s, {ratio:.2f} of direct"
    yield Row(
        "100 MB through the tap, recorded", measured, "≥ 300 MB/s or ≥ 0.25", whole and (rate >= 300 or ratio >= 0.25)
    )


def many_at_once() -> Iterator[Row]:
    """All connected before the first says anything."""
    with Tap(Echo) as behind, Tap(behind.address) as tap:
        clients = [socket.create_connection(tap.address, timeout=peers.LIMIT) for _n in range(200)]
        for n, client in enumerate(clients):
            client.sendall(b"%3d" % n)
        served = sum(client.recv(10) == b"%3d" % n for n, client in enumerate(clients))
        for client in clients:
            client.close()
        closed = sum(said.ending is Ending.CLOSED for said in tap.conversations)
    yield Row("connections at once, served", f"{served} of 200", "200", served == closed == 200)


def short_ones() -> Iterator[Row]:
    """Memory of this process, which holds the clients, the tap and the server; the first 2,000 fill the recording."""
    process, mega = psutil.Process(), 1 << 20

    def go(n: int, address: Address) -> None:
        for _n in range(n):
            with socket.create_connection(address, timeout=peers.LIMIT) as client:
                client.sendall(b"x")
                assert client.recv(1) == b"x"

    with Tap(Echo) as tap:
        go(2_000, tap.address)
        tap.settle()
        before = process.memory_info().rss
        go(20_000, tap.address)
        tap.settle()
        grown = (process.memory_info().rss - before) / mega
        whole = tap.recorded == 22_000
    yield Row("20,000 short connections, memory", f"{grown:+.1f} MB", "≤ +4 MB", whole and grown <= 4)


def dialogues() -> Iterator[Row]:
    """Ping-pong of lines: the worst case, a server that takes no time; and one that takes what libraries take."""
    for what, source, lines in (
        ("small messages, server takes 0", peers.ECHO, 5_000),
        ("small messages, server takes 0.2 ms", peers.THINKS, 2_000),
    ):
        with peers.running(source) as address, Tap(address) as tap:
            pairs = [(peers.dialogue(address, lines), peers.dialogue(tap.address, lines)) for _n in range(4)]
        direct, tapped = (max(rates) for rates in zip(*pairs, strict=True))
        yield Row(what, f"{tapped:.0f}/s, {tapped / direct:.2f} of direct", "", None)


def remote_calls() -> Iterator[Row]:
    """XML-RPC, the stdlib's server and client, keep-alive: direct and through a tap that records, by turns.

    The client is in the tap's own process, as in a notebook, or in another; each ratio is the middle one of 15.
    """
    for what, called in (("in the kernel", peers.remote_calls), ("in a process of its own", peers.calls_of_another)):
        with peers.running(peers.XMLRPC) as address, Tap(address, protocol="http") as tap:
            pairs = [(called(address, 400), called(tap.address, 400)) for _n in range(15)]
            whole = tap.recorded == 15 and all(said.ending is Ending.CLOSED for said in tap.conversations)
        rate, ratio = max(pair[1] for pair in pairs), statistics.median(tapped / direct for direct, tapped in pairs)
        said = f"{rate:.0f}/s, {ratio:.2f} of direct"
        yield Row(f"XML-RPC, client {what}", said, "≥ 0.7", whole and ratio >= 0.7)


def letters_in() -> Iterator[Row]:
    """SMTP through the tap, recorded, beside aiosmtpd as it comes; both on one loop in a thread of their own."""
    for what, rate, ratio in mail.sending():
        yield Row(what, f"{rate:.0f}/s, {ratio:.2f} of aiosmtpd", "≥ 0.8", ratio >= 0.8)


def letters_out() -> Iterator[Row]:
    """POP3 through the tap, recorded, beside Dovecot, which has no tap."""
    rate, dovecot = mail.reading()
    beside = "Dovecot is not here" if dovecot is None else f"{rate / dovecot:.2f} of Dovecot"
    good = rate > 3000 or (dovecot is not None and rate >= 0.5 * dovecot)
    yield Row(f"POP3, RETR of {mail.MANY:,} letters", f"{rate:.0f}/s, {beside}", "> 3,000/s or ≥ 0.5", good)


def large_letter() -> Iterator[Row]:
    """In by SMTP, out by POP3, then reset() and clear(). A copy that stayed of each would be three times 20 MB."""
    whole, grown = mail.large()
    yield Row("20 MB through both doors, then memory", f"{grown:+.1f} MB", "whole, ≤ +10 MB", whole and grown <= 10)


def web_requests() -> Iterator[Row]:
    """HTTP through the tap, recorded, beside httpbin as it comes under gunicorn, which closes each connection.

    The bound is for a client that keeps its connections where it may. With a connection for each request both pay for
    that alone: there is no bound, but the row.
    """
    for what, rate, httpbin in web.asking():
        beside = "httpbin is not here" if httpbin is None else f"{rate / httpbin:.2f} of httpbin"
        bound = "≥ 1.5" if "kept" in what else ""
        good = rate >= 1.5 * httpbin if bound and httpbin is not None else None
        yield Row(what, f"{rate:.0f}/s, {beside}", bound, good)


def through_the_proxy() -> Iterator[Row]:
    """HTTP through netkit's proxy, recorded on both sides of it, beside mitmdump."""
    for what, rate, mitmdump in proxy.asking():
        said = f"{rate * proxy.SIZE / 1e6:.0f} MB/s" if "download" in what else f"{rate:.0f}/s"
        beside = "mitmdump is not here" if mitmdump is None else f"{rate / mitmdump:.2f} of mitmdump"
        yield Row(what, f"{said}, {beside}", "≥ 2", None if mitmdump is None else rate >= 2 * mitmdump)


def redraw() -> Iterator[Row]:
    """One more line in a conversation of 10,000: half of them the client's."""
    if importlib.util.find_spec("netkit.show.inspector") is None:
        return
    import time

    from netkit.show.inspector import inspect

    with Tap(Echo) as tap, socket.create_connection(tap.address, timeout=peers.LIMIT) as client:

        def say(line: bytes) -> None:
            client.sendall(line)
            assert client.recv(100) == line

        for n in range(5_000):
            say(b"line %d\r\n" % n)
        inspector = inspect(tap)
        took = []
        for n in range(10):
            say(b"one more %d\r\n" % n)
            begun = time.perf_counter()
            inspector.flush()
            took.append(time.perf_counter() - begun)
        inspector.close()
    yield Row("inspector, 10,000 lines and one more", f"{max(took) * 1000:.0f} ms", "≤ 100 ms", max(took) <= 0.1)


ALL: tuple[Callable[[], Iterator[Row]], ...] = (
    importing, first_server, transfer, many_at_once, short_ones, dialogues,
    letters_in, letters_out, large_letter, web_requests, through_the_proxy, remote_calls, redraw,
)  # fmt: skip


def main() -> int:
    """Print the table."""
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, load {psutil.getloadavg()[0]:.1f}\n")
    broken = 0
    for measure in ALL:
        for row in measure():
            word = {True: "good", False: "BROKEN", None: ""}[row.good]
            broken += row.good is False
            print(f"{row.what:<40} {row.measured:>28}   {row.bound:<22} {word}", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
