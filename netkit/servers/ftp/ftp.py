"""The FTP server of this process: its control connections, its data connections, and its files."""

from __future__ import annotations

from typing import Self

from netkit.servers.ftp.data import DataTap
from netkit.servers.ftp.door import FtpDoor
from netkit.servers.ftp.first_files import first_files
from netkit.servers.ftp.tree import Tree
from netkit.servers.handle import Handle
from netkit.wire import background
from netkit.wire.tap import Tap


class Ftp(Handle):
    """An FTP server on this machine (RFC 959), and a handle: its conversations are the control connections.

    Attributes:
        data: a handle, too: its conversations are the data connections, passive and active.
        users: names and passwords; beside them everybody may come in as ``anonymous``.
    """

    def __init__(self) -> None:
        self.users = {"student": "secretword"}
        self._tree = Tree(first_files())
        data = DataTap()
        door = FtpDoor(self._tree, self.users, data, lambda: self.address)
        super().__init__(Tap(door, name="ftp", protocol="ftp"))
        self.data = Handle(data)

    @property
    def url(self) -> str:
        """Its URL, without a slash at the end: ``urlopen(ftp.url + "/pub/hello.txt")``."""
        return f"ftp://{self.address}"

    def reset(self) -> None:
        """Put the first files back, and take all that was uploaded away."""
        if background.here():
            self._tree.reset()
        else:
            background.call(self._tree.reset)

    def start(self) -> Self:
        """Accept clients; harmless when it does already."""
        self.data.start()
        return super().start()

    def stop(self) -> None:
        """Accept no more clients; harmless when it is stopped already. Files and recordings stay."""
        super().stop()
        self.data.stop()
