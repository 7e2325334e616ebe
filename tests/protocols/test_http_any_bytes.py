"""HTTP explained, whatever comes: no byte is lost, nothing trips, and the cuts of the wire make no difference."""

from __future__ import annotations

import time
import zlib
from unittest.mock import patch

from hypothesis import example, given, settings
from hypothesis import strategies as st

from netkit.protocols import Line, Piece, explain, http_flow, http_stream
from netkit.protocols.http_exchanges import exchanges
from netkit.protocols.http_flow import FOLD
from netkit.protocols.http_parts import ROOM
from tests.protocols.dialogues import check

CLIENT = [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"HEAD /x HTTP/1.1\r\n\r\n", b"GET /\r\n", b"CONNECT a:443 HTTP/1.1\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 9\r\nContent-Type: text/plain\r\n\r\n", b"name=a\nb&", b"GET / HTTP/1.0\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", b"Expect: 100-continue\r\n",
    b"Content-Length: 5, 6\r\n", b" folded\r\n", b"bad line\r\n",
    b"POST /f HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 70\r\n\r\n",
    b'--B\r\nContent-Disposition: form-data; name="n"\r\n\r\nv\r\n--B--\r\n',
]  # fmt: skip
SERVER = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", b"abc", b"HTTP/1.1 200\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.0 404 no\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html; charset=koi8-r\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip, deflate\r\n\r\n", b"3\r\n\xf0\n\xd2\r\n",
    b"1\r\nx\r\n" * 30, b"0\r\n\r\n", b"0\r\nX-T: 1\r\n\r\n", b"zz\r\n", b"\x1f\x8b\x08\0", b'{"a": [1]}',
]  # fmt: skip
COMMON = [
    b"",
    b"\r\n",
    b"\n",
    b"\x16\x03\x03\0\2xy",
    b"\x17\x03\x03\0",
    b"\0\xff",
    b"Cookie: a=b\r\n",
    b"A: \xd0\xbf\r\n",
]
SAID = st.lists(
    st.one_of(
        st.tuples(st.just("client"), st.sampled_from(CLIENT + COMMON) | st.binary(max_size=20)),
        st.tuples(st.just("server"), st.sampled_from(SERVER + COMMON) | st.binary(max_size=20)),
    ),
    max_size=14,
)


def timed(said: list[tuple[str, bytes]]) -> list[Piece]:
    return [(side, number / 10, data) for number, (side, data) in enumerate(said)]


def shown(lines: object) -> list[tuple[str, bytes, str, str, str]]:
    return [(one.side, one.data, one.text, one.meaning, one.source) for one in lines]  # type: ignore[attr-defined]


@settings(max_examples=400, deadline=None)
@given(SAID)
def test_nothing_trips_and_no_byte_is_lost(said: list[tuple[str, bytes]]) -> None:
    check(timed(said), list(explain("http", timed(said))), ROOM)
    exchanges(timed(said))


@settings(max_examples=300, deadline=None)
@given(SAID, st.lists(st.integers(1, 9), min_size=1, max_size=7))
def test_the_cuts_of_the_wire_make_no_difference(said: list[tuple[str, bytes]], sizes: list[int]) -> None:
    assert shown(explain("http", timed(cut(said, sizes)))) == shown(explain("http", timed(said)))


CHUNKED = [("server", SERVER[7]), ("server", b"1\r\nx\r\n" * 30)]


@settings(max_examples=300, deadline=None)
@example(CHUNKED, [1], 7)
@given(SAID, st.lists(st.integers(1, 9), min_size=1, max_size=7), st.integers(6, 40))
def test_nor_do_they_where_much_is_made_one_part(said: list[tuple[str, bytes]], sizes: list[int], fold: int) -> None:
    few = {"CHUNKS_SHOWN": 2, "FOLD": fold}
    with (
        patch.multiple(http_flow, TUNNEL_LINES=3, **few),
        patch.multiple(http_stream, JUNK_MOST=3, FIELDS_MOST=4, LINES_SHOWN=2, **few),
    ):
        check(timed(said), list(explain("http", timed(said))), ROOM)
        assert shown(explain("http", timed(cut(said, sizes)))) == shown(explain("http", timed(said)))


def cut(said: list[tuple[str, bytes]], sizes: list[int]) -> list[tuple[str, bytes]]:
    """The same bytes in smaller pieces."""
    cut: list[tuple[str, bytes]] = []
    for side, data in said:
        if not data:
            cut.append((side, data))
        at = 0
        while at < len(data):
            size = sizes[len(cut) % len(sizes)]
            cut.append((side, data[at : at + size]))
            at += size
    return cut


def test_what_a_server_that_speaks_no_http_says() -> None:
    lines = list(explain("http", timed([("server", b"220 mail\r\n" * 200)])))
    assert lines[0].meaning == "no status line: version and status code should stand here"
    assert {line.meaning for line in lines[1:100]} == {"no HTTP either"}
    assert len(lines) == 101  # what follows is one row


def measured(pieces: list[Piece]) -> tuple[float, list[Line]]:
    start = time.perf_counter()
    lines = explain("http", pieces)
    page = list(lines[:100])
    return time.perf_counter() - start, page if len(lines) <= 100 else [*page, *lines[len(lines) - 1 :]]


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
MANY = 100 << 20


def test_a_hundred_megabytes_are_a_hundred_parts() -> None:
    body = b"a line of text\n" * (1 << 12)
    said = [HEAD + b"Content-Length: %d\r\n\r\n" % (len(body) * (MANY // len(body)))] + [body] * (MANY // len(body))
    took, _page = measured(timed([("server", data) for data in said]))
    lines = explain("http", timed([("server", data) for data in said]))
    assert len(lines) == 4 + 20 + -(-(len(body) * (MANY // len(body)) - 20 * 15) // FOLD)
    assert lines[23].meaning == ""
    assert lines[24].meaning == "bytes 300 to 1\N{NO-BREAK SPACE}048\N{NO-BREAK SPACE}875 of the content"
    assert took < 2, "measured: 0.1 s; a busy machine may take longer"


def test_many_small_chunks_are_folded() -> None:
    chunks = b"4\r\nabcd\r\n" * 2000
    said = [HEAD + b"Transfer-Encoding: chunked\r\n\r\n"] + [chunks] * 50 + [b"0\r\n\r\n"]
    took, page = measured(timed([("server", data) for data in said]))
    assert len(page) == 4 + 3 * 20 + 1 + 2
    assert page[-3].meaning.replace("\N{NO-BREAK SPACE}", " ") == "99 980 more chunks: 899 820 bytes"
    assert page[-1].meaning == "an empty line: the chunked content ends here"
    assert took < 5, "measured: 0.1 s; a busy machine may take longer"


def test_a_bomb_is_unpacked_up_to_a_megabyte() -> None:
    engine = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = engine.compress(bytes(200 << 20)) + engine.flush()
    said = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb
    took, page = measured(timed([("server", said)]))
    told = "packed by gzip: 203 860 bytes, unpacked more than 1 048 576 bytes"
    assert page[-1].meaning.replace("\N{NO-BREAK SPACE}", " ") == told
    assert page[-1].text == "1f 8b 08 00 00 00 00 00 02 03 ec c1 01 01 00 00 …"
    assert took < 1, "measured: 5 ms; a busy machine may take longer"
