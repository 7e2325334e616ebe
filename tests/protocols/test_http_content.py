"""HTTP explained: what content is, chunks, and what is missing."""

from __future__ import annotations

import gzip
import zlib

import pytest

from netkit.protocols import explain


def body(kind: str, data: bytes, extra: str = "") -> tuple[str, str]:
    """What is told of a response's content: text and meaning of its first line."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{extra}Content-Length: {len(data)}\r\n\r\n".encode()
    line = explain("http", [("server", 0.0, head + data)])[4 + extra.count("\n")]
    return line.text, line.meaning.replace("\N{NO-BREAK SPACE}", " ")


GZIP = "Content-Encoding: gzip\r\n"


@pytest.mark.parametrize(
    ("kind", "data", "extra", "meaning"),
    [
        ("application/json", b"[1, 2]", "", "JSON: an array of 2 elements"),
        ("application/json", b"{}", "", "JSON: an empty object"),
        ("application/json", b"7", "", "JSON: a single value"),
        ("application/json", b"{1}", "",
         "should be JSON, but is not: Expecting property name enclosed in dou…"),
        ("application/json", b"[" * 100_000, "", "should be JSON, but is not: RecursionError"),
        ("application/problem+json", b'{"\xd0\xbf": 1, "b": 2, "c": 3, "d": 4, "e": 5}', "",
         "JSON: an object with the names п, b, c, d, …"),
        ("text/xml", b"<?xml version='1.0'?><methodCall/>", "", "XML; its outermost element: methodCall"),
        ("image/svg+xml", b"no", "", "should be XML, but has no element"),
        ("text/html; charset=koi8-r", b"<TITLE>\xf0\xd2\xc9</TITLE>", "",
         "a page, its title: При; in koi8-r: <TITLE>При</TITLE>"),
        ("text/plain", b"\xf0\xd2\xc9", "", "the content: text; not UTF-8 text: 3 of 3 bytes do not decode"),
        ("text/plain; charset=nonsense", b"\xf0", "", "the content: text; in a character set that does not exist"),
        ("image/png", b"\x89PNG\r\n\x1a\n" + bytes(60), "", "the content: image/png, 68 bytes"),
        ("text/plain", gzip.compress(b"abc", mtime=0), GZIP,
         "packed by gzip: 23 bytes, unpacked 3 bytes; the content: text"),
        ("text/plain", gzip.compress(b"abc", mtime=0)[:-5], GZIP,
         "packed by gzip, but damaged or cut off after 3 bytes"),
        ("text/plain", b"abc", GZIP, "should be packed by gzip, but is not"),
        ("text/plain", b"abc", "Content-Encoding: br\r\n", "packed by br, 3 bytes: netkit cannot unpack it"),
        ("text/plain", zlib.compress(b"abc"), "Content-Encoding: deflate\r\n",
         "packed by deflate: 11 bytes, unpacked 3 bytes; the content: text"),
        ("text/plain", zlib.compress(b"abc")[2:-4], "Content-Encoding: deflate\r\n",
         "packed by deflate: 5 bytes, unpacked 3 bytes; the content: text"),
        ("text/plain", zlib.compress(gzip.compress(b"abc", mtime=0)), "Content-Encoding: gzip, deflate\r\n",
         "packed by gzip, deflate: 27 bytes, unpacked 3 bytes; the content: text"),
        ("text/plain", gzip.compress(gzip.compress(b"abc", mtime=0), mtime=0), "Content-Encoding: gzip, gzip\r\n",
         "packed by gzip, gzip: 39 bytes, unpacked 3 bytes; the content: text"),
    ],
)  # fmt: skip
def test_what_the_content_is(kind: str, data: bytes, extra: str, meaning: str) -> None:
    assert body(kind, data, extra)[1] == meaning


def test_binary_content_is_shown_in_hexadecimal() -> None:
    assert body("image/png", b"\x89PNG\r\n\x1a\n" + bytes(60))[0] == "89 50 4e 47 0d 0a 1a 0a 00 00 00 00 00 00 00 00 …"


def test_bytes_that_were_not_kept_do_not_hide_what_comes_after() -> None:
    """A recording has a limit: of a long answer, the middle is missing."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    lines = explain("http", [
        ("client", 0.0, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), ("server", 0.1, head + b"begin"), ("server", 0.2, b""),
        ("server", 0.3, b"\x00end"), ("client", 0.4, b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("server", 0.5, b"HTTP/1.1 204 No Content\r\n\r\n"),
    ])  # fmt: skip
    assert [line.meaning for line in lines if line.side == "server"] == [
        "it succeeded: here is what was asked for",
        "the content is 1\N{NO-BREAK SPACE}000 bytes long",
        "an empty line: 1\N{NO-BREAK SPACE}000 bytes of content follow",
        "the content: 5 bytes; it breaks off here: 995 of 1\N{NO-BREAK SPACE}000 bytes are missing",
        "what follows the missing bytes: 4 bytes",
        "it succeeded, and there is no content to send",
        "an empty line: the header section ends, no content follows",
    ]


