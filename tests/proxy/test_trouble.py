"""What goes wrong on either side: who is told, by which status, and that nothing hangs or piles up."""

from __future__ import annotations

import socket
import tracemalloc
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netkit.errors import BadInput
from netkit.servers.proxy import exchange
from netkit.servers.proxy.forward import Proxy
from netkit.servers.web.site import Web
from netkit.wire import background
from tests.proxy.talk import OK, Between, head_of
from tests.web.talk import Answer, answers, connect, raw
from tests.wire.peers import LIMIT, Wire, in_thread, read, read_all, reset, until

DOUBT = "The server's answer leaves in doubt how long its body is."
NO_STATUS = "The server's answer does not begin with HTTP/1.1 and a status."
NO_FIELD = "A line of the header in the server's answer is not name, colon, value."
NOT_WHOLE = "The header of the server's answer is not whole, or has more than 65536 bytes."


def answer(between: Between) -> Answer:
    (only,) = answers(read_all(between.client)[0])
    return only


def told(between: Between) -> str:
    only = answer(between)
    assert only.header["Connection"] == "close" and only.header["Content-Type"] == "text/plain; charset=utf-8"
    return only.text


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "The server hung up without an answer."),
        (b"\r\n\r\n", NO_STATUS),
        (b"220 hello\r\n\r\n", NO_STATUS),
        (b"HTTP/2 200\r\n\r\n", NO_STATUS),
        (b"HTTP/1.1 20 OK\r\n\r\n", NO_STATUS),
        (b"HTTP/1.1 200 OK\r\nA: 1\r\n", NOT_WHOLE),
        (b"x" * 200_000, NOT_WHOLE),
        (b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", NO_FIELD),
        (b"HTTP/1.1 200 OK\r\nA: 1\r\n b\r\n\r\n", NO_FIELD),
        (b"HTTP/1.1 200 OK\r\nA: a\rb\r\n\r\n", NO_FIELD),
        (b"HTTP/1.1 101 Yes\r\n\r\n", "The server changes the protocol, and nobody asked it to."),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", DOUBT),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", DOUBT),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", DOUBT),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", DOUBT),
        (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", DOUBT),
    ],
)
def test_nonsense_from_the_server(between: Between, said: bytes, why: str) -> None:
    server = between.get()
    head_of(server)
    with in_thread(lambda: _say(server, said)):
        assert told(between) == f"502 Bad Gateway\n{why}\n"


def _say(server: socket.socket, said: bytes) -> None:
    try:
        server.sendall(said)
        server.shutdown(1)
    except OSError:
        pass  # the proxy has had enough


def test_a_server_that_is_down(proxy: Proxy) -> None:
    with Wire() as wire, Between(proxy, wire) as between:
        wire.listener.close()
        between.send(b"GET %s/ HTTP/1.1")
        assert told(between) == "502 Bad Gateway\nThe server hung up without an answer.\n"


def test_a_server_that_resets(between: Between) -> None:
    server = between.get()
    head_of(server)
    reset(server)
    assert told(between) == "502 Bad Gateway\nThe server hung up without an answer.\n"


def test_a_silent_server(between: Between) -> None:
    between.proxy.timeout = 0.1
    head_of(between.get())
    assert told(between) == "504 Gateway Timeout\nThe server has not answered in time.\n"


def test_a_silent_server_with_a_body_to_take(between: Between) -> None:
    between.proxy.timeout = 0.1
    between.send(b"POST %s/ HTTP/1.1", b"Content-Length: 2", body=b"x")
    server = between.accept()
    head_of(server)
    between.client.settimeout(0.4)
    with pytest.raises(TimeoutError):  # its time does not run while the client sends
        between.client.recv(1)
    between.client.settimeout(LIMIT)
    between.client.sendall(b"y")
    assert told(between) == "504 Gateway Timeout\nThe server has not answered in time.\n"


