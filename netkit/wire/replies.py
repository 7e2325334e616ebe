"""Reading a server's replies along: which command each answers, and where it ends."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from netkit.wire.lines import GREETING, Dialect

_ENOUGH = 5  # bytes of a line that say what it is


class Asked(NamedTuple):
    """What the server owes a reply to: a command, `GREETING` or `END_OF_DATA`; or netkit's own, which nobody sees."""

    name: str
    argument: bool = False
    own: bool = False


class Replies:
    """The replies of one server, in the order of the commands (RFC 2920).

    Attributes:
        asked: what the server owes a reply to.
        begun: whether a reply has begun.
        status: the beginning of the last line of the reply that is over, or of the line that announced its listing.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.asked: deque[Asked] = deque([Asked(GREETING)])
        self.begun = False
        self.status = b""
        self._dialect = dialect
        self._line = b""  # the beginning of a line that is not whole
        self._listing = False

    @property
    def next(self) -> Asked:
        """What the next reply answers, or the one that has begun; without a name, when nobody has asked."""
        return self.asked[0] if self.asked else Asked("")

    def read(self, data: bytes, at: int) -> tuple[int, bool]:
        """On from there to the end of the reply or of the bytes: where that is, and whether the reply ends with it."""
        self.begun = True
        while at < len(data):
            if self._listing and not self._line and not data.startswith(b".", at):
                at = self._skip(data, at)
                if at == len(data):
                    break
            end = data.find(b"\n", at) + 1 or len(data)
            self._line = (self._line + data[at : min(end, at + _ENOUGH)])[:_ENOUGH]
            at = end
            if data[end - 1 : end] == b"\n" and self._line_ends():
                self.begun = False
                return at, True
        return at, False

    def answered(self) -> Asked:
        """The reply is over: what it has answered."""
        return self.asked.popleft() if self.asked else Asked("")

    def _skip(self, data: bytes, at: int) -> int:
        """To the line of a listing that begins with a dot, or to the one that is not whole; quick for large letters."""
        end = data.find(b"\n.", at) + 1
        return end or data.rfind(b"\n", at) + 1 or at

    def _line_ends(self) -> bool:
        """Whether the reply ends with this line."""
        line, self._line = self._line, b""
        if self._listing:
            self._listing = line not in (b".\r\n", b".\n")
            return not self._listing
        self.status = line
        if not self._dialect.last(line):
            return False
        asked = self.next
        self._listing = self._dialect.listed(asked.name, asked.argument, line)
        return not self._listing
