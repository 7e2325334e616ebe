"""What the inspector shows, as HTML: pure functions. All that came over a wire is escaped."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from netkit.export.rows import Row, caller, ending, explanation, happened, sized, way
from netkit.export.text import shorten
from netkit.i18n import _, ngettext, octets
from netkit.protocols.text import visible
from netkit.show.markup import Mark, hex_rows, marked, plain, text
from netkit.wire.conversation import Conversation, Event, Kind, Side

LONGEST = 600  # characters of one row's text
PIECE = 200  # bytes of a piece that are shown as text
PIECE_HEX = 12  # bytes of a piece that are shown in hexadecimal


class Said(NamedTuple):
    """A part of what one side said: its bytes, the number of the first one, and how many there are in all."""

    side: Side
    data: bytes
    offset: int
    total: int
    marks: Sequence[Mark] = ()


class Piece(NamedTuple):
    """An event of the wire: its number among the pieces of its side (0: no piece), and what to say of its ends."""

    event: Event
    number: int = 0
    notes: Sequence[str] = ()
    marks: Sequence[Mark] = ()


def options(conversations: Sequence[Conversation]) -> list[str]:
    """Conversations as lines of a list, in columns: number, how many bytes went each way, how it ended.

    And who the client was, where that is a server of netkit.
    """
    ends = ("; ".join(filter(None, [ending(c), caller(c)])) for c in conversations)
    numbers = ((f"{c.number}", octets(c.from_client), octets(c.from_server)) for c in conversations)
    cells = [[*each, end] for each, end in zip(numbers, ends, strict=True)]
    wide = [max(map(len, column), default=0) for column in zip(*cells, strict=True)]
    there, back = way(Side.CLIENT), way(Side.SERVER)
    return [
        f"{n:>{wide[0]}}  {there} {sent:>{wide[1]}}  {back} {got:>{wide[2]}}  {end}".rstrip()
        for n, sent, got, end in cells
    ]


def empty(address: str, transport: str, running: bool = True) -> str:
    """What to do when nothing has been recorded."""
    if not running:
        what = _("It does not run now: run the cell that starts it, then connect.")
    elif _nowhere(address):
        what = _("No data connection yet. Each one gets a port of its own, and what passes over it appears here.")
    elif transport == "udp":
        what = _("Nobody has sent a datagram yet. Send one to {address}, and what is said appears here.")
    else:
        what = _("No one has connected yet. Connect to {address}, and what is said appears here.")
    where = f"<code>{html.escape(address)}</code>"
    return f'<p class="nk-empty">{html.escape(what).format(address=where)}</p>'


def heading(name: str, transport: str, address: str, kept: int, recorded: int, running: bool = True) -> str:
    """Above all: which server this is, and how many conversations there are."""
    count = ngettext("{n} conversation", "{n} conversations", recorded).format(n=recorded)
    if kept < recorded:
        count += " " + _("({n} kept)").format(n=kept)
    where = transport.upper() if _nowhere(address) else f"{transport.upper()} {address}"
    parts = [f"<b>{html.escape(name)}</b>", f"<code>{html.escape(where)}</code>", count]
    if not running:
        stopped = _("does not run now")
        parts.append(f'<b class="nk-wrong">{html.escape(stopped)}</b>')
    return '<div class="nk-heading">{}</div>'.format(" ".join(f"<span>{part}</span>" for part in parts))


def _nowhere(address: str) -> bool:
    """Whether it is no address to connect to: FTP's data connections have none before the first of them."""
    return address.endswith(":0")


def status(message: str, kind: str = "nk-quiet") -> str:
    """A message that a screen reader reads out; ``nk-wrong`` for a mistake, ``nk-broken`` for faults in force."""
    return f'<div role="status" class="{kind}">{html.escape(message)}</div>'


def nothing(why: str) -> str:
    """Why there is nothing to see."""
    return f'<p class="nk-empty">{html.escape(why)}</p>'


def dialogue(rows: Sequence[Row], before: float, marks: Sequence[Sequence[Mark]] = ()) -> str:
    """What was said, a line a row, and what it means.

    Args:
        rows: one page of them.
        before: the time of the row before the first one, in seconds.
        marks: for each row what to mark in its line's bytes; may be left out.
    """
    if not rows:
        return nothing(_("Nothing has been said yet."))
    out = []
    for index, row in enumerate(rows):
        meaning = f'<span class="nk-meaning">{html.escape(explanation(row))}</span>' if row.meaning else ""
        said = _line(row, marks[index] if marks else ())
        size = "" if row.size is None else f"{row.size}"
        head = _times(row.time, before) + _way(row.side, row.kind)
        out.append(
            f'<tr class="{_kind(row.side, row.kind)}">{head}<td>{size}</td>'
            f'<td><div class="nk-said"><span>{said}</span>{meaning}</div></td></tr>'
        )
        before = row.time
    heads = [_("ms"), _("+ ms"), _("direction"), _("bytes"), _("text and meaning")]
    narrow = "" if any(row.meaning for row in rows) else " nk-plain"
    return _table(_("Dialogue"), heads, out, "nk-dialogue" + narrow)


