"""Who is at the other end of a loopback connection.

On a host with many users every one of them reaches every loopback port, so a tap asks the system who its client is.
Linux tells: by netlink (sock_diag(7)) in about 0.02 ms, else by the tables in /proc/net. Windows and macOS do not tell
without more rights than a learner has: there `owner` returns None and every local user may connect.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import sys
import time
from pathlib import Path

from netkit.wire.address import Address

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLMSG_ERROR = 2
_TABLES = {"tcp": (socket.IPPROTO_TCP, "/proc/net/tcp"), "udp": (socket.IPPROTO_UDP, "/proc/net/udp")}
GONE = -1  # the client has closed its socket already: the system no longer knows whose it was


def owner(client: Address, here: Address, transport: str = "tcp") -> int | None:
    """The user id of the process that owns the client's socket.

    Args:
        client: the client's address, as accept() or recvfrom() told it.
        here: the address that it connected or sent to.
        transport: ``"tcp"`` or ``"udp"``.

    Returns:
        The numeric user id, `GONE`, or None where the system does not tell.
    """
    if not sys.platform.startswith("linux"):
        return None
    for ask in (_by_netlink, _by_table):  # a container may have no netlink
        try:
            return ask(client, here, transport)
        except OSError as problem:
            if problem.errno in (errno.EMFILE, errno.ENFILE):  # not to be told now; nobody gets in by using up all
                return GONE
    return None


def may_connect(client: Address, here: Address, transport: str = "tcp") -> tuple[bool, int | None]:
    """Whether the client belongs to this process's user, and its user id where that can be told.

    A client that has closed its socket already (it connected, sent and left at once) cannot be told from another
    user's: it is let in only while no other person is at work on this host.
    """
    uid = owner(client, here, transport)
    if uid is None:
        return True, None
    if uid == GONE:
        return not _others_here(), None
    return uid == os.getuid(), uid


def _by_netlink(client: Address, here: Address, transport: str) -> int:
    # For TCP the kernel wants the socket's own end first; for UDP it looks from the other end (udp_dump_one).
    ends = (client, here) if transport == "tcp" else (here, client)
    number = _TABLES[transport][0]
    ports = struct.pack("!HH", ends[0].port, ends[1].port)
    hosts = b"".join(socket.inet_aton(end.host) + bytes(12) for end in ends)
    request = struct.pack("=BBBBI", socket.AF_INET, number, 0, 0, 0xFFFFFFFF)
    request += ports + hosts + struct.pack("=I8s", 0, b"\xff" * 8)
    header = struct.pack("=IHHII", 16 + len(request), SOCK_DIAG_BY_FAMILY, 1, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_SOCK_DIAG) as asking:
        asking.settimeout(1)
        asking.send(header + request)
        answer = asking.recv(8192)
    (kind,) = struct.unpack_from("=H", answer, 4)
    if kind == NLMSG_ERROR:
        (code,) = struct.unpack_from("=i", answer, 16)
        if -code == errno.ENOENT:
            return GONE
        raise OSError(-code, os.strerror(-code))
    uid, inode = struct.unpack_from("=II", answer, 16 + 64)
    return int(uid) if inode else GONE


def _by_table(client: Address, here: Address, transport: str) -> int:
    # Both ends: one local port may have connections to many places, of many users.
    locals_, remotes = _hex(client), _hex(here)
    if transport == "udp":  # a socket that is not bound to one host, or not connected
        locals_ |= _hex(Address("0.0.0.0", client.port))
        remotes |= _hex(Address("0.0.0.0", 0))
    tables = [Path(_TABLES[transport][1]), Path(_TABLES[transport][1] + "6")]  # IPv6 sockets may speak IPv4 (RFC 3493)
    for table in tables if tables[1].exists() else tables[:1]:
        for words in map(str.split, table.read_text(encoding="ascii").splitlines()[1:]):
            if words[1] in locals_ and words[2] in remotes:
                return int(words[7]) if words[9] != "0" else GONE
    return GONE


def _hex(address: Address) -> set[str]:
    """As the tables write it, for IPv4 and IPv6: the host as 32-bit numbers in this machine's byte order."""
    host = f"{int.from_bytes(socket.inet_aton(address.host), sys.byteorder):08X}"
    mapped = f"{0xFFFF if sys.byteorder == 'big' else 0xFFFF0000:08X}"  # ::ffff:127.0.0.1
    high = "0" * 16 + (mapped if address.host != "0.0.0.0" else "0" * 8)  # the wildcard is ::
    return {f"{host}:{address.port:04X}", f"{high}{host}:{address.port:04X}"}


_seen: tuple[float, bool] = (-10.0, False)


def _others_here() -> bool:
    """Whether a process of another person (a user id of 1000 or more, by Debian's policy) runs on this host."""
    global _seen
    when, answer = _seen
    if time.monotonic() - when > 5:
        answer = _look_for_others()
        _seen = time.monotonic(), answer
    return answer


def _look_for_others(proc: Path = Path("/proc")) -> bool:
    nobody = 65534
    try:
        if "hidepid=" in (proc / "self/mounts").read_text(encoding="utf-8", errors="replace"):
            return True  # others' processes are hidden: it is a shared host
        for entry in os.scandir(proc):
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    uid = entry.stat().st_uid
                    if uid != os.getuid() and 1000 <= uid != nobody:
                        return True
    except OSError:
        return True
    return False
