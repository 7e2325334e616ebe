"""A question with answers to choose from, as a widget."""

from __future__ import annotations

import html
from typing import Protocol

import ipywidgets

from netkit.i18n import _
from netkit.show.keyguard import KeyGuard
from netkit.show.plain import Plain


class Asks(Protocol):
    """What is asked: see `netkit.course.questions.Question`."""

    @property
    def text(self) -> str: ...
    @property
    def answers(self) -> tuple[str, ...]: ...
    @property
    def right(self) -> int: ...
    @property
    def why(self) -> str: ...


class Quiz(Plain):
    """Asks, and says after the choice what is right and why. Another choice may be made at any time."""

    def __init__(self, question: Asks) -> None:
        self.question = question
        self._text = ipywidgets.HTML(f'<p class="nk-question">{html.escape(_("What do you expect?"))} '
                                     f"<b>{html.escape(question.text)}</b></p>")  # fmt: skip
        self.choices = [ipywidgets.Button(description=answer, tooltip=answer) for answer in question.answers]
        for choice in self.choices:
            choice.add_class("nk-answer")
            choice.on_click(self._on_choice)
        self.verdict = ipywidgets.HTML('<p role="status"></p>')
        super().__init__([self._text, *self.choices, self.verdict, KeyGuard()])
        self.add_class("nk-root")
        self.add_class("nk-quiz")

    def _on_choice(self, chosen: ipywidgets.Button) -> None:
        right = self.choices[self.question.right]
        for choice in self.choices:
            choice.icon = {True: "check"}.get(choice is right, "times") if choice in (right, chosen) else ""
        word = _("Yes.") if chosen is right else _("Not so: it is “{answer}”.").format(answer=right.description)
        said = f"<b>{html.escape(word)}</b> {html.escape(self.question.why)}"
        self.verdict.value = f'<p role="status" class="nk-verdict">{said}</p>'

    def __repr__(self) -> str:
        return str(self.question)
