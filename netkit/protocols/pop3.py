"""POP3: each command, reply and letter explained (RFC 1939), by what was said before it and by the phase."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from netkit.protocols import TLS, Line, Piece
from netkit.protocols.letter import Letter
from netkit.protocols.mail_lines import Cut, Tell, in_order, rfc
from netkit.protocols.mail_stream import Stream
from netkit.protocols.pop3_commands import Phase, injected_told, told, verb_of
from netkit.protocols.pop3_replies import challenge_told, dot_told, error_told, listed_told, malformed_told, ok_told
from netkit.protocols.sasl import response_told

__all__ = ["Asked", "Talk", "explain"]

AUTH = rfc(5034, "4")
LINES = rfc(1939, "3")
LISTS = frozenset(("CAPA", "LIST", "UIDL", "LANG", "AUTH"))  # many lines without an argument; CAPA has none
LETTERS = frozenset(("RETR", "TOP"))


class Asked(NamedTuple):
    """What a reply answers: a command or ``"GREETING"``, whether with an argument; for AUTH, how and how far.

    ``words`` is the beginning of the command's line, as it was said.
    """

    verb: str
    argument: bool = False
    mechanism: str = ""
    step: int = 0
    words: tuple[bytes, ...] = ()


def explain(pieces: Iterable[Piece], datagrams: bool = False) -> Sequence[Line]:
    """A line a command, a line of a reply, or a line of a letter; of a long letter's body, many lines as one."""
    talk = Talk()
    talk.hear(pieces)
    return in_order(talk.cuts)


class Talk:
    """How far both sides have come.

    Args:
        greeted: whether the server's greeting has been before; after STLS it does not come again (RFC 2595 section 4).
    """

    def __init__(self, greeted: bool = False) -> None:
        self.cuts: list[Cut] = []
        self.client = Stream("client", self.cuts, self._command, LINES)
        self.server = Stream("server", self.cuts, self._reply, LINES)
        self._asked: deque[Asked] = deque(() if greeted else (Asked("GREETING"),))  # not one at a time (RFC 2449)
        self._phase = Phase.AUTHORIZATION
        self._listing = self._gap_in_listing = self._injected = self._secure = False
        self._signing_in: Asked | None = None  # the server waits for a response

    def hear(self, pieces: Iterable[Piece]) -> None:
        """All that both sides said."""
        for number, (side, time, data) in enumerate(pieces):
            if side == TLS:
                self.secured()
                continue
            stream = self.client if side == "client" else self.server
            if not data and side != "client":
                self.gap()
            stream.feed(number, time, data)
        self.client.end()
        self.server.end()

    def replied(self, asked: Asked, good: bool, data: bytes) -> None:
        """For those who follow: the first line of a reply."""

    def listed(self, verb: str, data: bytes) -> None:
        """For those who follow: a further line of LIST, UIDL or CAPA; at last the dot."""

    def letter(self, _asked: Asked) -> Callable[[bytes], Tell | None]:
        """For those who follow: takes the lines of a letter."""
        return Letter(LINES, self._listing_ends).line

    def gap(self) -> None:
        """Bytes of the server are missing, or it says no more: which replies, nobody knows."""
        self._asked.clear()
        self._gap_in_listing = self._listing
        if self.client.held:
            self.client.release()

    def secured(self) -> None:
        """From here on it is known what is said inside TLS. The server does not greet again (RFC 2595 section 4)."""
        if self.client.heard or self.server.heard:
            self._asked.clear()
        self._injected, self._secure = False, True
        self.client.decrypt(self._command)
        self.server.decrypt(self._reply)

    def _command(self, data: bytes) -> Tell:
        if self._injected:
            return injected_told
        if self._gap_in_listing:  # its end is among what is missing, else the client would not go on
            self._listing_ends()
        if self._signing_in is not None:
            asked, self._signing_in = self._signing_in, None
            self._asked.append(asked._replace(step=asked.step + 1))
            self.client.hold()
            return partial(response_told, mechanism=asked.mechanism, step=asked.step, source=AUTH)
        verb = verb_of(data)
        words = data[:200].split(None, 3)
        mechanism = words[1].decode("ascii", "replace").upper() if verb == "AUTH" and len(words) > 1 else ""
        if verb in ("STLS", "AUTH"):
            self.client.hold()
        initial = len(words) > 2 and words[2] != b"="
        self._asked.append(Asked(verb, len(words) > 1, mechanism, int(initial), tuple(words[:3])))
        return partial(told, verb=verb, phase=self._phase, secure=self._secure)

    def _reply(self, data: bytes) -> Tell:
        if self._asked and self._asked[0].verb == "AUTH" and data[:2] in (b"+ ", b"+\r"):
            asked = self._asked.popleft()
            self._signing_in = asked
            self.client.release()
            return challenge_told
        good = data[:3].upper() == b"+OK"
        if not good and data[:4].upper() != b"-ERR":
            return malformed_told
        asked = self._asked.popleft() if self._asked else Asked("")
        phase = self._phase
        self.replied(asked, good, data)
        if good:
            self._done(asked)
        if asked.verb in ("STLS", "AUTH"):
            self.client.release()
        return partial(ok_told if good else error_told, verb=asked.verb, argument=asked.argument, phase=phase)

    def _done(self, asked: Asked) -> None:
        if asked.verb in ("PASS", "APOP") or (asked.verb == "AUTH" and asked.argument):
            self._phase = Phase.TRANSACTION
        elif asked.verb == "QUIT":
            self._phase = Phase.UPDATE
        elif asked.verb == "STLS":
            self._asked.clear()
            self._injected = True
            if self.client.ahead != b"\x16":
                self.client.release()
            self.client.encrypt()
            self.server.encrypt()
        if asked.verb in LETTERS:
            self._listing = True
            self.server.speak(self.letter(asked))
        elif asked.verb == "CAPA" or (asked.verb in LISTS and not asked.argument):
            self._listing = True
            self.server.speak(partial(self._list_line, asked.verb))

    def _list_line(self, verb: str, data: bytes) -> Tell:
        self.listed(verb, data)
        if data in (b".\r\n", b".\n"):
            self._listing_ends()
            return dot_told
        return partial(listed_told, verb=verb)

    def _listing_ends(self) -> None:
        self._listing = self._gap_in_listing = False
        self.server.speak(self._reply)
