"""The web site of this process: its two doors, and those whom it knows."""

from __future__ import annotations

import ssl
from types import TracebackType
from typing import Self

from netkit.errors import ServerError
from netkit.i18n import _
from netkit.servers.handle import Handle
from netkit.servers.mail import tls
from netkit.servers.web.door import WebDoor
from netkit.servers.web.pages import REALM
from netkit.servers.web.routes import application
from netkit.wire import background
from netkit.wire.tap import Tap


class Web:
    """A web site on this machine, with httpbin's paths and some of its own.

    Attributes:
        http, https: the doors. Each is a handle, and a (host, port) pair as well:
            ``http.client.HTTPConnection(*web.http)``.
        users: names and passwords for what is under ``/private/``.
        realm: what is under ``/private/``, as the server calls it when it asks for a password.
    """

    def __init__(self) -> None:
        self.users = {"student": "secretword", "lecturer": "chalk-and-duster", "guest": "welcome"}
        self.realm = REALM
        site = application(self.users)
        self.http = Handle(Tap(WebDoor(site), name="http", protocol="http"))
        self.https = Handle(Tap(WebDoor(site, lambda: tls.server_context()), name="https", protocol="http"))

    @property
    def doors(self) -> tuple[Handle, Handle]:
        """http and https."""
        return self.http, self.https

    @property
    def running(self) -> bool:
        """Whether clients are accepted, at both doors."""
        return all(door.running for door in self.doors)

    @property
    def url(self) -> str:
        """Its URL, without a slash at the end: ``urlopen(web.url + "/get")``."""
        return f"http://{self.http.address}"

    @property
    def secure_url(self) -> str:
        """The same with TLS: ``urlopen(web.secure_url + "/get", context=web.context)``."""
        return f"https://{self.https.address}"

    @property
    def context(self) -> ssl.SSLContext:
        """For clients: trusts the certificate of netkit's servers, and of no other in the world.

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

    def start(self) -> Self:
        """Accept clients; harmless when it does already."""
        for door in self.doors:
            door.start()
        return self

    def stop(self) -> None:
        """Accept no more clients; harmless when it is stopped already. What was recorded stays."""
        for door in self.doors:
            door.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def __repr__(self) -> str:
        return "\n".join((f"HTTP        {self.url}", f"HTTP + TLS  {self.secure_url}"))
