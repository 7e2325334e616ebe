"""A learner's server as a process: it is tapped, replaced, told about, and never left over."""

from __future__ import annotations

import _thread
import contextlib
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from netkit.errors import ServerError
from netkit.servers import process as module
from netkit.servers.process import LOG, LearnerServer
from netkit.wire.conversation import Ending, Side
from tests.servers.programs import LIMIT, PALINDROME, SHOUT, UDP, ask, ask_udp, gone, until

Learner = Callable[..., LearnerServer]
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork (POSIX)")


def failure(server: LearnerServer, program: str, wait: float = LIMIT) -> str:
    with pytest.raises(ServerError) as caught:
        server.run(program, wait)
    assert not server.running and server.pid is None
    return str(caught.value)


def test_every_byte_goes_through_the_tap(learner: Learner) -> None:
    server = learner()
    server.run(PALINDROME)
    assert ask(server.address, b"abc") == b"cba"
    (conversation,) = server.conversations
    assert conversation.sent_by(Side.CLIENT) == b"abc"
    assert conversation.sent_by(Side.SERVER) == b"cba"
    assert conversation.ending is Ending.CLOSED
    assert server.address != server.own_address


def test_run_again_replaces_it_at_the_same_address(learner: Learner) -> None:
    server = learner()
    server.run(PALINDROME)
    pid, address = server.pid, server.address
    assert ask(address, b"abc") == b"cba"
    server.run(SHOUT)
    assert pid is not None and gone(pid)
    assert server.pid not in (None, pid)
    assert server.address == address
    assert ask(address, b"abc") == b"ABC"
    assert server.recorded == 2


def test_a_live_connection_ends_when_its_server_is_replaced(learner: Learner) -> None:
    server = learner()
    server.run(PALINDROME)
    with socket.create_connection(server.address, LIMIT) as sock:
        sock.sendall(b"ab")
        assert sock.recv(10) == b"ba"
        server.run(PALINDROME)
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(10) == b""


def test_stopping_twice_and_before_the_first_run_is_harmless(learner: Learner) -> None:
    server = learner()
    server.stop()
    server.run(PALINDROME)
    address = server.address
    server.stop()
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, LIMIT)
    assert "palindrome was stopped" in repr(server)
    with pytest.raises(ServerError, match="palindrome does not run: run its %%server cell again"):
        server.start()


def test_one_that_dies_at_once_shows_its_own_traceback(learner: Learner) -> None:
    said = failure(learner("lost"), "import socket\n\ndef main():\n    print('here')\n    return 1 / 0\n\nmain()\n")
    assert "ended before it took clients (exit code 1)" in said
    assert 'File "lost.py", line 5, in main\n    return 1 / 0' in said
    assert "ZeroDivisionError: division by zero" in said
    assert "here\nTraceback" in said
    assert "What to look at" in said
    assert "runner" not in said and "exec(" not in said and str(Path(module.__file__).parent) not in said


def test_the_cause_of_an_error_is_shown_too(learner: Learner) -> None:
    program = "try:\n    1 / 0\nexcept ZeroDivisionError as problem:\n    raise ValueError('no') from problem\n"
    said = failure(learner("lost"), program)
    assert "ZeroDivisionError" in said and "ValueError: no" in said and "runner" not in said


def test_a_program_that_is_no_python(learner: Learner) -> None:
    said = failure(learner("lost"), "import socket\nwhile True\n    pass\n")
    assert 'File "lost.py", line 2' in said and "while True" in said and "SyntaxError" in said
    assert "runner" not in said


def test_a_program_that_just_ends(learner: Learner) -> None:
    assert "(exit code 0), and said nothing.\n\nWhat to look at: does its loop, with" in failure(learner(), "pass")
    assert "(exit code 1). It said:\n\nno luck" in failure(learner(), "import sys\nsys.exit('no luck')")


