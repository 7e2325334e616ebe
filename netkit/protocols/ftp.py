"""FTP's control connection: each command and each reply explained (RFC 959), by what was said before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial

from netkit.protocols import TLS, Line, Piece
from netkit.protocols.ftp_commands import TELNET, told, verb_of
from netkit.protocols.ftp_replies import malformed_told, reply_told
from netkit.protocols.mail_lines import Cut, Tell, in_order, rfc
from netkit.protocols.mail_stream import Stream

__all__ = ["explain"]

LINES = rfc(959, "5.3")
GREETING = "GREETING"


def explain(pieces: Iterable[Piece], datagrams: bool = False) -> Sequence[Line]:
    """A line a command, or a line of a reply. What the data connections carry is not said here."""
    talk = _Talk()
    for number, (side, time, data) in enumerate(pieces):
        if side == TLS:
            talk.secured()
            continue
        stream = talk.client if side == "client" else talk.server
        if not data:
            talk.gap(side)
        stream.feed(number, time, data)
    talk.client.end()
    talk.server.end()
    return in_order(talk.cuts)


class _Talk:
    """How far both sides have come."""

    def __init__(self) -> None:
        self.cuts: list[Cut] = []
        self.client = Stream("client", self.cuts, self._command, LINES)
        self.server = Stream("server", self.cuts, self._reply, LINES)
        self._asked: deque[str] = deque([GREETING])  # verbs that have no reply yet
        self._code = b""  # of a reply of several lines that has begun
        self._lines = 0  # of it

    def gap(self, side: str) -> None:
        """Bytes are missing, or this side says no more."""
        if side == "server":  # which replies are missing nobody knows: the next one answers what is said next
            self._asked.clear()
            self._code, self._lines = b"", 0
            if self.client.held:
                self.client.release()

    def secured(self) -> None:
        """From here on it is known what is said inside TLS."""
        if self.client.heard or self.server.heard:
            self._asked.clear()
        self.client.decrypt(self._command)
        self.server.decrypt(self._reply)

    def _command(self, data: bytes) -> Tell:
        verb = verb_of(data)
        if not TELNET.sub(b"", data).strip():
            return partial(told, verb="")  # an empty line, or nothing but Telnet's commands
        self._asked.append(verb)
        if verb == "AUTH":
            self.client.hold()  # what follows is perhaps ciphertext
        return partial(told, verb=verb)

    def _reply(self, data: bytes) -> Tell:
        verb = self._asked[0] if self._asked else ""
        if self._code:  # its last line has the code again, and a space (RFC 959 section 4.2)
            last = data[:3] == self._code and data[3:4] in (b" ", b"\r", b"\n")
        elif not (data[:3].isdigit() and b"100" <= data[:3] < b"700" and data[3:4] in (b" ", b"-", b"\r", b"\n")):
            return malformed_told
        else:
            self._code, self._lines = data[:3], 0
            last = data[3:4] != b"-"
        if verb == GREETING and not self._lines and not b"120" <= self._code < b"300" and self._code < b"400":
            self._asked.popleft()  # it was not recorded
            verb = self._asked[0] if self._asked else ""
        tell = partial(reply_told, verb=verb, code=self._code.decode(), line=self._lines, last=last)
        self._lines += 1
        if last:
            self._ends(verb, self._code)
            self._code = b""
        return tell

    def _ends(self, verb: str, code: bytes) -> None:
        if code < b"200" or not self._asked:  # 1yz: another reply follows
            return
        if code == b"421" and len(self._asked) == 1:
            return
        self._asked.popleft()
        if verb != "AUTH":
            return
        if code == b"234":  # RFC 4217 section 4: TLS begins behind this line
            self.client.encrypt()
            self.server.encrypt()
        self.client.release()
