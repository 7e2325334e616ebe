"""One web site in a process: start, stop, quiet, and nothing left over."""

from __future__ import annotations

import gc
import http.client
import json
import logging
import subprocess
import sys
import threading
import tracemalloc
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import netkit
from netkit.errors import ServerError
from netkit.servers import local, tls
from netkit.servers.web.handler import Page
from netkit.servers.web.site import Web
from netkit.servers.web.stream import Strict
from netkit.wire import background
from tests.web.talk import ask, connect
from tests.wire.peers import LIMIT, open_files, until

ROOT = Path(__file__).parents[2]


def fresh_process(source: str) -> tuple[str, str]:
    """What a new Python prints, and what it complains of."""
    made = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, timeout=30)
    return made.stdout, made.stderr


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No server from other tests, and none left."""
    servers: dict[str, Web] = {}
    monkeypatch.setattr(local, "_handles", servers)
    yield
    for server in servers.values():
        server.stop()


def test_there_is_one_and_it_stays_where_it_is(fresh: None) -> None:
    web = netkit.web()
    assert netkit.web() is web and web.running
    url, secure = web.url, web.secure_url
    assert [(door.name, door.protocol) for door in web.doors] == [("http", "http"), ("https", "http")]
    assert ask(web, "/get").status == 200
    web.stop()
    web.stop()
    assert not web.running
    with pytest.raises(ConnectionRefusedError):
        ask(web, "/get")
    assert netkit.web() is web and web.running
    assert (web.url, web.secure_url) == (url, secure)
    assert ask(web, "/get").status == 200


def test_its_text_says_where_it_is(web: Web) -> None:
    assert repr(web).splitlines() == [f"HTTP        {web.url}", f"HTTP + TLS  {web.secure_url}"]
    assert web.url == "http://{}:{}".format(*web.http) and web.secure_url == "https://{}:{}".format(*web.https)
    assert web.users["student"] == "secretword"


def test_importing_netkit_imports_none_of_it() -> None:
    source = "import netkit, sys; print([n for n in ('tornado', 'trustme', 'ssl') if n in sys.modules])"
    assert fresh_process(source) == ("[]\n", "")


def test_the_authority_is_made_when_it_is_needed() -> None:
    source = (
        "import netkit, sys, urllib.request\n"
        "web = netkit.web()\n"
        "urllib.request.build_opener(urllib.request.ProxyHandler({})).open(web.url + '/get').read()\n"
        "print('trustme' in sys.modules)\n"
        "web.context\n"
        "print('trustme' in sys.modules)\n"
    )
    assert fresh_process(source) == ("False\nTrue\n", "")


def test_a_disk_that_is_full(web: Web, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    tls.server_context.cache_clear()
    with pytest.raises(ServerError, match=r"^The certificate for TLS could not be made: .*No such file or directory"):
        _ = web.context
    with pytest.raises(ConnectionResetError), connect(web.https) as sock:
        assert not sock.recv(1)
    monkeypatch.undo()
    with urllib.request.urlopen(web.secure_url + "/ip", context=web.context, timeout=LIMIT) as page:
        assert page.status == 200


@pytest.mark.parametrize("root", ["warning", "debug"])
def test_nothing_is_printed_or_logged(root: str) -> None:
    source = (
        "import netkit, logging, socket, urllib.request, urllib.error\n"
        f"logging.basicConfig(level=logging.DEBUG) if {root == 'debug'} else None\n"
        "logging.getLogger('asyncio').setLevel('INFO')\n"
        "web = netkit.web()\n"
        "def say(door, data):\n"
        "    with socket.create_connection(door.address) as s:\n"
        "        try: s.sendall(data), s.shutdown(socket.SHUT_WR), s.recv(10)\n"
        "        except OSError: pass\n"  # it hung up at the first bytes
        "get = b'GET %s HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n'\n"
        "for data in (b'', b'WHAT', b'WHAT\\r\\n\\r\\n', get % b'/' * 50, get % b'/status/500', get % b'/delay/5',\n"
        "    get % b'/file/9999999', b'POST /post HTTP/1.0\\r\\nContent-Length: 9\\r\\n\\r\\n'):\n"
        "    say(web.http, data)\n"
        "    say(web.https, data)\n"
        "try: urllib.request.urlopen(web.secure_url)\n"
        "except urllib.error.URLError: pass\n"
        "urllib.request.urlopen(web.secure_url + '/get', context=web.context).read()\n"
        "left = socket.create_connection(web.http.address)\n"
        "left.sendall(b'GET /drip?duration=50 HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n')\n"
        "print(list(netkit.wire.background.problems))\n"
    )
    assert fresh_process(source) == ("[]\n", "")


def test_the_kernels_own_tornado_logs_as_before(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("tornado.general", "tornado.application", "tornado.access"):
        assert not logging.getLogger(name).disabled
        logging.getLogger(name).warning("from the kernel")
    assert len(caplog.records) == 3


def test_what_tornado_complains_of_on_our_thread_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    background.problems.clear()
    for name in ("tornado.general", "tornado.application"):
        background.call(lambda name=name: logging.getLogger(name).error("%s is wrong", "all"))
        background.call(lambda name=name: logging.getLogger(name).warning("somewhat wrong"))
    assert list(background.problems) == ["tornado.general: 'all is wrong'", "tornado.application: 'all is wrong'"]
    background.problems.clear()
    assert caplog.records == []


def test_a_mistake_of_our_own_is_noted_and_answered(
    web: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from netkit.servers.web import inspection

    monkeypatch.setattr(inspection, "GET", "nothing_of_the_kind")
    answer = ask(web, "/get")
    assert answer.status == 500 and "could not be answered" in answer.text
    assert list(background.problems) == ["web: KeyError('nothing_of_the_kind')"]
    background.problems.clear()
    assert caplog.records == []


def test_a_stop_ends_what_is_going_on(web: Web) -> None:
    socks = []
    for target in (b"/drip?duration=60", b"/delay/10", b"/file/1073741824", b"/file/10000?speed=10"):
        socks.append(connect(web.http))
        socks[-1].sendall(b"GET %s HTTP/1.1\r\nHost: h\r\n\r\n" % target)
    until(lambda: len(web.http.peek()) == 4 and web.http.peek()[2].from_server > 100_000)
    web.stop()
    until(lambda: background.call(_handlers) == 0, 3)  # the delay alone would take ten seconds
    for sock in socks:
        sock.close()


def _handlers() -> int:
    """How many requests are being answered: each has a task of tornado's."""
    import asyncio

    return sum("_execute" in repr(task.get_coro()) for task in asyncio.all_tasks())


