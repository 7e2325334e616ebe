"""Text as lines: none of the bytes is lost, whatever they are, and what cannot be seen is made visible."""

from __future__ import annotations

import importlib.util
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netkit.protocols import MODULES, Line, Piece, explain
from netkit.protocols.text import LONGEST, undecodable, visible

WORD = "ПАЛИНДРОМ".encode()


def pieces(*said: tuple[str, bytes]) -> list[Piece]:
    return [(side, index / 10, data) for index, (side, data) in enumerate(said)]


def texts(lines: object) -> list[tuple[str, str]]:
    return [(line.side, line.text) for line in lines]  # type: ignore[attr-defined]


def test_pieces_of_one_side_are_joined_into_lines() -> None:
    lines = explain(
        "text", pieces(("client", b"HE"), ("client", b"LO\r\nQU"), ("client", b"IT\r\n"), ("server", b"ok"))
    )
    assert list(lines) == [
        Line("client", 0.0, b"HELO\r\n", "HELO\\r\\n", piece=0),
        Line("client", 0.1, b"QUIT\r\n", "QUIT\\r\\n", piece=1),
        Line("server", 0.3, b"ok", "ok", piece=3),
    ]


def test_a_line_ends_where_the_other_side_speaks() -> None:
    lines = explain("text", pieces(("client", b"a"), ("server", b"b"), ("client", b"c")))
    assert texts(lines) == [("client", "a"), ("server", "b"), ("client", "c")]


def test_a_break_ends_the_line_of_its_own_side_only() -> None:
    assert texts(explain("text", pieces(("client", b"a"), ("client", b""), ("client", b"b")))) == [
        ("client", "a"),
        ("client", "b"),
    ]
    assert texts(explain("text", pieces(("client", b"a"), ("server", b""), ("client", b"b")))) == [("client", "ab")]


def test_datagrams_are_not_joined() -> None:
    lines = explain("text", pieces(("client", b"one"), ("client", b"two")), datagrams=True)
    assert texts(lines) == [("client", "one"), ("client", "two")]


def test_a_character_cut_between_two_pieces_is_no_error() -> None:
    cut = [("client", WORD[i : i + 1]) for i in range(len(WORD))]
    (line,) = explain("text", pieces(*cut))
    assert (line.text, line.meaning) == ("ПАЛИНДРОМ", "")


def test_a_character_cut_by_the_other_side_is_told() -> None:
    first, answer, second = explain("text", pieces(("client", WORD[:7]), ("server", b"ok"), ("client", WORD[7:])))
    assert (first.text, first.meaning) == ("ПАЛ\\xd0", "ends inside a character, after its first byte")
    assert (answer.text, answer.meaning) == ("ok", "")
    assert second.text == "\\x98НДРОМ"
    assert second.meaning == "begins with the last byte of a character that was cut in two"


def test_a_character_cut_in_three() -> None:
    smile = "🙂".encode()
    parts = [part for octet in smile for part in (("client", bytes([octet])), ("server", b"."))]
    mine = [line for line in explain("text", pieces(*parts)) if line.side == "client"]
    assert [line.text for line in mine] == ["\\xf0", "\\x9f", "\\x99", "\\x82"]
    assert all("character" in line.meaning for line in mine)


def test_what_is_not_utf8_says_so() -> None:
    (line,) = explain("text", pieces(("server", WORD[::-1])))
    assert line.text == "\\x9cОРДНИЛАП\\xd0"
    assert line.meaning == "not UTF-8 text: 2 of 18 bytes do not decode"


def test_other_encodings_are_not_utf8() -> None:
    (line,) = explain("text", pieces(("server", "привет".encode("koi8-r"))))
    assert line.meaning == "not UTF-8 text: 6 of 6 bytes do not decode"
    assert line.text == "\\xd0\\xd2\\xc9\\xd7\\xc5\\xd4"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\tb\r\n", r"a\tb\r\n"),
        (b"\x00\x1b[2J\x7f", r"\x00\x1b[2J\x7f"),
        ("\u202egpj.exe\u2066".encode(), r"\u202egpj.exe\u2066"),
        ("\u2028\xa0\x9c\ufeff".encode(), r"\u2028\u00a0\u009c\ufeff"),
        (b"C:\\new", r"C:\\new"),
        ("\U000e0001".encode(), r"\U000e0001"),
        ("ПАЛИНДРОМ 🙂 <b>".encode(), "ПАЛИНДРОМ 🙂 <b>"),
    ],
)
def test_what_cannot_be_seen_is_written_out(data: bytes, text: str) -> None:
    assert visible(data) == text


