"""A POP3 session as its two sides told it: its phase, its letters and which of them are marked (RFC 1939)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from netkit.protocols.pop3_commands import Phase

__all__ = ["End", "Entry", "Phase", "Session", "State", "Step"]


class State(Enum):
    """What became of a letter."""

    PRESENT = "present"
    MARKED = "marked"  # for deletion: DELE, section 5
    GONE = "gone"  # deleted in the UPDATE state, section 6


class End(Enum):
    """How the session ended, or that it has not."""

    OPEN = "open"
    QUIT = "quit"  # QUIT before signing in: there was nothing to update (section 4)
    UPDATED = "updated"  # QUIT after it: what was marked is deleted (section 6)
    FAILED = "failed"  # QUIT after it, and the server could not delete all that was marked
    BROKEN = "broken"  # without QUIT: nothing is deleted (section 6)
    UNKNOWN = "unknown"  # QUIT went off after signing in, and no answer came


@dataclass(frozen=True, slots=True)
class Entry:
    """A letter of the maildrop.

    Attributes:
        number: its message number in this session, from 1.
        size: in octets; None as long as nobody has told it.
        state: what became of it.
        subject: from its header, once RETR or TOP has fetched that; else "".
    """

    number: int
    size: int | None = None
    state: State = State.PRESENT
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A command and its answer.

    Attributes:
        verb: the command's, in capital letters; "" if it is none of POP3's; ``"GREETING"`` for no command at all.
        command: how it was said, without password or digest: ``"DELE 2"``.
        good: whether the answer was ``+OK``; None: there is no answer.
        reply: the first line of the answer, or "".
        phase: the session's phase after it.
        number: which letter it is about, or None.
        letters: how many there are by this answer (QUIT: that were deleted), or None.
        size: how many octets it told, or None.
    """

    verb: str
    command: str
    good: bool | None
    reply: str
    phase: Phase
    number: int | None = None
    letters: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """How a session stands.

    Attributes:
        phase: how far it came.
        end: how it ended, or ``End.OPEN``.
        user: who signed in, or "".
        letters: those that were told of, by their numbers; of very many, the first ones that were told of.
        count: how many letters there were when the user signed in; None as long as nobody has told it.
        steps: commands and answers, the newest ones.
        earlier: how many steps are left out before these.
        encrypted: whether it went on in TLS, and what was said there is not known.
    """

    phase: Phase
    end: End
    user: str
    letters: tuple[Entry, ...]
    count: int | None
    steps: tuple[Step, ...]
    earlier: int
    encrypted: bool

    @property
    def marked(self) -> int:
        """How many letters are marked."""
        return sum(letter.state is State.MARKED for letter in self.letters)

    @property
    def gone(self) -> int:
        """How many letters UPDATE deleted."""
        return sum(letter.state is State.GONE for letter in self.letters)

    @property
    def locked(self) -> bool:
        """Whether this session has the maildrop for itself (section 4)."""
        return self.phase is Phase.TRANSACTION and self.end is End.OPEN
