"""The questions and exercises of the lesson on sending mail."""

from __future__ import annotations

from netkit.course.judge import Exercise
from netkit.course.questions import Question
from netkit.course.smtp_checks import check_blind_copy, check_newsletter, check_patience
from netkit.i18n import _


def questions() -> dict[str, Question]:
    """What is asked before a result is shown."""
    return {
        "smtp-envelope": Question(
            _("The letter says “To: lecturer”, and sendmail is told to send it to the guest. Who gets it?"),
            (_("the lecturer"), _("the guest"), _("both of them")),
            1,
            _(
                "A server delivers by the envelope, the addresses in RCPT TO; to it, the letter with its "
                "To: is nothing but text."
            ),
        ),
        "smtp-dot": Question(
            _("A line with nothing but a dot ends a letter. What arrives of a letter that has such a line itself?"),
            (
                _("all of it, dot and all"),
                _("all but the dot"),
                _("what stands above the dot"),
            ),
            0,
            _(
                "smtplib puts a second dot in front of each line that begins with one, and the server takes "
                "it off again (RFC 5321, section 4.5.2)."
            ),
        ),
        "smtp-partly": Question(
            _("A letter goes to three recipients, and the server does not know the second. What does sendmail do?"),
            (
                _("it raises SMTPRecipientsRefused, and nobody gets the letter"),
                _("it sends to the first, then raises SMTPRecipientsRefused"),
                _("it sends to the first and the third, and returns the second"),
            ),
            2,
            _(
                "It returns a dictionary of those who were refused. The exception comes only when all are refused, so "
                "a program that never looks at what sendmail returns loses letters without noticing."
            ),
        ),
        "smtp-tls": Question(
            _("After STARTTLS the client logs in and sends a letter. What does someone on the wire still see?"),
            (
                _("the password, but not the letter"),
                _("that there is a conversation, and how many bytes it takes"),
                _("nothing at all"),
            ),
            1,
            _(
                "Addresses, ports, times and sizes stay visible, and so does everything before STARTTLS. What is "
                "inside can be read by the two ends only."
            ),
        ),
    }


def exercises() -> dict[str, Exercise]:
    """What is to be done, with hints and solutions."""
    return {
        "blind-copy": Exercise(
            _("A blind copy"),
            _(
                "Write send_blind(address, to, blind, text): it sends one letter with this text (it may be in any "
                "language) from student@netkit.test to both addresses in one go. The letter's To: names the first; the "
                "second stands nowhere in the letter."
            ),
            (
                _("Who gets a letter is said in the envelope, not in the letter."),
                _("EmailMessage with set_content(text) takes care of the encoding; set From, To and Subject."),
                "session.send_message(letter, from_addr=…, to_addrs=[to, blind])",
            ),
            BLIND_COPY,
            _(
                "to_addrs makes the envelope, and the header is left as it is. Without to_addrs, send_message would "
                "take the recipients from To, Cc and Bcc, and leave the Bcc field out of what it sends."
            ),
            check_blind_copy,
        ),
        "newsletter": Exercise(
            _("A letter for each"),
            _(
                "Write send_all(address, recipients, text): each recipient gets a letter of their own, with their own "
                "address alone in To:, all in one SMTP session, from student@netkit.test. A recipient whom the server "
                "refuses must not keep the letter from the others. Return the list of those who were refused."
            ),
            (
                _("One with block around the loop, not one in each turn."),
                _("With a single recipient, a refusal is the refusal of all: SMTPRecipientsRefused."),
                "try: session.send_message(letter) … except smtplib.SMTPRecipientsRefused: refused.append(…)",
            ),
            NEWSLETTER,
            _(
                "After a refusal smtplib sends RSET, so the session can go on with the next letter. A new connection "
                "for each letter would work as well, and cost a greeting and a goodbye each time."
            ),
            check_newsletter,
        ),
        "patience": Exercise(
            _("Not now is not never"),
            _(
                "Write send_patiently(address, letter): it sends the EmailMessage and returns how many tries it took. "
                "Where the server answers with a code from 400 to 499, it tries again at once, three times in all at "
                "most; the last exception is then passed on. With a code from 500 on it does not try again."
            ),
            (
                _("Most exceptions of smtplib have the code: problem.smtp_code."),
                _("Here the server says it to MAIL, so SMTPSenderRefused is raised: an SMTPResponseException."),
                "for tries in 1, 2, 3: try … return tries … except …: if code >= 500 or tries == 3: raise",
            ),
            PATIENCE,
            _(
                "The first digit says who has to act: 4 means try again later, 5 means do not try again with this "
                "(RFC 5321, section 4.2.1). Many servers say 4 to strangers at first: spam senders seldom come back. "
                "A real mail server waits half an hour between two tries, and goes on for days."
            ),
            check_patience,
        ),
    }


BLIND_COPY = """
import smtplib
from email.message import EmailMessage

def send_blind(address, to, blind, text):
    letter = EmailMessage()
    letter["From"] = "student@netkit.test"
    letter["To"] = to
    letter["Subject"] = "News"
    letter.set_content(text)
    with smtplib.SMTP(*address, "student.netkit.test", timeout=3) as session:
        session.send_message(letter, to_addrs=[to, blind])
"""

NEWSLETTER = """
import smtplib
from email.message import EmailMessage

def send_all(address, recipients, text):
    refused = []
    with smtplib.SMTP(*address, "student.netkit.test", timeout=3) as session:
        for recipient in recipients:
            letter = EmailMessage()
            letter["From"] = "student@netkit.test"
            letter["To"] = recipient
            letter["Subject"] = "News"
            letter.set_content(text)
            try:
                session.send_message(letter)
            except smtplib.SMTPRecipientsRefused:
                refused.append(recipient)
    return refused
"""

PATIENCE = """
import smtplib

def send_patiently(address, letter):
    for tries in 1, 2, 3:
        try:
            with smtplib.SMTP(*address, "student.netkit.test", timeout=3) as session:
                session.send_message(letter)
            return tries
        except smtplib.SMTPResponseException as problem:
            if problem.smtp_code >= 500 or tries == 3:
                raise
"""
