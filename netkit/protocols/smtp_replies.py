"""What an SMTP server answers: by its code, and by what it was asked (RFC 5321, sections 4.2 and 4.3.2)."""

from __future__ import annotations

from netkit.i18n import _
from netkit.protocols.mail_lines import Told, both, brief, rfc
from netkit.protocols.sasl import challenge_told
from netkit.protocols.smtp_extensions import extension_told
from netkit.protocols.smtp_status import status_told
from netkit.protocols.text import LONGEST


def malformed_told(_data: bytes) -> Told:
    """What does not begin as a reply has to."""
    return Told(_("no reply of SMTP: three digits should stand first, such as 250"), rfc(5321, "4.2"))


def reply_told(data: bytes, verb: str, line: int, last: bool) -> Told:
    """A line of a reply.

    Args:
        data: its bytes.
        verb: what it answers: a command's verb, ``"GREETING"``, ``"LETTER"``, or ``""`` if nobody asked.
        line: which line of the reply, counted from 0.
        last: whether it is the last one.
    """
    code, text = data[:3].decode("ascii"), data[4:LONGEST].strip()
    if verb == "AUTH" and code == "334":
        return challenge_told(text, rfc(4954, "4"))
    if code == "250" and verb == "EHLO":
        return extension_told(text) if line else _hello(text, last)
    if code[0] == "2" and (listed := _listed(verb, text)):
        return listed
    if line:
        return Told(_("the reply goes on"), rfc(5321, "4.2.1"))
    status = status_told(text, data[:1])
    if verb == "AUTH" and code in ("534", "535", "538") and status.meaning:  # the enhanced code says why
        return both(Told(_("not signed in"), rfc(4954, "6")), status)
    meaning = _answer(verb, code, brief(text))
    return both(Told(meaning, _section(verb)) if meaning else _by_code(code), status)


def _hello(text: bytes, last: bool) -> Told:
    name = brief(text.split(b" ")[0])
    if last:
        return Told(_("the server, {name}, says hello; it has no extensions").format(name=name), rfc(5321, "4.1.1.1"))
    return Told(_("the server, {name}, says hello; its extensions follow").format(name=name), rfc(5321, "4.1.1.1"))


def _listed(verb: str, text: bytes) -> Told | None:
    """A line of an answer that may have many."""
    if verb == "EXPN":
        return Told(_("on the list: {address}").format(address=brief(text)), rfc(5321, "4.1.1.7"))
    if verb == "HELP":
        return Told(_("help, for people to read"), rfc(5321, "4.1.1.8"))
    return None


def _section(verb: str) -> str:
    return {
        "AUTH": rfc(4954, "6"),
        "ETRN": rfc(1985, "5.1"),
        "STARTTLS": rfc(3207, "4"),
        "LETTER": rfc(5321, "4.1.1.4"),
        "VRFY": rfc(5321, "3.5.3"),
        "EXPN": rfc(5321, "3.5.3"),
        "GREETING": rfc(5321, "3.1"),
    }.get(verb, rfc(5321, "4.3.2"))


def _answer(verb: str, code: str, text: str) -> str:
    """What a code means as an answer to this; "" where it means the same as everywhere."""
    match verb, code:
        case "GREETING", "220":
            return _("the server is ready: {text}").format(text=text)
        case "GREETING", "554":
            return _("there is no mail service here")
        case "HELO", "250":
            return _("the server says hello: {text}").format(text=text)
        case "EHLO", "500" | "501" | "502" | "504" | "550":
            return _("no extensions here: the client may try HELO")
        case "MAIL", "250":
            return _("this sender is taken; now the recipients")
        case "MAIL", "550" | "553":
            return _("this sender is refused")
        case "MAIL" | "LETTER", "552":
            return _("the letter is too large, refused for good")
        case "RCPT", "250":
            return _("this recipient is taken")
        case "RCPT", "251":
            return _("not a user of this server, but it will pass the letter on")
        case "RCPT", "550":
            return _("this recipient is refused for good")
        case "RCPT", "450" | "451" | "452":
            return _("this recipient cannot be taken now: try again later")
        case "RCPT", "552":
            return _("no room for this recipient")
        case "DATA", "354":
            return _("send the letter, then a line with a dot alone")
        case "DATA", "554":
            return _("there is no recipient that was taken")
        case "LETTER", "250":
            return _("the letter is taken: now the server answers for it")
        case "LETTER", "450" | "451" | "452":
            return _("the letter is not taken now: try again later")
        case "LETTER", "550" | "554":
            return _("the letter is refused for good")
        case "RSET", "250":
            return _("the letter that was begun is forgotten")
        case "NOOP", "250":
            return _("done: nothing")
        case "QUIT", "221":
            return _("goodbye: the server closes the connection")
        case "VRFY", "250" | "251":
            return _("yes: {text}").format(text=text)
        case "VRFY" | "EXPN", "252":
            return _("the server will not tell, but would take a letter and try")
        case "VRFY", "550":
            return _("no such mailbox")
        case "EXPN", "550":
            return _("no such mailing list")
        case "STARTTLS", "220":
            return _("agreed: from here on TLS, nobody else can read it")
        case "STARTTLS", "454":
            return _("no TLS now, for a reason that may pass")
        case _:
            return _sign_in(verb, code)


