"""The secrets of TLS connections: each conversation has its own, and no file is left that has any."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from netkit.servers.mail.post import Mail
from netkit.wire import hello
from netkit.wire.conversation import Conversation
from netkit.wire.hello import find_hello
from tests.builders import client, conversation, gap, server
from tests.mail.talk import Talk
from tests.wire.peers import LIMIT

ROOT = Path(__file__).parents[2]
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(32)) + b"\x00rest"


def test_each_conversation_has_its_own_secrets() -> None:
    import poplib

    with Mail() as mail:
        for _time in range(3):
            poplib.POP3_SSL(*mail.pop3s, context=mail.context, timeout=LIMIT).quit()
        with Talk(mail.pop3, b"+OK"):
            pass
        talks = mail.pop3s.conversations
        assert mail.pop3.conversations[-1].secrets == ""
    randoms = [_random(talk) for talk in talks]
    assert len(set(randoms)) == 3
    for talk, random in zip(talks, randoms, strict=True):
        lines = [line.split(" ") for line in talk.secrets.splitlines()]
        assert {words[1] for words in lines} == {random}
        assert {"CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"} <= {words[0] for words in lines}
        assert len(lines) == len({words[0] for words in lines})


def _random(talk: Conversation) -> str:
    found = find_hello(talk.events)
    assert found is not None
    return found.random.hex()


def test_secrets_are_no_part_of_the_repr() -> None:
    assert "CLIENT_RANDOM" not in repr(Conversation(*conversation_fields(), secrets="CLIENT_RANDOM 00 00\n"))


def conversation_fields() -> list[object]:
    talk = conversation()
    return [getattr(talk, name) for name in Conversation.__slots__[:12]]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, and Windows cannot unlink an open file")
@pytest.mark.parametrize("end", ["", "os._exit(1)", "os.kill(os.getpid(), 9)"], ids=["exit", "_exit", "killed"])
def test_no_file_is_left_nor_to_be_found_meanwhile(tmp_path: Path, end: str) -> None:
    source = (
        "import netkit, os, poplib\n"
        "mail = netkit.mail()\n"
        "poplib.POP3_SSL(*mail.pop3s, context=mail.context).quit()\n"
        f"print(os.listdir({str(tmp_path)!r}), len(mail.pop3s.conversations[-1].secrets) > 500)\n"
        "held = [os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd') if n != '3'\n"
        "        and os.path.lexists(f'/proc/self/fd/{n}')]\n"
        f"mine = [name for name in held if {str(tmp_path)!r} in name]\n"
        "print(len(mine) > 0, all(name.endswith('(deleted)') for name in mine), flush=True)\n"
        f"{end}\n"
    )
    environment = {**__import__("os").environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", source], cwd=ROOT, capture_output=True, text=True, env=environment,
        timeout=60,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("[] True\nTrue True\n", "")
    assert list(tmp_path.iterdir()) == []


def test_the_file_stays_small() -> None:
    import poplib

    from netkit.servers import tls

    with Mail() as mail:
        context = mail.context
        log = tls.server_context()._log
        assert log is not None
        for _time in range(20):
            poplib.POP3_SSL(*mail.pop3s, context=context, timeout=LIMIT).quit()
        assert len(log._read()) <= 5 < len(log._known) <= 1000


def test_a_client_hello_is_found_where_it_begins() -> None:
    talk = conversation(
        server("220\r\n"), client("STARTTLS\r\n"), server("220\r\n"), client(HELLO), server(b"\x16\x03")
    )
    assert find_hello(talk.events) == hello.Hello(3, bytes(range(32)))
    pieces = [client(HELLO[at : at + 3]) for at in range(0, len(HELLO), 3)]
    assert find_hello(conversation(client("x"), *pieces).events) == hello.Hello(1, bytes(range(32)))


@pytest.mark.parametrize(
    "steps",
    [
        [client(b"text"), client(b"\x16\x03 no")],
        [client(HELLO[:42])],
        [client(HELLO[:20]), gap("client", 5), client(HELLO[20:])],
        [server(HELLO)],
        [client(b"x" + HELLO)],
    ],
)
def test_what_is_none(steps: list) -> None:  # type: ignore[type-arg]
    assert find_hello(conversation(*steps).events) is None
