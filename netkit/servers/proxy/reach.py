"""Which servers the proxy asks: those of this process that have a tap, and no other in the world.

Hosts are compared as they are written. None is looked up, so that no other spelling of an address and no name that
leads elsewhere gets past: 127.0.0.1 and localhost are this machine, and so are the names of servers in netkit's DNS
zone. At those, the ports of the protocols' own (RFC 6335) stand for netkit's servers: http://www.netkit.test/ is
netkit's web site.
"""

from __future__ import annotations

from netkit.servers.web.head import Refused
from netkit.wire.address import Address
from netkit.wire.source import sources
from netkit.wire.tap import Tap

_WEB = {80: "http", 443: "https"}
_MAIL = {25: "smtp", 110: "pop3", 465: "smtps", 995: "pop3s"}
HERE = frozenset(("127.0.0.1", "localhost"))
NAMES = {"www.netkit.test": _WEB, "python.netkit.test": _WEB, "mail.netkit.test": _MAIL}


def reach(host: str, port: int, proxy: Tap) -> Address:
    """Where to connect for that host and port.

    Args:
        host: as the client wrote it.
        port: 1 to 65535.
        proxy: the tap of the proxy itself.

    Raises:
        Refused: 403, it is no server of this process; 502, it is one that is stopped; 508, it is the proxy.
    """
    host = host.lower().removesuffix(".")
    if host not in HERE and host not in NAMES:
        raise Refused(403, "This proxy asks servers of netkit only, those of this notebook: not that host.")
    name = NAMES.get(host, {}).get(port)
    taps = [source for source in sources() if isinstance(source, Tap) and _is(source, name, port)]
    if not taps and name is None:
        where = "no server of netkit has run at that port."
        raise Refused(403, f"This proxy asks servers of netkit only, those of this notebook: {where}")
    if proxy in taps and proxy.running:
        raise Refused(508, "The proxy would ask itself.")
    if not (running := [tap for tap in taps if tap.running]):
        raise Refused(502, "That server of netkit does not run.")
    return running[0].address


def _is(tap: Tap, name: str | None, port: int) -> bool:
    """Whether it is netkit's own server of that name; without a name, whether it is at that port."""
    if name is None:
        return tap.address.port == port
    return tap.name == name and not isinstance(tap.target, Address)
