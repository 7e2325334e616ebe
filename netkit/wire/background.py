"""The one background thread of a process, with one asyncio loop, on which every tap and server of netkit runs.

A server on the kernel's own loop could not answer a blocking client in a cell, so netkit has a loop of its own. It is
a selector loop on every system: nothing here starts a process from the loop, and tornado needs `add_reader`.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import os
import selectors
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from netkit.errors import TookTooLong
from netkit.i18n import _

T = TypeVar("T")

LIMIT = 10.0  # seconds that a call to the background thread may take
EXIT_LIMIT = 1.0  # seconds that the interpreter's exit may wait for it

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_selector: selectors.BaseSelector | None = None
_inherited: list[asyncio.AbstractEventLoop] = []  # the parents' loops in a forked child: never to be used
_thread: threading.Thread | None = None
_at_exit: set[Callable[[], None]] = set()
problems: deque[str] = deque(maxlen=100)  # what went wrong on the loop: a server never prints


def loop() -> asyncio.AbstractEventLoop:
    """The background loop; its thread is started when first asked for."""
    global _loop, _selector, _thread
    with _lock:
        if _loop is None or _loop.is_closed():
            _selector = selectors.DefaultSelector()
            new = asyncio.SelectorEventLoop(_selector)
            new.set_exception_handler(_note_problem)
            _thread = threading.Thread(target=_serve, args=(new,), name="netkit", daemon=True)
            _thread.start()
            _loop = new  # only now: nobody is to wait for a thread that could not be started
        return _loop


def run(work: Coroutine[Any, Any, T], timeout: float = LIMIT) -> T:
    """Run a coroutine on the background loop and wait for its result.

    Args:
        work: the coroutine.
        timeout: how long to wait, in seconds.

    Raises:
        TookTooLong: it was not done in time; it has been cancelled.
        RuntimeError: called on the background thread, which would wait for itself.
    """
    if here():
        work.close()
        raise RuntimeError("netkit's background thread cannot wait for itself")
    future = asyncio.run_coroutine_threadsafe(work, loop())
    try:
        return future.result(timeout)
    except concurrent.futures.TimeoutError:
        if future.done():  # the work itself raised a TimeoutError
            raise
        raise TookTooLong(
            _("netkit's background thread was not done after {n} seconds. Restart the kernel.").format(n=timeout)
        ) from None
    finally:
        future.cancel()  # also when the cell was interrupted


def call(function: Callable[[], T]) -> T:
    """Call a function on the background loop and wait for its result; see `run`."""

    async def work() -> T:
        return function()

    return run(work())


def here() -> bool:
    """Whether the caller is on the background thread, and so must not wait for it."""
    return threading.current_thread() is _thread


def soon(function: Callable[[], object]) -> None:
    """Have a function called on the background loop, without waiting; harmless when the loop is gone."""
    with contextlib.suppress(RuntimeError):
        loop().call_soon_threadsafe(function)


def at_exit(function: Callable[[], None]) -> None:
    """Have a function called on the loop when the interpreter exits (it must not wait)."""
    _at_exit.add(function)


def not_at_exit(function: Callable[[], None]) -> None:
    """Take back what was said to `at_exit`."""
    _at_exit.discard(function)


def _serve(serving: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(serving)
    try:
        serving.run_forever()
    finally:
        serving.close()


def note(where: str, problem: object) -> None:
    """Write down in `problems` what went wrong; the same again and again only once."""
    text = f"{where}: {problem!r}"
    if not problems or problems[-1] != text:
        problems.append(text)


def _note_problem(_serving: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    note(context.get("message", ""), context.get("exception", ""))


def _exit() -> None:
    """Close what is open, in little time: an exit that waits for a live connection would hang the kernel."""
    global _loop
    with _lock:
        serving, thread = _loop, _thread
        _loop = None
    if serving is None or thread is None or not thread.is_alive():
        return

    def end() -> None:
        for function in list(_at_exit):
            with contextlib.suppress(Exception):
                function()
        serving.call_later(0.02, serving.stop)  # lets closing transports say good-bye

    with contextlib.suppress(RuntimeError):
        serving.call_soon_threadsafe(end)
    thread.join(EXIT_LIMIT)


def let_go(numbers: Iterable[int]) -> None:
    """In a forked child: hold the parent's sockets open no longer, or their FIN would only be sent when it ends.

    Their numbers are pointed at the null device and not closed: the parent's objects would close them once more, when
    they may be another file's.
    """
    with contextlib.suppress(OSError):
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in numbers:
            os.dup2(nothing, number, inheritable=False)
        os.close(nothing)


def _forget() -> None:
    """A forked child has the parent's loop, but not its thread: it starts with neither."""
    global _loop, _selector, _thread, _lock
    _lock = threading.Lock()
    if _loop is not None and _selector is not None:
        let_go([key.fd for key in (_selector.get_map() or {}).values()])
        _inherited.append(_loop)
    _loop = _selector = _thread = None
    _at_exit.clear()


atexit.register(_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
