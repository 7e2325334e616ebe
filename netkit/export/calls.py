"""The XML-RPC calls of conversations, for what shows or judges them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from netkit.export.exchanges import exchanges
from netkit.protocols.http_exchanges import Exchange, Request, Response
from netkit.protocols.xmlrpc import Message, message
from netkit.protocols.xmlrpc_xml import Refused
from netkit.wire.conversation import Conversation

__all__ = ["Called", "Half", "calls"]

_BEGINS = re.compile(rb"<method(?:Call|Response)\b")
LOOKED_AT = 1 << 16  # bytes in which XML-RPC is looked for; before it there may be a DOCTYPE


@dataclass(frozen=True)
class Half:
    """A call, or what came back.

    Attributes:
        said: the message; None where it cannot be read.
        data: the content of the request or of the response, without its codings.
        problem: why it cannot be read, in words; "" where it can.
    """

    said: Message | None
    data: bytes
    problem: str = ""


@dataclass(frozen=True)
class Called:
    """An exchange of HTTP in which something was called.

    Attributes:
        exchange: its request and its response.
        call: what was called; None where no request was seen.
        answer: what came back; None where nothing came, or no XML-RPC: then the response says more.
    """

    exchange: Exchange
    call: Half | None
    answer: Half | None


def calls(conversation: Conversation) -> list[Called]:
    """The calls in a conversation, in the order in which they began; whatever it was, nothing is raised."""
    found = []
    for one in exchanges(conversation):
        call, answer = _half(one.request), _half(one.response)
        if call or answer:
            found.append(Called(one, call, answer))
    return found


def _half(of: Request | Response | None) -> Half | None:
    """None where it is no XML-RPC."""
    if of is None or not _BEGINS.search(of.content, 0, LOOKED_AT):
        return None
    try:
        said = message(of.content)
    except Refused as refused:
        return Half(None, of.content, "; ".join(filter(None, [str(refused), *of.problems])))
    return None if said is None else Half(said, of.content)
