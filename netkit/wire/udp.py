"""The UDP tap: a relay for datagrams, which records them and can lose, double and reorder them.

UDP has no connections (RFC 768). All datagrams of one client address make a conversation; it ends when the tap is
stopped, when nothing has come for a minute, or when more clients come than the tap holds at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections import OrderedDict
from collections.abc import Callable
from typing import cast

from netkit.errors import ServerError
from netkit.i18n import _
from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.conversation import Ending, Kind, Side
from netkit.wire.faults import Faults, UdpPlan
from netkit.wire.owner import may_connect
from netkit.wire.recorder import Limits
from netkit.wire.source import Source

FLOWS = 256  # client addresses at once
IDLE = 60.0  # seconds without a datagram after which a client's conversation ends
HOLD = 0.2  # seconds that a datagram waits to be overtaken, when no next one comes
LARGEST = 65_507  # bytes in a UDP payload: 65,535 less 20 of IPv4 header and 8 of UDP header (RFC 768)

Answer = Callable[[bytes], bytes | None]
Target = Address | Answer


class _Flow:
    """All datagrams of one client's address, and the socket by which they go on to the server."""

    def __init__(self, tap: UdpTap, client: Address, user: int | None) -> None:
        self.tap = tap
        self.client = client
        self.recording = tap.recorder.begin(client, user)
        self.last = 0.0
        self._held: dict[Side, tuple[float, bytes]] = {}  # to be overtaken by the next
        self._upstream: socket.socket | None = None
        if isinstance(tap.target, Address):
            self._upstream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._upstream.setblocking(False)
            self._upstream.connect(tap.target)
            asyncio.get_running_loop().add_reader(self._upstream, self._read)

    def datagram(self, side: Side, data: bytes) -> None:
        """One came from that side: lose it, double it, hold it back, or pass it on."""
        self.last = asyncio.get_running_loop().time()
        sent = self.recording.now()
        plan = self.tap.plan(side)
        if plan.calm:
            self._pass_on(side, data, sent)
            return
        draw = self.tap.draws[side]
        lost, doubled, late = draw.random() < plan.loss, draw.random() < plan.duplicate, draw.random() < plan.reorder
        if lost:
            self.recording.add(side, Kind.LOST, data, sent)
            return
        if plan.delay:
            loop = asyncio.get_running_loop()
            loop.call_later(plan.delay, self._arrange, side, data, sent, doubled, late)
        else:
            self._arrange(side, data, sent, doubled, late)

    def _arrange(self, side: Side, data: bytes, sent: float, doubled: bool, late: bool) -> None:
        if late and side not in self._held:
            self._held[side] = (sent, data)
            asyncio.get_running_loop().call_later(HOLD, self._release, side)
            return
        for _time in range(2 if doubled else 1):
            self._pass_on(side, data, sent)
        self._release(side)

    def _release(self, side: Side) -> None:
        sent, data = self._held.pop(side, (0.0, None))
        if data is not None:
            self._pass_on(side, data, sent)

    def _pass_on(self, side: Side, data: bytes, sent: float) -> None:
        if self.recording.ending is not Ending.OPEN:
            return
        self.recording.add(side, Kind.DATA, data, sent)
        if side is Side.SERVER:
            self.tap.send(data, self.client)
        elif self._upstream is not None:
            with contextlib.suppress(OSError):  # nobody there: said by the next read
                self._upstream.send(data)
        elif not isinstance(self.tap.target, Address):
            answer = self.tap.target(data)
            if answer is not None:
                self.datagram(Side.SERVER, answer)

    def _read(self) -> None:
        assert self._upstream is not None
        try:
            data = self._upstream.recv(LARGEST)
        except ConnectionRefusedError:  # ICMP port unreachable (RFC 792): no server behind the tap
            self.end(Ending.DOWN)
        except OSError:
            return
        else:
            self.datagram(Side.SERVER, data)

    def end(self, how: Ending) -> None:
        """No more datagrams of this client."""
        self.recording.end(how)
        self.tap.flows.pop(self.client, None)
        if self._upstream is not None:
            asyncio.get_running_loop().remove_reader(self._upstream)
            self._upstream.close()


class UdpTap(Source[UdpPlan], asyncio.DatagramProtocol):
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
        self.flows: OrderedDict[Address, _Flow] = OrderedDict()
        self.draws: dict[Side, random.Random] = {}
        self._socket: asyncio.DatagramTransport | None = None
        self._faults_changed()

    @property
    def running(self) -> bool:
        """Whether datagrams are taken."""
        return self._socket is not None

    def clear(self) -> None:
        """Forget the conversations; a client that goes on begins a new one."""
        background.call(lambda: self._end_all(Ending.CLOSED))
        super().clear()

    def point_at(self, target: Target) -> None:
        """Put another server behind the tap; every client begins a new conversation."""
        self.target = target
        background.call(lambda: self._end_all(Ending.CLOSED))

    def plan(self, side: Side) -> UdpPlan:
        """The faults for what comes from that side."""
        return self.faults.plans["server" if side is Side.CLIENT else "client"]

    def send(self, data: bytes, client: Address) -> None:
        """To the client."""
        if self._socket is not None:
            self._socket.sendto(data, client)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """From a client."""
        client = Address(*addr[:2])
        allowed, user = may_connect(client, self.address, "udp")
        if not allowed:
            self.recorder.begin(client, user).end(Ending.REFUSED)
            return
        flow = self.flows.get(client)
        if flow is None:
            self._make_room()
            try:
                flow = self.flows[client] = _Flow(self, client, user)
            except OSError as problem:  # no file descriptors left
                background.problems.append(f"UDP: {problem}")
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
        loop = asyncio.get_running_loop()
        for port in {self.address.port, 0}:
            with contextlib.suppress(OSError):
                made, _self = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", port))
                self._socket = cast(asyncio.DatagramTransport, made)
                break
        else:
            raise ServerError(_("No port could be opened on 127.0.0.1: {why}.").format(why="UDP"))
        self.recorder.address = Address(*made.get_extra_info("sockname")[:2])
        background.at_exit(self._stop)

    def _stop(self) -> None:
        background.not_at_exit(self._stop)
        self._end_all(Ending.STOPPED)
        if self._socket is not None:
            self._socket.abort()
            self._socket = None

    def _end_all(self, how: Ending) -> None:
        for flow in list(self.flows.values()):
            flow.end(how)

    def _faults_changed(self) -> None:
        self.draws = {side: random.Random(self.plan(side).seed) for side in (Side.CLIENT, Side.SERVER)}
