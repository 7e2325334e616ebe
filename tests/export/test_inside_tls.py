"""Conversations with TLS in texts and captures: both the wire's side and the ends', the same text each time."""

from __future__ import annotations

import poplib
import smtplib
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

import netkit
from netkit.export.inside import inside, outside, tls_begins
from netkit.export.text import transcript
from netkit.export.turns import Turn, turns
from netkit.servers.mail.post import Mail
from netkit.wire.conversation import Conversation, Ending, Event, Kind, Side
from tests.builders import client, conversation, fin, rst, server
from tests.export.test_pcapng import Reader
from tests.wire.peers import LIMIT

HELLO = b"\x16\x03\x01\x00\x32\x01\x00\x00\x2e\x03\x03" + bytes(32) + bytes(12)
ANSWER = b"\x16\x03\x03\x00\x06\x02\x00\x00\x02\x03\x03"
RECORD = b"\x17\x03\x03\x00\x05"
CLEAR = (server("220 mail\r\n"), client("STARTTLS\r\n"), server("220 go\r\n"))


def told(*said: tuple[str, str, float]) -> tuple[Event, ...]:
    return tuple(Event(at, at, Side(who), Kind.DATA, text.encode(), len(text)) for who, text, at in said)


def smtp(*steps: object, **options: object) -> Conversation:
    """STARTTLS, a handshake, and NOOP with its answer inside."""
    records = (client(HELLO), server(ANSWER), client(RECORD + b"12345"), server(RECORD + b"abcde"))
    talk = conversation(*CLEAR, *records, *steps, name="smtp", protocol="smtp", **options)  # type: ignore[arg-type]
    return replace(talk, said=told(("client", "NOOP\r\n", 0.0055), ("server", "250 OK\r\n", 0.0075)))


WIRE = [
    "  server → client  10 bytes  220 mail\\r\\n  — the server is ready: mail [RFC 5321, section 3.1]",
    "  client → server  10 bytes  STARTTLS\\r\\n  — asks to encrypt all that follows, with TLS [RFC 3207, section 4]",
    "  server → client   8 bytes  220 go\\r\\n  — agreed: from here on TLS, nobody else can read it "
    "[RFC 3207, section 4]",
    "  client → server            TLS begins: from here on the wire has ciphertext, which only the two ends can read",
]
ENDS = [
    "Inside TLS, what the ends said:",
    "  client → server  6 bytes  NOOP\\r\\n  — do nothing, but answer [RFC 5321, section 4.1.1.9]",
    "  server → client  8 bytes  250 OK\\r\\n  — done: nothing [RFC 5321, section 4.3.2]",
]


def test_the_text_has_both() -> None:
    out = transcript(smtp(fin("client"), fin("server"))).splitlines()
    assert out[0] == "smtp, conversation 1 (TCP): ended; encrypted with TLS"
    assert out[1:5] == WIRE
    assert out[5:] == ENDS


def test_what_differs_from_time_to_time_is_not_in_it() -> None:
    ends = [
        smtp(fin("client"), fin("server")),
        smtp(rst("client")),
        smtp(server(RECORD + b"more."), fin("server"), rst("client")),
    ]
    assert len({transcript(talk) for talk in ends}) == 1
    assert len({transcript(talk, times=True) for talk in ends}) == 3


def test_what_a_fault_did_is() -> None:
    out = transcript(smtp(rst("tap"))).splitlines()
    assert out[0] == "smtp, conversation 1 (TCP): cut off by a fault; encrypted with TLS"
    assert out[5] == "  netkit → both            RST: broken off by a fault"


def test_with_times_it_has_every_record() -> None:
    out = transcript(smtp(fin("client")), times=True)
    assert "client → server 75 bytes, server → client 39 bytes" in out.splitlines()[0]
    assert out.count("TLS application data record") == 2 and "17 03 03 00 05 31 32 33 34 35" in out
    assert "5.5 ms" in out.split(ENDS[0])[1] and "NOOP" in out.split(ENDS[0])[1]


