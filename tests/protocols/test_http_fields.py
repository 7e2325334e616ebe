"""HTTP explained: request lines, status lines and field lines, one by one."""

from __future__ import annotations

import pytest

from netkit.protocols import explain
from tests.protocols.dialogues import told


def field(line: str, side: str = "C", first: str = "GET / HTTP/1.1") -> tuple[str, str]:
    """What is told of a field line."""
    lines = f"{side}: {first}\n{side}: {line}\n{side}:"
    return told("http", lines)[1]


@pytest.mark.parametrize(
    ("line", "meaning", "source"),
    [
        ("Host:", "no host is named", "RFC 9110, section 7.2"),
        ("host: a", "the host that is asked: a", "RFC 9110, section 7.2"),
        ("Accept: */*", "any kind of content is welcome", "RFC 9110, section 12.5.1"),
        ("Accept: text/html", "which kinds of content the client takes", "RFC 9110, section 12.5.1"),
        ("Authorization: Basic !", "signs in by Basic, but not with name:password in Base64", "RFC 7617, section 2"),
        ("Authorization: Bearer abc", "shows a token: whoever has it is let in", "RFC 6750, section 2.1"),
        ("Authorization: NTLM abc", "signs in by NTLM", "RFC 9110, section 11.6.2"),
        ("Range: bytes=0-99", "asks for bytes 0 to 99 only, counted from 0", "RFC 9110, section 14.2"),
        ("Range: bytes=-99", "asks for the last 99 bytes only", "RFC 9110, section 14.2"),
        ("Range: bytes=99-", "asks for byte 99 and all that follows", "RFC 9110, section 14.2"),
        ("Range: bytes=0-1,5-6", "asks for parts of it: bytes=0-1,5-6", "RFC 9110, section 14.2"),
        ("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", "only if it has changed since then",
         "RFC 9110, section 13.1.3"),
        ("Referer: http://a/", "from which page the link was followed", "RFC 9110, section 10.1.3"),
        ("Origin: http://a", "from which site the script comes that asks", "RFC 6454, section 7"),
        ("Expect: more", "expects something that is not defined", "RFC 9110, section 10.1.1"),
        ("TE: trailers", "which transfer codings the client takes, and whether trailers", "RFC 9110, section 10.1.4"),
        ("X-Forwarded-For: 10.0.0.1", "a proxy says for whom it asks; anybody can write this", "RFC 7239, section 7.4"),
        ("Connection: keep-alive", "the connection stays open for more requests", "RFC 9112, section 9.3"),
        ("User-Agent: \xd0\xbf", "which program asks: п", "RFC 9110, section 10.1.5"),
        ("X-Any: \x1b[2J", "netkit does not know this field; who does not know one ignores it",
         "RFC 9110, section 5.1"),
    ],
)  # fmt: skip
def test_a_field_of_a_request(line: str, meaning: str, source: str) -> None:
    assert field(line.encode("latin-1").decode()) == (meaning, source)


