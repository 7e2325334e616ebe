"""The inspector's views: what stands on which page, what is marked, and that nothing from a wire becomes HTML."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netkit.export.rows import Row
from netkit.show import views
from netkit.show.find import Hit, Streams, pattern
from netkit.show.markup import Mark, hex_rows, text
from netkit.show.pages import HEX, ROWS, TEXT, VIEWS, Found, Pages
from netkit.wire.conversation import Conversation, Kind, Side
from tests.builders import client, conversation, conversations, fin, gap, lost, rst, server

NASTY = (
    "<script>alert(1)</script></pre></td>&amp;<img src=x onerror=alert(1)>\u202e\u2066\x00\x1b[2J\ufeff $x^2$ \\(a\\)"
)
OURS = {"table", "thead", "tbody", "tr", "th", "td", "div", "span", "code", "i", "b", "mark", "section", "h4", "pre",
        "ul", "li", "p"}  # fmt: skip


class Read(HTMLParser):
    """What a browser would make of it: the tags and their attributes, the text, and the marked texts."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.said: list[str] = []
        self.marked: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _value in attrs)
        self.open.append(tag)
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)
        if "mark" in self.open:
            self.marked[-1] += data

    @property
    def text(self) -> str:
        return "".join(self.said)


def page(conversation: Conversation, view: str, number: int = 0, found: Found | None = None) -> str:
    return Pages(conversation).draw(view, number, found or Found()).html


def cells(source: str) -> list[list[str]]:
    """The texts of a table's cells, row by row."""
    rows = re.findall(r"<tr class.*?</tr>", source)
    return [[Read(cell).text for cell in re.findall(r"<td>(.*?)</td>", row)] for row in rows]


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_from_the_wire_becomes_html(view: str) -> None:
    talk = conversation(client(NASTY), lost("client", NASTY), server(NASTY + "\r\n"), name=NASTY)
    for query in ("", "script", "3c 73", "img"):
        found = Found(Streams(talk).find(query))
        read = Read(page(talk, view, 0, found))
        assert read.tags <= OURS
        assert read.attributes <= {"class", "scope", "aria-label"}
        assert bool(read.marked) == bool(query)
        assert all(c.isprintable() or c == "\n" for c in read.text)
    assert Read(views.heading(NASTY, "tcp", "a:1", 1, 1)).tags <= OURS
    assert Read(views.status(NASTY)).tags == {"div"}


def test_a_meaning_may_quote_the_wire_and_is_escaped_too() -> None:
    row = Row(0.0, "client → server", 1, "text", f"a question for {NASTY}", Kind.DATA, Side.CLIENT)
    assert Read(views.dialogue([row], 0.0)).tags <= OURS
    event = conversation(client("x")).events[0]
    assert Read(views.pieces([views.Piece(event, 1, [NASTY])], 0.0, [NASTY], NASTY)).tags <= OURS


@given(conversations(), st.sampled_from(VIEWS), st.sampled_from(["", "я", "d0", "0a 0d", "a"]))
def test_any_conversation_can_be_shown(talk: Conversation, view: str, query: str) -> None:
    pages = Pages(talk)
    found = Found(pages.streams.find(query))
    drawn = [pages.draw(view, number, found) for number in range(pages.draw(view, 0, found).of)]
    assert [one.number for one in drawn] == list(range(len(drawn)))
    reads = [Read(one.html) for one in drawn]
    assert all(read.tags <= OURS for read in reads)
    for hit in found.hits:
        assert 0 <= pages.page_of(view, hit) < len(drawn)


def test_dialogue_says_who_when_how_much_what_and_what_it_means() -> None:
    talk = conversation(client("ПАЛИНДРОМ\n"), server(b"\xff\xfe\r\n"), fin("client"), lost("server", "x"), rst("tap"))
    assert cells(page(talk, "dialogue")) == [
        ["1.0", "+1.0", "client → server", "19", r"ПАЛИНДРОМ\n"],
        ["2.0", "+1.0", "server → client", "4", r"\xff\xfe\r\nnot UTF-8 text: 2 of 4 bytes do not decode"],
        ["3.0", "+1.0", "client → server", "", "FIN: will send no more"],
        ["4.0", "+1.0", "server → client", "1", "lost on the way: x"],
        ["5.0", "+1.0", "netkit → both", "", "RST: broken off by a fault"],
    ]


@pytest.mark.parametrize("first", ["", "a", "aa", "aaa"])
def test_a_long_piece_is_shortened_between_two_characters(first: str) -> None:
    said = f"{first}{'я' * 60}{'𝄞' * 60}"
    event = conversation(client(said.encode())).events[0]
    shown = Read(views.pieces([views.Piece(event, 1)], 0.0, [], "")).said
    [row] = [text for text in shown if "я" in text]
    assert row.endswith("…") and "\\x" not in row
    assert said.startswith(row.rstrip("…")) and len(row) > 60


