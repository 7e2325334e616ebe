"""``%%server`` in a real IPython shell."""

from __future__ import annotations

import _thread
import socket
import threading
import types
from collections.abc import Iterator

import psutil
import pytest
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets.config import Config

from netkit.errors import BadInput, ServerError
from netkit.notebook import register
from netkit.servers.process import LearnerServer
from tests.servers.programs import LIMIT, PALINDROME, SHOUT, UDP, ask, ask_udp, gone, until


@pytest.fixture(scope="module")
def ipython(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    """A shell of its own, with nobody's profile or history."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        shell = InteractiveShell(config=config)
        register(shell)
        register(shell)  # twice is harmless
        yield shell


@pytest.fixture
def shell(ipython: InteractiveShell) -> Iterator[InteractiveShell]:
    """The shell with an empty namespace; servers end with the test, and nothing is left of them."""
    ipython.user_ns.clear()
    ipython.user_ns["__name__"] = "__main__"
    yield ipython
    for value in list(ipython.user_ns.values()):
        if isinstance(value, LearnerServer):
            value.stop()
    assert psutil.Process().children() == []


def cell(shell: InteractiveShell, line: str, program: str = PALINDROME) -> ExecutionResult:
    return shell.run_cell(f"%%server {line}\n{program}", store_history=False)


def test_the_cell_puts_a_handle_into_the_notebook(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    assert cell(shell, "palindrome").success
    palindrome = shell.user_ns["palindrome"]
    assert isinstance(palindrome, LearnerServer) and palindrome.name == "palindrome"
    said = f"palindrome runs as a process of its own and is reached at {palindrome.address}.\n"
    assert capsys.readouterr().out == said
    assert ask(palindrome.address, b"ab") == b"ba"


def test_a_client_in_the_next_cell(shell: InteractiveShell) -> None:
    assert cell(shell, "palindrome").success
    client = (
        "import socket\n"
        "with socket.create_connection(palindrome.address, 10) as sock:\n"
        "    sock.sendall(b'ab')\n"
        "    answer = sock.recv(10)\n"
    )
    assert shell.run_cell(client).success
    assert shell.user_ns["answer"] == b"ba"


def test_run_again_it_is_the_same_handle_with_another_process(shell: InteractiveShell) -> None:
    assert cell(shell, "palindrome").success
    handle = shell.user_ns["palindrome"]
    pid, address = handle.pid, handle.address
    assert cell(shell, "palindrome", SHOUT).success
    assert shell.user_ns["palindrome"] is handle
    assert gone(pid) and handle.address == address
    assert ask(address, b"ab") == b"AB"


def test_run_again_with_another_protocol_the_old_process_ends_too(shell: InteractiveShell) -> None:
    assert cell(shell, "names", UDP).success
    old = shell.user_ns["names"]
    pid = old.pid
    assert cell(shell, "names --protocol dns", UDP).success
    assert shell.user_ns["names"].protocol == "dns"
    assert gone(pid) and not old.running
    assert ask_udp(shell.user_ns["names"].address, b"ab") == b"ba"


def test_two_names_are_two_servers(shell: InteractiveShell) -> None:
    assert cell(shell, "one").success and cell(shell, "two", SHOUT).success
    assert ask(shell.user_ns["one"].address, b"ab") == b"ba"
    assert ask(shell.user_ns["two"].address, b"ab") == b"AB"


@pytest.mark.parametrize("stub", [None, ...])
def test_a_stub_is_replaced(shell: InteractiveShell, stub: object) -> None:
    shell.user_ns["palindrome"] = stub
    assert cell(shell, "palindrome").success
    assert isinstance(shell.user_ns["palindrome"], LearnerServer)


def test_what_a_name_stands_for_is_not_lost(shell: InteractiveShell) -> None:
    shell.user_ns["word"] = "ПАЛИНДРОМ"
    assert str(cell(shell, "word").error_in_exec) == (
        "word is a variable in this notebook, which would be lost: give the server another name."
    )
    assert shell.user_ns["word"] == "ПАЛИНДРОМ"
    said = str(cell(shell, "print").error_in_exec)
    assert said == "print belongs to Python itself: give the server another name."


def test_the_magic_has_to_stand_first(shell: InteractiveShell) -> None:
    result = shell.run_cell(f"# my server\n%%server palindrome\n{PALINDROME}", store_history=False)
    said = str(result.error_in_exec or result.error_before_exec)
    assert said == "%%server has to be the first line of its cell, with nothing above it."


def test_those_who_show_a_server_are_told_when_it_dies(shell: InteractiveShell) -> None:
    assert cell(shell, "mortal", "import socket\nsocket.create_server(('127.0.0.1', 0)).accept()\n").success
    told = threading.Event()
    mortal = shell.user_ns["mortal"]
    mortal.subscribe(lambda: mortal.running or told.set())
    with socket.create_connection(mortal.address):
        assert told.wait(LIMIT)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1st",
        "my server",
        "class",
        "a.b",
        "'quoted",
        "palindrome --nonsense 1",
        "palindrome --wait",
        "--wait 5",
        "--wait 5 palindrome",
        "palindrome 33333",
    ],
)
def test_a_line_that_cannot_be_used(shell: InteractiveShell, capsys: pytest.CaptureFixture[str], line: str) -> None:
    problem = cell(shell, line).error_in_exec
    assert isinstance(problem, BadInput)
    assert str(problem).startswith(f"{line!r} cannot be used here. Write %%server NAME as the first line of the cell")
    said = capsys.readouterr()
    assert f"BadInput: {problem}" in said.out + said.err
    assert "Traceback" not in said.out + said.err
    assert not any(isinstance(value, LearnerServer) for value in shell.user_ns.values())


@pytest.mark.parametrize("wait", ["0", "-1", "61", "soon", "nan", "inf"])
def test_a_wait_that_is_no_time(shell: InteractiveShell, wait: str) -> None:
    problem = cell(shell, f"palindrome --wait {wait}").error_in_exec
    assert isinstance(problem, BadInput)
    assert str(problem) == f"--wait is a time in seconds, more than 0 and up to 60; not {wait!r}."


def test_a_protocol_that_there_is_not(shell: InteractiveShell) -> None:
    problem = cell(shell, "palindrome --protocol gopher").error_in_exec
    assert isinstance(problem, BadInput)
    assert "'gopher'" in str(problem) and "dns" in str(problem) and "text" in str(problem)


def test_a_module_is_not_replaced(shell: InteractiveShell) -> None:
    shell.run_cell("import socket")
    problem = cell(shell, "socket").error_in_exec
    assert isinstance(problem, BadInput)
    assert str(problem) == "socket is a module in this notebook: give the server another name."
    assert isinstance(shell.user_ns["socket"], types.ModuleType)


@pytest.mark.parametrize("program", ["", "  \n\n"])
def test_an_empty_cell(shell: InteractiveShell, program: str) -> None:
    problem = cell(shell, "palindrome", program).error_in_exec
    # IPython itself takes a cell magic with nothing below it for an error
    assert isinstance(problem, BadInput) or "empty" in str(problem)
    assert "palindrome" not in shell.user_ns


def test_a_server_that_dies_shows_its_own_traceback_and_no_other(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert isinstance(cell(shell, "palindrome", "print('here')\n1 / 0\n").error_in_exec, ServerError)
    said = capsys.readouterr()
    shown = said.out + said.err
    assert shown.count("Traceback") == 1
    assert 'File "palindrome.py", line 2, in <module>\n    1 / 0' in shown and "ZeroDivisionError" in shown
    assert "netkit/" not in shown and "runner" not in shown
    assert "palindrome" not in shell.user_ns


def test_a_server_that_dies_when_run_again_is_not_running(shell: InteractiveShell) -> None:
    assert cell(shell, "palindrome").success
    handle = shell.user_ns["palindrome"]
    assert isinstance(cell(shell, "palindrome", "1 / 0").error_in_exec, ServerError)
    assert not handle.running
    with pytest.raises(ConnectionRefusedError):
        ask(handle.address, b"ab")
    assert "ZeroDivisionError" in handle.log
    assert cell(shell, "palindrome").success
    assert ask(handle.address, b"ab") == b"ba"


def test_how_long_to_wait_can_be_said(shell: InteractiveShell) -> None:
    problem = cell(shell, "palindrome --wait 0.2", "import threading\nthreading.Event().wait()\n").error_in_exec
    assert isinstance(problem, ServerError) and "ran for 0.2 seconds and did not listen" in str(problem)


def test_an_interrupted_cell_leaves_no_process(shell: InteractiveShell) -> None:
    def interrupt() -> None:
        until(lambda: psutil.Process().children(), "the server's process")
        _thread.interrupt_main()

    thread = threading.Thread(target=interrupt)
    thread.start()
    problem = cell(shell, "palindrome", "import threading\nthreading.Event().wait()\n").error_in_exec
    thread.join(LIMIT)
    assert isinstance(problem, KeyboardInterrupt)
    assert psutil.Process().children() == []
    assert "palindrome" not in shell.user_ns
