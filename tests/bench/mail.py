"""The mail server: letters in by SMTP beside bare aiosmtpd, letters out by POP3 beside Dovecot, and one of 20 MB."""

from __future__ import annotations

import gc
import poplib
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil

from netkit.servers.mail.post import Mail
from netkit.wire.address import Address
from tests.bench import dovecot, peers

LETTER = (
    "Subject: a letter\r\nFrom: me@example.org\r\nTo: student@netkit.test\r\n\r\n"
    + "A line of the letter, neither long nor short.\r\n" * 8
)
MANY = 1_000  # letters in the maildrop that is read

# Both serve on one loop in a thread of their own, in a process of their own; both keep each letter with its envelope.
# aiosmtpd is as it comes: no TLS, no tap, no users.
AIOSMTPD = """
import asyncio, logging, sys, threading
from aiosmtpd.smtp import SMTP
logging.getLogger("mail.log").disabled = True
letters = []
class Keep:
    async def handle_DATA(self, server, session, envelope):
        letters.append((envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
        return "250 OK"
loop, keep = asyncio.SelectorEventLoop(), Keep()
threading.Thread(target=loop.run_forever, daemon=True).start()
async def serve():
    return await loop.create_server(lambda: SMTP(keep, hostname="mail.netkit.test", loop=loop), "127.0.0.1", 0)
server = asyncio.run_coroutine_threadsafe(serve(), loop).result()
print(server.sockets[0].getsockname()[1], flush=True)
sys.stdin.read()
"""
NETKIT = """
import sys, netkit
print(netkit.mail().smtp.address.port, flush=True)
sys.stdin.read()
"""
CLIENT = f"""
import smtplib, sys
port, sessions, letters = map(int, sys.argv[1:])
print("ready", flush=True)
sys.stdin.readline()
for _session in range(sessions):
    with smtplib.SMTP("127.0.0.1", port, local_hostname="client.test", timeout={peers.LIMIT}) as smtp:
        for _letter in range(letters):
            smtp.sendmail("me@example.org", "student@netkit.test", {LETTER!r})
print("done", flush=True)
"""
# Clients, sessions of each, letters in a session.
SENDERS = (
    ("SMTP, 1 client, 200 letters a session", 1, 2, 200),
    ("SMTP, 10 clients, 40 letters a session", 10, 1, 40),
    ("SMTP, 1 client, 1 letter a session", 1, 120, 1),
    ("SMTP, 10 clients, 1 letter a session", 10, 12, 1),
)


def send(address: Address, clients: int, sessions: int, letters: int) -> float:
    """Letters a second, sent by smtplib in processes of their own, all at once."""
    command = [sys.executable, "-c", CLIENT, str(address.port), str(sessions), str(letters)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    started = [subprocess.Popen(command, text=True, **pipes) for _n in range(clients)]  # type: ignore[call-overload]
    try:
        for each in started:
            assert each.stdout.readline() == "ready\n"
        begun = time.perf_counter()
        for each in started:
            each.stdin.write("go\n")
            each.stdin.flush()
        for each in started:
            assert each.stdout.readline() == "done\n"
        return clients * sessions * letters / (time.perf_counter() - begun)
    finally:
        for each in started:
            each.kill()
            each.communicate()


def sending(turns: int = 7) -> Iterator[tuple[str, float, float]]:
    """Letters a second through the tap, recorded, and of bare aiosmtpd, by turns; the best of each."""
    with peers.running(AIOSMTPD) as bare, peers.running(NETKIT) as netkit:
        for what, clients, sessions, letters in SENDERS:
            rates = [[send(each, clients, sessions, letters) for each in (bare, netkit)] for _turn in range(turns)]
            direct, tapped = (max(each) for each in zip(*rates, strict=True))
            yield what, tapped, tapped / direct


def fetch(address: Address, user: str, password: str, letters: int) -> float:
    """Letters a second, fetched by poplib with a RETR each; none is deleted."""
    pop3 = poplib.POP3(*address, timeout=peers.LIMIT)
    try:
        pop3.user(user)
        pop3.pass_(password)
        assert pop3.stat()[0] == letters
        begun = time.perf_counter()
        for number in range(1, letters + 1):
            lines = pop3.retr(number)[1]
            assert lines[-1] == b"A line of the letter, neither long nor short."
        return letters / (time.perf_counter() - begun)
    finally:
        pop3.quit()


SERVES = f"""
import sys, netkit
mail = netkit.mail()
mail.users["reader"] = "word"
for _n in range({MANY}):
    mail.deliver({LETTER!r}.encode(), to="reader")
print(mail.pop3.address.port, flush=True)
sys.stdin.read()
"""


def reading(turns: int = 5) -> tuple[float, float | None]:
    """Letters a second from a maildrop of 1,000, and Dovecot's rate where it is installed; the best of each."""
    with peers.running(SERVES) as ours, dovecot.running(LETTER.encode(), MANY) as theirs:
        rates = []
        for _turn in range(turns):
            other = 0.0 if theirs is None else fetch(theirs, "reader", "word", MANY)
            rates.append((fetch(ours, "reader", "word", MANY), other))
    best, other = (max(each) for each in zip(*rates, strict=True))
    return best, other or None


def large() -> tuple[bool, float]:
    """A letter of 20 MB in by SMTP and out by POP3: whether it is the same; and how many MB the process keeps of it.

    It is done three times, and what the first time left is where counting begins: a heap that has grown once.
    """
    letter = b"Subject: long\r\n\r\n" + b"".join(b"%07d " % n + b"x" * 125 + b"\r\n" for n in range(150_000))
    process, whole, used = psutil.Process(), True, []
    with Mail() as mail:
        for _time in range(4):
            with smtplib.SMTP(*mail.smtp, timeout=peers.LIMIT) as smtp:
                smtp.sendmail("me@example.org", "guest@netkit.test", letter)
            pop3 = poplib.POP3(*mail.pop3, timeout=peers.LIMIT)
            pop3.user("guest")
            pop3.pass_("welcome")
            whole &= b"\r\n".join([*pop3.retr(1)[1], b""]) == letter
            pop3.quit()
            mail.reset()
            mail.smtp.clear()
            mail.pop3.clear()
            del pop3, smtp
            gc.collect()
            used.append(process.memory_info().rss / (1 << 20))
    return whole, used[-1] - used[0]
