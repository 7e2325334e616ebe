"""How the exercises of the lesson on XML-RPC are judged: by the exchanges, and by when they went over the wire."""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from netkit.attempt import Outcome, attempt
from netkit.course.judge import State, Verdict, wrong
from netkit.course.outcomes import nothing_sent, went_wrong
from netkit.export.calls import Called, calls
from netkit.export.exchanges import exchanges
from netkit.i18n import _, ngettext
from netkit.protocols.xmlrpc import multicall
from netkit.wire.conversation import Conversation, Side
from netkit.wire.tap import Tap

AT_ONCE, SECONDS = 3, 0.5  # calls, and how long each takes
ENOUGH = 2 * SECONDS  # by then all of them are answered if they were served side by side
TEXTS = ("hello", "Привет, мир", "<b>Tom & Jerry</b>", "")
PAIRS = ((1, 2), (10, -3), ("a", 1), (2.5, 0.5))
SUMS = [3, 7, None, 3.0]


def _service() -> Tap:
    from netkit.servers.web.door import WebDoor
    from netkit.servers.xmlrpc import application

    return Tap(WebDoor(application()), name="xmlrpc", protocol="http")


class _Patient(xmlrpc.client.Transport):
    """With a limit in time, which the stdlib's has not."""

    def make_connection(self, host: Any) -> Any:
        connection = super().make_connection(host)
        connection.timeout = 4
        return connection


def check_threads(server: Any) -> Verdict:
    """Three calls at once, which take half a second each."""
    from netkit.servers.process import LearnerServer

    if server is None or server is Ellipsis:
        return Verdict(State.NOT_YET, _("Write the %%server cell, run it, then run this one."))
    if not isinstance(server, LearnerServer):
        return wrong(_('Give the server\'s handle: netkit.check("threading-xmlrpc", threaded).'))
    if not server.running:
        text = _("The server does not run: run its %%server cell. If it ends by itself, serve_forever() is missing.")
        return wrong(f"{text}\n{server.log}" if server.log else text)
    before = server.recorded

    def work(_n: int) -> Any:
        url = f"http://{server.address}"
        with xmlrpc.client.ServerProxy(url, transport=_Patient(), allow_none=True) as proxy:
            return proxy.work(SECONDS)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda n: attempt(work, n), range(AT_ONCE)))
    seen = [one for one in server.conversations if one.number > before]
    return _judge_threads(done, seen)


def _judge_threads(done: Sequence[Outcome], seen: Sequence[Conversation]) -> Verdict:
    last = seen[-1] if seen else None
    for one in done:
        if isinstance(one.problem, xmlrpc.client.Fault):
            if "marshal None" in one.problem.faultString:
                return _not_returned(None, last)
            return wrong(_("The answer is a fault: {why}").format(why=one.problem.faultString), last)
        if one.problem is not None or one.late:
            why = type(one.problem).__name__ if one.problem else _("no answer")
            return wrong(_("A call of work({seconds}) ended in: {why}").format(seconds=SECONDS, why=why), last)
        if one.value != SECONDS:
            return _not_returned(one.value, last)
    asked = [one.began + event.time for one in seen for event in one.events if event.side is Side.CLIENT and event.data]
    came = [one.began + event.time for one in seen for event in one.events if event.side is Side.SERVER and event.data]
    if not asked or not came or min(came) - max(asked) < SECONDS / 2:
        return wrong(_("work({seconds}) has to wait {seconds} seconds.").format(seconds=SECONDS), last)
    if max(came) - min(asked) >= ENOUGH:
        text = _(
            "{n} calls of {seconds} s came at once, and the last answer {took:.1f} s later: they were served one after "
            "another. Is there a ThreadingMixIn, and does it stand first?"
        )
        return wrong(text.format(n=AT_ONCE, seconds=SECONDS, took=max(came) - min(asked)), last)
    return Verdict(State.RIGHT, _("All calls were served side by side."), last)


def _not_returned(value: object, last: Conversation | None) -> Verdict:
    text = _("work({seconds}) has to return {seconds}; it returned {value!r}.")
    return wrong(text.format(seconds=SECONDS, value=value), last)


