"""A widget that speaks the language in which it was made, and shows what its own callbacks raise."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any, Concatenate, ParamSpec, TypeVar

from netkit.i18n import language
from netkit.show.live import Mortal, admit, dismiss, this_cell
from netkit.show.plain import bundle

P = ParamSpec("P")
S = TypeVar("S", bound="Speaks")


class Speaks:
    """For widgets that live on: what `netkit.show.live.admit` asks for, and a language of their own.

    `lives` is called first in ``__init__``, `admitted` last.
    """

    made_in: Any
    shown_in: set[str]

    def lives(self) -> None:
        """Note where and in which language it is made."""
        self._language = language()
        self.made_in = this_cell()
        self.shown_in = set()

    def admitted(self) -> None:
        """It is whole: count it among the living."""
        admit(_mortal(self))

    def dismissed(self) -> None:
        """Count it out; calling it twice is harmless."""
        dismiss(_mortal(self))

    def on_problem(self, problem: Exception) -> None:
        """Show what was raised."""
        raise NotImplementedError

    @contextlib.contextmanager
    def speaking(self) -> Iterator[None]:
        """Its own language, for as long as that takes."""
        before = language()
        if before != self._language:
            language(self._language)
        try:
            yield
        finally:
            if before != self._language:
                language(before)

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        cell = this_cell()
        if cell is not None:
            self.shown_in.add(cell.id)
        return bundle(self)


def told(method: Callable[Concatenate[S, P], None]) -> Callable[Concatenate[S, P], None]:
    """A method that speaks the widget's language, and whose exception is shown: ipywidgets would lose it."""

    @functools.wraps(method)
    def safely(self: S, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            with self.speaking():
                method(self, *args, **kwargs)
        except Exception as problem:
            self.on_problem(problem)

    return safely


def _mortal(widget: Any) -> Mortal:
    found: Mortal = widget
    return found
