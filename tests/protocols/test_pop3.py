"""POP3 explained: what poplib and netkit's POP3 server said, and what may go wrong on the wire."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netkit.protocols import explain
from tests.protocols.dialogues import check, spoken, told, whole

SESSION = r"""
S: +OK POP3 server ready <46811.1795473771399255308@mail.netkit.test>
    ready for signing in (AUTHORIZATION); time stamp for APOP: <46811.1795473771399255308@ma… [RFC 1939 7]
C: CAPA
    what can the server do? [RFC 2449 5]
S: +OK capability list follows
    what the server can do follows, up to a dot [RFC 2449 5]
S: TOP
    TOP shows the beginning of a letter [RFC 2449 6.1]
S: UIDL
    UIDL gives each letter a lasting name [RFC 2449 6.8]
S: USER
    one can sign in with USER and PASS [RFC 2449 6.2]
S: RESP-CODES
    -ERR may say why in brackets, such as [IN-USE] [RFC 2449 6.4]
S: AUTH-RESP-CODE
    [AUTH] says that name or password is wrong [RFC 3206 6]
S: PIPELINING
    commands may be sent without waiting for each reply [RFC 2449 6.6]
S: EXPIRE NEVER
    letters stay until they are deleted [RFC 2449 6.7]
S: UTF8
    letters may be in UTF-8 [RFC 6856 2]
S: STLS
    the connection can be encrypted with TLS [RFC 2595 4]
S: IMPLEMENTATION netkit
    which program this is: netkit [RFC 2449 6.9]
S: .
    a dot alone: the end of the list [RFC 1939 3]
C: UTF8
    letters, names and passwords may be in UTF-8 from here on [RFC 6856 2]
S: +OK UTF8 enabled
    agreed: UTF-8 from here on [RFC 6856 2]
C: STAT
    too early: STAT works only after signing in [RFC 1939 3]
S: -ERR STAT belongs to the TRANSACTION state; this is the AUTHORIZATION state
    no: first the client has to sign in [RFC 1939 4]
C: RPOP student
    signs in without a password: no longer part of POP3 [RFC 1460]
S: -ERR RPOP was removed from POP3 in 1993 (RFC 1460): use USER and PASS, or APOP
    no: POP3 has no RPOP since 1993, because it needed no password [RFC 1460]
C: USER student
    signs in, first the name: student [RFC 1939 7]
S: +OK now send the password with PASS
    go on, now the password; the name may be wrong all the same [RFC 1939 7]
C: PASS wrong
    the password, for everyone on the way to read: wrong [RFC 1939 7]
S: -ERR [AUTH] invalid password
    name or password is wrong [RFC 3206 5]
C: USER student
    signs in, first the name: student [RFC 1939 7]
S: +OK now send the password with PASS
    go on, now the password; the name may be wrong all the same [RFC 1939 7]
C: PASS secretword
    the password, for everyone on the way to read: secretword [RFC 1939 7]
S: +OK student's maildrop has 2 messages (367 octets)
    signed in; nobody else can use the maildrop now (TRANSACTION) [RFC 1939 4]
C: STAT
    how many letters are there, how large together? [RFC 1939 5]
S: +OK 2 367
    2 letters, 367 bytes in all [RFC 1939 5]
C: LIST
    how large is each letter? [RFC 1939 5]
S: +OK 2 messages (367 octets)
    the letters and their sizes follow, up to a dot [RFC 1939 5]
S: 1 91
    letter 1 is 91 bytes large [RFC 1939 5]
S: 2 276
    letter 2 is 276 bytes large [RFC 1939 5]
S: .
    a dot alone: the end of the list [RFC 1939 3]
C: LIST 1
    how large is letter 1? [RFC 1939 5]
S: +OK 1 91
    letter 1 is 91 bytes large [RFC 1939 5]
C: UIDL
    the lasting name of each letter? [RFC 1939 7]
S: +OK
    the letters and their lasting names follow, up to a dot [RFC 1939 7]
S: 1 c7f8f6aa1dd4d1c4
    letter 1 is called c7f8f6aa1dd4d1c4, in each session [RFC 1939 7]
S: 2 e9d774576b0fb612
    letter 2 is called e9d774576b0fb612, in each session [RFC 1939 7]
S: .
    a dot alone: the end of the list [RFC 1939 3]
C: UIDL 2
    the lasting name of letter 2? [RFC 1939 7]
S: +OK 2 e9d774576b0fb612
    letter 2 is called e9d774576b0fb612, in each session [RFC 1939 7]
