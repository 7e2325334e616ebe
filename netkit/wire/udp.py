"""The UDP tap: a relay for datagrams, which records them and can lose, double and reorder them.

UDP has no connections (RFC 768). All datagrams of one client address make a conversation; it ends when the tap is
stopped or its conversations are cleared, when the server is found to be down, or when another client comes and from
this one nothing has come for a minute, or the tap holds as many as it can.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections import OrderedDict
from collections.abc import Callable

from netkit.errors import ServerError
from netkit.i18n import _
from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.conversation import Ending, Side
from netkit.wire.faults import Faults, UdpPlan
from netkit.wire.flow import BATCH, LARGEST, Flow, open_socket
from netkit.wire.owner import may_connect
from netkit.wire.recorder import Limits
from netkit.wire.source import Source

FLOWS = 256  # client addresses at once
IDLE = 60.0  # seconds without a datagram after which a client's conversation ends, when another client comes

Answer = Callable[[bytes], bytes | None]
Target = Address | Answer


class UdpTap(Source[UdpPlan]):
    """A relay on 127.0.0.1, at a port that the system chooses, in front of a UDP server.

    Args:
        target: the server's address on this machine; or a function that answers a datagram's bytes with bytes or
            None: then the server needs no port of its own.
        name: what the server is called.
        protocol: which of netkit's protocols explains the conversations.
        limits: how much is kept of them.

    Starting it twice gives the same tap, at the same address; stopping it twice is harmless.
    """

    transport = "udp"

    def __init__(
        self, target: Target, *, name: str = "server", protocol: str = "text", limits: Limits | None = None
    ) -> None:
        super().__init__(name, protocol, limits)
        self.target = target
        self.faults: Faults[UdpPlan] = Faults(UdpPlan(), self._faults_changed)
        self.flows: OrderedDict[Address, Flow] = OrderedDict()
        self.draws = self._draws()
        self._socket: socket.socket | None = None
        self._refused: Address | None = None

    @property
    def running(self) -> bool:
        """Whether datagrams are taken."""
        return self._socket is not None

    def clear(self) -> None:
        """Forget the conversations; a client that goes on begins a new one."""
        self.settle()
        background.call(self._end_recordings)
        self.recorder.clear()

    def point_at(self, target: Target) -> None:
        """Put another server behind the tap; every client begins a new conversation."""
        self.target = target
        background.call(lambda: self._end_all(Ending.CLOSED))

    def plan(self, side: Side) -> UdpPlan:
        """The faults for what comes from that side."""
        return self.faults.plans["server" if side is Side.CLIENT else "client"]

    def send(self, data: bytes, client: Address) -> bool:
        """To the client; whether the system took it."""
        try:
            return self._socket is not None and self._socket.sendto(data, client) == len(data)
        except OSError as problem:  # more bytes than a datagram holds, or no room just now
            background.note(self.name, problem)
            return False

    def _read(self) -> None:
        for _again in range(BATCH):
            if self._socket is None:
                return
            try:
                data, address = self._socket.recvfrom(LARGEST)
            except OSError:
                return
            self._received(data, Address(*address))

    def _received(self, data: bytes, client: Address) -> None:
        """From a client."""
        allowed, user = may_connect(client, self.address, "udp")
        if not allowed:
            if client != self._refused:  # one conversation, not one for each datagram
                self.recorder.begin(client, user).end(Ending.REFUSED)
            self._refused = client
            return
        flow = self.flows.get(client)
        if flow is None:
            self._make_room()
            try:
                flow = self.flows[client] = Flow(self, client, user)
            except OSError as problem:  # no file descriptors left
                background.note(self.name, problem)
                return
        self.flows.move_to_end(client)
        flow.datagram(Side.CLIENT, data)

    def _make_room(self) -> None:
        now = asyncio.get_running_loop().time()
        for flow in list(self.flows.values()):
            if len(self.flows) < FLOWS and now - flow.last < IDLE:
                return
            flow.end(Ending.CLOSED)

    async def _start(self) -> None:
        if self._socket is not None:
            return
        self._socket = self._bound()  # nothing waits before: two starts at once open one port
        self.recorder.address = Address(*self._socket.getsockname())
        asyncio.get_running_loop().add_reader(self._socket, self._read)
        background.at_exit(self._stop)

    def _bound(self) -> socket.socket:
        why: OSError | None = None
        for port in (self.address.port, 0):  # as before, if it is free: addresses that a cell has kept go on working
            made = None
            try:
                made = open_socket()
                made.bind(("127.0.0.1", port))
                return made
            except OSError as problem:
                why = problem
                if made is not None:
                    made.close()
        raise ServerError(_("No port could be opened on 127.0.0.1: {why}.").format(why=why))

    def _stop(self) -> None:
        background.not_at_exit(self._stop)
        self._end_all(Ending.STOPPED)
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _forget(self) -> None:
        self._socket = None
        self.flows.clear()

    def _end_all(self, how: Ending) -> None:
        for flow in list(self.flows.values()):
            flow.end(how)

    def _end_recordings(self) -> None:
        for flow in self.flows.values():
            flow.recording.end(Ending.CLOSED)

    def _draws(self) -> dict[Side, random.Random]:
        """Chance, a series of its own for each way: else a way would lose just what the other one lets pass."""
        return {side: random.Random(f"{side.value} {self.plan(side).seed}") for side in (Side.CLIENT, Side.SERVER)}

    def _obey(self) -> None:
        self.draws = self._draws()
        for flow in tuple(self.flows.values()):
            flow.changed()