def test_a_long_line_is_split_but_no_character() -> None:
    lines = explain("text", pieces(("client", ("a" + "я" * 3000).encode())))
    assert [len(line.data) for line in lines] == [1999, 2000, 2000, 2]
    assert {line.meaning for line in lines} == {""}


SAID = st.lists(
    st.tuples(
        st.sampled_from(["client", "server"]),
        st.one_of(
            st.binary(max_size=40),
            st.text(max_size=20).map(lambda text: text.encode(errors="replace")),
            st.sampled_from([b"\n", b"\r\n", b"", b"x" * (LONGEST + 1), b"\xd0", b"\x9f", "я".encode() * LONGEST]),
            st.sampled_from(
                [b"220 x\r\n", b"DATA\r\n", b"354 go\r\n", b"A: b\r\n\r\n", b"x\r\n" * 30, b"\r\n.\r\n"]
            ),  # SMTP
            st.sampled_from(
                [b"+OK\r\n", b"RETR 1\r\n", b"LIST\r\n", b"STLS\r\n", b"STARTTLS\r\n", b"\x16\x03\x03\0\2x"]
            ),
        ),
    ),
    max_size=12,
)


def written() -> list[str]:
    """The protocols whose modules there are."""
    return [name for name, module in MODULES.items() if importlib.util.find_spec(module)]


@pytest.mark.parametrize("name", written())
@pytest.mark.parametrize("datagrams", [False, True])
@given(said=SAID)
def test_no_protocol_loses_a_byte_or_trips(name: str, datagrams: bool, said: list[tuple[str, bytes]]) -> None:
    given_pieces = pieces(*said)
    lines = explain(name, given_pieces, datagrams)
    for side in ("client", "server"):
        sent = b"".join(data for who, data in said if who == side)
        assert b"".join(line.data for line in lines if line.side == side) == sent
    assert [line.piece for line in lines] == sorted(line.piece for line in lines)
    for line in lines:
        assert line.text.isprintable()
        assert (line.side, line.time) == given_pieces[line.piece][:2]


@given(st.binary(max_size=200))
def test_visible_can_be_read_back(data: bytes) -> None:
    """What is shown is unambiguous: the bytes can be had from it."""
    octets = bytearray()
    text = visible(data)
    at = 0
    short = {"n": b"\n", "r": b"\r", "t": b"\t", "\\": b"\\"}
    while at < len(text):
        if text[at] != "\\":
            octets += text[at].encode()
            at += 1
            continue
        code = text[at + 1]
        if code in short:
            octets += short[code]
            at += 2
            continue
        digits = {"x": 2, "u": 4, "U": 8}[code]
        number = int(text[at + 2 : at + 2 + digits], 16)
        octets += bytes([number]) if code == "x" else chr(number).encode()
        at += 2 + digits
    assert bytes(octets) == data


@given(st.binary(max_size=200))
def test_undecodable_counts_what_replacing_would_drop(data: bytes) -> None:
    assert undecodable(data) == len(data) - len(data.decode(errors="ignore").encode())


def test_an_unknown_protocol_is_shown_as_text() -> None:
    assert texts(explain("gopher", pieces(("client", b"/\r\n")))) == [("client", "/\\r\\n")]


def test_ten_thousand_lines_are_quick_and_a_page_costs_a_page() -> None:
    said = pieces(
        *[part for n in range(5000) for part in (("client", f"строка {n}\r\n".encode()), ("server", b"ok\r\n"))]
    )
    start = time.perf_counter()
    lines = explain("text", said)
    page = list(lines[9000:9200])
    took = time.perf_counter() - start
    assert (len(lines), len(page)) == (10_000, 200)
    assert took < 0.5, "measured: 15 ms; a busy machine may take longer"
