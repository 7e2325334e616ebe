"""Directories and files in memory: those of the course, which nobody changes, and a bounded place for uploads."""

from __future__ import annotations

import errno
import io
import os
import posixpath
import stat
import time
from collections.abc import Mapping

ROOT = "/"
UPLOAD = "/upload"  # where a user may write
PRIVATE = "/private"  # where the nameless may not look
ENTRIES = 100  # files and directories that may be uploaded
BYTES = 4 << 20  # of all uploads together
NAME = 100  # characters of a name
MADE = 1_714_564_800.0  # 2024-05-01 12:00 UTC: when the first files are from


class Node:
    """A file, or a directory (then it has no data)."""

    def __init__(self, number: int, data: bytes | None, modified: float = MADE) -> None:
        self.number = number
        self.data = data
        self.modified = modified

    @property
    def is_dir(self) -> bool:
        """Whether it is a directory."""
        return self.data is None


class Tree:
    """All there is, by its path: ``"/pub/hello.txt"``.

    Args:
        files: the first files; their directories come with them.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._first = dict(files)
        self.reset()

    def reset(self) -> None:
        """Put the first files back, and take all others away."""
        self._made = 0
        self._nodes: dict[str, Node] = {}
        for path in (ROOT, UPLOAD, PRIVATE):
            self._add(path, None, MADE)
        for path, data in self._first.items():
            above = posixpath.dirname(path)
            if above not in self._nodes:
                self._add(above, None, MADE)
            self._add(path, data, MADE)
        self._first_count = len(self._nodes)

    def node(self, path: str) -> Node:
        """What has that path.

        Raises:
            FileNotFoundError: nothing has.
        """
        try:
            return self._nodes[path]
        except KeyError:
            raise _error(errno.ENOENT) from None

    def names(self, path: str) -> list[str]:
        """What a directory holds, sorted.

        Raises:
            OSError: there is no such directory.
        """
        if not self.node(path).is_dir:
            raise _error(errno.ENOTDIR)
        return sorted(posixpath.basename(each) for each in self._nodes if self._is_in(each, path))

    def stat(self, path: str) -> os.stat_result:
        """As os.stat()."""
        node = self.node(path)
        writable = 0o222 if path.startswith(UPLOAD) else 0
        shut = 0o077 if path.startswith(PRIVATE) else 0
        mode = stat.S_IFDIR | 0o555 if node.is_dir else stat.S_IFREG | 0o444
        times = int(node.modified)
        size = len(node.data or b"")
        return os.stat_result(((mode | writable) & ~shut, node.number, 1, 1, 0, 0, size, times, times, times))

    def open(self, path: str, mode: str) -> io.RawIOBase | io.BytesIO:
        """A file to read (``"rb"``) or to write (``"wb"``, ``"ab"``, ``"r+b"``).

        Raises:
            OSError: there is no such file, or no room for one.
        """
        node = self._nodes.get(path)
        if node is not None and node.data is None:
            raise _error(errno.EISDIR)
        if mode == "rb":
            return Reading(path, self.node(path).data or b"")
        if node is None:
            node = self.make(path, b"")
        elif mode == "wb":
            node.data = b""
        return Writing(self, path, node, len(node.data or b"") if mode == "ab" else 0)

    def make(self, path: str, data: bytes | None) -> Node:
        """A new file, or without data a new directory, under `UPLOAD`.

        Raises:
            OSError: it is there already, has no directory to be in, no proper name, or there is no room.
        """
        name, above = posixpath.basename(path), posixpath.dirname(path)
        if path in self._nodes:
            raise _error(errno.EEXIST)
        if not self.node(above).is_dir:
            raise _error(errno.ENOTDIR)
        if len(name) > NAME or not name.isprintable():
            raise _error(errno.EINVAL)
        if len(self._nodes) - self._first_count >= ENTRIES:
            raise _error(errno.ENOSPC)
        return self._add(path, data, time.time())

    def remove(self, path: str, directory: bool = False) -> None:
        """Take a file away, or an empty directory.

        Raises:
            OSError: there is none such, or it is not empty.
        """
        node = self.node(path)
        if node.is_dir is not directory:
            raise _error(errno.ENOTDIR if directory else errno.EISDIR)
        if path == UPLOAD:
            raise _error(errno.EACCES)
        if directory and self.names(path):
            raise _error(errno.ENOTEMPTY)
        del self._nodes[path]

    def rename(self, path: str, to: str) -> None:
        """Give a file another name; directories keep theirs.

        Raises:
            OSError: there is no such file, or the other name cannot be had.
        """
        node = self.node(path)
        if node.is_dir:
            raise _error(errno.EISDIR)
        del self._nodes[path]
        try:
            self.make(to, b"")
        except OSError:
            self._nodes[path] = node
            raise
        self._nodes[to] = node

    def room(self) -> int:
        """How many bytes more may be uploaded."""
        return BYTES - sum(len(node.data or b"") for path, node in self._nodes.items() if self._is_below(path))

    def _add(self, path: str, data: bytes | None, modified: float) -> Node:
        self._made += 1
        node = self._nodes[path] = Node(self._made, data, modified)
        return node

    def _is_in(self, path: str, directory: str) -> bool:
        return path != ROOT and posixpath.dirname(path) == directory

    def _is_below(self, path: str) -> bool:
        return path.startswith(UPLOAD + "/")


class Reading(io.BytesIO):
    """A file that is read."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(data)
        self.name = name


class Writing(io.RawIOBase):
    """A file that is written; what has come stays, also of an upload that was broken off."""

    def __init__(self, tree: Tree, name: str, node: Node, at: int) -> None:
        super().__init__()
        self.name = name
        self._tree, self._node, self._at = tree, node, at

    def writable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """From the beginning only."""
        self._at = offset
        return offset

    def write(self, data: bytes) -> int:  # type: ignore[override]  # pyftpdlib has bytes
        """Raises OSError when there is no room for it."""
        before = self._node.data or b""
        grown = max(0, self._at + len(data) - len(before))
        if grown > self._tree.room():
            raise _error(errno.ENOSPC)
        self._node.data = before[: self._at] + data + before[self._at + len(data) :]
        self._node.modified = time.time()
        self._at += len(data)
        return len(data)


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
