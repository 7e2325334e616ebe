"""What there is to say to an attempt of which nothing came, or which went wrong, whatever the exercise."""

from __future__ import annotations

import traceback

from netkit.attempt import Outcome
from netkit.course.judge import State, Verdict, wrong
from netkit.i18n import _
from netkit.wire.conversation import Conversation


def nothing_sent(done: Outcome) -> Verdict:
    """Nobody connected: a stub, or a mistake before the first byte."""
    if done.problem is not None and not isinstance(done.problem, NotImplementedError):
        return raised(done.problem, None)
    if done.late:
        return wrong(_("Nothing came over the wire, and your function did not end within 5 seconds."))
    if done.problem is None and done.value not in (None, Ellipsis):
        return wrong(
            _("Your function never called the address that it was given; it returned {value!r}.").format(
                value=done.value
            )
        )
    return Verdict(
        State.NOT_YET,
        _("Nothing came over the wire, and your function returned nothing. Replace the stub by your code."),
    )


def raised(problem: BaseException, seen: Conversation | None) -> Verdict:
    """It ended in an exception."""
    said = ": ".join(filter(None, [type(problem).__name__, str(problem)]))  # many say nothing but their name
    line = _line_of(problem)
    if line is None:
        return wrong(_("It raised {problem}").format(problem=said), seen)
    return wrong(_("It raised {problem} (line {line} of its cell)").format(problem=said, line=line), seen)


def _line_of(problem: BaseException) -> int | None:
    """The last line of the learner's own cell that was at work; None where it was no cell's."""
    walked = traceback.walk_tb(problem.__traceback__)
    lines = [line for step, line in walked if "ipykernel" in step.f_code.co_filename]
    return lines[-1] if lines else None


def went_wrong(done: Outcome, seen: Conversation) -> Verdict | None:
    """An exception, or no end; None for a call that returned."""
    if done.problem is not None:
        return raised(done.problem, seen)
    if done.late:
        return wrong(_("Your function did not end within 5 seconds. What is it waiting for?"), seen)
    return None
