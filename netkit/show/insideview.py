"""The view "Inside TLS": what the wire saw, and beside it what the ends said. All that came over a wire is escaped."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from netkit.export.inside import unknown
from netkit.export.rows import Row, explanation, happened, shorten, way
from netkit.export.turns import Turn, Turns
from netkit.i18n import _, ngettext, octets
from netkit.protocols import Line
from netkit.protocols.text import visible
from netkit.protocols.tls_records import record_name
from netkit.show.markup import Mark, marked, plain, text
from netkit.wire.conversation import Event, Kind, Side

TURNS = 40  # on a page
RECORDS = 5  # of a turn that are shown
LINES = 60  # of a turn that are shown
LONGEST = 400  # characters of one line's text
HEX = 8  # bytes of a record that are shown

Marks = Callable[[Line, int], Sequence[Mark]]
"""What to mark in a line; the number is how many lines were said before it."""


def page(turns: Turns, shown: Sequence[Turn], marks: Marks | None) -> str:
    """One page of turns, with a heading where they begin to be encrypted."""
    out = []
    part = None
    saw, said = _("what the wire saw"), _("what the ends said")
    for turn in shown:
        if turn.secure is not part:
            part = turn.secure
            out.append(_part(part))
        out.append(
            f'<tr class="nk-{turn.side.value}"><td>{turn.time * 1000:.1f}</td>'
            f'<td><span class="nk-way">{html.escape(way(turn.side))}</span></td>'
            f"<td>{_column(saw, _wire(turns, turn))}</td><td>{_column(said, _ends(turns, turn, marks))}</td></tr>"
        )
    heads = [_("ms"), _("direction"), saw, said]
    cells = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    name = html.escape(_("Inside TLS"))
    why = "" if turns.conversation.said else f'<p class="nk-why">{html.escape(unknown(turns.conversation))}</p>'
    table = f"<thead><tr>{cells}</tr></thead><tbody>{''.join(out)}</tbody>"
    return f'{why}<table class="nk-inside" aria-label="{name}">{table}</table>'


def _column(name: str, body: str) -> str:
    """A cell's text; its column's name is shown where the columns stand one below the other."""
    return f"<div><h5>{html.escape(name)}</h5>{body}</div>" if body else ""


def _part(secure: bool) -> str:
    if secure:
        said = _("Inside TLS: the wire has ciphertext, and only the two ends can read it")
    else:
        said = _("In the clear: the wire has what the ends said, and whoever is on the way can read it")
    kind = "nk-secure" if secure else "nk-open"
    return f'<tr class="nk-part {kind}"><th colspan="4" scope="colgroup">{html.escape(said)}</th></tr>'


def _wire(turns: Turns, turn: Turn) -> str:
    if turn.secure:
        records = turns.records(turn)
        found = [_record(turns, record) for record in records[:RECORDS]]
        if len(records) > RECORDS:
            n = len(records) - RECORDS
            left = sum(len(record.data) for record in records[RECORDS:])
            more = ngettext("… and {n} more record, {size}", "… and {n} more records, {size}", n)
            found.append(_quiet(more.format(n=n, size=octets(left))))
    else:
        events = [turns.conversation.events[index] for index in turn.wire]
        said = [event for event in events if event.arrived]
        found = [f"<div><span>{plain(happened(event, LONGEST))}</span></div>" for event in said[:LINES]]
        found += _more_lines(len(said) - LINES)
    for event in turns.marks(turn):
        found.append(_mark(event))
        if event.kind is Kind.RESET and event.side is Side.CLIENT and turn.secure:
            found.append(_quiet(_("A client does that, too, when it closes and has not read TLS's last record.")))
    return "".join(found)


def _record(turns: Turns, record: Line) -> str:
    name = record_name(record.data, turns.is_hello(record))
    octets_ = record.data[:HEX].hex(" ") + (" …" if len(record.data) > HEX else "")
    return f"<div><b>{html.escape(name)}</b> <i>{octets(len(record.data))}</i> <code>{octets_}</code></div>"


def _mark(event: Event) -> str:
    return _quiet(happened(event, LONGEST))


def _ends(turns: Turns, turn: Turn, marks: Marks | None) -> str:
    lines = turns.lines(turn)
    number = turns.first_line(turn) if marks and lines else 0
    out = [_line(line, marks(line, number + n) if marks else ()) for n, line in enumerate(lines[:LINES])]
    out += _more_lines(len(lines) - LINES)
    gaps = [turns.ends.events[index] for index in turn.said if turns.ends.events[index].kind is Kind.GAP]
    out += [_mark(event) for event in gaps if event.size and turn.secure]
    if not out and turn.secure and turns.records(turn):
        return _quiet(_("nothing: this is TLS's own, such as the handshake"))
    return "".join(out)


def _line(line: Line, marks: Sequence[Mark]) -> str:
    if not marks:
        said = plain(shorten(line.text, LONGEST))
    elif visible(line.data) == line.text:
        said = text(line.data, marks)
    else:  # the text is not the bytes themselves
        said = marked(plain(line.text), Mark(0, 0, any(mark.now for mark in marks)))
    side = Side(line.side)
    row = Row(line.time, way(side), len(line.data), line.text, line.meaning, Kind.DATA, side, line)
    meaning = f'<span class="nk-meaning">{html.escape(explanation(row))}</span>' if line.meaning else ""
    return f"<div><span>{said}</span>{meaning}</div>"


def _more_lines(n: int) -> list[str]:
    if n <= 0:
        return []
    more = ngettext('… and {n} more line: see "Save as text"', '… and {n} more lines: see "Save as text"', n)
    return [_quiet(more.format(n=n))]


def _quiet(said: str) -> str:
    return f'<div class="nk-quiet">{html.escape(said)}</div>'