def test_a_server_that_takes_nothing(between: Between) -> None:
    between.proxy.timeout = 0.2
    between.send(b"POST %s/ HTTP/1.1", b"Content-Length: 100000000")
    head_of(between.accept())
    with in_thread(lambda: _say(between.client, bytes(100_000_000))):
        assert told(between) == "504 Gateway Timeout\nThe server does not take what it is sent.\n"


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 10\r\n\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nx\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcde",
    ],
)
@pytest.mark.parametrize("how", ["ends", "stalls"])
def test_a_body_that_breaks_off_is_seen_to(between: Between, rest: bytes, how: str) -> None:
    between.proxy.timeout = 0.2
    server = between.get()
    head_of(server)
    server.sendall(b"HTTP/1.1 200 OK\r\n" + rest)
    if how == "ends":
        server.close()
    said, _end = read_all(between.client)
    assert said.startswith(b"HTTP/1.1 200 OK\r\n") and b"abc" in said and not said.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    ("fields", "body", "status"),
    [
        ((b"Content-Length: 1", b"Content-Length: 2"), b"xy", 400),
        ((b"Content-Length: 1", b"Content-Length: 1"), b"x", 400),
        ((b"Content-Length: 1, 1",), b"x", 400),
        ((b"Content-Length: +1",), b"x", 400),
        ((b"Content-Length: 3", b"Transfer-Encoding: chunked"), b"0\r\n\r\n", 400),
        ((b"Transfer-Encoding: chunked, identity",), b"", 400),
        ((b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), b"", 400),
        ((b"Transfer-Encoding: gzip, chunked",), b"", 501),
        ((b"Transfer-Encoding : chunked",), b"", 400),
        ((b"Transfer-Encoding:\x0bchunked",), b"", 400),
        ((b"A: 1", b" folded"), b"", 400),
        ((b"Host: two",), b"", 400),
        ((b"Expect: the worst",), b"", 417),
        ((b"A: " + b"x" * 70_000,), b"", 431),
        ((b"A: 1",) * 101, b"", 431),
        ((b"\nA: 1",), b"", 400),
    ],
)
def test_requests_that_are_refused(between: Between, fields: tuple[bytes, ...], body: bytes, status: int) -> None:
    between.send(b"POST %s/ HTTP/1.1", *fields, body=body)
    assert answer(between).status == status
    assert between.no_one_called()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET http://127.0.0.1/" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET http://127.0.0.1/\r\n\r\n", 400),
        (b"GET http://127.0.0.1/ HTTP/2.0\r\n\r\n", 505),
        (b"what\r\n\r\n", 400),
        (b"\x16\x03\x01\r\n\r\n", 400),
        (b"POST http://127.0.0.1/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET http://127.0.0.1/ HTTP/1.1\r\n\r\n", 400),
        (b"GET http://127.0.0.1/ HTTP/1.1\nHost: h\n\n", 400),
        (b"CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", 400),
        (b"CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ],
)
def test_what_is_no_request(proxy: Proxy, request_: bytes, status: int) -> None:
    (only,) = answers(raw(proxy, request_))
    assert only.status == status


def test_a_refusal_of_head_has_no_body(proxy: Proxy) -> None:
    said = raw(proxy, b"HEAD http://example.org/ HTTP/1.1\r\nHost: h\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 403 Forbidden\r\n") and said.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "chunks", [b"x\r\n", b"3\r\nabcXY0\r\n\r\n", b"3\r\nabcd\r\n", b"3\nabc", b"-1\r\n", b"0\r\nwhat\r\n\r\n"]
)
def test_chunks_that_are_none(between: Between, chunks: bytes) -> None:
    between.send(b"POST %s/ HTTP/1.1", b"Transfer-Encoding: chunked", body=chunks)
    between.accept()
    assert answer(between).status == 400


def test_a_body_that_its_client_does_not_finish(between: Between) -> None:
    between.send(b"POST %s/ HTTP/1.1", b"Content-Length: 5", body=b"abc")
    server = between.accept()
    head_of(server)
    between.client.shutdown(1)
    assert told(between) == "400 Bad Request\nThe body ended before it was whole.\n"
    assert read_all(server)[0] == b"abc"


def test_a_body_that_stalls(between: Between, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "SLOW", 0.1)
    between.send(b"POST %s/ HTTP/1.1", b"Content-Length: 5", body=b"abc")
    head_of(between.accept())
    assert told(between).startswith("408 Request Timeout\n")


