"""The view of a letter: its envelope beside its header, and below them what it says, as one likes to see it."""

from __future__ import annotations

import functools
import re
from typing import Any

import ipywidgets as widgets

from netkit.export.letters import Letter, letter_told
from netkit.export.rows import shorten
from netkit.i18n import _, ngettext
from netkit.show import letter_html, views
from netkit.show.controls import close_all, show
from netkit.show.download import Download, File
from netkit.show.keyguard import KeyGuard
from netkit.show.letter_pages import LetterPages
from netkit.show.speaking import Speaking, told

FILES = 20  # attachments that are listed
PREVIEWS = 4  # pictures among them that are shown


class LetterBox(Speaking):
    """Shows a letter; another one after `put`. It is a part of something that frames it and guards its keys."""

    def __init__(self, *below: Any) -> None:
        super().__init__()
        self._pages: LetterPages | None = None
        self._page = 0
        self._filed: LetterPages | None = None  # whose attachments are listed
        self._make()
        self.children = [
            widgets.HBox([self._heading, self._save]).add_class("nk-row"), self._top, self._views, self._pane,
            self._files, self._pager, self._status, *below,
        ]  # fmt: skip
        self.add_class("nk-letter")

    def _make(self) -> None:
        self._heading, self._top, self._status, self._place = (widgets.HTML() for _n in range(4))
        self._save = Download(_("Save the letter (.eml)"), self._as_eml, self._on_problem)
        self._views = widgets.ToggleButtons(options=self._options(0), description=_("View")).add_class("nk-views")
        self._views.observe(self._on_view, "value")
        self._pane = widgets.HTML().add_class("nk-pane")
        for part in (self._heading, self._top, self._pane):
            for ignored in ("tex2jax_ignore", "mathjax_ignore"):  # "$…$" in a letter is no formula
                part.add_class(ignored)
        self._files = widgets.VBox().add_class("nk-files")
        self._back = widgets.Button(description=_("Previous page"))
        self._on = widgets.Button(description=_("Next page"))
        for button, by in ((self._back, -1), (self._on, 1)):
            button.on_click(functools.partial(self._on_turn, by))
        self._pager = widgets.HBox([self._back, self._on, self._place]).add_class("nk-row")

    def _options(self, n: int) -> list[tuple[str, str]]:
        files = ngettext("{n} attachment", "{n} attachments", n).format(n=n) if n else _("Attachments")
        return [(_("Text"), "text"), ("HTML", "html"), (_("Structure"), "structure"), (_("Source"), "source"),
                (files, "attachments")]  # fmt: skip

    @property
    def letter(self) -> Letter | None:
        """The letter that is shown."""
        return self._pages.letter if self._pages else None

    @told
    def put(self, letter: Letter) -> None:
        """Show another letter, in the same view, from its first page."""
        if self._pages is None or self.letter is not letter:
            self._pages, self._page = LetterPages(letter), 0
            self._say("")
            self._heading.value = letter_html.heading(letter)
            self._top.value = letter_html.envelope_and_header(letter)
            view = self._views.value
            with self._drawing_now():
                self._views.options = self._options(len(self._pages.attachments))
                self._views.value = view
            self._draw()

    def _draw(self) -> None:
        if self._pages is None:
            return
        view = self._views.value
        show(self._pane, view != "attachments")
        show(self._files, view == "attachments")
        if view == "attachments":
            show(self._pager, False)
            self._list_files(self._pages)
            return
        page = self._pages.draw(view, self._page)
        self._page = page.number
        self._pane.value = page.html
        show(self._pager, page.of > 1)
        self._back.disabled, self._on.disabled = page.number == 0, page.number >= page.of - 1
        self._place.value = views.status(page.says) if page.says else ""

    def _list_files(self, pages: LetterPages) -> None:
        if self._filed is pages:
            return
        self._filed = pages
        old, found = self._files.children, pages.attachments
        rows, pictures = [], 0
        for number, part in enumerate(found[:FILES], 1):
            pictures += part.kind in letter_html.PICTURES
            shown = widgets.HTML(letter_html.attachment(part, pictures <= PREVIEWS))
            file = File(_file_name(part.name, number), "application/octet-stream", part.data)
            label = _("Save {name}").format(name=shorten(file.name, 40))
            button = Download(label, functools.partial(_same, file), self._on_problem)
            rows.append(widgets.HBox([shown, button]).add_class("nk-row"))
        if len(found) > FILES:
            n = len(found) - FILES
            text = ngettext("{n} more attachment is not shown.", "{n} more attachments are not shown.", n)
            rows.append(widgets.HTML(letter_html.nothing(text.format(n=n))))
        if not found:
            rows.append(widgets.HTML(letter_html.nothing(_("Nothing is attached to this letter."))))
        self._files.children = rows
        for row in old:
            close_all(row)

    @told
    def _on_view(self, _change: Any) -> None:
        if not self._drawing:
            self._page = 0
            self._draw()

    @told
    def _on_turn(self, by: int, _button: Any) -> None:
        self._page = max(self._page + by, 0)
        self._draw()

    def _as_eml(self) -> File | None:
        return eml_file(self._pages.letter) if self._pages else None


class LetterView(LetterBox):
    """A letter as the last line of a cell.

    Args:
        letter: the letter; it never changes.
    """

    def __init__(self, letter: Letter) -> None:
        super().__init__(KeyGuard())
        self.add_class("nk-root")
        self.put(letter)
        self._admit()

    def _in_words(self) -> str:
        """The letter."""
        return letter_told(self.letter) if self.letter else type(self).__name__


def eml_file(letter: Letter) -> File:
    """A letter as a file for mail programs, byte for byte."""
    return File(f"letter-{letter.number}.eml", "message/rfc822", letter.data)


def _same(file: File) -> File:
    return file


def _file_name(name: str, number: int) -> str:
    """A file's name that every system takes: no folder, no hidden file, no escape."""
    last = re.split(r"[/\\]", name)[-1]
    clean = re.sub(r"[^\w .()+,=@-]+", "-", last).strip(" .-")
    return clean[-100:] or f"attachment-{number}"
