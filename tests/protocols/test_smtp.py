"""SMTP explained: what smtplib and aiosmtpd said, and what may go wrong on the wire."""

from __future__ import annotations

import smtplib
import ssl
import time
from itertools import product

import pytest
import trustme
from aiosmtpd.smtp import SMTP
from hypothesis import given
from hypothesis import strategies as st

from netkit.export.rows import explained
from netkit.protocols import Piece, explain
from netkit.protocols.letter import BODY_SHOWN
from netkit.protocols.mail_stream import FOLD
from netkit.protocols.smtp_commands import VERBS
from netkit.protocols.smtp_replies import reply_told
from netkit.wire.tap import Tap
from tests.protocols.dialogues import check, spoken, told, whole

LETTER = r"""
S: 220 mail.netkit.test netkit
    the server is ready: mail.netkit.test netkit [RFC 5321 3.1]
C: ehlo pc.netkit.test
    the client, pc.netkit.test, says hello and asks for extensions [RFC 5321 4.1.1.1]
S: 250-mail.netkit.test
    the server, mail.netkit.test, says hello; its extensions follow [RFC 5321 4.1.1.1]
S: 250-SIZE 100000
    a letter may be up to 100 000 bytes large [RFC 1870 3]
S: 250-8BITMIME
    a letter's body may have bytes over 127 [RFC 6152 2]
S: 250-SMTPUTF8
    addresses and header may be in UTF-8 [RFC 6531 3.1]
S: 250-STARTTLS
    the connection can be encrypted with TLS [RFC 3207 3]
S: 250-AUTH LOGIN PLAIN
    a client can sign in, by LOGIN PLAIN [RFC 4954 3]
S: 250 HELP
    the server knows the command HELP [RFC 5321 2.2.2]
C: mail FROM:<student@netkit.test> size=202 BODY=8BITMIME
    begins a letter; return address <student@netkit.test>; 202 bytes; 8 bits [RFC 5321 4.1.1.2; RFC 1870 6; RFC 6152 3]
S: 250 OK
    this sender is taken; now the recipients [RFC 5321 4.3.2]
C: rcpt TO:<lecturer@netkit.test>
    the letter is for <lecturer@netkit.test>, whatever its To: says [RFC 5321 4.1.1.3]
S: 250 2.1.5 recipient ok
    this recipient is taken; 2.1.5: the address is valid [RFC 5321 4.3.2; RFC 3463 3.2]
C: data
    the client wants to send the letter itself [RFC 5321 4.1.1.4]
S: 354 End data with <CR><LF>.<CR><LF>
    send the letter, then a line with a dot alone [RFC 5321 4.3.2]
C: From: a@netkit.test
    who wrote it, as the reader will see it [RFC 5322 3.6.2]
C: To: b@netkit.test
    for the reader; the envelope says who gets it [RFC 5322 3.6.3]
C: Subject: =?windows-1251?B?z/Do4uXy?=
    what it is about; it says: Привет [RFC 5322 3.6.5; RFC 2047 2]
C: MIME-Version: 1.0
    the letter is built by the rules of MIME [RFC 2045 4]
C: Content-Type: text/plain; charset=windows-1251
    what the body is, and in which character set [RFC 2045 5]
C: Content-Transfer-Encoding: 8bit
    how the body's bytes were put into lines [RFC 2045 6]
C:
    an empty line: the header ends here, the body begins [RFC 5322 2.1]
C: \xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0!
    the body; in windows-1251: Привет, мир! [RFC 5322 2.3]
C: ..a dot
    the receiver takes the first dot off [RFC 5321 4.5.2]
C: .
    a dot alone: the end of the letter [RFC 5321 4.5.2]
S: 250 2.0.0 taken
    the letter is taken: now the server answers for it [RFC 5321 4.1.1.4; RFC 3463 3.1]
C: vrfy lecturer
    is there a mailbox lecturer? [RFC 5321 4.1.1.6]
S: 252 2.5.0 cannot VRFY, will try
    the server will not tell, but would take a letter and try [RFC 5321 3.5.3; RFC 3463 3.6]
C: expn staff
    who is on the mailing list staff? [RFC 5321 4.1.1.7]
S: 502 EXPN not implemented
    the server cannot do this command [RFC 5321 4.2.3]
C: help
    asks for help [RFC 5321 4.1.1.8]
S: 250 Supported commands: AUTH DATA EHLO HELO HELP MAIL NOOP QUIT RCPT RSET STARTTLS VRFY
    help, for people to read [RFC 5321 4.1.1.8]
C: noop
    do nothing, but answer [RFC 5321 4.1.1.9]
S: 250 OK
    done: nothing [RFC 5321 4.3.2]
C: ETRN netkit.test
    send out now what waits for netkit.test [RFC 1985 5]
S: 500 Error: command "ETRN" not recognized
    the server does not know this command [RFC 5321 4.2.3]
C: BLAH
    no command of SMTP: BLAH []
S: 500 Error: command "BLAH" not recognized
    the server does not know this command [RFC 5321 4.2.3]
C: mail FROM:<student@netkit.test>
    begins a letter; return address <student@netkit.test> [RFC 5321 4.1.1.2]
S: 250 OK
    this sender is taken; now the recipients [RFC 5321 4.3.2]
C: rcpt TO:<nobody@netkit.test>
    the letter is for <nobody@netkit.test>, whatever its To: says [RFC 5321 4.1.1.3]
S: 550 5.1.1 <nobody@netkit.test>: no such mailbox
    this recipient is refused for good; 5.1.1: no such mailbox [RFC 5321 4.3.2; RFC 3463 3.2]
C: data
    the client wants to send the letter itself [RFC 5321 4.1.1.4]
S: 503 Error: need RCPT command
    not now: another command has to come first [RFC 5321 4.2.3]
C: rset
    forget the letter that was begun; the session goes on [RFC 5321 4.1.1.5]
S: 250 OK
    the letter that was begun is forgotten [RFC 5321 4.3.2]
C: QUIT
    the client is done and says goodbye [RFC 5321 4.1.1.10]
S: 221 Bye
    goodbye: the server closes the connection [RFC 5321 4.3.2]
"""