def texts(parts: Iterable[Said]) -> str:
    """What each side said as text, with visible control characters."""
    return _sides(parts, lambda said: text(said.data, said.marks, lines=True))


def hexes(parts: Iterable[Said]) -> str:
    """What each side said in hexadecimal."""
    return _sides(parts, lambda said: hex_rows(said.data, said.offset, said.marks), "nk-hex")


def pieces(shown: Sequence[Piece], before: float, summary: Sequence[str], note: str) -> str:
    """The bytes as they were cut into pieces on the wire.

    Args:
        shown: one page of them.
        before: the time of the piece before the first one, in seconds.
        summary: on each side's pieces a sentence.
        note: what is to be said of all.
    """
    out = []
    for piece in shown:
        event = piece.event
        number = f"{piece.number}" if piece.number else ""
        size = f"{event.size}" if sized(event) else ""
        notes = "".join(f'<span class="nk-meaning">{html.escape(say)}</span>' for say in piece.notes)
        out.append(
            f'<tr class="{_kind(event.side, event.kind)}"><td>{number}</td>{_times(event.time, before)}'
            f'{_way(event.side, event.kind)}<td>{size}</td><td><div class="nk-said"><span>{_piece(piece)}</span>'
            f"<code>{_octets(event)}</code>{notes}</div></td></tr>"
        )
        before = event.time
    said = "".join(f"<li>{html.escape(line)}</li>" for line in summary)
    heads = [_("no."), _("ms"), _("+ ms"), _("direction"), _("bytes"), _("text and bytes in hexadecimal")]
    table = _table(_("Pieces"), heads, out, "nk-pieces")
    return f'<ul class="nk-summary">{said}<li class="nk-quiet">{html.escape(note)}</li></ul>{table}'


def sizes_in_words(sizes: Sequence[int], datagrams: bool) -> str:
    """'6 pieces of 3 bytes', '4 pieces of 1 to 9 bytes'."""
    n, least, most = len(sizes), min(sizes), max(sizes)
    if datagrams:
        count = ngettext("{n} datagram", "{n} datagrams", n).format(n=n)
    else:
        count = ngettext("{n} piece", "{n} pieces", n).format(n=n)
    if least == most:
        return _("{count} of {size}").format(count=count, size=octets(most))
    if n > 2 and len(set(sizes[:-1])) == 1 and sizes[-1] < most:
        return _("{count} of {size}, the last of {last}").format(count=count, size=octets(most), last=octets(sizes[-1]))
    return _("{count} of {least} to {most}").format(count=count, least=least, most=octets(most))


def _line(row: Row, marks: Sequence[Mark]) -> str:
    if row.line is not None and marks:
        if visible(row.line.data) == row.text:
            return text(row.line.data, marks)
        now = any(mark.now for mark in marks)  # the text is not the bytes themselves: a DNS message
        return marked(plain(row.text), Mark(0, 0, now))
    return plain(shorten(row.text, LONGEST))


def _piece(piece: Piece) -> str:
    event = piece.event
    if not event.arrived:
        return plain(happened(event, PIECE))
    room = max([PIECE, *(mark.end for mark in piece.marks if mark.now)])  # the hit is seen in any case
    if room >= len(event.data):
        return text(event.data, piece.marks)
    end = room  # it is this view that cuts here, not the wire: no character in two (RFC 3629 section 3)
    while end > room - 3 and event.data[end] & 0xC0 == 0x80:
        end -= 1
    return text(event.data[:end], piece.marks) + "…"


def _octets(event: Event) -> str:
    return event.data[:PIECE_HEX].hex(" ") + (" …" if len(event.data) > PIECE_HEX else "")


def _sides(parts: Iterable[Said], body: Callable[[Said], str], kind: str = "nk-text") -> str:
    out = []
    for said in parts:
        if said.total and not said.data:
            continue  # this side has fewer pages than the other
        size = octets(said.total)
        if len(said.data) < said.total:
            size = _("bytes {first} to {last} of {total}").format(
                first=said.offset, last=said.offset + len(said.data) - 1, total=size
            )
        name = f"{way(said.side)}: {size}"
        out.append(
            f'<section class="nk-{said.side.value}"><h4>{_arrow(said.side)}<span>{html.escape(size)}</span></h4>'
            f'<pre class="{kind}" aria-label="{html.escape(name)}">{body(said)}</pre></section>'
        )
    return "".join(out)


def _table(name: str, heads: Sequence[str], rows: Iterable[str], kind: str) -> str:
    cells = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    return (
        f'<table class="{kind}" aria-label="{html.escape(name)}"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _kind(side: Side, kind: Kind) -> str:
    said = kind in (Kind.DATA, Kind.TAKEN)
    return f"nk-{side.value}" + ("" if said else " nk-event") + ("" if kind is Kind.DATA else f" nk-{kind.value}")


def _times(time: float, before: float) -> str:
    return f"<td>{time * 1000:.1f}</td><td>{(time - before) * 1000:+.1f}</td>"


def _way(side: Side, kind: Kind) -> str:
    return f"<td>{_arrow(side, kind)}</td>"


def _arrow(side: Side, kind: Kind = Kind.END) -> str:
    return f'<span class="nk-way">{html.escape(way(side, kind))}</span>'
