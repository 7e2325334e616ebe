"""How a session gets its data connection: the client comes to a port of the tap (PASV), or is called up (PORT)."""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import Any

from pyftpdlib.handlers import DTPHandler
from pyftpdlib.handlers.ftp.dispatchers import ActiveDTP

from netkit.servers.ftp.data import Port

WAIT = 300.0  # seconds that a passive port waits for its client
STALLED = 120.0  # seconds in which a transfer must get on


class Data(DTPHandler):  # type: ignore[misc]  # pyftpdlib has no types
    """The server's end of a data connection."""

    timeout = STALLED

    def handle_error(self) -> None:
        """As pyftpdlib's, which does not find the reason why a file could not be written."""
        problem = sys.exception()
        if not isinstance(problem, OSError) or problem.__cause__ is None:
            super().handle_error()
            return
        self._resp = ("452 There is no room here for so much; transfer aborted.", self.cmd_channel.logline)
        self.close()


class Passive:
    """A port that waits for the client; pyftpdlib makes it at PASV and EPSV, and closes it at the next one.

    Args:
        session: the control connection.
        extmode: whether EPSV asked for it (RFC 2428 section 3).
    """

    def __init__(self, session: Any, extmode: bool = False) -> None:
        self._session = session
        self._port: Port | None = None
        self._timer = session.ioloop.call_later(WAIT, self._too_late)
        try:
            self._port = Port(session.server.data, self._taken)
        except OSError:
            self._timer.cancel()
            session.respond("425 No port can be opened now.")
            return
        host, port = self._port.address
        if extmode:
            session.respond(f"229 Entering Extended Passive Mode (|||{port}|)")
        else:
            numbers = ",".join((*host.split("."), str(port // 256), str(port % 256)))
            session.respond(f"227 Entering Passive Mode ({numbers}).")

    def close(self) -> None:
        """Wait no longer."""
        if self._port is not None:
            self._port.close()
            self._port = None
        self._timer.cancel()

    def _taken(self, end: socket.socket) -> None:
        session = self._session
        if self._port is None or not session.connected:
            raise ConnectionAbortedError
        self.close()
        begin(session, end)

    def _too_late(self) -> None:
        self.close()
        self._session.passive_ends(self)


class Active(ActiveDTP):  # type: ignore[misc]  # pyftpdlib has no types
    """Calls the client up; pyftpdlib makes it at PORT and EPRT."""

    timeout = 10

    def handle_connect(self) -> None:
        """The connection is there, or cannot be had: then OSError is raised, and pyftpdlib says 425."""
        session = self.cmd_channel
        problem = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if problem:
            raise OSError(problem, "")
        self.del_channel()
        sock = socket.socket(fileno=self.socket.detach())
        self._fileno = None  # the number is another socket's now
        try:
            end = session.server.data.opened(sock)
        except OSError:
            sock.close()
            raise
        self.close()
        session._dtp_connector = None
        session.respond("200 Active data connection established.")
        begin(session, end)


def begin(session: Any, end: socket.socket) -> None:
    """Transfer what the session has to transfer over this end, or wait for the command."""
    data = session.dtp_handler(end, session)
    if data.connected:
        session.data_channel = data
        session._on_dtp_connection()
    else:
        with contextlib.suppress(OSError):
            end.close()
