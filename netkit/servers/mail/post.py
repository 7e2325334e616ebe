"""The mail server of this process: its four doors, its users, and what lies in their maildrops."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from email.message import Message
from types import TracebackType
from typing import Self

from netkit.errors import BadInput, ServerError
from netkit.i18n import _
from netkit.servers.handle import Handle, LineHandle
from netkit.servers.mail import tls
from netkit.servers.mail.dialects import POP3, SMTP
from netkit.servers.mail.first_letters import first_letters
from netkit.servers.mail.letters import DOMAIN, Envelope, Letter, canonical
from netkit.servers.mail.maildrops import Maildrops
from netkit.servers.mail.pop3_door import Pop3Door
from netkit.servers.mail.smtp import Clerk
from netkit.servers.mail.smtp_door import SmtpDoor
from netkit.wire import background
from netkit.wire.tap import Tap


class Mail:
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

    @property
    def running(self) -> bool:
        """Whether clients are accepted, at all doors."""
        return all(door.running for door in self.doors)

    @property
    def context(self) -> ssl.SSLContext:
        """For clients: trusts the certificate of this server, and of no other in the world.

        ``smtp.starttls(context=mail.context)``, ``smtplib.SMTP_SSL(*mail.smtps, context=mail.context)``,
        ``pop3.stls(context=mail.context)``, ``poplib.POP3_SSL(*mail.pop3s, context=mail.context)``.

        A client that uses it also tells netkit what it said and got inside TLS, where the tap sees ciphertext: see
        `Conversation.said`.

        Raises:
            ServerError: the server's own side of TLS could not be made; the text says why.
        """
        try:
            return background.call(self._context)
        except OSError as problem:
            raise ServerError(_("The certificate for TLS could not be made: {why}.").format(why=problem)) from None

    def _context(self) -> ssl.SSLContext:
        tls.server_context()
        return tls.client_context()

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
        """Have a function called whenever letters came or went; see `Maildrops.subscribe`."""
        return self._store.subscribe(callback)

    def start(self) -> Self:
        """Accept clients; harmless when it does already."""
        for door in self.doors:
            door.start()
        return self

    def stop(self) -> None:
        """Accept no more clients; harmless when it is stopped already. Letters and recordings stay."""
        for door in self.doors:
            door.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def __repr__(self) -> str:
        from netkit.export.letters import post_told

        return post_told(self)


def _on_loop(change: Callable[[], object]) -> None:
    if background.here():
        change()
    else:
        background.call(change)
