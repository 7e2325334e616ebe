"""What was said in a conversation and what else happened in it, row by row and in words."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netkit import protocols
from netkit.i18n import _, ngettext, octets
from netkit.protocols.text import LONGEST, visible
from netkit.wire.conversation import Conversation, Ending, Event, Kind, Side


class Row(NamedTuple):
    """One row of a transcript: a line that was said, or something else that happened.

    Attributes:
        time: seconds since the conversation began.
        way: who speaks to whom, e.g. "client → server".
        size: how many bytes, or None where it is not about bytes.
        text: what was said, or what happened; printable, but not escaped for HTML.
        meaning: what it means, or "".
        kind: what it is: DATA for a line that was said; TAKEN for one that netkit took in the server's place.
        side: who said or did it.
        line: the line, where it was said.
    """

    time: float
    way: str
    size: int | None
    text: str
    meaning: str
    kind: Kind
    side: Side
    line: protocols.Line | None = None


class Said(NamedTuple):
    """The rows of a transcript, and how many more there are."""

    rows: list[Row]
    left_out: int


def rows(conversation: Conversation, limit: int | None = None, start: int = 0) -> Said:
    """What was said and what else happened, in order.

    Args:
        conversation: what was recorded.
        limit: at most so many rows; None for all.
        start: from this row on, counted from 0: for pages.
    """
    lines = explained(conversation)
    others = [(number, event) for number, event in enumerate(conversation.events) if _tells(event)]
    total = len(lines) + len(others)
    stop = total if limit is None else min(total, start + limit)

    def place(index: int) -> int:
        """In which row that other happening stands: after the lines that began before it."""
        return index + bisect_left(lines, others[index][0], key=lambda line: line.piece)

    at = bisect_left(range(len(others)), start, key=place)
    chosen: list[Row] = []
    for row in range(start, stop):
        if at < len(others) and (row - at >= len(lines) or lines[row - at].piece >= others[at][0]):
            chosen.append(_event_row(others[at][1]))
            at += 1
        else:
            line = lines[row - at]
            chosen.append(_line_row(line, conversation.events[line.piece]))
    return Said(chosen, max(0, total - stop))


def explained(conversation: Conversation) -> Sequence[protocols.Line]:
    """What both sides said, explained by the conversation's protocol; ``line.piece`` is the event's index."""
    return protocols.explain(conversation.protocol, as_pieces(conversation), conversation.transport == "udp")


def explanation(row: Row) -> str:
    """What a row means, and where that stands, in words: "asks for … [RFC 1035, section 4.1]"; or ""."""
    if not row.meaning or row.line is None or not row.line.source:
        return row.meaning
    source = re.sub(
        r"RFC (\d+), section ([\w.]+)",
        lambda found: _("RFC {number}, section {section}").format(number=found[1], section=found[2]),
        row.line.source,
    )
    return f"{row.meaning} [{source}]"


def ending(conversation: Conversation) -> str:
    """How it ended, in words; "" for datagrams, which have no end."""
    if conversation.transport == "udp" and conversation.ending in (Ending.OPEN, Ending.CLOSED):
        return ""
    return {
        Ending.OPEN: _("still open"),
        Ending.CLOSED: _("closed in good order"),
        Ending.RESET: _("broken off (RST)"),
        Ending.CUT: _("cut off by a fault"),
        Ending.DOWN: _("the server did not answer, the client was turned away (RST)"),
        Ending.REFUSED: _("another user of this machine, turned away (RST)"),
        Ending.STOPPED: _("open until the recording was stopped"),
        Ending.ENDED: _("ended"),
    }[conversation.ending]


def caller(conversation: Conversation) -> str:
    """Who the client is, if that is a server of netkit: the proxy, or the FTP server in active mode; else ""."""
    return _("the client here is {name}").format(name=conversation.speaker) if conversation.speaker else ""


def way(side: Side, kind: Kind = Kind.END) -> str:
    """Who speaks to whom, in words; of bytes that netkit took or said in the server's place, give the kind, too."""
    if kind is Kind.TAKEN:
        return _("client → netkit")
    if side is Side.TAP and kind in (Kind.DATA, Kind.LOST):
        return _("netkit → client")
    return {
        Side.CLIENT: _("client → server"),
        Side.SERVER: _("server → client"),
        Side.TAP: _("netkit → both"),
    }[side]


