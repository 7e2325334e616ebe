"""Whether the other end of a socket is gone, or has only said all that it has to say."""

from __future__ import annotations

import select
from typing import Protocol


class _HasNumber(Protocol):
    def fileno(self) -> int: ...


def has_gone(sock: _HasNumber) -> bool:
    """Whether the other end is closed, and not only done with sending; True, too, where the system does not tell."""
    if not hasattr(select, "poll"):
        return True
    asking = select.poll()
    asking.register(sock, 0)
    return any(event & select.POLLHUP for _number, event in asking.poll(0))
