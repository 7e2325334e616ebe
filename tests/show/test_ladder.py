"""The ladder diagram: what it shows, that its labels can be read, and that it leaves nothing open behind it."""

from __future__ import annotations

import dataclasses
import itertools
import subprocess
import sys
import warnings
import xmlrpc.client
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from netkit.errors import BadInput
from netkit.show.ladder import MOST_ARROWS, Ladder, ladder
from netkit.wire.conversation import Conversation, Ending, Kind
from tests.builders import client, conversation, conversations, fin, gap, lost, pause, rst, server
from tests.xmlrpc.talk import laughs, talk

WORD = "ПАЛИНДРОМ"
TALK = conversation(client(WORD), fin("client"), server(WORD.encode()[::-1]), fin("server"))


def labels(picture: Ladder) -> list[str]:
    return [text.get_text() for text in picture.figure.axes[0].texts]


def tips(picture: Ladder) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Where the drawn arrows begin and end."""
    patches = [patch for patch in picture.figure.axes[0].patches if hasattr(patch, "_posA_posB")]
    return [patch._posA_posB for patch in patches]


def test_an_arrow_for_each_message() -> None:
    picture = ladder(TALK)
    assert [(a.source, a.target, a.text, a.size) for a in picture.arrows] == [
        (0, 1, "connects (SYN, SYN+ACK, ACK)", None),
        (0, 1, WORD, 18),
        (0, 1, "FIN: will send no more", None),
        (1, 0, r"\x9cОРДНИЛАП\xd0", 18),
        (1, 0, "FIN: will send no more", None),
    ]
    shown = labels(picture)
    for label in ("client", "palindrome (server)", WORD, "18 bytes", "1.0 ms", "palindrome, conversation 1 (TCP)"):
        assert label in shown


def test_arrows_go_from_lifeline_to_lifeline_downwards() -> None:
    drawn = tips(ladder(TALK))
    (left, _top), (right, _bottom) = drawn[0]
    assert left < right
    assert [(begin[0], end[0]) for begin, end in drawn] == [(left, right)] * 3 + [(right, left)] * 2
    heights = [end[1] for _begin, end in drawn]
    assert heights == sorted(set(heights)), "y grows downwards, and no two share a row"
    assert all(begin[1] == end[1] for begin, end in drawn), "nothing was held up"


def test_what_was_held_up_falls() -> None:
    picture = ladder(conversation(client("slow", delay=0.3), server("quick")))
    (begin, end) = tips(picture)[2]
    assert picture.arrows[2].held_up and end[1] - begin[1] > 0.1
    assert "4 bytes, 300.0 ms on the way" in labels(picture)


def test_pieces_of_one_message_fall_from_one_place() -> None:
    talk = conversation(*[client("abc", delay=0.02 * n - 0.001 * n) for n in range(4)])
    drawn = tips(ladder(talk))[1:]
    starts = [begin[1] for begin, _end in drawn]
    assert max(starts) - min(starts) < 0.2
    assert drawn[-1][1][1] - drawn[0][1][1] > 1


def test_lost_bytes_end_in_a_cross_halfway() -> None:
    picture = ladder(conversation(lost("client", "gone"), client("here")))
    (_start, middle), (begin, end) = tips(picture)[1:]
    assert middle[0] == pytest.approx((begin[0] + end[0]) / 2)
    (cross,) = [line for line in picture.figure.axes[0].lines if line.get_marker() == "x"]
    assert (cross.get_xdata()[0], cross.get_ydata()[0]) == middle
    assert "4 bytes, lost on the way" in labels(picture)
    assert "lost on the way: gone" in repr(picture)


def test_a_pause_makes_room_but_not_in_proportion() -> None:
    drawn = tips(ladder(conversation(client("a"), client("b"), pause(30, client("c")))))
    heights = [end[1] for _begin, end in drawn]
    assert heights[3] - heights[2] > 1.5 * (heights[2] - heights[1])
    assert heights[-1] < 6


def test_every_kind_of_event_has_words() -> None:
    picture = ladder(conversation(client("a"), gap("server", 12345), rst("tap")))
    assert "12\xa0345 bytes were passed on but not kept" in labels(picture)
    assert "RST: broken off by a fault" in labels(picture)
    for how in (Ending.DOWN, Ending.REFUSED, Ending.STOPPED):
        assert ladder(conversation(ending=how)).arrows[-1].kind is None


def test_several_conversations_share_their_server() -> None:
    talks = [
        conversation(client(f"{n}"), server("ok"), number=n, began=1_700_000_000 + n / 2000, client_port=50000 + n)
        for n in (1, 2)
    ]
    picture = ladder(*talks)
    assert picture.lifelines == ["client 1", "client 2", "palindrome (server)"]
    assert [(a.source, a.target) for a in picture.arrows if a.kind is Kind.DATA] == [(0, 2), (1, 2), (2, 0), (2, 1)]
    assert "client 2 → palindrome (server)  1 byte  2" in repr(picture)


def test_two_servers_of_one_name_over_tcp_and_udp_are_two() -> None:
    picture = ladder(conversation(client("x"), name="dns"), conversation(client("x"), name="dns", transport="udp"))
    assert picture.lifelines == ["client", "dns (server)", "dns (server)"]


def spoken(name: str, text: str, began: float, ended: float | None, *, number: int = 1, by: str = "") -> Conversation:
    talk = conversation(client(text), name=name, number=number, began=began)
    return replace(talk, ended=ended, ending=Ending.OPEN if ended is None else talk.ending, speaker=by)


def test_a_proxy_is_one_lifeline_between_the_client_and_the_servers() -> None:
    first, on = spoken("proxy", "CONNECT", 1.0, 0.5), spoken("web", "GET", 1.1, 0.2, by="proxy")
    picture = ladder(on, first, spoken("web", "GET", 2.0, 0.1, number=2))
    assert picture.lifelines == ["client", "proxy (server)", "web (server)"]
    ways = [(arrow.source, arrow.target) for arrow in picture.arrows if arrow.kind is Kind.DATA]
    assert ways == [(0, 1), (1, 2), (0, 2)]
    assert ladder(on).lifelines == ["client", "web (server)"]


def test_who_speaks_with_one_server_twice_at_a_time_is_two_clients() -> None:
    picture = ladder(
        spoken("web", "a", 1.0, 3.0),
        spoken("web", "b", 2.0, 1.0, number=2),
        spoken("mail", "c", 2.5, 1.0),
        spoken("web", "d", 3.5, None, number=3),
        spoken("web", "e", 3.0, 1.0, number=4),
    )
    assert picture.lifelines == ["client 1", "client 2", "client 3", "web (server)", "mail (server)"]
    senders = {arrow.text: arrow.source for arrow in picture.arrows if arrow.kind is Kind.DATA}
    assert senders == {"a": 0, "b": 1, "c": 0, "d": 1, "e": 2}


def test_an_arrow_for_each_turn() -> None:
    talk = conversation(
        server("220 hi\r\n"), client("HELO a\r\n"), server("250-a\r\n"), pause(0.1, server("250 b\r\n")),
        lost("client", "QU"), client("IT\r\n"), gap("server", 100), server("221\r\n"), fin("server"), fin("client"),
    )  # fmt: skip
    picture = ladder(talk, each="turn")
    assert [(a.source, a.text, a.size, a.kind) for a in picture.arrows] == [
        (1, r"220 hi\r\n", 8, Kind.DATA),
        (0, r"HELO a\r\n", 8, Kind.DATA),
        (1, r"250-a\r\n250 b\r\n", 14, Kind.DATA),
        (0, "QU", 2, Kind.LOST),
        (0, r"IT\r\n", 4, Kind.DATA),
        (1, r"221\r\n", 5, Kind.DATA),
    ]
    assert [a.time for a in picture.arrows] == sorted(a.time for a in picture.arrows)


def test_an_arrow_for_what_there_is_not() -> None:
    with pytest.raises(BadInput, match=r"^each is one of 'piece', 'turn'.*, not 'line'\.$"):
        ladder(TALK, each="line")


def test_many_messages_and_many_conversations_are_bounded_and_said() -> None:
    picture = ladder(conversation(*[client(f"{n}") for n in range(100)]))
    assert len(picture.arrows) == MOST_ARROWS == len(tips(picture))
    assert "61 more messages are not shown." in repr(picture)
    assert any("61 more messages are not shown." in label for label in labels(picture))
    many = ladder(*[conversation(client("x"), number=n) for n in range(1, 10)])
    assert "3 older conversations are not shown." in repr(many)
    assert many.lifelines[0] == "client 4"


def test_the_text_is_the_same_each_time() -> None:
    again = conversation(
        client(WORD), fin("client"), pause(0.003, server(WORD.encode()[::-1])), fin("server"),
        client_port=50999, server_port=44444, began=1.0,
    )  # fmt: skip
    assert repr(ladder(TALK)) == repr(ladder(again))
    assert repr(ladder(TALK)).splitlines() == [
        "Ladder of palindrome, conversation 1 (TCP): closed in good order; "
        "client → server 18 bytes, server → client 18 bytes",
        "  client → server  connects (SYN, SYN+ACK, ACK)",
        "  client → server  18 bytes  ПАЛИНДРОМ",
        "  client → server  FIN: will send no more",
        r"  server → client  18 bytes  \x9cОРДНИЛАП\xd0",
        "  server → client  FIN: will send no more",
    ]


def test_mathematics_and_characters_the_font_lacks_are_written_as_they_are() -> None:
    picture = ladder(conversation(client("$5 and $6_x^2 \\frac"), client("🙂 中")))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        png, size = picture._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert size["width"] < 1000
    assert r"$5 and $6_x^2 \\frac" in labels(picture)
    assert not any(text.get_parse_math() or text.get_usetex() for text in picture.figure.axes[0].texts)
    assert r"\U0001f642 \u4e2d" in labels(picture)


@settings(max_examples=15, deadline=None)
@given(st.lists(conversations(), min_size=1, max_size=3))
@example(
    [conversation(client("Ӑ", delay=0.05), client("Ӑ" + "\u0301" * 9), server("Ӑ", delay=0.3), lost("client", "Ӑ"))]
)
def test_labels_never_overlap(talks: list[Conversation]) -> None:
    picture = ladder(*talks)
    figure = picture.figure
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in figure.axes[0].texts]
    for (one, first), (two, second) in itertools.combinations(boxes, 2):
        assert not first.overlaps(second), f"{one!r} lies on {two!r}"
    for text, box in boxes:
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, f"{text!r} leaves the picture"


def test_long_names_and_titles_stay_in_the_picture() -> None:
    talk = conversation(client("Щ" * 200), server("w" * 200, delay=0.5), name="Щ" * 80)
    picture = ladder(talk, title="Щ" * 200)
    renderer = picture.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    for text in picture.figure.axes[0].texts:
        box = text.get_window_extent(renderer)
        assert picture.figure.bbox.x0 <= box.x0 and box.x1 <= picture.figure.bbox.x1, text.get_text()


class Tap:
    """As much of a server as is asked for."""

    conversations = (conversation(client("old")), conversation(client("new"), number=2))


def test_a_server_stands_for_its_newest_conversation() -> None:
    assert "conversation 2" in ladder(Tap()).title  # type: ignore[arg-type]


@pytest.mark.parametrize("spread", [0, 0.9, 5, True, "wide", None, float("nan")])
def test_a_spread_out_of_range(spread: object) -> None:
    with pytest.raises(BadInput, match="spread is a number from 1 to 4"):
        ladder(TALK, spread=spread)  # type: ignore[arg-type]


@pytest.mark.parametrize("what", [(), ([],)])
def test_nothing_to_draw(what: tuple[object, ...]) -> None:
    with pytest.raises(BadInput, match="There is no conversation yet"):
        ladder(*what)  # type: ignore[arg-type]


def test_pyplot_is_left_alone_and_the_module_is_light() -> None:
    """In an interpreter of its own: matplotlib is loaded for the picture only, pyplot never."""
    program = """
