"""DNS messages explained: what they ask and answer, in words; and any bytes whatever, of which none is lost."""

from __future__ import annotations

import time

import pytest
from dnslib import CLASS, QTYPE, RR, DNSHeader, DNSQuestion, DNSRecord, EDNSOption
from hypothesis import example, given
from hypothesis import strategies as st

from netkit.protocols import Line, Piece, explain
from netkit.protocols.dns import SOURCE, Field, fields, table
from netkit.protocols.dns_message import read
from netkit.servers.dns import answer

ID = 0x1234


def query(name: str, kind: str = "A") -> bytes:
    record = DNSRecord.question(name, kind)
    record.header.id = ID
    return bytes(record.pack())


def answered(name: str, kind: str = "A") -> bytes:
    got = answer(query(name, kind))
    assert got is not None
    return got


def reply(zone: str, name: str = "www.netkit.test", kind: str = "A", **header: int) -> bytes:
    """A made-up answer with the records of a zone file."""
    record = DNSRecord(
        DNSHeader(id=ID, bitmap=0x8000, **header), q=DNSQuestion(name, getattr(QTYPE, kind)), rr=RR.fromZone(zone)
    )
    return bytes(record.pack())


def told(message: bytes) -> Line:
    (line,) = explain("dns", [("client", 0.5, message)], datagrams=True)
    assert line.data == message and line.time == 0.5 and line.side == "client" and line.piece == 0
    assert printable(line.text) and printable(line.meaning)
    return line


def printable(text: str) -> bool:
    """Whether nothing in it steers a terminal; netkit itself puts the space into "11 264 bytes"."""
    return text.replace("\N{NO-BREAK SPACE}", "").isprintable()


@pytest.mark.parametrize(
    ("name", "kind", "text", "meaning"),
    [
        ("www.netkit.test", "A", "www.netkit.test A?", "asks for the IPv4 address of www.netkit.test"),
        ("www.netkit.test", "AAAA", "www.netkit.test AAAA?", "asks for the IPv6 address of www.netkit.test"),
        ("netkit.test", "MX", "netkit.test MX?", "asks which servers take mail for netkit.test"),
        ("netkit.test", "ANY", "netkit.test ANY?", "asks for all that is known about netkit.test"),
        (".", "NS", ". NS?", "asks for the name servers of ."),
        ("x.test", "SRV", "x.test SRV?", "asks for the records of type SRV of x.test"),
        (
            "10.2.0.192.in-addr.arpa",
            "PTR",
            "10.2.0.192.in-addr.arpa PTR?",
            "asks for the name that belongs to 192.0.2.10",
        ),
        ("1." + 31 * "0." + "ip6.arpa", "PTR", "1." + 31 * "0." + "ip6.arpa PTR?",
         "asks for the name that belongs to ::1"),
        ("300.2.0.192.in-addr.arpa", "PTR", "300.2.0.192.in-addr.arpa PTR?",
         "asks for the name that belongs to 300.2.0.192.in-addr.arpa"),
        (
            "xn--80aswg.netkit.test",
            "A",
            "xn--80aswg.netkit.test A?",
            "asks for the IPv4 address of xn--80aswg.netkit.test (сайт.netkit.test)",
        ),
    ],
)  # fmt: skip
def test_a_query(name: str, kind: str, text: str, meaning: str) -> None:
    line = told(query(name, kind))
    assert (line.text, line.meaning) == (f"query 0x1234: {text} (recursion desired)", meaning)
    assert line.source == SOURCE == "RFC 1035, section 4.1"


