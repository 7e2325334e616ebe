"""Mail over TLS: what smtplib and poplib said inside is known to the byte, at every door."""

from __future__ import annotations

import poplib
import smtplib
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from netkit.servers.mail.post import Mail
from netkit.wire.conversation import Conversation, Kind, Side
from tests.mail.talk import Talk
from tests.wire.peers import LIMIT

ROOT = Path(__file__).parents[2]
LETTER = "Subject: тайна\r\n\r\n.one\r\n".encode()


def said(talk: Conversation) -> list[tuple[str, bytes]]:
    """Who said what, joined as long as the same one speaks."""
    out: list[tuple[str, bytes]] = []
    for event in talk.said:
        assert event.kind is Kind.DATA
        if out and out[-1][0] == event.side.value:
            out[-1] = (event.side.value, out[-1][1] + event.data)
        else:
            out.append((event.side.value, event.data))
    return out


def send(smtp: smtplib.SMTP, letter: bytes = LETTER) -> None:
    smtp.ehlo("pc")
    smtp.sendmail("me@example.org", ["student@netkit.test"], letter)


OUT = [b"ehlo pc\r\n", b"mail FROM:<me@example.org> size=%d\r\n" % len(LETTER), b"rcpt TO:<student@netkit.test>\r\n",
       b"data\r\n", LETTER.replace(b"\r\n.", b"\r\n..") + b".\r\n", b"QUIT\r\n"]  # fmt: skip
CODES = [b"250-mail", b"250 2.1.0", b"250 2.1.5", b"354 ", b"250 2.0.0", b"221 2.0.0"]


def check_smtp(talk: Conversation, greeting: bool) -> None:
    turns = said(talk)
    if greeting:
        assert turns.pop(0) == ("server", b"220 mail.netkit.test ESMTP netkit\r\n")
    assert [who for who, _data in turns] == ["client", "server"] * 6
    assert [data for _who, data in turns[::2]] == OUT
    assert [data[: len(code)] for (_who, data), code in zip(turns[1::2], CODES, strict=True)] == CODES
    assert b"STARTTLS" not in turns[1][1] and turns[-1][1].endswith(b"\r\n")


def test_starttls(mail: Mail) -> None:
    with smtplib.SMTP(*mail.smtp, timeout=LIMIT) as smtp:
        smtp.ehlo("pc")
        smtp.starttls(context=mail.context)
        send(smtp)
    talk = mail.smtp.conversations[-1]
    check_smtp(talk, greeting=False)
    assert mail.maildrop("student")[-1].data == LETTER
    assert b"example.org" not in talk.sent_by(Side.CLIENT)


def test_smtps_is_smtp_with_tls_from_the_first_byte(mail: Mail) -> None:
    with smtplib.SMTP_SSL(*mail.smtps, context=mail.context, timeout=LIMIT) as smtp:
        assert smtp.sock.version() == "TLSv1.3"
        send(smtp)
    check_smtp(mail.smtps.conversations[-1], greeting=True)
    letter = mail.maildrop("student")[-1]
    assert (letter.data, letter.envelope.tls) == (LETTER, True)
    with smtplib.SMTP_SSL(*mail.smtps, context=mail.context, timeout=LIMIT) as smtp:
        assert smtp.docmd("STARTTLS") == (503, b"5.5.1 TLS is active already")
        assert smtp.login("student", "secretword")[0] == 235


def test_smtps_with_clients_that_do_not_speak_tls(mail: Mail) -> None:
    with Talk(mail.smtps, None) as talk:
        talk.send(b"EHLO pc\r\n")
        assert b"250" not in talk.until_end()[0]
    with Talk(mail.smtps, None) as talk:
        talk.half_close()
        assert talk.until_end()[0] == b""
    with smtplib.SMTP_SSL(*mail.smtps, context=mail.context, timeout=LIMIT) as smtp:
        assert smtp.noop()[0] == 250


POP = [b"USER student\r\n", b"PASS secretword\r\n", b"RETR 1\r\n", b"QUIT\r\n"]