def test_one_that_never_listens_is_ended(learner: Learner) -> None:
    server = learner("sleeper")
    seen: list[psutil.Process] = []
    watch = threading.Thread(target=lambda: until(lambda: seen.extend(psutil.Process().children()) or seen, "child"))
    watch.start()
    said = failure(server, "import threading\nprint('waiting')\nthreading.Event().wait()\n", wait=1.0)
    watch.join(LIMIT)
    assert "The server sleeper ran for 1 seconds and did not listen; it was ended. It said:\n\nwaiting" in said
    assert seen and all(gone(process.pid) for process in seen)


def test_a_busy_port_names_the_server_that_holds_it(learner: Learner) -> None:
    holder, second = learner("first"), learner("second")
    holder.run(PALINDROME)
    assert holder.own_address is not None
    port = holder.own_address.port
    said = failure(second, PALINDROME.replace('"127.0.0.1", 0', f'"127.0.0.1", {port}'))
    assert "OSError" in said
    assert f"Port {port} is held by the %%server first (process {holder.pid}): stop it with first.stop()." in said
    assert "runner" not in said
    assert ask(holder.address, b"ab") == b"ba"


def test_a_busy_port_names_any_process_that_holds_it(learner: Learner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = failure(learner(), PALINDROME.replace('"127.0.0.1", 0', f'"127.0.0.1", {port}'))
    assert f"Port {port} is held by process {os.getpid()}, {psutil.Process().name()}: " in said


def test_an_interrupt_while_waiting_leaves_no_process(learner: Learner) -> None:
    server = learner()

    def interrupt() -> None:
        until(lambda: psutil.Process().children(), "the server's process")
        _thread.interrupt_main()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        server.run("import threading\nthreading.Event().wait()\n")
    thread.join(LIMIT)
    assert psutil.Process().children() == []
    assert not server.running


def test_an_interrupt_while_starting_leaves_no_process(learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    server = learner()

    def interrupted(self: threading.Thread) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module.threading.Thread, "start", interrupted)
        server.run(PALINDROME)
    assert psutil.Process().children() == []
    server.run(PALINDROME)
    assert ask(server.address, b"ab") == b"ba"


def test_its_output_is_kept_as_it_comes(learner: Learner) -> None:
    server = learner()
    server.run(
        "print('сервер')\n" + PALINDROME.replace("while data", "print('гость', flush=False)\n            while data")
    )
    assert server.log == "сервер\n"
    ask(server.address, b"ab")
    until(lambda: server.log == "сервер\nгость\n", "the second line in the log")
    server.stop()
    assert server.log == "сервер\nгость\n"


def test_its_output_is_bounded_and_what_is_dropped_is_counted(learner: Learner) -> None:
    server = learner()
    lines = 40_000
    server.run(f"for n in range({lines}):\n    print(f'{{n:099}}')\n" + PALINDROME)
    until(lambda: server.log.endswith(f"{lines - 1:099}\n"), "the last line in the log")
    first, kept = server.log.split("\n", 1)
    assert len(kept) <= LOG
    assert first == f"[{lines * 100 - len(kept)} characters were dropped here]"


def test_a_program_that_reads_its_input_finds_its_end(learner: Learner) -> None:
    assert "EOFError" in failure(learner(), "input()")


def test_a_server_on_all_interfaces_is_reached_on_this_machine(learner: Learner) -> None:
    server = learner()
    server.run(PALINDROME.replace('"127.0.0.1", 0', '"", 0'))
    assert server.own_address is not None and server.own_address.host == "127.0.0.1"
    assert server.address.host == "127.0.0.1"
    assert ask(server.address, b"ab") == b"ba"


def test_a_udp_server(learner: Learner) -> None:
    server = learner()
    server.run(UDP)
    assert server.transport == "udp"
    assert ask_udp(server.address, b"abc") == b"cba"
    (conversation,) = server.conversations
    assert list(conversation.pieces(Side.SERVER)) == [b"cba"]
    address = server.address
    server.run(UDP)
    assert server.address == address
    assert ask_udp(address, b"ab") == b"ba"


def test_from_tcp_to_udp_and_back(learner: Learner) -> None:
    server = learner()
    for program, asks in ((PALINDROME, ask), (UDP, ask_udp), (PALINDROME, ask)):
        server.run(program)
        assert asks(server.address, b"ab") == b"ba"


FORKED = "import os\nif pid := os.fork():\n    {parent}\nelse:\n" + "".join(
    f"    {line}\n" for line in PALINDROME.splitlines()
)


@posix
def test_a_child_that_listens_is_found_and_ended_with_it(learner: Learner) -> None:
    server = learner()
    server.run(FORKED.format(parent="os.waitpid(pid, 0)"))
    assert server.pid is not None
    (child,) = psutil.Process(server.pid).children()
    assert ask(server.address, b"ab") == b"ba"
    server.stop()
    assert gone(child.pid)


@posix
def test_a_child_whose_parent_ends_is_not_left_over(learner: Learner) -> None:
    server = learner()
    alone = "import os, time\nparent = os.getpid()\n" + FORKED.format(parent="print(pid); os._exit(0)").replace(
        "else:\n", "else:\n    while os.getppid() == parent:\n        time.sleep(0.01)\n", 1
    )  # the child listens only when its parent has gone
    said = failure(server, alone)
    assert "ended before it took clients" in said
    child = int(server.log.split()[0])
    until(lambda: gone(child), "the end of the child")


def test_one_that_raises_while_serving(learner: Learner) -> None:
    server = learner("fragile")
    server.run(PALINDROME.replace("data[::-1]", "data.decode().encode()"))
    with contextlib.suppress(ConnectionResetError):
        assert ask(server.address, b"\xd0\xd0") == b""
    until(lambda: not server.running, "the end of the server")
    assert "UnicodeDecodeError" in server.log and 'File "fragile.py", line 9, in <module>' in server.log
    assert "runner" not in server.log
    assert "fragile does not run now (exit code 1); fragile.log holds what it printed." in repr(server)
    with pytest.raises(ConnectionResetError):  # not an empty success
        ask(server.address, b"ab")
    server.run(PALINDROME)
    assert ask(server.address, b"ab") == b"ba"


def test_a_thread_that_raises_shows_its_lines(learner: Learner) -> None:
    server = learner("threads")
    server.run("import threading\n\ndef work():\n    {}['key']\n\nthreading.Thread(target=work).start()\n" + PALINDROME)
    until(lambda: "KeyError: 'key'" in server.log, "the traceback in the log")
    assert "File \"threads.py\", line 4, in work\n    {}['key']" in server.log
    assert ask(server.address, b"ab") == b"ba"


def test_the_program_lies_on_no_disk_and_in_no_command(
    learner: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    server = learner()
    server.run("secret = 'xyzzy'\n" + PALINDROME)
    assert list(tmp_path.iterdir()) == []
    assert "xyzzy" not in " ".join(psutil.Process(server.pid).cmdline())


def test_it_runs_in_the_folder_of_the_notebook(
    learner: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "helper.py").write_text("WORD = 'helped'\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    server = learner()
    server.run("import helper\nprint(helper.WORD, __name__, __import__('sys').argv)\n" + PALINDROME)
    until(lambda: server.log == "helped __main__ ['palindrome.py']\n", "the output")


@pytest.mark.parametrize(
    "environment",
    [
        {"TMPDIR": "/nonexistent/full", "TEMP": "/nonexistent/full", "TMP": "/nonexistent/full"},
        {"http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1", "all_proxy": "socks5://127.0.0.1:1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        {"PYTHONSAFEPATH": "1"},
    ],
    ids=["no temporary files", "proxies", "no UTF-8", "safe path"],
)
def test_whatever_the_environment(
    learner: Learner, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    server = learner()
    server.run("print('палиндром')\n" + PALINDROME)
    assert ask(server.address, "шалаш".encode()) == "шалаш".encode()[::-1]
    assert server.log == "палиндром\n"


def test_thirty_runs_leave_nothing(learner: Learner) -> None:
    server = learner()
    this = psutil.Process()

    def once() -> None:
        server.run(PALINDROME)
        assert ask(server.address, b"ab") == b"ba"
        server.stop()

    once()
    count = this.num_handles if sys.platform == "win32" else this.num_fds
    files, threads = count(), threading.active_count()
    for _again in range(30):
        once()
    assert count() <= files
    assert threading.active_count() <= threads
    assert this.children() == []
    assert server.recorded == 31
