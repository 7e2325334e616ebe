"""A ladder diagram: a lifeline for each side, an arrow for each message, time running down."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from netkit.errors import BadInput
from netkit.export import Recorded, chosen, newest
from netkit.export.rows import shorten, way
from netkit.export.text import named, summary
from netkit.i18n import _, ngettext, octets
from netkit.protocols.text import visible
from netkit.show.ladder_layout import Arrow, arrows, call_arrows, lifelines, turn_arrows
from netkit.wire.conversation import Conversation, Kind

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ARROWS = 40
MOST_TALKS = 6
DOTS = 180  # a PNG's dots per inch; a notebook shows it at half its size, so that it is sharp on any screen

_WIDTH = 60  # characters of a message in the text

Draws = Callable[[Conversation, tuple[int, int], float], Iterable[Arrow]]  # see `netkit.show.ladder_layout.arrows`
DRAWN: dict[str, Draws] = {"piece": arrows, "turn": turn_arrows, "call": call_arrows}

COLOURS = 64  # enough for lines and smooth letters; the file is a third of what it would be


def smaller(png: io.BytesIO) -> bytes:
    """The same picture with few colours: a notebook keeps it, and git keeps every version of the notebook."""
    from PIL import Image  # matplotlib needs it too

    out = io.BytesIO()
    with Image.open(png) as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(out, format="png", optimize=True)
    return out.getvalue()


def ladder(*what: Recorded, title: str | None = None, spread: float = 1.0, each: str = "piece") -> Ladder:
    """Draw conversations as a ladder: who said what, when, to whom.

    An arrow that falls was held up on its way; one that ends in a cross halfway was lost; one that ends or begins at
    a dot halfway was taken or said by netkit in the server's place. At most 40 arrows and
    6 conversations are drawn (the newest); the picture says how many were left out.

    Args:
        *what: conversations; a server stands for its newest one.
        title: what is written above; without it, the conversation's name and how it ended.
        spread: how far apart the arrows stand, 1 to 4; 1 is as close as all labels can be read.
        each: what an arrow stands for. ``"piece"``: a piece as TCP brought it, the connection and its end, too;
            ``"turn"``: all that one side said before the other did; ``"call"``: a call of XML-RPC, or its answer.

    Raises:
        BadInput: there is no conversation, the spread is out of range, or there are no arrows for that.
    """
    if each not in DRAWN:
        known = ", ".join(map(repr, DRAWN))
        raise BadInput(_("each is one of {known}, not {value!r}.").format(known=known, value=each))
    if isinstance(spread, bool) or not isinstance(spread, (int, float)) or not 1 <= spread <= 4:
        raise BadInput(_("spread is a number from 1 to 4, not {value!r}.").format(value=spread))
    talks = [talk for one in what for talk in newest(one)]
    drawn = Ladder(chosen(talks), title, spread, DRAWN[each])
    if each == "call" and not drawn.arrows:
        raise BadInput(_("There is no XML-RPC in {name}.").format(name=named(talks[-1])))
    return drawn


class Ladder:
    """The diagram: in a notebook a picture, elsewhere a text with the same facts.

    Attributes:
        title: what stands above it.
        subtitle: how the conversation ended and how many bytes went each way; "" for several.
        lifelines: the names of the lifelines, from left to right: clients, then servers.
        arrows: what is drawn, from top to bottom.
        left_out: how many more arrows there are.
        spread: how far apart the arrows stand.
    """

    def __init__(self, talks: Sequence[Conversation], title: str | None, spread: float, drawn: Draws = arrows) -> None:
        shown = talks[-MOST_TALKS:]
        self.lifelines, ends = lifelines(shown)
        began = min(talk.began for talk in shown)
        every: list[Arrow] = []
        for talk, pair in zip(shown, ends, strict=True):
            every += drawn(talk, pair, talk.began - began)
        every.sort(key=lambda arrow: arrow.time)
        self.title, self.subtitle = _titles(shown)
        if title is not None:
            self.title = visible(str(title).encode(errors="replace"))
        self.arrows = every[:MOST_ARROWS]
        self.left_out = len(every) - len(self.arrows)
        self.spread = spread
        self._several = len(shown) > 1
        self._talks_left_out = len(talks) - len(shown)

    @cached_property
    def figure(self) -> Figure:
        """The picture as a matplotlib figure; it is none of pyplot's, so it need not be closed."""
        from netkit.show.ladder_figure import draw

        return draw(self)

    @property
    def remarks(self) -> list[str]:
        """What was left out, in words."""
        said = []
        if any(arrow.begins_at_tap or arrow.ends_at_tap for arrow in self.arrows):
            said.append(_("The dot halfway is netkit, which answered in the server's place."))
        if self.left_out:
            text = ngettext("{n} more message is not shown.", "{n} more messages are not shown.", self.left_out)
            said.append(text.format(n=self.left_out))
        if self._talks_left_out:
            n = self._talks_left_out
            text = ngettext("{n} older conversation is not shown.", "{n} older conversations are not shown.", n)
            said.append(text.format(n=n))
        return said

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """The picture, and the size in pixels at which it is meant to be seen."""
        out = io.BytesIO()
        self.figure.savefig(out, format="png", dpi=DOTS)
        width, height = self.figure.get_size_inches()
        return smaller(out), {"width": math.ceil(width * DOTS / 2), "height": math.ceil(height * DOTS / 2)}

    def __repr__(self) -> str:
        """The same facts as a text; without times and ports, so that it is the same each time."""
        title = ": ".join(filter(None, [self.title, self.subtitle]))
        out = [_("Ladder of {title}").format(title=title)]
        for arrow in self.arrows:
            said = shorten(arrow.text, _WIDTH)
            if arrow.kind is Kind.LOST:
                said = _("lost on the way: {text}").format(text=said)
            out.append(f"  {self._way(arrow)}  {'' if arrow.size is None else octets(arrow.size) + '  '}{said}")
        return "\n".join(out + [f"  {remark}" for remark in self.remarks])

    def _way(self, arrow: Arrow) -> str:
        if self._several:
            source, target = self.lifelines[arrow.source], self.lifelines[arrow.target]
            return f"{'netkit' if arrow.begins_at_tap else source} → {'netkit' if arrow.ends_at_tap else target}"
        return way(arrow.side, arrow.kind or Kind.END)


def _titles(talks: Sequence[Conversation]) -> tuple[str, str]:
    if len(talks) == 1:
        return named(talks[0]), summary(talks[0])
    names = ", ".join(dict.fromkeys(visible(talk.name.encode(errors="replace")) for talk in talks))
    text = ngettext("{n} conversation: {names}", "{n} conversations: {names}", len(talks))
    return text.format(n=len(talks), names=names), ""
