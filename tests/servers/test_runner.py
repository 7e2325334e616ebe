"""The small program that runs a cell: what the cell's code finds there, and how it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from netkit.servers.process import RUNNER
from tests.servers.programs import LIMIT

ROOT = str(Path(__file__).parents[2])


def run(source: str, *, close: bool = False) -> tuple[int, str]:
    """The exit code, and what the program printed; `close`: its kernel goes as soon as the source is there."""
    program = source.encode()
    with subprocess.Popen(
        [sys.executable, "-u", "-X", "utf8", str(RUNNER), "cell", ROOT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"%d\n" % len(program) + program)
        process.stdin.flush()
        if close:
            process.stdin.close()
        said = process.stdout.read().decode()
        return process.wait(LIMIT), said.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("print(__name__)", "__main__\n"),
        ("import sys; print(sys.argv)", "['cell.py']\n"),
        ("import sys; print(repr(sys.path[0]))", "''\n"),
        ("import sys; print(sys.modules['__main__'].__dict__ is globals())", "True\n"),
        ("print('ПАЛИНДРОМ')", "ПАЛИНДРОМ\n"),
        ("def f():\n    return 1\nimport inspect\nprint(inspect.getsource(f))", "def f():\n    return 1\n\n"),
        ("import sys; print('netkit' in sys.modules, 'psutil' in sys.modules)", "False False\n"),
        ("from dataclasses import dataclass\n@dataclass\nclass A:\n    b: int\nprint(A(1))", "A(b=1)\n"),
    ],
)
def test_the_cell_is_the_program(source: str, said: str) -> None:
    assert run(source) == (0, said)


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("raise SystemExit(3)", 3, ""),
        ("import sys; sys.exit('no')", 1, "no\n"),
        ("raise KeyboardInterrupt", 1, "KeyboardInterrupt\n"),
        ("raise ValueError('no')", 1, "ValueError: no\n"),
        ("import atexit; atexit.register(print, 'bye')", 0, "bye\n"),
    ],
)
def test_how_it_ends(source: str, code: int, said: str) -> None:
    ended, printed = run(source)
    assert ended == code
    assert printed.endswith(said) and "runner" not in printed


def test_it_ends_when_its_kernel_goes() -> None:
    assert run("import threading\nthreading.Event().wait()", close=True)[0] in (0, -9)


def test_it_ends_when_its_kernel_goes_before_it_said_anything() -> None:
    done = subprocess.run([sys.executable, str(RUNNER), "cell", ROOT], input=b"", capture_output=True, timeout=LIMIT)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
