"""An exercise as a widget: what is to be done, hints one by one, and the solution when it is asked for."""

from __future__ import annotations

import html
from typing import Any, Protocol

import ipywidgets

from netkit.i18n import _, ngettext
from netkit.show.keyguard import KeyGuard
from netkit.show.panel import program
from netkit.show.plain import Plain


class Sets(Protocol):
    """What is set: see `netkit.course.judge.Exercise`."""

    @property
    def title(self) -> str: ...
    @property
    def task(self) -> str: ...
    @property
    def hints(self) -> tuple[str, ...]: ...
    @property
    def solution(self) -> str: ...
    @property
    def why(self) -> str: ...


class Task(Plain):
    """Says what is to be done; a button gives the next hint, another one the solution."""

    def __init__(self, exercise: Sets) -> None:
        self.exercise = exercise
        self.given = 0  # hints
        title, task = html.escape(_("Exercise") + ": " + exercise.title), html.escape(exercise.task)
        self.hint = ipywidgets.Button()
        self.solution = ipywidgets.ToggleButton(description=_("Show a solution"))
        self.hint.on_click(self._on_hint)
        self.solution.observe(self._on_solution, "value")
        self.hints = ipywidgets.HTML()
        self.answer = ipywidgets.HTML()
        self._count()
        super().__init__([
            ipywidgets.HTML(f'<p class="nk-title"><b>{title}</b></p><p>{task}</p>'),
            ipywidgets.HBox([self.hint, self.solution]),
            self.hints,
            self.answer,
            KeyGuard(),
        ])  # fmt: skip
        self.add_class("nk-root")
        self.add_class("nk-task")

    def _on_hint(self, _button: object) -> None:
        self.given += 1
        said = "".join(f"<li>{html.escape(hint)}</li>" for hint in self.exercise.hints[: self.given])
        self.hints.value = f'<ol role="status">{said}</ol>'
        self._count()

    def _count(self) -> None:
        left = len(self.exercise.hints) - self.given
        self.hint.disabled = left <= 0
        self.hint.description = ngettext("A hint ({n} left)", "A hint ({n} left)", left).format(n=left)

    def _on_solution(self, change: dict[str, Any]) -> None:
        self.solution.description = _("Hide the solution") if change["new"] else _("Show a solution")
        why = f"<p>{html.escape(self.exercise.why)}</p>"
        self.answer.value = program(self.exercise.solution) + why if change["new"] else ""

    def __repr__(self) -> str:
        n = len(self.exercise.hints)
        more = ngettext("({n} hint, and a solution)", "({n} hints, and a solution)", n).format(n=n)
        return _("Exercise") + f": {self.exercise.title}\n{self.exercise.task}\n{more}"
