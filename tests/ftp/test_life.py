"""One FTP server in a process: start, stop, quiet, and nothing left over."""

from __future__ import annotations

import gc
import logging
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

import netkit
from netkit.export.text import summary
from netkit.servers import local
from netkit.servers.ftp import data
from netkit.servers.ftp.ftp import Ftp
from netkit.servers.ftp.session import Session
from netkit.servers.ftp.transfers import Data
from netkit.show.views import options
from netkit.wire import background, speakers
from netkit.wire.conversation import Side
from tests.ftp.talk import Talk, client, port_of, rest
from tests.wire.peers import LIMIT, open_files, until

ROOT = Path(__file__).parents[2]


def fresh_process(source: str) -> tuple[str, str, float]:
    """What a new Python prints, what it complains of, and how long it took to end after its last line, in seconds."""
    source += "\nimport time; print(time.time())"
    made = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, timeout=30)
    ended = time.time()
    *said, last = made.stdout.splitlines()
    return "\n".join(said), made.stderr, ended - float(last)


def test_there_is_one_and_it_stays_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    servers: dict[str, Ftp] = {}
    monkeypatch.setattr(local, "_handles", servers)
    ftp = netkit.ftp()
    assert netkit.ftp() is ftp and ftp.running and ftp.data.running
    assert (ftp.name, ftp.protocol, ftp.data.name, ftp.data.protocol) == ("ftp", "ftp", "ftp.data", "text")
    url = ftp.url
    assert url == "ftp://{}:{}".format(*ftp)
    client(ftp).close()
    ftp.stop()
    ftp.stop()
    assert not ftp.running and not ftp.data.running
    with pytest.raises(ConnectionRefusedError):
        client(ftp)
    assert netkit.ftp() is ftp and ftp.url == url
    one = client(ftp)
    assert one.nlst("/pub/rfc") == ["index.txt"]
    one.close()
    ftp.stop()


def test_data_connections_are_conversations_and_can_be_broken(ftp: Ftp) -> None:
    with Talk(ftp, "student") as talk:
        port = port_of(talk.ask("PASV"))
        data = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        talk.send(b"RETR /pub/hello.txt\r\n")
        assert rest(data) == b"Hello, FTP!\r\n"
        data.close()
        (passive,) = ftp.data.conversations
        assert passive.server == ("127.0.0.1", port) and passive.client.port != port
        assert [event.side for event in passive.events if event.data] == [Side.SERVER]
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            talk.reply(), talk.reply()
            assert talk.ask(f"EPRT |1|127.0.0.1|{port}|") == "200 Active data connection established."
            data, server = listening.accept()
            talk.send(b"RETR /pub/hello.txt\r\n")
            assert rest(data) == b"Hello, FTP!\r\n"
            data.close()
        active = ftp.data.conversations[1]
        assert (active.client, active.server) == (server, ("127.0.0.1", port))  # the server is TCP's client here
        assert [event.side for event in active.events if event.data] == [Side.CLIENT]
        assert [talk.speaker for talk in ftp.data.conversations] == ["", "ftp"] and not speakers._expected
        assert summary(active) == (
            "closed in good order; the client here is ftp; client → server 13 bytes, server → client 0 bytes"
        )
        assert options([passive, active])[1].endswith("  closed in good order; the client here is ftp")
        talk.reply(), talk.reply()
        with ftp.data.faults.set(toward="client", cut=5):
            data = talk.passive()
            talk.send(b"RETR /pub/hello.txt\r\n")
            assert rest(data) == b"Hello"
            data.close()


def test_nothing_is_printed_or_logged_and_the_end_is_quick() -> None:
    source = (
        "import netkit, ftplib, socket, logging\n"
        "logging.basicConfig(level=logging.DEBUG)\n"
        "logging.getLogger('asyncio').setLevel('INFO')\n"
        "ftp = netkit.ftp()\n"
        "f = ftplib.FTP(); f.connect(*ftp); f.login(); f.nlst()\n"
        "try: f.voidcmd('RETR /nowhere')\n"
        "except ftplib.error_temp: pass\n"
        "f.voidcmd('TYPE I'); data = f.transfercmd('RETR /pub/big.bin'); data.recv(1)\n"
        "other = socket.create_connection(ftp.address); other.sendall(b'\\0\\xff\\r\\nPASS x\\r\\n'); other.recv(100)\n"
        "third = ftplib.FTP(); third.connect(*ftp); third.login(); third.makepasv()\n"
        "import threading; print(threading.active_count(), list(netkit.wire.background.problems))\n"
    )
    said, complained, seconds = fresh_process(source)
    assert (said, complained) == ("2 []", "")
    assert seconds < 1.0, "measured: 0.1 s"


def test_other_users_of_pyftpdlib_log_as_before(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("pyftpdlib").warning("from the kernel")
    assert len(caplog.records) == 1


def test_importing_netkit_imports_none_of_it() -> None:
    said, complained, _seconds = fresh_process(
        "import netkit, sys; print([n for n in ('pyftpdlib', 'asynchat', 'netkit.servers') if n in sys.modules])"
    )
    assert (said, complained) == ("[]", "")


def test_20_starts_and_stops_with_live_connections_leak_nothing() -> None:
    def once() -> None:
        with Ftp() as ftp:
            one = client(ftp)
            assert one.nlst("/pub/rfc") == ["index.txt"]
            waiting, moving, idle = Talk(ftp, "student"), Talk(ftp, "student"), Talk(ftp)
            port_of(waiting.ask("PASV"))
            data = moving.passive()
            moving.ask("RETR /pub/big.bin")
            until(lambda: len(ftp.tap.links) == 4)
        for each in (one, waiting, moving, idle, data):
            each.close()
        until(lambda: not ftp.tap.links and not ftp.data.tap.links)  # type: ignore[union-attr]

    once()
    gc.collect()
    files, threads = open_files(), threading.active_count()
    tracemalloc.start()
    try:
        once()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _time in range(20):
            once()
        until(lambda: open_files() <= files)
        gc.collect()
        assert threading.active_count() == threads
        assert tracemalloc.get_traced_memory()[0] - before < 500_000
    finally:
        tracemalloc.stop()
    gc.collect()
    assert [each for each in gc.get_objects() if isinstance(each, (Session, Data))] == []
    assert list(background.problems) == []


def test_a_reply_to_pasv_has_always_the_same_length(ftp: Ftp) -> None:
    """What a lesson stores of a dialogue says how many bytes it had."""
    with Talk(ftp, "student") as talk:
        replies = [talk.ask("PASV") for _time in range(300)]
    assert {len(reply) for reply in replies} == {len("227 Entering Passive Mode (127,0,0,1,200,100).")}


def test_a_port_that_cannot_be_had_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """All ports above are taken: the system's choice stands, and nothing is left open."""
    made: list[socket.socket] = []

    def create(address: tuple[str, int]) -> socket.socket:
        if address[1]:
            raise OSError(98, "Address already in use")
        made.append(FirstPort() if not made else socket.socket())
        return made[-1]

    monkeypatch.setattr(data.socket, "create_server", create)
    with data._listening() as listening:
        assert listening is made[0] and listening.fileno() >= 0 and len(made) == 1


class FirstPort(socket.socket):
    """The system chose the first port of a block."""

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", 160 * 256
