"""What servers with several doors have in common: they are started and stopped together, and have one certificate."""

from __future__ import annotations

import ssl
from types import TracebackType
from typing import Self

from netkit.errors import ServerError
from netkit.i18n import _
from netkit.servers import tls
from netkit.servers.handle import Handle
from netkit.wire import background


class Doors:
    """Several handles as one server; a subclass says which."""

    @property
    def doors(self) -> tuple[Handle, ...]:
        """All of them, in the order in which they are shown."""
        raise NotImplementedError

    @property
    def running(self) -> bool:
        """Whether clients are accepted, at all doors."""
        return all(door.running for door in self.doors)

    @property
    def context(self) -> ssl.SSLContext:
        """For clients: trusts the certificate of netkit's servers, and of no other in the world.

        ``smtp.starttls(context=mail.context)``, ``pop3.stls(context=mail.context)``,
        ``poplib.POP3_SSL(*mail.pop3s, context=mail.context)``, ``urlopen(web.secure_url, context=web.context)``. What
        is said inside TLS then stands in the conversation, beside what the wire saw.

        Raises:
            ServerError: the server's own side of TLS could not be made; the text says why.
        """
        try:
            return background.call(_context)
        except OSError as problem:
            raise ServerError(_("The certificate for TLS could not be made: {why}.").format(why=problem)) from None

    def start(self) -> Self:
        """Accept clients; harmless when it does already."""
        for door in self.doors:
            door.start()
        return self

    def stop(self) -> None:
        """Accept no more clients; harmless when it is stopped already. What it has, and what was recorded, stays."""
        for door in self.doors:
            door.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


def _context() -> ssl.SSLContext:
    tls.server_context()
    return tls.client_context()
