"""smtplib against the server, through the tap."""

from __future__ import annotations

import contextlib
import smtplib
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import Envelope as Transaction
from aiosmtpd.smtp import Session

from netkit.servers.mail import maildrops
from netkit.servers.mail.letters import Envelope
from netkit.servers.mail.maildrops import Maildrops
from netkit.servers.mail.post import Mail
from netkit.servers.mail.smtp import Clerk
from netkit.wire.conversation import Ending, Side
from tests.mail.talk import Talk
from tests.mail.talk import transaction as begin
from tests.wire.peers import LIMIT

FEATURES = {
    "size": "33554432",
    "8bitmime": "",
    "smtputf8": "",
    "starttls": "",
    "auth": " LOGIN PLAIN",
    "enhancedstatuscodes": "",
    "etrn": "",
    "help": "",
}
ME, STUDENT = "me@example.org", "student@netkit.test"


def client(mail: Mail) -> smtplib.SMTP:
    return smtplib.SMTP(*mail.smtp, local_hostname="pc.example.org", timeout=LIMIT)


def test_a_letter_is_in_the_maildrop_before_its_250_is_sent(mail: Mail) -> None:
    letter = b"From: a\r\nTo: somebody-else@example.org\r\n\r\n.dot\r\n..\r\n\xf0\xe8\xe2\xe5\xf2\r\n"
    with begin(mail.smtp, letter.replace(b"\r\n.", b"\r\n..")) as talk:
        assert len(mail.maildrop("student")) == 7
        assert talk.ask(b".\r\n").startswith(b"250 2.0.0 ")
        delivered = mail.maildrop("student")[-1]
    assert delivered.data == letter
    assert delivered.envelope == Envelope("me@example.org", ("student@netkit.test",), helo="test")


def test_no_turn_of_the_loop_is_between_delivery_and_250() -> None:
    store = Maildrops({"student": "x"})
    transaction = Transaction()
    transaction.mail_from, transaction.rcpt_tos, transaction.content = "a@b", ["student"], b"x\r\n"
    taking = Clerk(store).handle_DATA(None, Session(None), transaction)  # type: ignore[arg-type]
    with pytest.raises(StopIteration) as done:  # it never waits
        taking.send(None)
    assert done.value.value.startswith("250 2.0.0 ")
    assert [letter.data for letter in store.letters("student")] == [b"x\r\n"]


def test_several_letters_in_a_session(mail: Mail) -> None:
    with client(mail) as smtp:
        for n in range(3):
            assert smtp.sendmail(ME, [STUDENT, "guest@netkit.test"], f"Subject: {n}\n\nx") == {}
    assert [letter.data[:10] for letter in mail.maildrop("guest")] == [b"Subject: 0", b"Subject: 1", b"Subject: 2"]
    (conversation,) = mail.smtp.conversations
    assert (conversation.protocol, conversation.ending) == ("smtp", Ending.CLOSED)
    begun = conversation.sent_by(Side.CLIENT).lower()  # Python 3.11 writes FROM, 3.13 from
    assert begun.startswith(b"ehlo pc.example.org\r\nmail from:<me@example.org>")
    assert conversation.sent_by(Side.SERVER).startswith(
        b"220 mail.netkit.test ESMTP netkit\r\n250-mail.netkit.test\r\n"
    )


def test_ehlo_says_what_there_is(mail: Mail) -> None:
    with client(mail) as smtp:
        assert smtp.ehlo()[0] == 250
        assert smtp.esmtp_features == FEATURES
        smtp.starttls(context=mail.context)
        smtp.ehlo()
        assert smtp.esmtp_features == {name: value for name, value in FEATURES.items() if name != "starttls"}


def test_helo_is_enough(mail: Mail) -> None:
    with client(mail) as smtp:
        assert smtp.helo() == (250, b"mail.netkit.test")
        assert smtp.docmd("MAIL", "FROM:<me@example.org> SIZE=1")[0] == 501
        smtp.sendmail(ME, STUDENT, "x")
    assert len(mail.maildrop("student")) == 8


def test_some_recipients_are_refused(mail: Mail) -> None:
    with client(mail) as smtp:
        refused = smtp.sendmail(ME, ["nobody@netkit.test", STUDENT, "x@netkit.test"], "x")
        assert set(refused) == {"nobody@netkit.test", "x@netkit.test"}
        assert refused["x@netkit.test"] == (550, b"5.1.1 No such user here")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            smtp.sendmail(ME, ["nobody@netkit.test"], "x")
        smtp.sendmail(ME, STUDENT, "after it")
    assert [letter.envelope.recipients for letter in mail.maildrop("student")[7:]] == [(STUDENT,), (STUDENT,)]


