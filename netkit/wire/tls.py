"""TLS with nothing hidden from the learner: what the ends said stands in the conversation beside the ciphertext.

A client that uses a context of netkit's tells itself: its sockets write down the plaintext. A server's context writes
down the secrets, with which Wireshark decrypts what the tap recorded, whoever the client was.
"""

from __future__ import annotations

import ssl
import time
from typing import Any

from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.conversation import Side
from netkit.wire.keylog import KeyLog
from netkit.wire.recorder import Recording
from netkit.wire.source import recording_of


def client_context(authority: str) -> ssl.SSLContext:
    """For blocking clients: it trusts this authority alone, checks the server's name, and tells what was said.

    Args:
        authority: its certificate, in PEM.
    """
    context = ssl.create_default_context(cadata=authority)
    context.sslsocket_class = TellingSocket
    return context


class ServerContext(ssl.SSLContext):
    """For a server on the background thread; `log` has it write down the secrets."""

    _log: KeyLog | None = None

    def log(self) -> None:
        """Write down the secrets of all handshakes from now on.

        Raises:
            OSError: OpenSSL gives them to a file only, and none can be made.
        """
        if hasattr(self, "keylog_filename"):  # LibreSSL has none
            self._log = KeyLog(self)

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """As SSLContext's: asyncio calls it before each handshake."""
        if self._log is not None:
            self._log.collect()
        return super().wrap_bio(*args, **kwargs)


class TellingSocket(ssl.SSLSocket):
    """An SSLSocket that writes down what was sent and received through TLS, if a tap of this process is its peer.

    `sendall` and `sendfile` call `send`; `recv`, `recv_into` and the files of `makefile` call `read`.
    """

    _recording: Recording | None = None
    _looked = False  # for the recording

    def do_handshake(self, block: bool = False) -> None:
        """As SSLSocket's."""
        super().do_handshake(block)
        self._find()

    def send(self, data: Any, flags: int = 0) -> int:
        """As SSLSocket's."""
        before = time.perf_counter()
        sent = super().send(data, flags)
        if self.version() is not None:  # else TLS is over, and the wire sees it
            self._tell(Side.CLIENT, data, sent, before)
        return sent

    def write(self, data: Any) -> int:
        """As SSLSocket's."""
        before = time.perf_counter()
        sent = super().write(data)
        self._tell(Side.CLIENT, data, sent, before)
        return sent

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        """As SSLSocket's."""
        got: Any = super().read(len, buffer)
        if buffer is None:
            self._tell(Side.SERVER, got, None)
        else:
            self._tell(Side.SERVER, buffer, got)
        return got

    def _find(self) -> None:
        """Which conversation this is. When TLS is there, the tap has long begun to record it."""
        if not self._looked and not self.server_side:
            self._looked = True
            try:
                self._recording = recording_of(Address(*self.getsockname()[:2]), Address(*self.getpeername()[:2]))
            except Exception as problem:  # whatever it is, it is not the learner's
                if not isinstance(problem, OSError):  # an OSError: the connection is broken already
                    background.note("TLS", problem)

    def _tell(self, side: Side, data: Any, size: int | None, at: float | None = None) -> None:
        self._find()
        if self._recording is None or size == 0:
            return
        try:
            with memoryview(data) as view, view.cast("B") as octets:
                said = bytes(octets if size is None else octets[:size])
            self._recording.say(side, said, time.perf_counter() if at is None else at)
        except Exception as problem:
            background.note("TLS", problem)
