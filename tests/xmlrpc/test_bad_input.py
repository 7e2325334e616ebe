"""What a stranger may send to the service: it refuses with words, and then still serves."""

from __future__ import annotations

import http.client
import xmlrpc.client
from collections.abc import Iterator
from typing import Any

import pytest

from netkit.servers.handle import Handle
from netkit.servers.xmlrpc import CALLS, FAILED, LIMITS, NO_CALL, NO_METHOD, NO_XML, WRONG_PARAMETERS
from netkit.wire.conversation import Ending
from tests.web.talk import connect, raw
from tests.xmlrpc.talk import EXTERNAL, LIMIT, call, fault, laughs, nested, post, quadratic

REFUSED = "it has a DOCTYPE, in which entities may be declared: XML-RPC needs none"


@pytest.fixture(autouse=True)
def serves_afterwards(service: Handle) -> Iterator[None]:
    """Whatever came, the next client is served."""
    yield
    assert post(service.address, call("<int>7</int>"))[0] == 200


@pytest.mark.parametrize(
    ("xml", "code", "why"),
    [
        (laughs(9), NO_XML, REFUSED),
        (laughs(1), NO_XML, REFUSED),
        (quadratic(20_000, 20_000), NO_XML, REFUSED),
        (EXTERNAL, NO_XML, REFUSED),
        (nested(40), NO_XML, "more than 100 elements in one another"),
        (nested(3_000), NO_XML, "more than 100 elements in one another"),
        (call("<i4/>" * 10_001), NO_XML, "more than 10\N{NO-BREAK SPACE}000 elements"),
        (call("&x;"), NO_XML, "not well-formed XML: undefined entity: line 1, column 84"),
        ("", NO_XML, "not well-formed XML: no element found: line 1, column 0"),
        ("<html/>", NO_CALL, "ResponseError: ResponseError()"),
        ("<methodCall></methodCall>", NO_CALL, "ResponseError: ResponseError()"),
        ("<methodCall><params/></methodCall>", NO_CALL, "no method is named"),
        (call("<int>x</int>"), NO_CALL, "ValueError: invalid literal for int() with base 10: 'x'"),
        (call("<boolean>2</boolean>"), NO_CALL, "TypeError: bad boolean value"),
        (call(method="nothing"), NO_METHOD,
         "There is no method 'nothing'; system.listMethods() tells what there is."),
        (call(method="funcs.clear"), NO_METHOD,
         "There is no method 'funcs.clear'; system.listMethods() tells what there is."),
        (call(method="echo.__globals__"), NO_METHOD,
         "There is no method 'echo.__globals__'; system.listMethods() tells what there is."),
        (call(method="answer"), NO_METHOD, "There is no method 'answer'; system.listMethods() tells what there is."),
        (call("<int>1</int>", method="add"), WRONG_PARAMETERS, "add() missing 1 required positional argument: 'y'"),
        (call("a", "b", method="add"), WRONG_PARAMETERS, "It takes numbers, not a value of the type string."),
        (call("<boolean>1</boolean>", "<int>1</int>", method="add"), WRONG_PARAMETERS,
         "It takes numbers, not a value of the type boolean."),
        (call("<nil/>", "<int>1</int>", method="add"), WRONG_PARAMETERS,
         "It takes numbers, not a value of the type nil."),
        (call("<int>2147483647</int>", "<int>1</int>", method="add"), FAILED,
         "OverflowError: int exceeds XML-RPC limits"),
        (call(f"<int>{'9' * 4000}</int>", "<int>9</int>", method="pow"), WRONG_PARAMETERS,
         "A whole number has at most 32 bits."),
        (call("<int>9</int>", "<int>387420489</int>", method="pow"), FAILED,
         "The result has more than 32 bits: XML-RPC has no place for it."),

        (call("<int>-1</int>", "<double>0.5</double>", method="pow"), FAILED,
         "The result is no real number: XML-RPC has no place for it."),
        (call("<i8>4294967296</i8>"), FAILED, "OverflowError: int exceeds XML-RPC limits"),
        (call("x", method="system.methodHelp"), NO_METHOD, "There is no method 'x'."),
        (call("<array><data/></array>", method="system.methodSignature"), NO_METHOD, "There is no method '[]'."),
        (call("x", method="system.multicall"), WRONG_PARAMETERS,
         f"It takes an array of at most {CALLS} structs with methodName and params."),
    ],
)  # fmt: skip
def test_faults(service: Handle, xml: str, code: int, why: str) -> None:
    assert fault(post(service.address, xml)) == (code, why)


def test_arithmetic_that_fails(service: Handle) -> None:
    code, why = fault(post(service.address, call("<int>0</int>", "<int>-1</int>", method="pow")))
    assert code == FAILED and why.startswith("ZeroDivisionError: ")


def within(service: Handle, calls: list[Any]) -> Any:
    status, content = post(service.address, xmlrpc.client.dumps((calls,), "system.multicall"))
    assert status == 200
    return xmlrpc.client.loads(content)[0][0]


