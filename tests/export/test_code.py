"""A recorded request as a program: what it sends is what was recorded. The programs are run."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from netkit.errors import BadInput
from netkit.export.code import curl, python
from netkit.export.exchanges import exchanges, last_request
from netkit.protocols.http_exchanges import Request
from netkit.wire.tap import Tap
from tests.builders import client, conversation
from tests.export.web import tapped_web

# What a client works out itself, or what it adds where nothing is said.
OWN = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding"}

REQUESTS: dict[str, tuple[str, str, bytes | None, dict[str, str]]] = {
    "plain": ("GET", "/", None, {}),
    "query": ("GET", "/find?q=%D0%BF+a&b=[1]{2}&c='\"$HOME`id`\\!", None, {"Cookie": "a=1; b='2'"}),
    "dots": ("GET", "/a/../b//c", None, {"Accept": "*/*", "User-Agent": "x/1", "X-Empty": ""}),
    "head": ("HEAD", "/", None, {"Range": "bytes=0-9"}),
    "form": ("POST", "/", b"name=Ivan&x=%D0%98", {"Content-Type": "application/x-www-form-urlencoded"}),
    "at": ("POST", "/", b"@/etc/passwd\r\n'quoted' $x\n\n", {"Content-Type": "text/plain"}),
    "no type": ("PUT", "/file", "привет".encode(), {"Content-Type": "", "Authorization": "Basic YTpi"}),
    "binary": ("POST", "/", bytes(range(256)), {"Content-Type": "application/octet-stream"}),
    "large": ("POST", "/", b"x" * 200_000, {"Content-Type": "text/plain"}),
    "delete": ("DELETE", "/a", None, {"If-Match": '"v1"'}),
    "own method": ("BREW", "/404", None, {"X-Any": "\xd0\xbf"}),
    "chunked": ("POST", "/", b"5\r\nhello\r\n0\r\n\r\n",
                {"Transfer-Encoding": "chunked", "Content-Type": "text/plain"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def web() -> Iterator[Tap]:
    with tapped_web() as tap:
        yield tap


def sent(web: Tap, name: str) -> Request:
    """Send a request by hand, and have it as it was recorded."""
    method, target, content, fields = REQUESTS[name]
    connection = http.client.HTTPConnection(*web.address, timeout=10)
    connection.putrequest(method, target, skip_accept_encoding=True)
    for key, value in fields.items():
        connection.putheader(key, value)
    if content is not None and "Transfer-Encoding" not in fields:
        connection.putheader("Content-Length", str(len(content)))
    connection.endheaders(content)
    if "Transfer-Encoding" not in fields:  # http.server does not read chunks
        connection.getresponse().read()
    connection.close()
    return last_request(web)


def meant(request: Request) -> tuple[str, str, bytes, dict[str, str]]:
    """What a request says, however it is written."""
    fields = {name.lower(): value for name, value in request.fields if name.lower() not in OWN}
    return request.method, request.target, request.content, fields


def environment() -> dict[str, str]:
    """With a proxy that nobody can reach: a program for this machine must not ask it."""
    return {**os.environ, "http_proxy": "http://127.0.0.1:9"}


@pytest.mark.parametrize("name", REQUESTS)
def test_curl_sends_the_same(web: Tap, name: str) -> None:
    recorded = sent(web, name)
    count = web.recorded
    done = subprocess.run(
        ["bash"], input=curl(recorded).encode(), capture_output=True, timeout=30, env=environment(), check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert web.recorded == count + 1
    assert meant(last_request(web)) == meant(recorded)


@pytest.mark.parametrize("name", [name for name in REQUESTS if name not in ("dots", "plain")])
def test_python_sends_the_same(web: Tap, name: str) -> None:
    recorded = sent(web, name)
    count = web.recorded
    done = subprocess.run(
        [sys.executable, "-"],
        input=python(recorded).encode(),
        capture_output=True,
        timeout=30,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert web.recorded == count + 1
    now, before = meant(last_request(web)), meant(recorded)
    assert now[3].pop("user-agent") == f"Python-urllib/{sys.version_info.major}.{sys.version_info.minor}"
    assert now == before


def test_what_a_command_line_looks_like() -> None:
    talk = conversation(
        client("POST /a?b=1&c HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nX-Name: it's\r\nContent-Length: 5\r\n\r\nq=\n\t1"),
        protocol="http",
    )
    assert curl(talk) == (
        "curl --globoff --path-as-is --include --noproxy '*' --header 'X-Name: it'\"'\"'s' --header User-Agent: "
        "--header Accept: --header Content-Type: --header Expect: --data-raw 'q=\n\t1' 'http://127.0.0.1:8000/a?b=1&c'"
    )


def test_what_a_program_looks_like() -> None:
    talk = conversation(client("GET /a HTTP/1.1\r\nHost: www.example.org\r\nX-A: 1\r\nx-a: 2\r\n\r\n"), protocol="http")
    assert python(exchanges(talk)[0]) == (
        "import urllib.error\n"
        "import urllib.request\n"
        "\n"
        "request = urllib.request.Request(\n"
        "    'http://www.example.org/a',\n"
        "    headers={\n"
        "        'X-A': '1, 2',\n"
        "    },\n"
        "    method='GET',\n"
        ")\n"
        "opener = urllib.request.build_opener()\n"
        "try:\n"
        "    response = opener.open(request, timeout=10)\n"
        "except urllib.error.HTTPError as problem:\n"
        "    response = problem\n"
        "with response:\n"
        "    print(response.status, response.reason)\n"
        "    print(response.read())\n"
    )


def test_options_for_the_whole_server(web: Tap) -> None:
    talk = conversation(client(f"OPTIONS * HTTP/1.1\r\nHost: {web.address}\r\n\r\n"), protocol="http")
    subprocess.run(["bash", "-c", curl(talk)], capture_output=True, timeout=30, check=True, env=environment())
    assert meant(last_request(web)) == ("OPTIONS", "*", b"", {})


@pytest.mark.parametrize("make", [curl, python])
def test_what_cannot_be_sent(make: object) -> None:
    connect = conversation(client("CONNECT a:443 HTTP/1.1\r\n\r\n"))
    with pytest.raises(BadInput, match="CONNECT asks for a tunnel, not for a resource"):
        make(connect)  # type: ignore[operator]
    for nothing in (conversation(), conversation(client("HELO\r\n"))):
        with pytest.raises(BadInput, match="There is no HTTP request in it"):
            make(nothing)  # type: ignore[operator]
    with pytest.raises(BadInput, match="Give a server or its conversations"):
        make(5)  # type: ignore[operator]


def test_cookies_in_several_lines() -> None:
    talk = conversation(client("GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n"), protocol="http")
    assert "'Cookie': 'a=1; b=2'," in python(talk)
