"""Running a program that is shown, with a limit in time: the very text that is shown is what is run."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from netkit.attempt import Outcome, attempt

LIMIT = 20.0  # seconds


def run(source: str, names: dict[str, Any], limit: float = LIMIT) -> Outcome:
    """Run a program; it never raises and never hangs.

    Args:
        source: the program.
        names: the global names that it may use.
        limit: how long it may take, in seconds.

    Returns:
        What came of it; its value is the dict of the program's global names, as it left them.
    """
    own = {**names, "__name__": "__program__"}

    def program() -> dict[str, Any]:
        exec(compile(source, "<program>", "exec"), own)
        return own

    return attempt(program, limit=limit, wake=lambda: _hang_up(own.get("session")))


def _hang_up(session: Any) -> None:
    """End the connection of a session of smtplib, so that what waits for it waits no more."""
    held = getattr(session, "sock", None)
    if held is not None:
        with contextlib.suppress(OSError):
            held.shutdown(socket.SHUT_RDWR)
