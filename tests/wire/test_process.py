"""The wire and the process it lives in: exit, fork, file descriptors, kernels. Each in a process of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import jupyter_home
from tests.wire.peers import LIMIT, connect_and_read, read

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX only")

SETUP = """
import asyncio, os, socket, sys, time
from tests.wire.echo import Echo
from netkit.wire import background
from netkit.wire.tap import Tap
from netkit.wire.udp import UdpTap

def served(address, timeout=5):
    with socket.create_connection(address, timeout=timeout) as client:
        client.sendall(b"x")
        return client.recv(1) == b"x"

tap = Tap(Echo).start()
"""


@contextlib.contextmanager
def program(source: str) -> Iterator[subprocess.Popen[str]]:
    """A program that has made a tap."""
    with subprocess.Popen(
        # From 3.12 on, fork() in a process with threads gets a warning; what it warns of is what is tested.
        [sys.executable, "-W", "ignore:This process:DeprecationWarning", "-c", SETUP + textwrap.dedent(source)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def output(source: str) -> str:
    """What such a program prints; it must end by itself, well, and silently."""
    with program(source) as process:
        out, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (0, "")
    return out


LIVE = {
    "a live connection": "",
    "a delay in force": "tap.faults.set(delay=60); client.sendall(b'held' * 1000)",
    "a pipe that is full": "tap.faults.set(delay=60); client.setblocking(False)\nwhile True:\n"
    "    try: client.send(bytes(65536))\n    except BlockingIOError: break",
    "a cut a moment ago": "tap.faults.set(cut=0)",
    "work on the loop": "asyncio.run_coroutine_threadsafe(asyncio.sleep(60), background.loop())",
    "a UDP tap with a delay": "udp = UdpTap(bytes).start(); udp.faults.set(delay=60)\n"
    "s = socket.socket(type=socket.SOCK_DGRAM); s.sendto(b'x', udp.address); udp.settle()",
    "a loop that hangs": "background.soon(lambda: time.sleep(60))",
}


@pytest.mark.parametrize("what", LIVE)
def test_the_interpreter_exits_at_once_with(what: str) -> None:
    source = f"""
client = socket.create_connection(tap.address); client.sendall(b"x"); client.recv(1)
{LIVE[what]}
print(time.time(), flush=True)
"""
    last_line = float(output(source))
    bound = 1.0 + (1.0 if "hangs" in what else 0.0)  # a thread that hangs is waited for, one second
    assert time.time() - last_line < bound


def test_those_at_the_other_end_see_the_end_when_the_interpreter_exits() -> None:
    with program("print(tap.address.port, flush=True); input()") as process:
        assert process.stdin is not None and process.stdout is not None
        address = ("127.0.0.1", int(process.stdout.readline()))
        with socket.create_connection(address, timeout=LIMIT) as client:
            client.sendall(b"x")
            assert read(client, 1) == b"x"
            process.stdin.write("\n")
            process.stdin.flush()
            assert client.recv(1) == b""


@posix
def test_a_forked_child_uses_its_parents_tap_and_one_of_its_own() -> None:
    out = output("""
    import signal
    live = socket.create_connection(tap.address); live.sendall(b"x"); live.recv(1)
    sys.stdout.flush()
    child = os.fork()
    if not child:
        signal.alarm(20)
        try:
            good = [served(tap.address), len(tap.conversations) >= 1, not tap.running]
            tap.faults.set(delay=0.01); tap.stop(); tap.stop()
            with Tap(Echo) as own:
                good.append(served(own.address)); good.append(len(own.conversations) == 1)
            with tap:
                good.append(served(tap.address))
            print("child", good, flush=True)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    live.sendall(b"y")
    print("parent", live.recv(1), served(tap.address), tap.faults.calm)
    """)
    assert out == "child [True, True, True, True, True, True]\nparent b'y' True True\n"


@posix
def test_a_forked_child_does_not_hold_its_parents_connections_open() -> None:
    out = output("""
    client = socket.create_connection(tap.address, timeout=5); client.sendall(b"x"); client.recv(1)
    stays, leaves = os.pipe()
    child = os.fork()
    if not child:
        os.close(leaves)
        client.close()
        os.read(stays, 1)
        os._exit(0)
    address = tap.address
    tap.stop()
    print(client.recv(1))
    try:
        socket.create_connection(address, timeout=5)
    except ConnectionRefusedError:
        print("refused")
    os.close(leaves)
    os.waitpid(child, 0)
    """)
    assert out == "b''\nrefused\n"


@posix
def test_a_fork_while_the_recorder_is_busy() -> None:
    """The background thread may hold its lock at that moment; in the child nobody would give it back."""
    out = output("""
    import signal
    tap.recorder.begin(tap.address)
    held = tap.recorder.lock
    background.call(held.acquire)
    child = os.fork()
    if not child:
        signal.alarm(10)
        os._exit(len(tap.recorder.conversations))
    background.call(held.release)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    assert out == "1\n"


@posix
def test_without_file_descriptors_it_stays_silent_and_recovers() -> None:
    source = """
    import resource
    udp = UdpTap(tap.address).start()
    soft = len(os.listdir("/proc/self/fd")) + 6
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, soft))
    print(tap.address.port, udp.address.port, flush=True)
    input()
    print(len(tap.recorder.conversations) > 0, len(background.problems) > 0)
    """
    with program(source) as process:
        assert process.stdin is not None and process.stdout is not None
        port, udp_port = map(int, process.stdout.readline().split())
        with contextlib.ExitStack() as stack:
            for _n in range(30):
                stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=LIMIT))
            for _n in range(5):
                sender = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
                sender.sendto(b"x", ("127.0.0.1", udp_port))
            outcomes = [_tried(("127.0.0.1", port)) for _n in range(3)]
            assert "served" not in outcomes
        end = time.monotonic() + LIMIT
        while _tried(("127.0.0.1", port)) != "served":
            assert time.monotonic() < end, "it did not recover"
        out, err = process.communicate("\n", timeout=LIMIT)
    assert (out, err, process.returncode) == ("True True\n", "", 0)


def _tried(address: tuple[str, int]) -> str:
    try:
        with socket.create_connection(address, timeout=0.5) as client:
            client.sendall(b"x")
            return "served" if client.recv(1) == b"x" else "FIN"
    except OSError as problem:
        return type(problem).__name__


def test_a_kernel_ends_at_once_with_a_live_connection_and_a_fault(tmp_path: Path) -> None:
    from jupyter_client.manager import KernelManager

    kernel = KernelManager(kernel_name="python3")
    environment = {**os.environ, **jupyter_home(tmp_path), "PYTHONPATH": str(ROOT)}
    kernel.start_kernel(env=environment, cwd=str(tmp_path))
    client = kernel.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)
        said: list[str] = []
        reply = client.execute_interactive(
            SETUP
            + "client = socket.create_connection(tap.address); client.sendall(b'x'); print(client.recv(1))\n"
            + "tap.faults.set(delay=60); client.sendall(b'held'); print(tap.address.port)",
            timeout=60,
            output_hook=lambda message: said.append(message["content"].get("text", "")),
        )
        assert reply["content"]["status"] == "ok", reply
        port = int("".join(said).split()[1])
        client.shutdown()
        begun = time.monotonic()
        while kernel.provisioner is not None and kernel.is_alive():
            assert time.monotonic() - begun < 4, "the kernel hangs"
            time.sleep(0.01)
        with pytest.raises(ConnectionRefusedError):
            connect_and_read(("127.0.0.1", port))  # type: ignore[arg-type]
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
