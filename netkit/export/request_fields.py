"""A web request as it is typed in, and as it is filled in from one that was recorded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

from netkit.errors import BadInput
from netkit.export.code import OWN
from netkit.export.exchanges import url
from netkit.i18n import _
from netkit.protocols.http_exchanges import Request
from netkit.wire.address import Address

FORM = "application/x-www-form-urlencoded"

# What went to the proxy alone must not go to a server (RFC 9110 section 11.7.2).
_HOP = OWN | {"proxy-authorization"}

# What urllib.request adds by itself; the version would be another one tomorrow.
_ADDED = re.compile(r"Accept-Encoding: identity|User-Agent: Python-urllib/[\d.]+", re.IGNORECASE)


class Door(Protocol):
    """What is reached at an address."""

    @property
    def address(self) -> Address: ...


class Site(Protocol):
    """The web site, as far as its URLs go."""

    @property
    def http(self) -> Door: ...
    @property
    def https(self) -> Door: ...


@dataclass(frozen=True, slots=True)
class Fields:
    """What a request is made of; `netkit.export.request_check.checked` says whether it can be sent.

    Attributes:
        method: a token (RFC 9110 section 9.1).
        url: ``http`` or ``https``, on this machine; what begins with ``/`` is a path at the web site.
        headers: a field a line, ``Name: value`` (section 5.1).
        kind: what the content is: ``""`` (none), ``"form"`` or ``"text"``.
        content: with ``"form"``, ``name=value`` a line; with ``"text"``, the text.
        user, password: for Basic (RFC 7617); no user: it does not sign in.
        proxy: the ``http`` URL of a proxy on this machine (RFC 9110 section 3.7), with a name and a password in it if
            it wants them; "" for none.
        redirects: whether to follow them (RFC 9110 section 15.4).
    """

    method: str = "GET"
    url: str = "/get"
    headers: str = ""
    kind: str = ""
    content: str = ""
    user: str = ""
    password: str = ""
    proxy: str = ""
    redirects: bool = True

    @property
    def header(self) -> list[tuple[str, str]]:
        """Names and values of the header's lines; a line without a colon is a name alone."""
        lines = [line.partition(":") for line in self.headers.split("\n") if line.strip()]
        return [(name, value.strip(" \t")) for name, _colon, value in lines]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of the form."""
        lines = [line.partition("=") for line in self.content.split("\n") if line]
        return [(name, value) for name, _equals, value in lines]

    def place(self, site: Site) -> tuple[str, str]:
        """Where it goes: a door of the site, ``"http"`` or ``"https"``, and the path there; or "" and the whole URL."""
        if self.url.startswith("/"):
            return "http", self.url
        for scheme, door in (("http", site.http), ("https", site.https)):
            start = f"{scheme}://{door.address}"
            if self.url == start or self.url.startswith((start + "/", start + "?")):
                return scheme, self.url[len(start) :]
        return "", self.url


def recorded(request: Request, site: Site, server: str = "") -> Fields:
    """The fields for a request that was recorded, to send it again.

    Args:
        request: the request.
        site: the web site: of its own URLs, only the path is told.
        server: the address that the request was sent to.

    Raises:
        BadInput: its content is not text.
    """
    where = url(request, server)
    fields = Fields(method=request.method, url=where)
    place, path = fields.place(site)
    headers: dict[str, str] = {}
    for name, value in request.fields:
        if name.lower() not in _HOP and not _ADDED.fullmatch(f"{name}: {value}"):
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    kind, content = "", ""
    if request.packed:
        try:
            kind, content = "text", request.packed.decode()
        except UnicodeDecodeError:
            raise BadInput(_("The content of that request is not text: it cannot be filled in here.")) from None
        lines = "\n".join(f"{name}={value}" for name, value in parse_qsl(content, keep_blank_values=True))
        if urlencode(Fields(content=lines).pairs) == content and (request.value("content-type") or "") == FORM:
            kind, content = "form", lines
            headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    said = "\n".join(f"{name}: {value}" for name, value in headers.items())
    return Fields(request.method, path if place == "http" and path else where, said, kind, content)
