"""What no honest client sends: the server answers as the RFC says, delivers nothing of it, and goes on serving."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netkit.servers.mail.first_letters import first_letters
from netkit.servers.mail.post import Mail
from netkit.wire import background
from tests.mail.talk import Talk, login, transaction
from tests.wire.peers import LIMIT, reset, until


def serves(mail: Mail) -> bool:
    """Whether both doors still work for another client."""
    before = len(mail.maildrop("guest"))
    with smtplib.SMTP(*mail.smtp, timeout=LIMIT) as smtp:
        smtp.sendmail("me@example.org", "guest@netkit.test", "x")
    with login(mail.pop3, "guest", "welcome") as talk:
        return talk.pop(b"STAT").startswith(b"+OK %d " % (before + 1))


def untouched(mail: Mail) -> bool:
    """Whether the student's maildrop is as it was."""
    return mail.maildrop("student") == first_letters()


SMUGGLED = b"MAIL FROM:<evil@example.org>\r\nRCPT TO:<student@netkit.test>\r\nDATA\r\nsmuggled\r\n.\r\n"
SEQUENCES = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\n\r.\r\n",
    b"\r\n.\r\r\n",
    b"\r\n.\0\r\n",
]


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_smuggled_letters(mail: Mail, sequence: bytes) -> None:
    """Only <CRLF>.<CRLF> ends a letter (RFC 5321 section 4.1.1.4): all of it is one letter, or none."""
    with transaction(mail.smtp, b"one" + sequence + SMUGGLED) as talk:
        reply = talk.reply()
        talk.send(b"QUIT\r\n")
        assert talk.reply().startswith(b"221"), "one answer for all of it"
    if sequence == b"\r\n.\0\r\n":
        assert reply.startswith(b"250 2.0.0 ")
        assert mail.maildrop("student")[-1].data == b"one\r\n\0\r\n" + SMUGGLED.removesuffix(b".\r\n")
        assert len(mail.maildrop("student")) == 8
    else:
        assert reply.startswith(b"550 5.5.2 ") and b"<CR><LF>" in reply
        assert untouched(mail)
    assert serves(mail)


@pytest.mark.parametrize("data", [b"a\nb\r\n.\r\n", b"a\rb\r\n.\r\n", b"a\r\r\n.\r\n", b"\n\r\n.\r\n"])
def test_a_letter_with_bare_line_ends(mail: Mail, data: bytes) -> None:
    with transaction(mail.smtp, data) as talk:
        assert talk.reply().startswith(b"550 5.5.2 ")
        assert talk.ask(b"DATA\r\n").startswith(b"503"), "the transaction is over"
    assert untouched(mail) and serves(mail)


def test_bytes_with_bare_lf_through_smtplib(mail: Mail) -> None:
    """smtplib sends bytes as they are; only text gets its CRLF."""
    with smtplib.SMTP(*mail.smtp, timeout=LIMIT) as smtp:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.sendmail("me@example.org", "student@netkit.test", b"Subject: x\n\ny\n")
        assert refused.value.smtp_code == 550
        smtp.sendmail("me@example.org", "student@netkit.test", "Subject: x\n\ny\n")
    assert mail.maildrop("student")[-1].data == b"Subject: x\r\n\r\ny\r\n"


@pytest.mark.parametrize("command", [b"NOOP\n", b"NO\rOP\r\n", b"NOOP\r\r\n", b"NOOP\0\r\n", b"\n", b"\0\r\n"])
def test_commands_with_bare_line_ends_and_nul(mail: Mail, command: bytes) -> None:
    with Talk(mail.smtp) as talk:
        assert talk.ask(command).startswith(b"500 5.5.2 ")
        assert talk.ask(b"NOOP\r\n").startswith(b"250")