@pytest.mark.parametrize("address", ["postmaster", "Postmaster@netkit.test", "student", "COURSE@NETKIT.TEST"])
def test_names_that_must_be_taken(mail: Mail, address: str) -> None:
    with client(mail) as smtp:
        assert smtp.sendmail(ME, address, "x") == {}


def test_the_null_sender(mail: Mail) -> None:
    with client(mail) as smtp:
        smtp.sendmail("", STUDENT, "x")
        smtp.sendmail("<>", STUDENT, "x")
    assert [letter.envelope.sender for letter in mail.maildrop("student")[7:]] == ["", ""]


def test_other_domains_stay_in_the_queue(mail: Mail) -> None:
    with client(mail) as smtp:
        smtp.ehlo()
        assert smtp.docmd("ETRN", "rnd.example.org") == (
            251,
            b"2.0.0 OK, no messages waiting for node rnd.example.org",
        )
        smtp.sendmail(ME, ["a@rnd.example.org", "b@RND.example.org", STUDENT], "x")
        smtp.sendmail(ME, "c@example.org", "x")
        for node, code in ((b"rnd.example.org", 253), (b"RND.example.org", 253), (b"#example.org", 253)):
            assert smtp.docmd("ETRN", node.decode())[0] == code
        started = b"2.0.0 OK, 2 pending messages for node example.org started"
        assert smtp.docmd("ETRN", "@example.org") == (253, started)
        assert smtp.docmd("ETRN", "netkit.test")[0] == 251
        for wrong in ("", "a b", "-x", "@", "x" * 300, "ex\x1bample"):
            assert smtp.docmd("ETRN", wrong)[:1] == (501,)
    assert [len(letter.envelope.recipients) for letter in mail.queue] == [3, 1]
    assert len(mail.maildrop("student")) == 8
    with client(mail) as smtp:
        assert smtp.docmd("ETRN", "example.org") == (503, b"5.5.1 Error: send EHLO first")


def test_the_commands_by_hand(mail: Mail) -> None:
    with client(mail) as smtp:
        assert smtp.noop() == (250, b"2.0.0 OK")
        assert smtp.rset() == (250, b"2.0.0 OK")
        assert smtp.verify("student@netkit.test")[0] == smtp.vrfy("guest")[0] == 252
        assert smtp.vrfy("nobody") == (550, b"5.1.1 No such user here")
        assert b"ETRN" in smtp.help() and b"EXPN" in smtp.help()
        assert smtp.help("etrn") == b"2.0.0 Syntax: ETRN <domain>"
        names = b"\n".join(b"2.1.5 <%b@netkit.test>" % name for name in (b"student", b"lecturer", b"guest"))
        assert smtp.expn("course") == smtp.expn("<course@netkit.test>") == (250, names)
        assert smtp.expn("student") == (550, b"5.1.1 That is no mailing list here")
        assert smtp.expn("nobody") == smtp.expn("course@example.org") == (550, b"5.1.1 No such user here")
        assert smtp.expn("")[0] == 501
        assert smtp.quit() == (221, b"2.0.0 Bye")


def test_an_international_address(mail: Mail) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "дед@пример.test", STUDENT, "Привет"
    message.set_content("x")
    with client(mail) as smtp:
        smtp.send_message(message, mail_options=["SMTPUTF8"])
    assert mail.maildrop("student")[-1].envelope.sender == "дед@пример.test"
    assert "Привет".encode() in mail.maildrop("student")[-1].data


@pytest.mark.parametrize("way", ["plain", "login"])
@pytest.mark.parametrize("tls", [True, False])
def test_logging_in(mail: Mail, way: str, tls: bool) -> None:
    with client(mail) as smtp:
        if tls:
            smtp.starttls(context=mail.context)
        smtp.ehlo()
        for user, password in (("student", "wrong"), ("nobody", "secretword"), ("nobody", ""), ("é", "é")):
            smtp.user, smtp.password = user, password
            with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
                smtp.auth(way, lambda challenge=None, s=smtp: auth(s, way, challenge), initial_response_ok=False)
            assert refused.value.smtp_code == 535 and refused.value.smtp_error.startswith(b"5.7.8 ")  # type: ignore[union-attr]
        smtp.user, smtp.password = "student", "secretword"
        assert smtp.auth(way, getattr(smtp, f"auth_{way}")) == (235, b"2.7.0 Authentication successful")
        assert smtp.docmd("AUTH", "PLAIN")[0] == 503
        smtp.sendmail(ME, STUDENT, "x")
    envelope = mail.maildrop("student")[-1].envelope
    assert (envelope.user, envelope.tls) == ("student", tls)


