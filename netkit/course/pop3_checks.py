"""How the exercises of the lesson on fetching mail are judged: by the commands, and by what is left in the maildrop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netkit.attempt import attempt
from netkit.course.judge import State, Verdict, wrong
from netkit.course.outcomes import nothing_sent, went_wrong
from netkit.i18n import _, ngettext
from netkit.servers.mail.letters import Letter
from netkit.servers.mail.post import Mail
from netkit.wire.conversation import Conversation, Side

USER, PASSWORD = "student", "secretword"
NEW = b"Subject: one more\r\n\r\n.. it came in between\r\n"
WORD = "СОКЕТЫ"  # the subject says "Про сокеты", in KOI8-R
ALSO = "Subject: =?utf-8?B?0KHQvtC60LXRgtGLINC4INC/0L7RgNGC0Ys=?=\r\n\r\nСокеты и порты\r\n".encode()


def commands(seen: Conversation) -> list[str]:
    """The POP3 commands that the client gave: in capitals, each with what follows it."""
    said = b"".join(event.data for event in seen.events if event.side is Side.CLIENT).decode("ascii", "replace")
    words = (line.split(maxsplit=1) for line in said.split("\r\n") if line.strip())
    return [" ".join([verb.upper(), *rest]) for verb, *rest in words]


def _asked(seen: Conversation, verb: str) -> list[str]:
    return [command for command in commands(seen) if command.split()[0] == verb]


def check_fetch_new(fetch: Callable[..., Any]) -> Verdict:
    """The first letters, the same again, and one that came in between."""
    if not callable(fetch):
        return wrong(_('Give the function itself: netkit.check("fetch-new", fetch_new).'))
    known: set[str] = set()
    with Mail() as mail:
        good = None
        for new in (mail.maildrop(USER), (), None):
            if new is None:
                mail.deliver(NEW)
                new = mail.maildrop(USER)[-1:]
            before = len(mail.maildrop(USER))
            mail.pop3.clear()
            done = attempt(fetch, mail.pop3.address, USER, PASSWORD, known)
            seen = _newest(mail)
            if seen is None:
                return nothing_sent(done)
            if verdict := went_wrong(done, seen) or _judge_fetched(done.value, new, seen):
                return verdict
            if verdict := _judge_left(mail, before, seen):
                return verdict
            good = good or seen
    return Verdict(State.RIGHT, _("Each letter came once, and all are still there."), good)


def _judge_fetched(value: Any, new: tuple[Letter, ...], seen: Conversation) -> Verdict | None:
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, bytes) for one in value):
        return wrong(
            _("It has to return a list of bytes, one for each letter; not {value!r}.").format(value=value), seen
        )
    fetched, n = len(_asked(seen, "RETR")), len(new)
    if fetched > n:
        text = ngettext(
            "{n} letter was new, and it fetched {m}.", "{n} letters were new, and it fetched {m}.", len(new)
        )
        return wrong(text.format(n=len(new), m=fetched) + " " + _("Does it add what it has fetched to seen?"), seen)
    if len(value) != n:
        text = ngettext(
            "{n} letter was new, and it returned {m}.", "{n} letters were new, and it returned {m}.", len(new)
        )
        return wrong(text.format(n=len(new), m=len(value)), seen)
    for number, (got, letter) in enumerate(zip(value, new, strict=True), 1):
        if got.rstrip(b"\r\n") != letter.data.rstrip(b"\r\n"):
            if got.replace(b"\r\n", b"\n").rstrip(b"\n") == letter.data.replace(b"\r\n", b"\n").rstrip(b"\n"):
                return wrong(_('The lines are right; join them with b"\\r\\n".'), seen)
            return wrong(_("Letter {number} is not what lies in the maildrop.").format(number=number), seen)
    return None


def _judge_left(mail: Mail, before: int, seen: Conversation) -> Verdict | None:
    if _asked(seen, "DELE") or len(mail.maildrop(USER)) != before:
        return wrong(_("It has deleted letters; they are to stay on the server."), seen)
    return _judge_end(seen)


def check_clean_up(clean_up: Callable[..., Any]) -> Verdict:
    """Two letters with the word in their subject, in two character sets, among eight."""
    if not callable(clean_up):
        return wrong(_('Give the function itself: netkit.check("clean-up", clean_up).'))
    with Mail() as mail:
        mail.deliver(ALSO)
        before = {letter.uid: letter for letter in mail.maildrop(USER)}
        doomed = {letter.uid for letter in before.values() if letter.number in (3, 8)}
        done = attempt(clean_up, mail.pop3.address, USER, PASSWORD, WORD)
        seen = _newest(mail)
        if seen is None:
            return nothing_sent(done)
        if verdict := went_wrong(done, seen):
            return verdict
        if _asked(seen, "RETR") or any(command.split()[2:] != ["0"] for command in _asked(seen, "TOP")):
            return wrong(_("Bodies came over the wire: ask for the headers alone."), seen)
        marked = {command.split()[-1] for command in _asked(seen, "DELE")}
        if marked != {str(before[uid].number) for uid in doomed}:
            text = _("The word was {word!r}: letters 3 and 8 have it in their subjects. It marked: {marked}.")
            return wrong(text.format(word=WORD, marked=", ".join(sorted(marked)) or _("none")), seen)
        if verdict := _judge_end(seen):
            return verdict
        if done.value != len(doomed):
            text = _("It has to return how many letters it deleted, {expected}; it returned {value!r}.")
            return wrong(text.format(expected=len(doomed), value=done.value), seen)
    return Verdict(State.RIGHT, _("Two letters are gone, and no body was fetched for it."), seen)


def _judge_end(seen: Conversation) -> Verdict | None:
    if "QUIT" not in commands(seen):
        return wrong(_("The session was not ended with QUIT, so it had no UPDATE."), seen)
    return None


def _newest(mail: Mail) -> Conversation | None:
    kept = mail.pop3.conversations
    return kept[-1] if kept else None
