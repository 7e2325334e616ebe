"""A ladder diagram drawn with matplotlib."""

from __future__ import annotations

from math import copysign
from typing import TYPE_CHECKING, Any
from unicodedata import combining

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from netkit.export.rows import shorten
from netkit.i18n import _
from netkit.show.ladder_layout import Arrow, duration, places
from netkit.wire.conversation import Kind, Side

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from netkit.show.ladder import Ladder

PAPER, INK, MUTED, LIFELINE, BOX = "#fdfcf9", "#1f2a35", "#5c6873", "#c3cad0", "#eef2f4"
COLOURS = {Side.CLIENT: "#1d6391", Side.SERVER: "#2c7048", Side.TAP: "#8a5a00"}
TROUBLE = "#ab3426"

SANS = FontProperties(family="DejaVu Sans", size=9)
SMALL = FontProperties(family="DejaVu Sans", size=7.5)
BOLD = FontProperties(family="DejaVu Sans", size=9.5, weight="bold")
MONO = FontProperties(family="DejaVu Sans Mono", size=9)

ROW = 0.5  # inches between two arrows
LEFT, MARGIN, TOP, BOTTOM = 0.75, 0.3, 1.15, 0.6  # inches: for the times, at the edges, above and below the arrows
FINE = 720  # dots per inch at which texts are measured: with few, each letter is rounded, and a hundred are far off
HEAD = 0.62  # rows from the lifelines' names down to the first arrow


def draw(ladder: Ladder) -> Figure:
    """The figure: an inch is a unit, both ways, and y grows downwards."""
    count = len(ladder.lifelines)
    between = 5.2 if count == 2 else 2.8
    heads = [_fitted(name, BOLD, between - 0.4) for name in ladder.lifelines]
    spots = [LEFT + _half(heads[0]) + n * between for n in range(count)]
    rows = places(ladder.arrows) if ladder.arrows else []
    step = ROW * ladder.spread
    lowest = TOP + (HEAD + max([down for _begins, down in rows], default=0.0)) * step + 0.3
    width, height = spots[-1] + max(_half(heads[-1]), 0.5) + MARGIN, lowest + BOTTOM
    figure = Figure(figsize=(width, height), facecolor=PAPER)
    FigureCanvasAgg(figure)
    axes: Axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    _write(axes, MARGIN, 0.3, ladder.title, BOLD, ha="left", room=width - 2 * MARGIN)
    _write(
        axes,
        MARGIN,
        0.53,
        ladder.subtitle,
        SMALL,
        colour=MUTED,
        ha="left",
        room=width - 2 * MARGIN,
    )
    for head, x in zip(heads, spots, strict=True):
        _lifeline(axes, x, head, lowest)
    before = ""
    for arrow, (begins, ends) in zip(ladder.arrows, rows, strict=True):
        top, bottom = (TOP + (HEAD + place) * step for place in (begins, ends))
        _arrow(axes, arrow, spots[arrow.source], spots[arrow.target], top, bottom)
        when = duration(arrow.time)
        if when != before:  # what comes at once has one time
            _write(axes, spots[0] - 0.35, bottom, when, SMALL, colour=MUTED, ha="right")
        before = when
    remarks = " ".join([_("Time runs down; the distances are not to scale."), *ladder.remarks])
    _write(axes, MARGIN, height - 0.25, remarks, SMALL, colour=MUTED, ha="left")
    return figure


def _half(head: str) -> float:
    return _width(head, BOLD) / 2 + 0.14


def _lifeline(axes: Axes, x: float, head: str, bottom: float) -> None:
    axes.add_line(Line2D([x, x], [TOP - 0.1, bottom], color=LIFELINE, linewidth=1.4, zorder=1))
    half = _half(head)
    box = FancyBboxPatch(
        (x - half, TOP - 0.32), 2 * half, 0.26, boxstyle="round,pad=0.02,rounding_size=0.06",
        facecolor=BOX, edgecolor=LIFELINE, linewidth=1, zorder=2,
    )  # fmt: skip
    axes.add_patch(box)
    _write(axes, x, TOP - 0.19, head, BOLD, paper=False)


