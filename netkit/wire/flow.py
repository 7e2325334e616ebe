"""All datagrams of one client's address on their way through a UDP tap: lost, doubled, held up, or passed on."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.conversation import Ending, Kind, Side
from netkit.wire.recorder import Recording

if TYPE_CHECKING:
    from netkit.wire.udp import UdpTap

HOLD = 0.2  # seconds that a datagram waits to be overtaken, when no next one comes
LARGEST = 65_507  # bytes in a UDP payload: 65,535 less 20 of IPv4 header and 8 of UDP header (RFC 768)
BATCH = 64  # datagrams that are read before others get their turn


@dataclass(eq=False, slots=True)
class _Datagram:
    """One that is on its way, and the conversation that was going on when it came."""

    side: Side
    data: bytes
    recording: Recording
    sent: float
    doubled: bool = False
    late: bool = False


class Flow:
    """All datagrams of one client's address, and the socket by which they go on to the server."""

    def __init__(self, tap: UdpTap, client: Address, user: int | None) -> None:
        self.tap = tap
        self.client, self.user = client, user
        self.last = 0.0
        self.over = False
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[_Datagram, asyncio.TimerHandle] = {}  # held up by a delay
        self._held: dict[_Datagram, asyncio.TimerHandle] = {}  # to be overtaken by the next; one a side
        self._upstream: socket.socket | None = None
        if isinstance(tap.target, Address):
            self._upstream = open_socket()
            try:
                self._upstream.connect(tap.target)
                self._loop.add_reader(self._upstream, self._read)
            except OSError:
                self._upstream.close()
                raise
        self.recording = tap.recorder.begin(client, user)  # last: a flow that cannot be opened is no conversation

    def datagram(self, side: Side, data: bytes) -> None:
        """One came from that side: lose it, double it, hold it back, or pass it on."""
        self.last = self._loop.time()
        if self.recording.ending is not Ending.OPEN:  # the conversations were cleared; this client goes on
            self.recording = self.tap.recorder.begin(self.client, self.user)
        came = _Datagram(side, data, self.recording, self.recording.now())
        plan = self.tap.plan(side)
        if plan.calm:
            self._pass_on(came)
            return
        draw = self.tap.draws[side]
        lost, came.doubled, came.late = (
            draw.random() < share for share in (plan.loss, plan.duplicate, plan.reorder)
        )  # always three numbers: what is drawn for one datagram does not depend on what befell another
        if lost:
            self._record(came, Kind.LOST)
        elif plan.delay:
            self._waiting[came] = self._loop.call_later(plan.delay, self._arrange, came)
        else:
            self._arrange(came)

    def changed(self) -> None:
        """The faults were changed: what they no longer hold back goes on."""
        for came in [came for came in self._waiting if not self.tap.plan(came.side).delay]:
            self._arrange(came)
        for came in [came for came in self._held if not self.tap.plan(came.side).reorder]:
            self._release(came)

    def _arrange(self, came: _Datagram) -> None:
        if timer := self._waiting.pop(came, None):
            timer.cancel()
        before = [held for held in self._held if held.side is came.side]
        if came.late and not before:
            self._held[came] = self._loop.call_later(HOLD, self._release, came)
            return
        for _time in range(2 if came.doubled else 1):
            self._pass_on(came)
        for held in before:
            self._release(held)

    def _release(self, held: _Datagram) -> None:
        if timer := self._held.pop(held, None):
            timer.cancel()
            self._pass_on(held)

    def _pass_on(self, came: _Datagram) -> None:
        if self.over:
            self._record(came, Kind.LOST)
        elif came.side is Side.SERVER:
            self._record(came, Kind.DATA if self.tap.send(came.data, self.client) else Kind.LOST)
        elif self._upstream is None:
            self._record(came, Kind.DATA)
            self._answer(came.data)
        else:
            try:
                self._upstream.send(came.data)
            except ConnectionRefusedError:  # what became of one before; this one has not been sent
                self._record(came, Kind.LOST)
                self.end(Ending.DOWN)
            except OSError:
                self._record(came, Kind.LOST)
            else:
                self._record(came, Kind.DATA)

    def _record(self, came: _Datagram, kind: Kind) -> None:
        if came.recording is self.recording:
            self.recording.add(came.side, kind, came.data, came.sent)
        elif self.recording.ending is Ending.OPEN:  # it came before the conversations were cleared
            self.recording.add(came.side, kind, came.data)

    def _answer(self, data: bytes) -> None:
        assert not isinstance(self.tap.target, Address)
        try:
            answer = self.tap.target(data)
        except Exception as problem:
            background.note(self.tap.name, problem)
            return
        if answer is not None:
            self.datagram(Side.SERVER, answer)

    def _read(self) -> None:
        for _again in range(BATCH):
            if self._upstream is None:
                return
            try:
                data = self._upstream.recv(LARGEST)
            except ConnectionRefusedError:  # ICMP port unreachable (RFC 792): no server behind the tap
                self.end(Ending.DOWN)
                return
            except OSError:
                return
            self.datagram(Side.SERVER, data)

    def end(self, how: Ending) -> None:
        """No more datagrams of this client."""
        if self.over:
            return
        self.over = True
        for came, timer in (*self._waiting.items(), *self._held.items()):
            timer.cancel()
            self._record(came, Kind.LOST)
        self._waiting.clear()
        self._held.clear()
        self.recording.end(how)
        self.tap.flows.pop(self.client, None)
        if self._upstream is not None:
            self._loop.remove_reader(self._upstream)
            self._upstream.close()
            self._upstream = None


def open_socket() -> socket.socket:
    """A UDP socket for the loop."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made
