"""What pyftpdlib takes for a file system, and for a list of users: the tree in memory, and who may do what in it."""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.exceptions import AuthenticationFailed, FilesystemError
from pyftpdlib.filesystems import AbstractedFS

from netkit.servers.ftp.tree import PRIVATE, ROOT, UPLOAD, Node, Tree

READ = "elr"  # pyftpdlib's letters: enter a directory, list it, read a file
WRITE = "adfmw"  # append, delete, rename, make a directory, store
ANONYMOUS = ("anonymous", "ftp")


class Users(DummyAuthorizer):  # type: ignore[misc]  # pyftpdlib has no types
    """Who may come in, and what each may do where.

    Args:
        users: names and passwords; beside them everybody may come in as ``anonymous``, with any password.
    """

    def __init__(self, users: Mapping[str, str]) -> None:
        super().__init__()
        self._users = users

    def validate_authentication(self, username: str, password: str, handler: Any) -> None:
        """Raises AuthenticationFailed."""
        if username not in ANONYMOUS and (username not in self._users or self._users[username] != password):
            raise AuthenticationFailed("Login incorrect.")

    def get_home_dir(self, username: str) -> str:
        """The root, for all."""
        return ROOT

    def get_msg_login(self, username: str) -> str:
        """What stands in the reply to PASS."""
        return "Anonymous login ok: read only." if username in ANONYMOUS else "Login successful."

    def get_msg_quit(self, username: str) -> str:
        """What stands in the reply to QUIT."""
        return "Goodbye."

    def get_perms(self, username: str, path: str = ROOT) -> str:
        """The letters of what a user may do at a path."""
        if username in ANONYMOUS:
            return "" if _is_at(path, PRIVATE) else READ
        return READ + WRITE if _is_at(path, UPLOAD) else READ

    def has_perm(self, username: str, perm: str, path: str | None = None) -> bool:
        """Whether a user may do that at a path."""
        return perm in self.get_perms(username, path or ROOT)


class Files(AbstractedFS):  # type: ignore[misc]  # pyftpdlib has no types
    """The tree as a session sees it. Its paths are those of the protocol, on every system; the disk is never asked.

    Args:
        tree: what there is.
        session: the control connection.
    """

    def __init__(self, tree: Tree, session: Any) -> None:
        super().__init__(ROOT, session)
        self._tree = tree

    def ftpnorm(self, ftppath: str) -> str:
        """The path from the root; ``..`` never leads above it."""
        return "/" + posixpath.normpath(posixpath.join(self.cwd, ftppath)).lstrip("/")

    def ftp2fs(self, ftppath: str) -> str:
        """The same: there is no other path."""
        return self.ftpnorm(ftppath)

    def fs2ftp(self, fspath: str) -> str:
        """The same: there is no other path."""
        return fspath

    def realpath(self, path: str) -> str:
        """The same: there are no links."""
        return path

    def validpath(self, path: str) -> bool:
        """Always: no path leads out of the tree."""
        return True

    def open(self, filename: str, mode: str) -> Any:
        """A file."""
        return self._tree.open(filename, mode)

    def mkstemp(self, suffix: str = "", prefix: str = "", dir: str = ROOT, mode: str = "wb") -> Any:
        """A new file for STOU."""
        if not self.cmd_channel.authorizer.has_perm(self.cmd_channel.username, "w", dir):
            raise FilesystemError("Not enough privileges")
        number = 1
        while self.lexists(path := posixpath.join(dir, f"{prefix}{number}{suffix}")):
            number += 1
        return self._tree.open(path, mode)

    def chdir(self, path: str) -> None:
        """Go to a directory."""
        if not self._tree.node(path).is_dir:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        self.cwd = path

    def mkdir(self, path: str) -> None:
        """A new directory."""
        self._tree.make(path, None)

    def listdir(self, path: str) -> list[str]:
        """What a directory holds."""
        return self._tree.names(path)

    def rmdir(self, path: str) -> None:
        """Take an empty directory away."""
        self._tree.remove(path, directory=True)

    def remove(self, path: str) -> None:
        """Take a file away."""
        self._tree.remove(path)

    def rename(self, src: str, dst: str) -> None:
        """Give a file another name."""
        self._tree.rename(src, dst)

    def stat(self, path: str) -> os.stat_result:
        """As os.stat()."""
        return self._tree.stat(path.replace(os.sep, "/"))  # pyftpdlib joins paths as this system does

    lstat = stat

    def isfile(self, path: str) -> bool:
        """Whether it is a file."""
        node = self._found(path)
        return node is not None and not node.is_dir

    def isdir(self, path: str) -> bool:
        """Whether it is a directory."""
        node = self._found(path)
        return node is not None and node.is_dir

    def islink(self, path: str) -> bool:
        """Never."""
        return False

    def lexists(self, path: str) -> bool:
        """Whether there is anything of that name."""
        return self._found(path) is not None

    def getsize(self, path: str) -> int:
        """In bytes."""
        return self.stat(path).st_size

    def getmtime(self, path: str) -> float:
        """In seconds since 1970."""
        return self.stat(path).st_mtime

    def get_user_by_uid(self, uid: int) -> str:
        """Not this machine's users."""
        return "ftp"

    def get_group_by_gid(self, gid: int) -> str:
        """Not this machine's groups."""
        return "ftp"

    def format_mlsx(
        self, basedir: str, listing: list[str], perms: str, facts: list[str], ignore_err: bool = True
    ) -> Iterator[bytes]:
        """The lines of MLSD; what a user may do depends on the place."""
        users, name = self.cmd_channel.authorizer, self.cmd_channel.username
        for each in listing:
            here = users.get_perms(name, posixpath.join(basedir, each))
            yield from super().format_mlsx(basedir, [each], here, facts, ignore_err)

    def _found(self, path: str) -> Node | None:
        try:
            return self._tree.node(path.replace(os.sep, "/"))
        except OSError:
            return None


def _is_at(path: str, place: str) -> bool:
    path = path.replace(os.sep, "/")
    return path == place or path.startswith(place + "/")
