"""The pure POP3 session: the RFC's own examples, octet counts, bad input, and any bytes whatever."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netkit.servers.mail.letters import Envelope, Letter, canonical
from netkit.servers.mail.pop3 import Session
from netkit.servers.mail.pop3_commands import Phase

ENVELOPE = Envelope("me@example.org", ("mrose@dewey",))
STAMP = "<1896.697170952@dbc.mtview.ca.us>"


class Drop:
    """A store with the letters that a test gives it."""

    def __init__(self, *letters: bytes) -> None:
        self.users = {"mrose": "tanstaaf", "with spaces": "a b  c"}
        uids = ("whqtswO00WBw418f9t5JxYwZ", "QhdPYR:00WBw1Ph7x7")
        self.letters = tuple(
            Letter(n, uids[n - 1] if n <= 2 else f"u{n}", data, 0.0, ENVELOPE) for n, data in enumerate(letters, 1)
        )
        self.locked = 0
        self.deleted: list[str] = []

    def lock(self, user: str) -> tuple[Letter, ...] | None:
        self.locked += 1
        return self.letters if self.locked == 1 else None

    def unlock(self, user: str) -> None:
        self.locked -= 1

    def delete(self, user: str, uids: Collection[str]) -> None:
        self.deleted += sorted(uids)


def letter(size: int) -> bytes:
    """A letter of so many octets."""
    return b"Subject: x\r\n\r\n" + b"-" * (size - 16) + b"\r\n"


def said(session: Session, *commands: bytes) -> list[bytes]:
    """The replies to commands."""
    replies = []
    for command in commands:
        session.feed(command + b"\r\n")
        reply = session.answer()
        assert reply is not None and session.answer() is None
        replies.append(reply)
    return replies


def inside(*letters: bytes) -> tuple[Session, Drop]:
    """A session in the TRANSACTION state."""
    drop = Drop(*letters)
    session = Session(drop, STAMP, host="dewey", prepare_tls=lambda: None)
    assert said(session, b"USER mrose", b"PASS tanstaaf")[1].startswith(b"+OK")
    return session, drop


# RFC 1939, section 10 and the examples of sections 5 to 7, line by line; "…" stands for a letter.
SECTION_10 = """
S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
S: +OK mrose's maildrop has 2 messages (320 octets)
C: STAT
S: +OK 2 320
C: LIST
S: +OK 2 messages (320 octets)
S: 1 120
S: 2 200
S: .
C: RETR 1
S: +OK 120 octets
S: …
S: .
C: DELE 1
S: +OK message 1 deleted
C: RETR 2
S: +OK 200 octets
S: …
S: .
C: DELE 2
S: +OK message 2 deleted
C: QUIT
S: +OK dewey POP3 server signing off (maildrop empty)
"""
SECTION_5 = """
S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
C: USER mrose
S: +OK mrose is a real hoopy frood
C: PASS tanstaaf
S: +OK mrose's maildrop has 2 messages (320 octets)
C: LIST 2
S: +OK 2 200
C: LIST 3
S: -ERR no such message, only 2 messages in maildrop
C: NOOP
S: +OK
C: UIDL
S: +OK
S: 1 whqtswO00WBw418f9t5JxYwZ
S: 2 QhdPYR:00WBw1Ph7x7
S: .
C: UIDL 2
S: +OK 2 QhdPYR:00WBw1Ph7x7
C: UIDL 3
S: -ERR no such message, only 2 messages in maildrop
C: TOP 1 10
S: +OK
S: …
S: .
C: TOP 100 3
S: -ERR no such message
C: DELE 2
S: +OK message 2 deleted
C: DELE 2
S: -ERR message 2 already deleted
C: RSET
S: +OK maildrop has 2 messages (320 octets)
C: QUIT
S: +OK dewey POP3 server signing off (2 messages left)
"""
SECTION_4 = """
S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
C: USER frated
S: -ERR sorry, no mailbox for frated here
C: QUIT
S: +OK dewey POP3 server signing off
"""
LOCKED = """
S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
C: USER mrose
S: +OK mrose is a real hoopy frood
C: PASS tanstaaf
S: -ERR maildrop already locked
"""
FREE = {b"+OK mrose is a real hoopy frood"}  # the RFC leaves the words to the server


def same(reply: bytes, rfc: bytes) -> bool:
    """Whether a line says what the RFC's example says: response codes (RFC 2449) and what we add stand apart."""
    if rfc in FREE:
        return reply.startswith(b"+OK ")
    for code in (b"[AUTH] ", b"[IN-USE] "):
        reply = reply.replace(code, b"")
    return reply.startswith(rfc) if rfc == b"-ERR no such message" else reply == rfc


