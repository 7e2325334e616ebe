"""The picture of a POP3 session as HTML: its phases, its letters, what was said last. All is escaped."""

from __future__ import annotations

import html

from netkit.i18n import _, octets
from netkit.protocols.pop3_session import End, Entry, Phase, Session, State
from netkit.show import phases_words as words
from netkit.show.views import status

STEPS = 6  # that the picture shows

_COMMANDS = {
    Phase.AUTHORIZATION: ("USER", "PASS", "APOP", "STLS", "CAPA", "QUIT"),
    Phase.TRANSACTION: ("STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET", "NOOP", "CAPA", "QUIT"),
    Phase.UPDATE: (),
}
_SIGNS = {State.PRESENT: "✉", State.MARKED: "✕", State.GONE: "○"}
_LOCK = (
    '<svg class="nk-lock-sign" viewBox="0 0 12 14" fill="currentColor" aria-hidden="true">'
    '<path d="M3 6V4a3 3 0 0 1 6 0v2" fill="none" stroke="currentColor" stroke-width="1.6"/>'
    '<rect x="1" y="6" width="10" height="7.5" rx="1.5"/></svg>'
)
_LONGEST = 160  # characters of what was said that are shown


def picture(session: Session, note: str = "", begun: bool = True) -> str:
    """The whole picture.

    Args:
        session: the session.
        note: what is to be said besides, or "".
        begun: whether there is a session at all: if not, it is in no phase.
    """
    hidden = words.where(session) if session.encrypted and session.end is End.OPEN else ""
    notes = [status(text, "nk-broken") for text in (hidden, note) if text]
    return "".join([_diagram(session, begun), *notes, _maildrop(session), _said(session)])


def _diagram(session: Session, begun: bool) -> str:
    parts = [_phase(phase, session, begun) for phase in Phase]
    parts += [_onward("PASS, APOP", "nk-in"), _onward("QUIT", "nk-out")]
    parts += [_exit(text, kind) for text, kind in _exits()]
    over = session.end is not End.OPEN
    says = words.where(session) if over else _("closed")
    here = _here() if over else ""
    kind = "nk-closed nk-here" if over else "nk-closed"
    parts.append(f'<div class="{kind}"{_current(over)}><b>{html.escape(says)}</b>{here}</div>')
    label = html.escape(_("The phases of a POP3 session (RFC 1939)"))
    return f'<div class="nk-phases" role="group" aria-label="{label}">{"".join(parts)}</div>'


def _phase(phase: Phase, session: Session, begun: bool) -> str:
    now = begun and phase is session.phase and session.end is End.OPEN and not session.encrypted
    was = begun and not now and not session.encrypted and phase.value <= session.phase.value
    asks = {
        Phase.AUTHORIZATION: _("Who is it? No maildrop yet."),
        Phase.TRANSACTION: _("The maildrop is locked for this session. Letters are read and marked; none goes."),
        Phase.UPDATE: _("No commands: the server deletes what is marked and takes the lock off."),
    }[phase]
    last = session.steps[-1].verb if session.steps else ""
    listed = "".join(
        f"<li><code>{f'<b>{verb}</b>' if now and verb == last else verb}</code></li>" for verb in _COMMANDS[phase]
    )
    name = html.escape(_("Commands"))
    commands = f'<ul aria-label="{name}">{listed}</ul>' if listed else ""
    badge = _here() if now else _badge("nk-was", "✓", _("was here")) if was else ""
    kind = "nk-phase nk-here" if now else "nk-phase nk-past" if was else "nk-phase"
    return (
        f'<section class="{kind} nk-of-{phase.name.lower()}"{_current(now)}>'
        f"<h4><b>{phase.name}</b>{badge}</h4><p>{html.escape(asks)}</p>{commands}</section>"
    )


def _exits() -> list[tuple[str, str]]:
    """The ways out."""
    return [
        (_("QUIT, or the connection ends: nothing changes"), "nk-of-authorization"),
        (_("the connection ends without QUIT: no UPDATE, nothing is deleted"), "nk-of-transaction"),
        (_("done: the connection is closed"), "nk-of-update"),
    ]


def _onward(text: str, kind: str) -> str:
    return f'<div class="nk-onward {kind}"><span>{html.escape(text)}</span> <span>+OK</span></div>'


def _exit(text: str, kind: str) -> str:
    return f'<div class="nk-exit {kind}"><span aria-hidden="true">↓</span> <span>{html.escape(text)}</span></div>'


def _here() -> str:
    return _badge("nk-now-here", "●", _("now here"))


def _badge(kind: str, sign: str, text: str) -> str:
    return f'<span class="{kind}"><span aria-hidden="true">{sign}</span> {html.escape(text)}</span>'


def _current(now: bool) -> str:
    return ' aria-current="step"' if now else ""


def _maildrop(session: Session) -> str:
    lock, drop = words.lock(session), words.drop(session)
    sign = _LOCK if session.locked else ""
    said = " ".join(f"<span>{part}</span>" for part in (sign + html.escape(lock), html.escape(drop)) if part)
    if not said:
        return ""
    cards = "".join(_card(letter, session) for letter in session.letters[: words.LETTERS])
    if n := words.hidden(session):
        cards += f'<li class="nk-quiet">{html.escape(words.more(n))}</li>'
    name = html.escape(_("Letters"))
    listed = f'<ul class="nk-drop" aria-label="{name}">{cards}</ul>' if cards else ""
    return f'<div class="nk-lock">{said}</div>{listed}'


def _card(letter: Entry, session: Session) -> str:
    said = words.state(letter, session)
    size = octets(letter.size) if letter.size is not None else _("size not told")
    name = html.escape(letter.subject)
    subject = f'<span class="nk-subject" title="{name}">{name}</span>' if name else ""
    return (
        f'<li class="nk-card nk-is-{letter.state.value}"><span class="nk-sign" aria-hidden="true">'
        f"{_SIGNS[letter.state]}</span><b>{letter.number}</b> <span>{html.escape(said)}</span>"
        f'<span class="nk-quiet">{html.escape(size)}</span>{subject}</li>'
    )


def _said(session: Session) -> str:
    if not session.steps:
        return ""
    shown = session.steps[-STEPS:]
    rows = []
    earlier = session.earlier + len(session.steps) - len(shown)
    if earlier:
        rows.append(f'<li class="nk-quiet">{html.escape(words.left_out(earlier))}</li>')
    rows += [f"<li>{html.escape(_short(words.step(one, session)))}</li>" for one in shown[:-1]]
    last = shown[-1]
    answer = f' <code class="nk-server-said">{html.escape(_short(last.reply))}</code>' if last.good else ""
    rows.append(f'<li role="status"><b>{html.escape(_short(words.step(last, session)))}</b>{answer}</li>')
    name = html.escape(_("What happened"))
    return f'<ol class="nk-steps" aria-label="{name}">{"".join(rows)}</ol>'


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
