"""Who may connect: the same user of the machine, and nobody else."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from netkit.wire import owner as module
from netkit.wire.address import Address
from netkit.wire.conversation import Ending
from netkit.wire.owner import GONE, _by_netlink, _by_table, _look_for_others, may_connect, owner
from tests.wire.peers import LIMIT, UdpWire, Wire, connect_and_read, until

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")
CLIENT, HERE = Address("127.0.0.1", 40_000), Address("127.0.0.1", 50_000)
NOBODY = 65534


def address_of(end: socket.socket) -> Address:
    return Address("127.0.0.1", end.getsockname()[1])


@contextlib.contextmanager
def pair(kind: str) -> Iterator[tuple[socket.socket, socket.socket, str]]:
    """A client of that kind, the socket that it speaks to, and the transport."""
    with contextlib.ExitStack() as stack:
        if kind.startswith("tcp"):
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            family = socket.AF_INET6 if kind == "tcp, an IPv6 socket" else socket.AF_INET
            client = stack.enter_context(socket.socket(family))
            prefix = "::ffff:" if family == socket.AF_INET6 else ""
            client.connect((prefix + "127.0.0.1", listener.getsockname()[1]))
            yield client, listener, "tcp"
            return
        server = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        server.bind(("127.0.0.1", 0))
        family = socket.AF_INET6 if kind == "udp, an IPv6 socket" else socket.AF_INET
        client = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        prefix = "::ffff:" if family == socket.AF_INET6 else ""
        if kind == "udp, connected":
            client.connect(server.getsockname())
        elif kind == "udp, bound":
            client.bind(("127.0.0.1", 0))
        client.sendto(b"x", (prefix + "127.0.0.1", server.getsockname()[1])) if kind != "udp, connected" else None
        yield client, server, "udp"


KINDS = ["tcp", "tcp, an IPv6 socket", "udp", "udp, bound", "udp, connected", "udp, an IPv6 socket"]


@linux
@pytest.mark.parametrize("kind", KINDS)
def test_netlink_and_the_tables_know_the_owner(kind: str) -> None:
    with pair(kind) as (client, server, transport):
        ends = address_of(client), address_of(server)
        assert owner(*ends, transport) == os.getuid()
        assert _by_netlink(*ends, transport) == os.getuid()
        assert _by_table(*ends, transport) == os.getuid()


@linux
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_socket_that_is_closed_is_gone(transport: str) -> None:
    with pair(transport) as (client, server, _transport):
        ends = address_of(client), address_of(server)
        if transport == "tcp":
            accepted, _address = server.accept()
            accepted.close()
        client.close()
        assert _by_netlink(*ends, transport) == GONE
        assert _by_table(*ends, transport) == GONE


@linux
def test_the_tables_look_at_both_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same local port may belong to two users' connections to different places."""
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    line = "   {n}: 0100007F:9C40 {remote} 01 00000000:00000000 00:00000000 00000000  {uid}        0 123{n} 1 0 100 0\n"
    table = tmp_path / "tcp"
    table.write_text(
        head + line.format(n=0, remote="0100007F:0050", uid=1000) + line.format(n=1, remote="0100007F:C350", uid=1001)
    )
    monkeypatch.setattr(module, "_TABLES", {"tcp": (6, str(table))})
    assert _by_table(CLIENT, HERE, "tcp") == 1001


@linux
def test_without_netlink_the_tables_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_args: object) -> int:
        raise OSError(errno.EPROTONOSUPPORT, "no netlink here")

    monkeypatch.setattr(module, "_by_netlink", none)
    with pair("tcp") as (client, server, transport):
        assert owner(address_of(client), address_of(server), transport) == os.getuid()


@linux
@pytest.mark.parametrize(
    ("number", "answer"), [(errno.EMFILE, GONE), (errno.ENFILE, GONE), (errno.ENOENT, None), (errno.EACCES, None)]
)
def test_a_system_that_cannot_tell(monkeypatch: pytest.MonkeyPatch, number: int, answer: int | None) -> None:
    """Nobody gets in by using up all file descriptors; where there are no tables at all, nobody can be told apart."""

    def none(*_args: object) -> int:
        raise OSError(number, "no")

    monkeypatch.setattr(module, "_by_netlink", none)
    monkeypatch.setattr(module, "_by_table", none)
    assert owner(CLIENT, HERE) == answer


def test_elsewhere_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert owner(CLIENT, HERE) is None
    assert may_connect(CLIENT, HERE) == (True, None)


@linux
@pytest.mark.parametrize(
    ("uid", "others", "decision"),
    [
        (os.getuid(), True, (True, os.getuid())),
        (os.getuid() + 1, False, (False, os.getuid() + 1)),
        (None, True, (True, None)),
        (GONE, False, (True, None)),
        (GONE, True, (False, None)),
    ],
)
def test_the_decision(
    monkeypatch: pytest.MonkeyPatch, uid: int | None, others: bool, decision: tuple[bool, int | None]
) -> None:
    monkeypatch.setattr(module, "owner", lambda *_args: uid)
    monkeypatch.setattr(module, "_others_here", lambda: others)
    assert may_connect(CLIENT, HERE) == decision