def test_where_nobody_told_it_says_what_to_do() -> None:
    out = transcript(replace(smtp(), said=())).splitlines()
    assert out[1:5] == WIRE and out[5:] == [
        "  What the ends said inside TLS is not known here: the tap has no key to it. A Python client tells netkit "
        "itself when it uses netkit's context, such as context=mail.context."
    ]
    out = transcript(replace(smtp(), said=(), secrets="x")).splitlines()
    assert out[-1].endswith(
        "Saved for Wireshark, the conversation has the server's keys with it: Wireshark decrypts it."
    )


def test_a_limit_holds_for_both_together() -> None:
    out = transcript(smtp(), limit=5).splitlines()
    assert out[1:5] == WIRE and out[-1] == "  … and 1 more row that is not shown" and len(out) == 8
    assert transcript(smtp(), limit=2).splitlines()[3] == "  … and 2 more rows that are not shown"


def test_without_tls_nothing_is_different() -> None:
    talk = conversation(client("x\n"), fin("client"))
    assert (tls_begins(talk), inside(talk), outside(talk), turns(talk)) == (None, None, None, None)
    datagram = conversation(client(HELLO), transport="udp")
    assert tls_begins(datagram) is None


def test_the_dialogue_goes_on_inside() -> None:
    """After STARTTLS there is no second greeting; with TLS from the first byte there is the first one."""
    ends = inside(smtp())
    assert ends is not None
    assert (ends.from_client, ends.from_server, ends.said, ends.ending) == (16, 26, (), Ending.OPEN)
    secure = replace(conversation(client(HELLO), protocol="pop3"), said=told(
        ("server", "+OK hi\r\n", 0.2), ("client", "USER a\r\n", 0.3), ("server", "+OK\r\n", 0.4),
        ("client", "PASS b\r\n", 0.5)))  # fmt: skip
    meanings = [line.split("  — ")[1] for line in transcript(secure).splitlines()[3:]]
    assert meanings == [
        "the server is ready: the client has to sign in (AUTHORIZATION) [RFC 1939, section 4]",
        "signs in, first the name: a [RFC 1939, section 7]",
        "go on, now the password; the name may be wrong all the same [RFC 1939, section 7]",
        "the password, which TLS hides from everyone on the way: b [RFC 1939, section 7]",
    ]


def test_turns_stand_side_by_side() -> None:
    found = turns(smtp(rst("client")))
    assert found is not None
    assert [turn[:1] + turn[2:] for turn in found.turns] == [
        (Side.SERVER, False, range(0, 1), range(0, 1)),
        (Side.CLIENT, False, range(1, 2), range(1, 2)),
        (Side.SERVER, False, range(2, 3), range(2, 3)),
        (Side.CLIENT, True, range(3, 4), range(3, 4)),
        (Side.SERVER, True, range(4, 5), range(4, 4)),
        (Side.CLIENT, True, range(5, 6), range(4, 5)),
        (Side.SERVER, True, range(6, 7), range(5, 6)),
        (Side.CLIENT, True, range(7, 8), range(6, 6)),
    ]

    def row(turn: Turn) -> tuple[list[bytes], list[str], list[Kind]]:
        return (
            [record.data for record in found.records(turn)],
            [line.text for line in found.lines(turn)],
            [event.kind for event in found.marks(turn)],
        )

    assert [row(turn) for turn in found.turns] == [
        ([], [r"220 mail\r\n"], []),
        ([], [r"STARTTLS\r\n"], []),
        ([], [r"220 go\r\n"], []),
        ([HELLO], [], []),
        ([ANSWER], [], []),
        ([RECORD + b"12345"], [r"NOOP\r\n"], []),
        ([RECORD + b"abcde"], [r"250 OK\r\n"], []),
        ([], [], [Kind.RESET]),
    ]
    assert [found.of_event(index) for index in range(6)] == [0, 1, 2, 3, 5, 6]


