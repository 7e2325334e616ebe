"""Running a program that is shown: what it leaves, what it raises, and that it never hangs."""

from __future__ import annotations

import socket
import threading

from netkit.servers.mail.post import Mail
from netkit.show.run_program import run
from tests.wire.peers import until

THREAD = "netkit attempt"


def running() -> bool:
    return any(thread.name == THREAD for thread in threading.enumerate())


def test_it_has_the_names_that_it_is_given_and_leaves_its_own() -> None:
    given = {"a": 2}
    ran = run("b = a + 1\ndef f():\n    return b\nc = f()", given)
    assert (ran.value["c"], ran.problem, ran.late) == (3, None, False)
    assert given == {"a": 2}


def test_what_it_raises_is_told() -> None:
    assert repr(run("1 / 0", {}).problem) == "ZeroDivisionError('division by zero')"
    assert repr(run("raise SystemExit(3)", {}).problem) == "SystemExit(3)"
    assert isinstance(run("a b", {}).problem, SyntaxError)


def test_a_session_that_waits_is_ended() -> None:
    with Mail() as mail, socket.create_connection(mail.smtp.address):
        mail.smtp.faults.set(swallow=True)
        ran = run(
            "import smtplib\nwith smtplib.SMTP() as session:\n    session.connect(*mail.smtp)", {"mail": mail}, 0.3
        )
        assert ran.late
        until(lambda: not running())
