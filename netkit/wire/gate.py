"""A gate in front of a server: it reads commands and replies along, and answers in the server's place when told to.

It stands between the pipes and the server, so that delay, pieces, cut and the like act on what it takes and says as
they act on the server's own. Only a connection that a fault at a line concerns has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from netkit.wire.conversation import Event, Kind, Side
from netkit.wire.inflow import Inflow
from netkit.wire.lines import END_OF_DATA, GREETING, Act, LineFaults, Rule
from netkit.wire.pipe import Pipe
from netkit.wire.replies import Asked, Replies

_NAME_ENDS = re.compile(rb"[ \t\r\n]")
_LONGEST = 20  # bytes of a command's name; a longer one is none
_CRLF, _END = b"\r\n", b"\r\n.\r\n"  # RFC 5321 section 4.1.1.4


class Gate:
    """Reads along one connection.

    Some commands must wait here until the server has answered all before them: those that netkit answers, so that
    replies come in order (RFC 2920), and what follows a command whose reply says what the next bytes are.

    Args:
        faults: what is to be broken at which line.
        up: the client's pipe, which ends here.
        down: the pipe to the client, which begins here.
    """

    def __init__(self, faults: LineFaults, up: Pipe, down: Pipe) -> None:
        self.recording = up.recording
        self._faults, self._dialect = faults, faults.dialect
        self._up, self._down = up, down
        self._in = Inflow(up, self._read)  # it is live when the gate has caught up, and over when netkit has ended it
        self._mute = False  # the server has: nothing can be said in its place any more
        # Of the client:
        self._take = self._begin_line
        self._begun: list[tuple[float, bytes]] = []  # of a name that may be one to be taken
        self._name = b""
        self._gone_on = False  # this line is no longer netkit's to take
        self._argument = False
        self._rule: Rule | None = None  # by which the bytes that come are taken
        self._tail = _CRLF  # the last bytes of a letter
        # Of the server:
        self._replies = Replies(self._dialect)
        self._asked = self._replies.asked
        self._hidden = False  # the client does not see this reply
        self._ready = False  # a letter would be taken
        self._through = False  # ciphertext

    @property
    def busy(self) -> bool:
        """Whether bytes wait in it."""
        return self._in.busy

    def catch_up(self, events: Iterable[Event]) -> None:
        """Read what was said before it came here."""
        for event in events:
            if event.side is Side.CLIENT and event.kind is Kind.DATA:
                self.from_client(event.data, event.sent)
            elif event.side is Side.SERVER and (event.data or event.kind is Kind.END):
                self.feed(event.data)  # what was lost on its way to the client came from the server, too
        for data in self._down.waiting:
            self.feed(data)
        self._in.gone = self._in.held
        self._in.live = True

    def changed(self) -> None:
        """The faults were changed: what has begun like a command to be taken may be none now."""
        if self._begun:
            self._in.put_back(self._unbegin())
            self._in.go_on()

    def stop(self) -> None:
        """The connection is over: what waits is lost."""
        for sent, data in self._begun:
            self.recording.add(Side.CLIENT, Kind.LOST, data, sent)
        self._begun = []
        self._in.lose()

    # The client's side

    def from_client(self, data: bytes, sent: float | None) -> None:
        """Bytes came from the client; empty bytes mean that it will send no more."""
        self._in.add(data, sent)

    def _read(self, data: bytes) -> bytes:
        """Gives back what is not yet taken; empty bytes mean that the client will send no more."""
        if data:
            return self._take(data)
        if self._begun:
            self._in.pass_on(self._unbegin())
        self._in.finish()
        return b""

    def _unbegin(self) -> bytes:
        """The beginning of a name that was kept back; it counts as sent when its first byte was."""
        begun, self._begun = self._begun, []
        if begun:
            self._in.sent = begun[0][0]
        self._name = b""
        return b"".join(data for _sent, data in begun)

    def _begin_line(self, data: bytes) -> bytes:
        """Up to the end of the command's name. As all of these: gives back what is not yet taken."""
        found = _NAME_ENDS.search(data)
        stop = len(data) if found is None else found.start()
        name = (self._name + data[:stop])[:_LONGEST]
        if found is None:
            if not self._gone_on and any(one.encode().startswith(name.upper()) for one in self._watched()):
                self._begun.append((self._in.when(self._in.sent), data))
                self._name = name
                return b""
            data = self._unbegin() + data
            self._name, self._gone_on = name, True
            self._in.pass_on(data)
            return b""
        said = name.decode("ascii", "replace").upper()
        rule, letter = self._rule_for(said)
        if rule is not None and self._asked:
            self._in.waits = True
            return self._unbegin() + data
        if rule is None or (letter and not self._ready):
            self._in.pass_on(self._unbegin() + data[:stop])
            self._name, self._take = name, self._pass_line
            return data[stop:]
        return self._begin_taking(said, rule, letter, data)

    def _watched(self) -> Iterable[str]:
        if not self._in.live or self._in.gone or self._mute:
            return ()
        rules = self._faults.rules
        return (*rules, self._dialect.letter[0]) if END_OF_DATA in rules else rules

    def _rule_for(self, name: str) -> tuple[Rule | None, bool]:
        """What is to be done at a command, and whether at the end of the letter that it begins."""
        if self._gone_on or not self._in.live or self._in.gone or self._mute or name == END_OF_DATA:
            return None, False
        rule = self._faults.rule(name)
        if rule is not None or not name or name != self._dialect.letter[0]:
            return rule, False
        return self._faults.rule(END_OF_DATA), True

    def _pass_line(self, data: bytes) -> bytes:
        """Up to the end of a command that goes on to the server."""
        end = data.find(b"\n") + 1 or len(data)
        self._argument = self._argument or bool(data[:end].strip())
        self._in.pass_on(data[:end])
        if data[end - 1 : end] == b"\n":
            name = self._name.decode("ascii", "replace").upper()
            self._asked.append(Asked(name, self._argument))
            dialect = self._dialect
            self._in.waits = name != "" and name in (dialect.letter[0], dialect.tls[0], dialect.challenge[0])
            self._next_line()
        return data[end:]

    def _next_line(self) -> None:
        self._name, self._gone_on, self._argument, self._take = b"", False, False, self._begin_line

    def _begin_taking(self, name: str, rule: Rule, letter: bool, data: bytes) -> bytes:
        begun, self._begun = self._begun, []
        for sent, piece in begun:
            self.recording.add(Side.CLIENT, Kind.TAKEN, piece, sent)
        self._faults.used(rule)
        self._name, self._rule = name.encode(), rule
        self._take = self._take_go_ahead if letter else self._take_line
        return data

    def _take_line(self, data: bytes) -> bytes:
        """Up to the end of a command that netkit answers."""
        end = self._take_to_end(data)
        if data[end - 1 : end] == b"\n":
            tls, name = self._dialect.tls, self._name.decode()
            self._next_line()
            rule = self._act()
            if name == tls[0] and rule.reply.startswith(tls[1]):  # the client's handshake comes now
                self._encrypted()
        return data[end:]

    def _take_go_ahead(self, data: bytes) -> bytes:
        """Up to the end of the command that begins a letter which the server will not see."""
        end = self._take_to_end(data)
        if data[end - 1 : end] == b"\n":
            self._next_line()
            self._tail, self._take = _CRLF, self._take_letter
            self._down.feed(self._dialect.go_ahead, Side.TAP)
        return data[end:]

    def _take_to_end(self, data: bytes) -> int:
        end = data.find(b"\n") + 1 or len(data)
        self.recording.add(Side.CLIENT, Kind.TAKEN, data[:end], self._in.sent)
        return end

    def _take_letter(self, data: bytes) -> bytes:
        size, over = self._letter_goes_on(data)
        self.recording.add(Side.CLIENT, Kind.TAKEN, data[:size], self._in.sent)
        if over:
            self._next_line()
            target = self._up.target
            if target is not None and not target.is_closing() and not self._mute:
                target.write(self._dialect.undo)
                self._asked.append(Asked("", own=True))
            self._ready = False
            self._act()
        return data[size:]

    def _pass_letter(self, data: bytes) -> bytes:
        size, over = self._letter_goes_on(data)
        self._in.pass_on(data[:size])
        if over:
            self._asked.append(Asked(END_OF_DATA))
            self._next_line()
        return data[size:]

    def _letter_goes_on(self, data: bytes) -> tuple[int, bool]:
        """How many of the bytes belong to it, and whether it ends with them."""
        seen = self._tail + data
        end = seen.find(_END)
        size = len(data) if end < 0 else end + len(_END) - len(self._tail)
        self._tail = seen[-4:]
        return size, end >= 0

    def _pass_all(self, data: bytes) -> bytes:
        self._in.pass_on(data)
        return b""

    # What netkit does

    def _act(self) -> Rule:
        rule, self._rule = self._rule, None
        assert rule is not None
        if rule.act is Act.REPLY:
            self._down.feed(rule.reply, Side.TAP)
        elif rule.act is not Act.SILENT:
            self._in.over = True
            self._down.finish(Kind.END if rule.act is Act.CLOSE else Kind.RESET)
        return rule

    def _encrypted(self) -> None:
        self._through, self._take = True, self._pass_all

    # The server's side

    def feed(self, data: bytes) -> None:
        """Bytes came from the server; empty bytes mean that it will send no more."""
        if not data:
            self._server_ends()
        at = shown = 0  # up to there it has been read, and has been passed on or hidden
        while at < len(data) and not self._through and not self._in.over:
            if not self._replies.begun:
                self._begin_reply()
            before = at
            at, over = self._replies.read(data, before)
            if self._hidden:
                self._show(data[shown:before])
                shown = at
            if over:
                if self._in.busy:  # it may be that netkit speaks now
                    self._show(data[shown:at])
                    shown = at
                self._answered()
        if not self._in.over:
            self._show(data[shown:])

    def _show(self, data: bytes) -> None:
        if data and self._in.live:
            self._down.feed(data)

    def _server_ends(self) -> None:
        self._mute = True
        self._asked.clear()
        self._in.waits = False
        self._in.go_on()
        if self._in.live and not self._in.over:
            self._down.feed(b"")

    def _begin_reply(self) -> None:
        asked = self._replies.next
        self._hidden = asked.own
        if asked.name == GREETING and self._in.live:
            self._rule = self._faults.rule(GREETING)
            if self._rule is not None:
                self._hidden = True
                self._faults.used(self._rule)

    def _answered(self) -> None:
        """A reply is over: it may say what the client's next bytes are, and what waits for it may go on."""
        dialect, status, asked = self._dialect, self._replies.status, self._replies.answered()
        hidden, self._hidden = self._hidden, False
        if hidden and not asked.own:
            self._act()
        elif asked.name and asked.name == dialect.letter[0] and status.startswith(dialect.letter[1]):
            self._tail, self._take = _CRLF, self._pass_letter
        elif asked.name == dialect.tls[0] and status.startswith(dialect.tls[1]):
            self._encrypted()
        elif asked.name == dialect.challenge[0] and status.startswith(dialect.challenge[1]):
            self._name, self._take = asked.name.encode(), self._pass_line
        elif asked.name == dialect.needs and status.startswith(b"2"):
            self._ready = True
        elif asked.name in dialect.ends and status.startswith(b"2"):
            self._ready = False
        if not self._asked:
            self._in.waits = False
            self._in.go_on()
