"""Conversations as plain text: for `print`, for tests, for a static page, and to take along."""

from __future__ import annotations

from dataclasses import replace

from netkit.export import Source
from netkit.export.inside import inside, outside, unknown
from netkit.export.rows import Said, caller, ending, explanation, happened, rows, shorten, sized, way
from netkit.i18n import _, ngettext, octets
from netkit.protocols.text import visible
from netkit.wire.conversation import Conversation, Kind, Side

__all__ = ["heading", "hexdump", "named", "pieces", "shorten", "summary", "transcript", "transcripts"]

LIMIT = 200  # rows
WIDTH = 120  # characters of a line's text

_ROW = 16  # bytes in a row of the hex dump


def transcript(
    conversation: Conversation,
    *,
    times: bool = False,
    limit: int | None = LIMIT,
    width: int | None = WIDTH,
    start: int = 0,
) -> str:
    """The conversation as text, line by line: who said what, and what it means.

    The same conversation gives the same text: without `times` there is no time, address or port in it, and of what is
    encrypted only that it is. With TLS, what the ends said inside follows, where it is known.

    Args:
        conversation: what was recorded.
        times: also say when: milliseconds since the conversation began, and since the row above; and the addresses.
        limit: at most so many rows; the text says how many were left out. None for all.
        width: at most so many characters of a line's text. None for all.
        start: from this row on, counted from 0.
    """
    wire = None if times else outside(conversation)
    said = rows(wire or conversation, limit, start)
    out = [heading(conversation) if wire is None else _encrypted(wire)]
    if times:
        out.append(_("  the client's address: {client}, the server's: {server}").format(
            client=conversation.client, server=conversation.server))  # fmt: skip
    if start:
        out.append("  " + ngettext("… {n} row before", "… {n} rows before", start).format(n=start))
    out += _rows(said, times, width)
    if not said.rows:
        out.append("  " + _("Nothing was said."))
    room = None if limit is None else limit - len(said.rows)
    return "\n".join(out + _inside(conversation, times, room, width))


def _rows(said: Said, times: bool, width: int | None) -> list[str]:
    out = []
    sizes = ["" if row.size is None else octets(row.size) for row in said.rows]
    wide = max(map(len, sizes), default=0)
    before = 0.0
    for row, size in zip(said.rows, sizes, strict=True):
        when = _when(row.time, before) if times else ""
        before = row.time
        text = shorten(row.text, width) + (f"  — {explanation(row)}" if row.meaning else "")
        out.append(f"  {when}{row.way}  {size:>{wide}}  {text}".rstrip(" "))
    if said.left_out:
        out.append("  " + _rows_left_out(said.left_out))
    return out


def _inside(conversation: Conversation, times: bool, room: int | None, width: int | None) -> list[str]:
    """What the ends said inside TLS; nothing where there is no TLS."""
    ends = inside(conversation)
    if ends is None:
        return []
    if not conversation.said:
        return ["  " + unknown(conversation)]
    begins = next(index for index, event in enumerate(ends.events) if event.kind is Kind.TLS)
    before = rows(replace(ends, events=ends.events[: begins + 1]), 0).left_out
    room = room if room is None else max(room, 1)
    return [_("Inside TLS, what the ends said:"), *_rows(rows(ends, room, before), times, width)]


def transcripts(source: Source, *, times: bool = False, limit: int = LIMIT) -> str:
    """All that a source has recorded, as text: the newest conversation stands last.

    Args:
        source: a tap or a server.
        times: see `transcript`.
        limit: at most so many rows in all; of what does not fit, the oldest conversations are left out.
    """
    kept = source.conversations
    texts: list[str] = []
    room = limit
    for conversation in reversed(kept):
        if texts and room <= 0:
            break
        text = transcript(conversation, times=times, limit=max(room, 1))
        room -= text.count("\n")
        texts.append(text)
    if not texts:
        texts.append(_("{name}: no conversation to show").format(name=source.name))
    left_out = source.recorded - len(kept[len(kept) - len(texts) :])
    if left_out > 0:
        more = ngettext("{n} older conversation is not shown.", "{n} older conversations are not shown.", left_out)
        texts.append(more.format(n=left_out))
    return "\n".join(reversed(texts))


def pieces(conversation: Conversation, *, limit: int | None = LIMIT, width: int | None = WIDTH) -> str:
    """The bytes as they were cut into pieces on the wire: one row a piece, in the order in which they were passed on.

    Args:
        conversation: what was recorded.
        limit: at most so many rows. None for all.
        width: at most so many characters of a piece's text. None for all.
    """
    shown = conversation.events if limit is None else conversation.events[:limit]
    out = [heading(conversation)]
    sizes = [octets(event.size) if sized(event) else "" for event in shown]
    wide = max(map(len, sizes), default=0)
    counted = len(str(len(shown)))
    for number, (event, size) in enumerate(zip(shown, sizes, strict=True), 1):
        text = happened(event, width)
        out.append(f"  {number:>{counted}}  {way(event.side, event.kind)}  {size:>{wide}}  {text}".rstrip(" "))
    if len(shown) < len(conversation.events):
        out.append("  " + _rows_left_out(len(conversation.events) - len(shown)))
    return "\n".join(out)


def hexdump(data: bytes, offset: int = 0) -> str:
    """Bytes in hexadecimal, 16 a row, with the offset before them and their ASCII characters beside them.

    A byte that is no printable ASCII character is a dot on the right.

    Args:
        data: the bytes; of many, give a page (a slice) at a time.
        offset: the number of the first byte, 0 for the beginning of a stream.
    """
    out = []
    for at in range(0, len(data), _ROW):
        row = data[at : at + _ROW]
        left, right = row[:8].hex(" "), row[8:].hex(" ")
        ascii_ = "".join(chr(octet) if 0x20 <= octet < 0x7F else "." for octet in row)
        out.append(f"{offset + at:08x}  {left:<23}  {right:<23}  |{ascii_}|")
    return "\n".join(out)


def heading(conversation: Conversation) -> str:
    """One line on the whole: its name and number, how it ended, how many bytes went each way."""
    return f"{named(conversation)}: {summary(conversation)}"


def named(conversation: Conversation) -> str:
    """Which conversation it is: "palindrome, conversation 1 (TCP)"."""
    return _("{name}, conversation {number} ({transport})").format(
        name=visible(conversation.name.encode(errors="replace")),
        number=conversation.number,
        transport=conversation.transport.upper(),
    )


def _encrypted(wire: Conversation) -> str:
    """The heading of a conversation with TLS, without the sizes: they differ from time to time."""
    return _("{name}: {ending}; encrypted with TLS").format(name=named(wire), ending=ending(wire))


def summary(conversation: Conversation) -> str:
    """How it ended, who the client was, where that is a server of netkit, and how many bytes went each way."""
    sums = ", ".join(
        f"{way(side)} {octets(size)}"
        for side, size in ((Side.CLIENT, conversation.from_client), (Side.SERVER, conversation.from_server))
    )
    return "; ".join(filter(None, [ending(conversation), caller(conversation), sums]))


def _when(time: float, before: float) -> str:
    ms = _("ms")
    return f"{time * 1000:10.1f} {ms} {(time - before) * 1000:+9.1f} {ms}  "


def _rows_left_out(n: int) -> str:
    return ngettext("… and {n} more row that is not shown", "… and {n} more rows that are not shown", n).format(n=n)
