"""What came of sending a letter, in words."""

from __future__ import annotations

import smtplib
from collections.abc import Iterable, Mapping, Sequence
from email.utils import getaddresses

from netkit.attempt import Outcome
from netkit.export.letter_program import TIMEOUT, Fields
from netkit.i18n import _, ngettext

MOST = 300  # characters of an exception's text
SHOWN = 10  # addresses that are named one by one

Refused = Mapping[str, tuple[int, bytes]]


def outcome(ran: Outcome, fields: Fields) -> tuple[str, bool]:
    """What came of the program, and whether all is well."""
    if ran.late:
        return _("Time is up: the program was ended. What the server had taken by then, its conversation shows."), False
    if ran.problem is not None:
        return _problem(ran.problem, fields), False
    refused: Refused = ran.value.get("refused") or {}
    n, taken = len(fields.recipients), len(set(fields.recipients) - set(refused))
    if not refused:
        text = ngettext("Accepted for {n} recipient.", "Accepted for {n} recipients.", n)
        return text.format(n=n), True
    text = _("Accepted in part, for {taken} of {n} recipients. Refused: {who}.")
    return text.format(taken=taken, n=len(set(fields.recipients)), who=_who(refused)), False


def difference(fields: Fields) -> list[str]:
    """How the envelope and the header differ: one sentence each."""
    named = dict(fields.header)
    to = _addresses([named.get("To", ""), named.get("Cc", "")])
    envelope = {address.lower(): address for address in fields.recipients}
    said = []
    if named.get("From") and set(_addresses([named["From"]])) != {fields.sender.lower()}:
        said.append(_("The reader will see another sender than the envelope has."))
    if only := [shown for address, shown in to.items() if address not in envelope]:
        said.append(_("In the header only, so nothing is delivered there: {who}.").format(who=_some(only)))
    if only := [shown for address, shown in envelope.items() if address not in to]:
        said.append(_("In the envelope only, as a blind copy (Bcc) is: {who}.").format(who=_some(only)))
    return said


def _problem(problem: BaseException, fields: Fields) -> str:
    name = type(problem).__name__
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        if not problem.recipients:
            return _("{name}: the envelope has no recipient, so there is nobody to send to.").format(name=name)
        text = _("{name}: all recipients were refused, so nothing was sent: {who}.")
        return text.format(name=name, who=_who(problem.recipients))
    if isinstance(problem, smtplib.SMTPSenderRefused):
        return _("{name}: the envelope's sender was refused: {reply}.").format(
            name=name, reply=_reply(problem.smtp_code, problem.smtp_error)
        )
    if isinstance(problem, smtplib.SMTPAuthenticationError):
        return _("{name}: the login was refused: {reply}.").format(
            name=name, reply=_reply(problem.smtp_code, problem.smtp_error)
        )
    if isinstance(problem, smtplib.SMTPResponseException):
        return _("{name}: the server said no: {reply}.").format(
            name=name, reply=_reply(problem.smtp_code, problem.smtp_error)
        )
    why = _why(problem, fields)
    text = f"{name}: {shown(str(problem), MOST)}"
    return f"{text} — {why}" if why else text


def _why(problem: BaseException, fields: Fields) -> str:
    """What an exception of the library means here."""
    if isinstance(problem, UnicodeEncodeError):
        lost = problem.object[problem.start : problem.start + 1]
        if problem.encoding.lower() in ("ascii", "utf-8"):
            return _("This character cannot be sent: {char!a}.").format(char=lost)
        text = _("{charset} has no {char!r}. Choose utf-8, which has all characters.")
        return text.format(charset=fields.charset, char=lost)
    newline = any("\r" in value or "\n" in value for _name, value in fields.header)
    if isinstance(problem, ValueError) and newline:
        return _(
            "A field of the header is one line. What stands behind a line's end would be a field of its own, such as"
            " Bcc: that is header injection, so EmailMessage refuses it, and nothing was sent."
        )
    if isinstance(problem, ValueError) and any(c in "".join((fields.sender, *fields.recipients)) for c in "\r\n"):
        return _(
            "An address of the envelope goes into a command, and a command is one line. What stands behind its end"
            " would be another command: smtplib refuses it."
        )
    if isinstance(problem, TimeoutError) or isinstance(problem.__context__, TimeoutError):  # smtplib wraps some
        return _("The server did not answer within {n} seconds.").format(n=TIMEOUT)
    if isinstance(problem, ConnectionRefusedError):
        return _("Nobody listens there: has the mail server been stopped? mail.start() starts it.")
    if isinstance(problem, (smtplib.SMTPServerDisconnected, ConnectionError)):
        return _("The connection was broken off.")
    return ""


def _who(refused: Refused) -> str:
    return _some(f"{address} ({_reply(code, text)})" for address, (code, text) in refused.items())


def _some(said: Iterable[str]) -> str:
    every = [shown(each) for each in said]
    return ", ".join(every[:SHOWN]) + (", …" if len(every) > SHOWN else "")


def _reply(code: int, text: bytes | str) -> str:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {shown(said)}"


def shown(text: str, most: int = 120) -> str:
    """A text in one row, without anything that cannot be seen; at most so many characters, and "…" for the rest."""
    said = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: most + 1])
    return said if len(said) <= most else said[: most - 1] + "…"


def _addresses(values: Sequence[str]) -> dict[str, str]:
    """The addresses in fields of a header, in lower case, and as they stand there."""
    return {address.lower(): address for _name, address in getaddresses([v for v in values if v]) if address}