SIGNING_IN = r"""
S: 220 mail.netkit.test netkit
    the server is ready: mail.netkit.test netkit [RFC 5321 3.1]
C: ehlo pc.netkit.test
    the client, pc.netkit.test, says hello and asks for extensions [RFC 5321 4.1.1.1]
S: 250-mail.netkit.test
    the server, mail.netkit.test, says hello; its extensions follow [RFC 5321 4.1.1.1]
S: 250-SIZE 100000
    a letter may be up to 100 000 bytes large [RFC 1870 3]
S: 250-8BITMIME
    a letter's body may have bytes over 127 [RFC 6152 2]
S: 250-SMTPUTF8
    addresses and header may be in UTF-8 [RFC 6531 3.1]
S: 250-STARTTLS
    the connection can be encrypted with TLS [RFC 3207 3]
S: 250-AUTH LOGIN PLAIN
    a client can sign in, by LOGIN PLAIN [RFC 4954 3]
S: 250 HELP
    the server knows the command HELP [RFC 5321 2.2.2]
C: AUTH PLAIN AHN0dWRlbnQAd3Jvbmc=
    signs in as student, password wrong: Base64 hides nothing [RFC 4616 2]
S: 535 5.7.8 Authentication credentials invalid
    not signed in; 5.7.8: wrong name or password [RFC 4954 6]
C: AUTH LOGIN
    wants to sign in by LOGIN [RFC 4954 4]
S: 334 VXNlciBOYW1lAA==
    the server asks, in Base64: User Name\x00 [RFC 4954 4]
C: c3R1ZGVudA==
    the name, in Base64: student [RFC 4954 4]
S: 334 UGFzc3dvcmQA
    the server asks, in Base64: Password\x00 [RFC 4954 4]
C: c2VjcmV0d29yZA==
    the password, in Base64: secretword [RFC 4954 4]
S: 235 2.7.0 Authentication successful
    signed in [RFC 4954 6; RFC 3463 3.8]
C: QUIT
    the client is done and says goodbye [RFC 5321 4.1.1.10]
S: 221 Bye
    goodbye: the server closes the connection [RFC 5321 4.3.2]
"""

