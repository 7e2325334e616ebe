"""Calls by hand, and XML that means no good."""

from __future__ import annotations

import http.client
import xmlrpc.client
from collections.abc import Iterable
from typing import Any

from netkit.wire.conversation import Conversation
from tests.builders import client, conversation, fin, server

LIMIT = 10.0  # seconds that a test waits for anything


def post(address: Iterable[Any], xml: str | bytes, path: str = "/RPC2", **header: str) -> tuple[int, bytes]:
    """Send this content, and give status and content of the answer; the fields' names with _ for -."""
    fields = {"Content-Type": "text/xml"} | {name.replace("_", "-"): value for name, value in header.items()}
    connection = http.client.HTTPConnection(*address, timeout=LIMIT)
    try:
        connection.request("POST", path, xml.encode() if isinstance(xml, str) else xml, fields)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def fault(answer: tuple[int, bytes]) -> tuple[int, str]:
    """Code and text of the fault that came back."""
    status, content = answer
    assert status == 200, answer
    try:
        returned = xmlrpc.client.loads(content)
    except xmlrpc.client.Fault as problem:
        return problem.faultCode, problem.faultString
    raise AssertionError(f"no fault, but {returned}")


def call(*values: str, method: str = "echo") -> str:
    """A call with these parameters, each the XML of a <value>."""
    params = "".join(f"<param><value>{value}</value></param>" for value in values)
    return f"<?xml version='1.0'?><methodCall><methodName>{method}</methodName><params>{params}</params></methodCall>"


def laughs(levels: int) -> str:
    """A billion laughs for nine levels: each entity is ten of the one before."""
    entities = '<!ENTITY x0 "!">'
    for n in range(1, levels + 1):
        entities += f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">'
    return f"<!DOCTYPE methodCall [{entities}]>" + call(f"&x{levels};").partition("?>")[2]


def quadratic(size: int, times: int) -> str:
    """One long entity, many times."""
    entity = f'<!ENTITY x "{"!" * size}">'
    return f"<!DOCTYPE methodCall [{entity}]>" + call("&x;" * times).partition("?>")[2]


EXTERNAL = '<!DOCTYPE methodCall [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + call("&x;").partition("?>")[2]


def nested(depth: int) -> str:
    """Arrays in arrays."""
    return call("<array><data><value>" * depth + "</value></data></array>" * depth)


def talk(request: str | bytes, response: str | bytes | None = None, kind: str = "text/xml") -> Conversation:
    """A conversation of one exchange over HTTP, with these contents."""
    sent = request.encode() if isinstance(request, str) else request
    head = f"POST /RPC2 HTTP/1.1\r\nHost: h\r\nContent-Type: {kind}\r\nContent-Length: {len(sent)}\r\n\r\n"
    steps = [client(head.encode() + sent)]
    if response is not None:
        came = response.encode() if isinstance(response, str) else response
        back = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(came)}\r\n\r\n"
        steps.append(server(back.encode() + came))
    return conversation(*steps, fin("client"), fin("server"), name="calc", protocol="http")
