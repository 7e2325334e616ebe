"""How the exercises of the sockets lesson are judged: by what went over the wire."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any, cast

from netkit.attempt import Outcome, attempt
from netkit.course.judge import State, Verdict, wrong
from netkit.course.outcomes import nothing_sent, raised
from netkit.i18n import _, ngettext
from netkit.wire.conversation import Conversation, Ending, Kind, Side
from netkit.wire.tap import Tap
from netkit.wire.udp import UdpTap

WORDS = ("ПАЛИНДРОМ", "netkit", "ё" * 40)
PIECES = (None, 5, 1)  # bytes: whole, letters cut in two, one by one


class _ReverseLines(asyncio.Protocol):
    """Answers each line with its letters in the opposite order."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._transport.write(line.decode(errors="replace")[::-1].encode() + b"\n")


def check_framing(ask: Callable[..., Any]) -> Verdict:
    """Words of several lengths, with the answer whole, in pieces of five bytes, and byte by byte."""
    if not callable(ask):
        return wrong(_('Give the function itself: netkit.check("framing", ask).'))
    with Tap(_ReverseLines, name="reverser") as tap:
        for word, pieces in zip(WORDS, PIECES, strict=True):
            if pieces:
                tap.faults.set(toward="client", pieces=pieces, gap=0.01)
            done = attempt(ask, tap.address, word)
            seen = tap.conversations
            verdict = _judge_framing(done, word, seen[-1] if seen else None, pieces)
            if verdict is not None:
                return verdict
        good = tap.conversations[1]
    return Verdict(State.RIGHT, _("The whole answer, in whatever pieces it came."), good)


def _judge_framing(done: Outcome, word: str, seen: Conversation | None, pieces: int | None) -> Verdict | None:
    if seen is None:
        return nothing_sent(done)
    sent, came = seen.sent_by(Side.CLIENT), seen.sent_by(Side.SERVER)
    if sent != word.encode() + b"\n":
        if done.problem is not None and not isinstance(done.problem, TimeoutError):
            return raised(done.problem, seen)
        text = _("The server has to get {expected!r} and got {sent!r}.")
        return wrong(text.format(expected=word.encode() + b"\n", sent=sent), seen)
    if isinstance(done.problem, UnicodeDecodeError):
        return wrong(_("A piece ended in the middle of a letter: collect all bytes first, then decode once."), seen)
    if done.problem is not None:
        return raised(done.problem, seen)
    if done.late:
        return wrong(
            _("Your function did not end within 5 seconds. What is it waiting for when the whole answer is there?"),
            seen,
        )
    if isinstance(done.value, bytes):
        return wrong(_("It returned bytes; decode them into text."), seen)
    if done.value == word[::-1] + "\n":
        return wrong(_("The answer is whole; only its line feed has to go."), seen)
    if done.value != word[::-1]:
        text = _("It returned {value!r}, and the answer was {answer!r}.").format(value=done.value, answer=word[::-1])
        if pieces and isinstance(done.value, str) and word[::-1].startswith(done.value):
            n = sum(1 for _piece in seen.pieces(Side.SERVER))
            text += " " + ngettext("The answer came in {n} piece: one recv is not enough.",
                                   "The answer came in {n} pieces: one recv is not enough.", n).format(n=n)  # fmt: skip
        return wrong(text, seen)
    if not any(e.kind is Kind.END and e.side is Side.CLIENT for e in seen.events) or not came:
        return wrong(_("The answer is right, but your client did not close the connection."), seen)
    return None