HELLO = "S: 220 mail.netkit.test\nC: EHLO pc\nS: 250 mail.netkit.test\n"
AT = len(told("smtp", HELLO))  # lines of it


def after(text: str) -> list[str]:
    """What is said of each line that follows EHLO, its source in brackets."""
    return [f"{meaning} [{source}]" if source else meaning for meaning, source in told("smtp", HELLO + text)[AT:]]


@pytest.mark.parametrize("session", [LETTER, SIGNING_IN], ids=["letter", "signing in"])
def test_a_recorded_session(session: str) -> None:
    explained, written = whole("smtp", session)
    assert explained == written


@pytest.mark.parametrize(
    ("session", "last"),
    [
        ("C: MAIL FROM:<>", "begins a letter that nobody wants back (a bounce) [RFC 5321, section 4.5.5]"),
        ("C: MAIL <a@b>", "begins a letter, but not as it should: MAIL FROM:<address> [RFC 5321, section 4.1.1.2]"),
        ("C: RCPT TO:", "a recipient, but not as it should be: RCPT TO:<address> [RFC 5321, section 4.1.1.3]"),
        ("C: MAIL FROM:<я@b> SMTPUTF8 SIZE=7",
         "begins a letter; return address <я@b>; UTF-8; 7 bytes "
         "[RFC 5321, section 4.1.1.2; RFC 6531, section 3.4; RFC 1870, section 6]"),
        ("C: HELP MAIL", "asks for help on MAIL [RFC 5321, section 4.1.1.8]"),
        ("C: RSET", "forget the letter that was begun; the session goes on [RFC 5321, section 4.1.1.5]"),
        ("C:", "an empty line"),
        ("C: " + 600 * "x", "602 bytes: longer than a command may be (512 bytes) [RFC 5321, section 4.5.3.1.4]"),
        ("C: VRFY x\nS: 250 X <x@b>", "yes: X <x@b> [RFC 5321, section 3.5.3]"),
        ("C: VRFY x\nS: 550 no", "no such mailbox [RFC 5321, section 3.5.3]"),
        ("C: EXPN x\nS: 250-<a@b>\nS: 250 <c@d>", "on the list: <c@d> [RFC 5321, section 4.1.1.7]"),
        ("C: ETRN x\nS: 251 none", "nothing waits for this host [RFC 1985, section 5.1]"),
        ("C: MAIL FROM:<a@b>\nS: 552 5.3.4 too large",
         "the letter is too large, refused for good; 5.3.4: too large for the system "
         "[RFC 5321, section 4.3.2; RFC 3463, section 3.4]"),
        ("C: NOOP\nS: 450 4.2.9 x", "the mailbox is busy: try again later; 4.2.9: about the mailbox "
         "[RFC 5321, section 4.2.3; RFC 3463, section 3.3]"),
        ("C: NOOP\nS: 450 5.1.1 x", "the mailbox is busy: try again later [RFC 5321, section 4.2.3]"),
        ("C: NOOP\nS: 457 x", "not now (4yz); about the mail system (x5z) [RFC 5321, section 4.2.1]"),
        ("C: NOOP\nS: 231 x",
         "done (2yz); about something else (x3z) [RFC 5321, section 4.2.1]"),
        ("S: 421 4.4.2 timeout", "the server closes now: try again later; 4.4.2: bad connection "
         "[RFC 5321, section 3.8; RFC 3463, section 3.5]"),
        ("C: MAIL FROM:<a@b>\nS: 530 5.7.0 x",
         "not now: encrypt or sign in first; 5.7.0: about security or policy "
         "[RFC 3207, section 4; RFC 4954, section 6; RFC 3463, section 3.8]"),
        ("C: NOOP\nS: hello",
         "no reply of SMTP: three digits should stand first, such as 250 [RFC 5321, section 4.2]"),
        ("C! QUI", "the end of this line did not come [RFC 5321, section 2.3.8]"),
        ("C: DATA\nS: 354 go\nC: Subject: x\nC:\nC! hi\\x0a",
         "ends in LF alone; mail wants CRLF [RFC 5321, section 2.3.8]"),
        ("C: DATA\nS: 354 go\nC: Subject: \\xcf\\xf0", "what it is about; raw bytes over 127 are not allowed "
         "[RFC 5322, section 3.6.5; RFC 5322, section 2.1]"),
        ("C: DATA\nS: 354 go\nC: Subject: =?x-none?B?z/Do?=", "what it is about; with encoded words that cannot be "
         "read [RFC 5322, section 3.6.5; RFC 2047, section 2]"),
        ("C: DATA\nS: 354 go\nC:\nC: \\xcf\\xf0", "the body; not UTF-8 text: 2 of 4 bytes do not decode "
         "[RFC 5322, section 2.3]"),
        ("C: DATA\nS: 354 go\nC: X: charset=zlib\nC:\nC: \\xcf", "the body [RFC 5322, section 2.3]"),
    ],
)  # fmt: skip
def test_a_line(session: str, last: str) -> None:
    said = after(session)
    assert said[-1].replace("\N{NO-BREAK SPACE}", " ") == last


