"""The seven layers of the OSI model (ISO/IEC 7498-1), with the learner's own bytes standing at their layer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netkit.errors import BadInput
from netkit.export import Recorded, newest
from netkit.export.capture import capture
from netkit.export.text import named
from netkit.i18n import _, octets
from netkit.show.osi_layers import carried, layers
from netkit.wire.conversation import Conversation, Ending, Event, Kind, Side


def osi(what: Recorded, side: str = "client") -> Osi:
    """Show the seven OSI layers, with the first bytes that a side sent standing at their layer.

    Args:
        what: a conversation; a server stands for its newest one.
        side: whose bytes: ``"client"`` or ``"server"``.

    Raises:
        BadInput: there is no conversation, that side has sent nothing, or it is no side.
    """
    if side not in ("client", "server"):
        raise BadInput(_('side is "client" or "server", not {value!r}.').format(value=side))
    return Osi(newest(what)[-1], Side(side))


class Osi:
    """The picture: in a notebook it is HTML, elsewhere a text with the same facts.

    Attributes:
        title: whose bytes they are.
        layers: the seven layers, 7 first.
        data: the bytes: one piece, as it was passed on.
        cut: whether they are more than one packet holds.
    """

    def __init__(self, talk: Conversation, side: Side) -> None:
        index, self.data = _first(talk, side)
        self.title = _title(talk, side, len(self.data))
        packet = _packet(talk, index)
        self.layers = layers(talk, side, self.data, packet)
        self.cut = carried(talk, packet) < len(self.data)  # too much for one packet: the rest goes in others

    @property
    def border(self) -> str:
        """What stands between the layers of the program and those of the system."""
        return _("socket: above it your program, below it the operating system")

    @property
    def caption(self) -> str:
        """What is real in the picture."""
        text = _(
            "The bytes are those recorded. The headers are rebuilt by netkit as in the exported capture: "
            "an ordinary program does not see the real ones."
        )
        more = _("It is more than one packet holds: here is the first.")
        return f"{text} {more}" if self.cut else text

    def html(self) -> str:
        """The picture."""
        from netkit.show.osi_html import page

        return page(self)

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        from netkit.show.panel import Panel

        return Panel(self.html(), repr(self))._repr_mimebundle_()

    def __repr__(self) -> str:
        """The same facts as a text; without times and ports, so that it is the same each time."""
        wide = max(len(layer.name) for layer in self.layers)
        out = [self.title]
        for layer in self.layers:
            out.append(f"  {layer.number} {layer.name:<{wide}}  {layer.says}")
            if layer.number == 5:
                out.append(f"  --- {self.border} ---")
        return "\n".join([*out, self.caption])


def _first(talk: Conversation, side: Side) -> tuple[int, bytes]:
    for index, event in enumerate(talk.events):
        if event.stream is side and event.arrived and event.data:
            return index, event.data
    who = {Side.CLIENT: _("The client has sent nothing yet."), Side.SERVER: _("The server has sent nothing yet.")}
    raise BadInput(who[side])


def _title(talk: Conversation, side: Side, size: int) -> str:
    if side is Side.CLIENT:
        text = _("The OSI layers of {name}: the client's first {size}")
    else:
        text = _("The OSI layers of {name}: the server's first {size}")
    return text.format(name=named(talk), size=octets(size))


def _packet(talk: Conversation, index: int) -> bytes:
    """The packet that the capture has for this event; the first of them, if it takes several."""
    ports = {talk.name: talk.server.port}  # the real one: it is the learner's own
    talk = replace(talk, ending=Ending.OPEN, events=(*map(_light, talk.events[:index]), talk.events[index]))
    earlier = capture([replace(talk, events=talk.events[:-1])], ports)
    return capture([talk], ports)[len(earlier)].data


def _light(event: Event) -> Event:
    """What came before counts for the sequence numbers only."""
    return replace(event, side=event.stream, kind=Kind.GAP, data=b"") if event.arrived and event.data else event
