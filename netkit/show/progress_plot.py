"""A download over time: the bytes that had come, and how fast they came."""

from __future__ import annotations

import io
from functools import cached_property
from typing import TYPE_CHECKING, Any

from netkit.i18n import _
from netkit.show.ladder import DOTS, smaller
from netkit.show.progress_words import far
from netkit.show.transfer import Transfer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEPS = 60  # points of the speed's curve: of blocks that come in bursts, each would be a peak of its own


class Curves:
    """The picture: in a notebook two curves, elsewhere a text.

    Args:
        transfer: what the report hook was told.
    """

    def __init__(self, transfer: Transfer) -> None:
        self._samples = transfer.samples
        self._total = transfer.total
        self._far = far(transfer)

    @property
    def speeds(self) -> list[tuple[float, float]]:
        """Moments in seconds, and the average speed since the moment before, in bytes a second."""
        step = max(self._samples[-1][0] / STEPS, 1e-9) if self._samples else 0.0
        since, before = self._samples[0] if self._samples else (0.0, 0)
        out = []
        for now, there in self._samples[1:]:
            if now - since >= step:
                out.append((now, (there - before) / (now - since)))
                since, before = now, there
        return out

    @cached_property
    def figure(self) -> Figure:
        """A matplotlib figure; it is none of pyplot's, so it need not be closed."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        from netkit.show.ladder_figure import COLOURS, INK, MUTED, PAPER
        from netkit.wire.conversation import Side

        figure = Figure(figsize=(7, 4.2), facecolor=PAPER, layout="constrained")
        FigureCanvasAgg(figure)
        upper, lower = figure.subplots(2, 1, sharex=True)
        upper.plot([at for at, _n in self._samples], [n / 1e6 for _at, n in self._samples], color=COLOURS[Side.CLIENT])
        upper.set_ylabel(_("received, MB"))
        if self._total:
            upper.axhline(self._total / 1e6, color=MUTED, linestyle=":", linewidth=1)
            upper.annotate(_("announced"), (0, self._total / 1e6), (2, -10), textcoords="offset points", color=MUTED,
                           fontsize=8)  # fmt: skip
        lower.plot([at for at, _v in self.speeds], [v / 1e6 for _at, v in self.speeds], color=COLOURS[Side.SERVER])
        lower.set_ylabel(_("speed, MB/s"))
        lower.set_xlabel(_("time, s"))
        for axes in (upper, lower):
            axes.set_ylim(bottom=0)
            axes.set_facecolor(PAPER)
            axes.tick_params(colors=INK, labelsize=8)
            axes.spines[["top", "right"]].set_visible(False)
        return figure

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """The picture, and the size in pixels at which it is meant to be seen."""
        out = io.BytesIO()
        self.figure.savefig(out, format="png", dpi=DOTS)
        width, height = self.figure.get_size_inches()
        return smaller(out), {"width": int(width * DOTS / 2), "height": int(height * DOTS / 2)}

    def _repr_mimebundle_(self, **_options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        png, size = self._repr_png_()
        return {"text/plain": repr(self), "image/png": png}, {"image/png": size}

    def __repr__(self) -> str:
        """What is drawn; without times and speeds, so that it is the same each time."""
        return _("Received bytes and speed over time: {far}").format(far=self._far)
