"""The secrets of TLS connections, as a server's context writes them down: with them Wireshark decrypts a recording.

OpenSSL gives them to a file only. It is a private one without a name: it is unlinked as soon as it is open (on Windows,
where that cannot be, when the process ends), and emptied before each handshake.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

MOST = 1000  # connections whose secrets wait to be asked for; the recorder keeps no more conversations, either

_lock = threading.Lock()
_logs: weakref.WeakSet[KeyLog] = weakref.WeakSet()


class KeyLog:
    """What one server's context writes down, in the NSS format: label, the client's random, the secret.

    Args:
        context: of a server whose handshakes all happen on the background thread.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        import tempfile

        self._known: dict[str, list[str]] = {}  # by the client's random, in hexadecimal; the oldest first
        self._number, path = tempfile.mkstemp(prefix="netkit-")  # for this user alone
        self._close = weakref.finalize(self, os.close, self._number)
        try:
            context.keylog_filename = path
        finally:
            try:
                os.unlink(path)
            except OSError:  # Windows: it is in use
                atexit.register(_remove, weakref.ref(context), path)
        with _lock:
            _logs.add(self)

    def collect(self) -> None:
        """Take what has been written, and empty the file. Only on the background thread, where nobody writes now."""
        with _lock:
            written = self._read()
            if written:
                os.ftruncate(self._number, 0)
                for random, line in written:
                    self._known.setdefault(random, []).append(line)
                while len(self._known) > MOST:
                    del self._known[next(iter(self._known))]

    def of(self, random: str) -> list[str]:
        """The lines of the connection in whose ClientHello these random bytes (in hexadecimal) stand."""
        with _lock:
            return [*self._known.get(random, ()), *(line for other, line in self._read() if other == random)]

    def _read(self) -> list[tuple[str, str]]:
        """What stands in the file: the client's random and the line, for each whole line."""
        os.lseek(self._number, 0, os.SEEK_SET)
        data = b""
        while part := os.read(self._number, 1 << 16):
            data += part
        found = []
        for line in data[: data.rfind(b"\n") + 1].decode("ascii", "replace").splitlines():
            words = line.split(" ")
            if len(words) == 3:
                found.append((words[1], line))
        return found


def secrets(random: bytes) -> str:
    """The secrets of a connection of any of netkit's servers, a line each; "" where there are none.

    Args:
        random: the client's, from its ClientHello.
    """
    with _lock:
        logs = tuple(_logs)
    lines = [line for log in logs for line in log.of(random.hex())]
    return "".join(f"{line}\n" for line in lines)


def _remove(context: weakref.ref[ssl.SSLContext], path: str) -> None:
    writing = context()
    with contextlib.suppress(OSError, ValueError, TypeError):
        if writing is not None:
            writing.keylog_filename = None  # type: ignore[assignment]  # closes it
    with contextlib.suppress(OSError):
        os.unlink(path)


def _in_child() -> None:
    global _lock
    _lock = threading.Lock()  # another thread of the parent may have held it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
