"""Addresses on this machine: a (host, port) pair, checked."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

from netkit.errors import BadInput, NotLocal
from netkit.i18n import _


class Address(NamedTuple):
    """One end of a connection: ``socket.create_connection(address)`` and ``SMTP(*address)`` both take it."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def loopback(host: object, port: object) -> Address:
    """The address, if it is one that netkit may talk to.

    Args:
        host: ``"localhost"`` or an IPv4 address in 127.0.0.0/8 (RFC 1122 section 3.2.1.3).
        port: 1 to 65535, as an int or as text.

    Raises:
        NotLocal: the host is not on this machine.
        BadInput: the port is no number, or no port's number.
    """
    return Address(_host(host), _port(port))


def _host(host: object) -> str:
    if host == "localhost":
        return "127.0.0.1"
    try:
        local = isinstance(host, str) and ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise NotLocal(
            _(
                "The host {host!r} is not this machine. netkit talks to this machine only: "
                'use "127.0.0.1" or "localhost".'
            ).format(host=host)
        )
    return str(host)


def _port(port: object) -> int:
    try:
        number = int(port) if isinstance(port, (int, str)) and not isinstance(port, bool) else 0
    except ValueError:
        number = 0
    if not 1 <= number <= 65535:
        raise BadInput(
            _("The port {port!r} is not a port number: use a whole number from 1 to 65535.").format(port=port)
        )
    return number
