"""A whole HTTP/1.x conversation: which response answers which request, and when it turns into something else."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from netkit.protocols import Piece
from netkit.protocols.http_message import Framing, Message, frame, upgrades
from netkit.protocols.http_parts import Part
from netkit.protocols.http_stream import Stream

__all__ = ["Talk"]


class Talk:
    """How far both sides have come.

    Attributes:
        parts: what was said, in the order in which it began.
        messages: all messages, in the order in which they began.
    """

    def __init__(self, pieces: Iterable[Piece]) -> None:
        parts: list[Part] = []
        self.messages: list[Message] = []
        self._asked: deque[Message] = deque()  # several requests may wait for their responses (RFC 9112, 9.3.2)
        self._client = Stream("client", parts, self)
        self._server = Stream("server", parts, self)
        for number, (side, time, data) in enumerate(pieces):
            mine, other = (self._client, self._server) if side == "client" else (self._server, self._client)
            if data:
                other.interrupted()
            mine.feed(number, time, data)
            if not data and side != "client":  # which responses are missing, nobody knows
                self._asked.clear()
                self._client.release()
        self._client.end()
        self._server.end()
        self.parts = sorted(parts, key=lambda part: part.piece)

    def started(self, message: Message) -> None:
        """It has a start line, or it is no HTTP."""
        self.messages.append(message)
        if message.side == "client":
            self._asked.append(message)
            if message.method == "PRI":  # HTTP/2 (RFC 9113, section 3.4)
                self._server.tunnel(message)
        elif self._asked:
            message.asks = self._asked[0] if message.interim else self._asked.popleft()
            message.pipelined = not message.interim and bool(self._asked)

    def headed(self, message: Message) -> None:
        """Its header section is whole."""
        frame(message)
        if message.side == "client":
            if message.method == "CONNECT" or upgrades(message):
                self._client.hold()
        elif not message.interim:
            if message.framing is Framing.TUNNEL:
                self._client.tunnel(message.asks)
            if message.asks is None or message.asks.method == "CONNECT" or upgrades(message.asks):
                self._client.release()
