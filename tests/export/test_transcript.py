"""Conversations as text: the same facts as the inspector, bounded, and the same text each time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netkit.export.rows import Row, explanation, glimpse, rows
from netkit.export.text import hexdump, pieces, shorten, transcript, transcripts
from netkit.protocols import Line
from netkit.protocols.text import visible
from netkit.show import views
from netkit.wire.conversation import Conversation, Ending, Kind, Side
from tests.builders import client, conversation, conversations, fin, gap, lost, pause, rst, server

WORD = "ПАЛИНДРОМ"


def test_a_conversation_reads_like_a_dialogue() -> None:
    talk = conversation(client(WORD), fin("client"), server(WORD.encode()[::-1]), fin("server"))
    assert transcript(talk).splitlines() == [
        "palindrome, conversation 1 (TCP): closed in good order; client → server 18 bytes, server → client 18 bytes",
        "  client → server  18 bytes  ПАЛИНДРОМ",
        "  client → server            FIN: will send no more",
        r"  server → client  18 bytes  \x9cОРДНИЛАП\xd0  — not UTF-8 text: 2 of 18 bytes do not decode",
        "  server → client            FIN: will send no more",
    ]


def test_what_a_line_means_is_followed_by_where_that_stands() -> None:
    talk = conversation(client("EHLO pc\r\n"), client("BLAH\r\n"), protocol="smtp")
    first, second = rows(talk).rows
    assert explanation(first) == "the client, pc, says hello and asks for extensions [RFC 5321, section 4.1.1.1]"
    assert explanation(second) == "no command of SMTP: BLAH"
    assert transcript(talk).splitlines()[1].endswith(f"  — {explanation(first)}")
    assert f'<span class="nk-meaning">{explanation(first)}</span>' in views.dialogue([first, second], 0.0)


def test_where_it_stands_is_said_in_the_learners_language(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line("client", 0.0, b"x", "x", "meaning", "RFC 1460; RFC 5321, section 4.2.1")
    row = Row(0.0, "", 1, "x", "meaning", Kind.DATA, Side.CLIENT, line)
    words = {"RFC {number}, section {section}": "RFC {number}, раздел {section}"}
    monkeypatch.setattr("netkit.export.rows._", lambda text: words[text])
    assert explanation(row) == "meaning [RFC 1460; RFC 5321, раздел 4.2.1]"


def test_times_are_since_the_start_and_since_the_row_before() -> None:
    talk = conversation(client("a"), pause(0.25, server("b")))
    out = transcript(talk, times=True).splitlines()
    assert "127.0.0.1:50001" in out[1] and "127.0.0.1:33333" in out[1]
    assert out[2].split() == ["1.0", "ms", "+1.0", "ms", "client", "→", "server", "1", "byte", "a"]
    assert out[3].split() == ["252.0", "ms", "+251.0", "ms", "server", "→", "client", "1", "byte", "b"]


def test_without_times_nothing_differs_between_two_runs() -> None:
    first = conversation(client("a"), server("b"), client_port=50001, server_port=33333, began=1.0)
    second = conversation(client("a"), pause(1, server("b")), client_port=50002, server_port=33334, began=2.0)
    assert transcript(first) == transcript(second)
    assert pieces(first) == pieces(second)


def test_faults_are_told_in_words() -> None:
    talk = conversation(client("one"), lost("client", "two"), gap("server", 12345), rst("tap"))
    out = transcript(talk)
    assert "cut off by a fault" in out
    assert re.search(r"client → server +3 bytes  lost on the way: two\n", out)
    assert re.search(r"server → client +12\xa0345 bytes were passed on but not kept\n", out)
    assert re.search(r"netkit → both +RST: broken off by a fault", out)


def test_a_line_does_not_reach_over_lost_bytes() -> None:
    said = rows(conversation(client("a"), lost("client", "b"), client("c"))).rows
    assert [row.text for row in said] == ["a", "lost on the way: b", "c"]


def test_an_empty_datagram_is_a_row() -> None:
    talk = conversation(client("x"), client(b""), server("y"), transport="udp")
    assert [row.text for row in rows(talk).rows] == ["x", "an empty datagram", "y"]
    assert "(UDP): client → server 1 byte," in transcript(talk)


@pytest.mark.parametrize("how", list(Ending))
def test_every_ending_has_words(how: Ending) -> None:
    first = transcript(conversation(ending=how)).splitlines()[0]
    assert re.search(r"\(TCP\): \S.*; client", first)


def test_a_long_conversation_says_how_much_is_left_out() -> None:
    talk = conversation(*[client(f"{n}\n") for n in range(300)])
    out = transcript(talk).splitlines()
    assert len(out) == 1 + 200 + 1
    assert out[-1] == "  … and 100 more rows that are not shown"
    assert len(transcript(talk, limit=None).splitlines()) == 1 + 300
    assert len(pieces(talk).splitlines()) == 1 + 200 + 1
    assert len(pieces(talk, limit=None).splitlines()) == 1 + 300


def test_pieces_are_shown_as_they_were_cut() -> None:
    octets = WORD.encode()
    talk = conversation(*[client(octets[i : i + 3]) for i in range(0, 6, 3)], fin("client"))
    assert pieces(talk).splitlines()[1:] == [
        r"  1  client → server  3 bytes  П\xd0",
        r"  2  client → server  3 bytes  \x90Л",
        "  3  client → server           FIN: will send no more",
    ]


class Tap:
    """As much of a tap as `transcripts` asks for."""

    name = "palindrome"

    def __init__(self, *kept: Conversation, recorded: int | None = None) -> None:
        self.conversations = kept
        self.recorded = len(kept) if recorded is None else recorded


def test_the_newest_conversations_are_shown_when_there_are_many() -> None:
    many = [conversation(client("a"), server("b"), number=n) for n in range(1, 101)]
    out = transcripts(Tap(*many, recorded=150), limit=10).splitlines()
    assert out[0] == "145 older conversations are not shown."
    assert out[1].startswith("palindrome, conversation 96 ")
    assert out[-3].startswith("palindrome, conversation 100 ")
    assert transcripts(Tap()) == "palindrome: no conversation to show"
    assert "4 older" in transcripts(Tap(recorded=4))


@given(conversations())
def test_nothing_from_the_wire_reaches_the_terminal_raw(talk: Conversation) -> None:
    for out in (transcript(talk), transcript(talk, times=True, limit=None), pieces(talk)):
        assert all(line.replace("\N{NO-BREAK SPACE}", " ").isprintable() for line in out.split("\n"))


@given(conversations(), st.integers(1, 5))
def test_pages_are_parts_of_the_whole(talk: Conversation, size: int) -> None:
    whole = rows(talk).rows
    paged = []
    for start in range(0, len(whole), size):
        page = rows(talk, limit=size, start=start)
        assert page.left_out == max(0, len(whole) - start - size)
        paged += page.rows
    assert paged == whole
    moments = [row.line.piece if row.line else None for row in whole]
    assert [m for m in moments if m is not None] == sorted(m for m in moments if m is not None)


@given(st.binary(max_size=100), st.integers(0, 2**32 - 200))
def test_hexdump_round_trip(data: bytes, offset: int) -> None:
    found = bytearray()
    for index, line in enumerate(hexdump(data, offset).splitlines()):
        found += bytes.fromhex(line[8:58])
        assert int(line[:8], 16) == offset + 16 * index
    assert bytes(found) == data


def test_hexdump_shows_ascii_beside() -> None:
    assert hexdump(b"HELO localhost\r\n+", 32).splitlines() == [
        "00000020  48 45 4c 4f 20 6c 6f 63  61 6c 68 6f 73 74 0d 0a  |HELO localhost..|",
        "00000030  2b                                                |+|",
    ]


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), (r"ab\x9c", 5, "ab…"), (r"ab\\cd", 5, r"ab\\…"), (r"a\nbcd", 4, r"a\n…")],
)
def test_shorten_cuts_no_escape(text: str, width: int, short: str) -> None:
    assert shorten(text, width) == short


@given(st.one_of(st.binary(max_size=300), st.text(max_size=80).map(str.encode)), st.integers(1, 60))
def test_a_glimpse_is_the_beginning_of_the_whole(data: bytes, width: int) -> None:
    assert glimpse(data, width) == shorten(visible(data), width)
