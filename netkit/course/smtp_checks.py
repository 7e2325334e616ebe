"""How the exercises of the lesson on sending mail are judged: by the dialogue, and by what came into the maildrops."""

from __future__ import annotations

import email
import email.policy
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from netkit.attempt import Outcome, attempt
from netkit.course.judge import State, Verdict, wrong
from netkit.course.outcomes import nothing_sent, raised, went_wrong
from netkit.i18n import _, ngettext
from netkit.servers.mail.letters import DOMAIN, Letter
from netkit.servers.mail.post import Mail
from netkit.wire.conversation import Conversation, Ending, Side

TEXT = "Встреча в 12:00.\n.\nThe dot above is part of the text.\n"
STUDENT, LECTURER, GUEST = (f"{name}@{DOMAIN}" for name in ("student", "lecturer", "guest"))


def commands(seen: Conversation) -> list[str]:
    """The SMTP commands that the client gave, in capitals and without what follows them; letters are left out."""
    said = b"".join(event.data for event in seen.events if event.side is Side.CLIENT)
    found: list[str] = []
    in_letter = False
    for line in said.split(b"\r\n"):
        if in_letter:
            in_letter = line != b"."
        elif line.strip():
            found.append(line.split(maxsplit=1)[0].decode("ascii", "replace").upper())
            in_letter = found[-1] == "DATA"
    return found


def check_blind_copy(send: Callable[..., Any]) -> Verdict:
    """One letter, two recipients, one of them named nowhere."""
    if not callable(send):
        return wrong(_('Give the function itself: netkit.check("blind-copy", send_blind).'))
    with Mail() as mail:
        done = attempt(send, mail.smtp.address, LECTURER, GUEST, TEXT)
        seen = _newest(mail)
        if seen is None:
            return nothing_sent(done)
        got, blind = mail.maildrop("lecturer"), mail.maildrop("guest")
        if verdict := went_wrong(done, seen):
            return verdict
        if not got or not blind:
            who = GUEST if got else LECTURER
            return wrong(_("No letter has come for {who}: is that address in the envelope?").format(who=who), seen)
        if (n := commands(seen).count("MAIL")) != 1 or len(mail.smtp.conversations) != 1:
            n = max(n, len(mail.smtp.conversations))
            text = ngettext("It sent {n} letter; one is enough.", "It sent {n} letters; one is enough.", n)
            return wrong(text.format(n=n), seen)
        return _judge_letter(got[0], seen)


def _judge_letter(letter: Letter, seen: Conversation) -> Verdict:
    parsed = _parsed(letter)
    if letter.envelope.sender != STUDENT:
        text = _("The sender in the envelope is {sender!r}, not {expected!r}.")
        return wrong(text.format(sender=letter.envelope.sender, expected=STUDENT), seen)
    if LECTURER not in str(parsed["To"]):
        return wrong(_("The letter's To: does not name {who}.").format(who=LECTURER), seen)
    if GUEST.encode() in letter.data:
        return wrong(_("{who} can be read in the letter: the copy is not blind.").format(who=GUEST), seen)
    if verdict := _judge_text(parsed, seen):
        return verdict
    if verdict := _judge_end(seen):
        return verdict
    return Verdict(State.RIGHT, _("Two in the envelope, one in the letter."), seen)


def check_newsletter(send: Callable[..., Any]) -> Verdict:
    """Three recipients, the second one unknown."""
    if not callable(send):
        return wrong(_('Give the function itself: netkit.check("newsletter", send_all).'))
    nobody = f"nobody@{DOMAIN}"
    with Mail() as mail:
        done = attempt(send, mail.smtp.address, [LECTURER, nobody, GUEST], TEXT)
        seen = _newest(mail)
        if seen is None:
            return nothing_sent(done)
        if isinstance(done.problem, smtplib.SMTPRecipientsRefused):
            return wrong(_("One recipient was refused, and the exception ended everything: catch it."), seen)
        if verdict := went_wrong(done, seen):
            return verdict
        if (n := len(mail.smtp.conversations)) != 1:
            text = ngettext("It made {n} connection; one session is enough for all letters.",
                            "It made {n} connections; one session is enough for all letters.", n)  # fmt: skip
            return wrong(text.format(n=n), seen)
        for who, user in ((LECTURER, "lecturer"), (GUEST, "guest")):
            if verdict := _judge_own(mail.maildrop(user), who, seen):
                return verdict
        if done.value != [nobody]:
            text = _("It has to return the list of those who were refused, {expected!r}; it returned {value!r}.")
            return wrong(text.format(expected=[nobody], value=done.value), seen)
        if verdict := _judge_end(seen):
            return verdict
    return Verdict(State.RIGHT, _("One session, a letter for each, and nobody is forgotten."), seen)


