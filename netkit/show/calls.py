"""XML-RPC calls: the XML of the call and of its answer, and beside it the Python values that it stands for."""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import islice

from netkit.errors import BadInput
from netkit.export import Recorded, chosen
from netkit.export.calls import Called, Half
from netkit.export.calls import calls as found_in
from netkit.export.text import named, shorten
from netkit.i18n import _, ngettext, octets
from netkit.protocols.text import visible
from netkit.protocols.xmlrpc import CALL, FAULT, multicall
from netkit.protocols.xmlrpc_rows import Row, brief, rows, summary
from netkit.show.markup import plain
from netkit.show.panel import Panel

MOST = 20  # calls that are shown; of more, the last ones
ROWS = 120  # of a message
LONG = 64  # rows; more are shown in a pane that scrolls
BYTES = 400  # of what cannot be read
INNER = 12  # calls within one that are listed
WIDTH = 56  # characters of the left column in the text


def calls(what: Recorded, last: int | None = None) -> Calls:
    """Show XML-RPC calls: each with its XML, indented, and the Python values beside it, and what came back.

    What does not fit its type, and XML that is not to be read (broken, too deep, with a DOCTYPE), is shown as bytes.
    Types are shown as with ``use_builtin_types=True``: datetime and bytes.

    Args:
        what: a conversation, several, or a server: then all that it has recorded.
        last: only so many calls, the last ones; without it all (at most 20).

    Raises:
        BadInput: there is no XML-RPC in it, or last is no number of calls.
    """
    if last is not None and (isinstance(last, bool) or not isinstance(last, int) or last < 1):
        raise BadInput(_("last is a number of calls, 1 or more, or None for all; not {value!r}.").format(value=last))
    talks = chosen(what)
    timed = [(talk.began + _begins(one), one) for talk in talks for one in found_in(talk)]
    found = [one for _time, one in sorted(timed, key=lambda pair: pair[0])]
    if not found:
        raise BadInput(_("There is no XML-RPC in {name}.").format(name=named(talks[-1])))
    return Calls(found[-min(last or MOST, MOST) :], len(found), _title(talks, what))


def _begins(one: Called) -> float:
    first = one.exchange.request or one.exchange.response
    return first.began if first else 0.0


def _title(talks: Sequence[object], what: Recorded) -> str:
    name = getattr(what, "name", "") or getattr(talks[-1], "name", "")
    return visible(str(name).encode(errors="replace"))


class Calls(Panel):
    """Calls, shown.

    Attributes:
        found: what is shown, as plain data.
    """

    def __init__(self, found: Sequence[Called], total: int, name: str) -> None:
        self.found = tuple(found)
        count = ngettext("{n} call", "{n} calls", total).format(n=total)
        left_out = total - len(found)
        said = [f"{name}: {count}"]
        if left_out:
            said.append(ngettext("… {n} call before", "… {n} calls before", left_out).format(n=left_out))
        top = "".join(f"<span>{html.escape(part)}</span> " for part in [count, *said[1:]])
        body = []
        for number, one in enumerate(found, left_out + 1):
            title = f"{number}. {_headline(one)}"
            parts = [part for part in (_Part.of_call(one), _Part.of_answer(one)) if part]
            said += [title, *(line for part in parts for line in part.lines())]
            heading = f"<h4>{plain(_seen(title))}</h4>"
            body.append(f'<section class="nk-call">{heading}{"".join(part.table() for part in parts)}</section>')
        head = f'<div class="nk-heading"><b>{html.escape(name)}</b> {top}</div>'
        whole = "".join(body)
        if len(said) > LONG:
            label = html.escape(_("the calls"))
            whole = f'<div class="nk-calls" role="region" tabindex="0" aria-label="{label}">{whole}</div>'
        super().__init__(head + whole, "\n".join(said))


def _headline(one: Called) -> str:
    """``add(1, 3) → 4``."""
    return f"{_called(one)} → {_came(one)}"


def _called(one: Called) -> str:
    if one.call is None:
        return _("a request that was not seen") if one.exchange.request is None else _("no call of XML-RPC")
    if one.call.said is None:
        return _("a call that cannot be read")
    return summary(one.call.said) if one.call.said.kind == CALL else _("an answer in place of a call")


def _came(one: Called) -> str:
    response = one.exchange.response
    if one.answer is not None:
        said = one.answer.said
        return summary(said) if said is not None else _("an answer that cannot be read")
    if response is None:
        return _("no answer")
    return _("HTTP status {status}").format(status=f"{response.status} {response.reason}".strip())


class _Part:
    """A table: of the call, or of what came back."""

    def __init__(self, title: str, half: Half, about: Sequence[str]) -> None:
        self.title = title
        said = half.said
        self.rows = list(islice(rows(said), ROWS)) if said else []
        self.notes = list(about)
        if said is None:
            self.notes.append(_("not read: {why}").format(why=half.problem))
            self.rows = [Row(visible(half.data[:BYTES]) + ("…" if len(half.data) > BYTES else ""))]
            self.rows[0] = Row(self.rows[0].xml, brief(half.data))
        elif len(self.rows) == ROWS:
            self.notes.append(_("only the first {n} rows are shown").format(n=ROWS))
        if said is not None and (within := multicall(said)) is not None:
            n = len(within)
            text = ngettext("{n} call in one request: {calls}", "{n} calls in one request: {calls}", n)
            names = [f"{name}({', '.join(brief(one, 20) for one in given)})" for name, given in within[:INNER]]
            self.notes.append(text.format(n=n, calls=", ".join(names) + (", …" if n > INNER else "")))

    @classmethod
    def of_call(cls, one: Called) -> _Part | None:
        request = one.exchange.request
        if one.call is None or request is None:
            return None
        target = visible(request.target.encode(errors="surrogateescape"))
        return cls(_("call"), one.call, [f"{request.method} {shorten(target, 80)}", octets(len(one.call.data))])

    @classmethod
    def of_answer(cls, one: Called) -> _Part | None:
        response = one.exchange.response
        if one.answer is None or response is None:
            return None
        fault = one.answer.said is not None and one.answer.said.kind == FAULT
        return cls(
            _("fault") if fault else _("answer"), one.answer, [str(response.status), octets(len(one.answer.data))]
        )

    def lines(self) -> list[str]:
        """As text."""
        out = [f"   {self.title}: " + " · ".join(map(_seen, self.notes))]
        for row in self.rows:
            xml, python = _seen(row.xml), _seen(row.python)
            beside = python + (f"  ← {row.problem}" if row.problem else "")
            out.append(f"     {xml:<{WIDTH}} {beside}".rstrip())
        return out

    def table(self) -> str:
        """As HTML."""
        about = " · ".join(plain(_seen(note)) for note in self.notes)
        body = "".join(map(_table_row, self.rows))
        heads = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in ("XML", _("in Python")))
        return (
            f'<table class="nk-table nk-xml"><caption><b>{html.escape(self.title)}</b> {about}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        )


def _table_row(row: Row) -> str:
    problem = f' <span class="nk-wrong">{html.escape(row.problem)}</span>' if row.problem else ""
    xml, python = plain(_seen(row.xml)), plain(_seen(row.python))
    return f"<tr><td><code>{xml}</code></td><td><code>{python}</code>{problem}</td></tr>"


def _seen(text: str) -> str:
    """With what cannot be seen made visible; a backslash stays as it is, as Python's own escapes have some."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c == "\N{NO-BREAK SPACE}" else visible(c.encode(errors="replace")) for c in text
    )
