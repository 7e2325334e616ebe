"""``python -m netkit`` as people and programs use it: a process of its own, real clients, real signals."""

from __future__ import annotations

import http.client
import json
import os
import poplib
import queue
import re
import shlex
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import xmlrpc.client
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dnslib import DNSRecord

from tests.programs import program

ROOT = Path(__file__).parents[2]
LIMIT = 10.0  # seconds that a test waits for anything
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals, descriptors and shells")
COMMAND = [sys.executable, "-m", "netkit"]


class Running:
    """A netkit that runs, and what it has printed."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._lines: queue.Queue[bytes] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(b"")

    def line(self) -> str:
        """The next line that it prints; "" when it has ended."""
        return self._lines.get(timeout=LIMIT).decode().rstrip("\r\n")

    def lines_until(self, pattern: str) -> list[str]:
        """Its lines up to one in which the pattern is found."""
        said: list[str] = []
        while not said or not re.search(pattern, said[-1]):
            said.append(self.line())
            assert said[-1] or self.process.poll() is None, f"no {pattern!r} in {said}"
        return said

    def end(self, number: int) -> tuple[int, bytes]:
        """Its exit code after the signal, and what it said on standard error."""
        self.process.send_signal(number)
        code = self.process.wait(LIMIT)
        assert self.process.stderr is not None
        return code, self.process.stderr.read()


@pytest.fixture
def netkit() -> Iterator[Callable[..., Running]]:
    """Starts netkit; it is killed with the test."""
    made: list[Running] = []

    def start(*arguments: str, **environment: str) -> Running:
        made.append(Running(*arguments, **environment))
        return made[-1]

    yield start
    for running in made:
        running.process.kill()
        running.process.wait()
        running.reader.join(LIMIT)  # it must not read what is being closed
        for stream in (running.process.stdout, running.process.stderr):
            assert stream is not None
            stream.close()


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, timeout=LIMIT
    )


def ask(address: dict[str, Any], name: str = "www.netkit.test") -> str:
    answer = DNSRecord.question(name).send(address["host"], address["port"], timeout=LIMIT)
    return str(DNSRecord.parse(answer).a.rdata)


def test_for_programs_the_first_line_is_an_object(netkit: Callable[..., Running]) -> None:
    said = json.loads(netkit("--json").line())
    assert list(said) == ["smtp", "pop3", "http", "dns", "xmlrpc"]
    assert set(said["dns"]) == {"host", "port"} and said["dns"]["host"] == "127.0.0.1"
    assert ask(said["dns"]) == "192.0.2.10"


def test_mail_to_the_user_at_the_domain_reaches_that_users_pop3(netkit: Callable[..., Running]) -> None:
    said = json.loads(netkit("--json").line())
    for key in ("smtp", "pop3"):
        place = said[key]
        assert list(place) == ["host", "port", "url", "user", "password", "domain"]
        assert place["url"] == f"{key}://{place['host']}:{place['port']}"
    to = f"{said['smtp']['user']}@{said['smtp']['domain']}"
    with smtplib.SMTP(said["smtp"]["host"], said["smtp"]["port"], timeout=LIMIT) as client:
        client.login(said["smtp"]["user"], said["smtp"]["password"])
        client.sendmail("me@example.org", to, "Subject: from a terminal\n\nhello")
    pop3 = poplib.POP3(said["pop3"]["host"], said["pop3"]["port"], timeout=LIMIT)
    pop3.user(said["pop3"]["user"])
    pop3.pass_(said["pop3"]["password"])
    assert pop3.retr(pop3.stat()[0])[1] == [b"Subject: from a terminal", b"", b"hello"]
    pop3.quit()


def test_the_web_site_and_what_is_private_there(netkit: Callable[..., Running]) -> None:
    said = json.loads(netkit("--json").line())["http"]
    assert list(said) == ["host", "port", "url", "user", "password"]
    assert said["url"] == f"http://{said['host']}:{said['port']}"
    known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    known.add_password(None, said["url"], said["user"], said["password"])
    basic = urllib.request.HTTPBasicAuthHandler(known)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), basic)
    with opener.open(said["url"] + "/private/notes.txt", timeout=LIMIT) as page:
        assert page.read().startswith(b"Basic authorization sends the password with every request")


def test_the_command_to_try_works(netkit: Callable[..., Running]) -> None:
    said = netkit(LC_ALL="C.UTF-8").lines_until("Ctrl-C")
    (command,) = [line.split("try: ")[1] for line in said if "/private/" in line]
    words = [program("curl"), "--silent", "--noproxy", "*", "--max-time", "10", *command.split()[1:]]
    done = subprocess.run(words, capture_output=True, timeout=2 * LIMIT)
    assert done.returncode == 0 and b"notes.txt" in done.stdout


def test_http_is_shown_as_it_happens(netkit: Callable[..., Running]) -> None:
    running = netkit("--json", "--show", PYTHONIOENCODING="utf-8")
    address = json.loads(running.line())["http"]
    client = http.client.HTTPConnection(address["host"], address["port"], timeout=LIMIT)
    client.request("GET", "/ip")
    assert client.getresponse().read() == b'{\n  "origin": "127.0.0.1"\n}\n'
    client.close()
    said = running.lines_until("server → client")
    assert said[1].endswith(r"  http 1  client → server  18 bytes  GET /ip HTTP/1.1\r\n  — asks for /ip")
    assert said[-1].endswith(r"17 bytes  HTTP/1.1 200 OK\r\n  — it succeeded: here is what was asked for")


def test_xml_rpc_is_called_as_the_example_says(netkit: Callable[..., Running]) -> None:
    running = netkit(LC_ALL="C.UTF-8")
    said = running.lines_until("Ctrl-C")
    (command,) = [line.partition("try: ")[2] for line in said if "ServerProxy" in line]
    python, option, program = shlex.split(command)
    assert (python, option) == ("python", "-c")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=LIMIT)
    assert (done.stdout, done.stderr) == ("4\n", "")


def test_xml_rpc_for_programs(netkit: Callable[..., Running]) -> None:
    running = netkit("--json", "--show", PYTHONIOENCODING="utf-8")
    place = json.loads(running.line())["xmlrpc"]
    assert list(place) == ["host", "port", "url"]
    assert place["url"] == f"http://{place['host']}:{place['port']}/RPC2"
    with xmlrpc.client.ServerProxy(place["url"]) as server:
        assert server.pow(2, 5) == 32
    assert "XML-RPC: returns 32" in running.lines_until("returns 32")[-1]


def test_for_people_the_addresses(netkit: Callable[..., Running]) -> None:
    said = netkit(LC_ALL="C.UTF-8").lines_until("Ctrl-C")
    assert said[0] == "netkit's servers run, for this machine only:"
    (found,) = [match for line in said if (match := re.fullmatch(r"  dns +127\.0\.0\.1:(\d+) \(UDP\)", line))]
    assert any(line.endswith(f"try: dig @127.0.0.1 -p {found[1]} www.netkit.test") for line in said)
    at = [line.split()[0] for line in said if line.startswith("  ") and line[2] != " "]
    assert at == ["smtp", "pop3", "http", "dns", "xmlrpc"]
    for words, times in (("user: student", 3), ("password: secretword", 3), ("domain: netkit.test", 2)):
        assert sum(words in line for line in said) == times
    assert ask({"host": "127.0.0.1", "port": int(found[1])}) == "192.0.2.10"


def test_show_explains_the_conversations_as_they_happen(netkit: Callable[..., Running]) -> None:
    running = netkit("--json", "--show", PYTHONIOENCODING="utf-8")
    address = json.loads(running.line())["dns"]
    ask(address)
    said = running.lines_until("server → client")
    clock = r"\d\d:\d\d:\d\d\.\d{3}"
    assert re.fullmatch(clock + r"  dns 1  begins: 127\.0\.0\.1:\d+", said[0])
    assert re.fullmatch(
        clock + r"  dns 1  client → server  33 bytes  query 0x....: www\.netkit\.test A\? \(recursion desired\)"
        r"  — asks for the IPv4 address of www\.netkit\.test",
        said[1],
    )
    assert said[2].endswith("  — the IPv4 address of www.netkit.test is 192.0.2.10")
    ask(address, "mail.netkit.test")
    assert "  dns 2  begins" in running.line()


def test_nothing_that_comes_over_a_wire_steers_the_terminal(netkit: Callable[..., Running]) -> None:
    running = netkit("--json", "--show", PYTHONIOENCODING="utf-8")
    address = json.loads(running.line())["dns"]
    bad = b"\x1b[2J\x07\r\n\x9b31m" + "\u202e\u0085".encode() + bytes(range(256))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(bad, (address["host"], address["port"]))
    said = running.lines_until("client → server")
    assert all(line.isprintable() for line in said)
    assert r"\x1b[2J\x07\r\n\x9b31m\u202e\u0085" in said[-1]


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("arguments", [[], ["--json"], ["--json", "--show"]], ids=" ".join)
def test_a_signal_ends_it_cleanly(netkit: Callable[..., Running], name: str, arguments: list[str]) -> None:
    running = netkit(*arguments)
    running.line()
    assert running.end(getattr(signal, name)) == (0, b"")


@posix
def test_ctrl_c_in_a_script_ends_it_too(netkit: Callable[..., Running]) -> None:
    """A shell starts what it puts into the background with SIGINT ignored."""
    line = f"{' '.join(COMMAND)} --json & read go; kill -INT $!; wait $!; echo code $?"
    with subprocess.Popen(
        ["sh", "-c", line], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as shell:
        assert shell.stdin is not None and shell.stdout is not None
        assert json.loads(shell.stdout.readline())
        shell.stdin.write("go\n")
        shell.stdin.flush()
        assert shell.stdout.readline() == "code 0\n"


@posix
def test_nohup_is_heeded(netkit: Callable[..., Running]) -> None:
    with subprocess.Popen(["nohup", *COMMAND, "--json"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          stdin=subprocess.DEVNULL) as process:  # fmt: skip
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())["dns"]
        process.send_signal(signal.SIGHUP)
        assert ask(address) == "192.0.2.10"
        process.terminate()
        assert process.wait(LIMIT) == 0


@posix
@pytest.mark.parametrize("arguments", [["--json"], ["--json", "--show"]], ids=" ".join)
def test_it_ends_when_nobody_reads_it_any_more(arguments: list[str]) -> None:
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(LIMIT) == 0
        assert process.stderr.read() == b""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a pipe of a known size (Linux)")
def test_a_reader_that_does_not_read_does_not_hold_up_its_end() -> None:
    import array
    import fcntl
    import termios

    with subprocess.Popen(
        [*COMMAND, "--json", "--show"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        address = json.loads(process.stdout.readline())["dns"]
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            # Each byte is shown as four: more than the pipe holds, less than would be written without a buffer.
            sock.sendto(b"\xff" * 1000, (address["host"], address["port"]))
        unread, before, same = array.array("i", [0]), 0, 0
        until = time.monotonic() + LIMIT
        while same < 20:  # looks in which the pipe holds something and takes no more: it waits in write()
            assert time.monotonic() < until, unread
            time.sleep(0.01)
            fcntl.ioctl(process.stdout, termios.FIONREAD, unread)
            same = same + 1 if unread[0] == before > 0 else 0
            before = unread[0]
        assert ask(address) == "192.0.2.10"  # and the servers serve all the same
        process.terminate()
        assert process.wait(LIMIT) == 0
        assert process.stderr.read() == b""


@posix
def test_an_output_that_is_closed_or_full() -> None:
    line = " ".join(COMMAND)
    done = subprocess.run(["sh", "-c", f"{line} >&-"], cwd=ROOT, capture_output=True, timeout=LIMIT)
    assert (done.returncode, done.stderr) == (0, b"")
    if os.path.exists("/dev/full"):
        done = subprocess.run(["sh", "-c", f"{line} --json >/dev/full"], cwd=ROOT, capture_output=True, timeout=LIMIT)
        assert done.returncode == 1
        assert b"No space left on device" in done.stderr and b"Traceback" not in done.stderr


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""}


@posix
def test_a_locale_without_utf8(netkit: Callable[..., Running]) -> None:
    running = netkit("--json", "--show", **ASCII)
    address = json.loads(running.line())["dns"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto("привет, как дела?".encode(), (address["host"], address["port"]))
    said = running.lines_until("client -> server")
    assert r"30 bytes  \u043f\u0440\u0438\u0432\u0435\u0442, " in said[-1] and "  - not a DNS message" in said[-1]
    assert running.end(signal.SIGTERM) == (0, b"")


@posix
def test_russian_where_its_letters_cannot_be_written(netkit: Callable[..., Running]) -> None:
    running = netkit("--language", "ru", **ASCII)
    assert running.line() == "netkit's servers run, for this machine only:"
    code, said = running.end(signal.SIGTERM)
    assert code == 0
    assert said.startswith(b"'ru' cannot be written here: the output's encoding is ascii. English it is; ")


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--language", "ru"], {}),
        ([], {"LC_ALL": "ru_RU.UTF-8"}),
        ([], {"LC_ALL": "", "LC_MESSAGES": "ru_RU.UTF-8", "LANG": "en_US.UTF-8"}),
        ([], {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "ru"}),
    ],
)
def test_in_russian(netkit: Callable[..., Running], arguments: list[str], environment: dict[str, str]) -> None:
    running = netkit(*arguments, PYTHONIOENCODING="utf-8", **environment)
    said = running.line()
    assert re.search("[а-я]{3}", said), said


@pytest.mark.parametrize(
    "environment", [{"LANG": "de_DE.UTF-8"}, {"LANG": "rush"}, {"LC_ALL": "en_US.UTF-8", "LANG": "ru"}]
)
def test_in_english_for_everyone_else(environment: dict[str, str]) -> None:
    blank = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": ""}
    done = run("--help", **{**blank, **environment})
    assert done.stdout.startswith(b"python -m netkit [--json]") and b"Starts netkit's servers" in done.stdout


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help(flag: str) -> None:
    done = run(flag, LC_ALL="C")
    assert (done.returncode, done.stderr) == (0, b"")
    for word in (b"--json", b"--show", b"--language", b"Ctrl-C"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--jsn"], "netkit cannot take the argument '--jsn'."),
        (["--js"], "netkit cannot take the argument '--js'."),
        (["8080"], "netkit cannot take the argument '8080'."),
        (["--json", "\x1b[2J"], r"netkit cannot take the argument '\x1b[2J'."),
        (["--json=1"], "--json is not written like this."),
        (["--language"], "--language is not written like this."),
        (["--language", "de"], 'netkit does not speak \'de\'; it knows "en" (English), "ru" (Русский).'),
    ],
)
def test_arguments_that_it_cannot_take(arguments: list[str], said: str) -> None:
    done = run(*arguments, LC_ALL="C", PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().splitlines() == [said, "What there is: python -m netkit --help"]


def test_two_at_once_and_whatever_the_environment(netkit: Callable[..., Running]) -> None:
    bad = {"http_proxy": "http://127.0.0.1:1", "TMPDIR": "/nonexistent", "TEMP": "/nonexistent", "TMP": "/nonexistent"}
    one, two = (json.loads(netkit("--json", **bad).line())["dns"] for _time in range(2))
    assert one["port"] != two["port"]
    assert ask(one) == ask(two) == "192.0.2.10"
