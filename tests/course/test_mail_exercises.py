"""The exercises of the mail lessons: their own solutions pass, typical mistakes are told what is wrong with them."""

from __future__ import annotations

import contextlib
import poplib
import smtplib
from email.message import EmailMessage
from typing import Any

import pytest

from netkit.course import pop3, smtp
from netkit.course.judge import State, find
from netkit.course.smtp_checks import commands
from netkit.servers.mail.post import Mail
from tests.course.attempts import made, says

ME = "student.netkit.test"


def letter(to: str, text: str, **fields: str) -> EmailMessage:
    new = EmailMessage()
    new["From"] = "student@netkit.test"
    new["To"] = to
    for name, value in fields.items():
        new[name] = value
    new.set_content(text)
    return new


def smtp_session(address: Any) -> smtplib.SMTP:
    return smtplib.SMTP(*address, ME, timeout=2)


@pytest.mark.parametrize(
    ("name", "source", "function", "says_right"),
    [
        ("blind-copy", smtp.BLIND_COPY, "send_blind", "Two in the envelope, one in the letter"),
        ("newsletter", smtp.NEWSLETTER, "send_all", "One session, a letter for each"),
        ("patience", smtp.PATIENCE, "send_patiently", "tries again when it is told to"),
        ("fetch-new", pop3.FETCH_NEW, "fetch_new", "Each letter came once"),
        ("clean-up", pop3.CLEAN_UP, "clean_up", "Two letters are gone"),
    ],
)
def test_solutions_pass(name: str, source: str, function: str, says_right: str) -> None:
    verdict = find(name).check(made(source, function))
    says(verdict, State.RIGHT, says_right)
    assert verdict.conversation is not None


def stub(*_given: object) -> None: ...


def mistaken(*_given: object) -> None:
    raise KeyError("oops")


def elsewhere(*_given: object) -> int:
    return 42


@pytest.mark.parametrize("name", ["blind-copy", "newsletter", "patience", "fetch-new", "clean-up"])
@pytest.mark.parametrize(
    ("attempt", "state", "pattern"),
    [
        (stub, State.NOT_YET, "Nothing came over the wire"),
        (mistaken, State.WRONG, "It raised KeyError: 'oops'"),
        (elsewhere, State.WRONG, "never called the address that it was given; it returned 42"),
        ("its name", State.WRONG, "Give the function itself"),
    ],
)
def test_what_never_speaks_to_the_server(name: str, attempt: Any, state: State, pattern: str) -> None:
    says(find(name).check(attempt), state, pattern)


# blind-copy


def names_both(address: Any, to: str, blind: str, text: str) -> None:
    with smtp_session(address) as session:
        session.send_message(letter(f"{to}, {blind}", text))


def forgets_the_second(address: Any, to: str, blind: str, text: str) -> None:
    with smtp_session(address) as session:
        session.send_message(letter(to, text))


def sends_twice(address: Any, to: str, blind: str, text: str) -> None:
    with smtp_session(address) as session:
        for one in to, blind:
            session.send_message(letter(to, text), to_addrs=[one])


def not_to_the_first(address: Any, to: str, blind: str, text: str) -> None:
    with smtp_session(address) as session:
        session.send_message(letter("everybody@netkit.test", text), to_addrs=[to, blind])


def other_sender(address: Any, to: str, blind: str, text: str) -> None:
    with smtp_session(address) as session:
        session.send_message(letter(to, text), "guest@netkit.test", [to, blind])


def loses_letters(address: Any, to: str, blind: str, text: str) -> None:
    with smtp_session(address) as session:
        session.send_message(letter(to, text.encode("ascii", "ignore").decode()), to_addrs=[to, blind])


def hangs_up(address: Any, to: str, blind: str, text: str) -> None:
    session = smtp_session(address)
    session.send_message(letter(to, text), to_addrs=[to, blind])
    session.close()


def with_bcc(address: Any, to: str, blind: str, text: str) -> None:
    with smtp_session(address) as session:
        session.send_message(letter(to, text, Bcc=blind))


