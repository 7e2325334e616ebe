"""Calling a function with a limit in time: what it returns, what it raises, and that it never hangs."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time

import pytest

from netkit import attempt as module
from netkit.attempt import Outcome, attempt
from tests.wire.peers import until


def running() -> bool:
    return any(thread.name == "netkit attempt" for thread in threading.enumerate())


def loops() -> None:
    while True:
        with contextlib.suppress(Exception):
            time.sleep(0)


def test_what_it_returns() -> None:
    assert attempt(divmod, 7, 2) == Outcome((3, 1))


@pytest.mark.parametrize("problem", [ValueError("no"), SystemExit(3), KeyboardInterrupt()])
def test_what_it_raises(problem: BaseException) -> None:
    def raises() -> None:
        raise problem

    assert attempt(raises) == Outcome(problem=problem)


def test_a_loop_that_never_ends_is_ended() -> None:
    assert attempt(loops, limit=0.1) == Outcome(late=True)
    until(lambda: not running())


def test_without_a_limit_of_its_own_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert module.LIMIT == 5
    monkeypatch.setattr(module, "LIMIT", 0.1)
    assert attempt(loops) == Outcome(late=True)
    until(lambda: not running())


def test_a_call_that_waits_in_the_system_is_woken() -> None:
    here, there = socket.socketpair()
    with here, there:
        assert attempt(here.recv, 1, limit=0.1, wake=lambda: here.shutdown(socket.SHUT_RDWR)) == Outcome(late=True)
        until(lambda: not running())


def test_one_that_is_done_in_time_is_not_woken() -> None:
    woken: list[bool] = []
    attempt(int, wake=lambda: woken.append(True))
    assert woken == []


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no such timer")
def test_an_interrupt_ends_the_call_too() -> None:
    def interrupt(*_args: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            attempt(loops, limit=30)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    until(lambda: not running())
