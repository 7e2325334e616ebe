"""What has come from a client and waits in a gate, and what goes on from there to the server."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from netkit.wire.conversation import Kind, Side
from netkit.wire.pipe import CHUNKS, HELD, Pipe


class Inflow:
    """Has bytes read in their order, as long as nothing has to be waited for; the client is held back meanwhile.

    Args:
        pipe: the client's, which ends here.
        read: takes the next bytes and gives back those that it has not taken; empty bytes are the client's FIN.

    Attributes:
        waits: nothing is read now.
        over: the connection is: nothing is read any more.
        live: what is passed on goes out. While the gate catches up it went long ago.
        gone: bytes at the beginning of what is held that have been passed on long ago.
        sent: when the bytes that are being read were sent; None: now.
    """

    def __init__(self, pipe: Pipe, read: Callable[[bytes], bytes]) -> None:
        self.waits = self.over = self.live = False
        self.gone = 0
        self.sent: float | None = None
        self._pipe, self._read = pipe, read
        self._held: deque[tuple[float | None, bytes]] = deque()  # when it was sent (None: now), and what; empty: FIN
        self._passing: list[bytes] = []
        self._paused = False

    @property
    def held(self) -> int:
        """How many bytes wait."""
        return sum(len(data) for _sent, data in self._held)

    @property
    def busy(self) -> bool:
        """Whether anything waits."""
        return bool(self._held)

    def add(self, data: bytes, sent: float | None) -> None:
        """Bytes came from the client; empty bytes mean that it will send no more."""
        self._held.append((self.when(sent) if self.waits else sent, data))
        self.go_on()
        if self.waits and self.live and not self._paused and (len(self._held) > CHUNKS or self.held > HELD):
            self._paused = True
            self._pipe.pause()

    def put_back(self, data: bytes) -> None:
        """Bytes that were taken are to be read again."""
        self._held.appendleft((self.sent, data))

    def go_on(self) -> None:
        """Read what there is."""
        while self._held and not self.waits and not self.over:
            self.sent, data = self._held.popleft()
            if not data:
                self._read(data)
            while data and not self.waits and not self.over:
                data = self._read(data)
            self.flush()
            if data:
                self._held.appendleft((self.when(self.sent), data))
        if self.over:
            self.lose()
        if self._paused and not self.waits:
            self._paused = False
            self._pipe.resume()

    def when(self, sent: float | None) -> float:
        """The moment at which it was sent, seconds from the beginning of the conversation."""
        return self._pipe.recording.now() if sent is None else sent

    def pass_on(self, data: bytes) -> None:
        """These bytes go to the server, with what else is read of the same piece."""
        skip = min(self.gone, len(data))
        self.gone -= skip
        if self.live and data[skip:]:
            self._passing.append(data[skip:])

    def flush(self) -> None:
        """What came in one piece goes on in one piece."""
        if self._passing:
            data = self._passing[0] if len(self._passing) == 1 else b"".join(self._passing)
            self._passing = []
            self._pipe.deliver(data, self.sent, Side.CLIENT)

    def finish(self) -> None:
        """The client's FIN goes on to the server."""
        self.flush()
        if self.live:
            self._pipe.deliver(b"", self.sent, Side.CLIENT)

    def lose(self) -> None:
        """What waits is lost."""
        while self._held:
            sent, data = self._held.popleft()
            skip = min(self.gone, len(data))
            self.gone -= skip
            if data[skip:]:
                self._pipe.recording.add(Side.CLIENT, Kind.LOST, data[skip:], sent)