def _arrow(axes: Axes, arrow: Arrow, left: float, right: float, top: float, bottom: float) -> None:
    """The arrow from (left, top) to (right, bottom) with its labels; it may point to the left."""
    lost = arrow.kind is Kind.LOST
    colour = MUTED if arrow.kind is None else TROUBLE if lost or arrow.kind is Kind.RESET else COLOURS[arrow.side]
    quiet = arrow.kind in (None, Kind.END, Kind.GAP)
    both = (arrow.side is Side.TAP and not arrow.begins_at_tap) or arrow.kind is None
    whole = (left, top), (right, bottom)
    if arrow.begins_at_tap or arrow.ends_at_tap:
        tap, height = (left + right) / 2, (top + bottom) / 2
        axes.add_line(Line2D([tap], [height], marker="o", markersize=7, color=COLOURS[Side.TAP], zorder=4))
        if arrow.ends_at_tap:
            right, bottom = tap, height
        else:
            left, top = tap, height
    if lost:
        right, bottom = (left + right) / 2, (top + bottom) / 2
        cross = Line2D([right], [bottom], marker="x", markersize=9, markeredgewidth=2.2, color=TROUBLE, zorder=4)
        axes.add_line(cross)
    axes.add_patch(
        FancyArrowPatch(
            (left, top), (right, bottom), arrowstyle="<|-|>" if both else "-" if lost else "-|>", mutation_scale=11,
            linestyle=(0, (1, 2)) if arrow.kind is Kind.GAP else (0, (5, 3)) if quiet else "-",
            linewidth=1.0 if quiet else 1.5, color=colour, shrinkA=0, shrinkB=0, zorder=3,
        )
    )  # fmt: skip
    begin, end = whole if arrow.begins_at_tap or arrow.ends_at_tap else ((left, top), (right, bottom))
    _labels(axes, arrow, colour, begin, end)


def _labels(axes: Axes, arrow: Arrow, colour: str, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """What was said above the arrow and how many bytes below it; no label leaves the row of its arrow's end.

    Under a falling arrow both stand at the receiver's end: that corner is free.
    """
    said = arrow.kind in (Kind.DATA, Kind.TAKEN, Kind.LOST)
    detail = ", ".join(filter(None, [arrow.detail, _("lost on the way") if arrow.kind is Kind.LOST else ""]))
    across = end[0] - begin[0]
    room = abs(across) - 0.3
    if arrow.held_up:
        x, align = end[0] - copysign(0.1, across), "right" if across > 0 else "left"
        above, below = 0.09, 0.235
    else:
        x, align = (begin[0] + end[0]) / 2, "center"
        above, below = -0.125, 0.115
    font, ink = (MONO, INK) if said else (SANS, colour)
    _write(axes, x, end[1] + above, arrow.text, font, colour=ink, ha=align, room=room)
    faint = TROUBLE if arrow.kind is Kind.LOST else MUTED
    _write(axes, x, end[1] + below, detail, SMALL, colour=faint, ha=align, room=room)


def _write(
    axes: Axes, x: float, y: float, text: str, font: FontProperties, *,
    colour: str = INK, ha: Any = "center", room: float | None = None, paper: bool = True,
) -> None:  # fmt: skip
    """Write it as it is: `$` and `_` are not mathematics, and what the font lacks is written as in Python."""
    if not text:
        return
    shown = _known(text, font) if room is None else _fitted(text, font, room)
    axes.text(
        x, y, shown, color=colour, fontproperties=font, ha=ha, va="center", parse_math=False,
        usetex=False, zorder=5,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6, "alpha": 0.8} if paper else None,
    )  # fmt: skip


def _fitted(text: str, font: FontProperties, room: float) -> str:
    """As much of the text as there is room for, in inches."""
    known = _known(shorten(text, 200), font)
    while (width := _width(known, font)) > room and len(known) > 1:
        known = shorten(known, min(len(known) - 1, max(1, int(len(known) * room / width))))
    return known


def _width(text: str, font: FontProperties) -> float:
    """How wide the text is, in inches."""
    face = get_font(findfont(font))
    face.set_size(font.get_size_in_points(), FINE)
    face.set_text(text)
    return float(face.get_width_height()[0]) / 64 / FINE


def _known(text: str, font: FontProperties) -> str:
    """The text with characters that the font lacks, and accents that would pile up, written as in Python."""
    face = get_font(findfont(font))
    return "".join(
        c if face.get_char_index(ord(c)) and not combining(c) else c.encode("ascii", errors="backslashreplace").decode()
        for c in text
    )
