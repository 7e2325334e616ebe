"""A widget that lives on after its cell has run: it keeps its language, and shows what goes wrong in a callback."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any, Concatenate, ParamSpec, TypeVar

from netkit.i18n import language
from netkit.show import views
from netkit.show.controls import close_all
from netkit.show.live import Live, admit, dismiss, this_cell
from netkit.show.plain import Plain

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


class Speaking(Plain):
    """A box that speaks the language that was in force when it was made.

    ``__init__`` of a subclass calls this one first, then makes ``_status``, its HTML for messages, and what it shows,
    and if it is no part of another one, calls `_admit` last. `close` frees it.
    """

    _status: Any
    _live: Live | None = None  # of one that follows something
    _drawing = False  # then a new value of a control is not the learner's doing
    _whole = False

    def __init__(self) -> None:
        self._language = language()
        self.made_in = this_cell()
        self.shown_in: set[str] = set()
        super().__init__()

    def _admit(self) -> None:
        """It is whole: count it among the living."""
        self._whole = True
        admit(self)

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

    def _judge(self, message: str, good: bool) -> None:
        """Say how something has ended."""
        self._status.value = views.status(f"{'✓' if good else '✗'} {message}", "nk-good" if good else "nk-wrong")

    def _on_problem(self, problem: Exception) -> None:
        self._say(f"{type(problem).__name__}: {problem}", wrong=True)

    def flush(self) -> None:
        """Draw now what has changed; in a kernel this happens by itself."""
        if self._live is not None:
            self._live.flush()

    def close(self) -> None:
        """Draw no more, and free what the widgets hold, here and in the browser. Calling it twice is harmless."""
        if self._live is not None:
            self._live.close()
        dismiss(self)
        close_all(self)

    def _in_words(self) -> str:
        """What it shows, as text; without times, ports and numbers of its own, so that it is the same each time."""
        raise NotImplementedError

    def __repr__(self) -> str:
        if not self._whole:  # ipywidgets asks while it is being made
            return type(self).__name__
        with self._speaking():
            return self._in_words()

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        cell = this_cell()
        if cell is not None:
            self.shown_in.add(cell.id)
        return super()._repr_mimebundle_(**options)
