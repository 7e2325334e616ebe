"""Files of any size, whole and in part, slow and broken off; and that nothing piles up when nobody reads."""

from __future__ import annotations

import gc
import http.client
import time
import tracemalloc
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from netkit.servers.web.octets import MODIFIED, block_of
from netkit.servers.web.ranges import asked, letters, pattern
from netkit.servers.web.site import Web
from tests.web.talk import answers, ask, connect, raw
from tests.wire.peers import until


@pytest.mark.parametrize(
    ("field", "part"),
    [
        ("bytes=0-0", (0, 1)), ("bytes=3-7", (3, 8)), ("bytes=90-", (90, 100)), ("bytes=-7", (93, 100)),
        ("bytes=-700", (0, 100)),
        ("bytes=90-200", (90, 100)), ("bytes=0-", (0, 100)), (" bytes=1-2 ", (1, 3)),
        ("", None), ("bytes", None), ("bytes=", None), ("bytes=-", None),
        ("bytes=a-b", None), ("bytes=7-3", None), ("lines=0-1", None),
        ("bytes=0-1,5-6", None), ("bytes=+1-2", None), ("bytes=1 -2", None),
        ("bytes=٣-٧", None), ("bytes=" + "9" * 19 + "-", None),
    ],
)  # fmt: skip
def test_ranges(field: str, part: tuple[int, int] | None) -> None:
    assert asked(field, 100) == part


@pytest.mark.parametrize(
    ("field", "size"), [("bytes=100-", 100), ("bytes=999-1000", 100), ("bytes=-0", 100), ("bytes=-5", 0)]
)
def test_ranges_of_which_there_is_nothing(field: str, size: int) -> None:
    with pytest.raises(ValueError, match="^not satisfiable$"):
        asked(field, size)


def test_any_part_of_the_pattern_is_part_of_the_whole() -> None:
    whole = b"".join(pattern(0, 200_000, 65536))
    assert len(whole) == 200_000 and whole.startswith(b"line    0..") and whole[64:128].startswith(b"line    1")
    assert whole[1024 * 64 :].startswith(b"line    0"), "repeated"
    for start, stop, block in (
        (0, 0, 9),
        (5, 6, 9),
        (65_530, 65_540, 3),
        (100, 199_999, 65536),
        (65_536, 131_072, 1000),
    ):
        pieces = list(pattern(start, stop, block))
        assert b"".join(pieces) == whole[start:stop] and all(0 < len(piece) <= block for piece in pieces)
    assert b"".join(letters(3, 60, 7)) == (b"abcdefghijklmnopqrstuvwxyz" * 3)[3:60]


def test_a_file(web: Web) -> None:
    answer = ask(web, "/file/1000000")
    assert answer.header["Content-Length"] == "1000000" and answer.header["Content-Type"] == "application/octet-stream"
    assert answer.body == b"".join(pattern(0, 1_000_000, 65536))
    without = ask(web, "/file/1000000?length=no")
    assert "Content-Length" not in without.header and without.header["Transfer-Encoding"] == "chunked"
    assert without.body == answer.body


def test_the_rest_of_a_file(web: Web) -> None:
    whole = ask(web, "/file/100000")
    assert (whole.header["Accept-Ranges"], whole.header["ETag"]) == ("bytes", '"file-100000"')
    rest = ask(web, "/file/100000", Range="bytes=99000-", If_Range=whole.header["ETag"])
    assert (rest.status, rest.header["Content-Range"]) == (206, "bytes 99000-99999/100000")
    assert (rest.body, rest.header["Content-Length"]) == (whole.body[99000:], "1000")
    assert ask(web, "/file/100000", Range="bytes=99000-", If_Range='"other"').status == 200
    nothing = ask(web, "/file/100000", Range="bytes=100000-")
    assert (nothing.status, nothing.header["Content-Range"], nothing.body) == (416, "bytes */100000", b"")


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("If_None_Match", '"file-9"', 304),
        ("If_None_Match", '"a", W/"file-9"', 304),
        ("If_None_Match", "*", 304),
        ("If_None_Match", '"file-99"', 200),
        ("If_Modified_Since", MODIFIED, 304),
        ("If_Modified_Since", "Sun, 31 Dec 2023 23:59:59 GMT", 200),
        ("If_Modified_Since", "yesterday", 200),
    ],
)
def test_conditions(web: Web, field: str, value: str, status: int) -> None:
    answer = ask(web, "/file/9", **{field: value})
    assert (answer.status, answer.body) == (status, b"" if status == 304 else b"line    0")


def test_httpbins_range(web: Web) -> None:
    answer = ask(web, "/range/30")
    assert (answer.status, answer.body) == (200, b"abcdefghijklmnopqrstuvwxyzabcd")
    part = ask(web, "/range/30", Range="bytes=24-27")
    assert (part.status, part.body, part.header["Content-Range"]) == (206, b"yzab", "bytes 24-27/30")


