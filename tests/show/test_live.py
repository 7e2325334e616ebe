"""Redraws: not more than ten a second, the last change never lost, and nothing left over at the end."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from netkit.show import live
from netkit.show.live import Cell, Live


class Widget:
    """Counts how often it is drawn, and what it last saw."""

    def __init__(self, takes: float = 0.0) -> None:
        self.state, self.seen = 0, -1
        self.takes = takes
        self.times: list[float] = []
        self.threads: set[threading.Thread] = set()
        self.problems: list[Exception] = []
        self.callbacks: list[Callable[[], object]] = []
        self.live = Live(self.subscribe, self.draw, self.failed)

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return self.callbacks.clear

    def draw(self) -> None:
        self.times.append(time.monotonic())
        self.threads.add(threading.current_thread())
        self.seen = self.state
        if self.takes:
            time.sleep(self.takes)
        if self.state < 0:
            raise ValueError(f"state {self.state}")

    def failed(self, problem: Exception) -> None:
        self.problems.append(problem)

    def change(self, to: int) -> None:
        self.state = to
        for callback in tuple(self.callbacks):
            callback()


def test_without_a_kernel_flush_draws_what_changed_and_nothing_else() -> None:
    widget = Widget()
    widget.live.flush()
    assert widget.times == []
    widget.change(1)
    widget.change(2)
    assert widget.times == []
    widget.live.flush()
    widget.live.flush()
    assert (widget.seen, len(widget.times)) == (2, 1)


def on_a_loop(monkeypatch: pytest.MonkeyPatch, widget: Callable[[], Widget], changes: int, every: float) -> Widget:
    """Change it from another thread while a loop runs here, as a kernel's does, until 0.3 s after the last change."""

    async def work() -> Widget:
        monkeypatch.setattr(live, "_kernel_loop", asyncio.get_running_loop)
        made = widget()

        def change() -> None:
            for number in range(1, changes + 1):
                made.change(number)
                if every:
                    time.sleep(every)

        await asyncio.to_thread(change)
        limit = time.monotonic() + 5
        while made.seen != changes and time.monotonic() < limit:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        return made

    return asyncio.run(work())


def test_many_changes_are_drawn_ten_times_a_second_and_the_last_one_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    widget = on_a_loop(monkeypatch, Widget, changes=500, every=0.001)
    assert widget.seen == 500
    gaps = [b - a for a, b in zip(widget.times, widget.times[1:], strict=False)]
    assert len(widget.times) >= 3
    assert min(gaps) >= 0.099
    assert widget.threads == {threading.main_thread()}


def test_a_storm_of_changes_never_loses_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for _time in range(5):
        widget = on_a_loop(monkeypatch, Widget, changes=3000, every=0)
        assert widget.seen == 3000


def test_a_slow_drawing_leaves_time_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    widget = on_a_loop(monkeypatch, lambda: Widget(takes=0.06), changes=100, every=0.01)
    gaps = [b - a for a, b in zip(widget.times, widget.times[1:], strict=False)]
    assert gaps and min(gaps) >= 0.29
    assert widget.seen == 100


def test_an_exception_is_told_and_the_next_drawing_comes() -> None:
    widget = Widget()
    widget.change(-1)
    widget.live.flush()
    assert [str(problem) for problem in widget.problems] == ["state -1"]
    widget.change(3)
    widget.live.flush()
    assert widget.seen == 3


def test_closed_it_has_unsubscribed_and_draws_no_more() -> None:
    widget = Widget()
    widget.change(1)
    widget.live.close()
    widget.live.close()
    assert widget.callbacks == []
    widget.live.changed()
    widget.live.flush()
    assert widget.times == []


def test_the_source_does_not_keep_a_widget_alive() -> None:
    widget = Widget()
    callbacks = list(widget.callbacks)
    gone = weakref.ref(widget)
    del widget
    gc.collect()
    assert gone() is None
    callbacks[0]()  # harmless


class Shown:
    """As much of an inspector as `admit` looks at."""

    def __init__(self, made_in: Cell | None, *shown_in: str) -> None:
        self.made_in, self.shown_in, self.closed = made_in, set(shown_in), False
        live.admit(self)

    def close(self) -> None:
        self.closed = True
        live.dismiss(self)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_alive", [])


@pytest.mark.usefixtures("nobody")
def test_running_a_cell_again_closes_what_its_earlier_run_made() -> None:
    first, twin = Shown(Cell("a", "1"), "a"), Shown(Cell("a", "1"), "a")
    other, elsewhere = Shown(Cell("b", "2"), "b"), Shown(Cell("a", "1"), "a", "c")
    again = Shown(Cell("a", "3"), "a")
    closed = [shown.closed for shown in (first, twin, other, elsewhere, again)]
    assert closed == [True, True, False, False, False]


@pytest.mark.usefixtures("nobody")
def test_where_the_cell_is_not_known_their_number_is_limited() -> None:
    shown = [Shown(None) for _number in range(live.ALIVE + 3)]
    assert [one.closed for one in shown] == [True] * 3 + [False] * live.ALIVE


def test_the_cell_is_read_from_the_kernels_request(monkeypatch: pytest.MonkeyPatch) -> None:
    class Kernel:
        parent: dict[str, Any] = {"header": {"msg_id": "m1"}, "metadata": {"cellId": "c1"}}

        def get_parent(self, channel: str) -> dict[str, Any]:
            return self.parent if channel == "shell" else {}

    class Shell:
        kernel = Kernel()

    monkeypatch.setattr(live, "_shell", Shell)
    assert live.this_cell() == Cell("c1", "m1")
    monkeypatch.setattr(Kernel, "parent", {"header": {"msg_id": "m2"}, "metadata": {}})
    assert live.this_cell() is None
    monkeypatch.setattr(live, "_shell", lambda: None)
    assert live.this_cell() is None
