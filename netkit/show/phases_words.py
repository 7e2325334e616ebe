"""A POP3 session in words; without ports, times and digests, so that the same session gives the same words."""

from __future__ import annotations

from netkit.i18n import _, ngettext, octets
from netkit.protocols.pop3_session import End, Entry, Phase, Session, State, Step

STEPS = 40  # that the text tells
LETTERS = 60  # that are told one by one


def where(session: Session) -> str:
    """In which phase it is, or how it ended."""
    if session.encrypted and session.end is End.OPEN:
        return _("encrypted (TLS): only ciphertext goes over the wire, so the phase cannot be told")
    if session.end is End.OPEN:
        return _("now in {phase}").format(phase=session.phase.name)
    if session.encrypted:
        return _("encrypted (TLS), and over: what it did cannot be told from the wire")
    return outcome(session)


def outcome(session: Session) -> str:
    """What the end of a session did."""
    match session.end:
        case End.QUIT:
            return _("closed by QUIT before signing in: no UPDATE, nothing changes")
        case End.UPDATED if session.gone:
            n = session.gone
            return ngettext(
                "closed by QUIT: UPDATE deleted {n} letter", "closed by QUIT: UPDATE deleted {n} letters", n
            ).format(n=n)
        case End.UPDATED:
            return _("closed by QUIT: no letter was marked, so UPDATE deleted nothing")
        case End.FAILED:
            return _("closed by QUIT: UPDATE could not delete all that was marked")
        case End.UNKNOWN:
            return _("broken off after QUIT, before its answer: whether UPDATE took place, the next session will tell")
        case End.BROKEN if session.phase is Phase.TRANSACTION:
            return _("connection broken off without QUIT: no UPDATE, nothing was deleted")
        case End.BROKEN:
            return _("connection ended before signing in: nothing changes")
        case _:
            return ""


def lock(session: Session) -> str:
    """Who has the maildrop."""
    if session.encrypted:
        return ""
    if session.locked:
        return _("The maildrop of {user} is locked: only this session can use it.").format(user=_user(session))
    if session.phase is not Phase.AUTHORIZATION:
        if session.end is End.UNKNOWN:
            return ""
        return _("The maildrop of {user} is free again.").format(user=_user(session))
    if any(step.good is False and "[IN-USE]" in step.reply.upper() for step in session.steps[-1:]):
        return _("Turned away: another session has the maildrop, until its QUIT or its connection's end.")
    return _("No maildrop is open: the lock comes with signing in.")


def drop(session: Session) -> str:
    """How many letters there are, as far as anybody has told."""
    if session.phase is Phase.AUTHORIZATION or session.encrypted:
        return ""
    if session.count is None:
        return _("How many letters there are, nobody has told yet: STAT and LIST would.")
    n = session.count
    said = [ngettext("{n} letter at signing in", "{n} letters at signing in", n).format(n=n)]
    if session.marked:
        said.append(ngettext("{n} marked", "{n} marked", session.marked).format(n=session.marked))
    if session.gone:
        said.append(ngettext("{n} gone", "{n} gone", session.gone).format(n=session.gone))
    return ", ".join(said)


def state(letter: Entry, session: Session) -> str:
    """What became of a letter."""
    if letter.state is State.MARKED and session.end is End.BROKEN:
        return _("not deleted")
    if letter.state is State.MARKED and session.end in (End.UNKNOWN, End.FAILED):
        return _("not known")
    return {State.PRESENT: _("there"), State.MARKED: _("marked"), State.GONE: _("gone")}[letter.state]


def step(one: Step, session: Session) -> str:
    """A command and what its answer did."""
    if one.good is None:
        if session.end is End.OPEN:
            return _("{command}: no answer yet").format(command=one.command)
        return _("{command}: no answer came").format(command=one.command)
    if not one.good:
        if one.verb == "GREETING":
            return _("the server turns the client away: {reply}").format(reply=one.reply)
        return _("{command} refused: {reply}").format(command=one.command, reply=one.reply)
    return _done(one).format(command=one.command, n=one.letters, size=octets(one.size or 0), number=one.number)


def _done(one: Step) -> str:
    match one.verb:
        case "USER":
            return _("{command}: now the password")
        case "PASS" | "APOP" | "AUTH" if one.phase is Phase.TRANSACTION and one.letters is not None:
            return ngettext("{command} → TRANSACTION, {n} letter", "{command} → TRANSACTION, {n} letters", one.letters)
        case "PASS" | "APOP" | "AUTH" if one.phase is Phase.TRANSACTION:
            return "{command} → TRANSACTION"  # nothing to translate
        case "STLS":
            return _("{command}: from here on TLS")
        case "STAT" if one.letters is not None:
            return ngettext("{command}: {n} letter, {size}", "{command}: {n} letters, {size}", one.letters)
        case "LIST" if one.letters is not None:
            return ngettext("{command}: {n} letter", "{command}: {n} letters", one.letters)
        case "LIST" if one.size is not None:
            return _("{command}: {size}")
        case "RETR":
            return _("{command}: letter {number} was fetched, and stays")
        case "TOP":
            return _("{command}: the beginning of letter {number}")
        case "DELE":
            return _("{command}: letter {number} marked")
        case "RSET":
            return _("{command}: no letter is marked any more")
        case "QUIT" if one.letters:
            return ngettext(
                "{command} → UPDATE, {n} letter deleted", "{command} → UPDATE, {n} letters deleted", one.letters
            )
        case "QUIT" if one.phase is Phase.UPDATE:
            return _("{command} → UPDATE, nothing deleted")
        case "QUIT":
            return _("{command}: closed")
        case _:
            return _("{command}: done")


def text(session: Session, name: str) -> str:
    """All of it, line by line.

    Args:
        session: the session.
        name: what to call it.
    """
    out = [f"{name}: {where(session)}"]
    out += [f"  {line}" for line in (lock(session), drop(session)) if line]
    shown = session.steps[-STEPS:]
    earlier = session.earlier + len(session.steps) - len(shown)
    if earlier:
        out.append("  " + left_out(earlier))
    out += [f"  {step(one, session)}" for one in shown]
    out += [f"  {line}" for line in _letters(session)]
    return "\n".join(out)


def left_out(n: int) -> str:
    """So many steps that are not shown."""
    return ngettext("({n} earlier step)", "({n} earlier steps)", n).format(n=n)


def more(n: int) -> str:
    """So many letters that are not shown."""
    return ngettext("and {n} more letter", "and {n} more letters", n).format(n=n)


def hidden(session: Session) -> int:
    """How many letters are not told one by one."""
    return max(len(session.letters), session.count or 0) - min(len(session.letters), LETTERS)


def _letters(session: Session) -> list[str]:
    said = []
    for letter in session.letters[:LETTERS]:
        size = octets(letter.size) if letter.size is not None else ""
        facts = ", ".join(filter(None, [state(letter, session), size, letter.subject]))
        said.append(_("letter {number}: {facts}").format(number=letter.number, facts=facts))
    if n := hidden(session):
        said.append(more(n))
    return said


def _user(session: Session) -> str:
    return session.user or "?"
