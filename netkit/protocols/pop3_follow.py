"""Follows a POP3 session by what both sides said: pieces in, how the session stands out (RFC 1939).

Nothing is asked of the server: a mark is there because a ``DELE`` was answered with ``+OK``.
"""

from __future__ import annotations

import contextlib
import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from netkit.protocols import Piece
from netkit.protocols.mail_lines import Tell, brief
from netkit.protocols.pop3 import Asked, Talk
from netkit.protocols.pop3_session import End, Entry, Phase, Session, State, Step

__all__ = ["MOST", "STEPS", "follow"]

MOST = 1000  # letters that are told one by one
STEPS = 200  # the newest ones that are told

_COUNT = re.compile(rb"\b(\d{1,9}) (?:messages?|letters?)\b", re.IGNORECASE)
_TWO = re.compile(rb"(?:\+OK[ \t]+)?(\d{1,9})[ \t]+(\d{1,12})(?=\s|$)", re.IGNORECASE)
_SIZE = re.compile(rb"\+OK[ \t]+(\d{1,12}) octets", re.IGNORECASE)
_SUBJECT = re.compile(rb"subject[ \t]*:(.*)", re.IGNORECASE | re.DOTALL)
_SUBJECT_MOST = 2000  # bytes


def follow(pieces: Iterable[Piece], said: Iterable[Piece] = (), over: bool = False) -> Session:
    """What a session has come to.

    Args:
        pieces: the bytes that went over the wire; see `netkit.protocols.Piece`.
        said: what both sides said inside TLS, if it is known.
        over: whether the connection has ended.
    """
    drop = _Maildrop()
    clear = _Listener(drop)
    clear.hear(pieces)
    encrypted = clear.client.encrypted or clear.server.encrypted
    inside = list(said)
    last = clear
    if inside:
        last = _Listener(drop)
        last.hear(inside)
    return drop.session(last.asked, over, encrypted and not inside)


class _Maildrop:
    """What the answers tell, one after the other."""

    def __init__(self) -> None:
        self.greeted = False
        self.phase = Phase.AUTHORIZATION
        self._end = End.OPEN
        self._named = self._user = ""
        self._letters: dict[int, Entry] = {}
        self._count: int | None = None
        self._listed = 0
        self._steps: deque[Step] = deque(maxlen=STEPS)
        self._taken = 0

    def answer(self, asked: Asked, good: bool, data: bytes) -> None:
        """A command was answered."""
        if asked.verb == "GREETING":
            self.greeted = True
        if asked.verb == "GREETING" and good:
            return
        number, letters, size = _number(asked), None, None
        if good:
            letters, size = self._good(asked, number, data)
        elif asked.verb == "QUIT" and self.phase is Phase.TRANSACTION:
            self.phase, self._end = Phase.UPDATE, End.FAILED
        reply = brief(data, 200)
        self._step(Step(asked.verb, _command(asked), good, reply, self.phase, number, letters, size))

    def _good(self, asked: Asked, number: int | None, data: bytes) -> tuple[int | None, int | None]:
        """Do what ``+OK`` says was done; how many letters it told of, and how many octets."""
        two = _TWO.match(data)
        match asked.verb:
            case "USER":
                self._named = _word(asked)
            case "PASS" | "APOP" | "AUTH":
                return self._enter(asked, data), None
            case "STAT" if two:
                self._know(int(two[1]))
                return int(two[1]), int(two[2])
            case "LIST" if number is None:
                self._listed = 0
            case "LIST" if two:
                self._put(number, size=int(two[2]))
                return None, int(two[2])
            case "RETR":
                size = int(found[1]) if (found := _SIZE.match(data)) else None
                self._put(number, size=size)
                return None, size
            case "UIDL" | "TOP":
                self._put(number)
            case "DELE":
                self._put(number, state=State.MARKED)
            case "RSET":
                self._turn(State.MARKED, State.PRESENT)
            case "QUIT":
                return self._quit(), None
        return None, None

    def _enter(self, asked: Asked, data: bytes) -> int | None:
        if asked.verb == "AUTH" and not asked.argument:
            return None  # it only asked which ways there are
        self.phase = Phase.TRANSACTION
        self._user = {"PASS": self._named, "APOP": _word(asked)}.get(asked.verb, "")
        if found := _COUNT.search(data):
            self._know(int(found[1]))
            return int(found[1])
        return None

    def _quit(self) -> int | None:
        if self.phase is not Phase.TRANSACTION:
            self._end = End.QUIT
            return None
        self.phase, self._end = Phase.UPDATE, End.UPDATED
        return self._turn(State.MARKED, State.GONE)

    def listed(self, verb: str, data: bytes) -> None:
        """A line of a list."""
        if verb not in ("LIST", "UIDL"):
            return
        if data in (b".\r\n", b".\n"):
            if verb == "LIST":
                self._know(self._listed)
                self._steps[-1] = replace(self._steps[-1], letters=self._listed)  # its answer began the list
            return
        word = data[:20].split(None, 1)[:1]
        number = int(word[0]) if word and word[0].isdigit() and len(word[0]) < 10 else None
        two = _TWO.match(data) if verb == "LIST" else None
        self._listed += verb == "LIST"
        self._put(number, size=int(two[2]) if two else None)

    def subject(self, number: int, text: str) -> None:
        """The header of a letter has been seen."""
        if number in self._letters:
            self._letters[number] = replace(self._letters[number], subject=text)

    def session(self, waiting: Iterable[Asked], over: bool, encrypted: bool) -> Session:
        """How it stands, with the commands that have no answer."""
        pending = [asked for asked in waiting if asked.verb != "GREETING"]
        end = self._end
        if over and end is End.OPEN:
            asked_to_end = self.phase is Phase.TRANSACTION and any(asked.verb == "QUIT" for asked in pending)
            end = End.UNKNOWN if asked_to_end else End.BROKEN
        for asked in pending[:1] if self._end is End.OPEN else ():
            self._step(Step(asked.verb, _command(asked), None, "", self.phase, _number(asked)))
        letters = tuple(self._letters[number] for number in sorted(self._letters))
        earlier = self._taken - len(self._steps)
        return Session(self.phase, end, self._user, letters, self._count, tuple(self._steps), earlier, encrypted)

    def _step(self, step: Step) -> None:
        self._steps.append(step)
        self._taken += 1

    def _know(self, unmarked: int) -> None:
        """So many letters are there, without those that are marked (section 5); they are numbered from 1."""
        marked = sum(letter.state is State.MARKED for letter in self._letters.values())
        self._count = unmarked + marked
        for number in range(1, min(self._count, MOST) + 1):
            self._put(number)

    def _put(self, number: int | None, size: int | None = None, state: State | None = None) -> None:
        if number is None or (state is None and number not in self._letters and len(self._letters) >= MOST):
            return
        known = self._letters.get(number, Entry(number))
        self._letters[number] = replace(known, size=known.size if size is None else size, state=state or known.state)

    def _turn(self, before: State, after: State) -> int:
        turned = [letter for letter in self._letters.values() if letter.state is before]
        self._letters.update({letter.number: replace(letter, state=after) for letter in turned})
        return len(turned)


