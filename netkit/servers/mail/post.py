"""The mail server of this process: its four doors, its users, and what lies in their maildrops."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from email.message import Message
from typing import Self

from netkit.errors import BadInput, ServerError
from netkit.i18n import _
from netkit.servers.doors import Doors
from netkit.servers.handle import Handle, LineHandle
from netkit.servers.mail.dialects import POP3, SMTP
from netkit.servers.mail.first_letters import first_letters
from netkit.servers.mail.letters import DOMAIN, Envelope, Letter, canonical
from netkit.servers.mail.maildrops import Maildrops
from netkit.servers.mail.pop3_door import Pop3Door
from netkit.servers.mail.smtp import Clerk
from netkit.servers.mail.smtp_door import SmtpDoor
from netkit.wire import background
from netkit.wire.tap import Tap


class Mail(Doors):
    """A mail server on this machine: what comes in at the SMTP door goes out at the POP3 doors.

    As the last line of a cell it shows its letters and what was said at its doors; ``print`` says the same as text.

    Attributes:
        smtp, pop3, smtps, pop3s: the doors, the last two with TLS from the first byte. Each is a handle, and a (host,
            port) pair as well: ``smtplib.SMTP(*mail.smtp)``. The first two can be broken line by line:
            ``mail.smtp.faults.reply("RCPT", 550)``; see `netkit.wire.lines.LineFaults`.
        domain: what stands after the @ in the users' addresses.
        users: names and passwords.
    """

    def __init__(self) -> None:
        self.domain = DOMAIN
        self.users = {"student": "secretword", "lecturer": "chalk-and-duster", "guest": "welcome"}
        self._store = Maildrops(self.users, {"student": first_letters()})
        clerk = Clerk(self._store)
        self.smtp = LineHandle(lambda: SmtpDoor(clerk), name="smtp", protocol="smtp", dialect=SMTP)
        self.smtps = Handle(Tap(lambda: SmtpDoor(clerk, secure=True), name="smtps", protocol="smtp"))
        self.pop3 = LineHandle(lambda: Pop3Door(self._store), name="pop3", protocol="pop3", dialect=POP3)
        self.pop3s = Handle(Tap(lambda: Pop3Door(self._store, secure=True), name="pop3s", protocol="pop3"))

    @property
    def doors(self) -> tuple[Handle, ...]:
        """smtp, smtps, pop3 and pop3s."""
        return self.smtp, self.smtps, self.pop3, self.pop3s

    def maildrop(self, user: str) -> tuple[Letter, ...]:
        """What lies in the user's maildrop now.

        Raises:
            BadInput: there is no such user.
        """
        if user not in self.users:
            text = _("There is no user {user!r} here; there are: {known}.")
            raise BadInput(text.format(user=user, known=", ".join(self.users)))
        return self._store.letters(user)

    @property
    def queue(self) -> tuple[Letter, ...]:
        """Letters for other domains: taken, and relayed nowhere."""
        return self._store.queue

    def deliver(
        self, data: bytes | Message, *, to: str | Iterable[str] = "student", sender: str = f"lecturer@{DOMAIN}"
    ) -> None:
        """Put a letter into maildrops, past SMTP.

        Args:
            data: header, empty line and body; lines that end in LF or CR get their CRLF. Or a message of the email
                package.
            to: an address, a user's name, or several of them.
            sender: the address of the envelope; ``""`` for none.

        Raises:
            BadInput: it is no letter, or there is nobody with such an address here.
            ServerError: the maildrops are full.
        """
        if isinstance(data, Message):
            data = data.as_bytes()
        if not isinstance(data, bytes):
            text = _("A letter is bytes or an EmailMessage, not {kind}. Encode a str: letter.encode().")
            raise BadInput(text.format(kind=type(data).__name__))
        letter, addresses = canonical(data), (to,) if isinstance(to, str) else tuple(to)
        for address in addresses:
            if not isinstance(address, str) or self._store.users_at(address) == ():
                text = _("Nobody has the address {address!r} here; the users are: {known}.")
                raise BadInput(text.format(address=address, known=", ".join(self.users)))
        if not self._store.has_room(len(letter)):
            raise ServerError(_("The maildrops are full: mail.reset() puts the first letters back."))
        _on_loop(lambda: self._store.take(letter, Envelope(sender, addresses)))

    def reset(self) -> None:
        """Put the first letters back, take all others away, and end the POP3 sessions that are open.

        A session that somebody forgot would keep its maildrop locked (RFC 1939 section 4).
        """

        def anew() -> None:
            for door in (self.pop3, self.pop3s):
                if isinstance(door.tap, Tap):
                    door.tap.hang_up()
            self._store.reset()

        _on_loop(anew)

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have a function called whenever letters came or went, and at start and stop; see `Maildrops.subscribe`."""
        return self._store.subscribe(callback)

    def start(self) -> Self:
        super().start()
        _on_loop(self._store.tell)
        return self

    def stop(self) -> None:
        super().stop()
        _on_loop(self._store.tell)

    def __repr__(self) -> str:
        from netkit.export.letters import post_told

        return post_told(self)


def _on_loop(change: Callable[[], object]) -> None:
    if background.here():
        change()
    else:
        background.call(change)
