"""Conversations as they happen, line by line in a terminal; and waiting, without looking again and again, for more."""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING

from netkit.export.rows import ending, rows
from netkit.i18n import _, ngettext, octets
from netkit.wire.conversation import Conversation, Ending

if TYPE_CHECKING:
    from netkit.export.rows import Row
    from netkit.servers.handle import Handle

APART = 0.1  # seconds at least between two looks, however fast the bytes come


class Show:
    """What is new in the servers' conversations since it was last asked for.

    Args:
        handles: the servers.
    """

    def __init__(self, handles: list[Handle]) -> None:
        self.handles = handles
        self._reached = {handle.name: 0 for handle in handles}  # the newest conversation that was begun to show
        self._open: dict[tuple[str, int], _Shown] = {}

    def news(self) -> list[str]:
        """The lines to print, in the order of their times, printable all through."""
        said: list[tuple[float, str]] = []
        kept: set[tuple[str, int]] = set()
        for handle in self.handles:
            for conversation in handle.peek():
                kept.add((handle.name, conversation.number))
                said += self._of(handle, conversation)
        self._open = {key: shown for key, shown in self._open.items() if key in kept}
        said.sort(key=lambda line: line[0])
        return [_printable(text) for _time, text in said]

    def _of(self, handle: Handle, conversation: Conversation) -> list[tuple[float, str]]:
        key = handle.name, conversation.number
        said: list[tuple[float, str]] = []
        if conversation.number > self._reached[handle.name]:
            missed = conversation.number - self._reached[handle.name] - 1
            self._reached[handle.name] = conversation.number
            self._open[key] = _Shown()
            if missed:
                text = ngettext(
                    "{name}: {n} conversation went by too fast", "{name}: {n} conversations went by too fast", missed
                )
                when = _clock(conversation.began)
                said.append((conversation.began, f"{when}  " + text.format(name=handle.name, n=missed)))
            said.append(_line(conversation, 0.0, _("begins: {client}").format(client=conversation.client)))
        shown = self._open.get(key)
        if shown is None:
            return said
        said += shown.fresh(conversation)
        if conversation.ending is not Ending.OPEN:
            del self._open[key]
            if how := ending(conversation):
                said.append(_line(conversation, conversation.ended or 0.0, how))
        return said


class _Shown:
    """How far a conversation has been shown."""

    def __init__(self) -> None:
        self._size = 0  # bytes and events at the last look
        self._rows = 0  # shown
        self._too_long = False

    def fresh(self, conversation: Conversation) -> list[tuple[float, str]]:
        """The rows that have not been shown. A line over TCP whose end may still come is held back."""
        size = conversation.from_client + conversation.from_server + len(conversation.events)
        over = conversation.ending is not Ending.OPEN
        if self._too_long or (size == self._size and not over):
            return []
        self._size = size
        if conversation.left_out:  # rows drop out of its middle: it cannot be followed any longer
            self._too_long = True
            text = _("longer than netkit keeps: from here on it is not shown")
            return [_line(conversation, max(event.time for event in conversation.events), text)]
        found = rows(conversation, start=self._rows).rows
        if found and not over and _may_go_on(conversation, found[-1]):
            found.pop()
        self._rows += len(found)
        return [_line(conversation, row.time, _said(row)) for row in found]


def _said(row: Row) -> str:
    size = "" if row.size is None else octets(row.size) + "  "
    return f"{row.way}  {size}{row.text}" + (f"  — {row.meaning}" if row.meaning else "")


def _line(conversation: Conversation, at: float, text: str) -> tuple[float, str]:
    when = conversation.began + at
    return when, f"{_clock(when)}  {conversation.name} {conversation.number}  {text}"


def _clock(when: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(when)) + f".{int(when % 1 * 1000):03d}"


def _may_go_on(conversation: Conversation, row: Row) -> bool:
    """Whether more bytes may come that belong to the last line."""
    return conversation.transport == "tcp" and row.line is not None and not row.line.data.endswith(b"\n")


def wait_for_end(show: Show | None) -> None:
    """Wait until nobody reads standard output any more; with a show, print what happens meanwhile.

    It ends by KeyboardInterrupt, too: see `netkit.terminal.main`.
    """
    with contextlib.ExitStack() as stack:
        reading, waking = socket.socketpair()
        stack.callback(reading.close)
        stack.callback(waking.close)
        for end in (reading, waking):
            end.setblocking(False)
        # On Windows a signal does not end select(); this byte does.
        stack.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False))
        if show is not None:
            for handle in show.handles:
                stack.callback(handle.subscribe(lambda: _wake(waking)))
            _wake(waking)  # what has been said already
        while _wait(reading):
            with contextlib.suppress(BlockingIOError):
                reading.recv(1 << 16)
            if show is not None:
                began = time.monotonic()
                for line in show.news():
                    print(line)
                sys.stdout.flush()
                time.sleep(max(APART, time.monotonic() - began))  # a long look must leave the servers their time


def _wake(waking: socket.socket) -> None:
    with contextlib.suppress(OSError):  # full: it will wake anyway; closed: all is over
        waking.send(b"\0")


def _wait(reading: socket.socket) -> bool:
    """Wait for news; False when standard output's reader has gone."""
    if not hasattr(select, "poll"):
        select.select([reading], [], [])
        return True
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    with contextlib.suppress(OSError, ValueError):
        poll.register(sys.stdout.fileno(), 0)  # tells of POLLERR and POLLHUP alone
    found = dict(poll.poll())
    found.pop(reading.fileno(), None)
    return not any(what & (select.POLLERR | select.POLLHUP) for what in found.values())


def _printable(text: str) -> str:
    """Nothing that was said over a wire steers the terminal. (The space in "11 264 bytes" is netkit's own.)"""
    return "".join(c if c.isprintable() or c == "\N{NO-BREAK SPACE}" else f"\\u{ord(c):04x}" for c in text)
