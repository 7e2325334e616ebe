"""For widgets: they keep the language in which they were made, and what goes wrong in a callback is shown."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any, Concatenate, ParamSpec, TypeVar

from netkit.i18n import language
from netkit.show import views

P = ParamSpec("P")
S = TypeVar("S", bound="Speaking")


def told(method: Callable[Concatenate[S, P], None]) -> Callable[Concatenate[S, P], None]:
    """A method that speaks the widget's language, and whose exception is shown: ipywidgets would lose it."""

    @functools.wraps(method)
    def safely(self: S, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            with self._speaking():
                method(self, *args, **kwargs)
        except Exception as problem:
            self._on_problem(problem)

    return safely


class Speaking:
    """Part of a widget.

    ``_language`` is the language that was in force when it was made, ``_status`` its HTML for messages.
    """

    _language: str
    _status: Any
    _drawing = False  # then a new value of a control is not the learner's doing

    @contextlib.contextmanager
    def _speaking(self) -> Iterator[None]:
        before = language()
        if before != self._language:
            language(self._language)
        try:
            yield
        finally:
            if before != self._language:
                language(before)

    @contextlib.contextmanager
    def _drawing_now(self) -> Iterator[None]:
        before, self._drawing = self._drawing, True
        try:
            yield
        finally:
            self._drawing = before

    def _say(self, message: str, wrong: bool = False) -> None:
        self._status.value = views.status(message, "nk-wrong" if wrong else "nk-quiet") if message else ""

    def _on_problem(self, problem: Exception) -> None:
        self._say(f"{type(problem).__name__}: {problem}", wrong=True)
