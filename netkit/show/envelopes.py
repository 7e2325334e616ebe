"""Letters side by side: what their envelopes say, what their headers say, and in which of it they differ."""

from __future__ import annotations

import html
from collections.abc import Sequence

from netkit.errors import BadInput
from netkit.export.letters import Letter, Row, envelope_rows, header_rows
from netkit.export.rows import shorten
from netkit.i18n import _
from netkit.show.panel import Panel

MOST = 4  # letters beside each other
WIDTH = 60  # characters of a value in the text
_ENVELOPE, _HEADER = ("MAIL FROM", "RCPT TO"), ("From", "To", "Cc", "Subject")

Line = tuple[str, str, Sequence[Sequence[Row]]]  # of the envelope or the header, which line, and each letter's rows


def envelopes(*letters: Letter) -> Panel:
    """Show the envelopes and headers of letters beside each other (RFC 5321 section 2.3.1).

    Args:
        *letters: two to four, such as ``mail.maildrop("guest")[-1]``.

    Raises:
        BadInput: it is something else, or another number of them.
    """
    if not 2 <= len(letters) <= MOST or not all(isinstance(letter, Letter) for letter in letters):
        text = _('Give two to {most} letters, such as mail.maildrop("guest")[-1]; not {value}.')
        raise BadInput(text.format(most=MOST, value=", ".join(type(one).__name__ for one in letters) or "()"))
    lines = _lines(letters)
    return Panel("", _text(lines, len(letters)), _table(lines, len(letters)))


def _lines(letters: Sequence[Letter]) -> list[Line]:
    found: list[Line] = []
    for title, rows_of, labels in ((_("Envelope"), envelope_rows, _ENVELOPE), (_("Header"), header_rows, _HEADER)):
        rows = [rows_of(letter) for letter in letters]
        for label in labels:
            said = [[row for row in each if row.label.lower() == label.lower()] for each in rows]
            if any(said):
                found.append((title, label, said))
    return found


def _differ(said: Sequence[Sequence[Row]]) -> bool:
    return len({tuple(row.value for row in rows) for rows in said}) > 1


def _names(n: int) -> list[str]:
    return [_("letter {name}").format(name="ABCD"[index]) for index in range(n)]


def _table(lines: Sequence[Line], n: int) -> str:
    heads = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in ["", "", *_names(n), ""])
    body = []
    before, differs = "", _("differs")
    for title, label, said in lines:
        cells = "".join(f"<td>{'<br>'.join(map(_cell, rows)) or '–'}</td>" for rows in said)
        word = f"<b>≠ {html.escape(differs)}</b>" if _differ(said) else "="
        group = html.escape(title) if title != before else ""
        before = title
        body.append(f'<tr><th scope="row">{group}</th><td><code>{label}</code></td>{cells}<td>{word}</td></tr>')
    return f'<table class="nk-table nk-envelopes"><thead><tr>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table>'


def _cell(row: Row) -> str:
    remarks = "".join(f'<div class="nk-remark">{html.escape(remark)}</div>' for remark in row.remarks)
    return f"<span>{html.escape(row.value)}</span>{remarks}"


def _text(lines: Sequence[Line], n: int) -> str:
    out = []
    before, differs = "", _("differs")
    for title, label, said in lines:
        if title != before:
            out.append(title)
        before = title
        out.append(f"  {label}" + (f"  ≠ {differs}" if _differ(said) else ""))
        for name, rows in zip(_names(n), said, strict=True):
            values = ", ".join(shorten(row.value, WIDTH) for row in rows) or "–"
            remarks = "".join(f"  ({remark})" for row in rows for remark in row.remarks)
            out.append(f"    {name}: {values}{remarks}")
    return "\n".join(out)