def test_20_starts_and_stops_with_live_connections_leak_nothing() -> None:
    context = Web().context  # OpenSSL keeps a little for itself

    def once() -> None:
        with Web() as web:
            clients = [
                http.client.HTTPConnection(*web.http, timeout=LIMIT),
                http.client.HTTPSConnection(*web.https, timeout=LIMIT, context=context),
            ]
            for client in clients:
                client.request("GET", "/get")
                assert client.getresponse().read()
            idle = [connect(web.http), connect(web.https), connect(web.http)]
            idle[2].sendall(b"GET /drip?duration=60 HTTP/1.1\r\nHost: h\r\n\r\n")
            until(lambda: (len(web.http.tap.links), len(web.https.tap.links)) == (3, 2))
        for each in (*clients, *idle):
            each.close()
        until(lambda: background.call(_handlers) == 0)

    once()
    gc.collect()
    files, threads = open_files(), threading.active_count()
    tracemalloc.start()
    try:
        once()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _time in range(20):
            once()
        gc.collect()
        until(lambda: open_files() <= files)
        assert threading.active_count() == threads
        assert tracemalloc.get_traced_memory()[0] - before < 500_000
    finally:
        tracemalloc.stop()
    assert list(background.problems) == []


def test_a_connection_that_is_over_is_forgotten(web: Web) -> None:
    """Its stream, its handlers, and the timers that would have cut it off."""
    for target in ("/get", "/file/100000", "/stream/3", "/nowhere", "/delay/0.01") * 3:
        ask(web, target)
    until(lambda: not web.http.tap.links)
    gc.collect()
    assert [each for each in gc.get_objects() if isinstance(each, (Strict, Page))] == []


def test_200_clients_at_once(web: Web) -> None:
    socks = [connect(web.http) for _n in range(200)]
    for n, sock in enumerate(socks):
        sock.sendall(b"GET /anything?n=%d HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" % n)
    for n, sock in enumerate(socks):
        response = http.client.HTTPResponse(sock)
        response.begin()
        assert json.load(response)["args"] == {"n": str(n)}
        sock.close()


def test_an_exit_with_live_connections_is_at_once() -> None:
    source = (
        "import netkit, socket, time, urllib.request\n"
        "web = netkit.web()\n"
        "context = web.context\n"
        "socks = [socket.create_connection(web.http.address) for _n in range(4)]\n"
        "for sock, target in zip(socks, ('/delay/10', '/drip?duration=60', '/file/1073741824')):\n"
        "    sock.sendall(f'GET {target} HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n'.encode())\n"
        "while len(web.http.peek()) < 4 or web.http.peek()[2].from_server < 100_000: time.sleep(0.01)\n"
        "import atexit\n"
        "begun = time.monotonic()\n"
        "atexit.register(lambda: print(time.monotonic() - begun < 3))\n"
        "atexit.unregister(netkit.wire.background._exit)\n"
        "atexit.register(netkit.wire.background._exit)\n"
    )
    assert fresh_process(source) == ("True\n", "")