def test_pieces_are_numbered_and_the_character_cut_in_two_is_named() -> None:
    word = "ПАЛИНДРОМ".encode()
    talk = conversation(*(client(word[at : at + 3]) for at in range(0, 18, 3)), fin("client"), server(b"\xd0"))
    source = page(talk, "pieces")
    shown = cells(source)
    assert [row[0] for row in shown] == ["1", "2", "3", "4", "5", "6", "", "1"]
    assert shown[0] == ["1", "1.0", "+1.0", "client → server", "3", r"П\xd0d0 9f d0ends inside А: 1 byte of 2"]
    assert shown[1][-1] == r"\x90Л90 d0 9bbegins inside А"
    assert shown[6][-1] == "FIN: will send no more"
    summary = [html.unescape(line) for line in re.findall("<li[^>]*>(.*?)</li>", source)]
    assert summary == [
        "client → server: 6 pieces of 3 bytes",
        "server → client: 1 piece of 1 byte",
        "TCP keeps the bytes and their order, not the cuts: recv() may get them joined or cut again.",
    ]


@pytest.mark.parametrize(
    ("sizes", "datagrams", "words"),
    [
        ([3], False, "1 piece of 3 bytes"),
        ([3, 3, 3], False, "3 pieces of 3 bytes"),
        ([3, 3, 2], False, "3 pieces of 3 bytes, the last of 2 bytes"),
        ([3, 2], False, "2 pieces of 2 to 3 bytes"),
        ([1, 9, 4], False, "3 pieces of 1 to 9 bytes"),
        ([2, 9], True, "2 datagrams of 2 to 9 bytes"),
    ],
)
def test_sizes_in_words(sizes: list[int], datagrams: bool, words: str) -> None:
    assert views.sizes_in_words(sizes, datagrams) == words


def test_text_is_whole_for_each_side_and_joins_a_cut_character() -> None:
    talk = conversation(client(b"\xd0"), server("ok\n"), client(b"\x9f\tx\r\ny"))
    parts = re.findall("<pre[^>]*>(.*?)</pre>", page(talk, "text"), re.DOTALL)
    assert [Read(part).text for part in parts] == ["П\\tx\\r\\n\ny", "ok\\n\n"]


def test_hex_has_offsets_hex_and_ascii_side_by_side() -> None:
    talk = conversation(client(bytes(range(0x3A, 0x4C))), server("П<"))
    parts = re.findall("<pre[^>]*>(.*?)</pre>", page(talk, "hex"), re.DOTALL)
    assert [Read(part).text for part in parts] == [
        "00000000  3a 3b 3c 3d 3e 3f 40 41  42 43 44 45 46 47 48 49  :;<=>?@ABCDEFGHI\n"
        "00000010  4a 4b                                             JK",
        "00000000  d0 9f 3c                                          ..<",
    ]


def test_hex_rows_are_aligned_whatever_their_length() -> None:
    for length in range(1, 17):
        assert Read(hex_rows(b"a" * length, 0)).text.index("a" * length) == 60


def test_long_conversations_are_shown_in_pages() -> None:
    talk = conversation(*(client(f"line {n}\n") for n in range(250)), server("x" * (TEXT + 1)), fin("server"))
    pages = Pages(talk)
    last = pages.draw("dialogue", 2, Found())
    assert (last.number, last.of, last.says) == (2, 3, "rows 201 to 254 of 254")
    rows = cells(last.html)
    assert rows[0] == ["201.0", "+1.0", "client → server", "9", r"line 200\n"]
    assert pages.draw("dialogue", 99, Found()) == last
    assert [len(cells(pages.draw("dialogue", n, Found()).html)) for n in range(3)] == [ROWS, ROWS, 54]
    assert [len(cells(pages.draw("pieces", n, Found()).html)) for n in range(3)] == [ROWS, ROWS, 52]
    assert pages.draw("text", 9, Found())[1:] == (1, 2, "page 2 of 2")
    hexed = pages.draw("hex", 2, Found())
    assert hexed.of == 3
    assert f"bytes {2 * HEX} to {TEXT} of 4\u00a0097 bytes" in hexed.html
    assert "client → server" not in hexed.html  # that side has fewer pages


def test_pages_with_hits_hold_the_same_rows_as_without() -> None:
    talk = conversation(*(client(f"line {n}\n") for n in range(250)), fin("client"))
    pages = Pages(talk)
    found = Found(pages.streams.find("nothing of the kind") or [Hit(Side.CLIENT, 0, 1)])
    for number in range(3):
        plain, marked = (pages.draw("dialogue", number, f) for f in (Found(), found))
        assert cells(plain.html) == cells(marked.html)
        assert plain[1:] == marked[1:]


