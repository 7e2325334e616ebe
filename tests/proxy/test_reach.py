"""The proxy asks netkit's servers, and nobody else in the world: every other spelling is refused in words."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from netkit.servers.mail.post import Mail
from netkit.servers.process import LearnerServer
from netkit.servers.proxy.forward import Proxy
from netkit.servers.web.site import Web
from netkit.wire.source import sources
from netkit.wire.tap import Tap
from tests.proxy.talk import Between
from tests.servers.programs import PALINDROME
from tests.web.talk import Answer, answers, connect, raw
from tests.wire.peers import read


def say(proxy: Proxy, line: str, *fields: str) -> Answer:
    """The one answer to a request line."""
    head = "\r\n".join((line, "Host: h", *fields, "Connection: close", "", "")).encode("latin-1")
    (answer,) = answers(raw(proxy, head), [line.partition(" ")[0]])
    return answer


@pytest.fixture
def foreign() -> Iterator[tuple[int, Any]]:
    """A listener on this machine that is no server of netkit's, and whether it was called."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)

        def called() -> bool:
            try:
                listener.accept()[0].close()
            except BlockingIOError:
                return False
            return True

        yield listener.getsockname()[1], called


def test_a_server_of_this_machine_that_is_not_netkits(proxy: Proxy, foreign: tuple[int, Any]) -> None:
    port, called = foreign
    said = "403 Forbidden\nThis proxy asks servers of netkit only, those of this notebook: no server of netkit has run "
    for host in ("127.0.0.1", "localhost", "LocalHost.", "www.netkit.test"):
        for line in (f"GET http://{host}:{port}/ HTTP/1.1", f"CONNECT {host}:{port} HTTP/1.1"):
            answer = say(proxy, line)
            assert (answer.status, answer.text) == (403, said + "at that port.\n")
    assert not called()


HOSTS = (
    "example.org",
    "192.0.2.10",
    "10.0.0.1",
    "0.0.0.0",
    "127.0.0.2",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.01",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[0:0:0:0:0:0:0:1]",
    "127.0.0.1.example.org",
    "localhost.localdomain",
    "ip6-localhost",
    "127.0.0.%31",
    "%3127.0.0.1",
    "loc%61lhost",
    "localhost%00",
    "netkit.test",
    "ns.netkit.test",
    "x.www.netkit.test",
    "www.netkit.test.example.org",
    "\u00b9\u00b227.0.0.1",
    "l\u00f6calhost",
    "127.0.0.1,example.org",
    "127.0.0.1;x",
    "(localhost)",
    "-",
)


@pytest.mark.parametrize("host", HOSTS)
def test_other_hosts_and_other_spellings(proxy: Proxy, web: Web, host: str) -> None:
    said = "403 Forbidden\nThis proxy asks servers of netkit only, those of this notebook: not that host.\n"
    for line in (
        f"GET http://{host}:{web.http.address.port}/ip HTTP/1.1",
        f"CONNECT {host}:{web.http.address.port} HTTP/1.1",
    ):
        answer = say(proxy, line)
        assert (answer.status, answer.text) == (403, said), line
    assert web.http.recorded == 0


@pytest.mark.parametrize(
    "target",
    [
        "http://",
        "http:///",
        "http://:80/",
        "http://u@127.0.0.1:1/",
        "http://u:p@127.0.0.1/",
        "http://127.0.0.1:/x:y@z",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:65536/",
        "http://127.0.0.1:999999/",
        "http://127.0.0.1:-1/",
        "http://127.0.0.1:80:80/",
        "http://[::1/",
        "http://a\\b/",
        "/",
        "/get",
        "*",
        "127.0.0.1:80",
        "www.netkit.test",
        "http:/127.0.0.1/",
        "http:127.0.0.1",
        "://x/",
        "http://127.0.0.1/#x",
        "http://x y/",
    ],
)
def test_targets_that_are_none(proxy: Proxy, target: str) -> None:
    assert say(proxy, f"GET {target} HTTP/1.1").status in (400, 403)


@pytest.mark.parametrize(
    "target", ["127.0.0.1", "127.0.0.1:", "http://127.0.0.1:80", "/", ":80", "127.0.0.1:x", "127.0.0.1:0"]
)
def test_connect_wants_host_and_port(proxy: Proxy, target: str) -> None:
    answer = say(proxy, f"CONNECT {target} HTTP/1.1")
    assert (answer.status, answer.text) == (400, "400 Bad Request\nThe target names a server as host:port.\n")


