"""What netkit took and said in the server's place: as text, in captures, in the pictures and in the inspector."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from netkit.export.rows import rows
from netkit.export.text import pieces, transcript
from netkit.show.find import Hit
from netkit.show.ladder import ladder
from netkit.show.osi import osi
from netkit.show.pages import Found, Pages
from netkit.wire.address import Address
from netkit.wire.conversation import Kind, Side
from netkit.wire.recorder import Limits, Recorder
from tests.builders import client, conversation, fin, lost, said, server, taken
from tests.export.test_pcapng import Reader

TALK = conversation(
    server("220 hello\r\n"), client("EHLO pc\r\n"), server("250 mail\r\n"), taken("MAIL FROM:<a@b.c>\r\n"),
    said("451 4.3.0 later\r\n"), client("QUIT\r\n"), server("221 bye\r\n"), fin("server"), fin("client"),
    name="smtp", protocol="smtp",
)  # fmt: skip


def test_it_belongs_to_what_each_side_said() -> None:
    assert TALK.sent_by(Side.CLIENT) == b"EHLO pc\r\nMAIL FROM:<a@b.c>\r\nQUIT\r\n"
    assert TALK.sent_by(Side.SERVER) == b"220 hello\r\n250 mail\r\n451 4.3.0 later\r\n221 bye\r\n"
    assert list(TALK.pieces(Side.TAP)) == [TALK.sent_by(Side.TAP)] == [b"451 4.3.0 later\r\n"]
    assert (TALK.from_client, TALK.from_server) == tuple(len(TALK.sent_by(s)) for s in (Side.CLIENT, Side.SERVER))


def test_the_recorder_counts_it_and_what_it_leaves_out() -> None:
    for limits in (None, Limits(conversation=1500)):
        recorder = Recorder("smtp", "smtp", "tcp", limits)
        recording = recorder.begin(Address("127.0.0.1", 50001))
        assert recording.whole
        for _again in range(10):
            recording.add(Side.CLIENT, Kind.TAKEN, b"NOOP\r\n")
            recording.add(Side.TAP, Kind.DATA, b"421 no\r\n")
        talk = recording.snapshot()
        assert (talk.from_client, talk.from_server) == (60, 80)
        assert recording.whole == (limits is None)
        assert all(e.side is not Side.TAP for e in talk.events if e.kind is Kind.GAP)
        kept = sum(e.size for e in talk.events if e.stream is Side.SERVER)
        assert kept == 80


def test_a_transcript() -> None:
    assert transcript(TALK).splitlines() == [
        "smtp, conversation 1 (TCP): closed in good order; client → server 34 bytes, server → client 47 bytes",
        r"  server → client  11 bytes  220 hello\r\n  — the server is ready: hello [RFC 5321, section 3.1]",
        r"  client → server   9 bytes  EHLO pc\r\n  — the client, pc, says hello and asks for extensions [RFC 5321,"
        " section 4.1.1.1]",
        r"  server → client  10 bytes  250 mail\r\n  — the server, mail, says hello; it has no extensions [RFC 5321,"
        " section 4.1.1.1]",
        r"  client → netkit  19 bytes  MAIL FROM:<a@b.c>\r\n  — begins a letter; return address <a@b.c> [RFC 5321,"
        " section 4.1.1.2]",
        r"  netkit → client  17 bytes  451 4.3.0 later\r\n  — netkit said it in the server's place; an error on"
        " the server: try again later; 4.3.0: about the mail system [RFC 5321, section 4.2.3; RFC 3463, section 3.4]",
        r"  client → server   6 bytes  QUIT\r\n  — the client is done and says goodbye [RFC 5321, section 4.1.1.10]",
        r"  server → client   9 bytes  221 bye\r\n  — goodbye: the server closes the connection [RFC 5321,"
        " section 4.3.2]",
        "  server → client            FIN: will send no more",
        "  client → server            FIN: will send no more",
    ]


def test_the_pieces() -> None:
    out = pieces(TALK).splitlines()
    assert out[4] == r"  4  client → netkit  19 bytes  MAIL FROM:<a@b.c>\r\n"
    assert out[5] == r"  5  netkit → client  17 bytes  451 4.3.0 later\r\n"


def test_what_of_it_was_lost_says_whose_it_was() -> None:
    talk = conversation(taken("NOOP\r\n"), lost("tap", "421 no\r\n"), protocol="smtp")
    assert transcript(talk).splitlines()[-1] == r"  netkit → client  8 bytes  lost on the way: 421 no\r\n"


def test_a_capture(reader: Reader) -> None:
    reader.write(TALK)
    assert reader.complaints() == []
    assert reader.followed() == (TALK.sent_by(Side.CLIENT), TALK.sent_by(Side.SERVER))
    comments = reader.fields("tcp.srcport", "frame.comment", only="frame.comment")
    assert [comment for _port, comment in comments[1:]] == [
        "netkit took it: the server does not know of it",
        "netkit said it in the server's place",
    ]
    assert [port for port, _comment in comments[1:]] == ["50001", "25"]
    assert reader.fields("smtp.response.code", only="smtp.response.code")[2] == ["451"]


@pytest.fixture
def reader(tshark: str, tmp_path: Path) -> Reader:
    return Reader(tshark, tmp_path / "talk.pcapng")


def shown(view: str) -> str:
    return Pages(TALK).draw(view, 0, Found()).html


def text(source: str) -> str:
    return html.unescape(re.sub("<[^>]+>", "", source))


def test_the_inspector_says_who_it_was() -> None:
    for view in ("dialogue", "pieces"):
        page = shown(view)
        for kind, way in (("client nk-taken", "client → netkit"), ("tap", "netkit → client")):
            assert re.search(f'<tr class="nk-{kind}">.*?<span class="nk-way">{way}</span>', page)
    assert "netkit said it in the server's place" in text(shown("dialogue"))
    assert "netkit took it: the server does not know of it" in text(shown("pieces"))
    for view in ("text", "hex"):
        assert "451" in text(shown(view)) or "34 35 31" in text(shown(view))
    assert "451 4.3.0 later" in text(shown("text")) and "MAIL FROM:<a@b.c>" in text(shown("text"))


@pytest.mark.parametrize("query", ["451 4.3.0", "MAIL FROM", "221"])
def test_it_is_found_and_marked_where_it_stands(query: str) -> None:
    pages = Pages(TALK)
    (hit,) = pages.streams.find(query)
    assert isinstance(hit, Hit) and pages.page_of("dialogue", hit) == 0
    for view in ("dialogue", "text", "pieces"):
        marks = re.findall(r"<mark[^>]*>(.*?)</mark>", pages.draw(view, 0, Found([hit])).html)
        assert [text(mark) for mark in marks] == [query]
    row = rows(TALK).rows[pages._row_of(hit)]
    assert query in row.text


def test_a_ladder() -> None:
    picture = ladder(TALK)
    took, spoke = [arrow for arrow in picture.arrows if arrow.ends_at_tap or arrow.begins_at_tap]
    assert (took.source, took.target, took.detail) == (0, 1, "19 bytes, taken by netkit")
    assert (spoke.source, spoke.target, spoke.detail) == (1, 0, "17 bytes, said by netkit")
    assert "The dot halfway is netkit, which answered in the server's place." in repr(picture)
    assert r"  client → netkit  19 bytes  MAIL FROM:<a@b.c>\r\n" in repr(picture).splitlines()
    assert r"  netkit → client  17 bytes  451 4.3.0 later\r\n" in repr(picture).splitlines()
    axes = picture.figure.axes[0]
    drawn = [patch._posA_posB for patch in axes.patches if hasattr(patch, "_posA_posB")]
    (left, _top), (right, _bottom) = drawn[0]
    middle = (left + right) / 2
    took_at, spoke_at = (drawn[picture.arrows.index(arrow)] for arrow in (took, spoke))
    assert (took_at[0][0], took_at[1][0]) == (left, middle)
    assert (spoke_at[0][0], spoke_at[1][0]) == (middle, left)
    assert sum(line.get_marker() == "o" for line in axes.lines) == 2


def test_a_ladder_without_it_has_no_dot_and_no_legend_of_it() -> None:
    picture = ladder(conversation(client("a"), server("b")))
    assert "halfway" not in repr(picture)
    assert not [line for line in picture.figure.axes[0].lines if line.get_marker() == "o"]


def test_a_ladder_of_several_conversations() -> None:
    other = conversation(client("x"), name="smtp", number=2)
    assert r"client 1 → netkit  19 bytes  MAIL FROM:<a@b.c>\r\n" in repr(ladder(TALK, other))
    assert r"netkit → client 1  17 bytes  451 4.3.0 later\r\n" in repr(ladder(TALK, other))


def test_the_osi_layers_of_what_netkit_said() -> None:
    talk = conversation(taken("MAIL\r\n"), said("451 later\r\n"), protocol="smtp")
    assert osi(talk, "client").data == b"MAIL\r\n"
    assert osi(talk, "server").data == b"451 later\r\n"
