"""What a lesson calls of the course: predict, exercise, check, setup."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from netkit.course import judge, questions
from netkit.course.judge import State
from netkit.i18n import _

if TYPE_CHECKING:
    from netkit.show.panel import Panel
    from netkit.show.quiz import Quiz
    from netkit.show.task import Task


def predict(name: str) -> Quiz:
    """Ask for a prediction before the result is shown.

    Raises:
        BadInput: there is no such question.
    """
    from netkit.show.quiz import Quiz

    return Quiz(questions.find(name))


def exercise(name: str) -> Task:
    """Show an exercise, with hints and a solution on demand.

    Raises:
        BadInput: there is no such exercise.
    """
    from netkit.show.task import Task

    return Task(judge.find(name))


def check(name: str, attempt: Any) -> Panel:
    """Judge an attempt at an exercise by what goes over the wire.

    Args:
        name: of the exercise.
        attempt: what the learner made: a function, or a server's handle.

    Raises:
        BadInput: there is no such exercise.
    """
    from netkit.export.text import pieces
    from netkit.show.panel import Panel

    verdict = judge.find(name).check(attempt)
    said = str(verdict)
    head = html.escape(said.partition("\n\n")[0])
    mark = {State.RIGHT: "✓", State.WRONG: "✗", State.NOT_YET: "…"}[verdict.state]
    body = f'<p role="status" class="nk-verdict nk-{verdict.state.name.lower()}"><b>{mark}</b> {head}</p>'
    if verdict.conversation is not None:
        wire = html.escape(pieces(verdict.conversation, limit=30))
        body += f'<p>{html.escape(_("What went over the wire:"))}</p><pre class="nk-program">{wire}</pre>'
    return Panel(body, f"{mark} {said}")


def setup() -> Panel:
    """See whether all that the course needs is here, with versions."""
    from netkit.course.setup import look
    from netkit.show.panel import Panel

    rows = look()
    cells = "".join(
        f"<tr><td>{'✓' if row.good else '✗'}</td><th scope='row'>{html.escape(row.what)}</th>"
        f"<td>{html.escape(row.version)}</td><td>{html.escape(row.remedy)}</td></tr>"
        for row in rows
    )
    said = "\n".join(f"{'✓' if row.good else '✗'} {row.what}{'  ' + row.remedy if row.remedy else ''}" for row in rows)
    verdict = _("All that the course needs is here.") if all(r.good for r in rows) else _("Something is missing.")
    body = f'<table class="nk-table">{cells}</table><p role="status"><b>{html.escape(verdict)}</b></p>'
    return Panel(body, f"{said}\n{verdict}")
