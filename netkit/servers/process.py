"""A learner's own server: a process of its own, as in the lecture, behind a tap of netkit's."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netkit.errors import ServerError
from netkit.i18n import _
from netkit.servers.handle import Handle
from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.tap import Tap
from netkit.wire.udp import UdpTap

if TYPE_CHECKING:
    import psutil

RUNNER = Path(__file__).with_name("runner.py")
WAIT = 10.0  # seconds that a server may take until it listens
LOOK = 0.01  # seconds between two looks
END = 1.0  # seconds that a process may take to end when told, before it is killed
LAST_WORDS = 0.2  # seconds: a client sees the end of a dying server before its traceback is printed
LOG = 1 << 20  # characters kept of what a server prints


class Process:
    """One run of a learner's server.

    Args:
        name: what it is called, in its tracebacks too.
        source: the program.
        ended: called when it prints no more, because it has ended; on a thread of its own.
    """

    def __init__(self, name: str, source: str, ended: Callable[[], object] = lambda: None) -> None:
        self.name = name
        self._on_end = ended
        self._text: deque[str] = deque()
        self._kept = self._dropped = 0
        self._over = False
        self.stopped = False  # by `stop`, not by itself
        root = str(Path(__file__).parents[2])
        options: dict[str, Any] = {"start_new_session": True}  # the interrupt of a cell is not for the server
        if sys.platform == "win32":
            options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        try:
            self._popen = subprocess.Popen(
                [sys.executable, "-u", "-X", "utf8", str(RUNNER), name, root],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONIOENCODING": "utf-8"},  # the log is read as that
                **options,
            )
        except OSError as problem:
            raise ServerError(
                _("The server {name} could not be started: {why}.").format(name=name, why=problem)
            ) from None
        self._reader = threading.Thread(target=self._read, name=f"netkit {name}", daemon=True)
        try:
            background.at_exit(self.kill)
            self._reader.start()
            program = source.encode()
            with contextlib.suppress(OSError):  # it has died already: its log says why
                assert self._popen.stdin is not None
                self._popen.stdin.write(b"%d\n" % len(program) + program)
                self._popen.stdin.flush()
        except BaseException:  # the cell was interrupted
            background.not_at_exit(self.kill)
            self.kill()
            if self._reader.ident is None:  # it was not started, and so cannot close what it would have read
                assert self._popen.stdout is not None
                self._popen.stdout.close()
            raise

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._popen.pid

    @property
    def code(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._popen.poll()

    @property
    def log(self) -> str:
        """What it has printed, its tracebacks among it; the oldest is dropped beyond 1,000,000 characters."""
        if self.code is not None:
            self._reader.join(END)
        left = _("[{n} characters were dropped here]\n").format(n=self._dropped) if self._dropped else ""
        return left + "".join(tuple(self._text))

    def join(self, limit: float) -> None:
        """Wait until it prints no more, because it has ended; at most so many seconds."""
        self._reader.join(limit)

    def listening(self) -> list[tuple[str, Address]]:
        """Where it, or a child of its, takes clients: ("tcp" or "udp", address). TCP first."""
        import psutil

        found: list[tuple[str, Address]] = []
        with contextlib.suppress(psutil.Error):
            parent = psutil.Process(self.pid)
            for process in (parent, *parent.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    found += [place for c in process.net_connections("inet4") if (place := _place(c))]
        return sorted(set(found))

    def kill(self) -> None:
        """End it and its children, at once."""
        for process in self._family():
            with contextlib.suppress(Exception):
                process.kill()
        if hasattr(os, "killpg") and not self._over:  # children that have lost their parent are in its group still
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
        self._over = True
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            assert self._popen.stdin is not None
            self._popen.stdin.close()
            self._popen.wait(END)

    def stop(self) -> None:
        """End it and its children: first by SIGTERM, after a second by force. Harmless when it has ended."""
        import psutil

        background.not_at_exit(self.kill)
        self.stopped = self.stopped or self.code is None
        family = self._family()
        for process in family:
            with contextlib.suppress(psutil.Error):
                process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(END)  # not by psutil, which would take the exit code away
        psutil.wait_procs([process for process in family if process.pid != self.pid], timeout=END)
        self.kill()
        self._reader.join(END)

    def _family(self) -> list[psutil.Process]:
        import psutil

        if self.code is not None:
            return []
        with contextlib.suppress(psutil.Error):
            parent = psutil.Process(self.pid)
            return [*parent.children(recursive=True), parent]
        return []

    def _read(self) -> None:
        import codecs

        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        assert self._popen.stdout is not None
        with self._popen.stdout as out:
            while data := os.read(out.fileno(), 1 << 16):
                text = decoder.decode(data).replace("\r\n", "\n")
                self._text.append(text)
                self._kept += len(text)
                while self._kept > LOG and len(self._text) > 1:
                    gone = len(self._text.popleft())
                    self._kept -= gone
                    self._dropped += gone
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(END)
        self._on_end()


class LearnerServer(Handle):
    """What ``%%server NAME`` puts into the notebook: the running process, tapped.

    Running the cell again replaces the process; the tap, its address and what it has recorded stay.
    """

    def __init__(self, name: str, protocol: str) -> None:
        super().__init__(Tap(Address("127.0.0.1", 1), name=name, protocol=protocol))
        self._process: Process | None = None
        self.own_address: Address | None = None  # where the process itself listens, behind the tap

    @property
    def log(self) -> str:
        """What the server has printed, its tracebacks among it. Waits 0.2 s for the last words of one that dies."""
        if self._process is None:
            return ""
        self._process.join(LAST_WORDS)
        return self._process.log

    @property
    def running(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.code is None

    @property
    def pid(self) -> int | None:
        """The number of the process, or None when it does not run."""
        return self._process.pid if self._process and self.running else None

    def run(self, source: str, wait: float = WAIT) -> None:
        """Run a program in place of the one that ran, and wait until it listens.

        Args:
            source: the program.
            wait: how long it may take, in seconds.

        Raises:
            ServerError: it ended, or did not listen in time; then nothing runs.
        """
        self.stop()
        self._process = None
        try:
            with _uninterrupted():
                self._process = Process(self.name, source, self._tell)
            kind, self.own_address = self._wait(self._process, wait)
        except BaseException:  # an interrupt among them
            if self._process is not None:
                self._process.stop()
            raise
        if kind != self.transport:
            make = UdpTap if kind == "udp" else Tap
            self.tap = make(self.own_address, name=self.name, protocol=self.protocol)
        self.tap.point_at(self.own_address)
        self.tap.start()

    def stop(self) -> None:
        """End the process and its children, and take no more clients. What was recorded and printed stays."""
        if self._process is not None:
            self._process.stop()
        super().stop()

    def start(self) -> LearnerServer:
        """Harmless when it runs; a server that was stopped is started by running its cell again.

        Raises:
            ServerError: it does not run.
        """
        if not self.running:
            raise ServerError(_("{name} does not run: run its %%server cell again.").format(name=self.name))
        return self

    def _tell(self) -> None:
        """Have the inspectors say that it does not run."""
        background.soon(self.tap.recorder.tell)

    def __repr__(self) -> str:
        said = super().__repr__()
        if self._process is None or self.running:
            return said
        if self._process.stopped:
            return _("{name} was stopped; {name}.log holds what it printed.").format(name=self.name) + "\n" + said
        text = _("{name} does not run now (exit code {code}); {name}.log holds what it printed.")
        return text.format(name=self.name, code=self._process.code) + "\n" + said

    def _wait(self, process: Process, wait: float) -> tuple[str, Address]:
        until = time.monotonic() + wait
        while time.monotonic() < until:
            if places := process.listening():
                return places[0]
            if process.code is not None:
                raise ServerError(_ended(process))
            time.sleep(LOOK)
        raise ServerError(_never_listened(process, wait))


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let an interrupt of the cell wait: between the start of a process and the note of its number it would be lost."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield
        return
    noted: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _frame: noted.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if noted and callable(before):
            before(noted[0], None)


def who_holds(port: int) -> str:
    """In words, which process of this machine listens at a port."""
    import psutil

    for process in psutil.process_iter(["name", "cmdline"]):
        with contextlib.suppress(psutil.Error):
            if any(c.laddr.port == port and _place(c) for c in process.net_connections("inet")):
                command = process.info["cmdline"] or []
                if str(RUNNER) in command:
                    name = command[command.index(str(RUNNER)) + 1]
                    text = _("Port {port} is held by the %%server {name} (process {pid}): stop it with {name}.stop().")
                    return text.format(port=port, name=name, pid=process.pid)
                return _(
                    "Port {port} is held by process {pid}, {name}: end it, or use port 0, and the system gives you "
                    "a free one."
                ).format(port=port, pid=process.pid, name=process.info["name"])
    return _(
        "Port {port} is held by a process of another user, or has only just been closed: use port 0, and the system "
        "gives you a free one."
    ).format(port=port)


def _place(connection: Any) -> tuple[str, Address] | None:
    """Where it takes clients, if it does: a listening TCP socket, or a UDP socket without a peer."""
    import socket

    if not connection.laddr or connection.raddr:
        return None
    tcp = connection.type == socket.SOCK_STREAM
    if tcp and connection.status != "LISTEN":
        return None
    host = "127.0.0.1" if connection.laddr.ip == "0.0.0.0" else connection.laddr.ip
    return ("tcp" if tcp else "udp", Address(host, connection.laddr.port))


def _ended(process: Process) -> str:
    said = process.log.strip()
    if not said:
        return _(
            "The server {name} ended before it took clients (exit code {code}), and said nothing.\n\n"
            "What to look at: does its loop, with accept() or recvfrom(), go on for ever?"
        ).format(name=process.name, code=process.code)
    return _(
        "The server {name} ended before it took clients (exit code {code}). It said:\n\n{said}\n\n"
        "What to look at: the last line names the error, the lines above it where it happened."
    ).format(name=process.name, code=process.code, said=said)


def _never_listened(process: Process, wait: float) -> str:
    said = process.log.strip() or _("(nothing)")
    return _(
        "The server {name} ran for {wait:g} seconds and did not listen; it was ended. It said:\n\n{said}\n\n"
        "What to look at: does it reach listen() (TCP) or bind() (UDP)? Does something before that wait?"
    ).format(name=process.name, wait=wait, said=said)
