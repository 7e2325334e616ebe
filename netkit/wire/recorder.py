"""Recording: what the taps write down, bounded in memory, and what everybody else reads as frozen data."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from netkit.wire.address import Address
from netkit.wire.conversation import Conversation, Ending, Event, Kind, Side
from netkit.wire.hello import Hello, find_hello
from netkit.wire.keylog import secrets
from netkit.wire.speakers import who
from netkit.wire.subscribers import Subscribers

PIECE = 1 << 16  # bytes in which what was said inside TLS is kept: of a larger one, the beginning and the end stay
HELLO_PIECES = 100  # more than the pieces in which the beginning of a ClientHello may come
EVENT_COST = 200  # bytes of memory that an event takes beside its data (measured on CPython 3.11: 190 to 210)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept.

    Attributes:
        conversation: bytes kept of one conversation: three quarters from its beginning, the rest from its end; of what
            was said inside TLS, as many again.
        total: bytes kept of all conversations of one tap; the oldest that have ended go first, then the middles of
            the longest that go on.
        conversations: how many conversations are kept; the oldest that have ended go first.
    """

    conversation: int = 16 << 20
    total: int = 64 << 20
    conversations: int = 1000


class Recording:
    """One conversation while it goes on. Written on the background thread, read from any."""

    def __init__(
        self,
        recorder: Recorder,
        number: int,
        client: Address,
        server: Address,
        user: int | None,
        speaker: str = "",
    ) -> None:
        self.number = number
        self.ending = Ending.OPEN
        self.kept = 0  # bytes of memory
        self._recorder = recorder
        self._client, self._server, self._user, self._speaker = client, server, user, speaker
        self._began = time.time()
        self._zero = time.perf_counter()
        self._ended: float | None = None
        self._from_client = self._from_server = 0
        self._head: list[Event] = []
        self._tail: deque[Event] = deque()
        self._whole = True  # nothing but a head up to now
        self._head_room = recorder.limits.conversation * 3 // 4
        self._tail_room = recorder.limits.conversation // 4
        self._tail_cost = 0
        self._left_out: dict[tuple[Side, Kind], Event] = {}  # the counts
        self._marks: list[Event] = []  # END and RESET are kept, also from between head and tail: there are few
        self._forgotten = False
        self._snapshot: Conversation | None = None
        self._whole_of: Recording | None = None  # of what was said inside TLS: the conversation whose part it is
        self._said: Recording | None = None  # what the ends said inside TLS; its limits are those of the wire's bytes
        self._hello: Hello | None = None
        self._searched = 0  # events in which no ClientHello begins
        self._secrets = ""

    def is_between(self, client: Address, server: Address) -> bool:
        """Whether these are its two ends, as the client knows them."""
        return self._client == client and self._server == server

    @property
    def whole(self) -> bool:
        """Whether all that was said up to now is kept."""
        return self._whole and not self._forgotten

    def now(self) -> float:
        """Seconds since the conversation began."""
        return time.perf_counter() - self._zero

    def add(self, side: Side, kind: Kind, data: bytes = b"", sent: float | None = None) -> None:
        """Write down that something happened.

        Nothing is added to a conversation that has ended, but for LOST: bytes that came when a fault had cut it off.
        """
        at = time.perf_counter() - self._zero
        size = len(data)
        event = Event(at if sent is None else sent, at, side, kind, data, size)
        recorder = self._recorder
        with recorder.lock:
            if self._forgotten or (self._ended is not None and kind is not Kind.LOST):
                return
            if kind is Kind.DATA:
                if side is Side.CLIENT:
                    self._from_client += size
                else:
                    self._from_server += size
            elif kind is Kind.TAKEN:
                self._from_client += size
            self._snapshot = None
            self._keep(event)
            if recorder.kept > recorder.limits.total:
                recorder.shrink()
        recorder.tell()

    def say(self, side: Side, data: bytes, at: float) -> None:
        """Write down what an end said inside TLS, also when the wire is closed: the client may read what came before.

        Args:
            side: who said it.
            data: the plaintext.
            at: when, by ``time.perf_counter()``.
        """
        recorder, moment = self._recorder, at - self._zero
        with recorder.lock:
            if self._forgotten or not data:
                return
            if self._said is None:
                self._said = Recording(recorder, self.number, self._client, self._server, self._user)
                self._said._whole_of = self
            for start in range(0, len(data), PIECE):
                piece = data[start : start + PIECE]
                self._said._keep(Event(moment, moment, side, Kind.DATA, piece, len(piece)))
            self._snapshot = None
            if recorder.kept > recorder.limits.total:
                recorder.shrink()
        recorder.tell()

    @property
    def parts(self) -> tuple[Recording, ...]:
        """What is kept, each part with its own limit: the wire's bytes, and what was said inside TLS."""
        return (self,) if self._said is None else (self, self._said)

    def end(self, how: Ending) -> None:
        """Write down how it ended; the first word counts."""
        with self._recorder.lock:
            if self._ended is not None:
                return
            self.ending, self._ended, self._snapshot = how, self.now(), None
        self._recorder.tell()

    def drop(self) -> bool:
        """Make room: leave the oldest event of the tail out, else the newest of the head. False: there is none."""
        if self._tail:
            event = self._tail.popleft()
            self._tail_cost -= EVENT_COST + event.size
        elif self._head:
            event = self._head.pop()
        else:
            return False
        self.kept -= EVENT_COST + event.size
        self._recorder.kept -= EVENT_COST + event.size
        self._leave_out(event)
        return True

    def forget(self) -> None:
        """Nobody will ask for it again: free its memory, also when it goes on."""
        self._recorder.kept -= self.kept
        self.kept = 0
        self._forgotten = True
        self._head.clear()
        self._tail.clear()
        if self._said is not None:
            self._said.forget()

    def snapshot(self) -> Conversation:
        """The conversation as it stands now; the same object as long as nothing happens."""
        with self._recorder.lock:
            if self._snapshot is None:
                self._snapshot = self._freeze()
            return self._snapshot

    def _freeze(self) -> Conversation:
        rec = self._recorder
        return Conversation(
            number=self.number,
            name=rec.name,
            protocol=rec.protocol,
            transport=rec.transport,
            client=self._client,
            server=self._server,
            began=self._began,
            events=self._events(),
            from_client=self._from_client,
            from_server=self._from_server,
            ending=self.ending,
            ended=self._ended,
            user=self._user,
            # A thread that reads may be quicker to write down than the one that has sent what it reads the answer to.
            said=tuple(sorted(self._said._events(), key=lambda event: event.time)) if self._said else (),
            secrets=self._find_secrets(),
            speaker=self._speaker,
        )

    def _events(self) -> tuple[Event, ...]:
        middle = sorted((*self._left_out.values(), *self._marks), key=lambda event: event.time)
        return (*self._head, *middle, *self._tail)

    def _find_secrets(self) -> str:
        """The secrets of its TLS connection, if a server of netkit's has written them down."""
        if not self._secrets and self._recorder.transport == "tcp":
            if self._hello is None:
                self._hello = find_hello(self._head, self._searched)
                self._searched = max(0, len(self._head) - HELLO_PIECES)  # the rest may be the beginning of one
            if self._hello is not None:
                self._secrets = secrets(self._hello.random)
        return self._secrets

    def _keep(self, event: Event) -> None:
        cost = EVENT_COST + event.size
        if self._whole and self.kept + cost <= self._head_room:
            self._head.append(event)
        else:
            self._whole = False
            room = self._tail_room - cost
            while self._tail and self._tail_cost > room:
                self.drop()
            if room < 0:  # the tail is empty now: what is left out lies before what is kept
                self._leave_out(event)
                return
            self._tail.append(event)
            self._tail_cost += cost
        self.kept += cost
        self._recorder.kept += cost

    def _leave_out(self, event: Event) -> None:
        """Into the count of what was passed on and not kept, or lost and not kept; a count for each side."""
        self._whole, self._snapshot = False, None
        if self._whole_of is not None:
            self._whole_of._snapshot = None
        if event.kind in (Kind.END, Kind.RESET):
            self._marks.append(event)
            return
        kind = Kind.LOST if event.kind is Kind.LOST else Kind.GAP
        side = event.stream
        before = self._left_out.get((side, kind))
        first, last, size = event.time, event.time, event.size
        if before is not None:
            first, last, size = min(first, before.sent), max(last, before.time), size + before.size
        self._left_out[side, kind] = Event(first, last, side, kind, size=size)


