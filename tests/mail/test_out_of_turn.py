"""Commands before their turn, numbers that are none, lines that are too long or cut up: on the wire, at both doors."""

from __future__ import annotations

import pytest

from netkit.servers.mail.first_letters import first_letters
from netkit.servers.mail.post import Mail
from tests.mail.talk import Talk, login, transaction
from tests.mail.test_bad_input import SEQUENCES, SMUGGLED, serves, untouched
from tests.wire.peers import reset, until


def test_smtp_commands_before_their_turn(mail: Mail) -> None:
    """RFC 5321 section 4.1.4: 503, and the session goes on as if nothing had been said."""
    with Talk(mail.smtp) as talk:
        for early in (
            b"MAIL FROM:<a@b>",
            b"RCPT TO:<student@netkit.test>",
            b"DATA",
            b"ETRN netkit.test",
            b"AUTH PLAIN",
        ):
            assert talk.ask(early + b"\r\n").startswith(b"503 5.5.1 "), early
        for always in (b"RSET", b"NOOP", b"VRFY student"):  # these have no turn
            assert talk.ask(always + b"\r\n").startswith(b"25"), always
        assert talk.ask(b"EHLO x\r\n").startswith(b"250")
        for early in (b"RCPT TO:<student@netkit.test>", b"DATA"):
            assert talk.ask(early + b"\r\n").startswith(b"503 5.5.1 "), early
        assert talk.ask(b"MAIL FROM:<a@b>\r\n").startswith(b"250")
        for early in (b"MAIL FROM:<c@d>", b"DATA"):
            assert talk.ask(early + b"\r\n").startswith(b"503 5.5.1 "), early
        assert talk.ask(b"RCPT TO:<student@netkit.test>\r\n").startswith(b"250")
        assert talk.ask(b"DATA\r\n").startswith(b"354")
        assert talk.ask(b"x\r\n.\r\n").startswith(b"250")
        assert talk.ask(b"DATA\r\n").startswith(b"503 5.5.1 ")
    assert mail.maildrop("student")[-1].envelope.sender == "a@b"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"STAT", b"-ERR STAT belongs to the TRANSACTION state; this is the AUTHORIZATION state\r\n"),
        (b"RETR 1", b"-ERR RETR belongs to the TRANSACTION state; this is the AUTHORIZATION state\r\n"),
        (b"DELE 1", b"-ERR DELE belongs to the TRANSACTION state; this is the AUTHORIZATION state\r\n"),
        (b"PASS secretword", b"-ERR PASS comes right after a USER that was answered with +OK\r\n"),
        (b"\xff\xfe \x80", b"-ERR unknown command\r\n"),
        (b"NOOP\0", b"-ERR a command has no NUL and no <CR> in it\r\n"),
        (b"CA\rPA", b"-ERR a command has no NUL and no <CR> in it\r\n"),
        (b"", b"-ERR unknown command\r\n"),
    ],
)
def test_pop3_before_the_login(mail: Mail, command: bytes, answer: bytes) -> None:
    with Talk(mail.pop3, b"+OK") as talk:
        assert talk.pop(command) == answer
        assert talk.pop(b"USER student").startswith(b"+OK")
        assert talk.pop(b"PASS secretword").startswith(b"+OK")
    assert untouched(mail) and serves(mail)


@pytest.mark.parametrize(
    "command",
    [
        *(
            verb + b" " + n
            for verb in (b"RETR", b"DELE", b"LIST", b"UIDL")
            for n in (b"0", b"-1", b"8", b"9" * 40, b"x")
        ),
        *(b"TOP " + words for words in (b"1 -1", b"1 x", b"0 1", b"8 0", b"1")),
        *(b"RETR", b"DELE", b"USER guest", b"PASS x", b"RETR 1 2", b"RETR \xff", b"RETR 1\0"),
    ],
)
def test_pop3_with_what_there_is_not(mail: Mail, command: bytes) -> None:
    with login(mail.pop3) as talk:
        said = talk.pop(command)
        assert said.startswith(b"-ERR ") and said.endswith(b"\r\n") and b"\xff" not in said
        assert talk.pop(b"STAT").startswith(b"+OK 7 "), "one answer, and nothing is deleted"
        assert talk.pop(b"QUIT").startswith(b"+OK")
    assert untouched(mail)


def test_a_letter_that_is_marked(mail: Mail) -> None:
    """RFC 1939 section 5: a reference to it is an error until RSET."""
    with login(mail.pop3) as talk:
        assert talk.pop(b"DELE 2") == b"+OK message 2 deleted\r\n"
        assert talk.pop(b"DELE 2") == b"-ERR message 2 already deleted\r\n"
        for again in (b"RETR 2", b"TOP 2 0", b"LIST 2", b"UIDL 2"):
            assert talk.pop(again) == b"-ERR no such message: message 2 is deleted\r\n"
        assert talk.pop(b"STAT").startswith(b"+OK 6 ")
        assert talk.pop(b"RSET").startswith(b"+OK")
        assert talk.pop(b"RETR 2").startswith(b"+OK")
        assert talk.rest().endswith(b"\r\n.\r\n")
    assert untouched(mail)


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_smuggling_in_single_bytes(mail: Mail, sequence: bytes) -> None:
    """A server that looks at each piece by itself would see an end where there is none."""
    with transaction(mail.smtp) as talk, mail.smtp.faults.set("server", pieces=1, gap=0.0):
        talk.send(b"one" + sequence + SMUGGLED + b"QUIT\r\n")
        assert talk.reply()[:3] == (b"250" if b"\0" in sequence else b"550")
        assert talk.reply().startswith(b"221"), "one answer for all of it"
    assert len(mail.maildrop("student")) == (8 if b"\0" in sequence else 7)


@pytest.mark.parametrize(
    ("length", "code"), [(999, b"250"), (1000, b"250"), (1001, b"250"), (1002, b"500"), (4000, b"500")]
)
def test_how_long_a_line_of_a_letter_may_be(mail: Mail, length: int, code: bytes) -> None:
    """At least 1,000 octets with its CRLF must be taken, and a stuffed dot more (RFC 5321 section 4.5.3.1.6)."""
    with transaction(mail.smtp, b"Subject: x\r\n\r\n" + b"y" * (length - 2) + b"\r\n.\r\n") as talk:
        assert talk.reply().startswith(code)
        assert talk.ask(b"NOOP\r\n").startswith(b"250")
    assert len(mail.maildrop("student")) == (8 if code == b"250" else 7)


def test_a_client_that_breaks_off_while_a_letter_is_sent_to_it(mail: Mail) -> None:
    mail.deliver((b"z" * 998 + b"\r\n") * 10_000, to="student")
    talk = login(mail.pop3)
    assert talk.pop(b"DELE 1").startswith(b"+OK")
    assert talk.pop(b"RETR 8").startswith(b"+OK")
    talk._file.close()
    reset(talk.socket)
    until(lambda: not mail.pop3.tap.links)
    with login(mail.pop3) as again:  # not locked, nothing deleted
        assert again.pop(b"STAT").startswith(b"+OK 8 ")
    assert mail.maildrop("student")[:7] == first_letters() and serves(mail)
