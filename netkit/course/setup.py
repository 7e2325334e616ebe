"""Whether all that the course needs is here."""

from __future__ import annotations

import importlib.metadata
import platform
import socket
import sys
from dataclasses import dataclass

from netkit.i18n import _

PACKAGES = ("jupyterlab", "ipywidgets", "anywidget", "matplotlib", "psutil", "dnslib", "aiosmtpd", "trustme", "babel")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is needed.

    Attributes:
        what: its name.
        version: what was found.
        good: whether that will do.
        remedy: what to do if not, or "".
    """

    what: str
    version: str
    good: bool
    remedy: str = ""


def look() -> list[Row]:
    """Look at each thing that is needed. Asks this machine only."""
    return [_python(), *map(_package, PACKAGES), _services(), _wire()]


def _python() -> Row:
    good = (3, 11) <= sys.version_info[:2] <= (3, 14)
    remedy = "" if good else _("The course is made for Python 3.11 to 3.14.")
    return Row("Python", platform.python_version(), good, remedy)


def _package(name: str) -> Row:
    try:
        return Row(name, importlib.metadata.version(name), True)
    except importlib.metadata.PackageNotFoundError:
        return Row(name, "–", False, _("Set the course up again as its README says, and restart the kernel."))


def _services() -> Row:
    """The table of the ports' names, which bare containers leave out."""
    what = _("the system's names of ports")
    try:
        socket.getservbyname("smtp", "tcp")
    except OSError:
        return Row(what, "–", False, _("On Debian and Ubuntu: apt install netbase."))
    return Row(what, "", True)


def _wire() -> Row:
    """A connection to a server of netkit's, and the same bytes back."""
    from netkit.servers.local import Echo
    from netkit.wire.tap import Tap

    what = _("a server of netkit's, asked over 127.0.0.1")
    try:
        with Tap(Echo) as tap, socket.create_connection(tap.address, timeout=5) as sock:
            sock.sendall(b"netkit")
            good = sock.recv(100) == b"netkit"
    except OSError as problem:
        return Row(
            what, str(problem), False, _("Something on this machine forbids connections to 127.0.0.1: a firewall?")
        )
    return Row(what, "", good)