def happened(event: Event, width: int | None = None) -> str:
    """What an event is, in words; for bytes that arrived, themselves as text.

    Args:
        event: the event.
        width: at most so many characters of its bytes' text; None for all.
    """
    if event.arrived:
        return glimpse(event.data, width) if event.data else _("an empty datagram")
    if event.kind is Kind.LOST:
        return _("lost on the way: {text}").format(text=glimpse(event.data, width))
    if event.kind is Kind.TLS:
        return _("TLS begins: from here on the wire has ciphertext, which only the two ends can read")
    if event.kind is Kind.GAP:
        return ngettext(
            "{size} was passed on but not kept", "{size} were passed on but not kept", event.size
        ).format(size=octets(event.size))  # fmt: skip
    if event.side is Side.TAP:
        return _("FIN: closed by a fault") if event.kind is Kind.END else _("RST: broken off by a fault")
    return _("FIN: will send no more") if event.kind is Kind.END else _("RST: breaks the connection off")


def in_place(event: Event) -> str:
    """Of bytes that netkit took or said in the server's place, just that, in words; else ""."""
    if event.kind is Kind.TAKEN:
        return _("netkit took it: the server does not know of it")
    return _("netkit said it in the server's place") if event.side is Side.TAP and event.arrived else ""


def glimpse(data: bytes, width: int | None = None) -> str:
    """The beginning of the bytes as text, at most `width` characters; quick for long data, too."""
    if width is None:
        return visible(data)
    return shorten(visible(data[: 4 * (width + 1)]), width)  # a character takes at most 4 bytes


def shorten(text: str, width: int | None) -> str:
    r"""At most `width` characters of a `visible` text, with "…" for the rest; no escape such as ``\x9c`` is cut."""
    if width is None or len(text) <= width:
        return text
    cut = max(width - 1, 0)
    # A tail of an escape: a backslash and what follows it, as far as it does not reach its end.
    begun = re.search(r"(?<!\\)(?:\\\\)*(\\(?:x[0-9a-f]?|u[0-9a-f]{0,3}|U[0-9a-f]{0,7})?)$", text[:cut])
    return text[: begun.start(1) if begun else cut] + "…"


def grouped(n: int) -> str:
    """A number written as `octets` writes it: 65 495."""
    return f"{n:,}".replace(",", "\N{NO-BREAK SPACE}")


def sized(event: Event) -> bool:
    """Whether its size belongs beside its text."""
    return event.arrived or event.kind is Kind.LOST


def as_pieces(conversation: Conversation) -> Iterator[protocols.Piece]:
    """An event a piece, so that a piece's number is its event's index; what has no bytes is a break."""
    for event in conversation.events:
        if event.kind is Kind.TLS:
            yield protocols.TLS, event.time, b""
            continue
        data = event.data if event.data and event.arrived else b""
        yield ("client" if event.side is Side.CLIENT else "server"), event.time, data


def _tells(event: Event) -> bool:
    """Whether it is a row of its own, being no part of a line; an empty datagram (RFC 768) is one."""
    if event.arrived:
        return not event.data
    return event.kind is not Kind.GAP or event.size > 0


def _line_row(line: protocols.Line, event: Event) -> Row:
    remark = in_place(event) if event.side is Side.TAP else ""  # that a line of the client was taken, its way says
    meaning = "; ".join(filter(None, [remark, line.meaning]))
    way_ = way(event.side, event.kind)
    return Row(line.time, way_, len(line.data), line.text, meaning, event.kind, event.side, line)


def _event_row(event: Event) -> Row:
    size = event.size if sized(event) else None
    return Row(event.time, way(event.side, event.kind), size, happened(event, LONGEST), "", event.kind, event.side)