class Recorder:
    """All conversations of one tap."""

    def __init__(self, name: str, protocol: str, transport: str, limits: Limits | None = None) -> None:
        self.name, self.protocol, self.transport = name, protocol, transport
        self.address = Address("127.0.0.1", 0)  # the tap says which, when it has one
        self.limits = limits or Limits()
        self.lock = threading.RLock()
        self.kept = 0  # bytes of memory, all conversations together
        self.recorded = 0  # how many conversations there were, kept or not
        self.cleared = 0  # of those, how many somebody wished to forget
        self._recordings: deque[Recording] = deque()
        self._subscribers = Subscribers(name)

    def begin(self, client: Address, user: int | None = None, server: Address | None = None) -> Recording:
        """A new conversation.

        Args:
            client: the address that it comes from.
            user: whose that is, as far as the system tells.
            server: the address that it goes to; without, the tap's own as it is now: a tap may move.
        """
        with self.lock:
            self.recorded += 1
            server = server or self.address
            recording = Recording(self, self.recorded, client, server, user, who(client, server))
            self._recordings.append(recording)
            if len(self._recordings) > self.limits.conversations:
                ended = (r for r in self._recordings if r.ending is not Ending.OPEN)
                self._forget(next(ended, self._recordings[0]))
        self.tell()
        return recording

    def of(self, client: Address, server: Address) -> Recording | None:
        """The newest recording of that client at that address of the tap."""
        with self.lock:
            found = (r for r in reversed(self._recordings) if r.is_between(client, server))
            return next(found, None)

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """Those that were kept, the oldest first."""
        with self.lock:
            return tuple(recording.snapshot() for recording in self._recordings)

    def clear(self) -> None:
        """Forget the conversations that have ended; those that go on stay."""
        with self.lock:
            for recording in [r for r in self._recordings if r.ending is not Ending.OPEN]:
                self._forget(recording)
                self.cleared += 1
        self.tell()

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have a function called after each change, on the background thread; see `Subscribers.add`."""
        return self._subscribers.add(callback)

    def tell(self) -> None:
        """Tell those who subscribed."""
        self._subscribers.tell()

    def shrink(self) -> None:
        """Hold the limit on all conversations together: the ended go, then the middles of the longest."""
        limit = self.limits.total
        for recording in [r for r in self._recordings if r.ending is not Ending.OPEN]:
            if self.kept <= limit:
                return
            self._forget(recording)
        enough = limit - limit // 16 if self.kept > limit else limit  # not so soon again
        while self.kept > enough:
            longest = max((part for r in self._recordings for part in r.parts), key=lambda part: part.kept)
            half = longest.kept // 2
            while self.kept > enough and longest.kept > half and longest.drop():
                pass

    def _forget(self, recording: Recording) -> None:
        self._recordings.remove(recording)
        recording.forget()
