"""SMTP and POP3 as a gate has to know them, to answer in the server's place; see `netkit.wire.lines`."""

from __future__ import annotations

import re

from netkit.errors import BadInput
from netkit.i18n import _
from netkit.wire.lines import END_OF_DATA, GREETING, Dialect

LONGEST = 510  # bytes of a reply line without its CRLF (RFC 5321 section 4.5.3.1.5, RFC 2449 section 4)

# What a code says where the learner has no words: enhanced status code (RFC 3463) and text (RFC 5321 section 4.2.3).
_SAID = {
    211: ("2.0.0", "System status"),
    220: ("2.0.0", "Service ready"),
    221: ("2.0.0", "Service closing transmission channel"),
    235: ("2.7.0", "Authentication succeeded"),
    250: ("2.0.0", "Requested mail action okay, completed"),
    251: ("2.1.5", "User not local; will forward"),
    252: ("2.1.5", "Cannot VRFY user, but will accept message and attempt delivery"),
    421: ("4.3.2", "Service not available, closing transmission channel"),
    450: ("4.2.0", "Requested mail action not taken: mailbox unavailable"),
    451: ("4.3.0", "Requested action aborted: local error in processing"),
    452: ("4.3.1", "Requested action not taken: insufficient system storage"),
    454: ("4.7.0", "Temporary authentication failure or TLS not available"),
    500: ("5.5.2", "Syntax error, command unrecognized"),
    501: ("5.5.4", "Syntax error in parameters or arguments"),
    502: ("5.5.1", "Command not implemented"),
    503: ("5.5.1", "Bad sequence of commands"),
    504: ("5.5.4", "Command parameter not implemented"),
    521: ("5.3.2", "Host does not accept mail"),
    530: ("5.7.0", "Authentication required"),
    534: ("5.7.9", "Authentication mechanism is too weak"),
    535: ("5.7.8", "Authentication credentials invalid"),
    550: ("5.1.1", "Requested action not taken: mailbox unavailable"),
    552: ("5.2.2", "Requested mail action aborted: exceeded storage allocation"),
    553: ("5.1.3", "Requested action not taken: mailbox name not allowed"),
    554: ("5.0.0", "Transaction failed"),
}
_PLAIN = (GREETING, "EHLO", "HELO")  # replies without an enhanced status code (RFC 2034 section 4)

_SMTP_COMMANDS = {
    GREETING: 554, "EHLO": 502, "HELO": 501, "STARTTLS": 454, "AUTH": 535, "MAIL": 451, "RCPT": 550, "DATA": 451,
    END_OF_DATA: 554, "RSET": 451, "NOOP": 421, "VRFY": 502, "EXPN": 502, "ETRN": 502, "HELP": 502, "QUIT": 421,
}  # fmt: skip
_POP3_COMMANDS = {
    GREETING: "-ERR [SYS/TEMP] too busy just now",
    "CAPA": "-ERR unknown command",
    "STLS": "-ERR no TLS here just now",
    "USER": "-ERR never heard of that name",
    "PASS": "-ERR [AUTH] wrong name or password",
    "APOP": "-ERR [AUTH] wrong name or digest",
    "STAT": "-ERR the maildrop cannot be read",
    "LIST": "-ERR no such message",
    "UIDL": "-ERR no such message",
    "RETR": "-ERR no such message",
    "TOP": "-ERR no such message",
    "DELE": "-ERR no such message",
    "NOOP": "-ERR not now",
    "RSET": "-ERR not now",
    "QUIT": "-ERR [SYS/PERM] some deleted messages not removed",
}


def _line(text: str) -> bytes:
    if len(text) > LONGEST or not re.fullmatch(r"[ -~]*", text):
        what = _("An answer is one line of at most {most} characters, each of them printable ASCII; not {value!r}.")
        raise BadInput(what.format(most=LONGEST, value=text[:80]))
    return f"{text}\r\n".encode("ascii")