def test_calls_within_a_call(service: Handle) -> None:
    inner = {"methodName": "system.multicall", "params": [[]]}
    found = within(service, [inner, {"methodName": "add"}, 7, {"methodName": "add", "params": [1, 2]}])
    assert [one.get("faultCode") if isinstance(one, dict) else one for one in found] == [
        NO_METHOD, WRONG_PARAMETERS, WRONG_PARAMETERS, [3],
    ]  # fmt: skip
    assert found[0]["faultString"] == "No system.multicall within system.multicall."
    many = [{"methodName": "add", "params": [1, 2]}] * (CALLS + 1)
    with pytest.raises(xmlrpc.client.Fault, match="at most 100 structs"):
        within(service, many)
    assert within(service, many[1:]) == [[3]] * CALLS


@pytest.mark.parametrize("size", [LIMITS.size, 10_000_000])
def test_too_long(service: Handle, size: int) -> None:
    """The client that sends all before it listens still reads why."""
    status, content = post(service.address, call("x" * size))
    assert status == 413
    assert content.decode() == ("413 Content Too Large\nA call may have 262\N{NO-BREAK SPACE}144 bytes here.\n")


def test_as_long_as_it_may_be(service: Handle) -> None:
    room = LIMITS.size - len(call(""))
    status, content = post(service.address, call("x" * room))
    assert (status, xmlrpc.client.loads(content)[0][0]) == (200, "x" * room)


def test_too_long_in_chunks(service: Handle) -> None:
    connection = http.client.HTTPConnection(*service.address, timeout=LIMIT)
    connection.request("POST", "/RPC2", iter([b"x" * 100_000] * 5), {"Content-Type": "text/xml"}, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize(
    ("header", "path", "status", "why"),
    [
        ({"Content_Type": "text/plain"}, "/RPC2", 415, "A call has the Content-Type text/xml."),
        ({"Content_Type": "application/x-www-form-urlencoded"}, "/", 415, "A call has the Content-Type text/xml."),
        ({"Content_Encoding": "gzip"}, "/RPC2", 415, "A call is not compressed here."),
        ({}, "/RPC3", 404, "XML-RPC is at /RPC2."),
    ],
)
def test_what_is_no_call(
    service: Handle, header: dict[str, str], path: str, status: int, why: str, capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    found, content = post(service.address, call(), path, **header)
    assert capfd.readouterr() == ("", "") and caplog.records == []  # a server never prints
    assert (found, content.decode().splitlines()[1]) == (status, why)


@pytest.mark.parametrize("path", ["/RPC2", "/nowhere"])
def test_another_method(service: Handle, path: str) -> None:
    connection = http.client.HTTPConnection(*service.address, timeout=LIMIT)
    connection.request("GET", path)
    response = connection.getresponse()
    assert response.status == (405 if path == "/RPC2" else 404)
    assert response.getheader("Allow") == ("POST" if path == "/RPC2" else None)
    response.read()
    connection.close()


HEAD = b"POST /RPC2 HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml\r\n"


@pytest.mark.parametrize("length", [b"-5", b"many", b"1e3", b"5, 6", b"99999999999999999999"])
def test_a_content_length_that_is_none(service: Handle, length: bytes) -> None:
    said = raw(service.address, HEAD + b"Content-Length: " + length + b"\r\n\r\n" + call().encode(), half_close=True)
    assert said.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 "))


def test_a_content_length_that_is_too_small(service: Handle) -> None:
    xml = call().encode()
    said = raw(service.address, HEAD + b"Content-Length: 50\r\nConnection: close\r\n\r\n" + xml, half_close=True)
    assert b"not well-formed XML" in said


def test_a_content_length_that_is_too_large_and_a_client_that_goes_away(service: Handle) -> None:
    with connect(service.address) as sock:
        sock.sendall(HEAD + b"Content-Length: 5000\r\n\r\n" + call().encode())
    with connect(service.address) as sock:
        sock.sendall(HEAD[:30])
    assert post(service.address, call("<int>1</int>"))[0] == 200
    assert all(talk.ending is not Ending.OPEN for talk in service.conversations)


def test_a_client_that_goes_away_before_its_answer(service: Handle) -> None:
    xml = call("x" * 200_000).encode()
    for _n in range(5):
        with connect(service.address) as sock:
            sock.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(xml) + xml)
    assert post(service.address, call("<int>1</int>"))[0] == 200


def test_a_call_that_never_returns(service: Handle) -> None:
    """The client's limit ends it: the stdlib's has none of its own."""

    class Patient(xmlrpc.client.Transport):
        def make_connection(self, host: Any) -> Any:
            connection = super().make_connection(host)
            connection.timeout = 0.2
            return connection

    with service.faults.set(toward="client", swallow=True), pytest.raises(TimeoutError):
        xmlrpc.client.ServerProxy(f"http://{service.address}", transport=Patient()).add(1, 3)
