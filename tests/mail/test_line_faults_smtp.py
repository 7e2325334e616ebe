"""Faults at a command: which exception of smtplib comes of each, and that the server hears nothing of it."""

from __future__ import annotations

import smtplib
from collections.abc import Callable

import pytest

from netkit.export.text import transcript
from netkit.servers.mail.post import Mail
from netkit.wire.conversation import Ending, Kind, Side
from netkit.wire.lines import LineFaults
from tests.mail.talk import Talk, transaction
from tests.wire.peers import LIMIT, nothing_comes, until

ME, STUDENT, GUEST = "me@example.org", "student@netkit.test", "guest@netkit.test"
LETTER = "Subject: one\r\n\r\nhello\r\n"
FIRST = 7  # letters that the student has at first
SOON = 0.2  # seconds after which a client that waits for an answer gives up


def client(mail: Mail, timeout: float = LIMIT) -> smtplib.SMTP:
    host, port = mail.smtp.address
    return smtplib.SMTP(host, port, local_hostname="pc.example.org", timeout=timeout)


def send(mail: Mail, *to: str, timeout: float = LIMIT) -> dict[str, tuple[int, bytes]]:
    """A letter to the student or to those who are named, in a session of its own."""
    session = client(mail, timeout)
    try:
        return session.sendmail(ME, to or [STUDENT], LETTER)
    finally:
        session.close()


Break = Callable[[LineFaults], object]
BREAKS: list[tuple[Break, type[Exception], str]] = [
    (lambda f: f.reply("greeting", 554), smtplib.SMTPConnectError, "(554, b'No SMTP service here')"),
    (lambda f: f.close("greeting"), smtplib.SMTPServerDisconnected, "Connection unexpectedly closed"),
    (lambda f: f.reply("ehlo", 502).reply("helo", 501, "no"), smtplib.SMTPHeloError, "(501, b'no')"),
    (lambda f: f.close("EHLO"), smtplib.SMTPServerDisconnected, "Connection unexpectedly closed"),
    (
        lambda f: f.reply("MAIL", 451),
        smtplib.SMTPSenderRefused,
        "(451, b'4.3.0 Requested action aborted: local error in processing', 'me@example.org')",
    ),
    (
        lambda f: f.reply("RCPT", "550 5.1.1 Nobody there"),
        smtplib.SMTPRecipientsRefused,
        "{'student@netkit.test': (550, b'5.1.1 Nobody there')}",
    ),
    (lambda f: f.reply("RCPT", 421), smtplib.SMTPRecipientsRefused, "{'student@netkit.test': (421, "),
    (lambda f: f.reset("RCPT"), smtplib.SMTPServerDisconnected, "Connection unexpectedly closed: "),
    (lambda f: f.reply("DATA", 452, "4.3.1 Full"), smtplib.SMTPDataError, "(452, b'4.3.1 Full')"),
    (lambda f: f.close("DATA"), smtplib.SMTPServerDisconnected, "Connection unexpectedly closed"),
    (lambda f: f.reply(".", 554), smtplib.SMTPDataError, "(554, b'5.0.0 Transaction failed')"),
    (lambda f: f.reset("."), smtplib.SMTPServerDisconnected, "Connection unexpectedly closed: "),
    (lambda f: f.close("."), smtplib.SMTPServerDisconnected, "Connection unexpectedly closed"),
]


@pytest.mark.parametrize(("set_it", "problem", "text"), BREAKS)
def test_each_exception_of_smtplib(mail: Mail, set_it: Break, problem: type[Exception], text: str) -> None:
    before = mail.maildrop("student")
    set_it(mail.smtp.faults)
    with pytest.raises(problem) as caught:
        send(mail)
    assert type(caught.value) is problem and str(caught.value).startswith(text)
    mail.smtp.faults.clear()
    assert mail.maildrop("student") == before
    assert send(mail) == {}
    assert len(mail.maildrop("student")) == len(before) + 1


def test_a_reset_in_place_of_the_greeting(mail: Mail) -> None:
    mail.smtp.faults.reset("greeting")
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):  # a moment after connect(), or in it
        client(mail)
    until(lambda: mail.smtp.conversations[-1].ending is Ending.CUT)


@pytest.mark.parametrize("command", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "."])
def test_no_answer_is_a_timeout(mail: Mail, command: str) -> None:
    mail.smtp.faults.silent(command)
    with pytest.raises((smtplib.SMTPServerDisconnected, TimeoutError), match="timed out"):
        send(mail, timeout=SOON)
    assert len(mail.maildrop("student")) == FIRST


