"""Faults at a command of POP3: what poplib makes of each, and that the server hears nothing of it."""

from __future__ import annotations

import poplib
import re
from collections.abc import Callable

import pytest

from netkit.servers.mail.post import Mail
from tests.mail.talk import login
from tests.wire.peers import LIMIT

FIRST = 7  # letters that the student has at first
SOON = 0.2  # seconds after which a client that waits for an answer gives up

Step = Callable[[poplib.POP3], object]
SIGN_IN: list[Step] = [lambda pop: pop.user("student"), lambda pop: pop.pass_("secretword")]


def pop(mail: Mail, *steps: Step) -> None:
    """A session of these steps; poplib itself leaves its socket open when the greeting is an error."""
    host, port = mail.pop3.address
    made = poplib.POP3.__new__(poplib.POP3)
    try:
        made.__init__(host, port, timeout=LIMIT)  # type: ignore[misc]
        for step in steps:
            step(made)
    finally:
        made.close()


@pytest.mark.parametrize(
    ("command", "steps"),
    [
        ("greeting", []),
        ("USER", SIGN_IN),
        ("PASS", SIGN_IN),
        ("RETR", [*SIGN_IN, lambda pop: pop.retr(1)]),
        ("TOP", [*SIGN_IN, lambda pop: pop.top(1, 0)]),
        ("LIST", [*SIGN_IN, lambda pop: pop.list()]),
        ("STAT", [*SIGN_IN, lambda pop: pop.stat()]),
        ("UIDL", [*SIGN_IN, lambda pop: pop.uidl()]),
        ("DELE", [*SIGN_IN, lambda pop: pop.dele(1)]),
        ("NOOP", [*SIGN_IN, lambda pop: pop.noop()]),
        ("RSET", [*SIGN_IN, lambda pop: pop.rset()]),
        ("APOP", [lambda pop: pop.apop("student", "secretword")]),
        ("CAPA", [lambda pop: pop.capa()]),
        ("STLS", [lambda pop: pop.stls()]),
        ("QUIT", [*SIGN_IN, lambda pop: pop.quit()]),
    ],
)
def test_poplib_gets_the_error(mail: Mail, command: str, steps: list[Step]) -> None:
    with mail.pop3.faults.reply(command, "-ERR [SYS/TEMP] not now"):
        says = "-ERR CAPA not supported by server" if command == "CAPA" else "-ERR [SYS/TEMP] not now"
        with pytest.raises(poplib.error_proto, match=re.escape(says)):
            pop(mail, *steps)


@pytest.mark.parametrize(("act", "problem"), [("silent", "timed out"), ("close", "EOF"), ("reset", "reset")])
def test_poplib_without_an_answer(mail: Mail, act: str, problem: str) -> None:
    def impatient(made: poplib.POP3) -> None:
        assert made.sock is not None  # type: ignore[attr-defined]
        made.sock.settimeout(SOON)  # type: ignore[attr-defined]

    getattr(mail.pop3.faults, act)("STAT")
    with pytest.raises((poplib.error_proto, OSError), match=problem):
        pop(mail, *SIGN_IN, impatient, lambda made: made.stat())


def test_lists_and_letters_are_one_reply(mail: Mail) -> None:
    mail.pop3.faults.reply("NOOP", "-ERR no").reply("DELE", "+OK")
    with login(mail.pop3) as talk:
        talk.send(b"LIST\r\nnoop\r\nLIST 1\r\nNOOP\r\nRETR 1\r\nDELE 1\r\nTOP 1 0\r\nNOOP\r\nCAPA\r\nNOOP\r\nSTAT\r\n")
        replies = []
        for several in (True, False, False, False, True, False, True, False, True, False, False):
            replies.append(talk.line()[:5])
            if several:
                talk.rest()
        assert [reply[:3] for reply in replies[1:10:2]] == [b"-ER", b"-ER", b"+OK", b"-ER", b"-ER"]
        assert all(reply.startswith(b"+OK") for reply in replies[::2])
        assert talk.pop(b"QUIT").startswith(b"+OK")
    assert len(mail.maildrop("student")) == FIRST  # the server knows of no DELE


def test_a_fault_set_in_the_middle_of_a_long_listing(mail: Mail) -> None:
    with login(mail.pop3) as talk:
        talk.send(b"RETR 1\r\nRETR 2\r\n")
        mail.pop3.faults.reply("STAT", "-ERR no")
        assert talk.pop(b"STAT").startswith(b"+OK")
        talk.rest()
        assert talk.line().startswith(b"+OK")
        talk.rest()
        assert talk.line() == b"-ERR no\r\n"