@pytest.mark.parametrize("door", ["pop3", "pop3s"])
def test_pop3(mail: Mail, door: str) -> None:
    if door == "pop3s":
        pop3: poplib.POP3 = poplib.POP3_SSL(*mail.pop3s, context=mail.context, timeout=LIMIT)
    else:
        pop3 = poplib.POP3(*mail.pop3, timeout=LIMIT)
        pop3.stls(mail.context)
    pop3.user("student")
    pop3.pass_("secretword")
    got = b"".join(line + b"\r\n" for line in pop3.retr(1)[1])
    pop3.quit()
    turns = said(getattr(mail, door).conversations[-1])
    if door == "pop3s":
        who, greeting = turns.pop(0)
        assert (who, greeting) == ("server", pop3.getwelcome() + b"\r\n")
    assert [data for _who, data in turns[::2]] == POP
    stuffed = got.replace(b"\r\n.", b"\r\n..")
    assert b"\r\n.." in stuffed
    assert turns[5] == ("server", b"+OK %d octets\r\n" % len(got) + stuffed + b".\r\n")


def test_five_megabytes(mail: Mail) -> None:
    letter = b"Subject: long\r\n\r\n" + b"".join(b"%070d\r\n" % n for n in range(70_000))
    with smtplib.SMTP_SSL(*mail.smtps, context=mail.context, timeout=60) as smtp:
        smtp.sendmail("me@example.org", ["student@netkit.test"], letter)
    assert mail.maildrop("student")[-1].data == letter
    assert (("client", letter + b".\r\n")) in said(mail.smtps.conversations[-1])


def test_many_threads_with_one_context(mail: Mail) -> None:
    context = mail.context
    problems: list[BaseException] = []

    def one(number: int) -> None:
        try:
            with smtplib.SMTP(*mail.smtp, timeout=LIMIT) as smtp:
                smtp.starttls(context=context)
                send(smtp, b"Subject: %d\r\n\r\n" % number)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * LIMIT)
    assert problems == []
    talks = mail.smtp.conversations
    letters = sorted(data for talk in talks for _who, data in said(talk) if data.startswith(b"Subject"))
    assert letters == sorted(b"Subject: %d\r\n\r\n.\r\n" % number for number in range(10))
    for talk in talks:
        assert b"".join(data for _who, data in said(talk)).count(b"Subject") == 1


def test_the_context_is_the_same_each_time(mail: Mail) -> None:
    assert mail.context is mail.context
    assert mail.context.verify_mode is ssl.CERT_REQUIRED and mail.context.check_hostname


def test_a_refused_certificate_says_nothing_inside(mail: Mail) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        poplib.POP3_SSL(*mail.pop3s, context=ssl.create_default_context(), timeout=LIMIT)
    assert mail.pop3s.conversations[-1].said == ()


def test_without_a_certificate_smtps_hangs_up(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> ssl.SSLContext:
        raise OSError("no room")

    monkeypatch.setattr("netkit.servers.tls.server_context", fail)
    with Talk(mail.smtps, None) as talk:
        assert talk.until_end()[0] == b""


def test_python_warns_of_nothing() -> None:
    source = (
        "import gc, netkit, poplib, smtplib\n"
        "mail = netkit.mail()\n"
        "with smtplib.SMTP(*mail.smtp) as smtp:\n"
        "    smtp.starttls(context=mail.context); smtp.noop()\n"
        "with smtplib.SMTP_SSL(*mail.smtps, context=mail.context) as smtp: smtp.noop()\n"
        "pop3 = poplib.POP3(*mail.pop3); pop3.stls(mail.context); pop3.quit()\n"
        "poplib.POP3_SSL(*mail.pop3s, context=mail.context).quit()\n"
        "print([len(door.conversations[-1].said) > 0 for door in mail.doors])\n"
        "del pop3, smtp; gc.collect()\n"
        "print(list(netkit.wire.background.problems))\n"
    )
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", source], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    shown = [line for line in done.stderr.splitlines() if not line.startswith("Executing <")]  # asyncio's debug mode
    assert (done.stdout, shown) == ("[True, True, True, True]\n[]\n", [])
