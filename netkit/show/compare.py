"""Two HTTP exchanges in two columns, with what differs marked."""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import groupby, zip_longest

from netkit.errors import BadInput
from netkit.export import Source, newest
from netkit.export.exchanges import exchanges
from netkit.export.text import named
from netkit.i18n import _, ngettext
from netkit.protocols.http_exchanges import Exchange
from netkit.show.differences import Difference, Kind, differences, in_words, text, words
from netkit.show.markup import plain
from netkit.show.panel import Panel
from netkit.wire.conversation import Conversation

MOST = 20  # pairs of exchanges that are shown
MOST_SAME = 5  # lines of content that are the same, one below the other

Compared = Exchange | Conversation | Source


def compare(left: Compared, right: Compared) -> Panel:
    """Two HTTP exchanges side by side: what is the same, what changed, what only one of them has.

    Args:
        left: an exchange, a conversation (each of its exchanges is compared with the other's in the same place), or a
            server: then its newest conversation.
        right: the other one.

    Raises:
        BadInput: it is something else, or there is no HTTP in it.
    """
    names = _named(left, _("left")), _named(right, _("right"))
    pairs = list(zip_longest(_exchanges(left), _exchanges(right), fillvalue=Exchange(None, None)))
    found = [differences(*pair) for pair in pairs[:MOST]]
    more = len(pairs) - len(found)
    left_out = ngettext("{n} more exchange is not shown.", "{n} more exchanges are not shown.", more).format(n=more)
    said = [_heading(names, found)]
    said += [_of(number, len(found)) + text(one) for number, one in enumerate(found)]
    body = f"<p>{html.escape(said[0])}</p>"
    body += "".join(_table(names, one, _of(number, len(found))) for number, one in enumerate(found))
    if more:
        said.append(left_out)
        body += f'<p class="nk-quiet">{html.escape(left_out)}</p>'
    return Panel(f'<div class="nk-compare">{body}</div>', "\n".join(said))


def _exchanges(what: Compared) -> list[Exchange]:
    if isinstance(what, Exchange):
        return [what]
    talk = newest(what)[-1]
    found = exchanges(talk)
    if not any(said is not None and said.version for one in found for said in (one.request, one.response)):
        raise BadInput(_("There is no HTTP in {name}.").format(name=named(talk)))
    return found


def _named(what: Compared, side: str) -> str:
    return side if isinstance(what, Exchange) else f"{side}: {named(newest(what)[-1])}"


def _heading(names: tuple[str, str], found: Sequence[Sequence[Difference]]) -> str:
    n = sum(one.kind is not Kind.SAME for rows in found for one in rows if one.name.lower() != "date")
    count = ngettext("{n} difference", "{n} differences", n).format(n=n) if n else _("no difference")
    return f"{names[0]} | {names[1]} — {count}"


def _of(number: int, total: int) -> str:
    """Which exchange this is, where there are several."""
    return _("exchange {n} of {total}").format(n=number + 1, total=total) + "\n" if total > 1 else ""


def _table(names: tuple[str, str], found: Sequence[Difference], caption: str) -> str:
    heads = (_("compared"), _("what"), *names)
    titles = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in heads)
    body = "".join(
        f'<tbody><tr><th colspan="4" scope="rowgroup">{html.escape(part)}</th></tr>{_rows(list(rows))}</tbody>'
        for part, rows in groupby(found, lambda one: one.part)
    )
    label = f"<caption>{html.escape(caption.strip())}</caption>" if caption else ""
    return f'<table class="nk-table nk-fields-of">{label}<thead><tr>{titles}</tr></thead>{body}</table>'


def _rows(found: Sequence[Difference]) -> str:
    """A row for each; of many lines of content that are the same, the first and the last."""
    out: list[str] = []
    for folds, run in groupby(found, lambda one: one.kind is Kind.SAME and one.line > 0):
        rows = list(run)
        if not folds or len(rows) <= MOST_SAME:
            out += map(_row, rows)
            continue
        n = len(rows) - 2
        more = ngettext("{n} line more is the same", "{n} lines more are the same", n).format(n=n)
        out += [_row(rows[0]), f'<tr class="nk-same"><td></td><td>…</td><td colspan="2">{html.escape(more)}</td></tr>']
        out.append(_row(rows[-1]))
    return "".join(out)


def _row(one: Difference) -> str:
    if one.kind is Kind.CHANGED:
        left, right = (_marked(parts) for parts in words(one.left, one.right))
    else:
        left, right = plain(one.left), plain(one.right)
    sign = f'<span aria-hidden="true">{one.kind.value}</span> {html.escape(in_words(one.kind))}'
    return (
        f'<tr class="nk-{one.kind.name.lower()}"><td>{sign}</td><td>{html.escape(one.name)}</td>'
        f"<td><code>{left}</code></td><td><code>{right}</code></td></tr>"
    )


def _marked(parts: Sequence[tuple[str, bool]]) -> str:
    return "".join(plain(part) if same else f"<mark>{plain(part)}</mark>" for part, same in parts)
