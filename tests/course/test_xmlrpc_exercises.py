"""The exercises of the XML-RPC lesson: their own solutions pass, typical mistakes are told what is wrong with them."""

from __future__ import annotations

import http.client
import xmlrpc.client
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

import pytest

from netkit.course import xmlrpc as lesson
from netkit.course.judge import State, find
from netkit.course.questions import questions
from netkit.servers.process import LearnerServer
from tests.course.attempts import made, says


@pytest.fixture
def threaded() -> Iterator[LearnerServer]:
    """A learner's server, to be run."""
    server = LearnerServer("threaded", "http")
    yield server
    server.stop()


def test_solutions_pass(threaded: LearnerServer) -> None:
    says(find("by-hand").check(made(lesson.BY_HAND, "say")), State.RIGHT, "by hand")
    says(find("one-exchange").check(made(lesson.ONE_EXCHANGE, "sums")), State.RIGHT, "in one exchange")
    threaded.run(lesson.THREADED, 10)
    says(find("threading-xmlrpc").check(threaded), State.RIGHT, "side by side")
    says(find("threading-xmlrpc").check(threaded), State.RIGHT, "side by side")  # and again


@pytest.mark.parametrize(
    ("old", "new", "pattern"),
    [
        (
            "ThreadingMixIn, SimpleXMLRPCServer",
            "SimpleXMLRPCServer",
            "the last answer 1.5 s later: they were served one after",
        ),
        ("ThreadingMixIn, SimpleXMLRPCServer", "SimpleXMLRPCServer, ThreadingMixIn", "one after another"),
        ("    Event().wait(seconds)\n", "", "has to wait 0.5 seconds"),
        ("    return seconds\n", "    return 'done'\n", "has to return 0.5; it returned 'done'"),
        ("srv.register_function(work)\n", "", 'The answer is a fault: .*method "work" is not supported'),
        ("    return seconds\n", "    raise ValueError('oops')\n", "The answer is a fault: .*oops"),
    ],
)
def test_threads(threaded: LearnerServer, old: str, new: str, pattern: str) -> None:
    assert old in lesson.THREADED
    threaded.run(lesson.THREADED.replace(old, new), 10)
    says(find("threading-xmlrpc").check(threaded), State.WRONG, pattern)


def test_threads_without_a_server(threaded: LearnerServer) -> None:
    check = find("threading-xmlrpc").check
    says(check(...), State.NOT_YET, "Write the %%server cell")
    says(check(print), State.WRONG, "Give the server's handle")
    says(check(threaded), State.WRONG, "The server does not run")


def stub(*_given: object) -> None: ...


def mistaken(*_given: object) -> None:
    raise KeyError("oops")


def send(address: Any, body: str | bytes, path: str = "/RPC2", kind: str = "text/xml", **header: str) -> str:
    connection = http.client.HTTPConnection(*address, timeout=3)
    connection.request("POST", path, body, {"Content-Type": kind} | header)
    answer = connection.getresponse().read()
    connection.close()
    return answer.decode()


def xml(text: str, method: str = "echo") -> str:
    value = f"<param><value><string>{text}</string></value></param>"
    return f"<methodCall><methodName>{method}</methodName><params>{value}</params></methodCall>"


def url(address: Any) -> str:
    host, port = address
    return f"http://{host}:{port}"


def with_the_library(address: Any, text: str) -> Any:
    with xmlrpc.client.ServerProxy(url(address)) as proxy:
        return proxy.echo(text)


def unescaped(address: Any, text: str) -> Any:
    return xmlrpc.client.loads(send(address, xml(text).encode()))[0][0]


def escaped_twice(address: Any, text: str) -> Any:
    return xmlrpc.client.loads(send(address, xml(escape(escape(text))).encode()))[0][0]


def counts_letters(address: Any, text: str) -> Any:
    body = xml(escape(text))
    return xmlrpc.client.loads(send(address, body.encode(), **{"Content-Length": str(len(body))}))[0][0]


def returns_xml(address: Any, text: str) -> Any:
    return send(address, xml(escape(text)).encode())


@pytest.mark.parametrize(
    ("attempt", "state", "pattern"),
    [
        (stub, State.NOT_YET, "Nothing came over the wire"),
        (mistaken, State.WRONG, "It raised KeyError"),
        ("say", State.WRONG, "Give the function itself"),
        (with_the_library, State.WRONG, "That was xmlrpc.client"),
        (unescaped, State.WRONG, r"it called echo\(|The XML cannot be read"),
        (escaped_twice, State.WRONG, r"it called echo\('&lt;b&gt;"),
        (counts_letters, State.WRONG, "The XML cannot be read: not well-formed XML"),
        (returns_xml, State.WRONG, "It has to return .hello.; it returned .<"),
        (lambda a, t: send(a, xml(t).encode(), "/elsewhere"), State.WRONG, "It was POST /elsewhere|it was POST"),
        (lambda a, t: send(a, xml(t).encode(), kind="text/html"), State.WRONG, "it was text/html"),
        (lambda a, t: send(a, b"hello"), State.WRONG, "The content is no call of XML-RPC"),
        (lambda a, t: send(a, xml(t, "say").encode()), State.WRONG, r"it called say\('hello'\)"),
    ],
)
def test_by_hand(attempt: Any, state: State, pattern: str) -> None:
    says(find("by-hand").check(attempt), state, pattern)


def one_by_one(address: Any, pairs: list[Any]) -> list[Any]:
    found = []
    with xmlrpc.client.ServerProxy(url(address)) as proxy:
        for pair in pairs:
            try:
                found.append(proxy.add(*pair))
            except xmlrpc.client.Fault:
                found.append(None)
    return found


def collect(address: Any, pairs: list[Any]) -> Any:
    with xmlrpc.client.ServerProxy(url(address)) as proxy:
        calls = xmlrpc.client.MultiCall(proxy)
        for pair in pairs:
            calls.add(*pair)
        return calls()


@pytest.mark.parametrize(
    ("attempt", "state", "pattern"),
    [
        (stub, State.NOT_YET, "Nothing came over the wire"),
        (mistaken, State.WRONG, "It raised KeyError"),
        ("sums", State.WRONG, "Give the function itself"),
        (one_by_one, State.WRONG, "4 calls came over the wire"),
        (lambda a, p: list(collect(a, p)), State.WRONG, "its Fault has to become None"),
        (lambda a, p: [one for one in p if collect(a, p)], State.WRONG, "4 calls came over the wire"),
        (lambda a, p: collect(a, p[:2]), State.WRONG, r"it holds add\(1, 2\), add\(10, -3\)"),
        (lambda a, p: collect(a, p) and [3, 7, 3.0], State.WRONG, r"It has to return \[3, 7, None, 3.0\]"),
        (lambda a, p: one_by_one(a, p[:1]), State.WRONG, "The one call has to be system.multicall"),
    ],
)
def test_one_exchange(attempt: Any, state: State, pattern: str) -> None:
    says(find("one-exchange").check(attempt), state, pattern)


def test_questions_have_right_answers() -> None:
    found = {name: one.answers[one.right] for name, one in questions().items() if name.startswith("xmlrpc")}
    assert found == {
        "xmlrpc-proxy": "nothing at all",
        "xmlrpc-tuple": "a list",
        "xmlrpc-multicall": "1",
        "xmlrpc-threads": "after 1.5 seconds",
    }
