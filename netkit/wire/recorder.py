"""Recording: what the taps write down, bounded in memory, and what everybody else reads as frozen data."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from netkit.wire.address import Address
from netkit.wire.conversation import Conversation, Ending, Event, Kind, Side

EVENT_COST = 200  # bytes of memory that an event takes beside its data (measured on CPython 3.11: 190 to 210)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept.

    Attributes:
        conversation: bytes kept of one conversation: three quarters from its beginning, the rest from its end.
        total: bytes kept of all conversations of one tap; the oldest that have ended go first.
        conversations: how many conversations are kept; the oldest that have ended go first.
    """

    conversation: int = 16 << 20
    total: int = 64 << 20
    conversations: int = 1000


class Recording:
    """One conversation while it goes on. Written on the background thread, read from any."""

    def __init__(self, recorder: Recorder, number: int, client: Address, user: int | None) -> None:
        self.number = number
        self.ending = Ending.OPEN
        self.kept = 0  # bytes of memory
        self.totals = {Side.CLIENT: 0, Side.SERVER: 0}
        self._recorder = recorder
        self._client, self._user = client, user
        self._began = time.time()
        self._zero = time.perf_counter()
        self._ended: float | None = None
        self._head: list[Event] = []
        self._tail: deque[Event] = deque()
        self._head_room = recorder.limits.conversation * 3 // 4
        self._tail_room = recorder.limits.conversation // 4
        self._tail_cost = 0
        self._gaps: dict[Side, Event] = {}

    def now(self) -> float:
        """Seconds since the conversation began."""
        return time.perf_counter() - self._zero

    def add(self, side: Side, kind: Kind, data: bytes = b"", sent: float | None = None) -> None:
        """Write down that something happened; nothing is added to a conversation that has ended."""
        if self._ended is not None:
            return
        at = self.now()
        event = Event(at if sent is None else sent, at, side, kind, data, len(data))
        with self._recorder.lock:
            if kind is Kind.DATA:
                self.totals[side] += len(data)
            self._keep(event)
            self._recorder.shrink(self)
        self._recorder.tell()

    def end(self, how: Ending) -> None:
        """Write down how it ended; the first word counts."""
        if self._ended is None:
            self.ending, self._ended = how, self.now()
            self._recorder.tell()

    def drop_tail(self) -> None:
        """Make room: let the oldest event of the tail go, and count it."""
        self._leave_out(self._tail.popleft())

    @property
    def can_drop(self) -> bool:
        """Whether anything is left in the tail."""
        return bool(self._tail)

    def snapshot(self) -> Conversation:
        """The conversation as it stands now."""
        rec = self._recorder
        with rec.lock:
            events = (*self._head, *self._gaps.values(), *self._tail)
            sizes = dict(self.totals)
        return Conversation(
            number=self.number,
            name=rec.name,
            protocol=rec.protocol,
            transport=rec.transport,
            client=self._client,
            server=rec.address,
            began=self._began,
            events=events,
            from_client=sizes[Side.CLIENT],
            from_server=sizes[Side.SERVER],
            ending=self.ending,
            ended=self._ended,
            user=self._user,
        )

    def _keep(self, event: Event) -> None:
        cost = EVENT_COST + event.size
        if not self._tail and not self._gaps and self.kept + cost <= self._head_room:
            self._head.append(event)
        elif cost > self._tail_room:
            self._leave_out(event, counted=False)
            return
        else:
            self._tail.append(event)
            self._tail_cost += cost
        self.kept += cost
        self._recorder.kept += cost
        while self._tail_cost > self._tail_room:
            self.drop_tail()

    def _leave_out(self, event: Event, counted: bool = True) -> None:
        """Into the count of what was left out, a count for each side."""
        if counted:
            cost = EVENT_COST + event.size
            self._tail_cost -= cost
            self.kept -= cost
            self._recorder.kept -= cost
        before = self._gaps.get(event.side)
        size = event.size + (before.size if before else 0)
        first = before.time if before else event.time
        self._gaps[event.side] = Event(first, event.time, event.side, Kind.GAP, size=size)


class Recorder:
    """All conversations of one tap."""

    def __init__(self, name: str, protocol: str, transport: str, limits: Limits | None = None) -> None:
        self.name, self.protocol, self.transport = name, protocol, transport
        self.address = Address("127.0.0.1", 0)  # the tap says which, when it has one
        self.limits = limits or Limits()
        self.lock = threading.RLock()
        self.kept = 0  # bytes of memory, all conversations together
        self.recorded = 0  # how many conversations there were, kept or not
        self._recordings: deque[Recording] = deque()
        self._callbacks: dict[int, Callable[[], object]] = {}
        self._keys = itertools.count()

    def begin(self, client: Address, user: int | None = None) -> Recording:
        """A new conversation."""
        with self.lock:
            self.recorded += 1
            recording = Recording(self, self.recorded, client, user)
            self._recordings.append(recording)
            self._forget_old()
        self.tell()
        return recording

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """Those that were kept, the oldest first."""
        with self.lock:
            recordings = tuple(self._recordings)
        return tuple(recording.snapshot() for recording in recordings)

    def clear(self) -> None:
        """Forget the conversations that have ended; those that go on stay."""
        with self.lock:
            for recording in [r for r in self._recordings if r.ending is not Ending.OPEN]:
                self._forget(recording)
        self.tell()

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have a function called after each change, on the background thread; it must return at once.

        Returns:
            A function that takes the subscription back; calling it twice is harmless.
        """
        key = next(self._keys)
        self._callbacks[key] = callback
        return lambda: (self._callbacks.pop(key, None), None)[1]

    def tell(self) -> None:
        """Tell those who subscribed."""
        for callback in tuple(self._callbacks.values()):
            callback()

    def shrink(self, growing: Recording) -> None:
        """Hold the limit on all conversations together."""
        if self.kept > self.limits.total:
            for recording in [r for r in self._recordings if r.ending is not Ending.OPEN]:
                if self.kept <= self.limits.total:
                    return
                self._forget(recording)
            while self.kept > self.limits.total and growing.can_drop:
                growing.drop_tail()

    def _forget_old(self) -> None:
        if len(self._recordings) > self.limits.conversations:
            ended = (r for r in self._recordings if r.ending is not Ending.OPEN)
            self._forget(next(ended, self._recordings[0]))

    def _forget(self, recording: Recording) -> None:
        self._recordings.remove(recording)
        self.kept -= recording.kept
        recording.kept = 0
