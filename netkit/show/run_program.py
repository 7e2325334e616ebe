"""Running a program that is shown, with a limit in time: the very text that is shown is what is run."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import threading
from dataclasses import dataclass, field
from typing import Any

LIMIT = 20.0  # seconds


class _TimeIsUp(BaseException):
    """Raised in the program's thread when its time is up; no ``except Exception`` catches it."""


@dataclass
class Ran:
    """What came of a program.

    Attributes:
        names: its global names, as it left them.
        problem: what it raised, or None.
        late: whether it was not done in time, and had to be ended.
    """

    names: dict[str, Any] = field(default_factory=dict)
    problem: BaseException | None = None
    late: bool = False


def run(source: str, names: dict[str, Any], limit: float = LIMIT) -> Ran:
    """Run a program; it never raises and never hangs.

    Args:
        source: the program.
        names: the global names that it may use.
        limit: how long it may take, in seconds.
    """
    ran = Ran({**names, "__name__": "__program__"})

    def work() -> None:
        try:
            exec(compile(source, "<program>", "exec"), ran.names)
        except _TimeIsUp:
            pass
        except BaseException as problem:
            ran.problem = problem

    thread = threading.Thread(target=work, name="netkit program", daemon=True)
    thread.start()
    try:
        thread.join(limit)
    finally:  # also when the learner interrupts the kernel
        late = thread.is_alive()
        if late:
            _end(thread, ran)
    return Ran(late=True) if late else ran


def _end(thread: threading.Thread, ran: Ran) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_TimeIsUp))
    held = getattr(ran.names.get("session"), "sock", None)
    if held is not None:  # a call that waits in the system does not see the exception before its socket ends
        with contextlib.suppress(OSError):
            held.shutdown(socket.SHUT_RDWR)
