"""The Python program that sends a letter: smtplib and EmailMessage, as a lesson would write it (RFC 5321, 5322)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

TIMEOUT = 5  # seconds that the program waits for each answer
ME = "student.netkit.test"  # what it says to EHLO; without a name smtplib asks DNS, and tells the machine's

_TOP = """\
import smtplib
from email.message import EmailMessage

letter = EmailMessage()
"""


@dataclass(frozen=True, slots=True)
class Fields:
    """What a letter is made of, and how it goes off.

    Attributes:
        sender: the address in ``MAIL FROM`` (RFC 5321 section 4.1.1.2); "" for the null sender.
        recipients: the addresses in ``RCPT TO`` (section 4.1.1.3).
        header: names and values of the header's fields (RFC 5322 section 3.6); those without a value are left out.
        text: the body.
        charset: in which the body goes.
        starttls: whether to encrypt (RFC 3207).
        user: whom to log in as (RFC 4954), or "".
    """

    sender: str
    recipients: tuple[str, ...]
    header: tuple[tuple[str, str], ...] = ()
    text: str = ""
    charset: str = "utf-8"
    starttls: bool = False
    user: str = ""


def program(fields: Fields) -> str:
    """The source of the program. It needs ``mail``, and leaves in ``refused`` who was refused, and how.

    All fields stand in it as literals: whatever is in them, it is text and no code.
    """
    lines = [f"letter[{literal(name)}] = {literal(value)}" for name, value in fields.header if value]
    lines += [*_content(fields), ""]
    lines.append(f"with smtplib.SMTP(*mail.smtp, {literal(ME)}, timeout={TIMEOUT}) as session:")
    if fields.starttls:
        lines.append("    session.starttls(context=mail.context)")
    if fields.user:
        lines.append(f"    session.login({literal(fields.user)}, mail.users[{literal(fields.user)}])")
    lines.append("    refused = session.send_message(")
    lines.append(f"        letter, from_addr={literal(fields.sender)}, to_addrs={_list(fields.recipients)}")
    lines.append("    )")
    return _TOP + "\n".join(lines) + "\n"


def addresses(typed: str) -> tuple[str, ...]:
    """The addresses in a field, in which commas or semicolons stand between them."""
    return tuple(filter(None, (part.strip() for part in re.split("[,;]", typed))))


def literal(text: str) -> str:
    """A str as Python reads it, in double quotes where that needs no escapes."""
    said = repr(text)
    return said if "'" in text or '"' in text else f'"{said[1:-1]}"'


def _content(fields: Fields) -> list[str]:
    """The call for the text; of several lines, each is a literal of its own."""
    charset = "" if fields.charset == "utf-8" else f"charset={literal(fields.charset)}"
    texts = re.findall(r"[^\n]*\n|[^\n]+", fields.text)
    if len(texts) < 2:
        return [f"letter.set_content({', '.join(filter(None, [literal(fields.text), charset]))})"]
    said = [f"    {literal(text)}" for text in texts]
    if charset:
        said = [*said[:-1], said[-1] + ",", f"    {charset},"]
    return ["letter.set_content(", *said, ")"]


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(literal, texts))}]"
