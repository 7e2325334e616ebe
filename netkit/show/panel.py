"""A piece of HTML of netkit's own as a widget, with the same facts as plain text."""

from __future__ import annotations

import html

import ipywidgets

from netkit.show.keyguard import KeyGuard
from netkit.show.plain import Plain


class Panel(Plain):
    """Shows HTML in the look of netkit.

    Args:
        body: the HTML; whatever came over a wire is escaped in it.
        said: the same facts as plain text, without times, ports or version numbers: it is stored in notebooks.
        pane: more HTML, in a pane that scrolls when it is long.
    """

    def __init__(self, body: str, said: str, pane: str = "") -> None:
        self._said = said
        panes = [ipywidgets.HTML(pane).add_class("nk-pane")] if pane else []
        super().__init__([*([ipywidgets.HTML(body)] if body else []), *panes, KeyGuard()])
        self.add_class("nk-root")

    def __repr__(self) -> str:
        return self._said


def paragraphs(text: str) -> str:
    """Plain text as HTML paragraphs."""
    return "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n\n"))


def program_pane(label: str, source: str, said: bool = True) -> str:
    """A program that somebody put together, as HTML, with a name for a screen reader.

    Args:
        label: the name.
        source: the program.
        said: whether the name stands above it, too.
    """
    name = html.escape(label)
    pre = f'<pre class="nk-program" tabindex="0" role="region" aria-label="{name}">{html.escape(source)}</pre>'
    return f'<p class="nk-quiet">{name}:</p>{pre}' if said else pre


def program(source: str) -> str:
    """A program as HTML."""
    return f'<pre class="nk-program">{html.escape(source.strip())}</pre>'