@pytest.mark.parametrize(
    ("dialogue", "locked"), [(SECTION_10, False), (SECTION_5, False), (SECTION_4, False), (LOCKED, True)]
)
def test_the_dialogues_of_rfc_1939(dialogue: str, locked: bool) -> None:
    drop = Drop(letter(120), letter(200))
    drop.locked = int(locked)
    session = Session(drop, STAMP, host="dewey")
    sent = session.greeting
    for line in dialogue.strip().splitlines():
        side, text = line[:2], line[3:].encode()
        if side == "C:":
            assert sent == b"", sent
            (sent,) = said(session, text)
        elif text == "…".encode():
            body = next(each.data for each in drop.letters if sent.startswith(each.data))
            sent = sent[len(body) :]
        else:
            reply, _crlf, sent = sent.partition(b"\r\n")
            assert same(reply, text), (reply, text)
    assert sent == b""


def test_deletion_is_at_quit_and_only_there() -> None:
    session, drop = inside(letter(20), letter(30), letter(40))
    said(session, b"DELE 1", b"DELE 3")
    assert drop.deleted == []
    assert said(session, b"STAT", b"LIST", b"UIDL") == [
        b"+OK 1 30\r\n",
        b"+OK 1 message (30 octets)\r\n2 30\r\n.\r\n",
        b"+OK\r\n2 QhdPYR:00WBw1Ph7x7\r\n.\r\n",
    ]
    assert said(session, b"QUIT") == [b"+OK dewey POP3 server signing off (1 message left)\r\n"]
    assert drop.deleted == ["u3", "whqtswO00WBw418f9t5JxYwZ"]
    assert (drop.locked, session.over, session.phase) == (0, True, Phase.UPDATE)


@pytest.mark.parametrize("rset", [True, False])
def test_what_is_unmarked_or_lost_is_not_deleted(rset: bool) -> None:
    session, drop = inside(letter(20))
    said(session, b"DELE 1")
    if rset:
        said(session, b"RSET", b"QUIT")
    session.lost()
    assert (drop.deleted, drop.locked) == ([], 0)


@pytest.mark.parametrize(
    ("data", "wire"),
    [
        (b"", b"+OK 0 octets\r\n.\r\n"),
        (b".\r\n", b"+OK 3 octets\r\n..\r\n.\r\n"),
        (b"..\r\n.x\r\n\r\n.\r\n", b"+OK 13 octets\r\n...\r\n..x\r\n\r\n..\r\n.\r\n"),
        (b"a.\r\n", b"+OK 4 octets\r\na.\r\n.\r\n"),
    ],
)
def test_octets_are_counted_before_the_dots_are_stuffed(data: bytes, wire: bytes) -> None:
    session, _drop = inside(data)
    assert said(session, b"RETR 1", b"STAT", b"LIST 1") == [
        wire,
        b"+OK 1 %d\r\n" % len(data),
        b"+OK 1 %d\r\n" % len(data),
    ]


@given(st.lists(st.sampled_from([b".", b"\r", b"\n", b"\r\n", b"x", b"\r\n.\r\n", b"\x00\xff"])).map(b"".join))
def test_every_letter_comes_back_as_it_is(data: bytes) -> None:
    data = canonical(data)
    session, _drop = inside(data)
    (reply,) = said(session, b"RETR 1")
    lines = reply.split(b"\r\n")
    assert (lines[0], lines[-2:]) == (b"+OK %d octets" % len(data), [b".", b""])
    assert b"." not in lines[1:-2]
    undone = [line[1:] if line.startswith(b".") else line for line in lines[1:-2]]
    assert b"".join(line + b"\r\n" for line in undone) == data
    assert not data or data.endswith(b"\r\n")
    assert data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n")


