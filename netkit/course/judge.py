"""Exercises and what netkit says to an attempt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from netkit.errors import BadInput
from netkit.i18n import _
from netkit.wire.conversation import Conversation


class State(Enum):
    """The three answers."""

    NOT_YET = "not yet"  # the stub is still a stub
    WRONG = "wrong"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What netkit says to an attempt.

    Attributes:
        state: which of the three answers it is.
        message: why, in the learner's language.
        conversation: the conversation by which it was judged, where there was one.
    """

    state: State
    message: str
    conversation: Conversation | None = None

    def __str__(self) -> str:
        from netkit.export.text import pieces

        words = {State.NOT_YET: _("Not tried yet."), State.WRONG: _("Not right yet."), State.RIGHT: _("Right!")}
        said = f"{words[self.state]} {self.message}"
        if self.conversation is None:
            return said
        return said + "\n\n" + _("What went over the wire:") + "\n" + pieces(self.conversation, limit=30)


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise.

    Attributes:
        title: what it is called.
        task: what is to be done.
        hints: from a nudge to nearly all of it.
        solution: a program that passes.
        why: why the solution is as it is.
        check: judges an attempt: takes what the learner made.
    """

    title: str
    task: str
    hints: tuple[str, ...]
    solution: str
    why: str
    check: Callable[[Any], Verdict]


def wrong(message: str, conversation: Conversation | None = None) -> Verdict:
    """Not right yet, and why."""
    return Verdict(State.WRONG, message, conversation)


def exercises() -> dict[str, Exercise]:
    """All exercises, by name."""
    from netkit.course import conclusion, loading, openers, pop3, smtp, sockets, urls, xmlrpc

    lessons = (sockets, smtp, pop3, loading, urls, openers, xmlrpc, conclusion)
    return {name: one for lesson in lessons for name, one in lesson.exercises().items()}


def find(name: str) -> Exercise:
    """The exercise of that name.

    Raises:
        BadInput: there is none.
    """
    found = exercises()
    if name not in found:
        text = _("There is no exercise called {name!r}; there are: {known}.")
        raise BadInput(text.format(name=name, known=", ".join(found)))
    return found[name]
