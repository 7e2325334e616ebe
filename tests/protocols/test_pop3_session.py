"""A POP3 session followed by what was said: its phase, its letters, its marks; and the server has the same."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netkit.protocols import Piece
from netkit.protocols.pop3_follow import MOST, STEPS, follow
from netkit.protocols.pop3_session import End, Entry, Phase, Session, State
from netkit.servers.mail.letters import Envelope, Letter
from netkit.servers.mail.pop3 import Session as Server
from tests.protocols.dialogues import spoken

SIGNED_IN = """
S: +OK POP3 server ready <1.2@mail.netkit.test>
C: USER student
S: +OK
C: PASS secretword
S: +OK student's maildrop has 3 messages (320 octets)
"""


def after(text: str, over: bool = False) -> Session:
    """The session after these lines."""
    return follow(spoken(text), over=over)


def steps(session: Session) -> list[tuple[str, bool | None]]:
    return [(step.command, step.good) for step in session.steps]


def states(session: Session) -> str:
    """The letters, one after the other: "1 2x 3" for three of which the second is marked."""
    sign = {State.PRESENT: "", State.MARKED: "x", State.GONE: "-"}
    return " ".join(f"{letter.number}{sign[letter.state]}" for letter in session.letters)


def test_nothing_said_is_the_authorization_state() -> None:
    assert follow([]) == Session(Phase.AUTHORIZATION, End.OPEN, "", (), None, (), 0, False)


def test_pass_opens_the_maildrop_and_its_reply_may_tell_how_many_letters() -> None:
    session = after(SIGNED_IN)
    assert (session.phase, session.user, session.count, session.locked) == (Phase.TRANSACTION, "student", 3, True)
    assert states(session) == "1 2 3"
    assert steps(session) == [("USER student", True), ("PASS", True)]
    assert "secretword" not in repr(session)


def test_a_reply_that_tells_nothing_leaves_the_letters_unknown_until_stat_or_list() -> None:
    quiet = SIGNED_IN.replace("student's maildrop has 3 messages (320 octets)", "welcome")
    session = after(quiet)
    assert (session.phase, session.count, session.letters) == (Phase.TRANSACTION, None, ())
    session = after(quiet + "C: STAT\nS: +OK 2 320")
    assert (session.count, session.letters) == (2, (Entry(1), Entry(2)))
    session = after(quiet + "C: LIST\nS: +OK\nS: 1 120\nS: 2 200\nS: .")
    assert (session.count, session.letters) == (2, (Entry(1, 120), Entry(2, 200)))
    session = after(quiet + "C: LIST 2\nS: +OK 2 200\nC: RETR 3\nS: +OK 77 octets\nS: Subject: x\nS: \nS: .")
    assert (session.count, session.letters) == (None, (Entry(2, 200), Entry(3, 77, subject="x")))


def test_apop_signs_in_and_its_digest_is_not_repeated() -> None:
    session = after("S: +OK <1.2@x>\nC: APOP mrose c4c9334bac560ecc979e58001b3e22fb\nS: +OK 1 message")
    assert (session.phase, session.user, session.count) == (Phase.TRANSACTION, "mrose", 1)
    assert steps(session) == [("APOP mrose", True)]


def test_dele_marks_rset_takes_the_marks_off_and_a_refusal_changes_nothing() -> None:
    marked = SIGNED_IN + "C: DELE 2\nS: +OK\nC: DELE 2\nS: -ERR message 2 already deleted\nC: DELE 9\nS: -ERR no such"
    session = after(marked)
    assert (states(session), session.marked) == ("1 2x 3", 1)
    assert [(step.number, step.good, step.reply) for step in session.steps[2:]] == [
        (2, True, "+OK"),
        (2, False, "-ERR message 2 already deleted"),
        (9, False, "-ERR no such"),
    ]
    assert states(after(marked + "\nC: RSET\nS: -ERR not now")) == "1 2x 3"
    assert states(after(marked + "\nC: RSET\nS: +OK")) == "1 2 3"


def test_stat_does_not_count_what_is_marked() -> None:
    session = after(SIGNED_IN + "C: DELE 1\nS: +OK\nC: STAT\nS: +OK 2 200")
    assert (session.count, states(session)) == (3, "1x 2 3")
    assert (session.steps[-1].letters, session.steps[-1].size) == (2, 200)


def test_quit_deletes_what_is_marked() -> None:
    session = after(SIGNED_IN + "C: DELE 1\nS: +OK\nC: DELE 3\nS: +OK\nC: QUIT\nS: +OK bye")
    assert (session.phase, session.end, session.gone, states(session)) == (Phase.UPDATE, End.UPDATED, 2, "1- 2 3-")
    assert session.steps[-1].letters == 2
    assert not session.locked


def test_quit_that_is_answered_with_err_is_an_end_too() -> None:
    session = after(SIGNED_IN + "C: DELE 1\nS: +OK\nC: QUIT\nS: -ERR some deleted messages not removed")
    assert (session.phase, session.end, states(session)) == (Phase.UPDATE, End.FAILED, "1x 2 3")


def test_quit_before_signing_in() -> None:
    session = after("S: +OK\nC: QUIT\nS: +OK bye", over=True)
    assert (session.phase, session.end) == (Phase.AUTHORIZATION, End.QUIT)


@pytest.mark.parametrize("end", ["", "\nC-\nS-", "\nS-\nC-"])
def test_a_broken_connection_deletes_nothing(end: str) -> None:
    session = after(SIGNED_IN + "C: DELE 1\nS: +OK" + end, over=True)
    assert (session.phase, session.end, session.locked) == (Phase.TRANSACTION, End.BROKEN, False)
    assert states(session) == "1x 2 3"


@pytest.mark.parametrize("end", ["", "\nC-\nS-", "\nS-\nC-"])
def test_a_quit_whose_answer_did_not_come_leaves_it_open_what_was_deleted(end: str) -> None:
    session = after(SIGNED_IN + "C: DELE 1\nS: +OK\nC: QUIT" + end, over=True)
    assert (session.end, steps(session)[-1]) == (End.UNKNOWN, ("QUIT", None))
    assert after(SIGNED_IN + "C: QUIT").end is End.OPEN


def test_half_a_command_is_none() -> None:
    session = after(SIGNED_IN + "C: DELE 1\nS: +OK\nC! QUIT\nC-\nS-", over=True)
    assert session.end is End.BROKEN


def test_a_maildrop_in_use() -> None:
    session = after("S: +OK\nC: USER a\nS: +OK\nC: PASS b\nS: -ERR [IN-USE] maildrop already locked")
    assert (session.phase, session.user, session.locked) == (Phase.AUTHORIZATION, "", False)
    assert session.steps[-1].reply == "-ERR [IN-USE] maildrop already locked"


def test_commands_sent_ahead_get_their_own_answers() -> None:
    session = after(
        SIGNED_IN + "C: DELE 1\nC: LIST\nC: DELE 2\nC: QUIT\nS: +OK\nS: +OK\nS: 2 20\nS: 3 30\nS: .\nS: -ERR\nS: +OK"
    )
    assert (states(session), session.end) == ("1- 2 3", End.UPDATED)
    assert [letter.size for letter in session.letters] == [None, 20, 30]


def test_what_comes_behind_quit_is_not_waited_for() -> None:
    assert steps(after(SIGNED_IN + "C: QUIT\nC: NOOP\nS: +OK bye"))[-1] == ("QUIT", True)


def test_an_answer_that_was_not_kept_is_forgotten_when_the_next_one_comes() -> None:
    assert steps(after(SIGNED_IN + "C: LIST\nS-"))[-1] == ("LIST", None)
    assert steps(after(SIGNED_IN + "C: LIST\nS-\nC: NOOP\nS: +OK"))[2:] == [("NOOP", True)]


def test_auth_alone_signs_nobody_in() -> None:
    asked = "S: +OK\nC: AUTH\nS: +OK\nS: PLAIN\nS: ."
    assert after(asked).phase is Phase.AUTHORIZATION
    session = after(asked + "\nC: AUTH PLAIN AGEAYg==\nS: +OK 1 message")
    assert (session.phase, session.count, steps(session)[-1]) == (Phase.TRANSACTION, 1, ("AUTH PLAIN", True))


def test_a_letters_lines_are_no_answers() -> None:
    letter = "S: +OK 99 octets\nS: Subject: +OK\nS: \nS: -ERR\nS: ..\nS: ..QUIT\nS: +OK\nS: ."
    session = after(SIGNED_IN + f"C: RETR 1\n{letter}\nC: DELE 1\nS: +OK")
    assert session.letters[0] == Entry(1, 99, State.MARKED, "+OK")
    assert len(session.steps) == 4


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        ("S: From: x\nS: SUBJECT:  two  words \nS: To: y\nS: ", "two words"),
        ("S: Subject: =?koi8-r?B?8NLPINPP?=\nS:  =?koi8-r?B?y8XU2Q==?=\nS: ", "Про сокеты"),
        ("S: Subject: =?nowhere?B?8NLPIMvP?=\nS: ", "=?nowhere?B?8NLPIMvP?="),
        ("S: Subject:\nS: ", ""),
        ("S: From: x\nS: \nS: Subject: in the body", ""),
        ("S: Subject: the end", "the end"),
    ],
)
def test_the_subject_is_read_from_the_header(header: str, subject: str) -> None:
    session = after(SIGNED_IN + f"C: TOP 1 0\nS: +OK\n{header}\nS: .")
    assert session.letters[0] == Entry(1, subject=subject)


def test_in_tls_nothing_is_known_unless_somebody_tells() -> None:
    clear = spoken("S: +OK\nC: STLS\nS: +OK")
    hidden: list[Piece] = [("client", 1.0, bytes.fromhex("1603010004") + b"\0" * 4)]
    session = follow([*clear, *hidden])
    assert (session.phase, session.encrypted, steps(session)) == (Phase.AUTHORIZATION, True, [("STLS", True)])
    said = spoken("C: USER student\nS: +OK\nC: PASS x\nS: +OK 1 message\nC: DELE 1\nS: +OK")
    session = follow([*clear, *hidden], said)
    assert (session.phase, session.encrypted, states(session)) == (Phase.TRANSACTION, False, "1x")
    session = follow(hidden, spoken("S: +OK hello") + said)
    assert (session.phase, session.encrypted, states(session)) == (Phase.TRANSACTION, False, "1x")


def test_many_steps_and_many_letters_are_bounded() -> None:
    session = after(SIGNED_IN + "C: NOOP\nS: +OK\n" * (STEPS + 5) + "C: STAT\nS: +OK 999999999 1")
    assert (len(session.steps), session.earlier) == (STEPS, 8)
    assert (len(session.letters), session.count) == (MOST, 999_999_999)
    assert after(SIGNED_IN + "C: STAT\nS: +OK 5000 1\nC: DELE 4000\nS: +OK").marked == 1
    assert after(SIGNED_IN + "C: DELE 123456789\nS: +OK").letters[-1] == Entry(123456789, state=State.MARKED)


class Drop:
    """A store of three letters."""

    def __init__(self) -> None:
        self.users = {"a": "b"}
        envelope = Envelope("", ())
        data = (b"Subject: 1\r\n\r\n.\r\n", b"\r\n", b"Subject: 3\r\n\r\nbody\r\n" * 9)
        self.letters = tuple(Letter(n, f"u{n}", each, 0.0, envelope) for n, each in enumerate(data, 1))
        self.locked = False
        self.deleted: set[str] = set()

    def lock(self, user: str) -> tuple[Letter, ...] | None:
        if self.locked:
            return None
        self.locked = True
        return self.letters

    def unlock(self, user: str) -> None:
        self.locked = False

    def delete(self, user: str, uids: Collection[str]) -> None:
        self.deleted |= set(uids)


NUMBER = st.sampled_from([b"1", b"2", b"3", b"4", b"0", b"02", b"-1", b"x", b""])
COMMAND = st.one_of(
    st.builds(lambda verb, n: verb + b" " + n, st.sampled_from([b"DELE", b"dele", b"RETR", b"LIST", b"UIDL"]), NUMBER),
    st.builds(lambda n: b"TOP " + n + b" 0", NUMBER),
    st.sampled_from(
        [b"STAT", b"LIST", b"UIDL", b"NOOP", b"RSET", b"CAPA", b"UTF8", b"WHAT", b"", b"USER a", b"PASS b"]
    ),
    st.sampled_from([b"DELE 1", b"DELE 2", b"RSET", b"STAT", b"DELE  3", b"DELE\t3", b" DELE 3", b"DELE 3 4", b"PASS"]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(COMMAND, max_size=12), st.lists(COMMAND, max_size=3), st.booleans(), st.booleans(), st.integers(1, 40))
def test_any_commands_in_any_order_mark_and_delete_what_the_server_marks_and_deletes(
    commands: list[bytes], before: list[bytes], signs_in: bool, quits: bool, cut: int
) -> None:
    drop = Drop()
    server = Server(drop, "<1.2@x>", host="x")
    whole = [*before, *([b"USER a", b"PASS b"] if signs_in else []), *commands, *([b"QUIT"] if quits else [])]
    sent, replies = b"".join(command + b"\r\n" for command in whole), server.greeting
    server.feed(sent)
    while (reply := server.answer()) is not None:
        replies += reply
    # all commands ahead of all replies, both in pieces: nothing but the order of the answers says what belongs together
    pieces: list[Piece] = [("client", 0.0, sent[at : at + cut]) for at in range(0, len(sent), cut)]
    pieces += [("server", 1.0, replies[at : at + cut]) for at in range(0, len(replies), cut)]
    session = follow(pieces)
    gone = {f"u{letter.number}" for letter in session.letters if letter.state is State.GONE}
    marked = {letter.number for letter in session.letters if letter.state is State.MARKED}
    assert gone == drop.deleted
    assert session.locked == drop.locked
    if server.over:
        assert session.end is (End.UPDATED if session.phase is Phase.UPDATE else End.QUIT)
    else:
        assert marked == server._marked
        assert session.phase.name == server.phase.name
    if session.phase is not Phase.AUTHORIZATION:
        assert (session.user, session.count) == ("a", 3)
        assert [letter.number for letter in session.letters] == [1, 2, 3]
        sizes = [len(letter.data) for letter in drop.letters]
        assert all(letter.size in (None, size) for letter, size in zip(session.letters, sizes, strict=True))


@given(st.lists(st.tuples(st.sampled_from(["client", "server"]), st.just(0.0), st.binary(max_size=40))), st.booleans())
def test_any_bytes_are_a_session(pieces: list[Piece], over: bool) -> None:
    assert (follow(pieces, over=over).end is End.OPEN) <= (not over)
