"""Runs a learner's server, a cell of a notebook, as a program of its own. Started by netkit.servers.process.

Called as ``python runner.py NAME ROOT``; on its standard input come a line with the number of bytes, then the source.
After that its input stays open as long as the kernel lives: when it ends, also because the kernel was killed, this
process ends too, with its children. The source never lies on disk: a full disk does not matter, nothing is left over.
"""

from __future__ import annotations

import contextlib
import errno
import linecache
import os
import signal
import sys
import threading
import traceback
import types
from typing import Any

_bound: list[Any] = []  # the last address that the program asked for


def main() -> None:
    """Read the source, and run it as the program __main__."""
    name, root = sys.argv[1:3]
    source = _read_source()
    file = f"{name}.py"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    sys.argv[:] = [file]
    sys.path[0] = ""  # the folder of the notebook, as for its cells; not this file's
    program = types.ModuleType("__main__")
    sys.modules["__main__"] = program
    threading.excepthook = _show_thread_problem
    sys.addaudithook(_note_address)
    try:
        exec(compile(source, file, "exec", dont_inherit=True), program.__dict__)
    except SystemExit:
        raise
    except BaseException as problem:
        _add_hint(problem, root)
        sys.stderr.write("".join(traceback.format_exception(problem.with_traceback(_below_here(problem)))))
        sys.stderr.flush()
        os._exit(1)


def _read_source() -> str:
    """The source; and from now on end with the kernel."""
    line = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    with open(line, "rb", buffering=0, closefd=False) as incoming:
        size = int(_until_newline(incoming))
        source = b""
        while len(source) < size:
            source += incoming.read(size - len(source)) or b""
    threading.Thread(target=_end_with_kernel, args=(line,), daemon=True).start()
    return source.decode()


def _until_newline(incoming: Any) -> bytes:
    digits = b""
    while not digits.endswith(b"\n"):
        byte = incoming.read(1)
        if not byte:
            os._exit(0)  # the kernel has gone before it said anything
        digits += byte
    return digits


def _end_with_kernel(line: int) -> None:
    with contextlib.suppress(OSError):
        while os.read(line, 1024):
            pass
    with contextlib.suppress(Exception):
        import psutil

        for child in psutil.Process().children(recursive=True):
            child.kill()
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # children that have lost their parent, and itself
    os._exit(0)


def _note_address(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.bind":
        _bound[:] = [args[1]]


def _add_hint(problem: BaseException, root: str) -> None:
    """To 'address already in use', say which process has it."""
    if isinstance(problem, OSError) and problem.errno == errno.EADDRINUSE and _bound:
        with contextlib.suppress(Exception):
            sys.path.append(root)
            from netkit.i18n import language
            from netkit.servers.process import who_holds

            language(os.environ.get("NETKIT_LANGUAGE", "en"))
            problem.add_note(who_holds(int(_bound[0][1])))


def _below_here(problem: BaseException) -> types.TracebackType | None:
    """The traceback without this file's own lines."""
    trace = problem.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace


def _show_thread_problem(args: threading.ExceptHookArgs) -> None:
    """As the default does, but with the lines of the source, which is in no file."""
    if args.exc_type is not SystemExit:
        traceback.print_exception(args.exc_type, args.exc_value, args.exc_traceback)


if __name__ == "__main__":
    main()