@pytest.mark.parametrize(
    ("name", "kind", "text", "meaning"),
    [
        (
            "www.netkit.test",
            "A",
            "www.netkit.test A? NOERROR (authoritative, recursion desired); www.netkit.test 300 A 192.0.2.10",
            "the IPv4 address of www.netkit.test is 192.0.2.10",
        ),
        (
            "python.netkit.test",
            "AAAA",
            "python.netkit.test AAAA? NOERROR (authoritative, recursion desired); "
            "python.netkit.test 300 CNAME www.netkit.test, www.netkit.test 300 AAAA 2001:db8::10",
            "python.netkit.test is an alias of www.netkit.test, the IPv6 address of www.netkit.test is 2001:db8::10",
        ),
        (
            "netkit.test",
            "MX",
            "netkit.test MX? NOERROR (authoritative, recursion desired); netkit.test 300 MX 10 mail.netkit.test",
            "mail for netkit.test goes to mail.netkit.test",
        ),
        (
            "10.2.0.192.in-addr.arpa",
            "PTR",
            "10.2.0.192.in-addr.arpa PTR? NOERROR (authoritative, recursion desired); "
            "10.2.0.192.in-addr.arpa 300 PTR www.netkit.test",
            "192.0.2.10 is called www.netkit.test",
        ),
        (
            "nosuch.netkit.test",
            "A",
            "nosuch.netkit.test A? NXDOMAIN (authoritative, recursion desired); authority: "
            "netkit.test 300 SOA ns.netkit.test hostmaster.netkit.test 1 3600 900 604800 300",
            "there is no such name (NXDOMAIN)",
        ),
        (
            "mail.netkit.test",
            "AAAA",
            "mail.netkit.test AAAA? NOERROR (authoritative, recursion desired); authority: "
            "netkit.test 300 SOA ns.netkit.test hostmaster.netkit.test 1 3600 900 604800 300",
            "the name is known, but it has no such record (NODATA; RFC 2308, section 2.2)",
        ),
        (
            "python.org",
            "A",
            "python.org A? REFUSED (recursion desired)",
            "the server refuses to answer this (REFUSED)",
        ),
    ],
)
def test_what_the_server_answers(name: str, kind: str, text: str, meaning: str) -> None:
    line = told(answered(name, kind))
    assert (line.text, line.meaning) == (f"answer 0x1234: {text}", meaning)


def test_a_referral_and_a_truncated_answer() -> None:
    record = DNSRecord(DNSHeader(id=ID, bitmap=0x8000), q=DNSQuestion("www.x.test"))
    record.add_auth(*RR.fromZone("x.test. 60 NS ns.x.test."))
    assert told(bytes(record.pack())).meaning == "does not know, and names servers to ask: ns.x.test"
    line = told(reply("", tc=1, ra=1))
    assert "(truncated, recursion available)" in line.text
    assert line.meaning.endswith("; cut short to fit into the datagram: ask again over TCP")


def test_many_records_are_counted_not_listed() -> None:
    line = told(reply("\n".join(f"www.netkit.test. 60 A 192.0.2.{n}" for n in range(1, 41))))
    assert line.text.count(" A 192.0.2.") == 5 and line.text.endswith(", and 35 more records")
    assert line.meaning.endswith("is 192.0.2.5, and 35 more records")


def test_texts_and_rare_records() -> None:
    zone = 'a.test. 60 TXT "say \\"hi\\"" "сайт"\na.test. 60 SRV 1 2 443 b.test.\na.test. 60 CAA 0 issue "ca.test"'
    text = told(reply(zone, "a.test", "TXT")).text
    assert 'a.test 60 SRV 1 2 443 b.test' in text and "a.test 60 CAA 0 issue" in text  # fmt: skip
    unknown = reply("a.test. 60 A 1.2.3.4", "a.test").replace(b"\0\1\0\1\0\0\0\x3c", b"\x12\x34\0\1\0\0\0\x3c")
    assert "a.test 60 TYPE4660 \\# 4 01020304" in told(unknown).text


def test_extensions_are_no_record() -> None:
    record = DNSRecord.parse(query("www.netkit.test"))
    record.add_ar(RR(rtype=QTYPE.OPT, rclass=1232, ttl=0x01000000, rdata=[EDNSOption(10, b"cookie!!")]))
    record.header.qr = 1
    message = bytes(record.pack())
    line = told(message)
    assert "OPT" not in line.text and "RCODE16" in line.text and "additional" not in line.text
    rows = {(one.name, one.value): one.meaning for one in fields(message)}
    assert rows["CLASS", "1232"] == "how large a datagram may be, in bytes (EDNS)"


