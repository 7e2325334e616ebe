"""The maildrops of the users, and the letters that wait for other domains. No socket in sight.

All changes are made on the background thread, so there is no lock; any thread may read.
"""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from netkit.servers.mail.letters import DOMAIN, Envelope, Letter
from netkit.wire.subscribers import Subscribers

CAPACITY = 256 << 20  # bytes of all letters together; a kernel's memory has an end
POSTMASTER = "postmaster"  # mail to this name must be taken (RFC 5321 section 4.5.1); the lecturer reads it
LIST = "course"  # a mailing list: mail to it reaches all users (section 3.9)


class Maildrops:
    """Who has which letters.

    Args:
        users: names and passwords; read anew each time, so that users may be added.
        first: the letters with which each user begins.
    """

    def __init__(self, users: Mapping[str, str], first: Mapping[str, Iterable[Letter]] | None = None) -> None:
        self.users = users
        self._first = {user: list(letters) for user, letters in (first or {}).items()}
        self._letters: dict[str, list[Letter]] = {}
        self._queue: list[Letter] = []
        self._given: dict[str, int] = defaultdict(int)  # how many unique-ids: none is given twice
        self._given.update({user: len(letters) for user, letters in self._first.items()})
        self._size = 0
        self._locked: set[str] = set()
        self._subscribers = Subscribers("the mail server")
        self.reset()

    def letters(self, user: str) -> tuple[Letter, ...]:
        """What lies in the user's maildrop, numbered from 1."""
        return tuple(self._letters.get(user, ()))

    @property
    def queue(self) -> tuple[Letter, ...]:
        """The letters with recipients in other domains; they are relayed nowhere."""
        return tuple(self._queue)

    def users_at(self, address: str) -> tuple[str, ...] | None:
        """The users whom a letter to that address reaches: () for nobody, None for an address in another domain."""
        name, _at, domain = address.rpartition("@") if "@" in address else (address, "", DOMAIN)
        if domain.lower() != DOMAIN:
            return None
        if name.lower() == LIST:
            return tuple(self.users)
        wanted = "lecturer" if name.lower() == POSTMASTER else name.lower()
        return tuple(user for user in self.users if user.lower() == wanted)

    def waiting(self, domain: str, *, subdomains: bool) -> int:
        """How many letters of the queue go to a domain, in lower case, or also to those below it."""
        ends = ("@" + domain, "." + domain) if subdomains else ("@" + domain,)
        recipients = (letter.envelope.recipients for letter in self._queue)
        return sum(any(self.users_at(to) is None and to.lower().endswith(ends) for to in tos) for tos in recipients)

    def has_room(self, size: int) -> bool:
        """Whether a letter of so many bytes can still be taken."""
        return self._size + size <= CAPACITY

    def take(self, data: bytes, envelope: Envelope) -> None:
        """Put a letter where its envelope says: once into each maildrop, once into the queue.

        Args:
            data: the letter, with CRLF at the end of every line.
            envelope: nobody in it is unknown.
        """
        now = time.time()
        places = [self.users_at(address) for address in envelope.recipients]
        for user in dict.fromkeys(user for users in places for user in users or ()):
            self._append(self._letters.setdefault(user, []), user, data, now, envelope)
        if None in places:
            self._append(self._queue, "", data, now, envelope)
        self.tell()

    def lock(self, user: str) -> tuple[Letter, ...] | None:
        """Begin a session of that user alone (RFC 1939 section 4): the letters that it sees, or None when locked."""
        if user in self._locked:
            return None
        self._locked.add(user)
        return self.letters(user)

    def unlock(self, user: str) -> None:
        """End the session."""
        self._locked.discard(user)

    def delete(self, user: str, uids: Collection[str]) -> None:
        """Take letters out of the user's maildrop; those that are left are numbered anew."""
        if not uids:
            return
        stay = [letter for letter in self.letters(user) if letter.uid not in uids]
        self._letters[user] = [dataclasses.replace(letter, number=n) for n, letter in enumerate(stay, 1)]
        self._measure()
        self.tell()

    def reset(self) -> None:
        """Only the first letters are there. A POP3 session that is open goes on with the letters that it has seen."""
        self._letters = {user: list(letters) for user, letters in self._first.items()}
        self._queue = []
        self._measure()
        self.tell()

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have a function called after each change, on the background thread; see `Subscribers.add`."""
        return self._subscribers.add(callback)

    def tell(self) -> None:
        """Tell those who subscribed."""
        self._subscribers.tell()

    def _append(self, letters: list[Letter], user: str, data: bytes, now: float, envelope: Envelope) -> None:
        self._given[user] += 1
        letters.append(Letter(len(letters) + 1, unique_id(user, self._given[user]), data, now, envelope))
        self._size += len(data)

    def _measure(self) -> None:
        self._size = sum(len(letter.data) for place in (*self._letters.values(), self._queue) for letter in place)


def unique_id(user: str, serial: int) -> str:
    """The unique-id of the user's letter with that serial number: the same in each run, and telling nothing."""
    return hashlib.sha256(f"{user}/{serial}".encode()).hexdigest()[:16]
