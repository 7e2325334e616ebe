"""The handlers of an opener in the order in which a request meets them, as a picture and as text."""

from __future__ import annotations

import html
from itertools import groupby
from urllib.parse import urlsplit
from urllib.request import OpenerDirector

from netkit.errors import BadInput
from netkit.i18n import _, ngettext
from netkit.show.compose_words import shown
from netkit.show.opener_chain import Asked, Origin, Stage, chain, protocols
from netkit.show.panel import Panel

MOST = 60  # handlers that are shown


def handlers(opener: OpenerDirector, url: str = "http") -> Panel:
    """Whom an opener asks for a request, one after the other.

    Args:
        opener: what ``urllib.request.build_opener()`` gave.
        url: a URL or its protocol: ``"http"``, ``"https://127.0.0.1/"``, ``"ftp"`` …

    Raises:
        BadInput: it is no opener, or no URL.
    """
    if not isinstance(opener, OpenerDirector):
        text = _("handlers() takes an opener, as urllib.request.build_opener() makes it; not {kind}.")
        raise BadInput(text.format(kind=type(opener).__name__))
    protocol = _protocol(url)
    asked = chain(opener, protocol)
    others = [name for name in protocols(opener) if name != protocol]
    title = _title(protocol, asked)
    said, body = [title], [f'<p class="nk-heading"><b>{html.escape(title)}</b></p><ol class="nk-chain">']
    told = asked[:MOST]
    for number, (stage, found) in enumerate(groupby(told, lambda one: one.stage), 1):
        rows = list(found)
        name, rule = _stage(stage, protocol)
        said += [f"{number}. {name} — {rule}", *("   " + _line(one) for one in rows)]
        befores = [None, *rows]
        cards = "".join(_card(one, before) for one, before in zip(rows, befores, strict=False))
        head = f"<b>{html.escape(name)}</b> <span>{html.escape(rule)}</span>"
        body.append(f'<li class="nk-stage"><p class="nk-group">{head}</p><ol>{cards}</ol></li>')
    body.append("</ol>")
    for remark in _remarks(len(asked) - len(told), others):
        said.append(remark)
        body.append(f'<p class="nk-quiet">{html.escape(remark)}</p>')
    return Panel("".join(body), "\n".join(said))


def _protocol(url: str) -> str:
    try:
        found = urlsplit(url).scheme or url if isinstance(url, str) else ""
    except ValueError:
        found = ""
    if not found.isidentifier():
        text = _("{value!r} has no protocol: write a URL such as http://127.0.0.1/, or a protocol such as http.")
        raise BadInput(text.format(value=url if not isinstance(url, str) else shown(url)))
    return found.lower()


def _title(protocol: str, asked: list[Asked]) -> str:
    if not any(one.method == f"{protocol}_open" or one.method == "default_open" for one in asked):
        return _("{protocol}: no handler of this opener can open it").format(protocol=shown(protocol))
    return _("{protocol}: whom this opener asks, in order").format(protocol=shown(protocol))


def _stage(stage: Stage, protocol: str) -> tuple[str, str]:
    """What a stage is for, and how it is gone through."""
    match stage:
        case Stage.REQUEST:
            return _("Before it is sent"), _("each may change the request")
        case Stage.OPEN:
            return _("Sending it"), _("the first that gives a response ends this")
        case Stage.RESPONSE:
            return _("With the response"), _("each may give another one")
    return (
        _("For a status that is no success"),
        _("HTTPErrorProcessor asks for it; the first that gives a response ends this"),
    )


def _when(one: Asked) -> str:
    """When it is asked, where not always."""
    if one.statuses:
        return ", ".join(map(str, one.statuses))
    if one.method == "http_error_default":
        return _("all others")
    return _("if nobody has opened it") if one.method == "unknown_open" else ""


def _origin(origin: Origin) -> str:
    names = {Origin.USUAL: _("usual"), Origin.ADDED: _("added"), Origin.OWN: _("a class of your own")}
    return names[origin]


def _line(one: Asked) -> str:
    when = f"{_when(one)}: " if _when(one) else ""
    order = _("order {n}").format(n=shown(one.order))
    return f"{when}{shown(one.handler)}.{shown(one.method)}() — {order}, {_origin(one.origin)}"


def _card(one: Asked, before: Asked | None) -> str:
    """A handler; after one for other statuses, it is not asked next, but in its place."""
    apart = " nk-apart" if before is not None and before.statuses != one.statuses else ""
    when = _when(one)
    order = _("order {n}").format(n=shown(one.order))
    facts = html.escape(f"{order}, {_origin(one.origin)}")
    return (
        f'<li class="nk-card nk-from-{one.origin.value}{apart}">{f"<i>{html.escape(when)}</i>" if when else ""}'
        f"<b>{html.escape(shown(one.handler))}</b><code>{html.escape(shown(one.method))}</code>"
        f'<span class="nk-quiet">{facts}</span></li>'
    )


def _remarks(more: int, others: list[str]) -> list[str]:
    out = []
    if more:
        out.append(ngettext("{n} more is not shown.", "{n} more are not shown.", more).format(n=more))
    if others:
        names = ", ".join(shown(name) for name in others[:MOST])
        out.append(_("It also opens: {protocols}.").format(protocols=names))
    return out
