"""One proxy in a process: start, stop, quiet, and nothing left over."""

from __future__ import annotations

import asyncio
import gc
import http.client
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import netkit
from netkit.servers import local
from netkit.servers.handle import Handle
from netkit.servers.proxy.door import Door, Session
from netkit.servers.proxy.exchange import Exchange
from netkit.servers.proxy.forward import Proxy
from netkit.servers.web.site import Web
from netkit.wire import background, speakers
from netkit.wire.address import Address
from netkit.wire.conversation import Ending, Kind
from netkit.wire.joined import join
from tests.proxy.talk import Between, head_of
from tests.web.talk import connect
from tests.wire.peers import LIMIT, Wire, open_files, read_all, until

ROOT = Path(__file__).parents[2]


def fresh_process(source: str) -> tuple[str, str]:
    """What a new Python prints, and what it complains of."""
    made = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, timeout=30)
    return made.stdout, made.stderr


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No server from other tests, and none left."""
    servers: dict[str, Handle] = {}
    monkeypatch.setattr(local, "_handles", servers)
    yield
    for server in servers.values():
        server.stop()


def fetched(proxy: Proxy, url: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy.url}))
    with opener.open(url, timeout=LIMIT) as page:
        return int(page.status)


def test_there_is_one_and_it_stays_where_it_is(fresh: None) -> None:
    proxy, web = netkit.proxy(), netkit.web()
    assert netkit.proxy() is proxy and proxy.running
    assert (proxy.name, proxy.protocol, proxy.transport) == ("proxy", "http", "tcp")
    url = proxy.url
    assert url == "http://{}:{}".format(*proxy)
    assert fetched(proxy, web.url + "/get") == 200
    proxy.stop()
    proxy.stop()
    assert not proxy.running
    with pytest.raises(OSError, match="refused"):
        fetched(proxy, web.url + "/get")
    assert netkit.proxy().start() is proxy and proxy.running and proxy.url == url
    assert fetched(proxy, web.url + "/get") == 200


def test_its_text_is_the_same_each_time() -> None:
    told = []
    for _again in range(2):
        with Proxy() as proxy, Web() as web:
            assert fetched(proxy, "http://www.netkit.test/ip") == 200
            assert web.http.recorded == 1
            until(lambda: proxy.conversations[-1].ending is Ending.CLOSED)
            told.append(repr(proxy))
    # Both ends close when the response is there; which of them is the quicker one, nobody knows.
    dated = [[line for line in text.splitlines() if "Date" not in line and "FIN" not in line] for text in told]
    assert dated[0] == dated[1] and "GET http://www.netkit.test/ip HTTP/1.1" in told[0]


def test_both_hops_on_one_ladder(between: Between) -> None:
    server = between.get()
    head_of(server)
    server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    assert head_of(between.client).endswith(b"\r\n\r\n")
    picture = netkit.ladder(between.wire.tap.conversations[-1], between.proxy)
    assert picture.lifelines == ["client", "proxy (server)", "origin (server)"]
    ways = [(arrow.source, arrow.target) for arrow in picture.arrows if arrow.kind is Kind.DATA]
    assert ways == [(0, 1), (1, 2), (2, 1), (1, 0)]


def test_only_what_the_proxy_asks_is_called_its_own(between: Between) -> None:
    for end in between.wire.connect():
        end.close()
    between.get()
    assert [talk.speaker for talk in between.wire.tap.conversations] == ["", "proxy"]


def test_a_call_that_nobody_takes_leaves_nothing_behind() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = Address(*closed.getsockname())
    files = open_files()
    with pytest.raises(ConnectionRefusedError):
        background.run(speakers.call(nobody, "proxy"))
    assert open_files() == files
    assert speakers._expected == {}


def test_importing_netkit_imports_none_of_it() -> None:
    source = (
        "import netkit, sys; netkit.proxy(); print([n for n in ('tornado', 'trustme', 'dnslib') if n in sys.modules])"
    )
    assert fresh_process(source) == ("[]\n", "")


@pytest.mark.parametrize("root", ["warning", "debug"])
def test_nothing_is_printed_or_logged(root: str) -> None:
    source = (
        "import netkit, logging, socket\n"
        f"logging.basicConfig(level=logging.DEBUG) if {root == 'debug'} else None\n"
        "logging.getLogger('asyncio').setLevel('INFO')\n"
        "web, proxy = netkit.web(), netkit.proxy()\n"
        "def say(data, wait):\n"
        "    with socket.create_connection(proxy.address) as s:\n"
        "        try: s.sendall(data), wait and s.shutdown(socket.SHUT_WR), wait and s.recv(10)\n"
        "        except OSError: pass\n"
        "get = 'GET %s HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n'\n"
        "tunnel = f'CONNECT {web.https.address} HTTP/1.1\\r\\nHost: h\\r\\n\\r\\nhello'\n"
        "for data in ('', 'WHAT', 'WHAT\\r\\n\\r\\n', get % 'http://x/', get % (web.url + '/delay/5'), tunnel,\n"
        "    get % (web.url + '/truncated/99'), get % (web.url + '/file/9999999')):\n"
        "    say(data.encode(), True)\n"
        "    say(data.encode(), False)\n"
        "left = [socket.create_connection(proxy.address) for _n in range(2)]\n"
        "left[0].sendall((get % (web.url + '/drip?duration=50')).encode())\n"
        "left[1].sendall(tunnel.encode())\n"
        "print(list(netkit.wire.background.problems))\n"
    )
    assert fresh_process(source) == ("[]\n", "")


def test_a_mistake_of_our_own_is_noted(between: Between, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "_check_credentials", None)
    between.send(b"GET %s/ HTTP/1.1")
    assert read_all(between.client)[0] == b""
    assert [text.partition("(")[0] for text in background.problems] == ["proxy: TypeError"]
    background.problems.clear()


def sessions() -> int:
    """How many connections are being served, and tunnels and bodies carried."""
    return sum("netkit/servers/proxy" in str(task.get_coro().cr_code) for task in asyncio.all_tasks())  # type: ignore[union-attr]


def test_a_stop_ends_what_is_going_on(proxy: Proxy) -> None:
    with Wire() as wire:
        talks = [Between(proxy, wire) for _n in range(4)]
        servers = [talks[0].get()]
        talks[1].send(b"POST %s/ HTTP/1.1", b"Content-Length: 99")
        servers.append(talks[1].accept())
        talks[2].client.sendall(b"CONNECT " + talks[2].at + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        servers.append(talks[2].accept())
        until(lambda: background.call(sessions) == 8)  # four connections, a body and its answer, a tunnel's two ways
        proxy.stop()
        until(lambda: background.call(sessions) == 0, 3)  # a timeout alone would take ten seconds
        for server in servers:
            assert read_all(server)[1] == "FIN"
        for talk in talks:
            talk.__exit__(None, None, None)


def test_20_starts_and_stops_with_live_connections_leak_nothing() -> None:
    background.problems.clear()

    def once() -> None:
        with Wire() as wire:
            with Proxy() as proxy, Web() as web:
                client = http.client.HTTPConnection(*proxy, timeout=LIMIT)
                client.request("POST", web.url + "/post", b"x" * 1000)
                assert client.getresponse().read()
                live = [Between(proxy, wire) for _n in range(3)]
                live[0].get()
                live[1].client.sendall(b"CONNECT " + live[1].at + b" HTTP/1.1\r\nHost: x\r\n\r\n")
                live[1].accept()
                until(lambda: len(proxy.tap.links) == 4)
            for each in (client, *(talk.client for talk in live)):
                each.close()
            for talk in live:
                talk.__exit__(None, None, None)
        until(lambda: background.call(sessions) == 0)

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


def test_a_connection_that_is_over_is_forgotten(proxy: Proxy, web: Web) -> None:
    for target in ("/get", "/file/100000", "/stream/3", "/delay/0.01") * 3:
        assert fetched(proxy, web.url + target) == 200
    until(lambda: not proxy.tap.links and not web.http.tap.links)
    until(lambda: background.call(sessions) == 0)
    gc.collect()
    assert [each for each in gc.get_objects() if isinstance(each, (Session, Exchange))] == []


def test_200_clients_at_once(proxy: Proxy, web: Web) -> None:
    socks = [connect(proxy) for _n in range(200)]
    for n, sock in enumerate(socks):
        sock.sendall(f"GET {web.url}/anything?n={n} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
    for n, sock in enumerate(socks):
        response = http.client.HTTPResponse(sock)
        response.begin()
        assert f'"n": "{n}"'.encode() in response.read()
        sock.close()


def test_an_exit_with_live_connections_is_at_once() -> None:
    source = (
        "import netkit, socket, time\n"
        "web, proxy = netkit.web(), netkit.proxy()\n"
        "socks = [socket.create_connection(proxy.address) for _n in range(3)]\n"
        "for sock, target in zip(socks, ('/delay/10', '/drip?duration=60')):\n"
        "    sock.sendall(f'GET {web.url}{target} HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n'.encode())\n"
        "socks[2].sendall(f'CONNECT {web.https.address} HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n'.encode())\n"
        "socks[2].recv(10)\n"
        "print(int(time.time() * 1000))\n"
    )
    out, err = fresh_process(source)
    assert err == "" and time.time() * 1000 - int(out) < 3000


def test_a_connection_whose_task_never_begins_is_closed(proxy: Proxy) -> None:
    """Its task is what closes it; a task that is cancelled before its first step does nothing."""
    closed: list[asyncio.BaseTransport] = []

    class Recorded(Door):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            closed.append(made[0])

    made: list[asyncio.Transport] = []

    class Client(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            made.append(transport)  # type: ignore[arg-type]

    async def work() -> None:
        join(asyncio.get_running_loop(), Recorded(proxy, lambda task: task.cancel()), Client(), {})
        await asyncio.sleep(0)
        made[0].close()

    background.run(work())
    until(lambda: bool(closed))
