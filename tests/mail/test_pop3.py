"""poplib against the server, through the tap: the lock, deletion, octets, a broken connection."""

from __future__ import annotations

import contextlib
import email
import hashlib
import poplib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from netkit.servers.mail import pop3_door
from netkit.servers.mail.first_letters import first_letters
from netkit.servers.mail.post import Mail
from netkit.wire.conversation import Ending, Side
from tests.mail.talk import Talk, login
from tests.wire.peers import LIMIT, reset, until


def client(mail: Mail, user: str = "student") -> poplib.POP3:
    pop3 = poplib.POP3(*mail.pop3, timeout=LIMIT)
    pop3.user(user)
    pop3.pass_(mail.users[user])
    return pop3


def is_locked(mail: Mail) -> bool:
    """Whether another session of the student is refused."""
    pop3 = poplib.POP3(*mail.pop3, timeout=LIMIT)
    pop3.user("student")
    try:
        pop3.pass_("secretword")
    except poplib.error_proto as problem:
        assert str(problem) == "b'-ERR [IN-USE] maildrop already locked'"
        return True
    finally:
        pop3.quit()
    return False


def test_the_methods_of_poplib(mail: Mail) -> None:
    letters = first_letters()
    total = sum(len(letter.data) for letter in letters)
    pop3 = poplib.POP3(*mail.pop3, timeout=LIMIT)
    assert re.fullmatch(rb"\+OK POP3 server ready <\d+\.\d+@mail\.netkit\.test>", pop3.getwelcome())
    assert pop3.capa()["IMPLEMENTATION"] == ["netkit"]
    assert pop3.utf8().startswith(b"+OK")
    with pytest.raises(poplib.error_proto, match=r"-ERR RPOP was removed from POP3 in 1993 \(RFC 1460\)"):
        pop3.rpop("student")
    assert pop3.user("student").startswith(b"+OK")
    assert pop3.pass_("secretword") == b"+OK student's maildrop has 7 messages (%d octets)" % total
    assert pop3.stat() == (7, total)
    assert pop3.list()[1] == [b"%d %d" % (letter.number, len(letter.data)) for letter in letters]
    assert pop3.list(3) == b"+OK 3 %d" % len(letters[2].data)
    assert pop3.uidl()[1] == [f"{letter.number} {letter.uid}".encode() for letter in letters]
    assert pop3.uidl(7) == f"+OK 7 {letters[6].uid}".encode()
    for letter in letters:
        resp, lines, octets = pop3.retr(letter.number)
        assert (resp, octets) == (b"+OK %d octets" % len(letter.data), len(letter.data))
        assert b"".join(line + b"\r\n" for line in lines) == letter.data
        assert email.message_from_bytes(b"\n".join(lines))["Message-ID"]
    _resp, lines, _octets = pop3.top(7, 2)
    assert lines[-2].startswith(b"Too long to fetch") and lines[-1] == b""
    assert pop3.noop() == b"+OK"
    assert pop3.dele(1) == b"+OK message 1 deleted"
    assert pop3.rset() == b"+OK maildrop has 7 messages (%d octets)" % total
    assert pop3.quit() == b"+OK mail.netkit.test POP3 server signing off (7 messages left)"
    (conversation,) = mail.pop3.conversations
    assert (conversation.protocol, conversation.ending) == ("pop3", Ending.CLOSED)


def test_apop(mail: Mail) -> None:
    pop3 = poplib.POP3(*mail.pop3, timeout=LIMIT)
    with pytest.raises(poplib.error_proto, match=r"\[AUTH\] permission denied"):
        pop3.apop("student", "wrong")
    assert pop3.apop("student", "secretword").startswith(b"+OK student's maildrop has 7")
    pop3.quit()
    assert b"secretword" not in mail.pop3.conversations[0].sent_by(Side.CLIENT)


def test_greetings_are_never_the_same(mail: Mail) -> None:
    greetings = set()
    for _time in range(20):
        with Talk(mail.pop3, b"+OK") as talk:
            greetings.add(talk.greeting)
    assert len(greetings) == 20
    digest = hashlib.md5(re.findall(rb"<.*>", greetings.pop())[0] + b"secretword").hexdigest()
    with Talk(mail.pop3, b"+OK") as talk:  # of another session
        assert talk.pop(f"APOP student {digest}".encode()).startswith(b"-ERR [AUTH]")