def test_overlong_lines(mail: Mail) -> None:
    with Talk(mail.smtp) as talk:
        assert talk.ask(b"EHLO " + b"x" * 2_000_000 + b"\r\n").startswith(b"500 5.5.2 ")
        assert talk.ask(b"EHLO x\r\n").startswith(b"250")
    with transaction(mail.smtp, b"y" * 2_000_000 + b"\r\n.\r\n") as talk:
        assert talk.reply().startswith(b"500 5.5.2 ")
        assert talk.ask(b"NOOP\r\n").startswith(b"250")
    with login(mail.pop3) as talk:
        assert talk.pop(b"RETR " + b"1" * 2_000_000).startswith(b"-ERR")
        assert talk.pop(b"STAT").startswith(b"+OK 7")
    assert untouched(mail) and serves(mail)


def test_a_letter_that_is_too_big(mail: Mail) -> None:
    line = b"z" * 998 + b"\r\n"
    with transaction(mail.smtp) as talk:
        for _time in range(34):
            talk.send(line * 1000)
        assert talk.ask(b".\r\n").startswith(b"552 5.3.4 ")
        assert talk.ask(b"NOOP\r\n").startswith(b"250")
    assert untouched(mail)


@pytest.mark.parametrize(
    "command",
    [
        b"\xff\xfe\r\n",
        b"NOOP \xff\r\n",
        b"VRFY \xff\r\n",
        b"HELP \xff\r\n",
        b"EXPN \xff\r\n",
        b"ETRN \xff\r\n",
        b"MAIL FROM:<\xff@b>\r\n",
        b"RCPT TO:<\xff@netkit.test>\r\n",
        b"RCPT TO:<>\r\n",
        b"RCPT TO:<@>\r\n",
        b"VRFY <\r\n",
        b'VRFY "\r\n',
        b"VRFY (\r\n",
        b"RCPT TO:<@a:@b\r\n",
        b'MAIL FROM:<"\\\r\n',
        b"VRFY [\x1b]\r\n",
        b"AUTH \xff\r\n",
        b"EHLO \xff\r\n",
        b"EHLO \r\n",
    ],
)
def test_garbage_in_eight_bits(mail: Mail, command: bytes) -> None:
    with Talk(mail.smtp) as talk:
        if not command.startswith(b"EHLO"):
            talk.ask(b"EHLO x\r\n")
        if command.startswith(b"RCPT"):
            talk.ask(b"MAIL FROM:<a@b>\r\n")
        reply = talk.ask(command)
        assert reply[:1] in b"25" and reply[:3].isdigit() and not reply.startswith(b"451")
        assert b"\xff" not in reply
        assert talk.ask(b"NOOP\r\n").startswith(b"250")


def test_a_reply_does_not_give_garbage_back(mail: Mail) -> None:
    with Talk(mail.smtp) as talk:
        assert talk.ask(b"VRFY (\xff\r\n") == b"502 5.5.1 Could not VRFY (\\udcff\r\n"


def encrypted(talk: Talk, mail: Mail) -> ssl.SSLSocket:
    talk.socket.settimeout(LIMIT)
    return mail.context.wrap_socket(talk.socket, server_hostname="127.0.0.1")


@pytest.mark.parametrize(
    ("door", "sent", "answer"),
    [
        (lambda m: m.smtp, b"EHLO x\r\nSTARTTLS\r\nNOOP\r\nMAIL FROM:<a@b>\r\n", b"220 2.0.0 "),
        (lambda m: m.pop3, b"STLS\r\nNOOP\r\nUSER student\r\n", b"+OK "),
    ],
    ids=["STARTTLS", "STLS"],
)
def test_what_is_sent_ahead_of_tls_is_not_taken_for_encrypted(
    mail: Mail, door: Callable[[Mail], object], sent: bytes, answer: bytes
) -> None:
    with Talk(door(mail), None) as talk:  # type: ignore[arg-type]
        talk.line()
        talk.send(sent)
        said = talk.line()
        while not said.startswith(answer):
            said = talk.line()
        secure = encrypted(talk, mail)
        with secure:
            if answer.startswith(b"+OK"):
                secure.sendall(b"PASS secretword\r\n")
                assert secure.recv(1000).startswith(b"-ERR PASS comes right after a USER")
            else:
                secure.sendall(b"DATA\r\n")
                assert secure.recv(1000) == b"503 5.5.1 Error: send HELO first\r\n"
    assert serves(mail)


