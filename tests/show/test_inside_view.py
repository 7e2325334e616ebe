"""The view "Inside TLS": its pages and marks, when it is offered, what a search finds; nothing becomes HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets.widgets.widget import _instances

from netkit.export.text import transcripts
from netkit.show.insideview import LINES, RECORDS, TURNS
from netkit.show.inspector import Inspector
from netkit.show.pages import INSIDE, Found, Pages
from netkit.wire.conversation import Conversation, Event, Kind, Side
from tests.builders import client, conversation, conversations, fin, gap, rst, server
from tests.export.test_inside_tls import ANSWER, HELLO, RECORD, smtp, told
from tests.show.sources import Source
from tests.show.test_inspector_pages import NASTY, OURS, Read

PLAIN = conversation(client("NOOP\r\n"), server("x"), protocol="smtp")


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Every inspector of a test is closed at its end."""
    yield
    for widget in list(_instances.values()):
        if isinstance(widget, Inspector):
            widget.close()


def words(source: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", source)).split())


def rows(source: str) -> list[list[str]]:
    """The texts of a table's cells, row by row; of a heading, one."""
    found = re.findall(r"<tr.*?</tr>", source, re.DOTALL)
    return [[words(cell) for cell in re.findall(r"<t[dh].*?>(.*?)</t[dh]>", row, re.DOTALL)] for row in found]


def draw(talk: Conversation, number: int = 0, query: str = "", now: int = 0) -> str:
    pages = Pages(talk)
    return pages.draw(INSIDE, number, Found(pages.find(INSIDE, query), now)).html


def many(n: int) -> Conversation:
    """TLS from the first byte, and n lines inside, each of which is answered."""
    steps, said = [client(HELLO), server(ANSWER)], []
    for number in range(n):
        at = 0.001 * len(steps)
        steps += [client(RECORD + b"%05d" % number), server(RECORD + b"%05d" % number)]
        said += [("client", f"line {number}\n", at + 0.0005), ("server", f"echo {number}\n", at + 0.0022)]
    return replace(conversation(*steps), said=told(*said))


def test_both_sides_of_it() -> None:
    saw, said = "what the wire saw", "what the ends said"
    table = rows(draw(smtp(rst("client"))))
    assert table[0] == ["ms", "direction", saw, said]
    assert table[1] == ["In the clear: the wire has what the ends said, and whoever is on the way can read it"]
    assert table[2][1:] == [
        "server → client",
        saw + r" 220 mail \r \n",
        said + r" 220 mail \r \n the server is ready: mail [RFC 5321, section 3.1]",
    ]
    assert table[5] == ["Inside TLS: the wire has ciphertext, and only the two ends can read it"]
    own = said + " nothing: this is TLS's own, such as the handshake"
    assert table[6] == ["4.0", "client → server", f"{saw} ClientHello 55 bytes 16 03 01 00 32 01 00 00 …", own]
    assert table[7] == ["5.0", "server → client", f"{saw} ServerHello 11 bytes 16 03 03 00 06 02 00 00 …", own]
    assert table[8] == [
        "5.5", "client → server", f"{saw} application data 10 bytes 17 03 03 00 05 31 32 33 …",
        said + r" NOOP \r \n do nothing, but answer [RFC 5321, section 4.1.1.9]",
    ]  # fmt: skip
    assert table[9][1:] == [
        "server → client", f"{saw} application data 10 bytes 17 03 03 00 05 61 62 63 …",
        said + r" 250 OK \r \n done: nothing [RFC 5321, section 4.3.2]",
    ]  # fmt: skip
    broken = (
        "RST: breaks the connection off A client does that, too, when it closes and has not read TLS's last record."
    )
    assert table[10][1:] == ["client → server", f"{saw} {broken}", ""]
    assert len(table) == 11


def test_where_nobody_told_it_says_what_to_do() -> None:
    source = draw(replace(smtp(), said=()))
    assert words(source).startswith("What the ends said inside TLS is not known here: the tap has no key to it.")
    assert "context=mail.context" in source and "250 OK" not in words(source)
    assert "not known here" not in draw(smtp())


def test_pages_and_the_page_of_a_hit() -> None:
    talk = many(100)
    pages = Pages(talk)
    first = pages.draw(INSIDE, 0, Found())
    assert (first.of, first.says) == (6, "rows 1 to 40 of 202")
    assert len(rows(first.html)) == 1 + 1 + TURNS
    last = pages.draw(INSIDE, 99, Found())
    assert (last.number, last.says) == (5, "rows 201 to 202 of 202")
    hits = pages.find(INSIDE, "line 77")
    assert len(hits) == 1
    place = pages.page_of(INSIDE, hits[0])
    assert "line 77" in words(pages.draw(INSIDE, place, Found()).html)
    marked = Read(pages.draw(INSIDE, place, Found(hits)).html).marked
    assert marked == ["line 77"]


def test_long_turns_are_cut_and_counted() -> None:
    records = [client(HELLO), server(ANSWER), *(server(RECORD + b"12345") for _n in range(RECORDS + 3))]
    listing = "".join(f"{n}\n" for n in range(LINES + 5))
    talk = replace(conversation(*records), said=told(("server", listing, 1.0)))
    source = words(draw(talk))
    assert "… and 4 more records, 40 bytes" in source  # the ServerHello is one of the turn's, too
    assert '… and 5 more lines: see "Save as text"' in source
    assert f" {LINES - 1} " in source and f" {LINES + 1} " not in source


def test_what_was_not_kept_is_told() -> None:
    talk = conversation(client(HELLO), server(ANSWER), gap("server", 1000))
    lost = Event(1.0, 1.0, Side.SERVER, Kind.GAP, size=900)
    source = words(draw(replace(talk, said=(lost, *told(("server", "end\n", 1.0))))))
    assert "1 000 bytes were passed on but not kept" in source.replace("\N{NO-BREAK SPACE}", " ")
    assert "900 bytes were passed on but not kept" in source


@pytest.mark.parametrize("query", ["", "script", "3c 73", "img"])
def test_nothing_from_the_wire_becomes_html(query: str) -> None:
    talk = conversation(client(NASTY + "\r\n"), client(HELLO), server(ANSWER), server(NASTY), name=NASTY)
    read = Read(draw(replace(talk, said=told(("client", NASTY + "\n", 0.1), ("server", NASTY, 0.2))), query=query))
    assert read.tags <= OURS | {"h5"}
    assert read.attributes <= {"class", "scope", "aria-label", "colspan"}
    assert bool(read.marked) == bool(query)
    assert read.text.count("<script>") >= 3


@given(conversations("tcp"), st.lists(st.tuples(st.booleans(), st.binary(max_size=30), st.floats(0, 0.02)), max_size=8))
def test_any_conversation_is_drawn_and_loses_nothing(talk: Conversation, said: list[tuple[bool, bytes, float]]) -> None:
    events = sorted(
        (Event(at, at, Side.CLIENT if mine else Side.SERVER, Kind.DATA, data, len(data)) for mine, data, at in said),
        key=lambda event: event.time,
    )
    secure = conversation(client(HELLO), server(ANSWER)).events
    whole = replace(talk, events=(*secure, *(replace(e, time=e.time + 0.002) for e in talk.events)), said=tuple(events))
    pages = Pages(whole)
    assert pages.turns is not None
    Read(pages.draw(INSIDE, 0, Found()).html)
    turns = pages.turns.turns
    assert [index for turn in turns for index in turn.wire] == list(range(len(whole.events)))
    assert [index for turn in turns for index in turn.said] == list(range(len(events) + 1))
    told_ = [line.data for turn in turns for line in pages.turns.lines(turn)]
    assert sorted(b"".join(told_)) == sorted(b"".join(event.data for event in events))
    for before, after in zip(turns, turns[1:], strict=False):
        assert before.side is not after.side and before.time <= after.time


def test_it_is_offered_where_there_is_tls() -> None:
    source = Source(PLAIN, replace(smtp(), number=2))
    inspector = Inspector(source)
    ui = inspector._ui
    assert [value for _name, value in ui.views.options] == ["dialogue", "text", "hex", "pieces", "inside"]
    ui.views.value = "inside"
    assert "NOOP" in words(ui.pane.value) and "application data" in words(ui.pane.value)
    ui.list.value = 1
    assert [value for _name, value in ui.views.options] == ["dialogue", "text", "hex", "pieces"]
    assert ui.views.value == "dialogue" and "NOOP" in words(ui.pane.value)
    ui.views.value = "hex"
    ui.list.value = 2
    assert (ui.views.value, len(ui.views.options)) == ("hex", 5)
    assert ui.status.value == ""


def test_it_grows_while_it_is_looked_at() -> None:
    source = Source(replace(smtp(), said=smtp().said[:1]))
    inspector = Inspector(source)
    inspector._ui.views.value = "inside"
    assert "250 OK" not in words(inspector._ui.pane.value)
    source.now(smtp())
    inspector.flush()
    assert "250 OK" in words(inspector._ui.pane.value)


def test_a_search_looks_through_what_is_shown_and_tells_of_the_inside() -> None:
    ui = Inspector(Source(smtp()))._ui
    ui.query.value = "noop"
    assert words(ui.hits.value) == "0 found; inside TLS: 1"
    ui.views.value = "inside"
    assert words(ui.hits.value) == "1 found"
    assert Read(ui.pane.value).marked == ["NOOP"]
    ui.query.value = "12345"
    assert words(ui.hits.value) == "0 found"
    ui.views.value = "text"
    assert words(ui.hits.value) == "1 found"
    ui.query.value = "nowhere"
    assert words(ui.hits.value) == "0 found"


def test_its_text_is_the_transcript_with_both() -> None:
    source = Source(smtp(fin("client"), fin("server")))
    inspector = Inspector(source)
    assert repr(inspector) == transcripts(source)
    assert "Inside TLS, what the ends said:" in repr(inspector) and "NOOP" in repr(inspector)


def test_ten_thousand_lines_inside_are_drawn_quickly() -> None:
    import time

    talk = many(5000)
    began = time.perf_counter()
    Pages(talk).draw(INSIDE, 100, Found())
    assert time.perf_counter() - began < 1.0
