"""The four numbers of a live connection, as a picture."""

from __future__ import annotations

import html
import socket

from netkit.errors import BadInput
from netkit.i18n import _
from netkit.show.panel import Panel
from netkit.wire.address import Address


def endpoints(sock: socket.socket) -> Panel:
    """The addresses and ports at both ends of a connected TCP or UDP socket (RFC 9293 section 3.3.1).

    Raises:
        BadInput: the socket is closed, or not connected.
    """
    try:
        near, far = Address(*sock.getsockname()[:2]), Address(*sock.getpeername()[:2])
    except (OSError, TypeError, AttributeError) as problem:
        text = _("This is no socket with two ends: it is closed or not connected, or something else ({why}).")
        raise BadInput(text.format(why=problem)) from None
    ends = _end(_("this end"), near, "getsockname()") + '<div class="nk-link" aria-hidden="true">⟷</div>'
    ends += _end(_("the other end"), far, "getpeername()")
    return Panel(f'<div class="nk-ends">{ends}</div>', f"{_('this end')} {near} ⟷ {_('the other end')} {far}")


def _end(title: str, address: Address, call: str) -> str:
    rows = ((_("address"), address.host), (_("port"), str(address.port)))
    cells = "".join(f"<dt>{html.escape(a)}</dt><dd><code>{html.escape(b)}</code></dd>" for a, b in rows)
    return f'<div class="nk-end"><b>{html.escape(title)}</b> <code>{call}</code><dl>{cells}</dl></div>'