def test_no_character_is_cut_by_the_end_of_a_text_page() -> None:
    talk = conversation(client("x" + "я" * TEXT))
    pages = Pages(talk)
    shown = [Read(re.findall("<pre[^>]*>(.*?)</pre>", pages.draw("text", n, Found()).html)[0]).text for n in range(3)]
    assert "".join(shown) == "x" + "я" * TEXT


def test_text_and_bytes_are_found_across_pieces() -> None:
    talk = conversation(client("ПАЛ".encode()[:3]), server("палить"), client("ПАЛ".encode()[3:] + b"\xff\x00"))
    streams = Streams(talk)
    assert streams.find("пал") == [Hit(Side.CLIENT, 0, 6), Hit(Side.SERVER, 0, 6)]
    assert streams.find("ff 00") == streams.find("0xFF00") == streams.find("FF:00") == [Hit(Side.CLIENT, 6, 8)]
    assert streams.find("0xff") == [Hit(Side.CLIENT, 6, 7)]
    assert streams.find("ff") == streams.find("") == streams.find("  ") == []
    assert streams.find("(") == streams.find(".") == []


def test_two_letters_are_text_and_not_a_byte() -> None:
    wanted = pattern("be")
    assert wanted is not None
    assert [m.group() for m in wanted.finditer("о be Be".encode())] == [b"be", b"Be"]  # о is d0 be


@pytest.mark.parametrize("view", VIEWS)
def test_hits_are_marked_on_their_pages_and_the_chosen_one_stands_out(view: str) -> None:
    talk = conversation(*(client(f"line {n} of many\n") for n in range(300)), server("the line 299"))
    pages = Pages(talk)
    hits = pages.streams.find("line 299")
    assert len(hits) == 2
    for index, hit in enumerate(hits):
        source = pages.draw(view, pages.page_of(view, hit), Found(hits, index)).html
        marked = Read(source).marked
        assert {"6c", "39", "l"} <= set(marked) if view == "hex" else "line 299" in "".join(marked)
        assert '<mark class="nk-now">' in source
    assert "<mark" not in pages.draw(view, 1, Found(hits[:1])).html or view == "text"


def test_a_long_line_is_shortened_but_a_hit_in_it_is_seen() -> None:
    pages = Pages(conversation(client("x" * 1990 + "here")))
    (short,) = cells(pages.draw("dialogue", 0, Found()).html)
    assert (short[3], short[4]) == ("1994", "x" * 599 + "…")
    assert Read(pages.draw("dialogue", 0, Found(pages.streams.find("here"))).html).marked == ["here"]
    assert Read(pages.draw("pieces", 0, Found(pages.streams.find("here"))).html).marked == ["here"]


def test_a_mark_takes_whole_characters() -> None:
    read = Read(text("аПб".encode(), [Mark(3, 4)]))
    assert (read.text, read.marked) == ("аПб", ["П"])
    assert Read(text(b"abc", [Mark(0, 1), Mark(2, 9, True)])).marked == ["a", "c"]


def test_bytes_that_were_not_kept_are_told() -> None:
    talk = conversation(client("start"), gap("client", 1_000_000), client("end"))
    assert cells(page(talk, "dialogue"))[1][-1] == "1\u00a0000\u00a0000 bytes were passed on but not kept"


def test_the_list_is_in_columns_and_in_words() -> None:
    talks = [
        conversation(client("x" * 18), fin("client"), server("y"), fin("server")),
        conversation(client("x"), rst("server"), number=12),
    ]
    assert views.options(talks) == [
        " 1  client → server 18 bytes  server → client  1 byte  closed in good order",
        "12  client → server   1 byte  server → client 0 bytes  broken off (RST)",
    ]


def test_the_empty_state_says_what_to_do() -> None:
    tcp, udp = (Read(views.empty("127.0.0.1:5", transport)).text for transport in ("tcp", "udp"))
    assert tcp == "No one has connected yet. Connect to 127.0.0.1:5, and what is said appears here."
    assert udp == "Nobody has sent a datagram yet. Send one to 127.0.0.1:5, and what is said appears here."


def test_data_connections_have_no_address_before_the_first() -> None:
    """Of FTP: nobody is told to connect to port 0."""
    said = Read(views.empty("127.0.0.1:0", "tcp")).text
    assert said == "No data connection yet. Each one gets a port of its own, and what passes over it appears here."
    assert Read(views.heading("ftp.data", "tcp", "127.0.0.1:0", 0, 0)).text.split() == [
        "ftp.data",
        "TCP",
        "0",
        "conversations",
    ]
    assert "127.0.0.1:5" in Read(views.heading("ftp.data", "tcp", "127.0.0.1:5", 0, 0)).text