def _judge_own(letters: tuple[Letter, ...], who: str, seen: Conversation) -> Verdict | None:
    if len(letters) != 1:
        text = ngettext("{who} got {n} letter, and ought to get one.", "{who} got {n} letters, and ought to get one.",
                        len(letters))  # fmt: skip
        return wrong(text.format(who=who, n=len(letters)), seen)
    parsed = _parsed(letters[0])
    if str(parsed["To"] or "").strip("<> ") != who:
        text = _("The letter for {who} says To: {to}; it has to name its own recipient, and no other.")
        return wrong(text.format(who=who, to=parsed["To"]), seen)
    return _judge_text(parsed, seen)


def check_patience(send: Callable[..., Any]) -> Verdict:
    """Nothing wrong, one refusal for now, one for good, and refusals for now without end."""
    if not callable(send):
        return wrong(_('Give the function itself: netkit.check("patience", send_patiently).'))
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = STUDENT, LECTURER, "Patience"
    letter.set_content(TEXT)
    with Mail() as mail:
        for code, times, tries in ((None, 0, 1), (451, 1, 2), (550, None, 1), (451, None, 3)):
            mail.reset()
            mail.smtp.clear()
            mail.smtp.faults.clear()
            if code is not None:
                mail.smtp.faults.reply("MAIL", code, times=times)
            done = attempt(send, mail.smtp.address, letter)
            seen = _newest(mail)
            if seen is None:
                return nothing_sent(done)
            if verdict := _judge_tries(mail, done, seen, code, times, tries):
                return verdict
            if code == 451 and times == 1:
                good = seen
    return Verdict(State.RIGHT, _("It tries again when it is told to, only then, and gives up in the end."), good)


def _judge_tries(
    mail: Mail, done: Outcome, seen: Conversation, code: int | None, times: int | None, tries: int
) -> Verdict | None:
    made = sum(commands(one).count("MAIL") for one in mail.smtp.conversations)
    if code is None or times:
        if verdict := went_wrong(done, seen):
            return verdict
    elif done.late:
        return wrong(_("The server says {code} each time, and your function does not give up.").format(code=code), seen)
    elif not isinstance(done.problem, smtplib.SMTPResponseException):
        if done.problem is not None:
            return raised(done.problem, seen)
        text = _("The server says {code} each time: in the end the exception has to be passed on.")
        return wrong(text.format(code=code), seen)
    if made != tries:
        said = _("nothing wrong") if code is None else str(code)
        text = _("The server's answer was: {said}. The tries ought to be {expected}, and were {n}.")
        return wrong(text.format(said=said, expected=tries, n=made), seen)
    if code is not None and not times:
        return None
    if (n := len(mail.maildrop("lecturer"))) != 1:
        return wrong(_("The lecturer has to get the letter once, and got it {n} times.").format(n=n), seen)
    if done.value != tries:
        text = _("It has to return the number of tries, {expected}; it returned {value!r}.")
        return wrong(text.format(expected=tries, value=done.value), seen)
    return None


def _judge_text(parsed: EmailMessage, seen: Conversation) -> Verdict | None:
    try:
        text = parsed.get_content()
    except (KeyError, LookupError, ValueError):
        text = None
    if not isinstance(text, str) or text.replace("\r\n", "\n").strip() != TEXT.strip():
        return wrong(_("The text does not arrive as it was given: decoded, it reads {text!r}.").format(text=text), seen)
    return None


def _judge_end(seen: Conversation) -> Verdict | None:
    if "QUIT" not in commands(seen) or seen.ending is not Ending.CLOSED:
        return wrong(_("The letters have arrived, but the session was not ended with QUIT."), seen)
    return None


def _newest(mail: Mail) -> Conversation | None:
    kept = mail.smtp.conversations
    return kept[-1] if kept else None


def _parsed(letter: Letter) -> EmailMessage:
    return email.message_from_bytes(letter.data, policy=email.policy.default)
