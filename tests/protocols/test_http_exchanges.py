"""HTTP exchanges as plain data: which response belongs to which request, whole, broken off, or no HTTP at all."""

from __future__ import annotations

import gzip

from netkit.protocols.http_exchanges import Exchange, exchanges
from tests.protocols.dialogues import spoken


def talk(text: str) -> list[Exchange]:
    return exchanges(spoken(text))


def test_an_exchange() -> None:
    (one,) = talk(r"""
    C: POST /a?b HTTP/1.1
    C: Host: x
    C: content-length: 3
    C:
    C! abc
    S: HTTP/1.1 201 Made it
    S: X-Two: 1
    S: x-two: \xd0\xbf\xff
    S: Content-Length: 0
    S:
    """)
    request, response = one.request, one.response
    assert request is not None and response is not None
    assert (request.method, request.target, request.version) == ("POST", "/a?b", "HTTP/1.1")
    assert request.fields == (("Host", "x"), ("content-length", "3"))
    assert (request.body, request.packed, request.content) == (b"abc", b"abc", b"abc")
    assert (request.began, request.ended, request.start, request.stop) == (0.0, 0.0, 0, 53)
    assert (response.status, response.reason, response.content) == (201, "Made it", b"")
    assert response.values("X-TWO") == ["1", "п\udcff"]
    assert (response.value("x-two"), response.value("none")) == ("1", None)
    assert (response.began, response.start, response.stop) == (0.1, 0, 65)
    assert one.complete and request.problems == response.problems == ()


def test_chunks_and_codings_are_taken_off() -> None:
    packed = gzip.compress(b"hello", mtime=0)
    body = b"5\r\n" + packed[:5] + b"\r\n" + f"{len(packed) - 5:X}".encode() + b";x=y\r\n" + packed[5:] + b"\r\n"
    body += b"0\r\nX-Sum: 1\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    (one,) = exchanges([("server", 0.0, head + body)])
    assert one.request is None and one.response is not None and one.response.complete
    assert (one.response.body, one.response.packed, one.response.content) == (body, packed, b"hello")
    assert one.response.trailers == (("X-Sum", "1"),)
    assert one.response.stop == len(head + body)


def test_pipelining_and_interim_responses() -> None:
    first, second = talk("""
    C: GET /1 HTTP/1.1
    C: Host: x
    C:
    C: HEAD /2 HTTP/1.1
    C: Host: x
    C:
    S: HTTP/1.1 103 Early Hints
    S: Link: </a>
    S:
    S: HTTP/1.1 200 OK
    S: Content-Length: 1
    S:
    S! a
    S: HTTP/1.1 404 Not Found
    S: Content-Length: 7
    S:
    """)
    assert [one.request.target for one in (first, second) if one.request] == ["/1", "/2"]
    assert [one.response.status for one in (first, second) if one.response] == [200, 404]
    assert [interim.status for interim in first.interim] == [103] and second.interim == ()
    assert first.complete and second.complete


def test_what_is_missing_or_wrong_is_said() -> None:
    first, second = talk("""
    C: GET / HTTP/1.1
    C:
    S: HTTP/1.1 200 OK
    S: Content-Length: 9
    S:
    S! abc
    S-
    C: GET /2 HTT
    """)
    assert first.request is not None and first.response is not None and second.request is not None
    assert first.request.problems == ("wrong: HTTP/1.1 wants a Host",)
    assert first.response.problems == ("it breaks off here: 6 of 9 bytes are missing",)
    assert (first.response.content, first.response.complete) == (b"abc", False)
    assert (second.request.method, second.request.problems, second.response) == ("", ("this is no HTTP",), None)


def test_content_until_the_connection_is_closed() -> None:
    text = """
    C: GET / HTTP/1.0
    C:
    S: HTTP/1.0 200 OK
    S:
    S! abc
    """
    (open_,), (closed,) = talk(text), talk(text + "S-")
    assert open_.response is not None and closed.response is not None
    assert (open_.response.complete, closed.response.complete) == (False, True)
    assert open_.response.problems == ("it may go on: the connection is still open",)
    assert open_.response.content == closed.response.content == b"abc"


def test_a_start_line_that_breaks_off() -> None:
    (one,) = talk("""
    C! GET /2 HTT
    C-
    S: HTTP/1.1 400 Bad Request
    S: Content-Length: 0
    S:
    """)
    assert one.request is not None and one.response is not None
    assert (one.request.method, one.request.body, one.response.status) == ("", b"GET /2 HTT", 400)


def test_a_tunnel_belongs_to_no_message() -> None:
    (one,) = talk("""
    C: CONNECT a:25 HTTP/1.1
    C: Host: a:25
    C:
    S: HTTP/1.1 200 OK
    S:
    S: 220 mail
    C: QUIT
    """)
    assert one.request is not None and one.response is not None and one.complete
    assert (one.request.body, one.response.body, one.response.stop) == (b"", b"", 19)


def test_no_http() -> None:
    (one,) = talk("""
    C: HELO a
    C: QUIT
    S: 250 hello
    """)
    assert one.request is not None and one.response is not None
    assert (one.request.method, one.request.body, one.response.body) == ("", b"HELO a\r\nQUIT\r\n", b"250 hello\r\n")
    assert one.request.problems == ("this is no HTTP",)


def test_after_missing_bytes_nobody_knows_what_a_response_answers() -> None:
    asked, answered = talk("""
    C: GET / HTTP/1.1
    C: Host: x
    C:
    S-
    S: HTTP/1.1 204 No Content
    S:
    """)
    assert asked.response is None
    assert answered.request is None and answered.response is not None and answered.response.status == 204