def test_names_with_bytes_that_a_terminal_would_obey() -> None:
    label = b"\x1b[2J.\\ \xff"
    message = query("a.test").replace(b"\1a", bytes([len(label)]) + label)
    assert told(message).text.startswith("query 0x1234: \\027[2J\\.\\\\\\032\\255.test A?")


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (b"hello", "it is 5 bytes long, and the header alone takes 12 bytes"),
        (query("www.netkit.test")[:-3], "QTYPE of question 1 takes 2 bytes; left: 1 byte"),
        (query("www.netkit.test")[:20], "the name at byte 12 does not end"),
        (query("www.netkit.test")[:12] + b"\xc0\x0c\0\1\0\1", "the pointer at byte 12 leads to byte 12, "
         "and a pointer has to lead back"),
        (query("www.netkit.test")[:12] + b"\xc0", "QNAME ends inside a pointer"),
        (query("www.netkit.test")[:12] + b"\x80\0\0\1\0\1", "byte 12 is 0x80, which is neither a label's length "
         "(up to 63) nor a pointer"),
        (query("www.netkit.test")[:12] + (b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1", "the name at byte 12 is longer "
         "than 255 bytes"),
        (answered("www.netkit.test")[:-1], "the data of answer 1 take 4 bytes; left: 3 bytes"),
        (answered("www.netkit.test")[:6] + b"\xff\xff" + answered("www.netkit.test")[8:],
         "the name at byte 49 does not end"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_shown_as_text_and_says_why(message: bytes, problem: str) -> None:
    line = told(message)
    assert line.meaning == f"not a DNS message that can be read: {problem}"
    assert fields(message)[-1].name == "?" and fields(message)[-1].meaning == f"cannot be read: {problem}"
    assert line.text == "".join(one.text for one in explain("text", [("client", 0.0, message)]))


def test_bytes_after_the_message_are_told() -> None:
    line = told(query("www.netkit.test") + b"abc")
    assert line.meaning == "asks for the IPv4 address of www.netkit.test; 3 bytes follow that belong to nothing"


def test_a_record_whose_data_do_not_fit_its_type() -> None:
    message = reply("a.test. 60 A 1.2.3.4\nb.test. 60 A 5.6.7.8", "a.test")
    message = message.replace(b"\0\4\1\2\3\4", b"\0\5\1\2\3\4\5")
    line = told(message)
    assert "a.test 60 A ?, b.test 60 A 5.6.7.8" in line.text
    assert line.meaning == "a record of type A that cannot be read, the IPv4 address of b.test is 5.6.7.8"
    assert "no data of a record of type A: it takes 4 bytes, not 5 bytes" in [one.meaning for one in fields(message)]


def test_field_by_field() -> None:
    message = query("www.netkit.test")
    assert [(f.part, f.offset, f.name, f.value) for f in fields(message) if not f.bits] == [
        ("header", 0, "ID", "0x1234"),
        ("header", 2, "FLAGS", "0x0100"),
        ("header", 4, "QDCOUNT", "1"),
        ("header", 6, "ANCOUNT", "0"),
        ("header", 8, "NSCOUNT", "0"),
        ("header", 10, "ARCOUNT", "0"),
        ("question 1", 12, "QNAME", "www.netkit.test"),
        ("question 1", 29, "QTYPE", "1"),
        ("question 1", 31, "QCLASS", "1"),
    ]
    assert [(f.name, f.bits, f.value) for f in fields(message) if f.bits] == [
        ("QR", "0... .... .... ....", "0"),
        ("OPCODE", ".000 0... .... ....", "0"),
        ("AA", ".... .0.. .... ....", "0"),
        ("TC", ".... ..0. .... ....", "0"),
        ("RD", ".... ...1 .... ....", "1"),
        ("RA", ".... .... 0... ....", "0"),
        ("Z", ".... .... .0.. ....", "0"),
        ("AD", ".... .... ..0. ....", "0"),
        ("CD", ".... .... ...0 ....", "0"),
        ("RCODE", ".... .... .... 0000", "0"),
    ]


def test_a_pointer_is_shown_as_one() -> None:
    name = next(f for f in fields(answered("python.netkit.test")) if f.name == "CNAME")
    assert (name.offset, name.data, name.value) == (48, b"\x03www\xc0\x13", "www.netkit.test")
    assert name.meaning == "3 www, goes on at byte 19 (pointer)"


def test_the_table_as_text() -> None:
    shown = table(fields(answered("www.netkit.test"))).splitlines()
    assert shown[0] == "header"
    assert (
        shown[1] == " 0  12 34                    ID        0x1234  — the asker's choice; the answer carries the same"
    )
    assert " 2  1... .... .... ....      QR        1  — a response" in shown
    at = shown.index("question 1")
    assert shown[at + 1 : at + 4] == [
        "12  03 77 77 77 06 6e 65 74  QNAME     www.netkit.test  — the name that is asked about: "
        "3 www, 6 netkit, 4 test, 0 ends it",
        "20  6b 69 74 04 74 65 73 74",
        "28  00",
    ]
    assert shown[-1] == "45  c0 00 02 0a              ADDRESS   192.0.2.10  — an IPv4 address"
    assert table([]) == ""


MESSAGES = st.one_of(
    st.binary(max_size=80),
    st.builds(bytes.__add__, st.binary(min_size=12, max_size=12), st.binary()),
    st.builds(
        lambda message, at, octet: message[: at % len(message)] + bytes([octet]) + message[at % len(message) + 1 :],
        st.sampled_from([answered("netkit.test", "ANY"), answered("python.netkit.test"), query("www.netkit.test")]),
        st.integers(0, 1000),
        st.integers(0, 255),
    ),
)
PIECES = st.lists(st.tuples(st.sampled_from(["client", "server"]), st.just(0.0), MESSAGES), max_size=5)


@given(MESSAGES)
def test_no_bytes_raise_and_none_is_lost(message: bytes) -> None:
    taken = fields(message)
    assert b"".join(one.data for one in taken if not one.bits) == message
    assert all(message[one.offset :].startswith(one.data) for one in taken)
    assert all(printable(part) for one in taken for part in (one.part, one.name, one.value, one.meaning, one.bits))
    assert isinstance(table(taken), str)
    if message:
        told(message)


@given(MESSAGES)
def test_what_dnslib_reads_is_read_alike(message: bytes) -> None:
    ours = read(message)
    if ours.problem or any(r.bad for r in (*ours.answers, *ours.authority, *ours.additional)):
        return
    try:
        theirs = DNSRecord.parse(message)
    except Exception:  # names that are not UTF-8, records without data: both are allowed (RFC 2181, RFC 2136)
        return
    assert ours.id == theirs.header.id
    assert [q.type for q in ours.questions] == [QTYPE[q.qtype] for q in theirs.questions]
    assert [r.ttl for r in ours.answers] == [r.ttl for r in theirs.rr]
    assert len(ours.authority) == len(theirs.auth) and len(ours.additional) == len(theirs.ar)


@given(PIECES, st.booleans())
@example([("client", 0.0, b"\0\3ab"), ("server", 0.0, b"x"), ("client", 0.0, b"c"), ("client", 0.0, b"")], False)
def test_no_byte_of_a_conversation_is_lost(pieces: list[Piece], datagrams: bool) -> None:
    lines = list(explain("dns", pieces, datagrams))
    for side in ("client", "server"):
        said = b"".join(data for speaker, _time, data in pieces if speaker == side)
        assert b"".join(line.data for line in lines if line.side == side) == said
    assert [line.piece for line in lines] == sorted(line.piece for line in lines)
    assert all(pieces[line.piece][0] == line.side for line in lines)
    assert all(printable(line.text) and printable(line.meaning) for line in lines)


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(2, "big") + message


def test_over_tcp_its_length_comes_first() -> None:
    first, second, got = (
        framed(m) for m in (query("www.netkit.test"), query("nosuch.test"), answered("www.netkit.test"))
    )
    pieces: list[Piece] = [
        ("client", 0.1, first[:1]),
        ("client", 0.2, first[1:20]),
        ("server", 0.3, got[:5]),
        ("client", 0.4, first[20:] + second),
        ("server", 0.5, got[5:] + b"\0"),
        ("client", 0.6, b""),
    ]
    lines = list(explain("dns", pieces))
    assert [(line.side, line.piece, line.time, line.data) for line in lines] == [
        ("client", 0, 0.1, first),
        ("server", 2, 0.3, got),
        ("client", 3, 0.4, second),
        ("server", 4, 0.5, b"\0"),
    ]
    assert lines[0].text.startswith("query 0x1234: www.netkit.test A?")
    assert lines[3].meaning.startswith("not a whole DNS message: over TCP its length comes first, in 2 bytes")


def test_of_many_messages_only_those_that_are_looked_at_are_read() -> None:
    pieces: list[Piece] = [("client", 0.0, query("www.netkit.test"))] * 100_000
    began = time.perf_counter()
    lines = explain("dns", pieces, datagrams=True)
    assert lines[99_990:][0].piece == 99_990 and len(lines[10:20]) == 10
    one = time.perf_counter() - began
    began = time.perf_counter()
    for index in range(1000):
        lines[index]
    assert one < time.perf_counter() - began + 1


def test_a_message_of_nothing_but_pointers_is_read_at_once() -> None:
    """Pointers that lead from one to the next would take a time that grows with the square of their number."""
    count = 5000
    chain = b"".join((0xC000 | max(12, 12 + 2 * (n - 1))).to_bytes(2, "big") for n in range(count))
    message = bytes(4) + count.to_bytes(2, "big") + bytes(6) + b"\0\0\1\0\1" + chain
    began = time.perf_counter()
    told(message)
    assert time.perf_counter() - began < 2


def test_a_field_is_plain_data() -> None:
    field = Field("header", 0, b"\x12\x34", "ID", "0x1234")
    assert field == Field("header", 0, b"\x12\x34", "ID", "0x1234", "", "")
    assert CLASS.IN == 1
