"""What each POP3 command does, in one session: a method for each, named after it. No socket, no lines.

RFC 1939, with the extensions of RFC 2449 (CAPA, response codes), 2595 (STLS), 3206 (AUTH response code) and
6856 (UTF8).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Mapping
from enum import Enum
from typing import Protocol

from netkit.servers.mail.letters import Letter
from netkit.servers.mail.pop3_text import count, listing, printable, stuffed, top

_NUMBER = re.compile(rb"[0-9]{1,9}")


class Store(Protocol):
    """What a session needs of the maildrops; see `netkit.servers.mail.maildrops.Maildrops`."""

    @property
    def users(self) -> Mapping[str, str]: ...
    def lock(self, user: str) -> tuple[Letter, ...] | None: ...
    def unlock(self, user: str) -> None: ...
    def delete(self, user: str, uids: Collection[str]) -> None: ...


class Phase(Enum):
    """The states of a session (RFC 1939 section 3)."""

    AUTHORIZATION = "AUTHORIZATION"
    TRANSACTION = "TRANSACTION"
    UPDATE = "UPDATE"


class Refused(Exception):
    """A command that is answered with -ERR and this text."""


class Commands:
    """The commands of one session. Each takes its arguments and gives its reply without the last CRLF.

    Args:
        store: the maildrops.
        stamp: what the greeting has for APOP (RFC 1939 section 7).
        host: what the server calls itself.
        prepare_tls: called on STLS; it raises an OSError when TLS cannot be had. Without it, STLS is not offered.
        secure: whether the connection is encrypted from its beginning.
    """

    def __init__(
        self, store: Store, stamp: str, host: str, prepare_tls: Callable[[], object] | None, secure: bool
    ) -> None:
        self.phase = Phase.AUTHORIZATION
        self.over = False  # QUIT was answered: close the connection
        self.starting_tls = False  # STLS was answered: the next bytes are the handshake's
        self._store, self._stamp, self._host = store, stamp, host
        self._prepare_tls, self._secure = prepare_tls, secure
        self._named = ""  # by a USER just before
        self._user = ""
        self._letters: tuple[Letter, ...] = ()
        self._marked: set[int] = set()

    def secured(self) -> None:
        """The TLS handshake is done. What was said before counts no more (RFC 2595 section 4)."""
        self._secure, self.starting_tls, self._named = True, False, ""

    def lost(self) -> None:
        """The connection is gone. Without a QUIT, nothing is deleted (RFC 1939 section 6)."""
        if self.phase is Phase.TRANSACTION:
            self._store.unlock(self._user)
        self.phase, self.over = Phase.UPDATE, True
        self._letters = ()

    def do_CAPA(self, _words: list[bytes]) -> bytes:
        """RFC 2449 section 5."""
        able = ["TOP", "UIDL", "USER", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER", "UTF8"]
        if self._prepare_tls is not None and not self._secure:
            able.append("STLS")
        return listing("capability list follows", [*able, "IMPLEMENTATION netkit"])

    def do_USER(self, words: list[bytes]) -> bytes:
        """RFC 1939 section 7."""
        user = words[0].decode("utf-8", "replace")
        if user not in self._store.users:
            raise Refused(f"[AUTH] sorry, no mailbox for {printable(words[0])} here")
        self._named = user
        return b"+OK now send the password with PASS"

    def do_PASS(self, words: list[bytes]) -> bytes:
        """RFC 1939 section 7; the name is that of the USER just before."""
        user, self._named = self._named, ""
        if not user:
            raise Refused("PASS comes right after a USER that was answered with +OK")
        if not hmac.compare_digest(self._store.users.get(user, "").encode(), words[0]):
            raise Refused("[AUTH] invalid password")
        return self._enter(user)

    def do_APOP(self, words: list[bytes]) -> bytes:
        """RFC 1939 section 7."""
        user = words[0].decode("utf-8", "replace")
        secret = self._stamp + self._store.users.get(user, "")
        digest = hashlib.md5(secret.encode(), usedforsecurity=False).hexdigest()
        if user not in self._store.users or not hmac.compare_digest(digest.encode(), words[1]):
            raise Refused("[AUTH] permission denied")
        return self._enter(user)

    def do_RPOP(self, _words: list[bytes]) -> bytes:
        """RFC 1081 had it, for clients that no password was asked of; RFC 1460 took it out."""
        raise Refused("RPOP was removed from POP3 in 1993 (RFC 1460): use USER and PASS, or APOP")

    def do_STLS(self, _words: list[bytes]) -> bytes:
        """RFC 2595 section 4."""
        if self._secure:
            raise Refused("TLS is active already")
        try:
            assert self._prepare_tls is not None
            self._prepare_tls()
        except OSError:
            raise Refused("[SYS/TEMP] TLS is not to be had just now") from None
        self.starting_tls = True
        return b"+OK begin TLS negotiation"

    def do_UTF8(self, _words: list[bytes]) -> bytes:
        """RFC 6856 section 2; letters are sent as they are, with it or without."""
        return b"+OK UTF8 enabled"

    def do_STAT(self, _words: list[bytes]) -> bytes:
        """RFC 1939 section 5: without the letters that are marked."""
        there = self._there()
        return b"+OK %d %d" % (len(there), sum(len(letter.data) for letter in there))

    def do_LIST(self, words: list[bytes]) -> bytes:
        """RFC 1939 section 5."""
        if words:
            letter = self._letter(words[0])
            return b"+OK %d %d" % (letter.number, len(letter.data))
        return listing(self._count(), [f"{letter.number} {len(letter.data)}" for letter in self._there()])

    def do_UIDL(self, words: list[bytes]) -> bytes:
        """RFC 1939 section 7."""
        if words:
            letter = self._letter(words[0])
            return f"+OK {letter.number} {letter.uid}".encode()
        return listing("", [f"{letter.number} {letter.uid}" for letter in self._there()])

    def do_RETR(self, words: list[bytes]) -> bytes:
        """RFC 1939 section 5."""
        letter = self._letter(words[0])
        return b"+OK %d octets\r\n%b." % (len(letter.data), stuffed(letter.data))

    def do_TOP(self, words: list[bytes]) -> bytes:
        """RFC 1939 section 7."""
        letter = self._letter(words[0])
        if not _NUMBER.fullmatch(words[1]):
            raise Refused("the number of lines is a whole number, 0 or more")
        return b"+OK\r\n%b." % stuffed(top(letter.data, int(words[1])))

    def do_DELE(self, words: list[bytes]) -> bytes:
        """RFC 1939 section 5: it only marks."""
        number = self._letter(words[0], "message {} already deleted").number
        self._marked.add(number)
        return b"+OK message %d deleted" % number

    def do_NOOP(self, _words: list[bytes]) -> bytes:
        """RFC 1939 section 5."""
        return b"+OK"

    def do_RSET(self, _words: list[bytes]) -> bytes:
        """RFC 1939 section 5."""
        self._marked.clear()
        return f"+OK maildrop has {self._count()}".encode()

    def do_QUIT(self, _words: list[bytes]) -> bytes:
        """RFC 1939 section 6: here, and only here, what was marked is deleted."""
        left = ""
        if self.phase is Phase.TRANSACTION:
            there = self._there()
            self._store.delete(self._user, {letter.uid for letter in self._letters if letter.number in self._marked})
            self._store.unlock(self._user)
            left = f" ({count(len(there))} left)" if there else " (maildrop empty)"
        self.phase, self.over = Phase.UPDATE, True
        self._letters = ()
        return f"+OK {self._host} POP3 server signing off{left}".encode()

    def _enter(self, user: str) -> bytes:
        letters = self._store.lock(user)
        if letters is None:
            raise Refused("[IN-USE] maildrop already locked")
        self._user, self._letters, self.phase = user, letters, Phase.TRANSACTION
        return f"+OK {user}'s maildrop has {self._count()}".encode()

    def _there(self) -> list[Letter]:
        return [letter for letter in self._letters if letter.number not in self._marked]

    def _count(self) -> str:
        there = self._there()
        return f"{count(len(there))} ({sum(len(letter.data) for letter in there)} octets)"

    def _letter(self, number: bytes, deleted: str = "no such message: message {} is deleted") -> Letter:
        n = int(number) if _NUMBER.fullmatch(number) else 0
        if not 1 <= n <= len(self._letters):
            raise Refused(f"no such message, only {count(len(self._letters))} in maildrop")
        if n in self._marked:
            raise Refused(deleted.format(n))
        return self._letters[n - 1]
