"""The web site in a notebook's cell: where it is, what it has, whom it knows, and what is said at its doors."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import ipywidgets as widgets

from netkit.i18n import _
from netkit.show import inspector
from netkit.show.doortabs import DoorTabs
from netkit.show.keyguard import KeyGuard
from netkit.show.live import Live
from netkit.show.speaking import told


class Web(Protocol):
    """The web site; see `netkit.servers.web.site.Web`."""

    @property
    def url(self) -> str: ...
    @property
    def secure_url(self) -> str: ...
    @property
    def users(self) -> Mapping[str, str]: ...
    @property
    def doors(self) -> Sequence[inspector.Source]: ...
    @property
    def running(self) -> bool: ...
    @property
    def contents(self) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]: ...


class WebView(DoorTabs):
    """Shows a web site; its doors' inspectors are made when they are first asked for.

    Args:
        web: the web site.

    Its URLs are no links: where the kernel runs on another machine, the learner's browser does not reach them.
    """

    def __init__(self, web: Web) -> None:
        super().__init__(web)
        self._web = web
        self._heading, self._contents, self._status = (widgets.HTML() for _n in range(3))
        self._contents.add_class("nk-pane")
        self._tab(_("Contents"), [_door_name(door.name) for door in web.doors], self._contents)
        self.children = [self._heading, self._tabs, self._contents, self._door, self._status, KeyGuard()]
        self.add_class("nk-root").add_class("nk-web")
        self._live = Live(self._subscribe, self._redraw, self._on_problem)
        self._draw()
        self._admit()

    def _subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Be told of whatever happens at its doors, start and stop among it: each has its own."""
        leave = [door.subscribe(callback) for door in self._web.doors]

        def unsubscribe() -> None:
            for each in leave:
                each()

        return unsubscribe

    @told
    def _redraw(self) -> None:
        """A door was opened or closed, or used. Called on the main thread."""
        self._heading.value = _heading(self._web)

    def _draw(self) -> None:
        self._heading.value = _heading(self._web)
        self._contents.value = _contents(self._web)
        self._show_tab()

    def _in_words(self) -> str:
        """What it has."""
        return web_told(self._web)


def web_told(web: Web) -> str:
    """A web site as text: its doors, its users, and its paths."""
    doors = ", ".join(_door_name(door.name) for door in web.doors)
    out = [_("Web site: {doors}").format(doors=doors)]
    if not web.running:
        out.append(_("does not run now"))
    for user, password in web.users.items():
        out.append(_("user {user}, password {password}").format(user=user, password=password))
    for title, entries in web.contents:
        wide = max((len(path) for path, _what in entries), default=0)
        out += [f"{title}:", *(f"  {path:<{wide}}  {what}" for path, what in entries)]
    return "\n".join(out)


def _door_name(name: str) -> str:
    """A door's name for people."""
    known = {"http": "HTTP", "https": _("HTTP with TLS")}
    return known.get(name, name)


def _heading(web: Web) -> str:
    title, stopped = html.escape(_("Web site")), html.escape(_("does not run now"))
    parts = [f"<b>{title}</b>"]
    for name, url in (("web.url", web.url), ("web.secure_url", web.secure_url)):
        parts.append(f"{name} <code>{html.escape(url)}</code>")
    if not web.running:
        parts.append(f'<b class="nk-wrong">{stopped}</b>')
    where = _("It is on the machine where this notebook's kernel runs; programs in cells reach it there.")
    spans = " ".join(f"<span>{part}</span>" for part in parts)
    return f'<div class="nk-heading">{spans}</div><p class="nk-quiet">{html.escape(where)}</p>'


def _contents(web: Web) -> str:
    """The paths, and who may see what is private."""
    out = []
    for title, entries in web.contents:
        rows = "".join(
            f"<tr><td><code>{html.escape(path)}</code></td><td>{html.escape(what)}</td></tr>" for path, what in entries
        )
        name = html.escape(title)
        out.append(f'<p class="nk-group"><b>{name}</b></p><table class="nk-paths" aria-label="{name}">{rows}</table>')
    rows = "".join(
        f"<tr><td><code>{html.escape(user)}</code></td><td><code>{html.escape(password)}</code></td></tr>"
        for user, password in web.users.items()
    )
    heads = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in (_("user"), _("password")))
    name = html.escape(_("Users"))
    out.append(
        f'<p class="nk-group"><b>{name}</b></p><table class="nk-users" aria-label="{name}">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )
    return "".join(out)
