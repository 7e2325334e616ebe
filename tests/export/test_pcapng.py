"""Capture files: what tshark reads in them is what was recorded, and it finds nothing to warn of."""

from __future__ import annotations

import contextlib
import re
import ssl
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from netkit.export.packets import checksum, udp
from netkit.export.pcapng import pcapng
from netkit.wire.address import Address
from netkit.wire.conversation import Conversation, Ending, Side
from tests.builders import client, conversation, conversations, fin, gap, lost, pause, rst, server

WORD = "ПАЛИНДРОМ".encode()
CHECKED = ["tcp", "udp", "ip"]


class Reader:
    """A capture file, as tshark sees it."""

    def __init__(self, tshark: str, path: Path) -> None:
        self.tshark, self.path = tshark, path

    def write(self, *talks: Conversation, keylog: bytes = b"", ports: dict[str, int] | None = None) -> Reader:
        self.path.write_bytes(pcapng(talks, ports, keylog))
        return self

    def run(self, *arguments: str) -> str:
        options = [part for protocol in CHECKED for part in ("-o", f"{protocol}.check_checksum:TRUE")]
        command = [self.tshark, "-r", str(self.path), *options, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        problems = [line for line in done.stderr.splitlines() if line and "Running as user" not in line]
        assert (done.returncode, problems) == (0, [])
        return done.stdout

    def fields(self, *names: str, only: str = "") -> list[list[str]]:
        asked = [part for name in names for part in ("-e", name)]
        out = self.run("-T", "fields", *asked, *(["-Y", only] if only else []))
        return [line.split("\t") for line in out.splitlines()]

    def complaints(self) -> list[str]:
        """What tshark warns of. A reset is recorded as it happened, and tshark warns of each: that one is left out."""
        table = self.run("-q", "-z", "expert,warn")
        found = re.findall(r"^ +[0-9]+ +\S+ +\S+  (.*)$", table, re.MULTILINE)
        assert bool(found) == bool(table.strip()), table
        return [text for text in found if text != "Connection reset (RST)"]

    def flags(self) -> list[str]:
        """The flags of each TCP packet, by their first letters."""
        return [flags.replace("·", "") for (flags,) in self.fields("tcp.flags.str")]

    def stream(self, number: int = 0) -> dict[int, bytes]:
        """What "follow the TCP stream" shows: the bytes of each side, by its port."""
        found: dict[int, bytes] = {}
        for port, payload in self.fields("tcp.srcport", "tcp.payload", only=f"tcp.stream == {number}"):
            found[int(port)] = found.get(int(port), b"") + bytes.fromhex(payload)
        return found

    def followed(self) -> tuple[bytes, bytes]:
        """Client's and server's bytes, from tshark's own `follow`, where the server's are indented."""
        out = self.run("-q", "-z", "follow,tcp,raw,0").split("Node 1: ")[1].splitlines()[1:-1]
        sides = [b"", b""]
        for line in out:
            sides[line.startswith("\t")] += bytes.fromhex(line.strip())
        return sides[0], sides[1]


@pytest.fixture
def reader(tshark: str, tmp_path: Path) -> Reader:
    return Reader(tshark, tmp_path / "talk.pcapng")


def test_a_tcp_conversation(reader: Reader) -> None:
    talk = conversation(client(WORD), fin("client"), pause(0.5, server(WORD[::-1])), fin("server"))
    reader.write(talk)
    assert reader.complaints() == []
    assert reader.followed() == (WORD, WORD[::-1])
    assert reader.flags() == ["S", "AS", "A", "AP", "AF", "A", "AP", "AF", "A"]
    assert reader.fields("tcp.seq", "tcp.ack")[-1] == ["20", "20"]
    assert set(map(tuple, reader.fields("ip.checksum.status", "tcp.checksum.status"))) == {("1", "1")}
    times = [time for (time,) in reader.fields("frame.time_epoch")]
    assert times[0] == "1700000000.000000000"
    assert times[6] == "1700000000.503000000"


def test_tshark_would_notice(reader: Reader) -> None:
    """A byte that was changed after the checksum was made is found: the other tests can fail."""
    reader.write(conversation(client(WORD), fin("client"), fin("server")))
    reader.path.write_bytes(reader.path.read_bytes().replace(WORD, WORD.lower()[:-1] + b"x"))
    assert any("checksum" in text.lower() for text in reader.complaints())


def test_datagrams(reader: Reader) -> None:
    reader.write(conversation(client("a"), client(b""), server("bcd"), transport="udp"))
    assert reader.complaints() == []
    assert reader.fields("udp.payload", "udp.length", "udp.checksum.status", "ip.checksum.status") == [
        ["61", "9", "1", "1"],
        ["", "8", "1", "1"],
        ["626364", "11", "1", "1"],
    ]


def test_a_server_of_a_known_protocol_is_shown_at_its_standard_port(reader: Reader) -> None:
    question = bytes.fromhex("abcd01000001000000000000096c6f63616c686f73740000010001")
    reader.write(conversation(client(question), transport="udp", protocol="dns", server_port=41953))
    assert reader.complaints() == []
    assert reader.fields("udp.dstport", "dns.qry.name") == [["53", "localhost"]]
    reader.write(conversation(client(b"x"), name="mine"), ports={"mine": 9})
    assert reader.fields("tcp.dstport")[0] == ["9"]


def test_two_servers_at_one_shown_port_stay_apart(reader: Reader) -> None:
    one = conversation(client(b"EHLO a\r\n"), fin("client"), fin("server"), protocol="smtp", server_port=40001)
    two = conversation(client(b"EHLO b\r\n"), fin("client"), fin("server"), protocol="smtp", server_port=40002)
    reader.write(one, two)
    assert reader.complaints() == []
    assert {port for (port,) in reader.fields("tcp.dstport", only="tcp.srcport == 50001")} == {"25", "40002"}


def test_the_same_port_again_is_another_connection(reader: Reader) -> None:
    steps = (client(b"one"), fin("client"), fin("server"))
    first, second = conversation(*steps), conversation(*steps, number=2, began=1_700_000_060.0)
    reader.write(first, second)
    assert reader.complaints() == []
    assert reader.stream(0)[50001] == reader.stream(1)[50001] == b"one"


def test_a_large_piece_is_several_packets(reader: Reader) -> None:
    data = bytes(range(256)) * 800
    reader.write(conversation(client(data), fin("client"), fin("server")))
    assert reader.complaints() == []
    assert reader.followed() == (data, b"")


def test_bytes_that_were_not_kept_leave_packets_without_them(reader: Reader) -> None:
    talk = conversation(client("a"), gap("server", 100_000), server("b"), client("c"), fin("client"), fin("server"))
    reader.write(talk)
    assert reader.complaints() == []
    sizes = reader.fields("tcp.len", "frame.len", "frame.cap_len", only="frame.len != frame.cap_len")
    assert sizes == [["65495", "65535", "40"], ["34505", "34545", "40"]]
    assert reader.fields("tcp.seq", only='tcp.payload == "b"') == [["100001"]]
    assert (
        reader.fields("frame.comment", only="frame.len != frame.cap_len")
        == [["netkit did not keep the bytes of this packet"]] * 2
    )


def test_lost_bytes_are_a_comment(reader: Reader) -> None:
    reader.write(conversation(client("one"), lost("client", b"two"), client("three"), fin("client"), fin("server")))
    assert reader.complaints() == []
    assert reader.followed() == (b"onethree", b"")
    (comment,) = reader.fields("frame.comment", only='tcp.payload == "three"')
    assert comment == ["3 bytes from the client were lost on the way: a fault"]


def test_a_loss_after_the_last_packet_is_told_too(reader: Reader) -> None:
    reader.write(conversation(client("one"), lost("server", b"x"), transport="udp"))
    ((comment,),) = reader.fields("frame.comment")
    assert "1 byte from the server was lost" in comment


def test_what_was_held_up_says_so(reader: Reader) -> None:
    reader.write(conversation(client("slow", delay=0.3), fin("client"), fin("server")))
    assert reader.fields("frame.comment", only='tcp.payload == "slow"') == [["held up by a fault for 300.0 ms"]]


@pytest.mark.parametrize(
    ("talk", "last"),
    [
        (conversation(client("a"), rst("client")), ["50001", "AR"]),
        (conversation(client("a"), rst("server")), ["33333", "AR"]),
        (conversation(client("a"), rst("tap")), ["33333", "AR"]),
        (conversation(ending=Ending.REFUSED), ["33333", "AR"]),
        (conversation(ending=Ending.DOWN), ["33333", "AR"]),
        (conversation(client("a"), ending=Ending.STOPPED), ["33333", "AR"]),
        (conversation(client("a")), ["50001", "AP"]),
        (conversation(client("a"), fin("tap")), ["33333", "A"]),
    ],
)
def test_it_ends_as_it_ended(reader: Reader, talk: Conversation, last: list[str]) -> None:
    reader.write(talk)
    assert reader.complaints() == []
    assert [reader.fields("tcp.srcport")[-1][0], reader.flags()[-1]] == last


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(conversations(), min_size=1, max_size=3))
@example([conversation(gap("client", 70_000), gap("server", 1), client("x"), lost("server", b"y"), transport="udp")])
@example([conversation(client("x", delay=0.05), server("y"), fin("server"), client("z"), gap("client", 5), rst("tap"))])
def test_tshark_takes_any_conversation(reader: Reader, talks: list[Conversation]) -> None:
    apart = [replace(talk, client=Address("127.0.0.1", port)) for port, talk in enumerate(talks, 50001)]
    reader.write(*apart)
    assert reader.complaints() == []
    recorded = [talk for talk in apart if talk.transport == "tcp"]
    for number, talk in enumerate(recorded):
        found = reader.stream(number)
        assert found.get(talk.client.port, b"") == talk.sent_by(Side.CLIENT)
        assert found.get(talk.server.port, b"") == talk.sent_by(Side.SERVER)


