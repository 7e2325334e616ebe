"""What comes out of the proxy on the other side: heads, bodies, connections, byte for byte."""

from __future__ import annotations

import pytest

from netkit.servers.proxy.forward import Proxy
from tests.proxy.talk import OK, Between, head_of
from tests.web.talk import answers
from tests.wire.peers import nothing_comes, read, read_all


def lines(head: bytes) -> list[bytes]:
    return head.removesuffix(b"\r\n\r\n").split(b"\r\n")


def test_a_request_in_origin_form(between: Between) -> None:
    fields = (
        b"A: 1",
        b"Connection: x-hop, Keep-Alive, host, content-length, via",
        b"X-Hop: 1",
        b"Keep-Alive: 5",
        b"TE: trailers",
        b"Upgrade: h2c",
        b"Trailer: T",
        b"Proxy-Connection: x",
        b"Proxy-Authorization: Basic eDp5",
        b"Via: 1.0 fred",
        b"B: \xff",
        b"A: 2",
        b"Authorization: Basic eDp5",
    )
    between.send(b"GET %s/a%20b?c=d HTTP/1.1", *fields)
    server = between.accept()
    assert lines(head_of(server)) == [
        b"GET /a%20b?c=d HTTP/1.1",
        b"Host: " + between.at,
        b"A: 1",
        b"A: 2",
        b"Via: 1.0 fred",
        b"B: \xff",
        b"Authorization: Basic eDp5",
        b"Via: 1.1 netkit",
    ]


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        (b"GET %s HTTP/1.1", b"GET / HTTP/1.1"),
        (b"GET %s?a HTTP/1.1", b"GET /?a HTTP/1.1"),
        (b"OPTIONS %s HTTP/1.1", b"OPTIONS * HTTP/1.1"),
        (b"OPTIONS %s/ HTTP/1.1", b"OPTIONS / HTTP/1.1"),
        (b"BREW %s/pot HTTP/1.1", b"BREW /pot HTTP/1.1"),
        (b"get %s// HTTP/1.1", b"get // HTTP/1.1"),
    ],
)
def test_targets(between: Between, asked: bytes, got: bytes) -> None:
    between.send(asked)
    assert lines(head_of(between.accept()))[0] == got


