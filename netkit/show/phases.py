"""The phases of a POP3 session as a picture that follows the session, command by command (RFC 1939 section 3)."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import Any

import ipywidgets as widgets

from netkit.errors import BadInput
from netkit.i18n import _
from netkit.protocols import Piece
from netkit.protocols.pop3_follow import follow
from netkit.protocols.pop3_session import End, Session
from netkit.show import phases_words as words
from netkit.show.controls import show
from netkit.show.inspector import Source
from netkit.show.kept import Kept
from netkit.show.keyguard import KeyGuard
from netkit.show.live import Live, latest
from netkit.show.phases_html import picture
from netkit.show.speaking import Speaking, told
from netkit.wire.conversation import Conversation, Ending, Event, Side

LISTED = 20  # sessions that can be chosen: the newest ones
NEWEST = 0  # the choice of whichever session is the newest


class Phases(Speaking):
    """Shows in which phase a POP3 session is, its letters, and which of them are marked.

    Args:
        source: a POP3 server, or a tap in front of one; the newest session is shown, until the learner chooses.
    """

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._followed: dict[int, tuple[Conversation, Session]] = {}
        self._shown: tuple[Conversation, Session] | None = None
        self._title = widgets.HTML()
        self._choice = widgets.Dropdown(description=_("Session"), options=[(_("the newest"), NEWEST)]).add_class(
            "nk-session"
        )
        self._picture = widgets.HTML()
        for ignored in ("tex2jax_ignore", "mathjax_ignore"):  # "$…$" in a subject is no formula
            self._picture.add_class(ignored)
        self._status = widgets.HTML()
        self._choice.observe(self._on_choice, "value")
        head = widgets.HBox([self._title, self._choice]).add_class("nk-row").add_class("nk-phases-head")
        self.children = [head, self._picture, self._status, KeyGuard()]
        self.add_class("nk-root")
        self._live = Live(source.subscribe, self._redraw, self._on_problem)
        self._draw(source.conversations)
        self._admit()

    @told
    def _redraw(self) -> None:
        """Something changed. Called on the main thread."""
        self._draw(latest(self._source))

    def _draw(self, kept: Sequence[Conversation]) -> None:
        listed = kept[-LISTED:]
        before = self._followed
        self._followed = {c.number: _again(c, before.get(c.number)) for c in listed}
        self._offer(listed)
        show(self._choice, len(listed) > 1)
        number = self._choice.value or (listed[-1].number if listed else NEWEST)
        self._shown = self._followed.get(number)
        title = _name(self._source.name, number)
        self._title.value = f'<div class="nk-heading"><b>{html.escape(title)}</b></div>'
        if self._shown is None:
            nobody = _("No session yet: the picture follows the next one.")
            self._picture.value = picture(follow(()), begun=False) + f'<p class="nk-empty">{html.escape(nobody)}</p>'
            return
        conversation, session = self._shown
        drawn = picture(session, _note(conversation))
        if drawn != self._picture.value:
            self._picture.value = drawn

    def _offer(self, listed: Sequence[Conversation]) -> None:
        """In the list of sessions those that there are, each with its phase."""
        options = [(_("the newest"), NEWEST)]
        options += [(_option(*self._followed[c.number]), c.number) for c in reversed(listed)]
        if options == list(self._choice.options):
            return
        chosen = self._choice.value
        with self._drawing_now(), self._choice.hold_sync():
            self._choice.options = options
            self._choice.value = chosen if chosen in self._followed else NEWEST

    @told
    def _on_choice(self, _change: Any) -> None:
        if not self._drawing:
            self._draw(self._source.conversations)

    def _in_words(self) -> str:
        """The session that is shown."""
        if self._shown is None:
            return _("{name}: no session yet").format(name=self._source.name)
        conversation, session = self._shown
        note = _note(conversation)
        return words.text(session, _name(conversation.name, conversation.number)) + (f"\n  {note}" if note else "")


def phases(session: Source | Conversation) -> Phases:
    """Show the phases of a POP3 session, its letters and its marks.

    Args:
        session: ``mail.pop3``: the picture follows its newest session; or ``mail.pop3.conversations[-1]``: this one
            session, as it was.

    Raises:
        BadInput: it is something else, or speaks another protocol.
    """
    if isinstance(session, Conversation):
        _check(session.protocol)
        return Phases(Kept(session))
    if not hasattr(session, "conversations") or not hasattr(session, "subscribe"):
        text = _("phases() shows a POP3 server such as mail.pop3, or one of its conversations; not {kind}.")
        raise BadInput(text.format(kind=type(session).__name__))
    _check(getattr(session, "protocol", ""))
    return Phases(session)


def _check(protocol: str) -> None:
    if protocol != "pop3":
        text = _("phases() shows sessions of POP3, and this one speaks {protocol}: say netkit.phases(mail.pop3).")
        raise BadInput(text.format(protocol=protocol.upper() or "?"))


def _again(conversation: Conversation, before: tuple[Conversation, Session] | None) -> tuple[Conversation, Session]:
    """The session, followed anew only if something has happened in it."""
    if before is not None and before[0] is conversation:
        return before
    said: Sequence[Event] = getattr(conversation, "said", ())
    over = conversation.ending is not Ending.OPEN
    return conversation, follow(_pieces(conversation.events), _pieces(said), over)


def _pieces(events: Sequence[Event]) -> Iterator[Piece]:
    """What has no bytes is a break."""
    for event in events:
        data = event.data if event.arrived else b""
        yield ("client" if event.side is Side.CLIENT else "server"), event.time, data


def _name(server: str, number: int) -> str:
    return _("{name}, session {number}").format(name=server, number=number) if number else server


def _option(conversation: Conversation, session: Session) -> str:
    phase = session.phase.name if session.end is End.OPEN else _("over")
    return ", ".join(filter(None, [f"{conversation.number}: {phase}", session.user]))


def _note(conversation: Conversation) -> str:
    """What keeps the picture from being whole."""
    if conversation.left_out:
        return _("Part of this session was not kept, so letters and marks may be missing.")
    return ""
