"""The learner's servers end with the kernel, however it ends; and an interrupt of a cell is not for them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.programs import LIMIT, PALINDROME, ask, gone, until

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups (POSIX)")

WITH_CHILD = (
    "import subprocess, sys\n"
    "print(subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE).pid, flush=True)\n"
)
ORPHAN = """
import os, threading
if pid := os.fork():
    os.write(1, b"%d\\n" % pid)
    os._exit(0)
threading.Event().wait()
"""
WITH_ORPHAN = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {ORPHAN!r}])\n"

KERNEL = """
import json, sys, time
from netkit.servers.process import LearnerServer

server = LearnerServer("palindrome", "text")
server.run(sys.argv[1])
while len(server.log.split()) < int(sys.argv[2]):  # it prints its children's numbers
    time.sleep(0.01)
said = json.dumps({"pids": [server.pid, *map(int, server.log.split())], "address": server.address})
while True:
    try:
        if said:
            print(said, flush=True)
            said = ""
        order = input()
    except KeyboardInterrupt:
        said = "interrupted"
        continue
    if order == "exit":
        break
"""


@pytest.fixture
def kernel() -> Iterator[Callable[..., tuple[subprocess.Popen[str], dict[str, Any]]]]:
    """Starts a Python process that runs a learner's server, as a kernel does."""
    started: list[subprocess.Popen[str]] = []

    def start(program: str = PALINDROME, children: int = 0) -> tuple[subprocess.Popen[str], dict[str, Any]]:
        process = subprocess.Popen(
            [sys.executable, "-c", KERNEL, program, str(children)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())

    yield start
    for process in started:
        process.kill()
        process.communicate()


def told(process: subprocess.Popen[str], order: str) -> None:
    assert process.stdin is not None
    process.stdin.write(order + "\n")
    process.stdin.flush()


def all_gone(pids: list[int]) -> None:
    until(lambda: all(gone(pid) for pid in pids), f"the end of {pids}")


@pytest.mark.parametrize(
    ("program", "children"),
    [(PALINDROME, 0), (WITH_CHILD + PALINDROME, 1), pytest.param(WITH_ORPHAN + PALINDROME, 1, marks=posix)],
    ids=["alone", "with a child", "with an orphan"],
)
def test_a_killed_kernel_takes_its_server_along(kernel: Any, program: str, children: int) -> None:
    process, said = kernel(program, children)
    assert len(said["pids"]) == 1 + children and not any(map(gone, said["pids"]))
    assert ask(said["address"], b"ab") == b"ba"
    process.kill()
    process.wait(LIMIT)
    all_gone(said["pids"])


def test_an_exit_with_a_live_connection_takes_its_server_along_at_once(kernel: Any) -> None:
    process, said = kernel(WITH_CHILD + PALINDROME, 1)
    with socket.create_connection(said["address"], LIMIT) as sock:
        sock.sendall(b"ab")
        assert sock.recv(10) == b"ba"
        told(process, "exit")
        assert process.wait(3) == 0
    all_gone(said["pids"])


@posix
def test_an_interrupt_of_the_kernels_group_is_not_for_the_server(kernel: Any) -> None:
    process, said = kernel()
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    assert ask(said["address"], b"ab") == b"ba"


def test_two_kernels_on_one_machine_do_not_meet(kernel: Any) -> None:
    first, one = kernel()
    _second, two = kernel()
    assert one["address"] != two["address"]
    first.kill()
    first.wait(LIMIT)
    all_gone(one["pids"])
    assert ask(two["address"], b"ab") == b"ba"