def _smtp_line(command: str, answer: object, text: str) -> bytes:
    """A code, a code and a text, or the whole line, or several (RFC 5321 sections 4.2 and 4.2.1)."""
    if isinstance(answer, str) and re.fullmatch(r"\s*([245]\d\d)-[^\n]*\n(\1-[^\n]*\n)*\1( [^\n]*)?\s*", answer):
        return b"".join(_line(line.rstrip("\r")) for line in answer.strip().split("\n"))
    said = f"{answer:03d}" if isinstance(answer, int) and not isinstance(answer, bool) else answer
    found = re.fullmatch(r"\s*([245]\d\d)(?:\s+(.*?))?\s*", said, re.DOTALL) if isinstance(said, str) else None
    if found is None or not isinstance(text, str):
        what = _(
            'An answer of SMTP is a code from 200 to 299 or from 400 to 599, such as 550, or a line: "550 5.1.1 Nobody'
            ' there"; not {value!r}.'
        )
        raise BadInput(what.format(value=answer if isinstance(text, str) else text))
    words = " ".join(filter(None, [found[2], text.strip()]))
    return _line(f"{found[1]} {words or _sentence(command, int(found[1]))}")


def _sentence(command: str, code: int) -> str:
    if command == GREETING and code == 554:
        return "No SMTP service here"  # RFC 5321 section 4.2.3
    enhanced, words = _SAID.get(code, (f"{code // 100}.0.0", "Answered by netkit"))
    return words if command in _PLAIN else f"{enhanced} {words}"


def _pop3_line(command: str, answer: object, text: str) -> bytes:
    """``-ERR``, ``+OK``, or the whole line (RFC 1939 section 3)."""
    found = re.fullmatch(r"\s*(\+OK|-ERR)(?:\s+(.*?))?\s*", answer, re.DOTALL) if isinstance(answer, str) else None
    if found is None or not isinstance(text, str):
        what = _('An answer of POP3 is a line that begins with "+OK" or "-ERR": "-ERR [IN-USE] locked"; not {value!r}.')
        raise BadInput(what.format(value=answer if isinstance(text, str) else text))
    words = " ".join(filter(None, [found[2], text.strip()]))
    if not words and found[1] == "-ERR":
        return _line(_POP3_COMMANDS[command])
    return _line(f"{found[1]} {words}".rstrip())


def _label(name: str) -> str:
    """What a command is, for a list to choose from."""
    words = {
        GREETING: _("the server's first line"),
        END_OF_DATA: _("the end of the letter"),
        "EHLO": _("hello, with extensions"),
        "HELO": _("hello"),
        "STARTTLS": _("begin to encrypt"),
        "STLS": _("begin to encrypt"),
        "AUTH": _("sign in"),
        "MAIL": _("the sender"),
        "RCPT": _("a recipient"),
        "DATA": _("the letter is to begin"),
        "VRFY": _("is there such a user?"),
        "EXPN": _("who is on a list?"),
        "ETRN": _("send off what waits"),
        "HELP": _("help"),
        "CAPA": _("what can the server do?"),
        "USER": _("the name"),
        "PASS": _("the password"),
        "APOP": _("name and digest"),
        "STAT": _("how many letters?"),
        "LIST": _("the sizes"),
        "UIDL": _("the unique ids"),
        "RETR": _("fetch a letter"),
        "TOP": _("fetch its beginning"),
        "DELE": _("delete a letter"),
        "NOOP": _("nothing"),
        "RSET": _("start anew"),
        "QUIT": _("the end"),
    }
    return f"{name}: {words[name]}"


def _pop3_listed(command: str, argument: bool, begins: bytes) -> bool:
    """RFC 1939 sections 3 and 5, RFC 2449 section 5."""
    alone = command == "CAPA" or (command in ("LIST", "UIDL") and not argument)
    return (alone or command in ("RETR", "TOP")) and begins.startswith(b"+OK")


SMTP = Dialect(
    commands={name: _smtp_line(name, code, "").decode().strip() for name, code in _SMTP_COMMANDS.items()},
    label=_label,
    line=_smtp_line,
    last=lambda begins: begins[3:4] != b"-",
    listed=lambda _command, _argument, _begins: False,
    tls=("STARTTLS", b"220"),
    challenge=("AUTH", b"334"),
    letter=("DATA", b"354"),
    go_ahead=b"354 End data with <CR><LF>.<CR><LF>\r\n",
    needs="RCPT",
    ends=frozenset({"MAIL", "RSET", "EHLO", "HELO", END_OF_DATA}),
    undo=b"RSET\r\n",
)

POP3 = Dialect(
    commands=_POP3_COMMANDS,
    label=_label,
    line=_pop3_line,
    last=lambda _begins: True,
    listed=_pop3_listed,
    tls=("STLS", b"+OK"),
    challenge=("AUTH", b"+ "),
)