def test_signing_in_is_refused(mail: Mail) -> None:
    mail.smtp.faults.reply("AUTH", 535)
    with client(mail) as session:
        with pytest.raises(smtplib.SMTPAuthenticationError, match=r"535, b'5.7.8 Authentication credentials invalid'"):
            session.login("student", "secretword")
        mail.smtp.faults.clear()
        assert session.login("student", "secretword")[0] == 235


def test_what_the_server_does_not_offer_stays_so(mail: Mail) -> None:
    mail.smtp.faults.reply("EHLO", "250 no extensions here")
    with client(mail) as session, pytest.raises(smtplib.SMTPNotSupportedError, match="AUTH extension not supported"):
        session.login("student", "secretword")


@pytest.mark.parametrize("command", ["STARTTLS", "VRFY", "RSET", "NOOP", "QUIT"])
def test_other_commands_are_answered_too(mail: Mail, command: str) -> None:
    mail.smtp.faults.reply(command, "454 4.7.0 not now")
    with Talk(mail.smtp) as talk:
        assert talk.ask(b"EHLO pc\r\n").startswith(b"250-")
        assert talk.ask(command.encode() + b" student\r\n") == b"454 4.7.0 not now\r\n"
        assert talk.ask(b"HELP\r\n").startswith(b"250 ")  # the session goes on


def test_a_number_of_times_refuses_some_recipients(mail: Mail) -> None:
    mail.smtp.faults.reply("RCPT", 550, "no", times=1)
    assert send(mail, STUDENT, GUEST) == {STUDENT: (550, b"no")}
    assert (len(mail.maildrop("student")), len(mail.maildrop("guest"))) == (FIRST, 1)
    assert mail.smtp.faults.calm and repr(mail.smtp.faults) == "No faults: the wire works as it should."
    assert send(mail, STUDENT, GUEST) == {}


def test_greylisting(mail: Mail) -> None:
    mail.smtp.faults.reply("RCPT", 451, "4.7.1 Greylisted", times=1)
    with client(mail) as session:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            session.sendmail(ME, STUDENT, LETTER)
        assert session.sendmail(ME, STUDENT, LETTER) == {}
    assert len(mail.maildrop("student")) == FIRST + 1


def test_after_a_letter_that_was_refused_the_session_goes_on(mail: Mail) -> None:
    with client(mail) as session:
        with mail.smtp.faults.reply(".", "552 5.3.4 too large"):
            for _again in range(2):
                with pytest.raises(smtplib.SMTPDataError, match="too large"):
                    session.sendmail(ME, STUDENT, LETTER)
        assert session.sendmail(ME, GUEST, LETTER) == {}
    assert (len(mail.maildrop("student")), len(mail.maildrop("guest"))) == (FIRST, 1)
    assert b"RSET" not in mail.smtp.conversations[-1].sent_by(Side.CLIENT).replace(b"rset", b"")


def test_a_letter_without_recipients_is_the_servers_to_refuse(mail: Mail) -> None:
    mail.smtp.faults.reply(".", 554)
    with Talk(mail.smtp) as talk:
        for line in (b"EHLO pc", b"DATA", b"MAIL FROM:<a@example.org>", b"DATA"):
            last = talk.ask(line + b"\r\n")
        assert last.startswith(b"503 ")
        assert talk.ask(b"RCPT TO:<student@netkit.test>\r\n").startswith(b"250")
        assert talk.ask(b"RSET\r\n").startswith(b"250")
        assert talk.ask(b"DATA\r\n").startswith(b"503 ")


def test_a_dot_that_ends_no_letter_is_a_command_as_any_other(mail: Mail) -> None:
    mail.smtp.faults.close(".")
    with Talk(mail.smtp) as talk:
        assert talk.ask(b".\r\n").startswith(b"500 ")


def test_an_answer_to_starttls_is_followed_by_a_handshake(mail: Mail) -> None:
    """Which the server takes for a command: the client's TLS sees no TLS."""
    mail.smtp.faults.reply("STARTTLS", 220).reply("QUIT", 421)
    with Talk(mail.smtp) as talk:
        talk.ask(b"EHLO pc\r\n")
        assert talk.ask(b"STARTTLS\r\n") == b"220 2.0.0 Service ready\r\n"
        assert talk.ask(b"QUIT\r\n").startswith(b"221")  # ciphertext, for the gate