@pytest.mark.parametrize(
    ("attempt", "state", "pattern"),
    [
        (names_both, State.WRONG, "guest@netkit.test can be read in the letter"),
        (forgets_the_second, State.WRONG, "No letter has come for guest@netkit.test"),
        (sends_twice, State.WRONG, "It sent 2 letters; one is enough"),
        (not_to_the_first, State.WRONG, "To: does not name lecturer@netkit.test"),
        (other_sender, State.WRONG, "sender in the envelope is 'guest@netkit.test'"),
        (loses_letters, State.WRONG, "does not arrive as it was given: decoded, it reads"),
        (hangs_up, State.WRONG, "not ended with QUIT"),
        (with_bcc, State.RIGHT, "Two in the envelope"),
    ],
)
def test_blind_copy(attempt: Any, state: State, pattern: str) -> None:
    says(find("blind-copy").check(attempt), state, pattern)


# newsletter


def gives_up(address: Any, recipients: list[str], text: str) -> None:
    with smtp_session(address) as session:
        for one in recipients:
            session.send_message(letter(one, text))


def one_for_all(address: Any, recipients: list[str], text: str) -> list[str]:
    with smtp_session(address) as session:
        return list(session.send_message(letter(", ".join(recipients), text)))


def a_session_each(address: Any, recipients: list[str], text: str) -> list[str]:
    refused = []
    for one in recipients:
        with smtp_session(address) as session:
            try:
                session.send_message(letter(one, text))
            except smtplib.SMTPRecipientsRefused:
                refused.append(one)
    return refused


def says_nothing(address: Any, recipients: list[str], text: str) -> None:
    with smtp_session(address) as session:
        for one in recipients:
            with contextlib.suppress(smtplib.SMTPException):
                session.send_message(letter(one, text))


@pytest.mark.parametrize(
    ("attempt", "pattern"),
    [
        (gives_up, "One recipient was refused, and the exception ended everything"),
        (one_for_all, "it has to name its own recipient, and no other"),
        (a_session_each, "It made 3 connections; one session is enough"),
        (says_nothing, r"it returned None"),
    ],
)
def test_newsletter(attempt: Any, pattern: str) -> None:
    says(find("newsletter").check(attempt), State.WRONG, pattern)


# patience


def tries_once(address: Any, message: EmailMessage) -> int:
    with smtp_session(address) as session:
        session.send_message(message)
    return 1


def tries_always(address: Any, message: EmailMessage) -> int:
    for tries in 1, 2, 3:
        try:
            return tries_once(address, message) and tries
        except smtplib.SMTPException:
            if tries == 3:
                raise
    return 0


def swallows(address: Any, message: EmailMessage) -> int:
    for tries in 1, 2, 3:
        try:
            return tries_once(address, message) and tries
        except smtplib.SMTPResponseException as problem:
            if problem.smtp_code >= 500:
                break
    return 0


def counts_wrong(address: Any, message: EmailMessage) -> int:
    return made(smtp.PATIENCE, "send_patiently")(address, message) - 1


@pytest.mark.parametrize(
    ("attempt", "pattern"),
    [
        (tries_once, "It raised SMTPSenderRefused"),
        (tries_always, "The server's answer was: 550. The tries ought to be 1, and were 3"),
        (swallows, "The server says 550 each time: in the end the exception has to be passed on"),
        (counts_wrong, "It has to return the number of tries, 1; it returned 0"),
    ],
)
def test_patience(attempt: Any, pattern: str) -> None:
    says(find("patience").check(attempt), State.WRONG, pattern)


# fetch-new


def signed_in(address: Any, user: str, password: str) -> poplib.POP3:
    p = poplib.POP3(*address, timeout=2)
    p.user(user)
    p.pass_(password)
    return p


def fetches_all(address: Any, user: str, password: str, seen: set[str]) -> list[bytes]:
    p = signed_in(address, user, password)
    letters = [b"\r\n".join(p.retr(n)[1]) for n in range(1, p.stat()[0] + 1)]
    p.quit()
    return letters