C: RETR 1
    asks for letter 1, whole [RFC 1939 5]
S: +OK 91 octets
    the letter follows, up to a dot alone [RFC 1939 5]
S: From: lecturer@netkit.test
    who wrote it, as the reader will see it [RFC 5322 3.6.2]
S: To: student@netkit.test
    for the reader; the envelope says who gets it [RFC 5322 3.6.3]
S: Subject: Exam
    what it is about [RFC 5322 3.6.5]
S:
    an empty line: the header ends here, the body begins [RFC 5322 2.1]
S: On Monday.
    the body [RFC 5322 2.3]
S: ..hidden
    the receiver takes the first dot off [RFC 1939 3]
S: .
    a dot alone: the end of the letter [RFC 1939 3]
C: TOP 2 1
    the header of letter 2, and 1 line of its body [RFC 1939 7]
S: +OK
    the top of the letter follows, up to a dot alone [RFC 1939 7]
S: Subject: two
    what it is about [RFC 5322 3.6.5]
S:
    an empty line: the header ends here, the body begins [RFC 5322 2.1]
S: line 0
    the body [RFC 5322 2.3]
S: .
    a dot alone: the end of the letter [RFC 1939 3]
C: DELE 1
    marks letter 1; it stays until QUIT [RFC 1939 5]
S: +OK message 1 deleted
    marked; it is deleted at QUIT, and only then [RFC 1939 5]
C: DELE 1
    marks letter 1; it stays until QUIT [RFC 1939 5]
S: -ERR message 1 already deleted
    no such letter, or it is marked already [RFC 1939 5]
C: RETR 1
    asks for letter 1, whole [RFC 1939 5]
S: -ERR no such message: message 1 is deleted
    no such letter, or it is marked for deletion [RFC 1939 5]
C: USER x
    too late: USER works only before signing in [RFC 1939 3]
S: -ERR USER belongs to the AUTHORIZATION state; this is the TRANSACTION state
    no: the client is signed in already [RFC 1939 4]
C: RSET
    takes the marks off: no letter is to be deleted [RFC 1939 5]
S: +OK maildrop has 2 messages (367 octets)
    no letter is marked any more [RFC 1939 5]
C: NOOP
    do nothing, but answer [RFC 1939 5]
S: +OK
    done: nothing [RFC 1939 5]
C: DELE 2
    marks letter 2; it stays until QUIT [RFC 1939 5]
S: +OK message 2 deleted
    marked; it is deleted at QUIT, and only then [RFC 1939 5]
C: QUIT
    the end: now the server deletes what was marked (UPDATE) [RFC 1939 6]
S: +OK mail.netkit.test POP3 server signing off (1 message left)
    goodbye: what was marked is deleted, the maildrop is free again [RFC 1939 6]
"""

BY_APOP = r"""
S: +OK POP3 server ready <46812.1795473771409007904@mail.netkit.test>
    ready for signing in (AUTHORIZATION); time stamp for APOP: <46812.1795473771409007904@ma… [RFC 1939 7]
C: APOP student 4e874118b2730a7702630fcb37347e76
    signs in as student; MD5 of time stamp and password, not the password [RFC 1939 7]
S: +OK student's maildrop has 1 message (91 octets)
    signed in; nobody else can use the maildrop now (TRANSACTION) [RFC 1939 4]
C: QUIT
    the end: now the server deletes what was marked (UPDATE) [RFC 1939 6]
S: +OK mail.netkit.test POP3 server signing off (1 message left)
    goodbye: what was marked is deleted, the maildrop is free again [RFC 1939 6]
