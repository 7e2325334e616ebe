"""Running a learner's function with a limit in time."""

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


def attempt(function: Callable[..., Any], *args: Any, limit: float = LIMIT) -> Outcome:
    """Call the function; it never raises and never hangs.

    Args:
        function: the learner's.
        *args: what it is called with.
        limit: how long it may take, in seconds.
    """
    outcome = [Outcome(late=True)]

    def work() -> None:
        try:
            outcome[0] = Outcome(function(*args))
        except _TimeIsUp:
            pass
        except BaseException as problem:
            outcome[0] = Outcome(problem=problem)

    thread = threading.Thread(target=work, name="netkit attempt", daemon=True)
    thread.start()
    thread.join(limit)
    if thread.is_alive():
        # A loop that never ends would go on taking the processor; a call that waits in the system ends with its socket.
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_TimeIsUp))
        return Outcome(late=True)
    return outcome[0]