def check_retry(ask: Callable[..., Any]) -> Verdict:
    """Without loss, with half of the datagrams lost, and with all of them lost."""
    if not callable(ask):
        return wrong(_('Give the function itself: netkit.check("retry", ask_udp).'))
    with UdpTap(lambda data: data[::-1], name="reverser") as tap:
        done = attempt(ask, tap.address, b"abc")
        calm = _last(tap)
        if calm is None:
            return nothing_sent(done)
        if verdict := _judge_answer(done, calm):
            return verdict
        if (asked := _asked(calm)) != 1:
            return wrong(_("Nothing was lost, and yet it asked {n} times.").format(n=asked), calm)
        tap.faults.set(loss=0.5, seed=4)
        done, lossy = attempt(ask, tap.address, b"abcdef"), _last(tap)
        if lossy is None or (verdict := _judge_answer(done, lossy)):
            return verdict or wrong(_("With loss it sent nothing at all."))
        tap.faults.set(loss=1.0)
        done, lost = attempt(ask, tap.address, b"x"), _last(tap)
        if done.late:
            return wrong(_("All datagrams were lost, and it went on for more than 5 seconds: give up after 10."), lost)
        if not isinstance(done.problem, TimeoutError):
            return wrong(_("All datagrams were lost: it has to raise TimeoutError."), lost)
        if lost is None or (asked := _asked(lost)) != 10:
            return wrong(_("All datagrams were lost: it has to ask 10 times, and asked {n}.").format(n=asked), lost)
    return Verdict(State.RIGHT, _("It asks again when it has to, only then, and gives up in the end."), lossy)


def _judge_answer(done: Outcome, seen: Conversation) -> Verdict | None:
    data = next((e.data for e in seen.events if e.side is Side.CLIENT), b"")
    if done.problem is not None:
        return raised(done.problem, seen)
    if done.late:
        return wrong(
            _("It had no answer after 5 seconds: when 0.2 seconds have passed without one, it has to ask again."), seen
        )
    if done.value != data[::-1]:
        text = _("It returned {value!r}; the answer was {answer!r}.")
        return wrong(text.format(value=done.value, answer=data[::-1]), seen)
    return None


def _asked(seen: Conversation) -> int:
    """How many datagrams the client sent, lost ones among them."""
    return sum(1 for event in seen.events if event.side is Side.CLIENT)


def _last(tap: UdpTap) -> Conversation | None:
    seen = tap.conversations
    tap.clear()
    return seen[-1] if seen else None


def check_shout(server: Any) -> Verdict:
    """A line, a line in pieces, two lines at once, and a second client."""
    from netkit.servers.process import LearnerServer

    if server is None or server is Ellipsis:
        return Verdict(State.NOT_YET, _("Write the %%server cell, run it, then run this one."))
    if not isinstance(server, LearnerServer):
        return wrong(_('Give the server\'s handle: netkit.check("shout", shout).'))
    if not server.running:
        return wrong(
            _("The server does not run: run its %%server cell. It printed: {log}").format(log=server.log or "…")
        )
    letters = "привет".encode() + b"\n"
    steps = (
        (b"netkit\n",),
        (letters[:3], letters[3:]),  # the second letter is cut in two
        (b"one\ntwo\n",),
    )
    for pieces in steps:
        done = attempt(_shout, server.address, pieces)
        seen = server.conversations[-1]
        expected = b"".join(pieces).decode().upper().encode()
        if done.problem is not None or done.late or done.value != expected:
            text = _("To {sent!r} it has to answer {expected!r}; what came was {value}.")
            came = type(done.problem).__name__ if done.problem else repr(done.value)
            said = text.format(sent=b"".join(pieces), expected=expected, value=came)
            log = server.log.strip().splitlines()
            return wrong(said + (" " + _("It printed: {log}").format(log=log[-1]) if log else ""), seen)
        if seen.ending is not Ending.CLOSED:
            return wrong(_("The client has closed; the server has to close its end too."), seen)
    return Verdict(State.RIGHT, _("Line by line, whatever the pieces, client after client."), seen)


def _shout(address: tuple[str, int], pieces: tuple[bytes, ...]) -> bytes:
    """Send the pieces one by one, and take what comes until there are as many lines as were sent."""
    with socket.create_connection(address, timeout=2) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        answer = b""
        for number, piece in enumerate(pieces):
            if number:
                sock.settimeout(0.05)  # a wait between the pieces that ends early if the server answers too soon
                with contextlib.suppress(TimeoutError):
                    answer += sock.recv(1024)
                sock.settimeout(2)
            sock.sendall(piece)
        while answer.count(b"\n") < b"".join(pieces).count(b"\n"):
            try:
                more = sock.recv(1024)
            except TimeoutError:
                break
            if not more:
                break
            answer += more
    return answer