def auth(smtp: smtplib.SMTP, way: str, challenge: bytes | None) -> str:
    """As smtplib does it, in an encoding for which it is too careful."""
    if way == "plain":
        return f"\0{smtp.user}\0{smtp.password}".encode().decode("latin-1").encode("ascii", "replace").decode()
    who = smtp.user if challenge is not None and challenge.startswith(b"User") else smtp.password
    return who.encode("ascii", "replace").decode()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"AUTH PLAIN !!!", b"501 5.5.2"),
        (b"AUTH PLAIN AAAA", b"501 5.5.2"),
        (b"AUTH PLAIN AP8A/w==", b"535 5.7.8"),
        (b"AUTH PLAIN AA== AA==", b"501 5.5.4"),
        (b"AUTH CRAM-MD5", b"504 5.5.4"),
        (b"AUTH", b"501 5.5.4"),
        (b"AUTH PLAIN\r\n*", b"501 5.7.0"),
        (b"AUTH LOGIN\r\n*", b"501 5.7.0"),
        (b"AUTH LOGIN\r\n\xff", b"501 5.5.2"),
        (b"AUTH PLAIN\r\n" + b"A" * 5000, b"500 5.5.6"),
    ],
)
def test_logging_in_by_hand_and_wrongly(mail: Mail, sent: bytes, code: bytes) -> None:
    with Talk(mail.smtp) as talk:
        talk.ask(b"EHLO x\r\n")
        reply = talk.ask(sent + b"\r\n")
        while reply.startswith(b"334"):
            reply = talk.reply()
        assert reply.startswith(code)
        while not talk.ask(b"NOOP\r\n").startswith(b"250"):  # of a line too long, the rest may be left
            pass


def test_auth_in_the_middle_of_a_letter(mail: Mail) -> None:
    with client(mail) as smtp:
        smtp.ehlo()
        smtp.mail(ME)
        assert smtp.docmd("AUTH", "PLAIN") == (503, b"5.5.1 AUTH is not allowed during a mail transaction")
        smtp.rset()
        assert smtp.login("student", "secretword")[0] == 235


def test_sizes(mail: Mail) -> None:
    with client(mail) as smtp:
        smtp.ehlo()
        assert smtp.mail(ME, ["SIZE=33554432"])[0] == 250
        smtp.rset()
        code, said = smtp.mail(ME, ["SIZE=33554433"])
        assert (code, said[:6]) == (552, b"5.3.4 ")


def test_too_many_recipients(mail: Mail) -> None:
    with client(mail) as smtp:
        smtp.ehlo()
        smtp.mail(ME)
        codes = [smtp.rcpt(f"u{n}@example.org") for n in range(1001)]
        assert set(codes[:1000]) == {(250, b"2.1.5 OK")}
        assert codes[1000] == (452, b"4.5.3 Too many recipients")
        assert smtp.data(b"x")[0] == 250
    assert len(mail.queue[0].envelope.recipients) == 1000


def test_a_full_store_takes_nothing(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maildrops, "CAPACITY", 42_000)
    with client(mail) as smtp:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.sendmail(ME, STUDENT, "x" * 500 + "\n" + "y" * 500)
        assert refused.value.smtp_code == 452
        smtp.sendmail(ME, STUDENT, "x")
    assert len(mail.maildrop("student")) == 8


def test_many_ehlos_do_not_widen_the_limits(mail: Mail) -> None:
    long = b"MAIL FROM:<" + b"a" * 540 + b"@example.org>\r\n"
    with Talk(mail.smtp) as talk:
        for _time in range(30):
            assert talk.ask(b"EHLO x\r\n").startswith(b"250-")
        assert talk.ask(long).startswith(b"500 5.5.2 ")


def test_headers_cannot_be_injected_through_smtplib(mail: Mail) -> None:
    with client(mail) as smtp:
        smtp.ehlo()
        for inject in (
            lambda: smtp.docmd("MAIL", "FROM:<a@b>\r\nRCPT TO:<guest@netkit.test>"),
            lambda: smtp.mail(ME, ["SIZE=1\nRSET"]),
            lambda: smtp.help("x\rDATA"),
        ):
            with pytest.raises(ValueError, match="command and arguments contain prohibited newline characters"):
                inject()
        with contextlib.suppress(ValueError):  # some releases take the address only, and send that
            smtp.sendmail("a@b\r\nRCPT TO:<guest@netkit.test>", STUDENT, "x")
    assert mail.maildrop("guest") == ()
    assert b"guest" not in mail.smtp.conversations[0].sent_by(Side.CLIENT)
