"""A letter as text: where envelope and header differ, and nothing that differs from run to run."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from netkit.servers.mail.first_letters import first_letters
from netkit.servers.mail.letters import Envelope, Letter
from netkit.servers.mail.post import Mail


def letter(data: str, sender: str = "a@b.example", to: tuple[str, ...] = ("student@netkit.test",)) -> Letter:
    return Letter(3, "uid", data.replace("\n", "\r\n").encode(), 0.0, Envelope(sender, to))


def test_a_letter_in_a_line() -> None:
    assert repr(first_letters()[:2]) == (
        "(<letter 1 from The lecturer <lecturer@netkit.test>: Welcome to the course, a body of 393 bytes>, "
        "<letter 2 from Деканат <dean@example.org>: Расписание на осень, a body of 304 bytes>)"
    )
    long = letter(f"From: {'x' * 500}\nSubject: {'y' * 10_000}\n\n")
    assert repr(long) == f"<letter 3 from {'x' * 49}…: {'y' * 59}…, a body of 0 bytes>"
    assert repr(letter("", sender="")) == "<letter 3 from <>: (no subject), a body of 0 bytes>"


def test_a_blind_copy_and_a_recipient_in_the_header_only() -> None:
    said = str(
        letter(
            "From: Rector <rector@example.org>\nTo: Lecturer@netkit.test, c@example.org\nCC: d@example.org\n"
            "Bcc: e@example.org\nSubject: \x1b[31mred\n\nHello",
            to=("LECTURER@netkit.test", "student@netkit.test", "e@example.org"),
        )
    )
    assert said.splitlines() == [
        r"Letter 3: \x1b[31mred",
        "Envelope",
        "  MAIL FROM  <a@b.example>",
        "  RCPT TO    <LECTURER@netkit.test>",
        "  RCPT TO    <student@netkit.test>",
        "             (in no header field: a blind copy)",
        "  RCPT TO    <e@example.org>",
        "             (only in Bcc, which should not have been sent along)",
        "  logged in  nobody",
        "  TLS        no, readable on its way here",
        "Header",
        "  From     Rector <rector@example.org>",
        "           (not the sender on the envelope, and nobody has checked it)",
        "  To       Lecturer@netkit.test, c@example.org",
        "           (c@example.org: named in To, but the letter was not sent there)",
        "  CC       d@example.org",
        "           (d@example.org: named in CC, but the letter was not sent there)",
        "  Bcc      e@example.org",
        r"  Subject  \x1b[31mred",
        "Parts",
        "  text/plain, 5 bytes",
        "",
        "Hello",
    ]


def test_where_they_agree_nothing_is_remarked() -> None:
    assert not any("(" in str(one) for one in first_letters()[:2])
    assert "the null sender: nobody is told if it cannot be delivered" in str(letter("To: student@netkit.test\n\n", ""))


def test_who_had_logged_in_and_tls() -> None:
    secret = Letter(1, "u", b"A: b\r\n\r\n", 0.0, Envelope("a@b", ("c@d",), "client", "student", True))
    assert "  logged in  student\n  TLS        yes, encrypted on its way here" in str(secret)


def test_of_a_long_text_the_beginning() -> None:
    said = str(first_letters()[6]).splitlines()
    assert said[-1] == "… and 462 more lines" and len(said) < 60


def compose() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@netkit.test", "student@netkit.test", "Run"
    message["Date"], message["Message-ID"] = formatdate(), make_msgid()
    message.set_content("text\n")
    message.add_attachment(b"\x00" * 100, maintype="image", subtype="png", filename="a.png")
    return message


def test_two_runs_give_the_same_text(mail: Mail) -> None:
    for name in ("one.example", "another.example"):
        with smtplib.SMTP(*mail.smtp, local_hostname=name, timeout=5) as session:
            session.send_message(compose(), to_addrs=["guest@netkit.test"])
    first, second = mail.maildrop("guest")
    assert first.data != second.data
    assert str(first).partition("\n")[2] == str(second).partition("\n")[2]
    assert repr(first).replace("letter 1", "letter 2") == repr(second)
    assert '    image/png, base64, attachment "a.png", 100 bytes' in str(first).splitlines()
