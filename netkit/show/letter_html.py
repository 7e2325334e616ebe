"""What the view of a letter shows, as HTML: pure functions. All that a letter says is escaped."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence

from netkit.export.letters import Letter, Row, envelope_rows, header_rows, subject
from netkit.export.rows import shorten
from netkit.i18n import _, ngettext, octets
from netkit.protocols import mime
from netkit.protocols.mime import Part
from netkit.show.markup import plain, text

FIELD = 300  # characters of a field's value that are shown
SUBJECT = 120  # characters of it in the heading
RAW = 20_000  # bytes of the header that are shown as they came
PREVIEW = 500_000  # bytes of a picture that is shown
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")  # which browsers draw, and which run nothing


def heading(letter: Letter) -> str:
    """Above all: which letter this is."""
    about = html.escape(shorten(subject(letter), SUBJECT))
    number = html.escape(_("letter {number}").format(number=letter.number))
    return (
        f'<div class="nk-heading"><span><b dir="auto">{about}</b></span> <span>{number}</span> '
        f"<span>{html.escape(octets(len(letter.data)))}</span></div>"
    )


def envelope_and_header(letter: Letter) -> str:
    """Beside each other: who gets the letter and who says so, and what its reader is told."""
    fields = mime.fields(letter.data)
    raw = b"".join(field.raw for field in fields)
    count = ngettext("{n} field as it came", "all {n} fields as they came", len(fields)).format(n=len(fields))
    more = ""
    if len(raw) > RAW:
        more = '<p class="nk-quiet">' + html.escape(_("… and {size} more").format(size=octets(len(raw) - RAW))) + "</p>"
    as_came = ""
    if fields:
        as_came = (
            f'<details class="nk-raw"><summary>{html.escape(count)}</summary>'
            f"<pre>{text(raw[:RAW], lines=True)}</pre>{more}</details>"
        )
    left = _column(_("Envelope"), _("for the servers: who gets it"), envelope_rows(letter))
    right = _column(_("Header"), _("for the reader: it decides nothing"), header_rows(letter), as_came)
    return f'<div class="nk-letter-top">{left}{right}</div>'


def said(part: Part, shown: str, remark: str) -> str:
    """A text part: how it is encoded, what was wrong with it, and one page of what it says."""
    return f'<section>{_how(part, remark)}<pre dir="auto">{html.escape(shown)}</pre></section>'


def nothing(words: str) -> str:
    """That there is nothing to be shown here."""
    return f'<p class="nk-empty">{html.escape(words)}</p>'


def page(part: Part, frame: str, remark: str, wanted: Sequence[str], n: int) -> str:
    """A part in HTML, in a frame (see `netkit.show.frame`).

    Args:
        part: the part.
        frame: the frame, as HTML.
        remark: what was wrong with its bytes.
        wanted: addresses from which it would have things fetched; some of them.
        n: how many there are in all.
    """
    note = _("No script of the letter runs here, no link leads anywhere, and nothing is fetched from elsewhere.")
    lines = [html.escape(note)]
    if n:
        text = ngettext(
            "Not fetched, so that nobody learns that it was read: {n} thing from elsewhere.",
            "Not fetched, so that nobody learns that it was read: {n} things from elsewhere.", n)  # fmt: skip
        found = " ".join(f"<code>{html.escape(shorten(address, 120))}</code>" for address in wanted)
        lines.append(f"<b>{html.escape(text.format(n=n))}</b> {found}")
    notes = "".join(f"<li>{line}</li>" for line in lines)
    return f'<section>{_how(part, remark)}<ul class="nk-notes">{notes}</ul>{frame}</section>'


def structure(parts: Sequence[Part]) -> str:
    """The parts as a tree."""
    rows = []
    for part in parts:
        size = "" if part.holds else octets(len(part.data))
        remarks = "".join(f'<div class="nk-remark">{html.escape(remark)}</div>' for remark in part.remarks)
        name = f" <b>{_short(part.name)}</b>" if part.name else ""
        indent = f"padding-inline-start: {8 + 18 * min(part.depth, 12)}px"
        rows.append(
            f'<tr><td style="{indent}">{_short(part.kind)}{remarks}</td>'
            f"<td>{_short(part.charset)}</td><td>{_short(part.encoding)}</td>"
            f"<td>{html.escape(size)}</td><td>{_short(part.disposition)}{name}</td></tr>"
        )
    if len(parts) >= mime.MOST_PARTS:
        more = _("{n} parts are shown, no more.").format(n=len(parts))
        rows.append(f'<tr><td colspan="5">{html.escape(more)}</td></tr>')
    heads = [_("content type"), _("character set"), _("transfer encoding"), _("size"), _("disposition and file name")]
    cells = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    name = html.escape(_("Structure"))
    return (
        f'<table class="nk-structure" aria-label="{name}"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def source(data: bytes) -> str:
    """A page of the letter's bytes."""
    name = html.escape(_("Source"))
    return f'<section><pre class="nk-text" aria-label="{name}">{text(data, lines=True)}</pre></section>'


def attachment(part: Part, preview: bool) -> str:
    """A file that came along: its name, type and size, and a small picture of it."""
    name = part.name or _("(without a name)")
    remarks = "".join(f'<span class="nk-remark">{html.escape(remark)}</span>' for remark in part.remarks)
    picture = ""
    if preview and part.kind in PICTURES and 0 < len(part.data) <= PREVIEW:
        coded = base64.b64encode(part.data).decode("ascii")
        alt = html.escape(_("the picture {name}").format(name=shorten(name, 60)))
        picture = f'<img class="nk-preview" src="data:{part.kind};base64,{coded}" alt="{alt}">'
    return (
        f'<div class="nk-file">{picture}<span><b dir="auto">{_short(name)}</b> <span class="nk-quiet">'
        f"{_short(part.kind)}, {html.escape(octets(len(part.data)))}</span> {remarks}</span></div>"
    )


def _column(title: str, purpose: str, rows: Sequence[Row], below: str = "") -> str:
    lines = "".join(
        f'<dt>{html.escape(row.label)}</dt><dd><span dir="auto">{_value(row.value)}</span>'
        + "".join(f'<span class="nk-remark">{html.escape(remark)}</span>' for remark in _few(row.remarks))
        + "</dd>"
        for row in rows
    )
    empty = html.escape(_("(empty)"))
    lines = lines or f'<dd class="nk-quiet">{empty}</dd>'
    return (
        f'<section aria-label="{html.escape(title)}"><h4><b>{html.escape(title)}</b> {html.escape(purpose)}</h4>'
        f"<dl>{lines}</dl>{below}</section>"
    )


def _value(value: str) -> str:
    """A field's value, shortened; its escapes are set off."""
    return plain(shorten(value, FIELD))


def _few(remarks: Sequence[str]) -> Sequence[str]:
    most = 5
    if len(remarks) <= most:
        return [shorten(remark, FIELD) for remark in remarks]
    more = _("… and {n} more").format(n=len(remarks) - most)
    return [*(shorten(remark, FIELD) for remark in remarks[:most]), more]


def _how(part: Part, remark: str) -> str:
    charset = part.charset or _("no character set named")
    encoding = part.encoding or _("no transfer encoding named: 7bit")
    what = " · ".join(shorten(one, 80) for one in (part.kind, charset, encoding, octets(len(part.data))))
    remarks = "".join(f'<p class="nk-remark">{html.escape(one)}</p>' for one in (*part.remarks, remark) if one)
    return f"<h4>{html.escape(what)}</h4>{remarks}"


def _short(value: str) -> str:
    return html.escape(shorten(value, 120))
