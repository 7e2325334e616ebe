"""The guarded service, as clients see it."""

from __future__ import annotations

import subprocess
import xmlrpc.client
from datetime import datetime
from typing import Any

import pytest

import netkit
from netkit.servers.handle import Handle
from netkit.wire.conversation import Ending
from tests.programs import program
from tests.xmlrpc.talk import LIMIT, call, post

METHODS = [
    "add", "echo", "pow", "system.listMethods", "system.methodHelp", "system.methodSignature", "system.multicall",
]  # fmt: skip


def proxy(service: Handle, **options: Any) -> xmlrpc.client.ServerProxy:
    return xmlrpc.client.ServerProxy(f"http://{service.address}", allow_none=True, use_builtin_types=True, **options)


def test_its_functions(service: Handle) -> None:
    with proxy(service) as server:
        assert server.add(1, 3) == 4
        assert server.add(0.5, -2) == -1.5
        assert server.pow(2, 10) == 1024
        assert server.pow(2, -1) == 0.5
        assert server.pow(-2, 31) == -(2**31)


@pytest.mark.parametrize(
    "value",
    [1, -(2**31), 2.5, True, "Привет, <b>мир</b> & Co", "", datetime(2026, 1, 31, 14, 30), b"\0\xff", [1, [2, []]],
     {"a": {"b": [None]}, "": 0}, None],
)  # fmt: skip
def test_echo_gives_back_every_type(service: Handle, value: Any) -> None:
    with proxy(service) as server:
        back = server.echo(value)
    assert back == value and type(back) is type(value)


def test_it_tells_about_itself(service: Handle) -> None:
    with proxy(service) as server:
        assert server.system.listMethods() == METHODS
        for name in METHODS:
            assert server.system.methodHelp(name)
            assert all(isinstance(kind, str) for kinds in server.system.methodSignature(name) for kind in kinds)
        assert server.system.methodHelp("add") == "add(x, y): the sum of two numbers"
        assert server.system.methodSignature("add") == [["int", "int", "int"], ["double", "double", "double"]]


def test_many_calls_in_one_exchange(service: Handle) -> None:
    with proxy(service) as server:
        calls = xmlrpc.client.MultiCall(server)
        calls.add(1, 2)
        calls.nothing()
        calls.pow(2, 3)
        result = calls()
        assert (result[0], result[2]) == (3, 8)
        with pytest.raises(xmlrpc.client.Fault, match="There is no method 'nothing'"):
            result[1]
    (shown,) = netkit.calls(service).found
    assert shown.exchange.complete


def test_one_connection_for_all_calls(service: Handle) -> None:
    with proxy(service) as server:
        for n in range(5):
            assert server.add(n, 1) == n + 1
    (talk,) = service.conversations
    assert talk.ending is Ending.CLOSED


@pytest.mark.parametrize("path", ["/", "/RPC2"])
def test_its_paths(service: Handle, path: str) -> None:
    status, content = post(service.address, call("<int>7</int>"), path)
    assert (status, xmlrpc.client.loads(content)) == (200, ((7,), None))


def test_asking_for_it_again_gives_the_same() -> None:
    try:
        assert netkit.xmlrpc() is netkit.xmlrpc()
        with xmlrpc.client.ServerProxy(f"http://{netkit.xmlrpc().address}") as server:
            assert server.add(1, 3) == 4
    finally:
        netkit.xmlrpc().stop()


SCRIPT = """
const [url, body] = process.argv.slice(1);
const answer = await fetch(url, {method: "POST", headers: {"Content-Type": "text/xml"}, body});
console.log(await answer.text());
"""


def test_another_language(service: Handle) -> None:
    node = program("node", "nodejs")
    xml = call("<int>1</int>", "<int>3</int>", method="add")
    command = [node, "--input-type=module", "-e", SCRIPT, f"http://{service.address}/RPC2", xml]
    done = subprocess.run(command, capture_output=True, timeout=3 * LIMIT, check=True)
    assert xmlrpc.client.loads(done.stdout.strip()) == ((4,), None)
