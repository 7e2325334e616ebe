"""The DNS server: real questions over real sockets, and any datagram whatever."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from dnslib import CLASS, OPCODE, QTYPE, RCODE, DNSHeader, DNSQuestion, DNSRecord
from hypothesis import example, given
from hypothesis import strategies as st

from netkit.servers.dns import ZONE, answer
from netkit.servers.handle import Handle
from netkit.wire.udp import UdpTap
from tests.servers.programs import LIMIT, ask_udp

HEADER = 12


@pytest.fixture(scope="module")
def dns() -> Iterator[Handle]:
    with Handle(UdpTap(answer, name="dns", protocol="dns")) as handle:
        yield handle


def query(name: str, kind: str = "A") -> DNSRecord:
    return DNSRecord.question(name, kind)


def reply(dns: Handle, question: DNSRecord) -> DNSRecord:
    return DNSRecord.parse(question.send(*dns.address, timeout=LIMIT))


def rcode(record: DNSRecord) -> str:
    return str(RCODE[record.header.rcode])


def values(record: DNSRecord) -> list[tuple[str, str]]:
    return [(QTYPE[rr.rtype], str(rr.rdata)) for rr in record.rr]


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("www.netkit.test", "A", [("A", "192.0.2.10")]),
        ("WWW.Netkit.TEST", "A", [("A", "192.0.2.10")]),
        ("www.netkit.test", "AAAA", [("AAAA", "2001:db8::10")]),
        ("netkit.test", "MX", [("MX", "10 mail.netkit.test.")]),
        ("netkit.test", "TXT", [("TXT", '"netkit: network programming in Python"')]),
        ("netkit.test", "NS", [("NS", "ns.netkit.test.")]),
        ("10.2.0.192.in-addr.arpa", "PTR", [("PTR", "www.netkit.test.")]),
        ("xn--80aswg.netkit.test", "A", [("A", "192.0.2.77")]),
        ("python.netkit.test", "A", [("CNAME", "www.netkit.test."), ("A", "192.0.2.10")]),
        ("python.netkit.test", "CNAME", [("CNAME", "www.netkit.test.")]),
        ("python.netkit.test", "ANY", [("CNAME", "www.netkit.test.")]),
        ("www.netkit.test", "ANY", [("A", "192.0.2.10"), ("AAAA", "2001:db8::10")]),
    ],
)
def test_names_of_the_course(dns: Handle, name: str, kind: str, found: list[tuple[str, str]]) -> None:
    got = reply(dns, query(name, kind))
    assert rcode(got) == "NOERROR"
    assert values(got) == found
    assert got.header.qr and got.header.aa and not got.header.ra
    assert got.auth == []


def authority(record: DNSRecord) -> list[tuple[str, str]]:
    return [(str(rr.rname), QTYPE[rr.rtype]) for rr in record.auth]


def test_no_such_name(dns: Handle) -> None:
    got = reply(dns, query("nosuch.netkit.test"))
    assert (rcode(got), values(got), authority(got)) == ("NXDOMAIN", [], [("netkit.test.", "SOA")])
    got = reply(dns, query("99.2.0.192.in-addr.arpa", "PTR"))
    assert (rcode(got), values(got), authority(got)) == ("NXDOMAIN", [], [("2.0.192.in-addr.arpa.", "SOA")])


def test_a_name_without_such_a_record(dns: Handle) -> None:
    got = reply(dns, query("mail.netkit.test", "AAAA"))
    assert (rcode(got), values(got), authority(got)) == ("NOERROR", [], [("netkit.test.", "SOA")])
    got = reply(dns, query("python.netkit.test", "MX"))  # of the alias's target: RFC 2308, section 2.2
    assert (rcode(got), authority(got)) == ("NOERROR", [("netkit.test.", "SOA")])
    assert values(got) == [("CNAME", "www.netkit.test.")]


@pytest.mark.parametrize("name", ["python.org", "test", "xnetkit.test", ".", "in-addr.arpa"])
def test_of_other_zones_it_does_not_say_that_there_is_no_such_name(dns: Handle, name: str) -> None:
    got = reply(dns, query(name))
    assert (rcode(got), got.header.aa, values(got), authority(got)) == ("REFUSED", 0, [], [])


def test_another_class_is_refused(dns: Handle) -> None:
    got = reply(dns, DNSRecord(q=DNSQuestion("www.netkit.test", QTYPE.A, CLASS.CH)))
    assert (rcode(got), values(got)) == ("REFUSED", [])


@pytest.mark.parametrize("number", [0, 1, 0x1234, 0xFFFF])
def test_the_id_question_and_rd_come_back(dns: Handle, number: int) -> None:
    for wanted in (0, 1):
        question = query("www.netkit.test")
        question.header.id, question.header.rd = number, wanted
        got = reply(dns, question)
        assert (got.header.id, got.header.rd, got.questions) == (number, wanted, question.questions)


@pytest.mark.parametrize("opcode", [OPCODE.IQUERY, OPCODE.STATUS, OPCODE.NOTIFY, OPCODE.UPDATE, 15])
def test_another_kind_of_query_is_not_implemented(dns: Handle, opcode: int) -> None:
    question = query("www.netkit.test")
    question.header.opcode = opcode
    got = reply(dns, question)
    assert (rcode(got), got.header.opcode, values(got)) == ("NOTIMP", opcode, [])


def test_two_questions_or_none_are_a_format_error(dns: Handle) -> None:
    for questions in ([], [DNSQuestion("www.netkit.test"), DNSQuestion("mail.netkit.test")]):
        got = reply(dns, DNSRecord(DNSHeader(id=7), questions=questions))
        assert (rcode(got), got.header.id, values(got)) == ("FORMERR", 7, [])


def test_a_response_and_a_short_datagram_get_no_answer(dns: Handle) -> None:
    """The question after them is the first that is answered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(LIMIT)
        sock.connect(dns.address)
        question = bytes(query("www.netkit.test").pack())
        response = answer(question)
        assert response is not None
        broken_response = question[:2] + b"\x80" + question[3:-3]
        for silent in (b"", b"hello", question[: HEADER - 1], response, broken_response):
            sock.send(silent)
        sock.send(b"\x0f\x0f" + question[2:])
        assert sock.recv(1000) == b"\x0f\x0f" + response[2:]