def check_by_hand(say: Callable[..., Any]) -> Verdict:
    """Texts that are easy, in another alphabet, with markup, and empty."""
    if not callable(say):
        return wrong(_('Give the function itself: netkit.check("by-hand", say).'))
    with _service() as tap:
        for text in TEXTS:
            tap.clear()
            done = attempt(say, tap.address, text)
            seen = tap.conversations
            if not seen:
                return nothing_sent(done)
            if verdict := _judge_by_hand(done, seen[-1], text):
                return verdict
    return Verdict(State.RIGHT, _("A call, written and read by hand."), seen[-1])


def _judge_by_hand(done: Outcome, seen: Conversation, text: str) -> Verdict | None:
    request = next((one.request for one in exchanges(seen) if one.request is not None and one.request.method), None)
    if request is None:
        return went_wrong(done, seen) or wrong(_("What came was no request."), seen)
    if (request.value("user-agent") or "").startswith("Python-xmlrpc"):
        return wrong(_("That was xmlrpc.client: this time, write the XML yourself."), seen)
    if (request.method, request.target) != ("POST", "/RPC2"):
        said = f"{request.method} {request.target}"
        return wrong(_("It has to be POST /RPC2; it was {said}.").format(said=said), seen)
    if request.media_type not in ("text/xml", "application/xml"):
        if not (kind := request.value("content-type")):
            return wrong(_("The request has no Content-Type; it has to be text/xml."), seen)
        return wrong(_("Content-Type has to be text/xml; it was {said}.").format(said=kind), seen)
    found = calls(seen)
    if not found or found[0].call is None:
        return wrong(_("The content is no call of XML-RPC: it has to be a methodCall."), seen)
    call = found[0].call
    if call.said is None:
        said = _("The XML cannot be read: {why}").format(why=call.problem)
        if set(text) & set("<&"):
            said += " " + _("In XML, < and & have to be escaped.")
        return wrong(said, seen)
    given = [value.python for value in call.said.values]
    if call.said.method != "echo" or given != [text]:
        came = f"{call.said.method}({', '.join(map(repr, given))})"
        return wrong(_("It has to call echo({text!r}); it called {came}.").format(text=text, came=came), seen)
    if verdict := went_wrong(done, seen):
        return verdict
    if done.value != text and not (text == "" and done.value is None):
        return wrong(_("It has to return {text!r}; it returned {value!r}.").format(text=text, value=done.value), seen)
    return None


def check_one_exchange(sums: Callable[..., Any]) -> Verdict:
    """Pairs, one of which cannot be added."""
    if not callable(sums):
        return wrong(_('Give the function itself: netkit.check("one-exchange", sums).'))
    with _service() as tap:
        done = attempt(sums, tap.address, list(PAIRS))
        talks = tap.conversations
        if isinstance(done.problem, AttributeError) and "Address" in str(done.problem):
            return wrong(_("ServerProxy takes a URL, a text that begins with http://, and was given an address."))
        if not talks:
            return nothing_sent(done)
        found = [one for talk in talks for one in calls(talk)]
        return _judge_one_exchange(done, talks[-1], found)


def _judge_one_exchange(done: Outcome, seen: Conversation, found: Sequence[Called]) -> Verdict:
    if len(found) != 1:
        if verdict := went_wrong(done, seen) if not found else None:
            return verdict
        n = len(found)
        text = ngettext("{n} call came over the wire; it has to be one, of system.multicall.",
                        "{n} calls came over the wire; it has to be one, of system.multicall.", n)  # fmt: skip
        return wrong(text.format(n=n), seen)
    half = found[0].call
    within = multicall(half.said) if half is not None and half.said is not None else None
    if within is None:
        return went_wrong(done, seen) or wrong(_("The one call has to be system.multicall."), seen)
    if [(name, tuple(given)) for name, given in within] != [("add", pair) for pair in PAIRS]:
        text = _("It has to hold a call of add for each pair, in their order; it holds {calls}.")
        return wrong(text.format(calls=", ".join(f"{name}{tuple(given)}" for name, given in within)), seen)
    if isinstance(done.problem, xmlrpc.client.Fault):
        return wrong(_("One pair cannot be added: its Fault has to become None, and the others stay."), seen)
    if verdict := went_wrong(done, seen):
        return verdict
    if done.value != SUMS:
        return wrong(_("It has to return {sums}; it returned {value!r}.").format(sums=SUMS, value=done.value), seen)
    return Verdict(State.RIGHT, _("All sums in one exchange."), seen)