@pytest.mark.parametrize("answer", [b"\0" * 50, b"NOOP\r\n", b"\x16\x03\x01\x00\x05hello"])
def test_a_handshake_that_is_none(mail: Mail, answer: bytes) -> None:
    for door, ask in ((mail.smtp, b"STARTTLS\r\n"), (mail.pop3, b"STLS\r\n")):
        with Talk(door, None) as talk:
            talk.line()
            talk.send(ask)
            assert talk.line().startswith((b"220", b"+OK"))
            talk.send(answer * 10)
            talk.half_close()
            assert b"250" not in talk.until_end()[0]
    assert serves(mail)


def test_tls_inside_of_tls(mail: Mail) -> None:
    with smtplib.SMTP(*mail.smtp, timeout=LIMIT) as smtp:
        smtp.starttls(context=mail.context)
        assert smtp.docmd("STARTTLS") == (503, b"5.5.1 TLS is active already")
        assert smtp.ehlo()[0] == 250


def test_a_client_that_sends_all_and_stops_sending_gets_all_answers(mail: Mail) -> None:
    with Talk(mail.smtp) as talk:
        talk.send(b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<student@netkit.test>\r\nDATA\r\nx\r\n.\r\nNOOP\r\n")
        talk.half_close()
        said, end = talk.until_end()
    assert [line[:3] for line in said.splitlines() if line[3:4] == b" "] == [
        b"250",
        b"250",
        b"250",
        b"354",
        b"250",
        b"250",
    ]
    assert end == "FIN" and len(mail.maildrop("student")) == 8
    with Talk(mail.pop3, b"+OK") as talk:
        talk.send(b"USER student\r\nPASS secretword\r\nRETR 7\r\nDELE 7\r\n")
        talk.half_close()
        said, end = talk.until_end()
    assert said.endswith(b"\r\n.\r\n+OK message 7 deleted\r\n") and len(said) > 35_000
    assert end == "FIN" and len(mail.maildrop("student")) == 8, "no QUIT: nothing is deleted"
    assert serves(mail)


@pytest.mark.parametrize("how", ["FIN", "RST", "half"])
def test_a_client_that_goes_in_the_middle_of_a_letter(mail: Mail, how: str) -> None:
    talk = transaction(mail.smtp, b"Subject: x\r\n\r\nhalf of i")
    until(lambda: mail.smtp.peek()[0].from_client > 80)
    if how == "half":
        talk.half_close()
        assert talk.until_end() == (b"", "FIN")
    if how == "RST":
        talk._file.close()
        reset(talk.socket)
    else:
        talk.close()
    until(lambda: not mail.smtp.tap.links)
    assert untouched(mail) and serves(mail)


def test_1000_commands_at_once(mail: Mail) -> None:
    with Talk(mail.smtp) as talk:
        talk.send(b"NOOP\r\n" * 1000)
        assert [talk.line() for _time in range(1000)] == [b"250 2.0.0 OK\r\n"] * 1000
    with login(mail.pop3) as talk:
        talk.send(b"STAT\r\nRETR 7\r\nNOOP\r\nDELE 9\r\n" * 250)
        for _time in range(250):
            assert talk.line().startswith(b"+OK 7 ")
            assert talk.line() == b"+OK 35751 octets\r\n"
            assert len(talk.rest()) == 35751 + 3
            assert talk.line() == b"+OK\r\n"
            assert talk.line().startswith(b"-ERR no such message, only 7")
    with Talk(mail.smtp) as talk:  # five that it does not know, and it has enough, as aiosmtpd has
        talk.send(b"WHAT\r\n" * 1000)
        said = [talk.line()[:9] for _time in range(5)]
        assert said == [b"500 5.5.1"] * 4 + [b"502 5.5.1"]
    assert serves(mail)


def test_200_clients_at_once(mail: Mail) -> None:
    talks = [Talk(mail.smtp if n % 2 else mail.pop3, None) for n in range(200)]
    for n, talk in enumerate(talks):
        assert talk.line().startswith(b"220 " if n % 2 else b"+OK ")
        talk.close()


def answers(address: tuple[str, int], pieces: list[bytes]) -> bytes:
    """All that comes, also when the server has enough before all is sent."""
    said = b""
    with socket.create_connection(address, timeout=LIMIT) as sock:
        with contextlib.suppress(OSError):  # ENOTCONN too: the server has broken off before the FIN
            for piece in pieces:
                sock.sendall(piece)
            sock.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while got := sock.recv(65536):
                said += got
    return said


SMTP_WORDS = st.sampled_from(
    [
        b"EHLO x\r\n",
        b"HELO x\r\n",
        b"MAIL FROM:<a@b>\r\n",
        b"RCPT TO:<student@netkit.test>\r\n",
        b"DATA\r\n",
        b"RSET\r\n",
    ]
    + [
        b"RCPT TO:<x@netkit.test>\r\n",
        b"VRFY ",
        b"EXPN ",
        b"ETRN ",
        b"HELP ",
        b"AUTH PLAIN ",
        b"AUTH LOGIN\r\n",
        b"QUIT\r\n",
    ]
    + [
        b"\r\n",
        b"\r\n.\r\n",
        b".\r\n",
        b"\n",
        b"\r",
        b"\0",
        b"<",
        b">",
        b"@",
        b'"',
        b"(",
        b" SIZE=",
        b" BODY=8BITMIME",
        b"x" * 600,
    ]
)
POP3_WORDS = st.sampled_from(
    [
        b"USER student\r\n",
        b"PASS secretword\r\n",
        b"USER student\r\nPASS secretword\r\n",
        b"STAT\r\n",
        b"LIST ",
        b"UIDL ",
    ]
    + [
        b"RETR ",
        b"TOP ",
        b"DELE ",
        b"RSET\r\n",
        b"1",
        b"7\r\n",
        b"-1",
        b" ",
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b"x" * 300,
        b"CAPA\r\n",
    ]
)
FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@FUZZ
@given(pieces=st.lists(st.one_of(SMTP_WORDS, st.binary(max_size=30)), max_size=30))
def test_whatever_comes_to_the_smtp_door(mail: Mail, pieces: list[bytes]) -> None:
    background.problems.clear()
    said = answers(mail.smtp.address, pieces)
    assert said.startswith(b"220 ") and said.endswith(b"\r\n")
    for line in said.splitlines():
        assert line[:3].isdigit() and line[3:4] in (b" ", b"-") and not line.startswith(b"451"), line
    assert list(background.problems) == []
    for letter in mail.maildrop("student")[7:]:
        assert letter.data.count(b"\n") == letter.data.count(b"\r\n") == letter.data.count(b"\r")


@FUZZ
@given(pieces=st.lists(st.one_of(POP3_WORDS, st.binary(max_size=30)), max_size=30))
def test_whatever_comes_to_the_pop3_door(mail: Mail, pieces: list[bytes]) -> None:
    said = answers(mail.pop3.address, pieces)
    assert said.startswith(b"+OK ") and said.endswith(b"\r\n")
    assert list(background.problems) == []
    if b"quit" not in b"".join(pieces).lower():
        assert untouched(mail)
    until(lambda: not mail.pop3.tap.links)


@FUZZ
@given(data=st.binary(max_size=300))
def test_whatever_comes_to_the_tls_door(mail: Mail, data: bytes) -> None:
    assert b"+OK" not in answers(mail.pop3s.address, [data])
    assert list(background.problems) == []
