"""The protocols of the course as layers, and what was said in each of them in this notebook."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from netkit.export.exchanges import exchanges
from netkit.i18n import _, ngettext, octets
from netkit.show.panel import Panel
from netkit.wire.conversation import Conversation
from netkit.wire.source import sources

XML = ("text/xml", "application/xml")


@dataclass(frozen=True, slots=True)
class Box:
    """A protocol in its layer.

    Attributes:
        key: by which its conversations are counted.
        name: as its RFC calls it.
        modules: those of the standard library that speak it.
        source: where it is written down.
    """

    key: str
    name: str
    modules: str
    source: str


def stack() -> Panel:
    """The lecture on one page: which protocol stands on which, and how much was said in each in this notebook.

    Conversations with all of netkit's servers and taps of this kernel are counted, as far as they are kept.
    """
    talks = [talk for source in sources() if source.recorded for talk in source.conversations]
    counted, sizes = _counted(talks)
    body, said = [], [_("Protocols, each on those below it")]
    for title, boxes in _layers():
        cells = "".join(_cell(box, counted[box.key], sizes[box.key]) for box in boxes)
        body.append(f'<li class="nk-layer"><b>{html.escape(title)}</b><div class="nk-boxes">{cells}</div></li>')
        said.append(f"{title}:")
        said += [f"  {box.name}, {box.modules or box.source}: {_talks(counted[box.key])}" for box in boxes]
    heading = f'<p class="nk-heading"><b>{html.escape(said[0])}</b></p>'
    return Panel(f'{heading}<ol class="nk-stack">{"".join(body)}</ol>', "\n".join(said))


def _layers() -> list[tuple[str, list[Box]]]:
    """From top to bottom."""
    return [
        (_("on HTTP"), [Box("xmlrpc", "XML-RPC", "xmlrpc.client, xmlrpc.server", "xmlrpc.com/spec.md")]),
        (
            _("application"),
            [
                Box("smtp", "SMTP", "smtplib", "RFC 5321"),
                Box("pop3", "POP3", "poplib", "RFC 1939"),
                Box("http", "HTTP", "urllib.request, http.client", "RFC 9110"),
                Box("ftp", "FTP", "urllib.request, ftplib", "RFC 959"),
                Box("dns", "DNS", "socket.getaddrinfo", "RFC 1035"),
                Box("text", _("protocols of your own"), "socket", ""),
            ],
        ),
        (_("if it is to be secret"), [Box("tls", "TLS", "ssl", "RFC 8446")]),
        (
            _("transport"),
            [Box("tcp", "TCP", "socket.SOCK_STREAM", "RFC 9293"), Box("udp", "UDP", "socket.SOCK_DGRAM", "RFC 768")],
        ),
        (_("internet"), [Box("ip", "IP", "socket.AF_INET, socket.AF_INET6", "RFC 791, RFC 8200")]),
    ]


def _counted(talks: Iterable[Conversation]) -> tuple[Counter[str], Counter[str]]:
    """Conversations, and bytes both ways, by protocol; each counts in all layers in which it was spoken."""
    counted: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for talk in talks:
        keys = {_spoken(talk), talk.transport, "ip"}
        if talk.secrets:
            keys.add("tls")
        if talk.protocol == "http" and _has_calls(talk):
            keys.add("xmlrpc")
        for key in keys:
            counted[key] += 1
            sizes[key] += talk.from_client + talk.from_server
    return counted, sizes


def _spoken(talk: Conversation) -> str:
    if talk.name == "ftp.data":
        return "ftp"  # RFC 959 section 3.2: files have connections of their own
    return talk.protocol if talk.protocol in ("smtp", "pop3", "http", "ftp", "dns") else "text"


def _has_calls(talk: Conversation) -> bool:
    requests = [one.request for one in exchanges(talk) if one.request is not None]
    return any(one.method == "POST" and one.media_type in XML and b"<methodCall" in one.content for one in requests)


def _talks(n: int) -> str:
    return ngettext("{n} conversation", "{n} conversations", n).format(n=n) if n else _("nothing yet")


def _cell(box: Box, n: int, size: int) -> str:
    told = f"{_talks(n)}, {octets(size)}" if n else _talks(n)
    parts = [f"<b>{html.escape(box.name)}</b>"]
    modules = html.escape(box.modules).replace(".", ".<wbr>")  # a long name is broken there, if anywhere
    parts += [f"<code>{modules}</code>"] if modules else []
    parts += [f"<span>{html.escape(box.source)}</span>"] if box.source else []
    kind = "nk-box nk-used" if n else "nk-box"
    return f'<div class="{kind}">{"".join(parts)}<i>{html.escape(told)}</i></div>'
