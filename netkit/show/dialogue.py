"""A dialogue to read, without an inspector's tools: for a lesson that wants to show a few lines of it."""

from __future__ import annotations

import html
from dataclasses import replace

from netkit.errors import BadInput
from netkit.export import Recorded, newest
from netkit.export.inside import inside, outside
from netkit.export.rows import rows
from netkit.export.text import named, summary, transcript
from netkit.i18n import _, ngettext
from netkit.show import views
from netkit.show.panel import Panel

MOST = 300  # rows; of more, the last ones: an inspector has pages


def dialogue(what: Recorded, last: int | None = None) -> Panel:
    """Show what was said in a conversation, line by line, and what it means.

    Args:
        what: a conversation; a server stands for its newest one.
        last: only so many rows, those at its end; without it all (at most 300).

    Raises:
        BadInput: there is no conversation, or last is no number of rows.
    """
    if last is not None and (isinstance(last, bool) or not isinstance(last, int) or last < 1):
        raise BadInput(_("last is a number of rows, 1 or more, or None for all; not {value!r}.").format(value=last))
    talk = newest(what)[-1]
    ends, wire = inside(talk), outside(talk)
    if ends is not None and wire is not None:  # of TLS, what was said: the wire's part differs from time to time
        talk = replace(ends, ending=wire.ending)
    said = rows(talk).rows
    start = max(0, len(said) - min(last or MOST, MOST))
    before = said[start - 1].time if start else 0.0
    left_out = ngettext("… {n} row before", "… {n} rows before", start).format(n=start) if start else ""
    parts = [f"<b>{html.escape(named(talk))}</b>", html.escape(summary(talk)), left_out]
    top = "".join(f"<span>{part}</span> " for part in parts if part)
    text = transcript(talk, limit=None, start=start)
    return Panel(f'<div class="nk-heading">{top}</div>', text, views.dialogue(said[start:], before))
