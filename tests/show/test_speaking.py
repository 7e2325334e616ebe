"""Widgets that live on: which cells show them, when they are closed, and what they say of themselves."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets
import pytest

from netkit.i18n import _, language
from netkit.show import live, speaking
from netkit.show.live import Cell
from netkit.show.plain import VIEW
from netkit.show.speaking import Speaking, told


class Widget(Speaking):
    """Shows a text, once more after each press."""

    def __init__(self) -> None:
        super().__init__()
        self._status = ipywidgets.HTML()
        self.children = [self._status]
        self.while_made = repr(self)
        self._admit()

    @told
    def press(self, *, number: str) -> None:
        self._say(_("Text") + f" {int(number)}")

    def _in_words(self) -> str:
        return _("Text")


@pytest.fixture
def run_cell(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Says which cell runs, and which run of it that is."""

    def run(cell: str, run: str) -> None:
        monkeypatch.setattr(speaking, "this_cell", lambda: Cell(cell, run))

    return run


def test_the_next_run_of_its_cell_closes_it(run_cell: Callable[[str, str], None]) -> None:
    run_cell("a", "1")
    first = Widget()
    first._repr_mimebundle_()
    run_cell("a", "2")
    second = Widget()
    assert first not in live._alive and second in live._alive
    second.close()


def test_not_while_another_cell_shows_it(run_cell: Callable[[str, str], None]) -> None:
    run_cell("a", "1")
    first = Widget()
    run_cell("b", "2")
    first._repr_mimebundle_()
    run_cell("a", "3")
    second = Widget()
    assert first in live._alive
    for widget in (first, second):
        widget.close()
        widget.close()
    assert not {first, second} & set(live._alive)


def test_it_speaks_its_language_and_leaves_that_of_others_alone() -> None:
    language("ru")
    widget = Widget()
    language("en")
    widget.press(number="1")
    assert widget._status.value == '<div role="status" class="nk-quiet">Текст 1</div>'
    bundle = widget._repr_mimebundle_()
    assert (bundle["text/plain"], bundle[VIEW]["model_id"]) == ("Текст", widget.model_id)
    assert widget.while_made == "Widget"
    assert language() == "en"
    widget.close()


def test_it_shows_what_a_callback_raises() -> None:
    widget = Widget()
    widget.press(number="<x>")
    problem = "ValueError: invalid literal for int() with base 10: &#x27;&lt;x&gt;&#x27;"
    assert widget._status.value == f'<div role="status" class="nk-wrong">{problem}</div>'
    widget.close()
