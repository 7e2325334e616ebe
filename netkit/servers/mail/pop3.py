"""POP3, the server's side: bytes in, bytes out; no socket in sight (RFC 1939)."""

from __future__ import annotations

import re
from collections.abc import Callable

from netkit.servers.mail.letters import HOST
from netkit.servers.mail.pop3_commands import Commands, Phase, Refused, Store

LONGEST = 255  # bytes of a command with its CRLF (RFC 2449 section 4)

_BEFORE, _INSIDE = (Phase.AUTHORIZATION,), (Phase.TRANSACTION,)
_EVER = (Phase.AUTHORIZATION, Phase.TRANSACTION)
_COMMANDS: dict[str, tuple[tuple[Phase, ...], int, int, str]] = {
    # the states in which it is allowed, the least and the most arguments, and what they are
    "CAPA": (_EVER, 0, 0, "no argument"),
    "USER": (_BEFORE, 1, 1, "a name"),
    "PASS": (_BEFORE, 1, 1, "a password"),
    "APOP": (_BEFORE, 2, 2, "a name and a digest"),
    "RPOP": (_EVER, 0, LONGEST, "a name"),
    "STLS": (_BEFORE, 0, 0, "no argument"),
    "UTF8": (_BEFORE, 0, 0, "no argument"),
    "STAT": (_INSIDE, 0, 0, "no argument"),
    "LIST": (_INSIDE, 0, 1, "a message number, or nothing"),
    "UIDL": (_INSIDE, 0, 1, "a message number, or nothing"),
    "RETR": (_INSIDE, 1, 1, "a message number"),
    "TOP": (_INSIDE, 2, 2, "a message number and a number of lines"),
    "DELE": (_INSIDE, 1, 1, "a message number"),
    "NOOP": (_INSIDE, 0, 0, "no argument"),
    "RSET": (_INSIDE, 0, 0, "no argument"),
    "QUIT": (_EVER, 0, 0, "no argument"),
}


class Session(Commands):
    """One POP3 session, as bytes.

    Feed it what the client sends; ask for `answer` as long as there is one, and send that. After `starting_tls` was
    set, do the handshake and call `secured`; after `over` was set, close; when the connection is gone, call `lost`.

    Args:
        store: the maildrops.
        stamp: what the greeting has for APOP: ``<unique@host>``, never the same twice (RFC 1939 section 7).
        host: what the server calls itself.
        prepare_tls: called on STLS; it raises an OSError when TLS cannot be had. Without it, STLS is not offered.
        secure: whether the connection is encrypted from its beginning.
    """

    def __init__(
        self,
        store: Store,
        stamp: str,
        *,
        host: str = HOST,
        prepare_tls: Callable[[], object] | None = None,
        secure: bool = False,
    ) -> None:
        super().__init__(store, stamp, host, prepare_tls, secure)
        self.greeting = f"+OK POP3 server ready {stamp}\r\n".encode()
        self._buffer = bytearray()
        self._searched = 0  # bytes of it in which there is no line's end
        self._too_long = False  # the rest of the line is thrown away

    def feed(self, data: bytes) -> None:
        """The client sent this. What comes with STLS or QUIT in one packet, after it, counts for nothing."""
        if not self.over and not self.starting_tls:
            self._buffer += data

    def answer(self) -> bytes | None:
        """The reply to the next command, or None when no whole command is there."""
        if self.over or self.starting_tls:
            return None
        end = self._buffer.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._buffer)
            if self._searched > LONGEST:
                self._too_long, self._searched = True, 0
                self._buffer.clear()
            return None
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        self._searched = 0
        if not line.upper().startswith(b"PASS "):
            self._named = ""  # PASS comes right after USER (RFC 1939 section 7)
        try:
            reply = self._do(line) + b"\r\n"
        except Refused as problem:
            reply = f"-ERR {problem}\r\n".encode("ascii", "backslashreplace")
        if self.over or self.starting_tls:
            self._buffer.clear()
        return reply

    def _do(self, line: bytes) -> bytes:
        too_long, self._too_long = self._too_long or len(line) > LONGEST, False
        if too_long:
            raise Refused(f"a command has at most {LONGEST} octets (RFC 2449, section 4)")
        if not line.endswith(b"\r\n"):
            raise Refused("a command ends with <CR><LF>, not with a bare <LF> (RFC 1939, section 3)")
        if re.search(rb"[\x00\r]", line[:-2]):
            raise Refused("a command has no NUL and no <CR> in it")
        verb, space, rest = line[:-2].partition(b" ")
        name = verb.decode("ascii", "replace").upper()
        if name not in _COMMANDS or (name == "STLS" and self._prepare_tls is None):
            raise Refused("unknown command")
        phases, least, most, usage = _COMMANDS[name]
        if self.phase not in phases:
            raise Refused(f"{name} belongs to the {phases[0].value} state; this is the {self.phase.value} state")
        words = [rest] if name == "PASS" and space else rest.split()  # a password may have spaces (section 7)
        if not least <= len(words) <= most:
            raise Refused(f"{name} takes {usage}")
        reply: bytes = getattr(self, f"do_{name}")(words)
        return reply
