"""The handlers that one request met on its way through an opener, as a picture and as text."""

from __future__ import annotations

import html
from urllib.parse import urlsplit
from urllib.request import OpenerDirector, Request

from netkit.errors import BadInput
from netkit.export.rows import shorten
from netkit.i18n import _
from netkit.protocols.text import visible
from netkit.show.opener_trace import Met, Sent, watched
from netkit.show.panel import Panel


def trace(opener: OpenerDirector, url: str | Request) -> Panel:
    """Open a URL, and show whom the request met: each handler that was asked, in order, and what it did.

    It waits for 10 s at most, and closes the response.

    Args:
        opener: what ``urllib.request.build_opener()`` gave.
        url: a URL, or a ``urllib.request.Request``.

    Raises:
        BadInput: it is no opener, or no URL.
    """
    if not isinstance(opener, OpenerDirector):
        text = _("trace() takes an opener, as urllib.request.build_opener() makes it; not {kind}.")
        raise BadInput(text.format(kind=type(opener).__name__))
    if not isinstance(url, (str, Request)):
        text = _("trace() takes a URL or a Request; not {kind}.")
        raise BadInput(text.format(kind=type(url).__name__))
    sent, status, problem = watched(opener, url)
    end = _end(status, problem)
    if sent is None:
        return Panel(f"<p>{html.escape(end)}</p>", end)
    title = _("The way of a request through its opener")
    lines, body = _lines(sent, [0]), _body(sent, [0])
    out = [title, *lines, end]
    heading = f'<p class="nk-heading"><b>{html.escape(title)}</b></p>'
    return Panel(f'{heading}<div class="nk-way">{body}</div><p>{html.escape(end)}</p>', "\n".join(out))


def _end(status: int, problem: BaseException | None) -> str:
    if problem is not None:
        said = type(problem).__name__ + (f" {status}" if status else "")
        return _("In the end: {problem}").format(problem=said)
    return _("In the end: a response, {status}").format(status=status) if status else _("In the end: a response")


def _named(sent: Sent) -> str:
    """Without the host and its port, which differ from run to run."""
    parts = urlsplit(sent.url)
    where = parts.path + (f"?{parts.query}" if parts.query else "")
    return f"{sent.method} {shorten(visible(where.encode(errors='replace')), 100) or '/'}"


def _did(met: Met) -> str:
    """What a handler did, in words."""
    if met.requests:
        return _("sends another request:")
    if met.asked:
        return _("asks who deals with that status:")
    if isinstance(met.gave, Request):
        return _("passes the request on")
    status = getattr(met.gave, "status", None)
    if status is not None and met.method.endswith("_response"):
        return _("passes the response on: {status}").format(status=status)
    if met.gave is not None:
        return _("gives the response: {status}").format(status=status) if status else _("gives the response")
    if met.method in ("http_error_default", "unknown_open") or met.method.endswith(("_request", "_response")):
        return _("raises an exception")
    return _("leaves it to others")


def _lines(sent: Sent, count: list[int], depth: int = 0) -> list[str]:
    count[0] += 1
    lead = "  " * depth
    out = [f"{lead}{count[0]}. {_named(sent)}"]
    for met in sent.met:
        out += _met_lines(met, count, depth)
    return out


def _met_lines(met: Met, count: list[int], depth: int) -> list[str]:
    out = [f"{'  ' * depth}   {met.handler}.{met.method}(): {_did(met)}"]
    for other in met.asked:
        out += _met_lines(other, count, depth + 1)
    for more in met.requests:
        out += _lines(more, count, depth + 2)
    return out


def _body(sent: Sent, count: list[int]) -> str:
    count[0] += 1
    title = f"{count[0]}. {_named(sent)}"
    rows = "".join(_row(met, count) for met in sent.met)
    return f'<p class="nk-group"><b>{html.escape(title)}</b></p><ol class="nk-met">{rows}</ol>'


def _row(met: Met, count: list[int]) -> str:
    name = f"<b>{html.escape(visible(met.handler.encode(errors='replace')))}</b> <code>{html.escape(met.method)}</code>"
    inner = "".join(_row(other, count) for other in met.asked)
    inner = f'<ol class="nk-met">{inner}</ol>' if inner else ""
    inner += "".join(f'<div class="nk-nested">{_body(more, count)}</div>' for more in met.requests)
    return f"<li>{name} <span>{html.escape(_did(met))}</span>{inner}</li>"
