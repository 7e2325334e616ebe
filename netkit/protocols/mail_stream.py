"""One side of a mail conversation, cut into lines, into the lines of a letter, or into TLS records.

Who answers what decides what bytes are: after ``354`` a client's bytes are a letter, after ``220`` to STARTTLS they
are ciphertext. So a stream can be held until the other side has answered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from netkit.i18n import _
from netkit.protocols.letter import fold_told
from netkit.protocols.mail_lines import Cut, Tell, Told
from netkit.protocols.tls_records import HEADER, is_record, junk_told, part_told, record_told

FOLD = 1 << 20  # bytes of a letter's body that become one line
_END = b"\r\n.\r\n"

_Waiting = tuple[int, float, bytes, int]  # piece, time, bytes, and how many of them have been taken


class Stream:
    """One side.

    Args:
        side: ``"client"`` or ``"server"``.
        cuts: where the lines go.
        line: is given each whole line and says how to explain it, or None: then it is a letter's body, to be folded.
            It may call `hold`, `speak` and `encrypt`: they hold for the bytes after that line.
        unended: where it stands that a line has an end.
    """

    def __init__(self, side: str, cuts: list[Cut], line: Callable[[bytes], Tell | None], unended: str) -> None:
        self.side = side
        self.held = False
        self.encrypted = False
        self._cuts, self._line, self._unended = cuts, line, unended
        self.heard = self._over = False
        self._waiting: deque[_Waiting] = deque()  # what came while it was held
        self._take = self._take_line
        self._parts: list[bytes] = []  # of a line or record that has not ended
        self._time, self._piece = 0.0, 0  # when and where it began
        self._size = self._whole = 0  # of a record: how much of it there is, and how large it is (0: not known yet)
        self._records = 0
        self._fold: list[bytes | memoryview] = []
        self._fold_time, self._fold_piece, self._fold_size = 0.0, 0, 0
        self._after_crlf = True  # whether the line before ended as lines have to

    def feed(self, piece: int, time: float, data: bytes) -> None:
        """Take the next bytes; none are a break."""
        if not self.heard and data:
            self.heard = True
            if 0x14 <= data[0] <= 0x17 and not self.encrypted:  # a control character: TLS from the beginning
                self.encrypt()
        self._waiting.append((piece, time, data, 0))
        if not self.held:
            self.release()

    @property
    def ahead(self) -> bytes:
        """The first byte of what is held, or nothing."""
        _piece, _time, data, at = self._waiting[0] if self._waiting else (0, 0.0, b"", 0)
        return data[at : at + 1]

    def hold(self) -> None:
        """Wait: what the bytes after this line are depends on the answer."""
        self.held = not self._over

    def release(self) -> None:
        """Go on with what has been held."""
        self.held = False
        while self._waiting and not self.held:
            piece, time, data, at = self._waiting.popleft()
            if not data:
                self._flush()
            while at < len(data) and not self.held:
                at = self._take(piece, time, data, at)
            if at < len(data):
                self._waiting.appendleft((piece, time, data, at))

    def speak(self, line: Callable[[bytes], Tell | None]) -> None:
        """From here on, lines that `line` is given."""
        self._flush()
        self._line = line
        self._take = self._take_line

    def encrypt(self) -> None:
        """From here on, TLS records."""
        self._flush()
        self.encrypted = True
        self._take = self._take_record

    def decrypt(self, line: Callable[[bytes], Tell | None]) -> None:
        """From here on, lines that `line` is given: they were inside TLS."""
        self.release()
        self.encrypted = False
        self.speak(line)

    def end(self) -> None:
        """There is no more."""
        self._over = True
        self.release()
        self._flush()

    def _begin(self, piece: int, time: float) -> None:
        if not self._parts:
            self._piece, self._time = piece, time

    def _put(self, tell: Tell) -> None:
        self._cuts.append(Cut(self.side, self._time, self._piece, self._parts, tell))
        self._parts = []

    def _take_line(self, piece: int, time: float, data: bytes, at: int) -> int:
        self._begin(piece, time)
        end = data.find(b"\n", at) + 1
        self._parts.append(data[at : end or len(data)])
        if end:
            self._line_ends()
        return end or len(data)

    def _line_ends(self) -> None:
        parts, time, piece = self._parts, self._time, self._piece
        line = parts[0] if len(parts) == 1 else b"".join(parts)
        self._parts = []
        tell = self._line(line)
        if tell is None:
            self._add(piece, time, line)
            self._take = self._take_body
        else:
            self._cuts.append(Cut(self.side, time, piece, (line,), tell))

    def _take_body(self, piece: int, time: float, data: bytes, at: int) -> int:
        """Many lines at once: 20 MB of them are looked through, not split."""
        if not self._parts:
            if self._after_crlf and data.startswith(_END[2:], at):
                self._close()
                self._take = self._take_line
                return at
            found = data.find(_END, at)
            stop = found + 2 if found >= 0 else data.rfind(b"\n", at) + 1
            if stop > at:
                self._add(piece, time, memoryview(data)[at:stop], data.endswith(b"\r\n", at, stop))
                return stop
        self._begin(piece, time)
        end = data.find(b"\n", at) + 1
        self._parts.append(data[at : end or len(data)])
        if end:
            line = b"".join(self._parts)
            if self._after_crlf and line == _END[2:]:
                self._close()
                self._take = self._take_line
                self._line_ends()
            else:
                self._parts = []
                self._add(self._piece, self._time, line)
        return end or len(data)

    def _add(self, piece: int, time: float, lines: bytes | memoryview, crlf: bool | None = None) -> None:
        if self._fold_size >= FOLD:
            self._close()
        if not self._fold:
            self._fold_piece, self._fold_time = piece, time
        self._fold.append(lines)
        self._fold_size += len(lines)
        self._after_crlf = lines[-2:] == b"\r\n" if crlf is None else crlf

    def _close(self) -> None:
        if self._fold:
            self._cuts.append(Cut(self.side, self._fold_time, self._fold_piece, self._fold, fold_told))
            self._fold, self._fold_size = [], 0

    def _take_record(self, piece: int, time: float, data: bytes, at: int) -> int:
        self._begin(piece, time)
        if not self._parts:
            self._size = self._whole = 0
        part = data[at : at + (self._whole or HEADER) - self._size]
        self._parts.append(part)
        self._size += len(part)
        if self._size == HEADER and not self._whole:
            header = b"".join(self._parts)
            if not is_record(header):
                self._parts.append(data[at + len(part) :])
                self._put(junk_told)
                return len(data)
            self._whole = HEADER + int.from_bytes(header[3:5], "big")
        if self._size == self._whole:
            self._put(partial(record_told, first=self._records == 0))
            self._records += 1
        return at + len(part)

    def _flush(self) -> None:
        """Whatever has begun ends here."""
        if self._fold and self._parts:
            self._add(self._piece, self._time, b"".join(self._parts))
            self._parts = []
        self._close()
        if self._parts:
            self._put(part_told if self.encrypted else self._unended_told)

    def _unended_told(self, _data: bytes) -> Told:
        return Told(_("the end of this line did not come"), self._unended)