def forgets_to_add(address: Any, user: str, password: str, seen: set[str]) -> list[bytes]:
    return made(pop3.FETCH_NEW, "fetch_new")(address, user, password, set(seen))


def other_line_ends(address: Any, user: str, password: str, seen: set[str]) -> list[bytes]:
    letters = made(pop3.FETCH_NEW, "fetch_new")(address, user, password, seen)
    return [one.replace(b"\r\n", b"\n") for one in letters]


def as_text(address: Any, user: str, password: str, seen: set[str]) -> list[str]:
    letters = made(pop3.FETCH_NEW, "fetch_new")(address, user, password, seen)
    return [one.decode("latin-1") for one in letters]


def deletes(address: Any, user: str, password: str, seen: set[str]) -> list[bytes]:
    p = signed_in(address, user, password)
    letters = []
    for line in p.uidl()[1]:
        number, uid = line.decode().split()
        letters.append(b"\r\n".join(p.retr(number)[1]))
        p.dele(number)
        seen.add(uid)
    p.quit()
    return letters


def leaves_no_goodbye(address: Any, user: str, password: str, seen: set[str]) -> list[bytes]:
    p = signed_in(address, user, password)
    letters = []
    for line in p.uidl()[1]:
        number, uid = line.decode().split()
        letters.append(b"\r\n".join(p.retr(number)[1]))
        seen.add(uid)
    p.close()
    return letters


def wrong_bytes(address: Any, user: str, password: str, seen: set[str]) -> list[bytes]:
    return [one.upper() for one in made(pop3.FETCH_NEW, "fetch_new")(address, user, password, seen)]


@pytest.mark.parametrize(
    ("attempt", "pattern"),
    [
        (fetches_all, r"0 letters were new, and it fetched 7\. Does it add"),
        (forgets_to_add, r"0 letters were new, and it fetched 7\. Does it add"),
        (other_line_ends, "The lines are right; join them"),
        (as_text, "It has to return a list of bytes"),
        (deletes, "It has deleted letters"),
        (leaves_no_goodbye, "The session was not ended with QUIT"),
        (wrong_bytes, "Letter 1 is not what lies in the maildrop"),
    ],
)
def test_fetch_new(attempt: Any, pattern: str) -> None:
    says(find("fetch-new").check(attempt), State.WRONG, pattern)


# clean-up


def whole_letters(address: Any, user: str, password: str, word: str) -> int:
    p = signed_in(address, user, password)
    for n in range(1, p.stat()[0] + 1):
        p.retr(n)
    p.quit()
    return 0


def does_not_decode(address: Any, user: str, password: str, word: str) -> int:
    return made(pop3.CLEAN_UP.replace(", policy=email.policy.default", ""), "clean_up")(address, user, password, word)


def minds_capitals(address: Any, user: str, password: str, word: str) -> int:
    return made(pop3.CLEAN_UP.replace(".casefold()", ""), "clean_up")(address, user, password, word)


def never_quits(address: Any, user: str, password: str, word: str) -> int:
    return made(pop3.CLEAN_UP.replace("p.quit()", "p.close()"), "clean_up")(address, user, password, word)


def tells_nothing(address: Any, user: str, password: str, word: str) -> None:
    made(pop3.CLEAN_UP, "clean_up")(address, user, password, word)


@pytest.mark.parametrize(
    ("attempt", "pattern"),
    [
        (whole_letters, "Bodies came over the wire"),
        (does_not_decode, "letters 3 and 8 have it in their subjects. It marked: none"),
        (minds_capitals, "It marked: none"),
        (never_quits, "not ended with QUIT, so it had no UPDATE"),
        (tells_nothing, "it returned None"),
    ],
)
def test_clean_up(attempt: Any, pattern: str) -> None:
    says(find("clean-up").check(attempt), State.WRONG, pattern)


def test_commands_are_told_from_letters() -> None:
    with Mail() as mail:
        with smtp_session(mail.smtp.address) as session:
            session.sendmail("a@netkit.test", "guest@netkit.test", "Subject: x\n\nMAIL FROM:<me>\n.\nRCPT\n")
        assert commands(mail.smtp.conversations[-1]) == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]
