"""The OSI picture: the learner's bytes at their layer, headers as in the capture, sums that are right, nothing raw."""

from __future__ import annotations

import re
import struct
from html.parser import HTMLParser

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netkit.errors import BadInput
from netkit.export.capture import capture
from netkit.show.osi import Osi, osi
from netkit.wire.conversation import Conversation, Side
from tests.builders import client, conversation, conversations, fin, pause, server

WORD = "ПАЛИНДРОМ"
TALK = conversation(client(WORD), fin("client"), server(WORD.encode()[::-1]), fin("server"))


class Page(HTMLParser):
    """A page's text, its elements, and whether every element is closed."""

    def __init__(self, picture: Osi) -> None:
        super().__init__()
        self.text, self.tags, self.open = "", [], []  # type: ignore[var-annotated]
        self.labels: list[str] = []
        self.feed(picture.html())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        self.labels += [value or "" for name, value in attributes if name == "aria-label"]
        assert {name for name, _value in attributes} <= {"style", "role", "aria-label"}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_text_has_the_same_facts() -> None:
    assert repr(osi(TALK)).splitlines() == [
        "The OSI layers of palindrome, conversation 1 (TCP): the client's first 18 bytes",
        "  7 application   ПАЛИНДРОМ",
        "  6 presentation  the encoding UTF-8: П = d0 9f, А = d0 90, Л = d0 9b, …",
        "  5 session       the client began the connection; closed in good order",
        "  --- socket: above it your program, below it the operating system ---",
        "  4 transport     TCP: 20 + 18 = 38 bytes; flags PSH, ACK",
        "  3 network       IPv4 from 127.0.0.1 to 127.0.0.1: 20 + 20 + 18 = 58 bytes",
        "  2 data link     none on loopback; on Ethernet a frame: 14 + 20 + 20 + 18 + 4 = 76 bytes",
        "  1 physical      on loopback nothing but memory; elsewhere the 464 bits of the packet, "
        "on a wire, as light or by radio",
        "The bytes are those recorded. The headers are rebuilt by netkit as in the exported capture: "
        "an ordinary program does not see the real ones.",
    ]


def test_the_text_is_the_same_each_time() -> None:
    again = conversation(
        client(WORD), pause(0.1, fin("client")), server(WORD.encode()[::-1]), fin("server"),
        client_port=50999, server_port=44444, began=5.0,
    )  # fmt: skip
    assert repr(osi(TALK)) == repr(osi(again))


def test_the_page_shows_every_layer_with_its_bytes() -> None:
    page = Page(osi(TALK))
    assert [label[:2] for label in page.labels[1:]] == ["7,", "6,", "5,", "4,", "3,", "2,", "1,"]
    for part in (WORD, "П", "d0 9f", "IPv4", "TCP", "50001", "33333", "Ethernet", "socket"):
        assert part in page.text
    assert page.labels[0] == osi(TALK).title


def test_the_headers_are_those_of_the_capture() -> None:
    """For a piece in the middle of a conversation: the same ports, numbers, flags and checksum as in the file."""
    talk = conversation(client("first"), server("answer"), client("second"), server("more"), fin("client"))
    picture = osi(talk, "server")
    (packet,) = [p.data for p in capture([talk], {}) if p.data.endswith(b"answer")]
    source, target, seq, ack = struct.unpack("!HHII", packet[20:32])
    (transport,) = [layer for layer in picture.layers if layer.number == 4]
    fields = dict(transport.fields)
    assert [fields["from port"], fields["to port"]] == [str(source), str(target)] == ["33333", "50001"]
    assert [fields["sequence number"], fields["acknowledgement"]] == [str(seq), str(ack)]
    assert fields["checksum"] == f"0x{struct.unpack('!H', packet[36:38])[0]:04x}"


def test_the_servers_bytes_and_what_is_not_utf8() -> None:
    picture = osi(TALK, "server")
    assert picture.title.endswith("the server's first 18 bytes")
    (layer,) = [layer for layer in picture.layers if layer.number == 6]
    assert layer.says.startswith("not UTF-8 text: 2 of 18 bytes do not decode: 9c, О = d0 9e")
    assert layer.characters[0] == ("", "9c")


def test_a_datagram_has_no_session_and_a_short_header() -> None:
    picture = osi(conversation(client("x"), transport="udp"))
    says = {layer.number: layer.says for layer in picture.layers}
    assert says[5] == "there is none: each datagram stands for itself"
    assert says[4] == "UDP: 8 + 1 = 9 bytes"
    assert "14 + 20 + 8 + 1 + 17 + 4 = 64 bytes" in says[2], "the least that Ethernet sends is filled up"


def test_a_dns_question_is_explained_and_shown_at_its_real_port() -> None:
    question = bytes.fromhex("abcd01000001000000000000096c6f63616c686f73740000010001")
    picture = osi(conversation(client(question), transport="udp", protocol="dns", name="dns", server_port=41953))
    assert "localhost" in picture.layers[0].says
    assert picture.layers[1].says == "no text: numbers and names in fields of bits and bytes"
    assert ("to port", "41953") in picture.layers[3].fields


def test_more_than_a_packet_holds() -> None:
    picture = osi(conversation(client(b"x" * 200_000)))
    assert picture.cut and "here is the first" in picture.caption
    says = {layer.number: layer.says for layer in picture.layers}
    assert says[3].endswith("20 + 20 + 65\xa0495 = 65\xa0535 bytes")
    assert "several packets" in says[2]
    assert len(picture.html()) < 30_000


def test_what_came_over_the_wire_is_escaped() -> None:
    page = Page(osi(conversation(client("<script>alert(1)</script>\u202e\x1b[2J\"'&"), name='<i name="x">')))
    assert set(page.tags) <= {"div", "span", "b"}
    assert "<script>" in page.text and r"\u202e" in page.text


@given(conversations(), st.sampled_from(["client", "server"]))
def test_any_conversation(talk: Conversation, side: str) -> None:
    said = [e for e in talk.events if e.stream is Side(side) and e.arrived]
    assume(said)
    picture = osi(talk, side)
    assert picture.data == said[0].data
    assert [layer.number for layer in picture.layers] == [7, 6, 5, 4, 3, 2, 1]
    for layer in picture.layers:
        assert layer.says.replace("\xa0", " ").isprintable()
        sums = re.search(r"(\d[\d +\xa0]*) = ([\d\xa0]+) byte", layer.says)
        if layer.parts and sums:
            left, right = (part.replace("\xa0", "") for part in sums.groups())
            assert sum(map(int, left.split("+"))) == int(right) == sum(part.size for part in layer.parts)
    assert set(Page(picture).tags) <= {"div", "span", "b"}


class Tap:
    """As much of a server as is asked for."""

    conversations = (TALK, conversation(client("new"), number=2))


def test_a_server_stands_for_its_newest_conversation() -> None:
    assert osi(Tap()).data == b"new"  # type: ignore[arg-type]


def test_bad_input() -> None:
    with pytest.raises(BadInput, match='side is "client" or "server", not \'tap\''):
        osi(TALK, "tap")
    with pytest.raises(BadInput, match="The server has sent nothing yet"):
        osi(conversation(client("a")), "server")
    with pytest.raises(BadInput, match="There is no conversation yet"):
        osi([])
