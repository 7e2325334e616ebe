"""Libraries' loggers on netkit's thread: a server never prints."""

from __future__ import annotations

import logging

from netkit.wire import background


class _Ours(logging.Filter):
    """Keeps what a library logs on netkit's thread out of the cells; on other threads it logs as before."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is logged."""
        if not background.here():
            return True
        if record.levelno >= logging.ERROR:
            background.note(record.name, record.exc_info[1] if record.exc_info else record.getMessage())
        return False


def keep_quiet(*names: str) -> None:
    """Have these loggers log nothing on netkit's thread; their errors go to `netkit.wire.background.problems`."""
    for name in names:
        logging.getLogger(name).addFilter(_Ours())
