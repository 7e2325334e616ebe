"""One side of an HTTP/1.x conversation, cut into the parts of its messages (RFC 9112), whatever comes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from netkit.protocols.http_flow import CHUNKS_SHOWN, ENDLESS, FOLD, Flow
from netkit.protocols.http_message import Framing, Message, Missing, field_line, request, response
from netkit.protocols.http_parts import Part, Role

LINES_SHOWN = 20  # lines of a body of text that are parts of their own
JUNK_MOST = 100  # lines that are no HTTP; after them nothing is looked for any more
FIELDS_MOST = 1000  # field lines of a section

_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
HTTP2 = b"PRI * HTTP/2.0\r\n"  # RFC 9113, section 3.4


class Talk(Protocol):
    """What a stream tells of the messages."""

    def started(self, message: Message) -> None: ...
    def headed(self, message: Message) -> None: ...


class Stream(Flow):
    """One side.

    Args:
        side: ``"client"`` or ``"server"``.
        out: where the parts go.
        talk: is told when a message has a start line, and when its header section is whole: then it sets the framing.
    """

    def __init__(self, side: str, out: list[Part], talk: Talk) -> None:
        super().__init__(side, out)
        self._talk = talk
        self._parse = request if side == "client" else response
        self._line: Callable[[bytes], None] = self._start_line
        self._lost: Message | None = None  # of its body, bytes are missing
        self._junk = 0  # lines that are no HTTP

    def _on_line(self, line: bytes) -> None:
        self._line(line)

    def interrupted(self) -> None:
        """The other side speaks."""
        if self._take == self._take_rest and self._role is Role.TUNNEL and self._parts:
            self._put(Role.TUNNEL, self._message)
            self._settle()
        elif self._lost is not None and not self.held:
            self._flush()
            self._lost = None
            self._expect(self._start_line)

    def end(self) -> None:
        """There is no more."""
        self._over = True
        self.release()
        self._flush(over=True)

    def _expect(self, line: Callable[[bytes], None]) -> None:
        self._take, self._line = self._take_line, line

    def _done(self) -> None:
        self._finished, self._message = self._message, None
        self._expect(self._start_line)

    # Lines

    def _start_line(self, line: bytes) -> None:
        message = self._parse(line, self._time, self._start)
        if message is None:
            self._no_start_line(line)
            return
        self._lost, self._message = None, message
        self._junk = self._chunks = 0
        self._role = Role.BODY
        self._put(Role.START, message)
        self._talk.started(message)
        if line == HTTP2:
            self._done()
            self.tunnel(message)
        elif message.version:
            self._expect(self._field_line)
        else:  # HTTP/0.9: this line is all of the request (RFC 1945, section 4.1)
            self._done()

    def _no_start_line(self, line: bytes) -> None:
        if self._lost is not None:
            self._role, self._message, self._lines = Role.AFTER, self._lost, LINES_SHOWN
            self._put(Role.AFTER, self._lost)
            self._take = self._take_rest
        elif line in (b"\r\n", b"\n") and not self._junk:
            self._put(Role.BLANK, None)
        else:
            if not self._junk:
                self._message = Message(self.side, self._time, self._start, http=False)
                self._talk.started(self._message)
                asks = self._message.asks
                if asks and asks.http and not asks.version:
                    self._bare(line, self._message)
                    return
            self._put(Role.JUNK, self._message, self._junk)
            self._junk += 1
            if self._junk >= JUNK_MOST:
                self._give_up(Role.JUNK)

    def _bare(self, line: bytes, message: Message) -> None:
        """A response of HTTP/0.9 is nothing but content (RFC 1945, section 6)."""
        message.http, message.version, message.framing = True, "HTTP/0.9", Framing.CLOSE
        message.content.append(memoryview(line))
        message.size = len(line)
        self._put(Role.BODY, message)
        self._left, self._take = ENDLESS, self._take_body

    def _give_up(self, role: Role) -> None:
        """Where the message ends, nobody knows."""
        self._take, self._role, self._lines = self._take_rest, role, LINES_SHOWN

    def _field_line(self, line: bytes) -> None:
        message = self._message
        assert message is not None
        if line in (b"\r\n", b"\n"):
            self._talk.headed(message)
            self._put(Role.HEAD, message)
            self._body(message)
        else:
            self._keep(line, message.fields, message)
            self._put(Role.FIELD, message)

    def _keep(self, line: bytes, fields: list[tuple[str, str]], message: Message) -> None:
        """A field line, one that goes on (RFC 9112, section 5.2), or none."""
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.decode(errors='surrogateescape').strip()}")
        elif found := field_line(line):
            fields.append(found[:2])
            message.wrong += not found[2]
        else:
            message.wrong += 1
        if len(fields) >= FIELDS_MOST or message.wrong >= FIELDS_MOST:
            message.broken = True
            self._give_up(Role.JUNK)

    def _body(self, message: Message) -> None:
        self._lines = self._chunks = 0
        self._role = Role.BODY
        if message.broken:
            return
        if message.framing is Framing.CHUNKED:
            self._expect(self._size_line)
        elif message.framing is Framing.CLOSE or (message.framing is Framing.LENGTH and message.length):
            self._left = message.length if message.framing is Framing.LENGTH else ENDLESS
            self._take = self._take_body
        elif message.framing is Framing.TUNNEL:
            self._done()
            self.tunnel(message)
        else:
            self._done()

    # Chunks (RFC 9112, section 7.1)

    def _size_line(self, line: bytes) -> None:
        message = self._message
        assert message is not None
        found = _SIZE.fullmatch(line)
        if found is None:
            message.broken = True
            self._put(Role.JUNK, message, -1)
            self._give_up(Role.JUNK)
        elif size := int(found[1], 16):
            self._chunks += 1
            self._put(Role.SIZE, message, self._chunks - 1)
            self._left, self._take = size, self._take_body
        else:
            self._put(Role.LAST, message)
            self._expect(self._trailer_line)

    def _chunk_end(self, line: bytes) -> None:
        message = self._message
        assert message is not None
        if line in (b"\r\n", b"\n"):
            self._put(Role.CHUNK_END, message)
            self._line = self._size_line
            if self._chunks >= CHUNKS_SHOWN:
                self._take = self._take_chunks
        else:
            message.broken = True
            self._put(Role.JUNK, message, -2)
            self._give_up(Role.JUNK)

    def _take_chunks(self, data: bytes, at: int) -> int:
        """As many whole chunks as there are, at once; what is left over goes line by line, as ever."""
        message = self._message
        assert message is not None
        start, count, room = at, 0, FOLD - (self._offset - self._many.start if self._many else 0)
        while not self._parts and at - start < room and (found := _SIZE.match(data, at)):
            begin, end = found.end(), found.end() + int(found[1], 16)
            if begin == end or end - begin >= FOLD or data[end : end + 2] != b"\r\n":
                break
            message.content.append(memoryview(data)[begin:end])
            message.size += end - begin
            at, count = end + 2, count + 1
        if not count:
            return self._take_line(data, at)
        self._parts = [memoryview(data)[start:at]]
        self._chunks += count
        self._put(Role.CHUNKS, message, count)
        return at

    def _trailer_line(self, line: bytes) -> None:
        message = self._message
        assert message is not None
        if line in (b"\r\n", b"\n"):
            self._put(Role.END, message)
            self._done()
        else:
            self._keep(line, message.trailers, message)
            self._put(Role.TRAILER, message)

    # Many bytes

    def _take_body(self, data: bytes, at: int) -> int:
        message = self._message
        assert message is not None
        lines = message.textual and self._lines < LINES_SHOWN
        stop, ended = self._slice(data, at, self._left, lines)
        self._left -= stop - at
        message.content.append(memoryview(data)[at:stop])
        message.size += stop - at
        if ended or not self._left:
            self._lines += 1
            self._put(Role.BODY, message, message.size - self._size)
        if not self._left:
            if message.framing is Framing.CHUNKED:
                self._expect(self._chunk_end)
            else:
                self._done()
        return stop

    # Breaks

    def _broken(self) -> None:
        """A FIN, or bytes that are missing."""
        message = self._message
        by_close = message is not None and message.framing is Framing.CLOSE and self._take == self._take_body
        lost = message if self._take == self._take_body or self._chunks else self._lost
        self._flush()
        if by_close and message is not None:
            message.complete = True
            message.missing = Missing.NOTHING
        if self._take != self._take_record and self._role is not Role.TUNNEL:
            self._lost = lost
            self._expect(self._start_line)

    def _flush(self, over: bool = False) -> None:
        """Whatever has begun ends here."""
        message, tunnel = self._message, self._role is Role.TUNNEL or self._take == self._take_record
        if message is not None and message.http and not tunnel:
            message.missing = self._missing(message, over)
        if self._parts:
            role = self._begun()
            if role is Role.START and message is None:
                message = Message(self.side, self._time, self._start, http=False)
                self._talk.started(message)
            at = message.size - self._size if role is Role.BODY and message is not None else self._junk
            self._put(role, self._lost if role is Role.AFTER else message, at, cut=True)
        self._settle()
        self._close_many()
        if not tunnel:
            self._message, self._chunks, self._junk = None, 0, 0

    def _begun(self) -> Role:
        """What was to be, of which the end did not come."""
        if self._take == self._take_body:
            return Role.BODY
        if self._take == self._take_rest:
            return self._role
        if self._take == self._take_record:
            return Role.PART_RECORD
        if self._line == self._field_line:
            return Role.FIELD
        if self._line == self._trailer_line:
            return Role.TRAILER
        if self._line in (self._size_line, self._chunk_end):
            return Role.SIZE
        return Role.AFTER if self._lost is not None else Role.START

    def _missing(self, message: Message, over: bool) -> Missing:
        if self._role is Role.AFTER or message.broken:
            return message.missing
        if self._take == self._take_body and message.framing is Framing.LENGTH:
            return Missing.BODY
        if self._take == self._take_body and message.framing is Framing.CLOSE:
            return Missing.CLOSE if over else Missing.NOTHING
        return Missing.CHUNKS if message.framing is Framing.CHUNKED else Missing.HEAD