@pytest.mark.parametrize(
    ("after", "meanings"),
    [
        ("xyz\r\n", ["should be the size of a chunk, in hexadecimal: the rest cannot be read",
                     "cannot be read, after what was wrong above"]),
        ("3\r\nabcde\r\n", ["a chunk of 0x3 = 3 bytes", "the content: 3 bytes",
                            "a chunk should end here with CRLF: its size is wrong",
                            "cannot be read, after what was wrong above"]),
        ("3\r\nab", ["a chunk of 0x3 = 3 bytes",
                     "the content: 2 bytes; it breaks off here: the last chunk is missing"]),
        ("3\r\nabc\r\n", ["a chunk of 0x3 = 3 bytes", "the content: 3 bytes",
                          "the end of the chunk; it breaks off here: the last chunk is missing"]),
        ("3", ["the message breaks off inside this line"]),
    ],
)  # fmt: skip
def test_wrong_chunks(after: str, meanings: list[str]) -> None:
    more = b"rest" if meanings[-1].startswith("cannot be read") else b""
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + after.encode() + more
    assert [line.meaning for line in explain("http", [("server", 0.0, data)])][3:] == meanings


def test_tls_in_a_tunnel() -> None:
    lines = explain("http", [
        ("client", 0.0, b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"), ("server", 0.1, b"HTTP/1.1 200 OK\r\n\r\n"),
        ("client", 0.2, b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"),
        ("server", 0.3, b"\x17\x03\x03\x00\x02ab\x17\x03"),
    ])  # fmt: skip
    assert [(line.side, line.meaning) for line in lines[5:]] == [
        ("client", "TLS handshake record, 10 bytes: ClientHello, which ciphers the client knows"),
        ("server", "TLS application data record, 7 bytes: encrypted, only the two ends can read it"),
        ("server", "the beginning of a TLS record, 2 bytes"),
    ]


def test_a_refused_tunnel_is_none() -> None:
    lines = explain("http", [
        ("client", 0.0, b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("server", 0.1, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
    ])  # fmt: skip
    assert lines[3].meaning == "asks for /"


def test_tls_from_the_beginning() -> None:
    (line,) = explain("http", [("client", 0.0, b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03")])
    assert line.meaning == "TLS handshake record, 10 bytes: ClientHello, which ciphers the client knows"


def test_tls_that_does_not_wait_for_the_tunnel() -> None:
    hello = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"
    lines = explain("http", [
        ("client", 0.0, b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n" + hello),
        ("server", 0.1, b"HTTP/1.1 200 OK\r\n\r\n"),
    ])  # fmt: skip
    assert [line.meaning for line in lines if line.data == hello] == [
        "TLS handshake record, 10 bytes: ClientHello, which ciphers the client knows"
    ]


def test_a_wrong_end_among_many_chunks() -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 25 + b"1\r\nx\rzz\r\n"
    assert (
        explain("http", [("server", 0.0, data)])[-1].meaning == "a chunk should end here with CRLF: its size is wrong"
    )


def test_many_chunks_in_one_piece_are_several_parts() -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"4\r\nabcd\r\n" * 300_000
    lines = explain("http", [("server", 0.0, data)])
    assert [len(line.data) for line in lines[-3:]] == [1_048_581, 1_048_581, 602_658]