def test_all_that_a_reply_can_mean_fits_into_a_column() -> None:
    verbs = ["GREETING", "LETTER", "", *sorted(VERBS)]
    for first, verb in product("245", verbs):
        details = [b" %s.%d.%d x" % (first.encode(), subject, detail) for subject in range(9) for detail in range(12)]
        for middle, last, text in product("01235", "0123459", [b" " + b"m" * 60, *details]):
            meaning = reply_told(f"{first}{middle}{last}".encode() + text, verb, 0, True).meaning
            assert 0 < len(meaning) <= 90, (verb, first + middle + last, text, meaning)


def test_the_greeting_may_be_a_refusal() -> None:
    assert told("smtp", "S: 554 no")[0] == ("there is no mail service here", "RFC 5321, section 3.1")
    assert told("smtp", "C: NOOP\nS: 250 OK")[1][0] == "done: nothing", "the greeting was not recorded"


def test_replies_come_in_the_order_of_the_commands() -> None:
    """RFC 2920, section 4: a client need not wait."""
    session = """
        C: MAIL FROM:<a@b>
        C: RCPT TO:<c@d>
        C: RCPT TO:<nobody@d>
        C: DATA
        S: 250 OK
        S: 250 OK
        S: 550 no
        S: 354 go on
        C: Subject: DATA
        C:
        C: .
        C: QUIT
        S: 250 taken
        S: 221 bye
        """
    said = [text.split(" [")[0] for text in after(session)]
    assert said[4:] == [
        "this sender is taken; now the recipients",
        "this recipient is taken",
        "this recipient is refused for good",
        "send the letter, then a line with a dot alone",
        "what it is about",
        "an empty line: the header ends here, the body begins",
        "a dot alone: the end of the letter",
        "the client is done and says goodbye",
        "the letter is taken: now the server answers for it",
        "goodbye: the server closes the connection",
    ]


def test_what_comes_right_behind_data_depends_on_the_reply() -> None:
    sent = "C: DATA\nC: RSET\nC: .\n"
    assert [text.split(" [")[0] for text in after(sent + "S: 354 go\nS: 250 OK")] == [
        "the client wants to send the letter itself",
        "no field of a header: there is no name with a colon after it",
        "a dot alone: the end of the letter",
        "send the letter, then a line with a dot alone",
        "the letter is taken: now the server answers for it",
    ]
    assert [text.split(" [")[0] for text in after(sent + "S: 503 no\nS: 250 OK\nS: 500 what?")] == [
        "the client wants to send the letter itself",
        "forget the letter that was begun; the session goes on",
        "no command of SMTP: .",
        "not now: another command has to come first",
        "the letter that was begun is forgotten",
        "the server does not know this command",
    ]


def test_pieces_that_wait_for_a_reply_stay_in_order() -> None:
    sent = [("client", 1.0, b"DATA\r\nDATA\r\n"), ("client", 1.1, b"DATA\r\nRSET\r\n"), ("client", 1.2, b"QUIT\r\n")]
    lines = explain("smtp", [*spoken("S: 220 x"), *sent, ("server", 2.0, 3 * b"503 no\r\n" + b"250 OK\r\n")])
    assert [line.text[:4] for line in lines[1:6]] == ["DATA", "DATA", "DATA", "RSET", "QUIT"]
    assert lines[-1].meaning == "the letter that was begun is forgotten"