PIPELINED = (
    b"EHLO pc\r\nMAIL FROM:<me@example.org>\r\nRCPT TO:<student@netkit.test>\r\nRCPT TO:<guest@netkit.test>\r\n"
    b"VRFY nobody\r\nNOOP\r\nDATA\r\nSubject: one\r\n\r\n..\r\nRCPT\r\n.\r\nRSET\r\nHELP\r\nQUIT\r\n"
)
CODES = [b"250", b"250", b"550", b"250", b"550", b"250", b"354", b"554", b"250", b"250", b"221"]


def talked_at_once(mail: Mail, pieces: list[bytes]) -> list[bytes]:
    """The replies' codes, when these pieces are sent without waiting for an answer."""
    with Talk(mail.smtp) as talk:
        for piece in pieces:
            talk.send(piece)
        talk.half_close()
        replies = []
        while reply := talk.reply():
            replies.append(reply[:3])
        return replies


def break_some(mail: Mail) -> None:
    mail.smtp.faults.reply("RCPT", 550, times=1).reply(".", 554)


def test_replies_come_in_order_to_a_client_that_does_not_wait(mail: Mail) -> None:
    break_some(mail)
    codes = talked_at_once(mail, [PIPELINED])
    assert codes == CODES
    assert (len(mail.maildrop("student")), len(mail.maildrop("guest"))) == (FIRST, 0)
    until(lambda: mail.smtp.conversations[-1].ending is Ending.CLOSED)
    said = mail.smtp.conversations[-1]
    assert said.sent_by(Side.CLIENT) == PIPELINED
    taken = b"".join(event.data for event in said.events if event.kind is Kind.TAKEN)
    assert taken == b"RCPT TO:<student@netkit.test>\r\nDATA\r\nSubject: one\r\n\r\n..\r\nRCPT\r\n.\r\n"


def test_a_fault_acts_from_the_next_command_on(mail: Mail) -> None:
    with transaction(mail.smtp, b"Subject: one\r\n\r\nRCPT TO:<a>\r\n") as talk:
        mail.smtp.faults.reply("RCPT", 550, "no").reply(".", 554).reply("QUIT", 421, "no")
        assert talk.ask(b"QUIT\r\n.\r\n").startswith(b"250 2.0.0 OK: the letter is taken")
        assert talk.ask(b"MAIL FROM:<me@example.org>\r\n").startswith(b"250")
        assert talk.ask(b"rCpT TO:<student@netkit.test>\r\n") == b"550 no\r\n"
        mail.smtp.faults.clear()
        assert talk.ask(b"RCPT TO:<student@netkit.test>\r\n").startswith(b"250")
        assert talk.ask(b"QUIT\r\n").startswith(b"221")
    assert mail.maildrop("student")[-1].data.endswith(b"RCPT TO:<a>\r\nQUIT\r\n")


def test_a_fault_set_in_the_middle_of_a_line_leaves_that_line_alone(mail: Mail) -> None:
    with Talk(mail.smtp) as talk:
        talk.ask(b"EHLO pc\r\n")
        talk.send(b"VR")
        until(lambda: mail.smtp.conversations[-1].sent_by(Side.CLIENT).endswith(b"VR"))
        mail.smtp.faults.reply("VRFY", 502)
        assert talk.ask(b"FY student\r\n").startswith(b"252")
        talk.send(b"VR")
        mail.smtp.faults.clear()  # what was kept back as the beginning of VRFY goes on
        assert talk.ask(b"FY student\r\n").startswith(b"252")


def test_responses_of_auth_are_no_commands(mail: Mail) -> None:
    mail.smtp.faults.reply("RCPT", 550).reply("MAIL", 451)
    with Talk(mail.smtp) as talk:
        talk.ask(b"EHLO pc\r\n")
        assert talk.ask(b"AUTH LOGIN\r\n").startswith(b"334")
        assert talk.ask(b"MAIL\r\n").startswith(b"334")  # is the name: base64
        assert talk.ask(b"RCPT\r\n").startswith(b"535")
        assert talk.ask(b"MAIL FROM:<me@example.org>\r\n").startswith(b"451")


