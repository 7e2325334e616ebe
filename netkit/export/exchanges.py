"""The HTTP exchanges of conversations, for what exports or compares them."""

from __future__ import annotations

from netkit.errors import BadInput
from netkit.export import Source, newest
from netkit.export.rows import as_pieces
from netkit.i18n import _
from netkit.protocols import http_exchanges
from netkit.protocols.http_exchanges import Exchange, Request
from netkit.wire.conversation import Conversation

__all__ = ["Exchanged", "exchanges", "last_request", "url"]

Exchanged = Exchange | Request | Conversation | Source
"""An exchange, its request, a conversation (the last exchange of it), or a server (of its newest conversation)."""


def exchanges(conversation: Conversation) -> list[Exchange]:
    """The exchanges of a conversation, in the order in which they began; whatever it was, nothing is raised."""
    return http_exchanges.exchanges(as_pieces(conversation))


def last_request(what: Exchanged) -> Request:
    """The request that is meant.

    Raises:
        BadInput: there is none, or it is something else.
    """
    if isinstance(what, Request):
        return what
    found = [what] if isinstance(what, Exchange) else exchanges(newest(what)[-1])
    requests = [one.request for one in found if one.request is not None and one.request.method]
    if not requests:
        raise BadInput(_("There is no HTTP request in it."))
    return requests[-1]


def url(request: Request, server: str = "") -> str:
    """The target URI of a request (RFC 9112, section 3.3).

    Args:
        request: the request.
        server: the address that it was sent to, in case that it does not name a host.
    """
    if "://" in request.target.partition("?")[0]:
        return request.target
    if request.method == "CONNECT":
        return f"http://{request.target}"
    path = "" if request.target == "*" else request.target
    return f"http://{request.value('host') or server or 'localhost'}{path if path[:1] in ('', '/') else '/' + path}"