def test_a_head_that_stalls(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netkit.servers.proxy.door.SLOW", 0.1)
    (only,) = answers(raw(proxy, b"GET http://12"))
    assert only.status == 408
    monkeypatch.setattr("netkit.servers.proxy.door.IDLE", 0.1)
    assert raw(proxy) == b""


def test_a_client_that_leaves(between: Between) -> None:
    server = between.get()
    head_of(server)
    reset(between.client)
    assert read_all(server)[0] == b""  # it is not served to nobody
    until(lambda: not between.proxy.tap.links)


@pytest.mark.parametrize("tunnel", [False, True])
def test_a_client_that_never_reads_is_not_read_for(between: Between, tunnel: bool) -> None:
    if tunnel:
        between.client.sendall(b"CONNECT " + between.at + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        server = between.accept()
    else:
        server = between.get(b"Connection: close")
        head_of(server)
        server.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    server.settimeout(0.5)
    sent = 0
    with pytest.raises(TimeoutError):
        while sent < 256 << 20:
            sent += server.send(bytes(1 << 20))
    server.close()
    assert len(read_all(between.client)[0]) >= sent


def test_100_megabytes_take_little_memory(proxy: Proxy, web: Web) -> None:
    size, got = 100_000_000, 0
    with connect(proxy) as sock:
        tracemalloc.start()
        try:
            sock.sendall(f"GET {web.url}/file/{size} HTTP/1.0\r\n\r\n".encode())
            while piece := sock.recv(1 << 18):
                got += len(piece)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert got > size and peak < 60_000_000  # most of it is what the two taps keep


@pytest.mark.parametrize("value", [0, -1, 601, float("nan"), float("inf"), True, "10", None])
def test_a_timeout_is_a_number_of_seconds(proxy: Proxy, value: Any) -> None:
    with pytest.raises(BadInput, match="^The timeout is a number of seconds, more than 0 and up to 600; not "):
        proxy.timeout = value
    assert proxy.timeout == 10.0


@pytest.mark.parametrize(("user", "password"), [("a:b", "c"), ("", "c"), (1, "c"), ("a", None), (b"a", "b")])
def test_credentials_that_are_none(proxy: Proxy, user: Any, password: Any) -> None:
    with pytest.raises(BadInput, match="^Give a name without a colon and a password: "):
        proxy.auth(user, password)
    assert proxy.credentials is None


STARTS = st.sampled_from(
    [b"GET http://127.0.0.1:%d/ HTTP/1.1\r\n", b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n", b"POST http://localhost:%d"]
)
WORDS = [
    b"\r\n",
    b"\n",
    b" ",
    b"Host: h\r\n",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"0\r\n\r\n",
    b"HTTP/1.1",
    b"3\r\nabc\r\n",
    b"\x00",
    b"\xff",
    b"Via: 1.1 netkit",
    b"Max-Forwards: 1\r\n",
    b"Connection: close\r\n",
]
RESPONSES = [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 ", b"HTTP/1.1 100 \r\n\r\n", *WORDS]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(STARTS, st.lists(st.sampled_from(WORDS) | st.binary(max_size=10), max_size=12))
def test_any_bytes_from_a_client(proxy: Proxy, web: Web, start: bytes, rest: list[bytes]) -> None:
    port = web.http.address.port
    raw(proxy, (start % port if b"%d" in start else start) + b"".join(rest), half_close=True)
    assert list(background.problems) == []


@FEW
@given(st.lists(st.sampled_from(RESPONSES) | st.binary(max_size=10), max_size=12))
def test_any_bytes_from_a_server(proxy: Proxy, said: list[bytes]) -> None:
    with Wire() as wire, Between(proxy, wire) as between:
        server = between.get()
        head_of(server)
        server.sendall(b"".join(said))
        server.close()
        between.client.shutdown(1)
        assert read_all(between.client)[0].startswith(b"HTTP/1.1 ")
    assert list(background.problems) == []


def test_it_goes_on_after_all_that(between: Between) -> None:
    for _again in range(2):
        with Between(between.proxy, between.wire) as talk:
            server = talk.get(b"Connection: close")
            head_of(server)
            server.sendall(OK)
            assert read(talk.client, 15) == b"HTTP/1.1 200 OK"
