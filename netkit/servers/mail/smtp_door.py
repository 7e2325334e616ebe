"""SMTP on a connection: aiosmtpd's SMTP class, stricter in a few places where RFC 5321 is, with ETRN and EXPN."""

from __future__ import annotations

import asyncio
import functools
import logging
import re
import ssl
from asyncio.sslproto import SSLProtocol  # private, and aiosmtpd's own way of STARTTLS
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any, AnyStr, cast

from aiosmtpd.smtp import SMTP, syntax

from netkit.servers import tls
from netkit.servers.mail.letters import HOST
from netkit.servers.mail.maildrops import LIST
from netkit.servers.mail.smtp import UNKNOWN, Clerk

HANDSHAKE = 60  # seconds that a TLS handshake at the beginning may take

logging.getLogger("mail.log").disabled = True  # aiosmtpd's; a server never prints

# The enhanced status codes (RFC 3463) of aiosmtpd's own replies; those to EHLO and HELO have none (RFC 2034).
_CODES = (
    (b"501 Syntax: EHLO", b""),
    (b"501 Syntax: HELO", b""),
    (b"220 Ready to start TLS", b"2.0.0"),
    (b"250 Supported commands", b"2.0.0"),
    (b"250 Syntax: ", b"2.0.0"),
    (b"454 ", b"4.7.0"),
    (b"500 Error: command", b"5.5.1"),
    (b"500 ", b"5.5.2"),
    (b"501 ", b"5.5.4"),
    (b"502 ", b"5.5.1"),
    (b"503 ", b"5.5.1"),
    (b"552 ", b"5.3.4"),
    (b"555 ", b"5.5.4"),
)
_HAS_CODE = re.compile(rb"\d{3}[ -]\d\.\d{1,3}\.\d{1,3} ")
_NODE = re.compile(r"[@#]?[A-Za-z0-9][A-Za-z0-9.-]{0,253}")


@functools.cache
def _no_certificate() -> ssl.SSLContext:
    """What lets aiosmtpd offer STARTTLS; one for all connections: to make it takes longer than to take a letter."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


class Lines(asyncio.StreamReader):
    """A reader that knows where a command ends."""

    def readuntil(self, separator: Any = b"\n") -> Coroutine[Any, Any, bytes]:
        """As StreamReader's. A command is read up to LF, a line of a letter up to CRLF."""
        return self._command() if separator == b"\n" else super().readuntil(separator)

    async def _command(self) -> bytes:
        """With a bare LF, a bare CR or a NUL it becomes an empty line: bad syntax (RFC 5321 section 2.3.8)."""
        line = await super().readuntil(b"\n")
        return b"\r\n" if not line.endswith(b"\r\n") or b"\r" in line[:-2] or b"\0" in line else line


