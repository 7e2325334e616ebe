"""SMTP: each command, reply and letter explained (RFC 5321), by what was said before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from netkit.protocols import TLS, Line, Piece
from netkit.protocols.letter import Letter
from netkit.protocols.mail_lines import Cut, Tell, in_order, rfc
from netkit.protocols.mail_stream import Stream
from netkit.protocols.sasl import response_told
from netkit.protocols.smtp_commands import injected_told, told, verb_of
from netkit.protocols.smtp_replies import malformed_told, reply_told

__all__ = ["explain"]

AUTH = rfc(4954, "4")
LINES = rfc(5321, "2.3.8")


class Asked(NamedTuple):
    """What a reply answers: a command, ``"GREETING"`` or ``"LETTER"``; for AUTH, how and how far."""

    verb: str
    mechanism: str = ""
    step: int = 0


def explain(pieces: Iterable[Piece], datagrams: bool = False) -> Sequence[Line]:
    """A line a command, a line of a reply, or a line of a letter; of a long letter's body, many lines as one."""
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
        self._asked: deque[Asked] = deque([Asked("GREETING")])  # commands may come before the reply (RFC 2920)
        self._lines = 0  # of the reply that has begun
        self._in_letter = self._gap_in_letter = self._injected = False
        self._signing_in: Asked | None = None  # the server waits for a response

    def gap(self, side: str) -> None:
        """Bytes are missing, or this side says no more."""
        if side == "client":
            self._gap_in_letter = self._in_letter
        else:  # which replies are missing nobody knows: the next one answers what is said next
            self._asked.clear()
            self._lines = 0
            if self.client.held:
                self.client.release()

    def secured(self) -> None:
        """From here on it is known what is said inside TLS. The server does not greet again (RFC 3207 section 4.2)."""
        if self.client.heard or self.server.heard:
            self._asked.clear()
        self._injected = False
        self.client.decrypt(self._command)
        self.server.decrypt(self._reply)

    def _command(self, data: bytes) -> Tell:
        if self._injected:
            return injected_told
        if self._signing_in is not None:
            asked, self._signing_in = self._signing_in, None
            self._asked.append(asked._replace(step=asked.step + 1))
            self.client.hold()
            return partial(response_told, mechanism=asked.mechanism, step=asked.step, source=AUTH)
        verb = verb_of(data)
        asked = Asked(verb)
        if verb == "AUTH":
            words = data[:200].split(None, 3)
            initial = len(words) > 2 and words[2] != b"="
            asked = Asked(verb, words[1].decode("ascii", "replace").upper() if len(words) > 1 else "", int(initial))
        if verb in ("DATA", "STARTTLS", "AUTH"):
            self.client.hold()
        self._asked.append(asked)
        return partial(told, verb=verb)

    def _reply(self, data: bytes) -> Tell:
        code, last = data[:3], data[3:4] != b"-"
        if not (code.isdigit() and b"200" <= code < b"600" and data[3:4] in b" -\r\n"):
            return malformed_told
        if self._asked and self._asked[0].verb == "GREETING" and b"220" < code < b"400":
            self._asked.popleft()  # it was not recorded
        asked = self._asked[0] if self._asked else Asked("LETTER" if self._in_letter else "")
        tell = partial(reply_told, verb=asked.verb, line=self._lines, last=last)
        self._lines += 1
        if last:
            self._lines = 0
            if self._asked:
                self._asked.popleft()
                self._answered(asked, code)
            elif self._in_letter and (self._gap_in_letter or code < b"300"):
                self._letter_ends(asked=False)  # for the server it has, whatever the bytes say
                self.client.speak(self._command)
        return tell

    def _answered(self, asked: Asked, code: bytes) -> None:
        if asked.verb == "DATA" and code == b"354":
            self._in_letter, self._gap_in_letter = True, False
            self.client.speak(Letter(rfc(5321, "4.5.2"), self._letter_ends).line)
        elif asked.verb == "AUTH" and code == b"334":
            self._signing_in = asked
        elif asked.verb == "STARTTLS" and code == b"220":
            self._asked.clear()
            self._injected = True
            if self.client.ahead != b"\x16":
                self.client.release()
            self.client.encrypt()
            self.server.encrypt()
        if asked.verb in ("DATA", "STARTTLS", "AUTH"):
            self.client.release()

    def _letter_ends(self, asked: bool = True) -> None:
        self._in_letter = False
        if asked:
            self._asked.append(Asked("LETTER"))
            self.client.speak(self._command)
