"""The widgets of which an inspector is made, and how they are laid out; what they do is the inspector's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from netkit.i18n import _
from netkit.show.keyguard import KeyGuard


class Controls:
    """Stock widgets, each with a name that a screen reader can say.

    Args:
        saves: the buttons that save what is shown.
        more: other buttons for it.
        panel: the panel of the faults.
    """

    def __init__(self, saves: Sequence[Any], more: Sequence[Any], panel: Any) -> None:
        self.panel = panel
        self._head()
        self._find()
        self._show()
        self._do()
        self.step = _row(self.back, self.on)
        self.pager = _row(self.first, self.earlier, self.later, self.last, self.place)
        self.inner = widgets.VBox(
            [self.list, _row(self.views, self.query, self.hits, self.step), self.pane, self.pager]
        )
        self.tools = (self.follow, *saves, self.forget)  # for conversations that there are
        self.rows = [
            _row(self.heading, self.broken),
            self.empty,
            self.inner,
            _row(self.follow, *saves, *more, self.forget, self.wire),
            self.status,
            panel,
            KeyGuard(),
        ]

    def _head(self) -> None:
        self.heading = widgets.HTML()
        self.broken = widgets.HTML()
        self.empty = widgets.HTML()
        self.status = widgets.HTML()
        self.list = widgets.Select(description=_("Conversations"), rows=2).add_class("nk-list")

    def _find(self) -> None:
        self.query = widgets.Text(description=_("Search"), placeholder=_('search: text, or bytes as "d0 9f"'))
        self.query.add_class("nk-search")
        self.hits = widgets.HTML()
        self.back = widgets.Button(description=_("Previous hit"))
        self.on = widgets.Button(description=_("Next hit"))

    def _show(self) -> None:
        self._usual = [(_("Dialogue"), "dialogue"), (_("Text"), "text"), (_("Hex"), "hex"), (_("Pieces"), "pieces")]
        self._inside = (_("Inside TLS"), "inside")
        self.views = widgets.ToggleButtons(options=self._usual, description=_("View")).add_class("nk-views")
        self.pane = widgets.HTML().add_class("nk-pane")
        for ignored in ("tex2jax_ignore", "mathjax_ignore"):  # "$…$" from a wire is no formula
            self.pane.add_class(ignored)
        self.first = widgets.Button(description=_("First page"))
        self.earlier = widgets.Button(description=_("Previous page"))
        self.later = widgets.Button(description=_("Next page"))
        self.last = widgets.Button(description=_("Last page"))
        self.place = widgets.HTML()

    def offer(self, inside: bool) -> None:
        """Offer the view "inside", or not: without TLS there is nothing to see in it."""
        options = [*self._usual, self._inside] if inside else self._usual
        if options != list(self.views.options):
            chosen = self.views.value
            with self.views.hold_sync():
                self.views.options = options
                self.views.value = chosen if inside or chosen != "inside" else "dialogue"

    def _do(self) -> None:
        self.follow = widgets.Checkbox(True, description=_("Follow the newest"), indent=False)
        forgets = _("Forget the conversations that have ended")
        self.forget = widgets.Button(description=_("Forget all"), tooltip=forgets)
        self.wire = widgets.ToggleButton(description=_("Break the wire …")).add_class("nk-wire")


def show(widget: Any, shown: bool) -> None:
    """Have a widget take part in the layout, or not."""
    display = None if shown else "none"
    if widget.layout.display != display:
        widget.layout.display = display


def close_all(widget: Any) -> None:
    """Close a widget and all within it: ipywidgets keeps what is not closed, children and layouts among it."""
    for child in getattr(widget, "children", ()):
        close_all(child)
    for part in ("layout", "style"):
        held = getattr(widget, part, None)
        if isinstance(held, widgets.Widget):
            held.close()
    widgets.Widget.close(widget)


def _row(*children: Any) -> Any:
    return widgets.HBox(children).add_class("nk-row")