def test_with_the_secrets_tls_is_decrypted(reader: Reader, tmp_path: Path) -> None:
    """A TLS session in memory, without a certificate (an anonymous key exchange), recorded and decrypted by tshark."""
    log = tmp_path / "keys.log"
    steps = tls_session(log, b"GET /secret HTTP/1.0\r\n\r\n")
    talk = conversation(*steps, fin("client"), fin("server"), server_port=443)
    assert b"secret" not in talk.sent_by(Side.CLIENT)
    reader.write(talk, keylog=log.read_bytes())
    assert reader.complaints() == []
    assert reader.fields("http.request.uri", only="http") == [["/secret"]]
    reader.write(talk)
    assert reader.fields("http.request.uri", only="http") == []


def tls_session(log: Path, request: bytes) -> list:  # type: ignore[type-arg]
    """The bytes that both sides of a TLS session send, as steps."""
    ends = []
    for purpose in (ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER):
        context = ssl.SSLContext(purpose)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("AECDH-AES128-SHA:@SECLEVEL=0")
        if purpose is ssl.PROTOCOL_TLS_CLIENT:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.keylog_filename = str(log)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context.wrap_bio(incoming, outgoing, server_side=purpose is ssl.PROTOCOL_TLS_SERVER)
        ends.append((session, incoming, outgoing))
    steps = []
    (mine, mine_in, mine_out), (theirs, theirs_in, theirs_out) = ends

    def carry() -> None:
        if data := mine_out.read():
            theirs_in.write(data)
            steps.append(client(data))
        if data := theirs_out.read():
            mine_in.write(data)
            steps.append(server(data))

    for _turn in range(3):
        for session in (mine, theirs):
            with contextlib.suppress(ssl.SSLWantReadError):
                session.do_handshake()
            carry()
    mine.write(request)
    carry()
    assert theirs.read() == request
    return steps


@given(st.binary(max_size=60))
def test_the_checksum_is_that_of_rfc_1071(data: bytes) -> None:
    """Against the RFC's own way: add the words, carry around, complement."""
    padded = data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    assert checksum(data) == 0xFFFF - total


def test_a_udp_checksum_of_zero_is_sent_as_ones() -> None:
    """RFC 768: zero means that there is no checksum."""
    ends = Address("127.0.0.1", 1), Address("127.0.0.1", 2)
    plain = int.from_bytes(udp(*ends, b"\0\0")[26:28], "big")
    assert udp(*ends, plain.to_bytes(2, "big"))[26:28] == b"\xff\xff"
