"""What the SMTP door takes and where it puts it: the handler of aiosmtpd's SMTP class, one for all connections."""

from __future__ import annotations

import hmac
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword, TLSSetupException
from aiosmtpd.smtp import Envelope as Transaction
from aiosmtpd.smtp import Session as Client

from netkit.servers.mail.letters import Envelope, has_bare_ends
from netkit.servers.mail.maildrops import Maildrops
from netkit.wire import background

MOST = 1000  # recipients of one letter; at least 100 must be taken (RFC 5321 section 4.5.3.1.8)
UNKNOWN = "550 5.1.1 No such user here"
FULL = "452 4.3.1 The server has no room for this letter just now"


class Clerk:
    """Hands letters to the maildrops.

    The replies carry enhanced status codes (RFC 3463). A letter lies in its maildrops before its 250 is sent.

    Args:
        store: the maildrops.
    """

    def __init__(self, store: Maildrops) -> None:
        self.store = store

    async def handle_MAIL(
        self, server: SMTP, session: Client, envelope: Transaction, address: str, options: list[str]
    ) -> str:
        """RFC 5321 section 4.1.1.2."""
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Client, envelope: Transaction, address: str, options: list[str]
    ) -> str:
        """RFC 5321 section 4.1.1.3. Other domains are taken, and stay in the queue."""
        if len(envelope.rcpt_tos) >= MOST:
            return "452 4.5.3 Too many recipients"
        if self.store.users_at(address) == ():
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Client, envelope: Transaction) -> str:
        """RFC 5321 section 4.1.1.4; the letter is here whole."""
        data = envelope.content
        assert isinstance(data, bytes)
        if has_bare_ends(data):  # taking them for lines' ends would let letters be smuggled in
            return "550 5.5.2 The letter has a <CR> or <LF> alone: lines end with <CR><LF> (RFC 5321, section 2.3.8)"
        if not self.store.has_room(len(data)):
            return FULL
        who: LoginPassword | None = session.auth_data
        user = who.login.decode() if who is not None else None
        sender = "" if envelope.mail_from in (None, "<>") else str(envelope.mail_from)
        said = Envelope(sender, tuple(envelope.rcpt_tos), session.host_name or "", user, session.ssl is not None)
        self.store.take(data, said)
        return "250 2.0.0 OK: the letter is taken"

    async def handle_RSET(self, server: SMTP, session: Client, envelope: Transaction) -> str:
        """RFC 5321 section 4.1.1.5."""
        return "250 2.0.0 OK"

    async def handle_NOOP(self, server: SMTP, session: Client, envelope: Transaction, words: str | None) -> str:
        """RFC 5321 section 4.1.1.9."""
        return "250 2.0.0 OK"

    async def handle_QUIT(self, server: SMTP, session: Client, envelope: Transaction) -> str:
        """RFC 5321 section 4.1.1.10."""
        return "221 2.0.0 Bye"

    async def handle_VRFY(self, server: SMTP, session: Client, envelope: Transaction, address: str) -> str:
        """RFC 5321 section 3.5; as most servers do, it does not say who is at home (section 7.3)."""
        if self.store.users_at(address) == ():
            return UNKNOWN
        return "252 2.1.5 Cannot VRFY user, but will accept message and attempt delivery"

    async def handle_exception(self, error: Exception) -> str:
        """Something went wrong here; a ValueError comes of a line in an AUTH exchange that is too long (RFC 4954)."""
        if type(error) is ValueError:  # asyncio says it so
            return "500 5.5.6 The line is too long"
        if isinstance(error, TLSSetupException):  # the client broke the handshake off; it gets no reply
            return "454 4.7.0 No TLS came about"
        background.note("SMTP", error)
        return "451 4.3.0 Something went wrong in the server; nothing was done"

    def authenticate(
        self, server: SMTP, session: Client, envelope: Transaction, mechanism: str, said: Any
    ) -> AuthResult:
        """Compare name and password (RFC 4954, 4616)."""
        assert isinstance(said, LoginPassword)
        password = self.store.users.get(said.login.decode("utf-8", "replace"), "")
        right = bool(password) and hmac.compare_digest(password.encode(), said.password)
        return AuthResult(success=right, handled=False, auth_data=said if right else None)