import sys
from netkit.show.ladder import ladder
from tests.builders import client, conversation
picture = ladder(conversation(client("a")))
repr(picture)
assert "matplotlib" not in sys.modules
picture._repr_png_()
assert "matplotlib" in sys.modules and "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_calls_in_place_of_pieces() -> None:
    first = talk(xmlrpc.client.dumps((1, "\n"), "add"), xmlrpc.client.dumps((4,), methodresponse=True))
    second = dataclasses.replace(talk(laughs(9)), number=2, began=first.began + 0.002)
    picture = ladder(first, second, each="call", title="two")
    assert [(a.source, a.target, a.text, a.size) for a in picture.arrows] == [
        (0, 2, r"add(1, '\n')", 193),
        (2, 0, "4", 121),
        (1, 2, "not read: it has a DOCTYPE, in which entities may be declared: XML-RPC needs none", 640),
    ]
    assert str(picture).splitlines()[:2] == [
        "Ladder of two", r"  client 1 → calc (server)  193 bytes  add(1, '\n')",
    ]  # fmt: skip
    assert "add(1" in " ".join(labels(picture))


def test_calls_where_there_are_none() -> None:
    with pytest.raises(BadInput, match=r"^There is no XML-RPC in palindrome, conversation 1 \(TCP\)\.$"):
        ladder(TALK, each="call")