@pytest.mark.parametrize(
    ("line", "meaning", "source"),
    [
        ("WWW-Authenticate: Basic realm=\"a \\\"b\\\"\"",
         "sign in by Basic, with name and password, for “a \"b\"”", "RFC 7617, section 2"),
        ("WWW-Authenticate: Bearer", "sign in by Bearer: show a token", "RFC 6750, section 3"),
        ("WWW-Authenticate: ???", "should say how to sign in, but cannot be read", "RFC 9110, section 11.6.1"),
        ("Content-Range: bytes 0-9/100", "bytes 0 to 9, counted from 0, of 100", "RFC 9110, section 14.4"),
        ("Content-Range: bytes */100", "there is no such part; all of it has 100 bytes", "RFC 9110, section 14.4"),
        ("Accept-Ranges: bytes", "parts can be asked for, too: see Range", "RFC 9110, section 14.3"),
        ("Accept-Ranges: none", "no parts can be asked for", "RFC 9110, section 14.3"),
        ("Content-Encoding: gzip", "the content is compressed by gzip", "RFC 9110, section 8.4"),
        ("Expires: 0", "no date, so it is out of date at once", "RFC 9111, section 5.3"),
        ("Age: 7", "for 7 s it has been lying in a cache", "RFC 9111, section 5.1"),
        ("Date: yesterday", "when the message was made; but not written as HTTP writes a date",
         "RFC 9110, section 6.6.1; RFC 9110, section 5.6.7"),
        ("Content-Disposition: attachment; filename=\"a.txt\"", "to be kept as the file a.txt", "RFC 6266, section 4"),
        ("Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT", "when the content was last changed",
         "RFC 9110, section 8.8.2"),
        ("ETag: W/\"1\"", "a tag of this version of the content, a weak one", "RFC 9110, section 8.8.3"),
        ("Server: a", "which program answers: a", "RFC 9110, section 10.2.4"),
        ("Set-Cookie: id=1; Max-Age=0", "keep the cookie id, and give it back, it is deleted", "RFC 6265, section 4.1"),
    ],
)  # fmt: skip
def test_a_field_of_a_response(line: str, meaning: str, source: str) -> None:
    assert field(line, "S", "HTTP/1.1 200 OK") == (meaning, source)


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("GET * HTTP/1.1", "asks for *; wrong: * is for OPTIONS only"),
        ("GET index.html HTTP/1.1", "asks for index.html; wrong: a target begins with /"),
        ("GET /#top HTTP/1.1", "asks for /#top; wrong: the part after # is not sent"),
        ("CONNECT a HTTP/1.1", "asks a proxy for a tunnel to a; wrong: CONNECT wants host:port"),
        ("BREW /pot HTTP/1.1", "BREW: a method that HTTP itself does not define"),
        ("PATCH /a HTTP/1.1", "/a is to be changed in part"),
        ("PROPFIND /a HTTP/1.1", "a method of WebDAV, for /a"),
        ("GET /%F0%D2%C9 HTTP/1.1", "asks for /При"),
        ("GET /?a&b=%zz&&c=1;2 HTTP/1.1", "asks for /; query: a = “”, b = %zz, c = 1;2"),
        ("GET /?a=1&b=2&c=3&d=4&e=5 HTTP/1.1", "asks for /; query: a = 1, b = 2, c = 3, 2 more"),
        ("GET / HTTP/3.0", "asks for /; HTTP/3.0 is not written like this"),
        ("GET /%0d%0aX HTTP/1.1", r"asks for /\r\nX"),
    ],
)
def test_a_request_line(line: str, meaning: str) -> None:
    assert told("http", f"C: {line}\nC: Host: a\nC:")[0][0] == meaning


STATUS = {
    100: "15.2.1", 101: "15.2.2", 200: "15.3.1", 206: "15.3.7", 301: "15.4.2", 308: "15.4.9", 400: "15.5.1",
    401: "15.5.2", 404: "15.5.5", 405: "15.5.6", 418: "15.5.19", 421: "15.5.20", 426: "15.5.22", 500: "15.6.1",
    505: "15.6.6", 199: "15.2", 299: "15.3", 399: "15.4", 499: "15.5", 599: "15.6", 600: "15", 99: "",
}  # fmt: skip


@pytest.mark.parametrize("code", STATUS)
def test_where_a_status_code_stands(code: int) -> None:
    said = told("http", f"C: GET / HTTP/1.1\nC: Host: a\nC:\nS: HTTP/1.1 {code} any\nS:")[3]
    assert said[1] == (f"RFC 9110, section {STATUS[code]}" if STATUS[code] else "RFC 9112, section 4")


def test_a_header_section_without_a_host() -> None:
    assert told("http", "C: GET / HTTP/1.1\nC:")[1] == (
        "an empty line: the header section ends, no content follows; wrong: HTTP/1.1 wants a Host",
        "RFC 9112, section 6.3; RFC 9112, section 3.2",
    )


def test_lines_that_end_in_lf_alone() -> None:
    lines = explain("http", [("client", 0.0, b"GET / HTTP/1.1\nHost: a\n\n")])
    assert [line.meaning for line in lines] == [
        "asks for /; ends in LF alone, not in CRLF",
        "the host that is asked: a; ends in LF alone, not in CRLF",
        "an empty line: the header section ends, no content follows",
    ]