def test_after_tls_began_nothing_of_it_acts(mail: Mail) -> None:
    mail.smtp.faults.reply("RCPT", 550).reply(".", 554)
    with client(mail) as session:
        session.starttls(context=mail.context)
        assert session.sendmail(ME, STUDENT, LETTER) == {}
    until(lambda: mail.smtp.conversations[-1].ending is not Ending.OPEN)
    assert not any(event.kind is Kind.TAKEN for event in mail.smtp.conversations[-1].events)


def test_a_client_that_goes_away_in_the_middle(mail: Mail) -> None:
    mail.smtp.faults.reply(".", 554)
    with transaction(mail.smtp, b"Subject: one\r\n\r\nhel"):
        pass
    until(lambda: mail.smtp.conversations[-1].ending is not Ending.OPEN)
    with Talk(mail.smtp) as talk:
        talk.send(b"NOOP\r\nRCP")  # may become RCPT
        mail.smtp.faults.reply("RCPT", 550)
        talk.half_close()
        assert talk.until_end()[0].startswith(b"250 ")
    assert len(mail.maildrop("student")) == FIRST


@pytest.mark.parametrize("toward", ["server", "client", "both"])
def test_other_faults_act_on_what_netkit_says_too(mail: Mail, toward: str) -> None:
    mail.smtp.faults.set(toward, pieces=1, gap=0.0)
    break_some(mail)
    codes = talked_at_once(mail, [PIPELINED])
    assert codes == CODES
    said = mail.smtp.conversations[-1]
    assert said.sent_by(Side.CLIENT) == PIPELINED
    ones = {event.size for event in said.events if event.side is Side.TAP}
    assert ones == ({1} if toward != "server" else {59, 37, 30})


def test_a_delay_holds_netkits_reply_up_and_swallow_takes_it(mail: Mail) -> None:
    mail.smtp.faults.reply("NOOP", 421, "later").set("client", delay=0.1)
    with Talk(mail.smtp) as talk:
        assert talk.ask(b"NOOP\r\n") == b"421 later\r\n"
        mail.smtp.faults.set("client", swallow=True, delay=0)
        talk.send(b"NOOP\r\n")
        assert nothing_comes(talk.socket, SOON)
    held, lost = [e for e in mail.smtp.conversations[-1].events if e.side is Side.TAP]
    assert (held.kind, lost.kind) == (Kind.DATA, Kind.LOST)
    assert held.time - held.sent >= 0.1


def test_a_close_waits_for_the_replies_before_it(mail: Mail) -> None:
    mail.smtp.faults.close("NOOP").set("client", delay=0.1)
    with Talk(mail.smtp) as talk:
        talk.send(b"HELP\r\nRSET\r\nNOOP\r\nRSET\r\n")
        said, how = talk.until_end()
    assert (said.count(b"\r\n"), how) == (2, "FIN")
    ended = mail.smtp.conversations[-1]
    assert ended.ending is Ending.CUT
    assert [e.data for e in ended.events if e.kind is Kind.LOST] == [b"RSET\r\n"]


def test_the_transcript_of_a_conversation_with_faults(mail: Mail) -> None:
    mail.smtp.faults.reply("RCPT", "550 5.1.1 Nobody there")
    with pytest.raises(smtplib.SMTPRecipientsRefused), client(mail) as session:
        session.helo()
        session.sendmail(ME, STUDENT, LETTER)
    mail.smtp.faults.reply("greeting", 554)
    with pytest.raises(smtplib.SMTPConnectError):
        client(mail)
    first, second = mail.smtp.conversations
    lines = transcript(first).splitlines()
    assert [line for line in lines if "→ netkit" in line or "netkit →" in line] == [
        "  client → netkit  31 bytes  rcpt TO:<student@netkit.test>\\r\\n  — the letter is for <student@netkit.test>,"
        " whatever its To: says [RFC 5321, section 4.1.1.3]",
        "  netkit → client  24 bytes  550 5.1.1 Nobody there\\r\\n  — netkit said it in the server's place; this"
        " recipient is refused for good; 5.1.1: no such mailbox [RFC 5321, section 4.3.2; RFC 3463, section 3.2]",
    ]
    assert transcript(second).splitlines() == [
        "smtp, conversation 2 (TCP): closed in good order; client → server 0 bytes, server → client 26 bytes",
        "  netkit → client  26 bytes  554 No SMTP service here\\r\\n"
        "  — netkit said it in the server's place; there is no"
        " mail service here [RFC 5321, section 3.1]",
        "  client → server            FIN: will send no more",
        "  server → client            FIN: will send no more",
    ]
