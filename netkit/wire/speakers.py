"""Which connections to taps are netkit's own: a proxy is a server to one side and a client to the other."""

from __future__ import annotations

import asyncio
import socket

from netkit.wire.address import Address

_expected: dict[tuple[Address, Address], str] = {}


async def call(target: Address, speaker: str) -> socket.socket:
    """Connect to a tap of this process in the name of a server of netkit.

    Args:
        target: where the tap is.
        speaker: the server's name; the tap's recording has it as that of its client.

    Returns:
        A socket, not blocking.

    Raises:
        OSError: nobody accepts there.
    """
    loop = asyncio.get_running_loop()
    sock = socket.socket()
    connecting: asyncio.Task[None] | None = None
    ends: tuple[Address, Address] | None = None
    try:
        sock.setblocking(False)
        connecting = loop.create_task(loop.sock_connect(sock, target))
        await asyncio.sleep(0)  # now it has asked, and has its port; the tap, on the same loop, has not accepted yet
        ends = Address(*sock.getsockname()[:2]), target
        announce(*ends, speaker)
        await connecting
        return sock
    except BaseException:
        if connecting is not None:
            connecting.cancel()
        if ends is not None:
            _expected.pop(ends, None)
        sock.close()
        raise


def announce(client: Address, server: Address, speaker: str) -> None:
    """The connection from there to there, which is about to be recorded, is made by that server of netkit."""
    _expected[client, server] = speaker


def who(client: Address, server: Address) -> str:
    """The server of netkit that has just connected from there to there; "": it is somebody else. It is told once."""
    return _expected.pop((client, server), "") if _expected else ""
