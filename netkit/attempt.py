"""Calling what a learner wrote, or what is shown as a program, with a limit in time."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LIMIT = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call.

    Attributes:
        value: what it returned.
        problem: what it raised, or None.
        late: whether it was not done in time and had to be ended.
    """

    value: Any = None
    problem: BaseException | None = None
    late: bool = False


class _TimeIsUp(BaseException):
    """Raised in the thread of a call that does not end; no `except Exception` of the learner's catches it."""


def attempt(
    function: Callable[..., Any],
    *args: Any,
    limit: float | None = None,
    wake: Callable[[], object] = lambda: None,
) -> Outcome:
    """Call the function; it never raises and never hangs.

    Args:
        function: the learner's.
        *args: what it is called with.
        limit: how long it may take, in seconds; None is `LIMIT`.
        wake: called when the time is up: a call that waits in the system sees nothing before that wait ends.
    """
    outcome, done = [Outcome(late=True)], threading.Event()

    def work() -> None:
        try:
            outcome[0] = Outcome(function(*args))
        except _TimeIsUp:
            pass
        except BaseException as problem:
            outcome[0] = Outcome(problem=problem)
        finally:
            done.set()

    thread = threading.Thread(target=work, name="netkit attempt", daemon=True)
    thread.start()
    try:
        done.wait(LIMIT if limit is None else limit)  # before Python 3.13, a join that is interrupted says: it ended
    finally:  # also when the learner interrupts the kernel
        late = not done.is_set()
        if late:  # a loop that never ends would go on taking the processor
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_TimeIsUp))
            wake()
    if late:
        return Outcome(late=True)
    thread.join()
    return outcome[0]