def both(mail: Mail, own: ssl.SSLContext | None = None) -> None:
    """A letter and a look into the maildrop, at all doors."""
    context = own or mail.context
    with smtplib.SMTP(*mail.smtp, timeout=LIMIT) as smtp_:
        smtp_.ehlo("pc")
        smtp_.starttls(context=context)
        smtp_.ehlo("pc")
        smtp_.login("student", "secretword")
        smtp_.sendmail("me@example.org", ["student@netkit.test"], b"Subject: x\r\n\r\nhello\r\n")
    with smtplib.SMTP_SSL(*mail.smtps, context=context, timeout=LIMIT) as smtp_:
        smtp_.ehlo("pc")
        smtp_.sendmail("me@example.org", ["student@netkit.test"], b"Subject: x\r\n\r\nhello\r\n")
    secure = poplib.POP3_SSL(*mail.pop3s, context=context, timeout=LIMIT)
    later = poplib.POP3(*mail.pop3, timeout=LIMIT)
    later.stls(context)
    for pop3, user in ((secure, "student"), (later, "guest")):
        pop3.user(user)
        pop3.pass_(mail.users[user])
        pop3.quit()


def test_two_runs_give_the_same_text() -> None:
    texts = []
    for _time in range(3):
        with Mail() as mail:
            both(mail)
            texts.append("\n".join(transcript(talk) for door in (mail.smtp, mail.smtps) for talk in door.conversations))
    assert texts[0] == texts[1] == texts[2]
    assert "AUTH PLAIN" in texts[0] and "Subject: x" in texts[0]


SAID = {
    "smtp": ["AUTH", "MAIL", "RCPT", "DATA", "QUIT"],
    "smtps": ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"],
    "pop3": ["USER", "PASS", "QUIT"],
    "pop3s": ["USER", "PASS", "QUIT"],
}


@pytest.mark.parametrize("how", ["netkit's context", "a context of the learner's own"])
def test_wireshark_decrypts_what_was_saved(tshark: str, tmp_path: Path, how: str) -> None:
    own = None
    if how != "netkit's context":
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        own.check_hostname, own.verify_mode = False, ssl.CERT_NONE
    with Mail() as mail:
        both(mail, own)
        for door in mail.doors:
            reader = Reader(tshark, tmp_path / f"{door.name}.pcapng")
            netkit.save(door.conversations[-1], reader.path)
            protocol = "smtp" if door.protocol == "smtp" else "pop"
            field = "smtp.req.command" if protocol == "smtp" else "pop.request.command"
            inside_ = reader.fields(field, only=f"{protocol} and tls")
            assert [words[0].upper() for words in inside_ if words[0].upper() in SAID[door.name]] == SAID[door.name]
            (to,) = {words[0] for words in reader.fields("tcp.dstport", only="tls.handshake.type == 1")}
            assert to == {"smtp": "25", "smtps": "465", "pop3": "110", "pop3s": "995"}[door.name]
            netkit.save(replace(door.conversations[-1], secrets=""), reader.path)
            assert reader.fields(field, only=f"{protocol} and tls") == []


def test_a_file_has_no_secrets_but_those_of_its_conversations(tmp_path: Path) -> None:
    with Mail() as mail:
        for _time in range(2):
            poplib.POP3_SSL(*mail.pop3s, context=mail.context, timeout=LIMIT).quit()
        one, other = mail.pop3s.conversations
    netkit.save(one, tmp_path / "x.pcapng")
    content = (tmp_path / "x.pcapng").read_bytes()
    assert one.secrets.encode() in content and other.secrets.splitlines()[0].encode() not in content
    netkit.save((one, other), tmp_path / "x.pcapng")
    content = (tmp_path / "x.pcapng").read_bytes()
    assert (one.secrets + other.secrets).encode() in content
    netkit.save(one, tmp_path / "x.txt")
    text = (tmp_path / "x.txt").read_text("utf-8")
    assert "Inside TLS, what the ends said:" in text and "QUIT" in text and "TRAFFIC_SECRET" not in text