@pytest.mark.parametrize("end", [rb"\x0a.\x0a", rb"\x0a.\x0d\x0a", rb"\x0d.\x0d\x0a"], ids=str)
def test_no_other_end_ends_a_letter(end: bytes) -> None:
    """SMTP smuggling: what looks like an end to some servers is a part of the letter."""
    said = after(f"C: DATA\nS: 354 go\nC: A: b\nC:\nC! hi{end.decode()}\nC: MAIL FROM:<a@b>\nC: .\nS: 250 OK")
    assert not any("begins a letter" in text for text in said)
    assert said[-2].startswith("a dot alone") and said[-1].startswith("the letter is taken")


def test_a_server_that_takes_another_end_is_believed() -> None:
    said = after("C: DATA\nS: 354 go\nC: A: b\nC:\nC! hi\\x0a.\\x0a\nS: 250 OK\nC: QUIT\nS: 221 bye")
    assert said[-3].startswith("the letter is taken") and said[-1].startswith("goodbye")


def test_an_end_that_is_missing_in_the_recording_is_guessed() -> None:
    said = after("C: DATA\nS: 354 go\nC: A: b\nC-\nC: more\nS: 550 no\nC: QUIT\nS: 221 bye")
    assert [text.split(" [")[0] for text in said[-2:]] == [
        "the client is done and says goodbye",
        "goodbye: the server closes the connection",
    ]
    assert after("C: NOOP\nS-\nC: RSET\nS: 250 OK")[-1].startswith("the letter that was begun is forgotten")


def test_a_long_body_is_folded_and_none_of_it_is_lost() -> None:
    body = b"".join(b"line %d\r\n" % n for n in range(100)) + b"..\r\n.x\r\n"
    sent = spoken("S: 220 x\nC: DATA\nS: 354 go") + [("client", 1.0, b"A: b\r\n\r\n" + body + b".\r\nQUIT\r\n")]
    lines = explain("smtp", sent)
    check(sent, lines)
    assert [line.text for line in lines[5:7]] == [r"line 0\r\n", r"line 1\r\n"]
    fold, dot, last = lines[-3:]
    assert fold.meaning == f"the body goes on: {102 - BODY_SHOWN} lines, {len(fold.data)} bytes"
    assert fold.data == body.split(b"\r\n", BODY_SHOWN)[-1]
    assert (dot.data, last.meaning) == (b".\r\n", "the client is done and says goodbye")


def test_a_letter_that_breaks_off_is_folded_to_its_last_byte() -> None:
    sent = spoken("S: 220 x\nC: DATA\nS: 354 go") + [("client", 1.0, b"A: b\r\n\r\n" + b"x\r\n" * 30 + b"half a li")]
    lines = explain("smtp", sent)
    check(sent, lines)
    assert lines[-1].data == b"x\r\n" * (30 - BODY_SHOWN) + b"half a li"
    assert lines[-1].meaning == f"the body goes on: {31 - BODY_SHOWN} lines, 39 bytes"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64])
def test_pieces_of_any_size_are_the_same_letter(size: int) -> None:
    letter = b"A: b\r\n\r\n" + b"x\r\n" * 40 + b"..\r\n\r\n.\n\r\n..\n.\r\nx\r\n.\r\nNOOP\r\n"
    start = spoken("S: 220 x\nC: DATA\nS: 354 go")
    cut = start + [("client", 1.0 + at, letter[at : at + size]) for at in range(0, len(letter), size)]
    whole_lines, cut_lines = explain("smtp", [*start, ("client", 1.0, letter)]), explain("smtp", cut)
    check(cut, cut_lines)
    assert [line.data for line in cut_lines] == [line.data for line in whole_lines]
    assert cut_lines[-1].meaning == "do nothing, but answer"


def handshake() -> tuple[bytes, bytes]:
    """What a client and a server really say when they begin TLS: the first flight of each."""
    ca = trustme.CA()
    serving, asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    ca.issue_cert("mail.netkit.test").configure_cert(serving)
    ca.configure_trust(asking)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(to_client, to_server, server_hostname="mail.netkit.test")
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    flights = []
    for end, out in ((client, to_server), (server, to_client)):
        with pytest.raises(ssl.SSLWantReadError):
            end.do_handshake()
        flights.append(out.read())
        (to_server if end is client else to_client).write(flights[-1])
    return flights[0], flights[1]