def test_pieces_for_a_speed() -> None:
    for speed in (1, 7, 1000, 1e6, 1e9, 1e300):
        assert block_of(speed) == max(1, min(65536, int(speed // 20)))
    assert block_of(0) == 65536


@pytest.mark.parametrize(
    ("target", "size", "seconds"),
    [
        ("/file/500000?speed=1000000", 500_000, 0.5),  # in pieces of different sizes
        ("/file/20000?speed=50000", 20_000, 0.4),
        ("/range/1000?duration=0.4", 1000, 0.4),
        ("/drip?numbytes=7&duration=0.4", 7, 0.4),
        ("/drip?numbytes=900000&duration=0.4", 900_000, 0.4),
    ],
)
def test_speed(web: Web, target: str, size: int, seconds: float) -> None:
    """Not too fast; and one of three times nearly as fast as was asked for, for the machine may be busy."""
    took = []
    while not took or (len(took) < 3 and took[-1] > 1.1 * seconds):
        begun = time.monotonic()
        assert len(ask(web, target).body) == size
        took.append(time.monotonic() - begun)
    assert min(took) >= 0.85 * seconds  # the client has the last piece before its time is over
    assert min(took) <= 1.3 * seconds


def test_others_are_served_while_one_is_served_slowly(web: Web) -> None:
    with connect(web.http) as slow:
        slow.sendall(b"GET /file/1000000?speed=1000 HTTP/1.1\r\nHost: h\r\n\r\n")
        assert slow.recv(10)
        begun = time.monotonic()
        assert ask(web, "/get").status == 200
        assert time.monotonic() - begun < 5
    until(lambda: not web.http.tap.links)


@pytest.mark.parametrize("target", ["/truncated/100000", "/truncated/100000?length=no"])
def test_less_than_was_announced(web: Web, target: str) -> None:
    with pytest.raises(http.client.IncompleteRead) as broken:
        ask(web, target)
    assert broken.value.partial == b"".join(pattern(0, 50_000, 65536))
    assert broken.value.expected == (None if "no" in target else 50_000)


def test_urlretrieve_notices_it(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    reports: list[tuple[int, int, int]] = []
    urllib.request.urlretrieve(web.url + "/file/20000", tmp_path / "whole", lambda *report: reports.append(report))
    assert reports == [(0, 8192, 20000), (1, 8192, 20000), (2, 8192, 20000), (3, 8192, 20000)]
    reports.clear()
    urllib.request.urlretrieve(
        web.url + "/file/100?length=no", tmp_path / "whole", lambda *report: reports.append(report)
    )
    assert reports == [(0, 8192, -1), (1, 8192, -1)]
    with pytest.raises(urllib.error.ContentTooShortError, match="got only 10000 out of 20000 bytes"):
        urllib.request.urlretrieve(web.url + "/truncated/20000", tmp_path / "half")


def test_a_client_that_does_not_read_fills_nothing(web: Web) -> None:
    """Of a gigabyte only that is made which fits into the system's buffers."""
    gc.collect()
    tracemalloc.start()
    try:
        with connect(web.http) as sock:
            sock.sendall(b"GET /file/1073741824 HTTP/1.1\r\nHost: h\r\n\r\n" * 50)
            until(lambda: web.http.peek() and web.http.peek()[-1].from_server > 1_000_000)
            before = -1
            while before != (before := web.http.peek()[-1].from_server):
                time.sleep(0.05)
            assert before < 50_000_000
            assert tracemalloc.get_traced_memory()[0] < 20_000_000
            assert ask(web, "/get").status == 200
    finally:
        tracemalloc.stop()
    until(lambda: not web.http.tap.links)


def test_many_requests_whose_answers_nobody_reads(web: Web) -> None:
    """What waits to be answered stays with the client: pipelining has no end of its own."""
    with connect(web.http) as sock:
        sock.settimeout(0.5)
        request = b"GET /bytes/100000 HTTP/1.1\r\nHost: h\r\n\r\n" * 1000
        with pytest.raises(TimeoutError):
            for _n in range(1000):
                sock.sendall(request)
        assert web.http.peek()[-1].from_server < 50_000_000
    until(lambda: not web.http.tap.links)


def test_a_body_of_32_mb(web: Web) -> None:
    body = b"x" * (32 << 20)
    assert len(ask(web, "/post", "POST", body).json["data"]) == len(body)


def test_a_client_that_goes_in_the_middle(web: Web) -> None:
    for target in (
        b"/file/1000000?speed=1000",
        b"/drip?duration=60",
        b"/delay/3",
        b"/file/1073741824",
        b"/stream/100",
    ):
        with connect(web.http) as sock:
            sock.sendall(b"GET %s HTTP/1.1\r\nHost: h\r\n\r\n" % target)
            if target != b"/delay/3":
                assert sock.recv(10)
    until(lambda: not web.http.tap.links)
    (answer,) = answers(raw(web.http, b"GET /ip HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
    assert answer.status == 200
