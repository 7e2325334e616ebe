"""pyftpdlib on a tap: it gets one end of each connection, and has no port of its own."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping

from netkit.servers.ftp.data import DataTap
from netkit.servers.ftp.files import Users
from netkit.servers.ftp.loop import Loop
from netkit.servers.ftp.session import End, Session
from netkit.servers.ftp.tree import Tree
from netkit.wire.address import Address

MOST = 100  # sessions at a time


class FtpDoor:
    """Takes control connections. For pyftpdlib it is the server to which they belong.

    Args:
        tree: the files.
        users: names and passwords.
        data: behind which the data connections are.
        here: tells the address to which clients connect.
    """

    def __init__(self, tree: Tree, users: Mapping[str, str], data: DataTap, here: Callable[[], Address]) -> None:
        self.tree, self.data = tree, data
        self.authorizer = Users(users)
        self.loop = Loop()
        self.sessions: set[Session] = set()
        self.ip_map: list[str] = []  # pyftpdlib's count of connections by host; here they have a limit all together
        self._here = here

    def take(self, end: socket.socket, client: Address) -> None:
        """Serve a connection. Call it on the background loop.

        Args:
            end: one end of a socket pair; it is closed when the connection is over.
            client: the client's address.
        """
        session = Session(End(end, self._here(), client), self)
        if len(self.sessions) >= MOST:
            session.handle_max_cons()
        else:
            self.sessions.add(session)
            session.handle()

    def _accept_new_cons(self) -> bool:
        """What pyftpdlib asks before it opens a data connection: a session has one, and the sessions are counted."""
        return True
