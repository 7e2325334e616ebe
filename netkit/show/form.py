"""The site's search form in a cell: sent by GET and by POST, by the programs that are shown, and compared."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

import ipywidgets as widgets

from netkit.errors import BadInput
from netkit.export.form_program import CHARSETS, Fields, program
from netkit.i18n import _
from netkit.show import form_words, kept
from netkit.show.compare import compare
from netkit.show.controls import close_all
from netkit.show.copybutton import CopyButton
from netkit.show.inspector import Inspector, Source
from netkit.show.keyguard import KeyGuard
from netkit.show.panel import program_pane
from netkit.show.run_program import run
from netkit.show.speaking import Speaking, told
from netkit.wire.conversation import Conversation

NUMBERS = ("1", "2", "3", "4")
MOST = 10_000  # characters that may be looked for


class Web(Protocol):
    """The web site; see `netkit.servers.web.site.Web`."""

    @property
    def url(self) -> str: ...
    @property
    def http(self) -> Source: ...


class Form(Speaking):
    """The form's fields, and for each method the program, what came of it, and its conversation.

    Args:
        web: the site to which it goes.
    """

    def __init__(self, web: Web) -> None:
        super().__init__()
        self._web = web
        self._talks: dict[str, Conversation] = {}  # by method: the newest one
        self._inputs()
        self._below()
        for field in (self.search, *self.numbers, self.charset):
            field.observe(self._on_edit, "value")
        self.get.on_click(self._on_get)
        self.post.on_click(self._on_post)
        self.children = self._rows()
        self.add_class("nk-root").add_class("nk-webform")
        self._draw()
        self._admit()

    def _inputs(self) -> None:
        self.search = widgets.Text("Привет, Python", description="search")
        self.numbers = [widgets.Checkbox(n in "13", description=f"n = {n}", indent=False) for n in NUMBERS]
        self.charset = widgets.Dropdown(options=CHARSETS, description=_("Charset"))

    def _below(self) -> None:
        self.programs = {method: widgets.HTML() for method in ("get", "post")}
        for shown in self.programs.values():
            for ignored in ("tex2jax_ignore", "mathjax_ignore"):  # "$…$" in a field is no formula
                shown.add_class(ignored)
        runs = _("Runs the program below")
        self.get = widgets.Button(description=_("Send by GET"), button_style="primary", tooltip=runs)
        self.post = widgets.Button(description=_("Send by POST"), button_style="primary", tooltip=runs)
        self.copies = {method: CopyButton(_("Copy the program")) for method in self.programs}
        self._status, self.understood, self.wire = widgets.HTML(), widgets.HTML(), widgets.VBox()
        for ignored in ("tex2jax_ignore", "mathjax_ignore"):
            self.understood.add_class(ignored)

    def _rows(self) -> list[Any]:
        top = widgets.VBox([
            self.search, widgets.HBox([*self.numbers, self.charset]).add_class("nk-row"),
        ]).add_class("nk-webform-fields")  # fmt: skip
        sides = [
            widgets.VBox([widgets.HBox([button, self.copies[method]]).add_class("nk-row"), self.programs[method]])
            for method, button in (("get", self.get), ("post", self.post))
        ]
        both = widgets.HBox(sides).add_class("nk-webform-both")
        return [top, both, self._status, self.understood, self.wire, KeyGuard()]

    @property
    def fields(self) -> Fields:
        """What stands in the form now, as a browser would send it."""
        chosen = [("n", n) for n, box in zip(NUMBERS, self.numbers, strict=True) if box.value]
        charset = self.charset.value
        pairs = (("search", self.search.value), *chosen, ("_charset_", charset), ("button", "Hello"))
        return Fields(pairs, charset, "/ru/search" if self._language == "ru" else "/en/search")

    @told
    def _on_edit(self, _change: Any) -> None:
        self._draw()

    def _draw(self) -> None:
        fields = self.fields
        labels = {"get": _("The program that sends it by GET"), "post": _("The program that sends it by POST")}
        for method, shown in self.programs.items():
            source = program(fields, method)
            shown.value = program_pane(labels[method], source, said=False)
            self.copies[method].text = source

    @told
    def _on_get(self, _button: Any) -> None:
        self._go("get")

    @told
    def _on_post(self, _button: Any) -> None:
        self._go("post")

    def _go(self, method: str) -> None:
        fields = self.fields
        if len(fields.pairs[0][1]) > MOST:
            text = _("There are {n} characters in {what}; {most} are the limit.")
            raise BadInput(text.format(n=len(fields.pairs[0][1]), what=self.search.description, most=MOST))
        self.get.disabled = self.post.disabled = True
        try:
            self._say(_("The program runs …"))
            self.understood.value = ""
            before = self._web.http.recorded
            ran = run(program(fields, method), {"web": self._web})
            form_words.finish(ran)
            self._judge(*form_words.outcome(ran, fields.charset))
            page = ran.value.get("page") if ran.value else None
            self.understood.value = form_words.table(page) if isinstance(page, str) else ""
            came = kept.since(self._web.http, before)
            self._talks.pop(method, None)
            self._talks |= {method: came[0]} if came else {}
            self._show_wire(method)
        finally:
            self.get.disabled = self.post.disabled = False

    def _show_wire(self, method: str) -> None:
        """Both conversations side by side; where there is one, or one that is no HTTP, that one."""
        both = _("By GET on the left, by POST on the right:")
        one = _("What went over the wire:")
        try:
            shown = [(both, compare(self._talks["get"], self._talks["post"]))]
        except (KeyError, BadInput):
            shown = [(one, kept.inspect(self._talks[method]))] if method in self._talks else []
        self._put([part for what, widget in shown for part in (_paragraph(what), widget)])

    def _put(self, parts: Sequence[Any]) -> None:
        """Show these in place of what went before."""
        old, self.wire.children = self.wire.children, parts
        for each in old:
            (each.close if isinstance(each, Inspector) else partial(close_all, each))()

    def _on_problem(self, problem: Exception) -> None:
        self._judge(f"{type(problem).__name__}: {problem}", False)

    def close(self) -> None:
        self._put(())
        super().close()

    def _in_words(self) -> str:
        """Both programs."""
        sources = [program(self.fields, method).rstrip("\n") for method in self.programs]
        by_get, by_post = _("A web form. It is sent by GET so:"), _("And by POST so:")
        return "\n".join([by_get, "", sources[0], "", by_post, "", sources[1]])


def form(web: Web) -> Form:
    """Fill in the site's search form and send it by GET and by POST; the programs that are shown are those that run.

    Args:
        web: the web site, ``netkit.web()``.

    Raises:
        BadInput: it is something else.
    """
    if not all(hasattr(web, name) for name in ("url", "http")):
        text = _("form() takes the web site: netkit.form(web), where web = netkit.web(); not {kind}.")
        raise BadInput(text.format(kind=type(web).__name__))
    return Form(web)


def _paragraph(text: str) -> Any:
    return widgets.HTML(f"<p>{html.escape(text)}</p>")