def test_after_starttls_there_are_records_and_no_commands() -> None:
    hello, answer = handshake()
    sent: list[Piece] = [
        *spoken(HELLO + "C: STARTTLS\nS: 220 go ahead"),
        *((("client", 2.0, bytes([octet]))) for octet in hello),
        ("server", 3.0, answer),
        ("client", 4.0, b"\x17\x03\x03\x00\x06QUIT\r\n" + b"\x17\x03\x03\x00\xff..."),
    ]
    lines = explain("smtp", sent)
    check(sent, lines)
    said = [(line.side, line.meaning, line.source) for line in lines[AT + 1 :]]
    assert said[0] == ("server", "agreed: from here on TLS, nobody else can read it", "RFC 3207, section 4")
    text = f"TLS handshake record, {len(hello)} bytes: ClientHello, which ciphers the client knows"
    assert said[1] == ("client", text, "RFC 8446, section 4.1.2")
    assert said[2][1].endswith("ServerHello, which cipher the server chose")
    assert said[-2] == (
        "client",
        "TLS application data record, 11 bytes: encrypted, only the two ends can read it",
        "RFC 8446, section 5.1",
    )
    assert said[-1][1] == "the beginning of a TLS record, 8 bytes"
    assert lines[-2].text == "17 03 03 00 06 51 55 49 54 0d 0a", "the bytes, not a command"


def test_what_follows_220_in_one_piece_is_ciphertext() -> None:
    start = spoken(HELLO + "C: STARTTLS")
    sent = [*start, ("server", 2.0, b"220 go\r\n\x16\x03\x03\x00\x02hi"), ("server", 2.1, b"250 OK\r\n")]
    lines = explain("smtp", sent)
    check(sent, lines)
    assert [line.meaning for line in lines[-2:]] == [
        "TLS handshake record, 7 bytes",
        "no TLS record, where one should begin: 8 bytes",
    ]


def test_what_is_too_long_is_no_record() -> None:
    lines = explain("smtp", [("client", 0.0, b"\x16\x03\x01\xff\xff"), ("client", 0.1, b"\x16\x03\x01\x00\x00")])
    assert [line.meaning for line in lines] == [
        "no TLS record, where one should begin: 5 bytes",
        "TLS handshake record, 5 bytes",
    ]


def test_a_command_slipped_in_behind_starttls_is_told() -> None:
    said = after("C: STARTTLS\nC: MAIL FROM:<evil@b>\nS: 220 go")
    assert said[1] == "slipped in behind STARTTLS, not encrypted: a server must ignore it [RFC 3207, section 4.2]"
    refused = after("C: STARTTLS\nC: MAIL FROM:<a@b>\nS: 454 no\nS: 250 OK")
    assert refused[1].startswith("begins a letter") and refused[3].startswith("this sender is taken")


def test_tls_from_the_first_byte() -> None:
    """Port 465; and a client that speaks TLS to a server that does not."""
    hello, _answer = handshake()
    first, second = explain("smtp", [("client", 0.0, hello), ("server", 0.1, b"500 what?\r\n")])
    assert "ClientHello" in first.meaning
    assert second.text == r"500 what?\r\n"


@pytest.mark.parametrize(
    ("session", "said"),
    [
        ("C: AUTH PLAIN\nS: 334\nC: AHN0dWRlbnQAcHc=", "signs in as student, password pw: Base64 hides nothing"),
        ("C: AUTH LOGIN c3R1ZGVudA==\nS: 334 UGFzc3dvcmQ6\nC: cHc=", "the password, in Base64: pw"),
        ("C: AUTH PLAIN =\nS: 334\nC: *", "breaks the signing in off"),
        ("C: AUTH PLAIN\nS: 334\nC: ???", "not Base64, so no answer that the server can read"),
        ("C: AUTH PLAIN\nS: 504 no\nC: NOOP", "do nothing, but answer"),
        ("C: AUTH CRAM-MD5\nS: 334 PDFAYj4=\nC: c3R1ZGVudCAwMGZm",
         "signs in as student, with an MD5 digest: the password is not sent"),
        ("C: AUTH XOAUTH2 dG9rZW4=", "the client's response, in Base64: token"),
        ("C: AUTH", "asks how one can sign in"),
        ("C: AUTH PLAIN\nS: 334 ???", "the server asks, but not in Base64"),
        ("C: AUTH PLAIN x\nS: 535 no", "name or password is wrong"),
    ],
)  # fmt: skip
def test_signing_in(session: str, said: str) -> None:
    assert after(session)[-1].split(" [")[0] == said


