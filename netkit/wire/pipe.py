"""One direction of a tapped connection: bytes in at one end, out at the other, recorded, and broken when told to."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from netkit.wire import background
from netkit.wire.conversation import Kind, Side
from netkit.wire.faults import Plan

if TYPE_CHECKING:
    from netkit.wire.gate import Gate
    from netkit.wire.recorder import Recording

HELD = 1 << 20  # bytes that a pipe holds back before it stops reading from the sender
CHUNKS = 2000  # and how many separate reads of them: each takes memory of its own
SLICES = 20  # a second: with a bandwidth, as many bytes go at once as fit into one
TURN = 100  # pieces that may go before the other connections get their turn


class Pipe:
    """From one side to the other.

    While nothing is broken, `feed` passes bytes on at once. With a fault they wait in a queue, from which a task takes
    them; what was queued goes out before anything that comes later, also when the fault is taken back meanwhile.

    Args:
        side: who sends into it.
        plan: asked before each piece, so that faults act on live connections.
        recording: where it is written down.
        broken: called with Kind.END or Kind.RESET when a fault says that the connection is over.
        done: called when the sender's FIN has been passed on.
    """

    def __init__(
        self,
        side: Side,
        plan: Callable[[], Plan],
        recording: Recording,
        broken: Callable[[Kind], None],
        done: Callable[[], None],
    ) -> None:
        self.side = side
        self.plan = plan
        self.recording = recording
        self.broken = broken
        self.done = done
        self.source: asyncio.Transport | None = None
        self.target: asyncio.Transport | None = None
        self.gate: Gate | None = None  # reads along at the server's end, and may answer in the server's place
        self.ended: float | None = None  # when the sender's FIN was passed on
        self._eof = False  # the sender's FIN has come
        self._queue: deque[tuple[float, memoryview, Side]] = deque()  # when it was sent, what, by whom; empty: FIN
        self._held = 0
        self._worker: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()  # the faults were changed, bytes came, or the receiver takes bytes again
        self._blocked = False  # the receiver takes no more for now
        self._counting: Plan | None = None
        self._passed = 0  # bytes since the plan in force began to count
        self._next_piece = 0.0  # no piece before this time
        self._how = Kind.END  # with which netkit ends the connection; see `finish`

    @property
    def busy(self) -> bool:
        """Whether bytes wait in it."""
        return bool(self._queue)

    @property
    def waiting(self) -> Iterator[bytes]:
        """The sender's bytes that wait in it."""
        return (bytes(data) for _sent, data, _side in self._queue)

    def feed(self, data: bytes, side: Side | None = None) -> None:
        """Bytes came from the sender, or from netkit in its place; empty bytes mean that it will send no more."""
        if self._eof:  # a transport that is resumed says its end again
            return
        self._eof = not data
        if self._worker is None and self.target is not None and self.plan().calm:
            if data and self.gate is None:
                self.deliver(data, None, side or self.side)
            else:
                self._pass_on(data, None, side)
            return
        self._queue.append((self.recording.now(), memoryview(data), side or self.side))
        self._held += len(data)
        self.changed()
        self._throttle()

    def finish(self, how: Kind) -> None:
        """Netkit ends the connection in the sender's place, when what waits has gone on."""
        self._how = how
        self.feed(b"", Side.TAP)

    def changed(self) -> None:
        """What waits must look again: the faults were changed (`cut=0` acts at once), or more has come."""
        self._wake.set()
        if self.target is not None and self._worker is None and (self._queue or not self.plan().calm):
            self._worker = asyncio.get_running_loop().create_task(self._shape())

    def stop(self, record: bool = True) -> None:
        """The connection is over: what waits is lost."""
        if self._worker is not None:
            self._worker.cancel()
        while self._queue:
            self._lose(record)

    def pause(self) -> None:
        """The receiver takes no more for now."""
        self._blocked = True
        self._throttle()

    def resume(self) -> None:
        """The receiver takes bytes again."""
        self._blocked = False
        self._wake.set()
        self._throttle()

    def _throttle(self) -> None:
        """Let the sender wait while the receiver does: nothing piles up here."""
        if self.source is None or self._eof or self.source.is_closing():
            return
        if self._blocked or self._held > HELD or len(self._queue) > CHUNKS:
            self.source.pause_reading()
        else:
            self.source.resume_reading()

    def _pass_on(self, data: bytes, sent: float | None, side: Side | None = None) -> None:
        if self.gate is not None:
            self.gate.from_client(data, sent)
        elif not data and side is Side.TAP:
            self.broken(self._how)
        else:
            self.deliver(data, sent, side or self.side)

    def deliver(self, data: bytes, sent: float | None, side: Side) -> None:
        """To the other end. Write it down first: whoever has got an answer finds it recorded."""
        assert self.target is not None
        if data:
            if self.target.is_closing():  # broken off a moment ago: the loop is about to say so
                self.recording.add(side, Kind.LOST, data, sent)
                return
            self.recording.add(side, Kind.DATA, data, sent)
            self.target.write(data)
            return
        self.ended = self.recording.now()
        self.recording.add(side, Kind.END, sent=sent)
        if not self.target.is_closing():
            with contextlib.suppress(OSError):  # broken off by its peer: its own connection_lost says so
                self.target.write_eof()
        self.done()

    async def _shape(self) -> None:
        """Take bytes from the queue and do to them what the plan says, until all is calm and nothing waits."""
        try:
            turn = 0
            while not self._over() and (self._queue or not self.plan().calm):
                await self._step()
                self._throttle()
                turn += 1
                if turn % TURN == 0:
                    await asyncio.sleep(0)
        except Exception as problem:  # a connection that hangs in silence would be worse
            background.note("a pipe", problem)
            self.broken(Kind.RESET)
        finally:
            self._worker = None

    async def _step(self) -> None:
        """One step; each wait in it ends early when there is something new to look at."""
        if not self._queue:
            await self._sleep(None)
            return
        sent, data, side = self._queue[0]
        if await self._sleep(sent + self.plan().delay - self.recording.now()):
            return
        if not data:
            self._queue.popleft()
            self._pass_on(b"", sent, side)
        elif self.plan().swallow:
            self._lose()
        elif self._blocked:
            await self._sleep(None)
        elif not await self._sleep(self._next_piece - self.recording.now()):
            self._piece(sent, data, side)

    def _piece(self, sent: float, data: memoryview, side: Side) -> None:
        plan = self.plan()
        size = max(0, min([len(data), *self._allowed(plan)]))
        if not size:
            return
        self._queue.popleft()
        if size < len(data):
            self._queue.appendleft((sent, data[size:], side))
        self._held -= size
        self._pass_on(bytes(data[:size]), sent, side)
        self._passed += size
        now = self.recording.now()
        if plan.bandwidth:
            self._next_piece = max(now, self._next_piece) + size / plan.bandwidth
        if plan.pieces:
            self._next_piece = max(self._next_piece, now + plan.gap)

    def _allowed(self, plan: Plan) -> list[int]:
        """The most that may go at once, by each fault that limits it."""
        limits = [plan.pieces] if plan.pieces else []
        limits += [max(1, plan.bandwidth // SLICES)] if plan.bandwidth else []
        return limits + [n - self._passed for n in (plan.cut, plan.reset) if n is not None]

    def _over(self) -> bool:
        """End the connection if the plan says that it has gone on long enough; it counts from when it was set."""
        plan = self.plan()
        if plan is not self._counting:
            self._counting, self._passed, self._next_piece = plan, 0, 0.0
        for limit, how in ((plan.reset, Kind.RESET), (plan.cut, Kind.END)):
            if limit is not None and self._passed >= limit:
                self.broken(how)
                return True
        return False

    def _lose(self, record: bool = True) -> None:
        """What is next in the queue never arrives."""
        sent, data, side = self._queue.popleft()
        self._held -= len(data)
        if data and record:
            self.recording.add(side, Kind.LOST, bytes(data), sent)

    async def _sleep(self, seconds: float | None) -> bool:
        """Wait so long, or until there is something new to look at (then True)."""
        if seconds is not None and seconds <= 0:
            return False
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True