@pytest.mark.parametrize(
    ("scheme", "why"), [("https", "ask with CONNECT"), ("ftp", "no ftp servers, only http"), ("gopher", "no gopher")]
)
def test_other_schemes(proxy: Proxy, scheme: str, why: str) -> None:
    answer = say(proxy, f"GET {scheme}://127.0.0.1/ HTTP/1.1")
    assert answer.status == 501 and why in answer.text


def test_names_of_the_zone_are_the_servers_that_run(proxy: Proxy) -> None:
    answer = say(proxy, "GET http://www.netkit.test/ip HTTP/1.1")
    assert (answer.status, answer.text) == (502, "502 Bad Gateway\nThat server of netkit does not run.\n")
    with Web() as web:
        for host in (
            "www.netkit.test",
            "WWW.netkit.test.",
            "python.netkit.test",
            f"www.netkit.test:{web.http.address.port}",
        ):
            answer = say(proxy, f"GET http://{host}/get HTTP/1.1")
            assert answer.status == 200 and answer.json["headers"]["Host"].lower() == host.lower()
        assert say(proxy, "GET http://mail.netkit.test/ HTTP/1.1").status == 403
    answer = say(proxy, f"GET {web.url}/ip HTTP/1.1")
    assert (answer.status, answer.text) == (502, "502 Bad Gateway\nThat server of netkit does not run.\n")


def test_a_name_of_the_zone_is_no_other_server_of_that_name(proxy: Proxy, between: Between) -> None:
    with Tap(between.wire.tap.address, name="http", protocol="http"):
        assert say(proxy, "GET http://www.netkit.test/ HTTP/1.1").status == 502
    assert between.no_one_called()


def test_a_name_for_mail_through_a_tunnel(proxy: Proxy) -> None:
    with Mail() as mail, connect(proxy) as sock:
        sock.sendall(b"CONNECT mail.netkit.test:25 HTTP/1.1\r\nHost: mail.netkit.test:25\r\n\r\n")
        assert read(sock, 39) == b"HTTP/1.1 200 Connection established\r\n\r\n"
        assert read(sock, 4) == b"220 "
        assert mail.smtp.recorded == 1


def test_a_learners_server_behind_its_tap_but_not_past_it(proxy: Proxy) -> None:
    server = LearnerServer("palindrome", "text")
    server.run(PALINDROME)
    try:
        with connect(proxy) as sock:
            sock.sendall(f"CONNECT {server.address} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
            assert read(sock, 39).startswith(b"HTTP/1.1 200 ")
            sock.sendall(b"abc")
            assert read(sock, 3) == b"cba"
        assert say(proxy, f"CONNECT {server.own_address} HTTP/1.1").status == 403
    finally:
        server.stop()


def test_a_loop(proxy: Proxy, web: Web) -> None:
    for line in (
        f"GET {proxy.url}/ HTTP/1.1",
        f"CONNECT {proxy.address} HTTP/1.1",
        f"GET http://localhost:{proxy.address.port}/ HTTP/1.1",
    ):
        answer = say(proxy, line)
        assert (answer.status, answer.text) == (508, "508 Loop Detected\nThe proxy would ask itself.\n")
    for via in ("1.1 netkit", "1.0 fred, 1.1 NETKIT (x)", "HTTP/1.1 netkit"):
        answer = say(proxy, f"GET {web.url}/ip HTTP/1.1", f"Via: {via}")
        assert answer.status == 508 and "This request has been here before" in answer.text
    assert say(proxy, f"GET {web.url}/ip HTTP/1.1", "Via: 1.1 netkit.example, 1.1 fred (netkit)").status == 200
    with Tap(proxy.address, name="in front", protocol="http") as tap:
        assert say(proxy, f"GET http://{tap.address}/ HTTP/1.1").status == 508
    assert proxy.recorded == 9  # one of them its own, by way of the tap


def test_two_proxies_do_not_chain(proxy: Proxy) -> None:
    with Proxy() as other:
        assert say(proxy, f"GET {other.url}/ HTTP/1.1").status == 508


def test_the_taps_of_this_process(between: Between) -> None:
    assert [source for source in sources() if source.address == between.wire.tap.address] == [between.wire.tap]


@pytest.mark.parametrize("port", ["0", "65536", "99999"])
def test_ports_that_there_are_not(proxy: Proxy, port: str) -> None:
    assert say(proxy, f"GET http://127.0.0.1:{port}/ HTTP/1.1").status == 400
    assert say(proxy, f"CONNECT 127.0.0.1:{port} HTTP/1.1").status == 400
