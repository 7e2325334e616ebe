"""The table of netkit's servers, with what a client in a terminal has to know of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netkit.servers.handle import Handle


@dataclass(frozen=True)
class Service:
    """A server that runs: what it is called in the JSON object, its handle, and what else a client has to know.

    Attributes:
        key: one of smtp, pop3, http, proxy, ftp, dns, xmlrpc.
        handle: the server, started.
        facts: of url, user, password and domain those that it has.
        example: a command to try.
    """

    key: str
    handle: Handle
    facts: dict[str, str] = field(default_factory=dict)
    example: str = ""


def _dns() -> Service:
    from netkit.servers.local import dns

    handle = dns()
    host, port = handle.address
    return Service("dns", handle, example=f"dig @{host} -p {port} www.netkit.test")


def _smtp() -> Service:
    from netkit.servers.local import mail

    host = mail()
    facts = _student("smtp", host.smtp)
    to = f"{facts['user']}@{facts['domain']}"
    example = f"curl --mail-from me@example.org --mail-rcpt {to} --upload-file letter.txt {facts['url']}"
    return Service("smtp", host.smtp, facts, example)


def _pop3() -> Service:
    from netkit.servers.local import mail

    facts = _student("pop3", mail().pop3)
    example = f"curl --user {facts['user']}:{facts['password']} {facts['url']}/1"
    return Service("pop3", mail().pop3, facts, example)


def _http() -> Service:
    from netkit.servers.local import web

    site, user = web(), "student"
    facts = {"url": site.url, "user": user, "password": site.users[user]}
    return Service("http", site.http, facts, f"curl --user {user}:{facts['password']} {site.url}/private/")


def _student(scheme: str, door: Handle) -> dict[str, str]:
    from netkit.servers.local import mail

    url = f"{scheme}://{door.address}"
    return {"url": url, "user": "student", "password": mail().users["student"], "domain": mail().domain}


def _xmlrpc() -> Service:
    from netkit.servers.local import xmlrpc

    handle = xmlrpc()
    url = f"http://{handle.address}/RPC2"
    call = f"print(ServerProxy('{url}').add(1, 3))"
    example = f'python -c "from xmlrpc.client import ServerProxy; {call}"'
    return Service("xmlrpc", handle, {"url": url}, example)


SERVICES: tuple[Callable[[], Service], ...] = (_smtp, _pop3, _http, _dns, _xmlrpc)
"""Each starts a server of netkit's and returns when it accepts clients."""
