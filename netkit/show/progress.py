"""How far a download is: a report hook for `urllib.request.urlretrieve` that shows what it is told."""

from __future__ import annotations

import html
import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from netkit.i18n import _
from netkit.show import progress_words
from netkit.show.keyguard import KeyGuard
from netkit.show.live import INTERVAL, Live, this_run
from netkit.show.speaking import Speaking
from netkit.show.transfer import Transfer

if TYPE_CHECKING:
    from netkit.show.progress_plot import Curves


class Progress(Speaking):
    """A bar, fed by ``urlretrieve(url, file, progress)``; in a notebook it is shown as soon as it is made.

    The hook is called for each block, some ten thousand times a second: all but every hundredth second it just notes
    what it was told. While the main thread is kept busy by the download, the hook itself draws; called on another
    thread, it leaves that to the main thread. It never raises: a download does not break because of its bar.
    """

    _live: Live

    def __init__(self) -> None:
        super().__init__()
        self._transfer = Transfer()
        self._next = self._draw_next = 0.0  # moments of time.monotonic(): not before that
        self._elsewhere = False  # whether the hook is called on another thread than the main one
        self._drawn: object = None  # what of it
        self._problem: Exception | None = None  # of the hook itself
        self.bar = widgets.HTML()
        self._status = widgets.HTML()
        self.children = [self.bar, self._status, KeyGuard()]
        self.add_class("nk-root").add_class("nk-progress")
        self._live = Live(lambda _callback: lambda: None, self._draw, self._on_problem)
        self._draw()
        self._admit()
        self._shown = False
        self._run = this_run()  # in which it is shown as it is made
        if self._run is not None:
            from IPython.display import display

            display(self)  # type: ignore[no-untyped-call]

    def __call__(self, count: int, size: int, total: int) -> None:
        """Be told how far a download is; see `urllib.request.urlretrieve`.

        Args:
            count: blocks that have come; 0 begins another download.
            size: bytes in a full block.
            total: bytes that are announced, or -1.
        """
        try:
            now = monotonic()
            whole = 0 <= total <= count * size
            if not count:
                self._begin(now)
            self._transfer.last = count, size, total, now
            if whole or now >= self._next or self._elsewhere:
                self._sample(now, whole)
        except Exception as problem:
            self._problem = problem
            self._live.changed()

    def _begin(self, now: float) -> None:
        self._transfer, self._problem = Transfer(), None
        self._next, self._draw_next = now, now + INTERVAL  # what is over sooner is drawn once, at its end
        self._elsewhere = threading.current_thread() is not threading.main_thread()

    def _sample(self, now: float, last: bool) -> None:
        if last or now >= self._next:
            self._transfer.sample()
            self._next = now + self._transfer.every
        if not self._elsewhere and (last or now >= self._draw_next):
            self._draw()
            self._draw_next = monotonic() + INTERVAL
        self._live.changed()  # the main thread's loop draws what no call has drawn: the last of them, when it is free

    def _draw(self) -> None:
        """Show what was said last. Called on the main thread."""
        transfer = self._transfer
        with self._speaking():
            if not self._drawn or self._drawn != (transfer, transfer.last):
                self._drawn = transfer, transfer.last
                self.bar.value = _bar(transfer)
        if self._problem is not None:
            self._on_problem(self._problem)
        elif self._status.value:
            self._status.value = ""

    def plot(self) -> Curves:
        """Bytes and speed over time, as a picture."""
        from netkit.show.progress_plot import Curves

        return Curves(self._transfer)

    def _in_words(self) -> str:
        """How far it is; without times and speeds."""
        return progress_words.far(self._transfer)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """Its view; as the last line of the cell that made it, where it is shown already, its text only."""
        data = super()._repr_mimebundle_(**options)
        if self._run is not None and self._run == this_run() and self._shown:
            return {"text/plain": data["text/plain"]}
        self._shown = True
        return data


def progress() -> Progress:
    """A progress bar for ``urlretrieve(url, file, progress)``."""
    return Progress()


def _bar(transfer: Transfer) -> str:
    percent = transfer.percent
    text = html.escape(progress_words.far(transfer))
    now = "" if percent is None else f' aria-valuenow="{percent}"'
    kind = "nk-bar" if percent is not None or transfer.last is None else "nk-bar nk-unknown"
    name = html.escape(_("Download"))
    bar = (
        f'<div class="{kind}" role="progressbar" aria-label="{name}" aria-valuemin="0" aria-valuemax="100"{now}'
        f' aria-valuetext="{text}"><div style="width: {percent or 0}%"></div></div>'
    )
    facts = "".join(f"<span>{html.escape(fact)}</span>" for fact in progress_words.pace(transfer))
    return f'{bar}<div class="nk-heading"><span><b>{text}</b></span>{facts}</div>'