def test_a_response(between: Between) -> None:
    server = between.get()
    fields = (
        b"Connection: x-hop",
        b"X-Hop: 1",
        b"Keep-Alive: 5",
        b"Proxy-Authenticate: Basic",
        b"Set-Cookie: a",
        b"Via : 1.0 fred",
        b"Set-Cookie:b",
        b"Content-Length: 2",
        b"Upgrade: h2c",
    )
    server.sendall(b"\n".join((b"HTTP/1.1 299 Na \xff ja", *fields, b"", b"ok")))
    assert lines(head_of(between.client)) == [
        b"HTTP/1.1 299 Na \xff ja",
        b"Set-Cookie: a",
        b"Set-Cookie: b",
        b"Via: 1.0 fred",
        b"Content-Length: 2",
        b"Via: 1.1 netkit",
    ]
    assert read(between.client, 2) == b"ok"


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0a\r\n0123456789\r\n0\r\nT: 1\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "sent", "body", "framing"),
    [
        (b"GET", HEAD + b"Content-Length: 3\r\n\r\nabc", b"abc", "Content-Length"),
        (b"GET", HEAD + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", b"abc", "Content-Length"),
        (b"GET", HEAD + b"Content-Length: 0\r\n\r\n", b"", "Content-Length"),
        (b"GET", HEAD + CHUNKS, b"abc0123456789", "Transfer-Encoding"),
        (b"GET", HEAD + b"\r\nto the end", b"to the end", "Transfer-Encoding"),
        (b"GET", b"HTTP/1.0 200 OK\r\n\r\nto the end", b"to the end", "Transfer-Encoding"),
        (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n", b"", None),
        (b"GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", b"", "Content-Length"),
        (b"HEAD", HEAD + b"Content-Length: 9\r\n\r\n", b"", "Content-Length"),
        (b"HEAD", HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"", None),
        (b"GET", b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 3\r\n\r\nabc", b"abc", "Content-Length"),
    ],
)
@pytest.mark.parametrize("old", [False, True])
def test_bodies_of_responses(
    between: Between, method: bytes, sent: bytes, body: bytes, framing: str, old: bool
) -> None:
    between.send(method + b" %s/ HTTP/1." + (b"0" if old else b"1"), b"Connection: close")
    server = between.accept()
    assert lines(head_of(server))[-1] == b"Connection: close"
    server.sendall(sent)
    server.close()
    said, end = read_all(between.client)
    assert end == "FIN"
    if not old:
        said = said.removeprefix(b"HTTP/1.1 100 Continue\r\nVia: 1.1 netkit\r\n\r\n")
    assert b"100 Continue" not in said  # HTTP/1.0 knows none (RFC 9110 section 15.2)
    (answer,) = answers(said, [method.decode()])
    assert answer.body == body and answer.header["Via"] in ("1.1 netkit", "1.0 netkit")
    framings = {name for name in ("Content-Length", "Transfer-Encoding") if name in answer.header}
    assert framings == ({framing} if framing and not (old and framing == "Transfer-Encoding") else set())


@pytest.mark.parametrize(
    ("field", "sent", "got"),
    [
        (b"Content-Length: 5", b"hello", b"hello"),
        (b"Content-Length: 0", b"", b""),
        (b"Transfer-Encoding: Chunked", b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked", b"5;a=b\r\nhello\r\n0\r\nT: 1\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
    ],
)
def test_bodies_of_requests(between: Between, field: bytes, sent: bytes, got: bytes) -> None:
    between.send(b"POST %s/ HTTP/1.1", field, body=sent)
    server = between.accept()
    assert field.lower() in [line.lower() for line in lines(head_of(server))]
    assert read(server, len(got)) == got
    server.sendall(OK)
    assert head_of(between.client).startswith(b"HTTP/1.1 200 OK\r\n") and read(between.client, 2) == b"ok"


def test_a_body_goes_on_as_it_comes_and_so_does_its_answer(between: Between) -> None:
    between.send(b"POST %s/ HTTP/1.1", b"Transfer-Encoding: chunked", b"Expect: 100-continue")
    server = between.accept()
    assert b"\r\nExpect: 100-continue\r\n" in head_of(server)
    server.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert head_of(between.client) == b"HTTP/1.1 100 Continue\r\nVia: 1.1 netkit\r\n\r\n"
    for letter in (b"a", b"b"):
        between.client.sendall(b"1\r\n" + letter + b"\r\n")
        assert read(server, 6) == b"1\r\n" + letter + b"\r\n"
    between.client.sendall(b"0\r\n\r\n")
    assert read(server, 5) == b"0\r\n\r\n"
    server.sendall(HEAD + b"\r\n")
    assert head_of(between.client).endswith(b"Transfer-Encoding: chunked\r\nVia: 1.1 netkit\r\n\r\n")
    for letter in (b"a", b"b"):
        server.sendall(letter)
        assert read(between.client, 6) == b"1\r\n" + letter + b"\r\n"
    server.close()
    assert read(between.client, 5) == b"0\r\n\r\n"


def test_http_1_0_cannot_expect(between: Between) -> None:
    between.send(b"POST %s/ HTTP/1.0", b"Content-Length: 1", b"Expect: 100-continue", body=b"x")
    assert b"Expect" not in head_of(between.accept())


def test_a_connection_is_kept_on_both_sides(between: Between) -> None:
    server = between.get()
    for _again in range(3):
        assert b"Connection" not in head_of(server)
        server.sendall(OK)
        assert b"Connection" not in head_of(between.client)
        assert read(between.client, 2) == b"ok"
        between.send(b"GET %s/ HTTP/1.1")
    assert between.wire.tap.recorded == 1


@pytest.mark.parametrize("how", ["it ended", "it said so", "it said too much", "HTTP/1.0"])
def test_a_connection_that_the_server_does_not_keep(between: Between, how: str) -> None:
    server = between.get()
    head_of(server)
    said = {"it said so": OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), "HTTP/1.0": OK.replace(b"1.1", b"1.0")}
    server.sendall(said.get(how, OK) + (b"HTTP/1.1 200 OK\r\n\r\nsmuggled" if how == "it said too much" else b""))
    if how == "it ended":
        server.close()
    assert b"Connection" not in head_of(between.client)
    assert read(between.client, 2) == b"ok"
    again = between.get()
    head_of(again)
    again.sendall(OK)
    assert head_of(between.client).startswith(HEAD) and read(between.client, 2) == b"ok"


def test_a_kept_connection_that_ends_at_the_next_request(between: Between) -> None:
    server = between.get()
    head_of(server)
    server.sendall(OK)
    head_of(between.client), read(between.client, 2)
    between.send(b"GET %s/ HTTP/1.1")
    head_of(server)
    server.close()
    again = between.accept()
    head_of(again)
    again.sendall(OK)
    assert head_of(between.client).startswith(HEAD) and read(between.client, 2) == b"ok"
    between.send(b"POST %s/ HTTP/1.1", b"Content-Length: 1", body=b"x")  # may have been acted on: not sent twice
    head_of(again)
    again.close()
    assert head_of(between.client).startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert between.wire.tap.recorded == 2


def test_many_requests_at_once_are_answered_in_order(between: Between) -> None:
    for n in range(5):
        between.send(b"POST %%s/%d HTTP/1.1" % n, b"Content-Length: 1", body=b"x")
    server = between.accept()
    for n in range(5):
        assert head_of(server).startswith(b"POST /%d HTTP/1.1\r\n" % n) and read(server, 1) == b"x"
        assert nothing_comes(server, 0.02)
        server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % n)
    for n in range(5):
        head_of(between.client)
        assert read(between.client, 1) == b"%d" % n


def test_a_client_that_has_said_all_still_gets_its_answer(between: Between) -> None:
    server = between.get()
    between.client.shutdown(1)
    head_of(server)
    server.sendall(OK)
    (answer,) = answers(read_all(between.client)[0])
    assert answer.body == b"ok"


def test_an_answer_before_the_body_is_whole(between: Between) -> None:
    between.send(b"POST %s/ HTTP/1.1", b"Content-Length: 1000", body=b"x")
    server = between.accept()
    head_of(server)
    server.sendall(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
    (answer,) = answers(read_all(between.client)[0])
    assert (answer.status, answer.body, answer.header["Connection"]) == (413, b"no", "close")


@pytest.mark.parametrize(("count", "got"), [(b"5", b"4"), (b"1", b"0")])
def test_max_forwards(between: Between, count: bytes, got: bytes) -> None:
    between.send(b"TRACE %s/ HTTP/1.1", b"Max-Forwards: " + count)
    assert b"\r\nMax-Forwards: " + got + b"\r\n" in head_of(between.accept())


@pytest.mark.parametrize(("count", "status"), [(b"0", b"501"), (b"x", b"400"), (b"", b"400")])
def test_max_forwards_that_ends_here(between: Between, count: bytes, status: bytes) -> None:
    between.send(b"OPTIONS %s/ HTTP/1.1", b"Max-Forwards: " + count)
    assert head_of(between.client).startswith(b"HTTP/1.1 " + status)
    assert between.no_one_called()


def test_a_tunnel_carries_anything_both_ways(between: Between, proxy: Proxy) -> None:
    between.client.sendall(b"CONNECT " + between.at + b" HTTP/1.1\r\nHost: x\r\n\r\nahead")
    server = between.accept()
    assert head_of(between.client) == b"HTTP/1.1 200 Connection established\r\n\r\n"
    assert read(server, 5) == b"ahead"
    server.sendall(bytes(range(256)))
    assert read(between.client, 256) == bytes(range(256))
    between.client.sendall(b"last")
    between.client.shutdown(1)
    assert read_all(server) == (b"last", "FIN")
    server.sendall(b"and more")
    server.close()
    assert read_all(between.client) == (b"and more", "FIN")
    assert proxy.recorded == 1
