"""The inspector: every byte of every conversation of a server, live, in a notebook's cell."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Protocol

from netkit.export.text import transcripts
from netkit.i18n import _, ngettext
from netkit.show import views
from netkit.show.controls import Controls, show
from netkit.show.download import Download, File, archive_file, capture_file, text_file
from netkit.show.faultpanel import FaultPanel
from netkit.show.find import MOST
from netkit.show.httptools import HttpTools
from netkit.show.live import Live, latest
from netkit.show.pages import INSIDE, VIEWS, Found, Page, Pages
from netkit.show.speaking import Speaking, told
from netkit.wire.address import Address
from netkit.wire.conversation import Conversation
from netkit.wire.faults import Faults

LISTED = 200  # conversations in the list, the newest ones: a list of thousands helps nobody
TALL = 6  # rows of the list; of more, it scrolls


class Source(Protocol):
    """What has conversations to show: a tap, or the handle of a server."""

    @property
    def name(self) -> str: ...
    @property
    def address(self) -> Address: ...
    @property
    def transport(self) -> str: ...
    @property
    def conversations(self) -> tuple[Conversation, ...]: ...
    @property
    def recorded(self) -> int: ...
    @property
    def faults(self) -> Faults[Any]: ...
    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]: ...
    def clear(self) -> None: ...


class Inspector(Speaking):
    """Shows what a server and its clients say to each other, and lets the learner break the wire.

    Args:
        source: the tap or the server.
        live: whether anything can still change; if not, there is no list, and nothing to follow, forget or break.

    It speaks the language that was in force when it was made, and is drawn again at most ten times a second while
    something happens. `close` frees it.
    """

    def __init__(self, source: Source, live: bool = True) -> None:
        super().__init__()
        self._source = source
        self._is_live = live
        self._snapshot: tuple[Conversation, ...] = ()
        self._pages: Pages | None = None  # of the conversation that is shown
        self._page = dict.fromkeys((*VIEWS, INSIDE), 0)
        self._of = 1  # how many pages the view has
        self._found = Found()
        self._drawn: object = None  # what the pane shows
        self._followed: Conversation | None = None  # by the buttons for HTTP
        saves = [
            Download(_("Save as text"), functools.partial(self._file, text_file), self._on_problem),
            Download(_("Save for Wireshark (.pcapng)"), functools.partial(self._file, capture_file), self._on_problem),
        ]
        self._http = HttpTools() if getattr(source, "protocol", "") == "http" else None
        if self._http is not None:
            saves.append(Download(_("Save as .har"), functools.partial(self._file, archive_file), self._on_problem))
        more = self._http.buttons if self._http else ()
        self._ui = Controls(saves, more, FaultPanel(source.faults, self._tell_faults))
        self._status = self._ui.status
        self._listen()
        self.children = self._ui.rows
        self.add_class("nk-root")
        self._live = Live(source.subscribe, self._redraw, self._on_problem)
        self._draw(source.conversations)
        self._admit()

    def _listen(self) -> None:
        """Have every control do something."""
        ui = self._ui
        for widget, act in (
            (ui.list, self._on_choice),
            (ui.views, self._on_view),
            (ui.query, self._on_query),
            (ui.follow, self._on_follow),
            (ui.wire, self._on_wire),
        ):
            widget.observe(act, "value")
        for step, by in ((ui.back, -1), (ui.on, 1)):
            step.on_click(functools.partial(self._on_step, by))
        for turn, to in ((ui.first, 0), (ui.earlier, -1), (ui.later, 1), (ui.last, 1 << 60)):
            turn.on_click(functools.partial(self._on_turn, to))
        ui.forget.on_click(self._on_forget)

    # Drawing

    @told
    def _redraw(self) -> None:
        """Something changed. Called on the main thread."""
        self._draw(latest(self._source))

    def _draw(self, snapshot: tuple[Conversation, ...]) -> None:
        self._snapshot = snapshot
        source = self._source
        running = bool(getattr(source, "running", True))
        self._ui.heading.value = views.heading(
            source.name, source.transport, str(source.address), len(snapshot), source.recorded, running
        )
        self._ui.empty.value = "" if snapshot else views.empty(str(source.address), source.transport, running)
        for part in (self._ui.inner, *self._ui.tools):
            show(part, bool(snapshot))
        show(self._ui.panel, self._ui.wire.value)
        if not self._is_live:
            for part in (self._ui.list, self._ui.follow, self._ui.forget, self._ui.wire):
                show(part, False)
        self._ui.panel.follow()
        self._tell_faults()
        self._list_them()
        chosen = self._chosen()
        if chosen is None:
            self._pages = None
        elif self._pages is None or Pages.key(self._pages.conversation) != Pages.key(chosen):
            self._pages = Pages(chosen)
            with self._drawing_now():
                self._ui.offer(inside=self._pages.has_tls)
            self._search()
        if self._http is not None and (chosen is None or chosen is not self._followed):
            self._followed = chosen
            self._http.follow(chosen)
        self._draw_pane()

    def _list_them(self) -> None:
        listed = self._snapshot[-LISTED:]
        options = list(zip(views.options(listed), [c.number for c in listed], strict=True))
        chosen = self._ui.list.value
        if listed and (self._ui.follow.value or chosen not in {c.number for c in listed}):
            chosen = listed[-1].number
        with self._drawing_now(), self._ui.list.hold_sync():
            if options != list(self._ui.list.options):
                self._ui.list.options = options
                self._ui.list.rows = min(max(len(options), 2), TALL)
            if self._ui.list.value != chosen and listed:
                self._ui.list.value = chosen

    def _chosen(self) -> Conversation | None:
        found = (c for c in reversed(self._snapshot) if c.number == self._ui.list.value)
        chosen = next(found, None)
        if chosen and (self._pages is None or self._pages.conversation.number != chosen.number):
            self._page = dict.fromkeys((*VIEWS, INSIDE), 0)
        return chosen

    def _search(self) -> None:
        """Look for what stands in the search box, in the conversation as it is now."""
        hits = self._pages.find(self._ui.views.value, self._ui.query.value) if self._pages else []
        self._found = Found(hits, min(self._found.now, max(len(hits) - 1, 0)))

    def _draw_pane(self) -> None:
        show(self._ui.step, len(self._found.hits) > 1)
        self._ui.hits.value = views.status(self._hits_in_words()) if self._ui.query.value.strip() else ""
        if self._pages is None:
            self._ui.pane.value, self._drawn = "", None
            return
        view = self._ui.views.value
        wanted = (self._pages, view, self._page[view], self._ui.query.value, self._found.now)
        if wanted == self._drawn:
            return
        page = self._pages.draw(view, self._page[view], self._found)
        self._page[view], self._of = page.number, page.of
        self._ui.pane.value = page.html
        self._draw_pager(page)
        self._drawn = (self._pages, view, page.number, self._ui.query.value, self._found.now)

    def _draw_pager(self, page: Page) -> None:
        show(self._ui.pager, page.of > 1)
        self._ui.first.disabled = self._ui.earlier.disabled = page.number == 0
        self._ui.later.disabled = self._ui.last.disabled = page.number >= page.of - 1
        self._ui.place.value = views.status(page.says)

    def _hits_in_words(self) -> str:
        n = len(self._found.hits)
        if n >= MOST:
            return _("{now} of {n} or more found").format(now=self._found.now + 1, n=n)
        if n > 1:
            return ngettext("{now} of {n} found", "{now} of {n} found", n).format(now=self._found.now + 1, n=n)
        found = ngettext("{n} found", "{n} found", n).format(n=n)
        if n == 0 and self._pages and self._pages.has_tls and self._ui.views.value != INSIDE:
            within = len(self._pages.find(INSIDE, self._ui.query.value))
            if within:
                found += ngettext("; inside TLS: {n}", "; inside TLS: {n}", within).format(n=within)
        return found

    # What the learner does

    @told
    def _on_choice(self, _change: Any) -> None:
        if not self._drawing:
            self._ui.follow.value = False  # the learner has chosen
            self._found = Found()
            self._draw(self._snapshot)
            self._jump()

    @told
    def _on_view(self, change: Any) -> None:
        if self._drawing:
            return
        if INSIDE in (change["old"], change["new"]):  # it is another text that is looked through
            self._found = Found()
            self._search()
        self._jump()

    @told
    def _on_query(self, _change: Any) -> None:
        self._found = Found()
        self._search()
        self._jump()

    @told
    def _on_follow(self, _change: Any) -> None:
        if self._ui.follow.value:
            self._draw(self._snapshot)

    @told
    def _on_wire(self, _change: Any) -> None:
        show(self._ui.panel, self._ui.wire.value)

    @told
    def _on_step(self, by: int, _button: Any) -> None:
        if self._found.hits:
            self._found = Found(self._found.hits, (self._found.now + by) % len(self._found.hits))
            self._jump()

    @told
    def _on_turn(self, to: int, _button: Any) -> None:
        view = self._ui.views.value
        page = self._page[view] + to if abs(to) == 1 else to
        self._page[view] = min(max(page, 0), self._of - 1)
        self._draw_pane()

    @told
    def _on_forget(self, _button: Any) -> None:
        self._source.clear()
        self._draw(self._source.conversations)
        left = len(self._snapshot)
        if left:
            text = ngettext(
                "{n} conversation is still open: it stays.", "{n} conversations are still open: they stay.", left
            )
            self._say(text.format(n=left))

    def _jump(self) -> None:
        """To the page of the hit at which the learner stands, and draw."""
        if self._pages and self._found.hits:
            view = self._ui.views.value
            self._page[view] = self._pages.page_of(view, self._found.hits[self._found.now])
        self._draw_pane()

    # Files

    def _file(self, made: Callable[[Conversation], File]) -> File | None:
        with self._speaking():
            return made(self._pages.conversation) if self._pages else None

    # In words

    def _tell_faults(self) -> None:
        faults = self._source.faults
        self._ui.broken.value = "" if faults.calm else views.status(self._ui.panel.in_force, "nk-broken")

    def _in_words(self) -> str:
        """What was recorded."""
        return transcripts(self._source)


def inspect(source: Source) -> Inspector:
    """An inspector for a tap or a server; see `Inspector`."""
    return Inspector(source)
