"""The web site of this process: its two doors, and those whom it knows."""

from __future__ import annotations

import html

from netkit.i18n import language
from netkit.servers import tls
from netkit.servers.doors import Doors
from netkit.servers.handle import Handle
from netkit.servers.web import texts
from netkit.servers.web.door import WebDoor
from netkit.servers.web.layout import LANGUAGES
from netkit.servers.web.pages import REALM
from netkit.servers.web.routes import application
from netkit.wire.tap import Tap


class Web(Doors):
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
    def doors(self) -> tuple[Handle, ...]:
        """http and https."""
        return self.http, self.https

    @property
    def url(self) -> str:
        """Its URL, without a slash at the end: ``urlopen(web.url + "/get")``."""
        return f"http://{self.http.address}"

    @property
    def secure_url(self) -> str:
        """The same with TLS: ``urlopen(web.secure_url + "/get", context=web.context)``."""
        return f"https://{self.https.address}"

    @property
    def contents(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """What its start page lists, in the learner's language: sections, each with its paths and what is there."""
        which = LANGUAGES.index(language())
        return tuple(
            (title[which], tuple(_entry(path, said[which]) for path, *said in links)) for title, links in texts.SECTIONS
        )

    def __repr__(self) -> str:
        return "\n".join((f"HTTP        {self.url}", f"HTTP + TLS  {self.secure_url}"))


def _entry(path: str, said: str) -> tuple[str, str]:
    return html.unescape(path.format(lang=language())), html.unescape(said)
