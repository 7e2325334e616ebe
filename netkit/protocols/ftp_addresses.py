"""Addresses as FTP writes them: six numbers (RFC 959, section 4.1.2), or between bars (RFC 2428)."""

from __future__ import annotations

import re
from collections.abc import Callable

from netkit.i18n import _
from netkit.protocols.mail_lines import Told, both, brief, rfc

PRIVILEGED = 1024  # ports below are for the system's own servers

_SIX = re.compile(rb"(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})")
_EXTENDED = re.compile(rb"([!-~])([0-9]{0,3})\1([0-9A-Fa-f:.]{0,45})\1([0-9]{1,5})\1")


def six_told(said: bytes, tell: Callable[[str], str]) -> Told:
    """What six numbers mean: four of the host, and the port as high and low byte.

    Args:
        said: PORT's argument; or the reply to PASV, which may put the numbers anywhere (RFC 1123 section 4.1.2.6).
        tell: makes a text of the address.
    """
    found = _SIX.search(said)
    numbers = [int(number) for number in found.groups()] if found else []
    if not numbers or max(numbers) > 255:
        return Told(_("not six numbers from 0 to 255, as it should be"))
    high, low = numbers[4:]
    address = "{}.{}.{}.{}:{}".format(*numbers[:4], high * 256 + low)
    return both(Told(f"{tell(address)} ({high} × 256 + {low})"), _port_told(high * 256 + low))


def extended_told(said: bytes, tell: Callable[[str], str]) -> Told:
    """What ``|1|132.235.1.2|6275|`` means; with protocol and host left out, the host is the known one.

    Args:
        said: EPRT's argument, or the reply to EPSV.
        tell: makes a text of the address, or of the port alone.
    """
    found = _EXTENDED.search(said)
    if found is None or int(found[4]) > 65535:
        return Told(_("not |protocol|host|port|, as it should be: {text}").format(text=brief(said)))
    host, port = found[3].decode(), found[4].decode()
    whole = f"[{host}]:{port}" if ":" in host else f"{host}:{port}" if host else port
    return both(Told(tell(whole)), _port_told(int(port)))


def _port_told(port: int) -> Told:
    if port >= PRIVILEGED:
        return Told()
    return Told(_("below 1024: not to be trusted"), rfc(2577, "3"))
