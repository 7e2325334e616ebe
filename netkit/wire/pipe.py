"""One direction of a tapped connection: bytes in at one end, out at the other, recorded, and broken when told to."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from netkit.wire.conversation import Kind, Side
from netkit.wire.faults import Plan

if TYPE_CHECKING:
    from netkit.wire.recorder import Recording

HELD = 1 << 20  # bytes that a pipe holds back before it stops reading from the sender
SLICE = 0.05  # seconds: with a bandwidth, as many bytes go at once as fit into this


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
        self.ended: float | None = None  # when the sender's FIN was passed on
        self._queue: deque[tuple[float, memoryview]] = deque()  # when it was sent, and what; empty: FIN
        self._held = 0
        self._worker: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._counting: Plan | None = None
        self._passed = 0  # bytes since the plan in force began to count
        self._next_piece = 0.0  # no piece before this time

    @property
    def busy(self) -> bool:
        """Whether bytes wait in it."""
        return bool(self._queue)

    def feed(self, data: bytes) -> None:
        """Bytes came from the sender; empty bytes mean that it will send no more."""
        if self._worker is None and self.target is not None and self.plan().calm:
            self._pass_on(data, None)
            return
        self._queue.append((self.recording.now(), memoryview(data)))
        self._held += len(data)
        self._wake.set()
        self._work()
        self._throttle()

    def changed(self) -> None:
        """The faults were changed: what waits must look again, and `cut=0` acts at once."""
        self._wake.set()
        self._work()

    def stop(self) -> None:
        """The connection is over."""
        if self._worker is not None:
            self._worker.cancel()
        self._queue.clear()
        self._held = 0

    def pause(self) -> None:
        """The receiver takes no more for now."""
        self._drained.clear()
        self._throttle()

    def resume(self) -> None:
        """The receiver takes bytes again."""
        self._drained.set()
        self._throttle()

    def _throttle(self) -> None:
        """Let the sender wait while the receiver does: nothing piles up here."""
        if self.source is None or self.source.is_closing():
            return
        if self._held > HELD or not self._drained.is_set():
            self.source.pause_reading()
        else:
            self.source.resume_reading()

    def _work(self) -> None:
        if self.target is not None and self._worker is None and (self._queue or not self.plan().calm):
            self._worker = asyncio.get_running_loop().create_task(self._shape())

    def _pass_on(self, data: bytes, sent: float | None) -> None:
        """Write it down first: whoever has got an answer finds it recorded."""
        assert self.target is not None
        if data:
            self.recording.add(self.side, Kind.DATA, data, sent)
            self.target.write(data)
            return
        self.ended = self.recording.now()
        self.recording.add(self.side, Kind.END, sent=sent)
        if not self.target.is_closing():
            self.target.write_eof()
        self.done()

    async def _shape(self) -> None:
        """Take bytes from the queue and do to them what the plan says, until all is calm and nothing waits."""
        try:
            while not self._over() and (self._queue or not self.plan().calm):
                if not self._queue:
                    await self._sleep(None)
                    continue
                sent, data = self._queue[0]
                if await self._sleep(sent + self.plan().delay - self.recording.now()):
                    continue  # the plan was changed meanwhile
                if not data:
                    self._queue.popleft()
                    self._pass_on(b"", sent)
                elif self.plan().swallow:
                    self._lose()
                elif not await self._sleep(self._next_piece - self.recording.now()):
                    await self._piece(sent, data)
                self._throttle()
        finally:
            self._worker = None

    async def _piece(self, sent: float, data: memoryview) -> None:
        plan = self.plan()
        size = min([len(data), *self._allowed(plan)])
        if size:
            self._take(size)
            self._pass_on(bytes(data[:size]), sent)
            self._passed += size
            now = self.recording.now()
            if plan.bandwidth:
                self._next_piece = max(now, self._next_piece) + size / plan.bandwidth
            if plan.pieces:
                self._next_piece = max(self._next_piece, now + plan.gap)
            await self._drained.wait()

    def _allowed(self, plan: Plan) -> list[int]:
        """The most that may go at once, by each fault that limits it."""
        limits = [plan.pieces] if plan.pieces else []
        limits += [max(1, int(plan.bandwidth * SLICE))] if plan.bandwidth else []
        return limits + [n - self._passed for n in (plan.cut, plan.reset) if n is not None]

    def _over(self) -> bool:
        """End the connection if the plan says that it has gone on long enough; it counts from when it was set."""
        plan = self.plan()
        if plan is not self._counting:
            self._counting, self._passed = plan, 0
        for limit, how in ((plan.reset, Kind.RESET), (plan.cut, Kind.END)):
            if limit is not None and self._passed >= limit:
                while self._queue:
                    self._lose()
                self.broken(how)
                return True
        return False

    def _lose(self) -> None:
        """What is next in the queue never arrives."""
        sent, data = self._queue.popleft()
        self._held -= len(data)
        if data:
            self.recording.add(self.side, Kind.LOST, bytes(data), sent)

    def _take(self, size: int) -> None:
        """Off the queue's front."""
        sent, data = self._queue.popleft()
        if size < len(data):
            self._queue.appendleft((sent, data[size:]))
        self._held -= size

    async def _sleep(self, seconds: float | None) -> bool:
        """Wait so long, or until the faults change (then True)."""
        if seconds is not None and seconds <= 0:
            return False
        self._wake.clear()
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return False
        return True
