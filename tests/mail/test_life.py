"""One mail server in a process: start, stop, a letter of 20 MB, and that nothing is left over."""

from __future__ import annotations

import gc
import logging
import poplib
import smtplib
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import netkit
from netkit.errors import ServerError
from netkit.servers import local, tls
from netkit.servers.mail.first_letters import first_letters
from netkit.servers.mail.post import Mail
from netkit.wire import background
from netkit.wire.address import Address
from tests.mail.talk import Talk, login, transaction
from tests.wire.peers import LIMIT, open_files, until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No server from other tests, and none left."""
    servers: dict[str, Mail] = {}
    monkeypatch.setattr(local, "_handles", servers)
    yield
    for server in servers.values():
        server.stop()


def test_there_is_one_and_it_stays_where_it_is(fresh: None) -> None:
    mail = netkit.mail()
    assert netkit.mail() is mail and mail.running
    addresses = [door.address for door in mail.doors]
    assert len(set(addresses)) == 4 and {address.host for address in addresses} == {"127.0.0.1"}
    assert [(door.name, door.protocol) for door in mail.doors] == [
        ("smtp", "smtp"),
        ("smtps", "smtp"),
        ("pop3", "pop3"),
        ("pop3s", "pop3"),
    ]
    mail.stop()
    mail.stop()
    assert not mail.running
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP(*mail.smtp)
    assert netkit.mail() is mail and mail.running
    assert [door.address for door in mail.doors] == addresses


def test_a_handle_is_a_host_and_a_port(mail: Mail) -> None:
    host, port = mail.smtp
    assert (host, port) == mail.smtp.address == Address(*mail.smtp)
    assert tuple(netkit.echo()) == netkit.echo().address
    netkit.echo().stop()


def test_its_text_says_what_it_has_and_no_port(mail: Mail) -> None:
    mail.deliver(b"Subject: =?utf-8?B?0Y8=?=\nFrom: =?koi8-r?Q?=D1?= <ya@example.org>\n\nx", to="guest")
    assert repr(mail).splitlines() == [
        "Mail server of netkit.test: SMTP, SMTP with TLS, POP3, POP3 with TLS",
        "student, password secretword: 7 letters",
        "   1  Welcome to the course  — The lecturer <lecturer@netkit.test>",
        "   2  Расписание на осень  — Деканат <dean@example.org>",
        "   3  Про сокеты  — Оля <olga@example.net>",
        "   4  Grüße · привет · 你好  — Zoë Łukasiewicz <zoe@example.com>",
        "   5  Five protocols that are older than you  — The newsletter <news@example.org>",
        "   6  Homework, with attachments  — The lecturer <lecturer@netkit.test>",
        "   7  The first 5,000 primes, for TOP  — The lecturer <lecturer@netkit.test>",
        "lecturer, password chalk-and-duster: 0 letters",
        "guest, password welcome: 1 letter",
        "   1  я  — я <ya@example.org>",
        "queue, for other domains: 0 letters",
    ]


def test_of_many_letters_its_text_has_the_newest(mail: Mail) -> None:
    for number in range(25):
        mail.deliver(f"Subject: number {number}\n\nx".encode(), to="guest")
    mail.stop()
    lines = repr(mail).splitlines()
    assert lines[1] == "does not run now"
    at = lines.index("guest, password welcome: 25 letters")
    assert lines[at + 1] == "  5 older letters are not shown."
    assert lines[at + 2] == "   6  number 5  — <lecturer@netkit.test>"
    assert lines[at + 21] == "  25  number 24  — <lecturer@netkit.test>"


def test_importing_netkit_imports_none_of_it() -> None:
    source = (
        "import netkit, sys; print([n for n in ('aiosmtpd', 'trustme', 'cryptography', 'ssl') if n in sys.modules])"
    )
    made = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (made.stdout, made.stderr) == ("[]\n", "")


def test_the_authority_is_made_when_it_is_needed() -> None:
    source = (
        "import netkit, smtplib, sys\n"
        "mail = netkit.mail()\n"
        "with smtplib.SMTP(*mail.smtp) as smtp:\n"
        "    smtp.sendmail('a@b', 'student@netkit.test', 'x')\n"
        "    print('trustme' in sys.modules)\n"
        "    smtp.starttls(context=mail.context)\n"
        "    print('trustme' in sys.modules)\n"
    )
    made = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (made.stdout, made.stderr) == ("False\nTrue\n", "")


def test_all_that_ask_at_once_get_the_same_authority(mail: Mail) -> None:
    tls.authority.cache_clear()
    tls.server_context.cache_clear()
    tls.client_context.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert len({id(context) for context in pool.map(lambda _n: mail.context, range(16))}) == 1
    poplib.POP3_SSL(*mail.pop3s, context=mail.context, timeout=LIMIT).quit()


def test_the_key_does_not_stay_on_disk(mail: Mail, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    tls.server_context.cache_clear()
    assert mail.context is tls.client_context()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full(mail: Mail, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    tls.server_context.cache_clear()
    with pytest.raises(ServerError, match=r"^The certificate for TLS could not be made: .*No such file or directory"):
        _ = mail.context
    with Talk(mail.smtp) as talk:
        assert talk.ask(b"STARTTLS\r\n") == b"454 4.7.0 TLS not available due to temporary reason\r\n"
        assert talk.ask(b"NOOP\r\n").startswith(b"250")
    with Talk(mail.pop3, b"+OK") as talk:
        assert talk.pop(b"STLS") == b"-ERR [SYS/TEMP] TLS is not to be had just now\r\n"
        assert talk.pop(b"CAPA").startswith(b"+OK")
    with Talk(mail.pop3s, None) as talk:
        assert talk.until_end()[0] == b""


@pytest.mark.parametrize("root", ["warning", "debug"])
def test_nothing_is_printed_or_logged(root: str) -> None:
    source = (
        "import netkit, smtplib, poplib, socket, logging\n"
        f"logging.basicConfig(level=logging.DEBUG) if {root == 'debug'} else None\n"
        "logging.getLogger('asyncio').setLevel('INFO')\n"
        "mail = netkit.mail()\n"
        "with smtplib.SMTP(*mail.smtp) as smtp:\n"
        "    smtp.docmd('WHAT'); smtp.starttls(context=mail.context); smtp.login('student', 'secretword')\n"
        "    smtp.sendmail('a@b', 'student@netkit.test', 'x')\n"
        "with socket.create_connection(mail.smtp.address) as s: s.sendall(b'WHAT\\r\\n' * 1000)\n"
        "with socket.create_connection(mail.pop3s.address) as s: s.sendall(b'WHAT\\r\\n' * 1000)\n"
        "open_one = poplib.POP3_SSL(*mail.pop3s, context=mail.context)\n"
        "open_two = smtplib.SMTP(*mail.smtp)\n"
        "print(list(netkit.wire.background.problems))\n"
    )
    made = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (made.stdout, made.stderr) == ("[]\n", "")


def test_the_loggers_of_others_are_left_alone() -> None:
    assert logging.getLogger("mail.log").disabled
    assert not logging.getLogger("mail").disabled and not logging.getLogger("asyncio").disabled


def test_20_starts_and_stops_with_live_sessions_leak_nothing() -> None:
    context = Mail().context  # OpenSSL keeps a little for itself

    def once() -> None:
        with Mail() as mail:
            talks = [Talk(mail.smtp), login(mail.pop3), transaction(mail.smtp, b"half"), Talk(mail.pop3s, None)]
            secure = poplib.POP3_SSL(*mail.pop3s, context=context, timeout=LIMIT)
        for talk in talks:
            talk.close()
        secure.close()

    once()
    gc.collect()
    files, threads = open_files(), threading.active_count()
    tracemalloc.start()
    try:
        once()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _time in range(20):
            once()
        gc.collect()
        assert open_files() <= files
        assert threading.active_count() == threads
        assert tracemalloc.get_traced_memory()[0] - before < 500_000
    finally:
        tracemalloc.stop()
    assert list(background.problems) == []


def test_a_letter_of_20_mb_goes_through_both_doors_whole_and_memory_returns(mail: Mail) -> None:
    lines = (b"%07d " % n + bytes(range(128, 256)) for n in range(150_000))
    letter = b"Subject: long\r\n\r\n" + b"\r\n.".join(lines) + b"\r\n"
    assert len(letter) > 20_000_000
    with smtplib.SMTP(*mail.smtp, timeout=60) as smtp:
        smtp.sendmail("me@example.org", "student@netkit.test", letter)
    (taken,) = (each.data for each in mail.maildrop("student")[7:])
    assert taken == letter
    size = background.call(lambda: mail._store._size)
    with login(mail.pop3) as talk:
        talk.socket.settimeout(60)
        assert talk.pop(b"LIST 8") == b"+OK 8 %d\r\n" % len(letter)
        assert talk.pop(b"RETR 8") == b"+OK %d octets\r\n" % len(letter)
        left = len(letter) + letter.count(b"\r\n.") + 3
        got = talk._file.read(left)
        assert got.replace(b"\r\n..", b"\r\n.") == letter + b".\r\n"
        assert talk.pop(b"DELE 8").startswith(b"+OK") and talk.pop(b"QUIT").startswith(b"+OK")
    assert mail.maildrop("student") == first_letters()
    assert background.call(lambda: mail._store._size) == size - len(letter)
    until(lambda: not mail.pop3.tap.links)
    mail.smtp.clear()
    mail.pop3.clear()
    del got, taken
    gc.collect()
    assert not any(
        isinstance(each, bytes) and len(each) > 19_000_000 and each is not letter for each in gc.get_objects()
    )
    assert mail.smtp.tap.recorder.kept == mail.pop3.tap.recorder.kept == 0