WORDS = st.sampled_from(
    [
        b"220 mail\r\n", b"EHLO x\r\n", b"250-x\r\n", b"250 SIZE 9\r\n", b"DATA\r\n", b"354 go\r\n", b"\r\n",
        b".\r\n", b"..\r\n", b"STARTTLS\r\n", b"\x16\x03\x01\x00\x03abc", b"AUTH PLAIN\r\n", b"334 \r\n",
        b"AUTH LOGIN eA==\r\n", b"*\r\n", b"QUIT\r\n", b"MAIL FROM:<a@b> SIZE=1 BODY=8BITMIME SMTPUTF8\r\n",
        b"RCPT TO:<" + b"\x00" * 60 + b">\r\n", b"550 5.1.1 x\r\n", b"",
        b"Subject: =?utf-8?q?" + b"=00" * 40 + b"?=\r\n", b"Content-Type: x; charset=koi8-r\r\n",
        b"Received: \xff=?a?b?c?=\r\n", b"x\r\n" * 25, b"\r", b"\n", b".", b"421", b"VRFY " + "я".encode() * 99,
        b"334 " + b"AAAA" * 20 + b"\r\n",
    ]
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), WORDS | st.binary(max_size=9)), max_size=24))
def test_no_session_trips_it(said: list[tuple[str, bytes]]) -> None:
    pieces = [(side, number / 10, data) for number, (side, data) in enumerate(said)]
    check(pieces, explain("smtp", pieces))


def took(said: list[Piece]) -> float:
    """Seconds for the last page: the best of three times."""

    def once() -> float:
        start = time.perf_counter()
        list(explain("smtp", said)[-200:])
        return time.perf_counter() - start

    return min(once() for _n in range(3))


def test_ten_thousand_lines_are_quick_and_a_letter_of_20_mb_is_no_burden() -> None:
    turn = (("client", b"MAIL FROM:<a@b>\r\n"), ("server", b"250 OK\r\n"))
    said = [(side, 1.0, data) for _n in range(5000) for side, data in turn]
    assert took(said) < 0.5, "measured: 30 ms; a busy machine may take longer"
    lines = explain("smtp", said)
    assert len(lines) == 10_000

    letter = b"A: b\r\n\r\n" + (b"x" * 76 + b"\r\n") * 256_000 + b".\r\n"
    parts = [("client", 1.0, letter[at : at + 65536]) for at in range(0, len(letter), 65536)]
    said = [*spoken("S: 220 x\nC: DATA\nS: 354 go"), *parts, ("server", 2.0, b"250 OK\r\n")]
    assert took(said) < 0.5, "measured: 12 ms; a busy machine may take longer"
    lines = explain("smtp", said)
    folds = [len(line.data) for line in lines if line.meaning.startswith("the body goes on")]
    assert all(FOLD <= size < 2 * FOLD for size in folds[:-1]) and len(folds) > len(letter) // (2 * FOLD)
    assert lines[-1].meaning == "the letter is taken: now the server answers for it"


def test_smtplib_with_aiosmtpd() -> None:
    """Each line that they say today has a meaning."""
    with Tap(lambda: SMTP(object(), hostname="mail.netkit.test"), name="smtp", protocol="smtp") as tap:
        with smtplib.SMTP(*tap.address, local_hostname="pc.netkit.test", timeout=10) as client:
            client.sendmail("a@b", ["c@d"], b"Subject: x\r\n\r\nhi\r\n")
        (talk,) = tap.conversations
    lines = explained(talk)
    assert len(lines) > 15
    assert [line.text for line in lines if not line.meaning] == []