class SmtpDoor(SMTP):
    """One connection.

    Args:
        clerk: where letters are handed in.
        secure: whether it begins with a TLS handshake, as on port 465 (RFC 8314 section 3.3).
    """

    def __init__(self, clerk: Clerk, *, secure: bool = False) -> None:
        self._secure = secure
        self.command_size_limits = defaultdict(lambda: self.command_size_limit)  # aiosmtpd shares one among all
        self._clerk = clerk
        self._held: list[bytes] | None = None  # lines of a reply that is sent when it is whole
        super().__init__(
            clerk,
            hostname=HOST,
            ident="ESMTP netkit",
            enable_SMTPUTF8=True,
            tls_context=_no_certificate(),  # the one that has a certificate comes with STARTTLS
            authenticator=clerk.authenticate,
            auth_require_tls=False,  # so that a lesson can show a password on the wire; loopback only
            loop=asyncio.get_running_loop(),
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As aiosmtpd's; with `secure` it comes twice, the second time when TLS is there."""
        if self._secure and self._tls_protocol is None:
            self._begin_tls(cast(asyncio.Transport, transport))
            return
        super().connection_made(transport)
        if self._secure and self._tls_protocol is not None and self.session is not None:
            self.session.ssl = self._tls_protocol._extra

    def connection_lost(self, error: Exception | None) -> None:
        """As aiosmtpd's, which does not expect it before there is a session."""
        if self.session is not None:
            super().connection_lost(error)

    def _begin_tls(self, transport: asyncio.Transport) -> None:
        try:
            context = tls.server_context()
        except OSError:
            transport.abort()
            return
        nobody_waits = cast(Any, None)
        self._tls_protocol = SSLProtocol(
            self.loop, self, context, nobody_waits, server_side=True, ssl_handshake_timeout=HANDSHAKE
        )
        transport.set_protocol(self._tls_protocol)
        self._tls_protocol.connection_made(transport)

    def _cb_client_connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader.__class__ = Lines
        super()._cb_client_connected(reader, writer)

    async def push(self, status: AnyStr) -> None:
        """Send a reply, with an enhanced status code if it has none."""
        reply = status.encode("utf-8", "backslashreplace") if isinstance(status, str) else status
        if reply[3:4] != b"-" and not _HAS_CODE.match(reply):  # a line of EHLO's reply has none either
            code = next((code for start, code in _CODES if reply.startswith(start)), b"")
            reply = reply[:4] + code + b" " + reply[4:] if code else reply
        if self._held is not None:
            self._held.append(reply)
        else:
            await super().push(reply)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        try:
            return super()._getaddr(arg)
        except Exception:  # the email package stumbles over some addresses that are none
            return None, None

    @syntax("EHLO hostname")
    async def smtp_EHLO(self, hostname: str) -> None:
        """RFC 5321 section 4.1.1.1; each line but the last has a hyphen. The reply is sent in one piece.

        aiosmtpd has a hook for it, but looks at the hook's signature for each connection, which takes long.
        """
        self.command_size_limits.clear()  # aiosmtpd would add to them with each EHLO
        lines = self._held = []
        try:
            await super().smtp_EHLO(hostname)
        finally:
            self._held = None
        if lines[-1].startswith(b"250 "):
            lines[-1:] = b"250-ENHANCEDSTATUSCODES", b"250-ETRN", lines[-1]
        await super().push(b"\r\n".join(lines))

    @syntax("STARTTLS")
    async def smtp_STARTTLS(self, arg: str) -> None:
        """RFC 3207 section 4."""
        if self._tls_protocol is not None:
            await self.push("503 TLS is active already")
            return
        try:
            self.tls_context = tls.server_context()
        except OSError:
            await self.push("454 TLS not available due to temporary reason")
            return
        await super().smtp_STARTTLS(arg)

    @syntax("AUTH <mechanism>")
    async def smtp_AUTH(self, arg: str) -> None:
        """RFC 4954 section 4."""
        assert self.envelope is not None
        if self.envelope.mail_from is not None:
            await self.push("503 AUTH is not allowed during a mail transaction")
            return
        await super().smtp_AUTH(arg)

    @syntax("ETRN <domain>")
    async def smtp_ETRN(self, arg: str | None) -> None:
        """RFC 1985: what waits for a domain would be sent off now; here it stays in the queue."""
        if await self.check_helo_needed("EHLO"):
            return
        if arg is None or not _NODE.fullmatch(arg):
            await self.push("501 Syntax: ETRN <domain>")
            return
        node = arg.lstrip("@#").lower()
        n = self._clerk.store.waiting(node, subdomains=arg.startswith("@"))  # section 5.3
        some = f"253 2.0.0 OK, {n} pending messages for node {node} started"
        await self.push(some if n else f"251 2.0.0 OK, no messages waiting for node {node}")

    @syntax("EXPN <list>")
    async def smtp_EXPN(self, arg: str | None) -> None:
        """RFC 5321 section 3.5: who is on a mailing list; there is one list."""
        store = self._clerk.store
        name = (arg or "").strip("<>")
        if not name:
            await self.push("501 Syntax: EXPN <list>")
        elif not (users := store.users_at(name)) or name.partition("@")[0].lower() != LIST:
            await self.push("550 5.1.1 That is no mailing list here" if users else UNKNOWN)
        else:
            domain = HOST.partition(".")[2]
            for n, user in enumerate(users, 1):
                await self.push(f"250{' ' if n == len(users) else '-'}2.1.5 <{user}@{domain}>")