def test_the_lock(mail: Mail) -> None:
    first = client(mail)
    assert is_locked(mail) and is_locked(mail)
    second = client(mail, "guest")
    with Talk(mail.pop3, b"+OK") as waiting:
        waiting.pop(b"USER student")
        assert waiting.pop(b"PASS secretword").startswith(b"-ERR [IN-USE]")
        first.quit()
        waiting.pop(b"USER student")
        assert waiting.pop(b"PASS secretword").startswith(b"+OK")
        waiting.pop(b"QUIT")
    second.quit()


def test_what_comes_during_a_session_is_seen_in_the_next(mail: Mail) -> None:
    pop3 = client(mail)
    with smtplib.SMTP(*mail.smtp, timeout=LIMIT) as smtp:
        smtp.sendmail("me@example.org", "student@netkit.test", "x")
    assert len(mail.maildrop("student")) == 8
    assert pop3.stat()[0] == 7
    pop3.dele(1)
    pop3.quit()
    assert [letter.data for letter in mail.maildrop("student")][-1] == b"x\r\n"
    again = client(mail)
    assert again.stat()[0] == 7
    assert again.uidl(1) == f"+OK 1 {first_letters()[1].uid}".encode()
    again.quit()


def end(how: str, pop3: poplib.POP3) -> None:
    if how == "FIN":
        pop3.close()
    else:
        assert pop3.sock is not None
        pop3.file.close()
        reset(pop3.sock)  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["FIN", "RST"])
def test_a_broken_connection_deletes_nothing_and_frees_the_lock(mail: Mail, how: str) -> None:
    pop3 = client(mail)
    pop3.dele(1)
    pop3.dele(2)
    end(how, pop3)

    until(lambda: not is_locked(mail))
    assert mail.maildrop("student") == first_letters()


def test_a_tap_that_breaks_the_connection_deletes_nothing(mail: Mail) -> None:
    pop3 = client(mail)
    pop3.dele(1)
    mail.pop3.faults.set(reset=0)
    with pytest.raises((OSError, EOFError, poplib.error_proto)):
        pop3.noop()
    pop3.close()
    mail.pop3.faults.clear()
    until(lambda: not mail.pop3.tap.links)
    again = client(mail)
    assert again.stat()[0] == 7
    again.quit()


def test_stopping_ends_sessions_and_deletes_nothing(mail: Mail) -> None:
    pop3 = client(mail)
    pop3.dele(1)
    mail.stop()
    pop3.close()
    mail.start()
    again = client(mail)
    assert again.stat()[0] == 7
    again.quit()


def test_reset_during_a_session(mail: Mail) -> None:
    mail.deliver(b"new")
    pop3 = client(mail)
    pop3.dele(8)
    pop3.dele(1)
    mail.reset()
    with pytest.raises((poplib.error_proto, ConnectionError)):
        pop3.noop()
    assert [letter.uid for letter in mail.maildrop("student")] == [letter.uid for letter in first_letters()]
    again = client(mail)  # the maildrop is free, though nobody has closed the first session's socket
    assert again.stat()[0] == 7
    again.quit()
    pop3.close()


@pytest.mark.parametrize("how", ["plain", "stls", "pop3s"])
def test_the_same_over_tls(mail: Mail, how: str) -> None:
    pop3: Any
    if how == "pop3s":
        pop3 = poplib.POP3_SSL(*mail.pop3s, context=mail.context, timeout=LIMIT)
        assert "STLS" not in pop3.capa()
    else:
        pop3 = poplib.POP3(*mail.pop3, timeout=LIMIT)
        assert "STLS" in pop3.capa()
        if how == "stls":
            pop3.user("student")
            assert pop3.stls(context=mail.context).startswith(b"+OK")
            assert "STLS" not in pop3.capa()
            with pytest.raises(poplib.error_proto, match="TLS is active already"):
                pop3._shortcmd("STLS")
    pop3.user("student")
    pop3.pass_("secretword")
    for letter in first_letters():
        assert pop3.retr(letter.number)[2] == len(letter.data)
    pop3.dele(7)
    assert pop3.quit().endswith(b"(6 messages left)")
    door = mail.pop3s if how == "pop3s" else mail.pop3
    (conversation,) = door.conversations
    assert (b"secretword" in conversation.sent_by(Side.CLIENT)) == (how == "plain")
    assert conversation.ending in (Ending.CLOSED, Ending.RESET)  # of TLS, the last word may meet a closed socket