def test_an_unreadable_query_gets_a_format_error_with_its_id(dns: Handle) -> None:
    question = bytes(query("www.netkit.test").pack())
    got = ask_udp(dns.address, b"\x12\x34" + question[2:-3])
    assert got == b"\x12\x34\x81\x01" + bytes(8)
    assert rcode(DNSRecord.parse(got)) == "FORMERR"


@given(st.one_of(st.binary(max_size=60), st.builds(bytes.__add__, st.binary(min_size=12, max_size=12), st.binary())))
@example(bytes(2) + b"\x01\x00\x00\x01" + bytes(6) + b"\xc0\x0c\x00\x01\x00\x01")  # a pointer to itself
@example(bytes(2) + b"\x01\x00\x00\x01" + bytes(6) + b"\x3f" + b"a" * 63 + b"\0\0\x01\0\x01")
@example(bytes(2) + b"\x01\x00\x00\x01" + bytes(6) + (b"\x3f" + b"a" * 63) * 5 + b"\0\0\x01\0\x01")  # too long a name
def test_any_datagram(datagram: bytes) -> None:
    got = answer(datagram)
    if len(datagram) < HEADER or datagram[2] & 0x80:
        assert got is None
        return
    assert got is not None and got[:2] == datagram[:2]
    record = DNSRecord.parse(got)
    assert record.header.qr and record.header.opcode == datagram[2] >> 3 & 15


def test_the_server_lives_on_after_bad_datagrams(dns: Handle) -> None:
    for bad in (b"\xff" * 12, bytes(12), b"\0\0\1\0\0\1" + bytes(6) + b"\xc0\x0c\0\1\0\1", b"GET / HTTP/1.0\r\n\r\n"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(bad, dns.address)
    assert values(reply(dns, query("www.netkit.test"))) == [("A", "192.0.2.10")]


def test_its_addresses_and_names_can_reach_nobody() -> None:
    for line in ZONE.strip().splitlines():
        words = line.split()
        if "A" in words:
            assert words[-1].startswith("192.0.2.")  # RFC 5737
        if "AAAA" in words:
            assert words[-1].startswith("2001:db8:")  # RFC 3849