def _sign_in(verb: str, code: str) -> str:
    """Answers to AUTH (RFC 4954) and ETRN (RFC 1985)."""
    match verb, code:
        case "AUTH", "235":
            return _("signed in")
        case "AUTH", "432":
            return _("the password has to be changed first")
        case "AUTH", "454":
            return _("signing in fails now: try again later")
        case "AUTH", "500":
            return _("too long")
        case "AUTH", "501":
            return _("broken off, or not Base64")
        case "AUTH", "503":
            return _("not now: signed in already, or amid a letter")
        case "AUTH", "504":
            return _("the server does not know this way to sign in")
        case "AUTH", "534":
            return _("too weak a way to sign in")
        case "AUTH", "535":
            return _("name or password is wrong")
        case "AUTH", "538":
            return _("encrypt first (STARTTLS), then sign in")
        case "ETRN", "250":
            return _("the server begins to send what waits")
        case "ETRN", "251":
            return _("nothing waits for this host")
        case "ETRN", "252" | "253":
            return _("letters wait, and the server begins to send them")
        case "ETRN", "458":
            return _("the queue cannot be started now")
        case "ETRN", "459":
            return _("this host may not be asked for")
        case _:
            return ""


def _by_code(code: str) -> Told:
    """What a code means everywhere."""
    meaning = ""
    match code:
        case "250":
            meaning = _("done")
        case "421":
            return Told(_("the server closes now: try again later"), rfc(5321, "3.8"))
        case "450":
            meaning = _("the mailbox is busy: try again later")
        case "451":
            meaning = _("an error on the server: try again later")
        case "452":
            meaning = _("no room now: try again later")
        case "455" | "555":
            meaning = _("a parameter that the server does not take")
        case "500":
            meaning = _("the server does not know this command")
        case "501":
            meaning = _("a mistake in what stands after the command")
        case "502":
            meaning = _("the server cannot do this command")
        case "503":
            meaning = _("not now: another command has to come first")
        case "504":
            meaning = _("the server cannot do it this way")
        case "530":
            return Told(_("not now: encrypt or sign in first"), "; ".join((rfc(3207, "4"), rfc(4954, "6"))))
        case "550":
            meaning = _("refused: no such mailbox, or not allowed")
        case "552":
            meaning = _("refused: too large")
        case "553":
            meaning = _("refused: a mailbox cannot be called so")
        case "554":
            meaning = _("failed for good")
    if meaning:
        return Told(meaning, rfc(5321, "4.2.3"))
    text = _("{first} ({a}); about {second} ({b})").format(
        first=_first(code[0]), a=f"{code[0]}yz", second=_second(code[1]), b=f"x{code[1]}z"
    )
    return Told(text, rfc(5321, "4.2.1"))


def _first(digit: str) -> str:
    return {
        "2": _("done"),
        "3": _("go on"),
        "4": _("not now"),
        "5": _("refused for good"),
    }[digit]


def _second(digit: str) -> str:
    return {
        "0": _("syntax"),
        "1": _("information"),
        "2": _("the connection"),
        "5": _("the mail system"),
    }.get(digit, _("something else"))
