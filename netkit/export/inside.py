"""A conversation with TLS, as its two ends had it: what they said in the clear, and then what they said inside TLS."""

from __future__ import annotations

from dataclasses import replace

from netkit.i18n import _
from netkit.wire.conversation import Conversation, Ending, Event, Kind, Side
from netkit.wire.hello import find_hello

__all__ = ["inside", "outside", "tls_begins", "unknown"]


def tls_begins(conversation: Conversation) -> int | None:
    """The index of the event with which TLS begins: the client's ClientHello. None: there is no TLS."""
    if conversation.transport != "tcp":
        return None
    hello = find_hello(conversation.events)
    if hello is None:
        return 0 if conversation.said else None  # it was not kept
    return hello.event


def inside(conversation: Conversation) -> Conversation | None:
    """The same conversation for the two ends: TLS stands in it as one event, and then what was said inside.

    It is explained as one dialogue: by what was said in the clear a protocol knows how the ends came to TLS.

    Returns:
        None where there is no TLS.
    """
    begins = tls_begins(conversation)
    if begins is None:
        return None
    return _with(conversation, (*_before(conversation, begins), *conversation.said))


def outside(conversation: Conversation) -> Conversation | None:
    """The same conversation for the wire, with all of the ciphertext as one event; None where there is no TLS.

    How many bytes the ciphertext takes, and whether the connection then ends with FIN or RST, differs from time to
    time. This does not: of what happened after TLS had begun, only what a fault did is left.
    """
    begins = tls_begins(conversation)
    if begins is None:
        return None
    faults = (e for e in conversation.events[begins:] if e.side is Side.TAP and e.kind in (Kind.END, Kind.RESET))
    left = _with(conversation, (*_before(conversation, begins), *faults))
    ended = left.ending in (Ending.CLOSED, Ending.RESET)
    return replace(left, ending=Ending.ENDED) if ended else left


def unknown(conversation: Conversation) -> str:
    """Why there is only ciphertext, and what to do."""
    said = _(
        "What the ends said inside TLS is not known here: the tap has no key to it. A Python client tells netkit "
        "itself when it uses netkit's context, such as context=mail.context."
    )
    if not conversation.secrets:
        return said
    return said + " " + _("Saved for Wireshark, the conversation has the server's keys with it: Wireshark decrypts it.")


def _before(conversation: Conversation, begins: int) -> tuple[Event, ...]:
    """What was said in the clear, and TLS."""
    time = conversation.events[begins].time if begins < len(conversation.events) else 0.0
    return (*conversation.events[:begins], Event(time, time, Side.CLIENT, Kind.TLS))


def _with(conversation: Conversation, events: tuple[Event, ...]) -> Conversation:
    sizes = dict.fromkeys(Side, 0)
    for event in events:
        if event.arrived or event.kind is Kind.GAP:
            sizes[event.stream] += event.size
    return replace(
        conversation,
        events=events,
        from_client=sizes[Side.CLIENT],
        from_server=sizes[Side.SERVER],
        said=(),
        secrets="",
    )