class _Listener(Talk):
    """Hands on what both sides say."""

    def __init__(self, drop: _Maildrop) -> None:
        super().__init__(drop.greeted)
        self._drop = drop
        self._cut: tuple[Asked, ...] = ()  # what had no answer when the server's bytes ended

    @property
    def asked(self) -> tuple[Asked, ...]:
        """What has not been answered."""
        return (*self._cut, *self._asked)

    def gap(self) -> None:
        self._cut = self.asked
        super().gap()

    def replied(self, asked: Asked, good: bool, data: bytes) -> None:
        self._cut = ()
        self._drop.answer(asked, good, data)

    def listed(self, verb: str, data: bytes) -> None:
        self._drop.listed(verb, data)

    def letter(self, asked: Asked) -> Callable[[bytes], Tell | None]:
        read, number = super().letter(asked), _number(asked)
        field = b""
        seen = number is None

        def line(data: bytes) -> Tell | None:
            nonlocal field, seen
            if not seen:
                if data[:1] in (b" ", b"\t") and field and len(field) < _SUBJECT_MOST:
                    field += data
                elif field or data in (b"\r\n", b"\n", b".\r\n"):
                    seen = True
                    assert number is not None
                    self._drop.subject(number, _decoded(field))
                elif found := _SUBJECT.match(data[:_SUBJECT_MOST]):
                    field = found[1] or b" "
            return read(data)

        return line


def _decoded(value: bytes) -> str:
    """A subject for people, its encoded words read (RFC 2047)."""
    text = " ".join(value.decode("utf-8", "replace").split())
    with contextlib.suppress(HeaderParseError, LookupError, ValueError):
        text = str(make_header(decode_header(text)))
    return brief(text.encode(errors="replace"), 80)


def _number(asked: Asked) -> int | None:
    """Which letter a command is about."""
    if asked.verb not in ("LIST", "UIDL", "RETR", "TOP", "DELE") or len(asked.words) < 2:
        return None
    word = asked.words[1]
    return int(word) if re.fullmatch(rb"[0-9]{1,9}", word) else None


def _word(asked: Asked) -> str:
    return brief(asked.words[1], 64) if len(asked.words) > 1 else ""


def _command(asked: Asked) -> str:
    """The command as it was said; a password is not repeated, and a digest is another one each time."""
    if asked.verb == "GREETING":
        return ""
    if not asked.verb:
        return brief(b" ".join(asked.words), 60)
    shown = {"PASS": 1, "APOP": 2, "AUTH": 2}.get(asked.verb, 3)
    return brief(b" ".join((asked.verb.encode(), *asked.words[1:shown])), 60)
