"""What no honest client sends: refused as RFC 9110 and 9112 say, in words, and the server goes on serving."""

from __future__ import annotations

import contextlib
import http.client
import select
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netkit.servers.web import head, stream
from netkit.servers.web.site import Web
from netkit.wire import background
from tests.web.talk import answers, ask, connect, raw
from tests.wire.peers import LIMIT, nothing_comes, until

HOST = b"Host: h\r\n"
GET = b"GET /get HTTP/1.1\r\nHost: h\r\n"
POST = b"POST /post HTTP/1.1\r\nHost: h\r\n"
TE = b"Transfer-Encoding: "
LENGTH_5 = b"Content-Length: 5\r\n"
SMUGGLED = b"GET /status/418 HTTP/1.1\r\nHost: h\r\n\r\n"


def serves(web: Web) -> bool:
    """Whether it still works for another client."""
    return ask(web, "/get").status == 200


REFUSED = {
    "two lengths": (400, POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
    "the same length twice": (400, POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
    "a list of lengths": (400, POST + b"Content-Length: 5, 5\r\n\r\nhello"),
    "a length with a sign": (400, POST + b"Content-Length: +5\r\n\r\nhello"),
    "a negative length": (400, POST + b"Content-Length: -1\r\n\r\n"),
    "a length in hexadecimal": (400, POST + b"Content-Length: 0x5\r\n\r\nhello"),
    "a length in other digits": (400, POST + b"Content-Length: \xd9\xa5\r\n\r\nhello"),
    "an empty length": (400, POST + b"Content-Length:\r\n\r\nhello"),
    "length and chunks": (400, POST + LENGTH_5 + TE + b"chunked\r\n\r\n0\r\n\r\n"),
    "chunks and length": (400, POST + TE + b"chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    "chunked, identity": (400, POST + TE + b"chunked, identity\r\n\r\n0\r\n\r\n"),
    "chunked twice": (400, POST + TE + b"chunked, chunked\r\n\r\n0\r\n\r\n"),
    "chunked in two fields": (400, POST + TE + b"chunked\r\n" + TE + b"identity\r\n\r\n0\r\n\r\n"),
    "no coding": (400, POST + TE + b"\r\n\r\n"),
    "gzip, chunked": (501, POST + TE + b"gzip, chunked\r\n\r\n0\r\n\r\n"),
    "xchunked": (400, POST + TE + b"xchunked\r\n\r\n0\r\n\r\n"),
    "chunks in HTTP/1.0": (400, b"POST /post HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "a space before the colon": (400, POST + b"Content-Length : 5\r\n\r\nhello"),
    "obs-fold": (400, GET + b"X-A: 1\r\n 2\r\n\r\n"),
    "a fold first": (400, b"GET /get HTTP/1.1\r\n X-A: 1\r\n" + HOST + b"\r\n"),
    "no colon": (400, GET + b"X-A 1\r\n\r\n"),
    "no name": (400, GET + b": 1\r\n\r\n"),
    "NUL in a value": (400, GET + b"X-A: 1\x002\r\n\r\n"),
    "NUL in a name": (400, GET + b"X\0A: 1\r\n\r\n"),
    "a bare CR": (400, GET + b"X-A: 1\rX-B: 2\r\n\r\n"),
    "a bare LF": (400, GET + b"X-A: 1\nX-B: 2\r\n\r\n"),
    "all lines with LF": (400, b"GET /get HTTP/1.1\nHost: h\n\n"),
    "no host": (400, b"GET /get HTTP/1.1\r\n\r\n"),
    "two hosts": (400, b"GET /get HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    "a host that is none": (400, b"GET /get HTTP/1.1\r\nHost: a b\r\n\r\n"),
    "HTTP/0.9": (400, b"GET /get\r\n\r\n"),
    "HTTP/2.0": (505, b"GET /get HTTP/2.0\r\n" + HOST + b"\r\n"),
    "HTTP/2's preface": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "no version": (400, b"GET /get XTTP/1.1\r\n" + HOST + b"\r\n"),
    "two spaces": (400, b"GET  /get HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a space in the target": (400, b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n"),
    "NUL in the target": (400, b"GET /a\0b HTTP/1.1\r\n" + HOST + b"\r\n"),
    "empty lines": (400, b"\r\n\r\n"),
    "an empty line of LF": (400, b"\nGET /get HTTP/1.1\r\n" + HOST + b"\r\n"),
    "no target": (400, b"GET HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a target without slash": (400, b"GET get HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a star for GET": (400, b"GET * HTTP/1.1\r\n" + HOST + b"\r\n"),
    "CONNECT": (501, b"CONNECT a.example:80 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "TRACE": (501, b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a method that there is not": (501, b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a method in small letters": (501, b"get / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "another host's URL": (421, b"GET http://www.example.org/ HTTP/1.1\r\nHost: www.example.org\r\n\r\n"),
    "another host's, with our Host": (421, b"GET http://www.example.org/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
    "a user in the URL": (400, b"GET http://127.0.0.1@www.example.org/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a scheme of others": (400, b"GET ftp://127.0.0.1/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a port that is none": (400, b"GET http://127.0.0.1:x/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    "a great expectation": (417, POST + b"Expect: the best\r\nContent-Length: 1\r\n\r\nx"),
    "TLS at the plain door": (400, b"\x16\x03\x01\x00\x05hello\r\n\r\n"),
    "a long request line": (414, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    "an endless request line": (414, b"GET /" + b"a" * 200_000),
    "an endless header line": (431, b"GET / HTTP/1.1\r\nX-A: " + b"a" * 200_000),
    "many fields": (431, b"GET / HTTP/1.1\r\n" + HOST + b"X-A: 1\r\n" * 200 + b"\r\n"),
    "a flood of fields": (431, b"GET / HTTP/1.1\r\n" + b"X-A: 1\r\n" * 100_000),
    "a body that is too big": (413, POST + b"Content-Length: 33554433\r\n\r\n" + b"x" * 999_999),
    "a length that is too long": (400, POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(web: Web, name: str) -> None:
    """With its status, in words; the connection ends, and what was sent behind it is no request."""
    status, sent = REFUSED[name]
    (answer,) = answers(raw(web.http, sent + SMUGGLED))
    assert answer.status == status
    assert answer.header["Connection"] == "close" and answer.header["Server"] == "netkit" and answer.header["Date"]
    first, why, rest = answer.text.split("\n")
    assert first.startswith(f"{status} ") and why.endswith(".") and rest == ""
    assert serves(web)


WHY = {
    "a bare LF": "Each line of the head ends with CR LF, not with LF alone.",
    "obs-fold": "A header field is one line: it is not folded (obs-fold, RFC 9112 section 5.2).",
    "two lengths": "Content-Length is one number, and stands once.",
    "length and chunks": "Transfer-Encoding and Content-Length exclude each other.",
    "no host": "A request has one field Host.",
    "another host's URL": "This is no proxy: it answers for itself alone, not for other hosts.",
    "a host that is none": "That is no request that this server can read.",  # tornado's own refusal
}


@pytest.mark.parametrize("name", WHY)
def test_why_it_is_refused(web: Web, name: str) -> None:
    (answer,) = answers(raw(web.http, REFUSED[name][1]))
    assert answer.text.splitlines()[1:] == [WHY[name]]


CHUNKED = POST + TE + b"chunked\r\n\r\n"
BAD_CHUNKS = {
    "no number": b"x\r\n",
    "nothing": b"\r\n",
    "a sign": b"-1\r\n",
    "0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a space before": b" 5\r\nhello\r\n0\r\n\r\n",
    "an underscore": b"1_0\r\n",
    "a bare LF": b"5\nhello\r\n0\r\n\r\n",
    "very many digits": b"f" * 16 + b"\r\n",
    "an endless line": b"5;" + b"x" * 100_000,
    "no line end after it": b"5\r\nhelloXX0\r\n\r\n",
    "a control character": b"5;\0\r\nhello\r\n0\r\n\r\n",
    "a trailer without a colon": b"0\r\nGET /status/418 HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("name", BAD_CHUNKS)
def test_chunks_that_are_none(web: Web, name: str) -> None:
    (answer,) = answers(raw(web.http, CHUNKED + BAD_CHUNKS[name] + SMUGGLED))
    assert answer.status == 400
    assert serves(web)


def test_chunks_that_are_too_many(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BODY", 10_000)
    (answer,) = answers(raw(web.http, CHUNKED + (b"400\r\n" + b"x" * 1024 + b"\r\n") * 20 + b"0\r\n\r\n"))
    assert answer.status == 413
    (answer,) = answers(raw(web.http, CHUNKED + b"f00000000\r\nx"))
    assert answer.status == 413
    (answer,) = answers(raw(web.http, CHUNKED + b"0\r\n" + b"X-A: 1\r\n" * 20_000))
    assert answer.status == 431


def test_each_request_has_the_whole_limit(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BODY", 10)
    request = CHUNKED + b"8\r\n12345678\r\n0\r\n\r\n"
    assert [answer.status for answer in answers(raw(web.http, request * 3, half_close=True))] == [200] * 3


def test_chunks_with_extensions_and_a_trailer(web: Web) -> None:
    body = b'3;a=1\r\nhel\r\n02 ; b="2"\r\nlo\r\n0;c\r\nX-Trailer: 1\r\nX-More: 2\r\n\r\n'
    one, two = answers(raw(web.http, CHUNKED + body + b"GET /ip HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
    assert (one.status, one.json["data"]) == (200, "hello")
    assert "X-Trailer" not in one.json["headers"]
    assert two.json == {"origin": "127.0.0.1"}


def test_a_whole_url_is_for_us(web: Web) -> None:
    """RFC 9112 section 3.2.2: the target's host counts, the field's does not."""
    request = b"GET %s HTTP/1.1\r\nHost: www.example.org\r\nConnection: close\r\n\r\n"
    for url in (web.url + "/get?a=1", "HTTP://localhost/get?a=1", "http://www.netkit.test:80/get?a=1"):
        (answer,) = answers(raw(web.http, request % url.encode()))
        assert answer.status == 200
        assert answer.json["url"].lower() == url.lower()
        assert answer.json["args"] == {"a": "1"}
    (answer,) = answers(raw(web.http, request % web.url.encode()))
    assert (answer.status, answer.header["Content-Language"]) == (200, "en")


def test_the_server_as_a_whole(web: Web) -> None:
    (answer,) = answers(raw(web.http, b"OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
    assert (answer.status, answer.body) == (200, b"")
    assert answer.header["Allow"] == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


def test_http_1_0(web: Web) -> None:
    said = raw(web.http, b"GET /get HTTP/1.0\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 200 OK\r\n") and b"Keep-Alive" not in said
    one, two = answers(
        raw(web.http, b"GET /ip HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + b"GET /ip HTTP/1.0\r\n\r\n")
    )
    assert (one.header["Connection"], two.header["Connection"]) == ("Keep-Alive", None)
    for target in (b"/file/5000?length=no", b"/stream/3"):  # only the connection's end can end this body
        said = raw(web.http, b"GET %s HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" % target + SMUGGLED)
        assert b"Transfer-Encoding" not in said and b"Keep-Alive" not in said and b"418" not in said
    assert b"100 Continue" not in raw(
        web.http, b"POST /post HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx"
    )


def test_an_empty_line_before_the_request(web: Web) -> None:
    one, two = answers(
        raw(
            web.http,
            (b"\r\nGET /ip HTTP/1.1\r\n" + HOST + b"\r\n"),
            SMUGGLED.replace(HOST, HOST + b"Connection: close\r\n"),
        )
    )
    assert (one.status, two.status) == (200, 418)


@pytest.mark.parametrize("field", [b"close", b"Close", b"TE, close", b"close, TE", b"keep-alive ,close"])
def test_connection_close_in_a_list(web: Web, field: bytes) -> None:
    (answer,) = answers(
        raw(web.http, b"GET /ip HTTP/1.1\r\n" + HOST + b"Connection: " + field + b"\r\n\r\n" + SMUGGLED)
    )
    assert (answer.status, answer.header["Connection"]) == (200, "close")


def test_pipelining(web: Web) -> None:
    paths = [b"/bytes/10?seed=%d" % n for n in range(200)]
    last = b"GET /ip HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    said = answers(raw(web.http, b"".join(b"GET %s HTTP/1.1\r\nHost: h\r\n\r\n" % path for path in paths) + last))
    assert [answer.body for answer in said[:-1]] == [ask(web, path.decode()).body for path in paths]
    assert said[-1].json == {"origin": "127.0.0.1"}


@pytest.mark.skipif(
    not hasattr(select, "poll"), reason="the system does not tell a half-closed socket from a closed one"
)
@pytest.mark.parametrize("target", ["/get", "/delay/0.05", "/drip?duration=0.2", "/file/1000000", "/file/9?length=no"])
def test_a_client_that_stops_sending_gets_its_answer(web: Web, target: str) -> None:
    request = f"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
    for n in (1, 3):
        said = answers(raw(web.http, request * n, half_close=True))
        assert [answer.status for answer in said] == [200] * n
    until(lambda: not web.http.tap.links)


def test_a_client_that_stops_sending_too_early(web: Web) -> None:
    for sent in (
        b"GET /get HTTP/1.1\r\nHos",
        POST + LENGTH_5 + b"\r\nhel",
        POST + TE + b"chunked\r\n\r\n5\r\nhel",
        b"",
    ):
        assert raw(web.http, sent, half_close=True) == b""


def test_expect_100_continue(web: Web) -> None:
    for word in (b"100-continue", b"100-Continue"):
        with connect(web.http) as sock:
            sock.sendall(POST + b"Expect: %s\r\nContent-Length: 5\r\n\r\n" % word)
            assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            assert nothing_comes(sock)
            sock.sendall(b"hello")
            assert sock.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")
    with connect(web.http) as sock:  # and no 100 where the body will not be taken
        sock.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "target",
    [
        "/private/../get",
        "/private/%2e%2e/get",
        "/private/..%2fget",
        "/private/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/private//etc/passwd",
        "/private/notes.txt/",
        "/private/notes.txt%00.html",
        "/private/C:%5Cwindows",
    ],
)
def test_paths_that_lead_out(web: Web, target: str) -> None:
    assert ask(web, target).status == 401
    assert ask(web, target, Authorization="Basic c3R1ZGVudDpzZWNyZXR3b3Jk").status == 404


@pytest.mark.parametrize(
    "target", ["//", "//get", "/..", "/../get", "/%2e%2e/get", "/get/", "/nowhere", "/GET", "/%00", "/%"]
)
def test_paths_that_there_are_not(web: Web, target: str) -> None:
    answer = ask(web, target)
    assert answer.status == 404 and "There is nothing at <code>" in answer.text


def test_a_path_that_is_no_text(web: Web) -> None:
    assert ask(web, "/basic-auth/%ff/x").status == 400


def test_a_page_does_not_give_markup_back(web: Web) -> None:
    (answer,) = answers(raw(web.http, b"GET /<script>x</script>\xff HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
    assert answer.status == 404 and b"<script>" not in answer.body and b"&lt;script&gt;" in answer.body
    text = ask(web, "/en/search?search=%3Cscript%3E%00%1b%0d&%3Cb%3E=1&_charset_=%3Ci%3E").text
    assert "<script>" not in text and "<b>" not in text and "<i>" not in text
    assert "&lt;script&gt;\\x00\\x1b\\r" in text and "The charset &lt;i&gt; is not known here." in text


INJECTED = "%0d%0aSet-Cookie:%20a=1%0d%0a%0d%0a%3Chtml%3E"


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/redirect-to?url=/get" + INJECTED, 302),
        ("/redirect-to?url=http://a.example/%00%0a%D0%9F", 302),
        ("/redirect-to?url=/get&status_code=307%0d%0a", 302),
        ("/response-headers?X-A=1" + INJECTED, 400),
        ("/response-headers?X-A" + INJECTED + "=1", 400),
        ("/response-headers?X-A=%00", 400),
        ("/response-headers?X-A=%D0%9F", 400),
        ("/response-headers?Content-Length=5", 400),
        ("/response-headers?transfer-encoding=chunked", 400),
        ("/response-headers?Connection=close", 400),
        ("/etag/x" + INJECTED, 400),
        ("/etag/%22x", 400),
        ("/cookies/set?a=1" + INJECTED, 400),
        ("/cookies/set?a%0d%0ab=1", 400),
        ("/cookies/delete?a%0d%0ab", 400),
        ("/cookies/set/a/b%0d%0ac", 400),
        ("/basic-auth/a%0d%0ab/c", 401),
        ("/digest-auth/auth%0d%0aX:1/c/d", 401),
    ],
)
def test_nobody_gets_a_header_of_his_own_in(web: Web, target: str, status: int) -> None:
    answer = ask(web, target)
    assert answer.status in (status, 307)
    assert "Set-Cookie" not in answer.header and "X" not in answer.header
    assert all(c.isprintable() and c.isascii() for value in answer.header.values() for c in value)


NO_SENSE = """
/status/x /status/99 /status/100 /status/600 /status/200:x /status/200:-1 /status/ /status/200, /delay/x
/delay/-1 /delay/nan /drip?duration=x /drip?numbytes=0 /drip?duration=nan /drip?code=100 /drip?code=204
/drip?code=900 /bytes/x /bytes/-1 /bytes/5?seed=x /bytes/9999999999999 /bytes/5?seed=inf /bytes/5?seed=nan
/redirect/0 /redirect/x /redirect-to /redirect-to?url=/&status_code=x /file/x /file/2000000000 /file/5?speed=x
/file/5?speed=-1 /file/5?speed=nan /truncated/2000000000 /range/0 /range/102401 /range/5?duration=x /stream/x
/stream-bytes/5?chunk_size=0 /cache/x /links/x /digest-auth/auth/u/p/MD5/x /base64/ /cookies/set/a
"""


@pytest.mark.parametrize("target", NO_SENSE.split())
def test_values_that_make_no_sense(web: Web, target: str) -> None:
    assert ask(web, target).status in (400, 401, 404)


def test_numbers_are_cut_down_to_what_is_bearable(web: Web) -> None:
    assert len(ask(web, "/bytes/999999999999").body) == 100 << 10
    assert len(ask(web, "/stream/999999999999").body.splitlines()) == 100
    assert ask(web, "/drip?numbytes=3&duration=0&delay=0").body == b"***"
    assert ask(web, "/drip?numbytes=1e300&duration=0", "HEAD").header["Content-Length"] == str(10 << 20)
    assert ask(web, "/file/5?speed=1e300").body == b"line "
    assert ask(web, "/file/0").body == b""
    assert ask(web, "/links/999999/0").text.count("<a ") == 199


def test_forms_that_are_broken(web: Web) -> None:
    kind = "multipart/form-data; boundary=b"
    for body in (b"", b"--b\r\n", b"--b\r\n\r\n--b--"):
        assert ask(web, "/post", "POST", body, Content_Type=kind).status == 400
    assert ask(web, "/post", "POST", b"x", Content_Type="multipart/form-data").status == 400
    assert (
        ask(
            web,
            "/post",
            "POST",
            b"&".join(b"%d=1" % n for n in range(5000)),
            Content_Type="application/x-www-form-urlencoded",
        ).status
        == 400
    )
    assert ask(web, "/post", "POST", b"[" * 100_000).json["json"] is None
    assert ask(web, "/ru/search", "POST", b"x", Content_Type="text/plain").status == 415


def test_wrong_methods(web: Web) -> None:
    for method, target, allow in (
        ("POST", "/get", "GET, HEAD, OPTIONS"),
        ("GET", "/post", "POST, OPTIONS"),
        ("HEAD", "/post", "POST, OPTIONS"),
        ("DELETE", "/en/search", "GET, HEAD, POST, OPTIONS"),
        ("PUT", "/file/5", "GET, HEAD, OPTIONS"),
    ):
        answer = ask(web, target, method, b"")
        assert (answer.status, answer.header["Allow"]) == (405, allow)
        assert method == "HEAD" or "but not for this method" in answer.text
    answer = ask(web, "/anything", "OPTIONS")
    assert (answer.status, answer.header["Allow"], answer.body) == (
        200,
        "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        b"",
    )


SLOW: dict[str, tuple[str, float, bytes, bytes]] = {
    "nothing": ("IDLE", 0.2, b"", b""),
    "half of a head": ("SLOW", 0.2, b"GET / HTTP/1.1\r\nHos", b"HTTP/1.1 408 Request Timeout\r\n"),
}


@pytest.mark.parametrize("name", SLOW)
def test_slow_senders_are_cut_off(web: Web, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    limit, seconds, sent, said = SLOW[name]
    monkeypatch.setattr(stream, limit, seconds)
    assert raw(web.http, sent)[: len(said) or None] == said
    until(lambda: not web.http.tap.links)
    assert serves(web)


def test_a_head_byte_by_byte_has_no_more_time(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SLOW", 0.3)
    with connect(web.http) as sock:
        sock.settimeout(0.05)
        begun, said = time.monotonic(), b""
        with contextlib.suppress(ConnectionError):
            while not said:
                assert time.monotonic() - begun < LIMIT
                sock.sendall(b"G")
                with contextlib.suppress(TimeoutError):
                    said = sock.recv(1000)
        assert said.startswith(b"HTTP/1.1 408 ")


def test_a_slow_body_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SLOW_BODY", 0.2)
    with Web() as web:
        assert raw(web.http, POST + b"Content-Length: 5\r\n\r\nhel") == b""
        assert raw(web.http, CHUNKED + b"5\r\nhel") == b""
        until(lambda: not web.http.tap.links)
        assert serves(web)


def test_a_client_that_never_reads_is_cut_off(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STALLED", 0.2)
    with connect(web.http) as sock:
        sock.sendall(b"GET /file/100000000 HTTP/1.1\r\n" + HOST + b"\r\n")
        until(lambda: web.http.peek() and web.http.peek()[-1].from_server > 100_000)
        until(lambda: background.call(lambda: not _streams()))
    assert serves(web)


def _streams() -> list[object]:
    import gc

    return [each for each in gc.get_objects() if isinstance(each, stream.Strict) and not each.closed()]


def test_a_client_that_goes_on_sending_still_reads_why(web: Web) -> None:
    """RFC 9112 section 9.6."""
    client = http.client.HTTPConnection(*web.http, timeout=LIMIT)
    client.request("POST", "/post", b"x" * (head.BODY + 1))
    response = client.getresponse()
    assert (response.status, response.reason) == (413, "Request Entity Too Large")
    client.close()


WORDS = st.sampled_from(
    [GET, POST, b"HEAD / HTTP/1.0\r\n", b"OPTIONS * HTTP/1.1\r\n", b"GET /file/9 HTTP/1.1\r\n", HOST, LENGTH_5, TE]
    + [
        b"GET /stream/2 HTTP/1.1\r\n",
        b"GET /digest-auth/auth/u/p HTTP/1.1\r\n",
        b"Authorization: Digest ",
        b"chunked\r\n",
    ]
    + [b"Content-Length: 3\r\n", b"Connection: close\r\n", b"Expect: 100-continue\r\n", b"Range: bytes=1-\r\n"]
    + [b"Content-Type: multipart/form-data; boundary=b\r\n", b"--b", b'Cookie: a="', b"x" * 600, b"3\r\nabc\r\n"]
    + [b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"\0", b"0\r\n\r\n", b"abc", b" ", b":", b"/", b"%", b"?", b"&", b"="]
)
FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@FUZZ
@given(pieces=st.lists(st.one_of(WORDS, WORDS, st.binary(max_size=30)), max_size=20))
def test_whatever_comes(web: Web, pieces: list[bytes]) -> None:
    said = raw(web.http, *pieces, half_close=True)
    assert said == b"" or said.startswith(b"HTTP/1.1 ")
    assert b"HTTP/1.1 500" not in said
    assert list(background.problems) == []


@FUZZ
@given(data=st.binary(max_size=300))
def test_whatever_comes_to_the_tls_door(web: Web, data: bytes) -> None:
    assert b"HTTP" not in raw(web.https, data, half_close=True)
    assert list(background.problems) == []


@FUZZ
@given(data=st.one_of(st.binary(max_size=200), st.lists(WORDS, max_size=12).map(b"".join)))
def test_whatever_a_head_is(data: bytes) -> None:
    """It is refused, or it is one that cannot be taken in two ways."""
    try:
        made = head.checked(data)
    except head.Refused as refused:
        assert 400 <= refused.status < 600
        return
    assert made.count(b"\r\n\r\n") == 1 and made.endswith(b"\r\n\r\n")
    assert made.count(b"\n") == made.count(b"\r") == made.count(b"\r\n") and b"\0" not in made
    assert head.checked(made) == made
