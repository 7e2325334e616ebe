"""A URL explained, as HTML: the text with its parts marked and named, the tables, the steps. All of it is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from netkit.i18n import _, ngettext
from netkit.protocols import url_text as words
from netkit.protocols.url import ABSENT, Row, UrlParts
from netkit.protocols.url_note import shortened, visible
from netkit.protocols.url_parts import DELIMITER, Piece
from netkit.protocols.url_text import MOST_FIELDS, MOST_VALUE

MOST_PIECES = 60  # a text of tabs has as many pieces as characters
MOST_PIECE = 600  # characters of a piece that are shown

_NONE = ("None", "''", ABSENT)


def page(parts: UrlParts) -> str:
    """All that is to be said of it."""
    return picture(parts) + _notes(parts) + _table(parts) + _query(parts) + _joined(parts) + _python(parts)


def picture(parts: UrlParts) -> str:
    """The URL, with a bracket and a name under each part."""
    said = "".join(_piece(parts.text, piece) for piece in parts.pieces[:MOST_PIECES] if _shown(piece))
    if more := len(parts.pieces) - MOST_PIECES:
        text = ngettext("… and {n} piece more", "… and {n} pieces more", more).format(n=more)
        said += f"<i>{escape(text)}</i>" if more > 0 else ""
    said = said or "<i>" + escape(_("(empty)")) + "</i>"
    name = _("The URL with its parts")
    return f'<div class="nk-url" role="group" aria-label="{escape(name)}">{said}</div>'


def _shown(piece: Piece) -> bool:
    return piece.start < piece.stop or piece.name not in ("path", DELIMITER)


def _piece(text: str, piece: Piece) -> str:
    said = escape(visible(shortened(text[piece.start : piece.stop], MOST_PIECE)))
    if piece.name == DELIMITER:
        return f'<span class="nk-url-sign"><code>{said}</code></span>'
    name = words.label(piece.name)
    if piece.start == piece.stop:
        name = _("{part} (empty)").format(part=name)
    return f'<span class="nk-url-part nk-url-{piece.name}"><code>{said}</code><i>{escape(name)}</i></span>'


def _notes(parts: UrlParts) -> str:
    if not parts.notes:
        return ""
    items = "".join(
        f'<li class="nk-note-{note.kind}"><b>{escape(words.kind(note.kind))}</b> <span>{escape(note.text)}</span></li>'
        for note in parts.notes
    )
    return _section(_("Worth knowing"), f'<ul class="nk-notes">{items}</ul>')


def _table(parts: UrlParts) -> str:
    titles = (_("part"), "urlsplit", "urlparse", _("decoded"), _("what it is"))
    return _section(_("Its parts"), _grid("nk-url-table", titles, map(_row, parts.rows)))


def _row(row: Row) -> str:
    none = row.split in _NONE and row.parsed in _NONE
    label = words.label(row.name)
    name = f"<td><code>{escape(row.name)}</code>{'' if label == row.name else f' <small>{escape(label)}</small>'}</td>"
    if row.split == row.parsed:  # one cell for both: where they differ is seen at once
        values = f'<td colspan="2"><code>{_value(row.split)}</code></td>'
    else:
        values = "".join(f"<td><code>{_value(said)}</code></td>" for said in (row.split, row.parsed))
    decoded = f"<code>{_value(row.decoded)}</code>"
    if row.decoded.startswith("b"):
        decoded += f"<br><small>{escape(words.read_as(row.readings))}</small>"
    meaning = f'{escape(row.meaning)} <small class="nk-url-source">{escape(row.source)}</small>'
    return f"<tr{' class=nk-none' * none}>{name}{values}<td>{decoded}</td><td>{meaning}</td></tr>"


def _value(said: str) -> str:
    return escape(shortened(said, MOST_VALUE))


def _query(parts: UrlParts) -> str:
    if not parts.fields:
        return ""
    rows = []
    for field in parts.fields[:MOST_FIELDS]:
        name, value, said = words.value(field)
        rows.append(
            f"<tr><td><code>{escape(name)}</code></td><td><code>{escape(value)}</code></td><td>{escape(said)}</td></tr>"
        )
    titles = (_("name"), _("value"), _("remarks"))
    more = f"<p>{escape(words.left_out(parts))}</p>" if words.left_out(parts) else ""
    head = _("The query as names and values: parse_qsl(query, keep_blank_values=True)")
    return _section(head, _grid("nk-url-query-table", titles, rows) + more)


def _joined(parts: UrlParts) -> str:
    head = _("Joined to a base: urljoin(base, url)")
    if parts.joined is None:
        what = _("Write a base above to see what urljoin makes of both.")
        return _section(head, f'<p class="nk-quiet">{escape(what)}</p>')
    python = parts.joined.python
    result = parts.joined.error if python is None else python
    said = f'<p><code class="nk-url-target">{escape(visible(shortened(result, MOST_PIECE)))}</code></p>'
    steps = "".join(f"<li>{escape(step)}</li>" for step in parts.joined.steps)
    rows = [
        f"<tr{' class=nk-none' * (one.value is None)}><td>{escape(words.label(one.name))}</td>"
        f"<td><code>{escape(visible(shortened(one.value or '', MOST_VALUE)))}</code></td>"
        f"<td>{escape(words.whence(one.whence))}</td></tr>"
        for one in parts.joined.taken
    ]
    titles = (_("part"), _("by RFC 3986, section 5.2"), _("where from"))
    return _section(head, f"{said}<ol>{steps}</ol>{_grid('nk-url-joined', titles, rows)}")


def _python(parts: UrlParts) -> str:
    return _section(_("In Python"), f'<pre class="nk-program">{escape(words.program(parts))}</pre>')


def _section(title: str, body: str) -> str:
    return f'<section class="nk-url-section"><h4>{escape(title)}</h4>{body}</section>'


def _grid(name: str, titles: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    return f'<table class="nk-table {name}"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
