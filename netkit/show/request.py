"""A web request put together field by field: the program that sends it is shown, and it is this program that is run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol, cast

import ipywidgets as widgets

import netkit
from netkit.errors import BadInput
from netkit.export import newest
from netkit.export.exchanges import Exchanged, last_request
from netkit.export.request_check import EXAMPLE, checked
from netkit.export.request_fields import Fields, recorded
from netkit.export.request_program import curl, program
from netkit.i18n import _
from netkit.protocols.http_exchanges import Exchange, Request
from netkit.show import form_words, kept
from netkit.show.controls import show
from netkit.show.copybutton import CopyButton
from netkit.show.inspector import Inspector, Source
from netkit.show.keyguard import KeyGuard
from netkit.show.panel import program_pane
from netkit.show.run_program import run
from netkit.show.speaking import Speaking, told
from netkit.wire.conversation import Conversation

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Web(Protocol):
    """The web site; see `netkit.servers.web.site.Web`."""

    @property
    def url(self) -> str: ...
    @property
    def secure_url(self) -> str: ...
    @property
    def http(self) -> Source: ...
    @property
    def https(self) -> Source: ...


class Proxy(Protocol):
    """A proxy; see `netkit.proxy`."""

    @property
    def url(self) -> str: ...


class Builder(Speaking):
    """A request's parts as fields; below them the program, the same for curl, and what came of it.

    Args:
        web: the web site.
        fields: what stands in the fields at first.
        proxy: the proxy that the program may call ``proxy``.
    """

    def __init__(self, web: Web, fields: Fields, proxy: Proxy | None = None) -> None:
        super().__init__()
        self._web = web
        self._proxy = proxy
        self._inspectors: list[Inspector] = []
        self._inputs(fields)
        self._below()
        self.kind.observe(self._on_kind, "value")
        for field in (self.method, self.url, self.headers, self.kind, self.content, self.user, self.password,
                      self.redirects, self.proxy):  # fmt: skip
            field.observe(self._on_edit, "value")
        self.go.on_click(self._on_go)
        self.children = self._rows()
        self.add_class("nk-root").add_class("nk-webform").add_class("nk-request")
        self._draw()
        self._admit()

    def _inputs(self, fields: Fields) -> None:
        self.method = widgets.Combobox(value=fields.method, options=METHODS, description=_("Method"))
        self.url = widgets.Text(fields.url, description="URL", placeholder=_("a path such as /get, or a whole URL"))
        self.headers = widgets.Textarea(fields.headers, description=_("Header"), rows=2)
        self.headers.placeholder = _("a field a line, e.g. Accept: text/plain")
        kinds = [(_("none"), ""), (_("form"), "form"), (_("text"), "text")]
        self.kind = widgets.Dropdown(options=kinds, value=fields.kind, description=_("Content"))
        self.content = widgets.Textarea(fields.content, description=_("its text"), rows=3)
        self.user = widgets.Text(fields.user, description=_("User"), placeholder=_("for Basic; none: no signing in"))
        self.password = widgets.Text(fields.password, description=_("Password"))
        self.redirects = widgets.Checkbox(fields.redirects, description=_("follow redirects"), indent=False)
        self.proxy = widgets.Text(fields.proxy, description=_("Proxy"))
        self.proxy.placeholder = _("its URL, e.g. {url}; none: straight there").format(url=EXAMPLE)

    def _below(self) -> None:
        self.program, self.curl, self._status = (widgets.HTML() for _n in range(3))
        for pane in (self.program, self.curl):
            for ignored in ("tex2jax_ignore", "mathjax_ignore"):  # "$…$" in a field is no formula
                pane.add_class(ignored)
        self.go = widgets.Button(description=_("Send"), button_style="primary", tooltip=_("Runs the program above"))
        self.copy = CopyButton(_("Copy the program"))
        self.copy_curl = CopyButton(_("Copy the command"))
        self.wire = widgets.VBox()

    def _rows(self) -> list[Any]:
        fields = widgets.VBox([
            widgets.HBox([self.method, self.url]).add_class("nk-webform-line"), self.headers,
            widgets.HBox([self.kind, self.redirects]).add_class("nk-row"), self.content,
            widgets.HBox([self.user, self.password]).add_class("nk-webform-both"), self.proxy,
        ]).add_class("nk-webform-fields")  # fmt: skip
        buttons = widgets.HBox([self.go, self.copy, self.copy_curl]).add_class("nk-row")
        return [fields, self.program, self.curl, buttons, self._status, self.wire, KeyGuard()]

    @property
    def fields(self) -> Fields:
        """What stands in the fields now."""
        return Fields(
            method=self.method.value.strip(" "),
            url=self.url.value.strip(" "),
            headers=self.headers.value,
            kind=self.kind.value,
            content=self.content.value,
            user=self.user.value,
            password=self.password.value,
            proxy=self.proxy.value.strip(" "),
            redirects=self.redirects.value,
        )

    @property
    def source(self) -> str:
        """The program for what stands in the fields now.

        Raises:
            BadInput: a field has what cannot be sent.
        """
        return program(checked(self.fields), self._web, self._known)

    @property
    def _known(self) -> str:
        """The URL that the program writes as ``proxy.url``."""
        return self._proxy.url if self._proxy is not None else ""

    @told
    def _on_kind(self, _change: Any) -> None:
        """As `urllib.request.Request` does: with content, it is POST instead of GET."""
        if self.kind.value and self.method.value == "GET":
            self.method.value = "POST"

    @told
    def _on_edit(self, _change: Any) -> None:
        self._draw()

    def _draw(self) -> None:
        show(self.content, self.kind.value != "")
        self.content.placeholder = _("a field a line: name=value") if self.kind.value == "form" else ""
        try:
            source, command = self.source, curl(self.fields, self._web)
        except BadInput as problem:
            self.program.value = self.curl.value = self.copy.text = self.copy_curl.text = ""
            self.go.disabled = True
            self._offer(False)
            self._show_wire(())
            self._judge(str(problem), False)
            return
        if self.go.disabled:
            self._say("")
        self.go.disabled = False
        self._offer(True)
        self.program.value = program_pane(_("The program that Send runs"), source)
        self.curl.value = program_pane(_("The same with curl"), command)
        self.copy.text, self.copy_curl.text = source, command

    def _offer(self, there: bool) -> None:
        """Offer copies of the program, where there is one."""
        for button in (self.copy, self.copy_curl):
            show(button, there)

    @told
    def _on_go(self, _button: Any) -> None:
        source = self.source  # a field may have changed since the last drawing
        doors = [self._web.http, self._web.https]
        if hasattr(self._proxy, "conversations"):
            doors.insert(0, cast("Source", self._proxy))
        self.go.disabled = True
        try:
            self._say(_("The program runs …"))
            self._show_wire(())
            before = [door.recorded for door in doors]
            ran = run(source, {"web": self._web, "proxy": self._proxy})
            form_words.finish(ran)
            text, good = form_words.answered(ran)
            past = form_words.past_the_proxy(self.fields)
            self._judge(f"{text} {past}" if past else text, good)
            came = [kept.since(door, number) for door, number in zip(doors, before, strict=True)]
            self._show_wire([kept.inspect(*talks) for talks in came if talks])
        finally:
            self.go.disabled = False

    def _show_wire(self, inspectors: Sequence[Inspector]) -> None:
        """What went over the wire, in place of what went before."""
        old, self._inspectors = self._inspectors, list(inspectors)
        self.wire.children = self._inspectors
        for each in old:
            each.close()

    def _on_problem(self, problem: Exception) -> None:
        self._judge(f"{type(problem).__name__}: {problem}", False)

    def close(self) -> None:
        self._show_wire(())
        super().close()

    def _in_words(self) -> str:
        """The program, or why there is none."""
        try:
            return _("A web request. Its fields say:") + "\n\n" + self.source.rstrip("\n")
        except BadInput as problem:
            return _("A web request that cannot be sent: {why}").format(why=problem)


def request(what: Web | Exchanged, proxy: Proxy | str | None = None) -> Builder:
    """Put a web request together, see the program that sends it, and send it.

    Args:
        what: the web site, ``netkit.web()``; or what was recorded: an exchange, its request, a conversation, or a
            server (then its newest one): the last request of it is filled in, to be changed and sent again.
        proxy: the proxy to go through, ``netkit.proxy()`` or a URL; None: the request goes straight to its server.

    Raises:
        BadInput: it is something else, or there is no request in it that could be sent again.
    """
    through, own = _url(proxy), None if isinstance(proxy, str) else proxy
    known: Any = what
    if all(hasattr(known, name) for name in ("url", "secure_url", "http", "https")):
        return Builder(known, Fields(proxy=through), own)
    if not isinstance(known, (Exchange, Request, Conversation)) and not hasattr(known, "conversations"):
        text = _("request() takes the web site, netkit.request(web), or what was recorded of a request; not {kind}.")
        raise BadInput(text.format(kind=type(what).__name__))
    server = "" if isinstance(known, (Exchange, Request)) else str(newest(known)[-1].server)
    web = netkit.web()
    return Builder(web, replace(recorded(last_request(known), web, server), proxy=through), own)


def _url(proxy: Proxy | str | None) -> str:
    """The proxy's; "" for none."""
    found = getattr(proxy, "url", "" if proxy is None else proxy)
    if not isinstance(found, str):
        text = _("A proxy is netkit.proxy() or a URL such as {url}, not {kind}.")
        raise BadInput(text.format(url=EXAMPLE, kind=type(proxy).__name__))
    return found