TOPPED = b"Subject: x\r\nTo: y\r\n\r\n.1\r\n2\r\n3\r\n"


@pytest.mark.parametrize(
    ("data", "lines", "got"),
    [
        (TOPPED, b"0", b"Subject: x\r\nTo: y\r\n\r\n"),
        (TOPPED, b"1", b"Subject: x\r\nTo: y\r\n\r\n..1\r\n"),
        (TOPPED, b"3", TOPPED.replace(b".1", b"..1")),
        (TOPPED, b"999999999", TOPPED.replace(b".1", b"..1")),
        (b"Subject: only\r\n", b"5", b"Subject: only\r\n"),
        (b"\r\nbody\r\nmore\r\n", b"1", b"\r\nbody\r\n"),
        (b"", b"0", b""),
    ],
)
def test_top(data: bytes, lines: bytes, got: bytes) -> None:
    session, _drop = inside(data)
    assert said(session, b"TOP 1 " + lines) == [b"+OK\r\n" + got + b".\r\n"]


NUMBERS = [b"0", b"-1", b"+1", b"3", b"1.0", b"1e0", b"x", "１".encode(), b"\xff", b"99999999999999999999", b"1;2"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("verb", [b"LIST", b"UIDL", b"RETR", b"DELE"])
def test_message_numbers_that_there_are_not(verb: bytes, number: bytes) -> None:
    session, drop = inside(letter(20), letter(20))
    assert said(session, verb + b" " + number, b"STAT") == [
        b"-ERR no such message, only 2 messages in maildrop\r\n",
        b"+OK 2 40\r\n",
    ]


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (b"TOP 1 -1", b"-ERR the number of lines is a whole number, 0 or more"),
        (b"TOP 1 x", b"-ERR the number of lines is a whole number, 0 or more"),
        (b"TOP 1", b"-ERR TOP takes a message number and a number of lines"),
        (b"TOP 1 2 3", b"-ERR TOP takes a message number and a number of lines"),
        (b"RETR", b"-ERR RETR takes a message number"),
        (b"RETR 1 2", b"-ERR RETR takes a message number"),
        (b"LIST 1 2", b"-ERR LIST takes a message number, or nothing"),
        (b"STAT 1", b"-ERR STAT takes no argument"),
        (b"QUIT now", b"-ERR QUIT takes no argument"),
        (b"RETR 2", b"-ERR no such message: message 2 is deleted"),
        (b"TOP 2 0", b"-ERR no such message: message 2 is deleted"),
        (b"LIST 2", b"-ERR no such message: message 2 is deleted"),
        (b"UIDL 2", b"-ERR no such message: message 2 is deleted"),
        (b"DELE 2", b"-ERR message 2 already deleted"),
        (b"USER mrose", b"-ERR USER belongs to the AUTHORIZATION state; this is the TRANSACTION state"),
        (b"STLS", b"-ERR STLS belongs to the AUTHORIZATION state; this is the TRANSACTION state"),
        (b"RPOP mrose", b"-ERR RPOP was removed from POP3 in 1993 (RFC 1460): use USER and PASS, or APOP"),
        (b"LAST", b"-ERR unknown command"),
        (b"", b"-ERR unknown command"),
        (b" STAT", b"-ERR unknown command"),
        (b"\xd1\x82", b"-ERR unknown command"),
        (b"STAT\0", b"-ERR a command has no NUL and no <CR> in it"),
        (b"ST\rAT", b"-ERR a command has no NUL and no <CR> in it"),
        (b"STAT\nSTAT", b"-ERR a command ends with <CR><LF>, not with a bare <LF> (RFC 1939, section 3)"),
        (b"RETR " + b"1" * 300, b"-ERR a command has at most 255 octets (RFC 2449, section 4)"),
        (b"x" * 5000, b"-ERR a command has at most 255 octets (RFC 2449, section 4)"),
    ],
)
def test_commands_that_cannot_be_done(command: bytes, reply: bytes) -> None:
    session, drop = inside(letter(20), letter(20))
    said(session, b"DELE 2")
    session.feed(command + b"\r\n")
    assert session.answer() == reply + b"\r\n"
    while session.answer() is not None:
        pass
    assert said(session, b"stat") == [b"+OK 1 20\r\n"]
    assert drop.deleted == []