"""

IN = "S: +OK\nC: PASS x\nS: +OK\n"


def last(text: str) -> str:
    """What is said of the last line."""
    meaning, source = told("pop3", text)[-1]
    return f"{meaning} [{source}]".replace("\N{NO-BREAK SPACE}", " ") if source else meaning


@pytest.mark.parametrize("session", [SESSION, BY_APOP], ids=["session", "APOP"])
def test_a_recorded_session(session: str) -> None:
    explained, written = whole("pop3", session)
    assert explained == written


@pytest.mark.parametrize(
    ("session", "said"),
    [
        ("S: +OK ready", "the server is ready: the client has to sign in (AUTHORIZATION) [RFC 1939, section 4]"),
        ("S: -ERR full", "there is no mail service here now [RFC 1939, section 3]"),
        ("S: 220 what", "no reply of POP3: +OK or -ERR should stand first [RFC 1939, section 3]"),
        ("S: +OK\nC: QUIT", "the end; nothing is deleted [RFC 1939, section 4]"),
        ("S: +OK\nC: QUIT\nS: +OK", "goodbye [RFC 1939, section 4]"),
        (IN + "C: QUIT\nS: -ERR", "some of the marked letters could not be deleted [RFC 1939, section 6]"),
        ("S: +OK\nC: PASS x\nS: -ERR no", "no: the password is wrong, or the maildrop is in use [RFC 1939, section 7]"),
        ("S: +OK\nC: PASS x\nS: -ERR [IN-USE] x",
         "the maildrop is locked: another session has it [RFC 2449, section 8.1.2]"),
        ("S: +OK\nC: PASS x\nS: -ERR [WHAT] x",
         "no: the password is wrong, or the maildrop is in use [RFC 1939, section 7]"),
        ("S: +OK\nC: PASS x\nS: -ERR no\nC: STAT", "too early: STAT works only after signing in [RFC 1939, section 3]"),
        (IN + "C: STAT\nS: +OK 1 12345", "1 letter, 12 345 bytes in all [RFC 1939, section 5]"),
        (IN + "C: STAT\nS: +OK x", "done [RFC 1939, section 3]"),
        (IN + "C: TOP 1 -1", "asks for the top of a letter, but not as it should be: TOP 1 10 [RFC 1939, section 7]"),
        (IN + "C: TOP 3 10", "the header of letter 3, and 10 lines of its body [RFC 1939, section 7]"),
        (IN + "C: UIDL 9\nS: -ERR x", "no such letter, or it is marked for deletion [RFC 1939, section 7]"),
        (IN + "C: LIST\nS: -ERR x", "no: the server cannot do this, or not now [RFC 1939, section 3]"),
        (IN + "C: LIST\nS: +OK\nS: x", "a line of the list [RFC 1939, section 3]"),
        (IN + "C: UIDL\nS: +OK\nS: 7", "no lasting name of a letter [RFC 1939, section 7]"),
        ("S: +OK\nC: CAPA\nS: +OK\nS: SASL PLAIN", "one can sign in with AUTH, by PLAIN [RFC 2449, section 6.3]"),
        ("S: +OK\nC: CAPA\nS: +OK\nS: EXPIRE 60", "so many days the server keeps letters: 60 [RFC 2449, section 6.7]"),
        ("S: +OK\nC: CAPA\nS: +OK\nS: X-NEW", "something that netkit does not know: X-NEW [RFC 2449, section 6]"),
        ("S: +OK\nC: LAST", "which letter was read last? No longer part of POP3 [RFC 1725]"),
        ("S: +OK\nC: HELO x", "no command of POP3: HELO x"),
        ("S: +OK\nC:", "an empty line"),
        ("S: +OK\nC: USER " + 255 * "x", "longer than the 255 bytes that a command may have [RFC 2449, section 4]"),
        ("S: +OK\nC! USER x", "the end of this line did not come [RFC 1939, section 3]"),
        ("S: +OK\nS: +OK", "done, but nobody asked [RFC 1939, section 3]"),
        ("S: +OK\nC: AUTH PLAIN\nS: +\nC: AHgAcHc=",
         "signs in as x, password pw: Base64 hides nothing [RFC 4616, section 2]"),
        ("S: +OK\nC: AUTH PLAIN AHgAcHc=\nS: +OK\nC: STAT",
         "how many letters are there, how large together? [RFC 1939, section 5]"),
        ("S: +OK\nC: AUTH\nS: +OK\nS: PLAIN\nS: .\nC: STAT",
         "too early: STAT works only after signing in [RFC 1939, section 3]"),
        ("S: +OK\nC: STLS\nS: -ERR no\nC: USER x", "signs in, first the name: x [RFC 1939, section 7]"),
    ],
)  # fmt: skip
def test_a_line(session: str, said: str) -> None:
    assert last(session) == said


def test_a_line_of_a_letter_is_no_reply() -> None:
    session = IN + "C: RETR 1\nS: +OK\nS: -ERR: x\nS:\nS: +OK\nS: ..\nS: .\nC: NOOP\nS: +OK"
    assert [meaning for meaning, _source in told("pop3", session)][4:] == [
        "the letter follows, up to a dot alone",
        "another field of the header",
        "an empty line: the header ends here, the body begins",
        "the body",
        "the receiver takes the first dot off",
        "a dot alone: the end of the letter",
        "do nothing, but answer",
        "done: nothing",
    ]


def test_a_refused_retr_has_no_letter() -> None:
    assert last(IN + "C: RETR 9\nS: -ERR no\nC: NOOP\nS: +OK") == "done: nothing [RFC 1939, section 5]"


def test_replies_come_in_the_order_of_the_commands() -> None:
    """PIPELINING, RFC 2449, section 6.6; a list between them."""
    session = IN + "C: DELE 1\nC: LIST\nC: LIST 2\nC: QUIT\nS: +OK\nS: +OK\nS: 2 9\nS: .\nS: +OK 2 9\nS: +OK"
    assert [meaning for meaning, _source in told("pop3", session)][7:] == [
        "marked; it is deleted at QUIT, and only then",
        "the letters and their sizes follow, up to a dot",
        "letter 2 is 9 bytes large",
        "a dot alone: the end of the list",
        "letter 2 is 9 bytes large",
        "goodbye: what was marked is deleted, the maildrop is free again",
    ]


def test_an_end_that_is_missing_in_the_recording_is_guessed() -> None:
    session = IN + "C: RETR 1\nS: +OK\nS: A: b\nS-\nC: NOOP\nS: +OK"
    assert last(session) == "done: nothing [RFC 1939, section 5]"
    assert last(IN + "C: RETR 1\nS-\nC: NOOP\nS: +OK") == "done: nothing [RFC 1939, section 5]"


def test_after_stls_there_are_records_and_no_commands() -> None:
    sent = [
        *spoken("S: +OK\nC: STLS\nC: USER evil\nS: +OK begin"),
        ("client", 2.0, b"\x17\x03\x03\x00\x06QUIT\r\n"),
        ("server", 3.0, b"\x15\x03\x03\x00\x02\x01\x00+OK\r\n"),
    ]
    lines = explain("pop3", sent)
    check(sent, lines)
    assert [(line.meaning, line.source) for line in lines[2:]] == [
        ("slipped in behind STLS, not encrypted: a server must ignore it", "RFC 2595, section 4"),
        ("agreed: from here on TLS, nobody else can read it", "RFC 2595, section 4"),
        ("TLS application data record, 11 bytes: encrypted, only the two ends can read it", "RFC 8446, section 5.1"),
        ("TLS alert record, 7 bytes: something is wrong, or the encryption ends", "RFC 8446, section 5.1"),
        ("no TLS record, where one should begin: 5 bytes", "RFC 8446, section 5.1"),
    ]


WORDS = st.sampled_from(
    [
        b"+OK\r\n", b"+OK <1@x>\r\n", b"-ERR [IN-USE]\r\n", b"+ \r\n", b".\r\n", b"..\r\n", b"1 2\r\n",
        b"1 " + b"z" * 90 + b"\r\n", b"", b"USER x\r\n", b"PASS " + b"\x00" * 90 + b"\r\n",
        b"APOP " + b"y" * 60 + b" 0\r\n", b"AUTH PLAIN\r\n", b"AUTH\r\n", b"STLS\r\n", b"CAPA\r\n",
        b"SASL " + b"PLAIN " * 9 + b"\r\n", b"STAT\r\n", b"LIST\r\n", b"UIDL\r\n", b"RETR 1\r\n", b"\r\n",
        b"TOP " + b"1" * 60 + b" 999999999\r\n", b"DELE 1\r\n", b"QUIT\r\n", b"x\r\n" * 25,
        b"999999999999 999999999999\r\n", b"\r", b"\n", b"\x16\x03\x01\x00\x03abc",
        b"LOGIN-DELAY " + b"9" * 60 + b"\r\n", b"<" + b"\x01" * 30 + b"@x>\r\n", b"Subject: \xff\r\n",
    ]
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), WORDS | st.binary(max_size=9)), max_size=24))
def test_no_session_trips_it(said: list[tuple[str, bytes]]) -> None:
    pieces = [(side, number / 10, data) for number, (side, data) in enumerate(said)]
    check(pieces, explain("pop3", pieces))


def test_a_maildrop_of_ten_thousand_letters_is_listed_quickly() -> None:
    listing = b"".join(b"%d 120\r\n" % n for n in range(1, 10_001))
    said = [*spoken(IN + "C: LIST\nS: +OK"), ("server", 2.0, listing)]

    def took() -> float:
        start = time.perf_counter()
        list(explain("pop3", said)[9000:9200])
        return time.perf_counter() - start

    assert min(took() for _n in range(3)) < 0.5, "measured: 15 ms; a busy machine may take longer"
    lines = explain("pop3", said)
    assert (len(lines), lines[-1].meaning) == (10_005, "letter 10000 is 120 bytes large")