@pytest.mark.parametrize("door", [lambda m: m.pop3, lambda m: m.pop3s, lambda m: m.smtp], ids=["pop3", "pop3s", "smtp"])
def test_a_client_that_does_not_trust_the_authority(mail: Mail, door: Callable[[Mail], Any]) -> None:
    strangers = ssl.create_default_context()
    address = door(mail)
    refused = pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed")
    if address is mail.pop3s:
        with refused:
            poplib.POP3_SSL(*address, context=strangers, timeout=LIMIT)
    elif address is mail.pop3:
        plain = poplib.POP3(*address, timeout=LIMIT)
        with plain.file, refused:  # its socket is closed already
            plain.stls(context=strangers)
    else:
        with contextlib.closing(smtplib.SMTP(*address, timeout=LIMIT)) as smtp, refused:
            smtp.starttls(context=strangers)
    pop3 = poplib.POP3_SSL(*mail.pop3s, context=mail.context, timeout=LIMIT)
    pop3.quit()


def end_of_handshake_and(data: bytes, sock: socket.socket, context: ssl.SSLContext) -> bytes:
    """Send the last bytes of the handshake and these in one packet; the first decrypted bytes that come back."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    secure = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    work: Callable[[], Any] = secure.do_handshake
    while True:
        try:
            if got := work():
                return bytes(got)
            secure.write(data)
            work = secure.read
        except ssl.SSLWantReadError:
            sock.sendall(outgoing.read())
            incoming.write(sock.recv(65536))


@pytest.mark.parametrize(("door", "ask"), [("pop3", b"STLS\r\n"), ("smtp", b"STARTTLS\r\n"), ("pop3s", b"")])
def test_commands_in_one_packet_with_the_end_of_the_handshake(mail: Mail, door: str, ask: bytes) -> None:
    """As curl sends them: they are encrypted, so they count."""
    for _time in range(5):
        with Talk(getattr(mail, door), None) as talk:
            if ask:
                talk.line()
                talk.send(ask)
                assert talk.line().startswith((b"+OK", b"220"))
            said = end_of_handshake_and(b"NOOP\r\nQUIT\r\n", talk.socket, mail.context)
        if door == "pop3":
            assert said.startswith(b"-ERR NOOP belongs to the TRANSACTION state")
        else:
            assert said.startswith(b"250 2.0.0 OK" if ask else b"+OK POP3 server ready")


@pytest.mark.parametrize("hello", [b"GET / HTTP/1.0\r\n\r\n", b"\0" * 100, b"\x16\x03\x01\x02\x00garbage" * 99])
def test_what_is_no_tls_at_the_tls_door(mail: Mail, hello: bytes) -> None:
    with Talk(mail.pop3s, None) as talk:
        talk.send(hello)
        talk.half_close()
        assert b"+OK" not in talk.until_end()[0]
    pop3 = poplib.POP3_SSL(*mail.pop3s, context=mail.context, timeout=LIMIT)
    pop3.quit()


def test_a_client_that_does_not_read_is_not_answered_on(mail: Mail) -> None:
    """Else 1,000 times RETR of a long letter would be in memory at once."""
    mail.deliver(b"x" * 70 + b"\n" + b"y" * 3_000_000)
    memory = psutil.Process().memory_info().rss
    with login(mail.pop3) as talk:
        talk.send(b"RETR 8\r\n" * 200)
        until(lambda: mail.pop3.peek()[0].from_server > 100_000)
        before = -1
        while before != mail.pop3.peek()[0].from_server:
            before = mail.pop3.peek()[0].from_server
            mail.pop3.tap.settle()
        assert psutil.Process().memory_info().rss - memory < 100_000_000
        with login(mail.pop3, "guest", "welcome") as other:
            assert other.pop(b"STAT").startswith(b"+OK 0 0")
        talk.socket.settimeout(LIMIT)
        for _time in range(50):
            assert talk.line() == b"+OK %d octets\r\n" % len(mail.maildrop("student")[-1].data)
            assert len(talk.rest()) == len(mail.maildrop("student")[-1].data) + 3


def test_a_client_that_has_said_all_gets_all_answers_however_slow_it_reads(mail: Mail) -> None:
    mail.deliver(b"y" * 3_000_000)
    size = len(mail.maildrop("student")[-1].data)
    with login(mail.pop3) as talk:
        talk.send(b"RETR 8\r\n" * 10)
        talk.half_close()
        for _time in range(10):
            assert talk.line() == b"+OK %d octets\r\n" % size
            assert len(talk.rest()) == size + 3
        assert talk.until_end() == (b"", "FIN")


def test_an_idle_session_ends_and_deletes_nothing(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pop3_door, "IDLE", 0.3)
    with login(mail.pop3) as talk:
        assert talk.pop(b"DELE 1").startswith(b"+OK")
        assert talk.until_end() == (b"", "FIN")
    assert len(mail.maildrop("student")) == 7
    with login(mail.pop3) as talk:
        assert talk.pop(b"QUIT").startswith(b"+OK")
