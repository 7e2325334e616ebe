"""From changes on the background thread to redraws in the kernel's main thread; and which widgets still live.

A widget may be touched on the main thread only, and a busy wire changes thousands of times a second. So a change just
raises a flag and wakes the kernel's loop, and the loop draws at most ten times a second. The flag is lowered before
the drawing reads what there is, so the last change is never lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

INTERVAL = 0.1  # seconds from one redraw to the next, at least
SHARE = 5  # a redraw that took t seconds is followed by the next one after 5 t: the kernel has other work to do
ALIVE = 24  # so many inspectors are alive at most: ipywidgets keeps each one in memory until it is closed

Subscribe = Callable[[Callable[[], object]], Callable[[], None]]


class Live:
    """Calls ``draw`` after changes, on the kernel's loop; without a kernel, when `flush` is called.

    Args:
        subscribe: takes a callback for changes and gives a function that takes the subscription back.
        draw: a bound method; only a weak reference to its object is kept.
        failed: a bound method that is told what ``draw`` raised.
    """

    def __init__(self, subscribe: Subscribe, draw: Callable[[], object], failed: Callable[[Exception], object]) -> None:
        self.drawn = 0  # how often
        self._draw = weakref.WeakMethod(draw)
        self._failed = weakref.WeakMethod(failed)
        self._loop = _kernel_loop()
        self._waiting = False
        self._next = 0.0  # not before this moment of time.monotonic()
        self._closed = False
        me = weakref.ref(self)

        def changed() -> None:  # on the background thread; holds nothing but a weak reference
            live = me()
            if live is not None:
                live.changed()

        self._unsubscribe = subscribe(changed)

    def changed(self) -> None:
        """Something changed: draw soon. To be called from any thread; returns at once."""
        if self._waiting or self._closed:
            return
        self._waiting = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the kernel ends
                self._loop.call_soon_threadsafe(self._plan)

    def flush(self) -> None:
        """Draw now, if something changed since the last time."""
        if self._waiting and not self._closed:
            self._now()

    def close(self) -> None:
        """Draw no more; calling it twice is harmless."""
        self._closed = True
        self._unsubscribe()

    def _plan(self) -> None:
        wait = self._next - time.monotonic()
        if self._loop is not None and wait > 0:
            self._loop.call_later(wait, self.flush)
        else:
            self.flush()

    def _now(self) -> None:
        draw, failed = self._draw(), self._failed()
        if draw is None or failed is None:  # the widget is gone
            self.close()
            return
        self._waiting = False
        began = time.monotonic()
        self.drawn += 1
        try:
            draw()
        except Exception as problem:  # it would be seen nowhere else
            failed(problem)
        took = time.monotonic() - began
        self._next = began + max(INTERVAL, SHARE * took)


def _kernel_loop() -> asyncio.AbstractEventLoop | None:
    """The loop of the kernel's main thread; None outside a kernel."""
    kernel = getattr(_shell(), "kernel", None)
    loop = getattr(getattr(kernel, "io_loop", None), "asyncio_loop", None)  # ipykernel 6 and 7
    if loop is None and kernel is not None:
        with contextlib.suppress(RuntimeError):
            loop = asyncio.get_running_loop()
    return loop


def _shell() -> Any:
    ipython = sys.modules.get("IPython")  # where it is not imported, there is no kernel
    return None if ipython is None else ipython.get_ipython()


def latest(source: Any) -> tuple[Any, ...]:
    """The conversations of a source as they are now, without waiting for what is just being closed."""
    peek = getattr(source, "peek", None)
    found: tuple[Any, ...] = peek() if peek else source.conversations
    return found


class Cell(NamedTuple):
    """Where code runs: a cell of a notebook, and which run of it."""

    id: str
    run: str


def this_cell() -> Cell | None:
    """The cell that runs now, where the front end tells (JupyterLab does)."""
    kernel = getattr(_shell(), "kernel", None)
    if kernel is None:
        return None
    parent = kernel.get_parent("shell") or {}
    cell = parent.get("metadata", {}).get("cellId")
    return Cell(cell, parent.get("header", {}).get("msg_id", "")) if cell else None


def this_run() -> str | None:
    """Which run of which cell this is; None outside a kernel."""
    kernel = getattr(_shell(), "kernel", None)
    parent = kernel.get_parent("shell") if kernel is not None else None
    return parent.get("header", {}).get("msg_id") if parent else None


class Mortal(Protocol):
    """What `admit` looks after."""

    made_in: Cell | None
    shown_in: set[str]

    def close(self) -> None:
        """Free everything."""


_alive: list[Mortal] = []


def admit(newcomer: Mortal) -> None:
    """Count a new inspector among the living, and close those that nobody can see any more.

    An inspector that an earlier run of the same cell made is closed, unless another cell shows it too: its view went
    when the cell was run again. Where the front end does not say which cell runs, and for those that are made and
    never shown, there is a limit on their number: the oldest is closed.
    """
    cell = newcomer.made_in
    for old in list(_alive):
        again = cell and old.made_in and old.made_in.id == cell.id and old.made_in.run != cell.run
        if again and cell and not old.shown_in - {cell.id}:
            old.close()
    while len(_alive) >= ALIVE:
        _alive[0].close()
    _alive.append(newcomer)


def dismiss(gone: Mortal) -> None:
    """Count it out; calling it twice is harmless."""
    with contextlib.suppress(ValueError):
        _alive.remove(gone)