@pytest.mark.parametrize("verb", [b"STAT", b"LIST", b"UIDL", b"RETR 1", b"TOP 1 0", b"DELE 1", b"NOOP", b"RSET"])
def test_nothing_is_to_be_had_before_the_login(verb: bytes) -> None:
    session = Session(Drop(letter(20)), STAMP)
    name = verb.split()[0]
    assert said(session, verb) == [
        b"-ERR %b belongs to the TRANSACTION state; this is the AUTHORIZATION state\r\n" % name
    ]


@pytest.mark.parametrize(
    ("commands", "last"),
    [
        ([b"PASS tanstaaf"], b"-ERR PASS comes right after a USER that was answered with +OK"),
        ([b"USER mrose", b"CAPA", b"PASS tanstaaf"], b"-ERR PASS comes right after a USER"),
        ([b"USER mrose", b"USER nobody", b"PASS tanstaaf"], b"-ERR PASS comes right after a USER"),
        ([b"USER mrose", b"USER a b", b"PASS tanstaaf"], b"-ERR PASS comes right after a USER"),
        ([b"USER mrose", b"PASS wrong"], b"-ERR [AUTH] invalid password"),
        ([b"USER mrose", b"PASS wrong", b"PASS tanstaaf"], b"-ERR PASS comes right after a USER"),
        ([b"USER mrose", b"PASS"], b"-ERR PASS takes a password"),
        ([b"USER mrose", b"PASS "], b"-ERR [AUTH] invalid password"),
        ([b"USER mrose", b"PASS tanstaaf "], b"-ERR [AUTH] invalid password"),
        ([b"USER mrose", b"pass tanstaaf"], b"+OK mrose's maildrop has 0 messages (0 octets)"),
        ([b"USER"], b"-ERR USER takes a name"),
        ([b"USER \xff\x1b[2J"], b"-ERR [AUTH] sorry, no mailbox for ??[2J here"),
        ([b"APOP mrose"], b"-ERR APOP takes a name and a digest"),
        ([b"APOP mrose " + hashlib.md5(STAMP.encode()).hexdigest().encode()], b"-ERR [AUTH] permission denied"),
        ([b"APOP x " + hashlib.md5(STAMP.encode()).hexdigest().encode()], b"-ERR [AUTH] permission denied"),
        ([b"STLS"], b"-ERR unknown command"),
    ],
)
def test_logging_in(commands: list[bytes], last: bytes) -> None:
    assert said(Session(Drop(), STAMP), *commands)[-1].startswith(last)


def test_a_password_may_have_spaces() -> None:
    drop = Drop()
    drop.users["mrose"] = " a b  c"
    assert said(Session(drop, STAMP), b"USER mrose", b"PASS  a b  c")[1].startswith(b"+OK mrose's")


def test_capa_says_what_there_is_now() -> None:
    session = Session(Drop(), STAMP, prepare_tls=lambda: None)
    before = said(session, b"CAPA")[0].split(b"\r\n")
    assert before[0].startswith(b"+OK") and before[-2:] == [b".", b""]
    wanted = {b"TOP", b"UIDL", b"USER", b"RESP-CODES", b"AUTH-RESP-CODE", b"PIPELINING", b"UTF8", b"STLS"}
    assert wanted < set(before)
    said(session, b"STLS")
    session.secured()
    assert b"STLS" not in said(session, b"CAPA")[0]
    assert said(session, b"STLS") == [b"-ERR TLS is active already\r\n"]
    assert b"STLS" not in said(Session(Drop(), STAMP), b"CAPA")[0]