def proc(folder: Path, mounts: str, processes: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> Path:
    (folder / "self").mkdir()
    (folder / "self/mounts").write_text(mounts)
    for number in processes:
        (folder / number).mkdir()
    (folder / "sys").mkdir()
    real = os.scandir

    class Entry:
        def __init__(self, name: str) -> None:
            self.name = name

        def stat(self) -> os.stat_result:
            if processes[self.name] < 0:
                raise FileNotFoundError
            return os.stat_result((0, 0, 0, 0, processes[self.name], 0, 0, 0, 0, 0))

    monkeypatch.setattr(
        os,
        "scandir",
        lambda path: [Entry(p.name) for p in folder.iterdir()] if path == folder else real(path),
    )
    return folder


@linux
@pytest.mark.parametrize(
    ("mounts", "processes", "answer"),
    [
        ("proc /proc proc rw 0 0", {}, False),
        ("proc /proc proc rw 0 0", {"1": 0, "7": 101, "8": NOBODY}, False),
        ("proc /proc proc rw 0 0", {"1": 0, "9": 999}, False),
        ("proc /proc proc rw 0 0", {"1": 0, "9": 1000}, True),
        ("proc /proc proc rw 0 0", {"1": 0, "9": 54321}, True),
        ("proc /proc proc rw 0 0", {"9": -1}, False),
        ("proc /proc proc rw,hidepid=2 0 0", {}, True),
        ("proc /proc proc rw,hidepid=invisible 0 0", {}, True),
    ],
)
def test_others_on_this_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounts: str, processes: dict[str, int], answer: bool
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert _look_for_others(proc(tmp_path, mounts, processes, monkeypatch)) is answer


@linux
def test_ones_own_processes_are_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    folder = proc(tmp_path, "", {"1": 0, "9": 1000}, monkeypatch)
    assert not _look_for_others(folder)
    monkeypatch.setattr(os, "getuid", lambda: 1001)
    assert _look_for_others(folder)


@linux
def test_where_processes_cannot_be_seen_there_may_be_others(tmp_path: Path) -> None:
    assert _look_for_others(tmp_path / "no such folder")


@linux
def test_it_is_looked_for_others_once_in_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    monkeypatch.setattr(module, "_look_for_others", lambda: bool(looks.append(1)) or True)
    monkeypatch.setattr(module, "_seen", (-10.0, False))
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    assert [module._others_here() for _n in range(3)] == [True, True, True]
    assert len(looks) == 1
    monkeypatch.setattr(time, "monotonic", lambda: 105.1)
    module._others_here()
    assert len(looks) == 2


def as_nobody(source: str) -> str:
    """What a program prints that another user runs. Called by root only."""
    start = f"import os, socket, sys; os.setgid({NOBODY}); os.setuid({NOBODY}); "
    made = subprocess.run([sys.executable, "-c", start + source], capture_output=True, text=True, timeout=LIMIT)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def need_root() -> None:
    if not sys.platform.startswith("linux") or os.getuid() != 0:
        pytest.skip("only root can run a program as another user")


def test_another_user_gets_a_reset_and_the_server_nothing(wire: Wire) -> None:
    need_root()
    said = as_nobody(
        f"""
s = socket.socket(); s.settimeout(5)
try:
    s.connect({tuple(wire.tap.address)}); s.sendall(b"let me in"); print(s.recv(10))
except OSError as problem:
    print(type(problem).__name__)
"""
    )
    assert said in ("ConnectionResetError", "BrokenPipeError")
    until(lambda: wire.tap.recorded == 1)
    assert (wire.last.ending, wire.last.user, wire.last.events) == (Ending.REFUSED, NOBODY, ())
    wire.listener.settimeout(0.1)
    with pytest.raises(TimeoutError):
        wire.listener.accept()
    wire.listener.settimeout(LIMIT)
    client, _server = wire.connect()
    assert wire.last.user == 0, "and the owner is let in"
    assert client


def test_another_users_datagrams_go_nowhere(udp: UdpWire) -> None:
    need_root()
    as_nobody(
        f"""
s = socket.socket(type=socket.SOCK_DGRAM); s.settimeout(0.3)
for n in range(5): s.sendto(b"let me in", {tuple(udp.tap.address)})
try: s.recv(10)
except TimeoutError: pass
"""
    )
    (refused,) = udp.tap.conversations
    assert (refused.ending, refused.user, refused.events) == (Ending.REFUSED, NOBODY, ())
    udp.send(b"mine")
    assert udp.received(1) == [b"mine"]


def test_one_who_is_refused_is_reset(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """As above, where the tests do not run as root."""
    from netkit.wire import link

    monkeypatch.setattr(link, "may_connect", lambda *_args: (False, 4711))
    assert connect_and_read(wire.tap.address) == "RST"
    assert (wire.last.ending, wire.last.user) == (Ending.REFUSED, 4711)
    assert wire.listener.gettimeout() == LIMIT
    wire.listener.settimeout(0.1)
    with pytest.raises(TimeoutError):
        wire.listener.accept()


def test_datagrams_of_one_who_is_refused_go_nowhere(udp: UdpWire, monkeypatch: pytest.MonkeyPatch) -> None:
    from netkit.wire import udp as udp_module

    with monkeypatch.context() as patch:
        patch.setattr(udp_module, "may_connect", lambda *_args: (False, 4711))
        udp.send(b"one", b"two")
        until(lambda: udp.tap.recorded)
        assert [said.ending for said in udp.tap.conversations] == [Ending.REFUSED]
    udp.send(b"three")
    assert udp.received(1) == [b"three"]
