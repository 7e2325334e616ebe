"""How far a download is, and how fast, in words."""

from __future__ import annotations

from netkit.i18n import _, octets
from netkit.show.transfer import Transfer


def far(transfer: Transfer) -> str:
    """How far it is; without times, so that it is the same each time."""
    if transfer.last is None:
        return _("Nothing has been loaded yet.")
    received, total, percent = transfer.received, transfer.total, transfer.percent
    if total is None:
        return _("up to {bytes}; how many there will be was not announced").format(bytes=octets(received))
    if transfer.excess:
        return _("100 %, more than the {bytes} that were announced").format(bytes=octets(total))
    if transfer.complete:
        return _("100 %, {bytes}").format(bytes=octets(total))
    return _("{percent} %, {received} of {bytes}").format(
        percent=percent, received=f"{received:,}".replace(",", "\N{NO-BREAK SPACE}"), bytes=octets(total)
    )


def pace(transfer: Transfer) -> list[str]:
    """How long it has taken, how long it will take, and how fast it is."""
    if transfer.last is None:
        return []
    said = [_("elapsed: {time}").format(time=span(transfer.elapsed))]
    if transfer.remaining is not None:
        said.append(_("remaining: {time}").format(time=span(transfer.remaining)))
    if transfer.speed is not None:
        said.append(_("speed: {speed}").format(speed=rate(transfer.speed)))
    return said


def span(seconds: float) -> str:
    """A time: ``0.3 s``, ``42 s``, ``2 min 5 s``, ``3 h 20 min``."""
    if seconds < 9.95:
        return _("{n} s").format(n=f"{seconds:.1f}")
    whole = round(seconds)
    if whole < 60:
        return _("{n} s").format(n=whole)
    if whole < 3600:
        return _("{minutes} min {seconds} s").format(minutes=whole // 60, seconds=whole % 60)
    return _("{hours} h {minutes} min").format(hours=whole // 3600, minutes=whole % 3600 // 60)


def rate(speed: float) -> str:
    """A speed; 1 kB is 1000 bytes (IEC 80000-13)."""
    if speed < 999.5:
        return _("{n} B/s").format(n=f"{speed:.0f}")
    if speed < 999_500:
        return _("{n} kB/s").format(n=f"{speed / 1000:.0f}")
    return _("{n} MB/s").format(n=f"{speed / 1_000_000:.1f}")
