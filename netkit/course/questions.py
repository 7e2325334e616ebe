"""Questions that ask for a prediction before the result is shown."""

from __future__ import annotations

from dataclasses import dataclass

from netkit.errors import BadInput
from netkit.i18n import _


@dataclass(frozen=True, slots=True)
class Question:
    """A question with several answers, one of them right.

    Attributes:
        text: the question.
        answers: what may be chosen.
        right: the number of the right answer, from 0.
        why: what is said after the choice, whichever it was.
    """

    text: str
    answers: tuple[str, ...]
    right: int
    why: str

    def __str__(self) -> str:
        lines = [f"  {letter}) {answer}" for letter, answer in zip("abcdef", self.answers, strict=False)]
        return "\n".join([_("What do you expect?") + " " + self.text, *lines])


def questions() -> dict[str, Question]:
    """All questions, by name."""
    from netkit.course import loading, openers, pop3, smtp, sockets, urls, xmlrpc

    lessons = (sockets, smtp, pop3, loading, urls, openers, xmlrpc)
    return {name: one for lesson in lessons for name, one in lesson.questions().items()}


def find(name: str) -> Question:
    """The question of that name.

    Raises:
        BadInput: there is none.
    """
    found = questions()
    if name not in found:
        text = _("There is no question called {name!r}; there are: {known}.")
        raise BadInput(text.format(name=name, known=", ".join(found)))
    return found[name]