def test_what_comes_with_stls_in_one_packet_counts_for_nothing() -> None:
    session = Session(Drop(), STAMP, prepare_tls=lambda: None)
    session.feed(b"USER mrose\r\nSTLS\r\nUSER mrose\r\nPASS tanstaaf\r\nNO")
    assert [session.answer(), session.answer()][1] == b"+OK begin TLS negotiation\r\n"
    assert session.answer() is None and session.starting_tls
    session.feed(b"OP\r\n")
    session.secured()
    assert session.answer() is None
    assert said(session, b"PASS tanstaaf")[0].startswith(b"-ERR PASS comes right after a USER")


def test_tls_that_cannot_be_had() -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    session = Session(Drop(), STAMP, prepare_tls=full)
    assert said(session, b"STLS", b"NOOP")[0] == b"-ERR [SYS/TEMP] TLS is not to be had just now\r\n"
    assert not session.starting_tls


def test_what_comes_after_quit_counts_for_nothing() -> None:
    session, drop = inside(letter(20))
    session.feed(b"DELE 1\r\nQUIT\r\nRSET\r\nQUIT\r\n")
    assert [session.answer() for _time in range(3)][1:] == [
        b"+OK dewey POP3 server signing off (maildrop empty)\r\n",
        None,
    ]
    assert drop.deleted == ["whqtswO00WBw418f9t5JxYwZ"]


def test_a_line_that_never_ends_takes_no_memory() -> None:
    session, _drop = inside(letter(20))
    for _time in range(1000):
        session.feed(b"x" * 1000)
        assert session.answer() is None
        assert len(session._buffer) <= 255 + 1000
    session.feed(b"\r\nSTAT\r\n")
    assert session.answer() == b"-ERR a command has at most 255 octets (RFC 2449, section 4)\r\n"
    assert session.answer() == b"+OK 1 20\r\n"


WORDS = st.sampled_from(
    [b"USER", b"PASS", b"APOP", b"STLS", b"CAPA", b"STAT", b"LIST", b"RETR", b"TOP", b"DELE", b"RSET", b"UIDL", b"NOOP"]
    + [b"QUIT", b"UTF8", b"RPOP", b" ", b"  ", b"\r\n", b"\r\n", b"\n", b"\r", b"1", b"2", b"3", b"-1", b"mrose", b"x"]
    + [b"tanstaaf", b"\0", b"\xff", b"." * 300]
)


@given(st.lists(st.one_of(WORDS, st.binary(max_size=20))), st.booleans())
def test_whatever_comes_the_session_holds(pieces: list[bytes], logged_in: bool) -> None:
    if logged_in:
        session, drop = inside(letter(20), b".\r\n")
    else:
        drop = Drop(letter(20), b".\r\n")
        session = Session(drop, STAMP, prepare_tls=lambda: None)
    data = b"".join(pieces)
    replies = []
    for piece in pieces:
        session.feed(piece)
        while (reply := session.answer()) is not None:
            assert reply.startswith((b"+OK", b"-ERR ")) and reply.endswith(b"\r\n")
            assert len(reply.partition(b"\r\n")[0]) <= 510  # RFC 2449 section 4
            if reply.startswith(b"-ERR"):
                assert reply.count(b"\n") == 1 and reply.isascii()
            replies.append(reply)
    if not session.over and not session.starting_tls:
        assert len(replies) == data.count(b"\n")
    assert (drop.locked == 1) == (session.phase is Phase.TRANSACTION)
    if not session.over:
        assert drop.deleted == []
    session.lost()
    assert drop.locked == 0


@given(st.lists(st.integers(1, 40)))
def test_how_the_bytes_were_cut_into_pieces_does_not_matter(cuts: list[int]) -> None:
    data = b"STAT\r\nRETR 1\r\nTOP 1 0\r\nBAD\nDELE 1\r\n" + b"y" * 600 + b"\r\nLIST\r\nRSET\r\nNOOP\r\n"

    def replies(pieces: list[bytes]) -> bytes:
        session, _drop = inside(letter(20))
        out = b""
        for piece in pieces:
            session.feed(piece)
            while (reply := session.answer()) is not None:
                out += reply
        return out

    pieces, rest = [], data
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    assert replies([*pieces, rest]) == replies([data])
