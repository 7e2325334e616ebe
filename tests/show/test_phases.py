"""The picture of POP3's phases: it follows live sessions, says what UPDATE did, and leaves nothing behind."""

from __future__ import annotations

import html
import poplib
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from ipywidgets.widgets.widget import _instances

import netkit
from netkit.errors import BadInput
from netkit.protocols.pop3_follow import follow
from netkit.protocols.pop3_session import Phase
from netkit.servers.mail.post import Mail
from netkit.show import live
from netkit.show.phases import LISTED, Phases
from netkit.show.phases_html import picture
from netkit.show.phases_words import LETTERS
from netkit.wire import background
from netkit.wire.conversation import Ending
from tests.builders import client, conversation, fin, gap, lost, rst, server
from tests.protocols.dialogues import spoken
from tests.show.sources import Source
from tests.wire.peers import LIMIT, until

HELLO = [server("+OK ready <1.2@x>\r\n"), client("USER student\r\n"), server("+OK\r\n"), client("PASS x\r\n")]
INSIDE = [*HELLO, server("+OK student's maildrop has 2 messages (30 octets)\r\n")]
MARKED = [*INSIDE, client("DELE 1\r\n"), server("+OK\r\n")]

BROKEN = "connection broken off without QUIT: no UPDATE, nothing was deleted"


@pytest.fixture
def mail() -> Iterator[Mail]:
    """A server of its own."""
    with Mail() as made:
        yield made
    assert list(background.problems) == []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Every picture of a test is closed at its end."""
    yield
    for widget in list(_instances.values()):
        if isinstance(widget, Phases):
            widget.close()


def words(source: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", source)).split())


def here(widget: Phases) -> str:
    """Where "now here" stands."""
    return words(
        " ".join(re.findall(r'<(?:section|div) class="[^"]*nk-here[^>]*>.*?</(?:section|div)>', widget._picture.value))
    )


def one(*steps: Any, **how: Any) -> Phases:
    """The picture of one session."""
    return netkit.phases(conversation(*steps, name="pop3", protocol="pop3", **how))


def login(mail: Mail) -> poplib.POP3:
    session = poplib.POP3(*mail.pop3, timeout=LIMIT)
    session.user("student")
    return session


def now(widget: Phases) -> str:
    """What it tells, after all that has happened is drawn."""
    widget.flush()
    return repr(widget)


def test_it_follows_a_session_command_by_command(mail: Mail) -> None:
    widget = netkit.phases(mail.pop3)
    assert repr(widget) == "pop3: no session yet"
    assert "No session yet: the picture follows the next one." in words(widget._picture.value)
    assert "now here" not in words(widget._picture.value)
    session = login(mail)
    assert now(widget) == (
        "pop3, session 1: now in AUTHORIZATION\n"
        "  No maildrop is open: the lock comes with signing in.\n"
        "  USER student: now the password"
    )
    assert here(widget).startswith("AUTHORIZATION ● now here")
    session.pass_("secretword")
    assert now(widget).splitlines()[:4] == [
        "pop3, session 1: now in TRANSACTION",
        "  The maildrop of student is locked: only this session can use it.",
        "  7 letters at signing in",
        "  USER student: now the password",
    ]
    assert here(widget).startswith("TRANSACTION ● now here")
    for command in (session.list, session.stat):
        command()
    for number in (2, 4):
        session.dele(number)
    session.top(1, 0)
    session.retr(3)
    with pytest.raises(poplib.error_proto):
        session.dele(2)
    assert now(widget).splitlines()[2:] == [
        "  7 letters at signing in, 2 marked",
        "  USER student: now the password",
        "  PASS → TRANSACTION, 7 letters",
        "  LIST: 7 letters",
        "  STAT: 7 letters, 41\u00a0620 bytes",
        "  DELE 2: letter 2 marked",
        "  DELE 4: letter 4 marked",
        "  TOP 1 0: the beginning of letter 1",
        "  RETR 3: letter 3 was fetched, and stays",
        "  DELE 2 refused: -ERR message 2 already deleted",
        "  letter 1: there, 570 bytes, Welcome to the course",
        "  letter 2: marked, 622 bytes",
        "  letter 3: there, 865 bytes, Про сокеты",
        "  letter 4: marked, 552 bytes",
        "  letter 5: there, 1\u00a0317 bytes",
        "  letter 6: there, 1\u00a0943 bytes",
        "  letter 7: there, 35\u00a0751 bytes",
    ]
    session.rset()
    assert "  RSET: no letter is marked any more\n" in now(widget)
    session.dele(1)
    session.quit()
    assert now(widget).splitlines()[:3] == [
        "pop3, session 1: closed by QUIT: UPDATE deleted 1 letter",
        "  The maildrop of student is free again.",
        "  7 letters at signing in, 1 gone",
    ]
    assert "  QUIT → UPDATE, 1 letter deleted\n" in now(widget)
    assert here(widget) == "closed by QUIT: UPDATE deleted 1 letter ● now here"
    assert repr(netkit.phases(mail.pop3.conversations[-1])) == repr(widget)


def test_a_second_session_is_turned_away_and_both_can_be_looked_at(mail: Mail) -> None:
    widget = netkit.phases(mail.pop3)
    first = login(mail)
    first.pass_("secretword")
    now(widget)
    assert widget._choice.layout.display == "none"
    second = login(mail)
    with pytest.raises(poplib.error_proto, match="IN-USE"):
        second.pass_("secretword")
    assert now(widget) == (
        "pop3, session 2: now in AUTHORIZATION\n"
        "  Turned away: another session has the maildrop, until its QUIT or its connection's end.\n"
        "  USER student: now the password\n"
        "  PASS refused: -ERR [IN-USE] maildrop already locked"
    )
    assert widget._choice.layout.display is None
    assert widget._choice.options == (("the newest", 0), ("2: AUTHORIZATION", 2), ("1: TRANSACTION, student", 1))
    widget._choice.value = 1
    assert now(widget).startswith("pop3, session 1: now in TRANSACTION")
    first.dele(1)
    assert "DELE 1: letter 1 marked" in now(widget)  # the choice stays
    assert widget._choice.value == 1
    first.close()
    until(lambda: now(widget).startswith("pop3, session 1: connection broken off without QUIT: no UPDATE, nothing was"))
    assert "letter 1: not deleted" in now(widget)
    assert ("1: over, student", 1) in widget._choice.options
    widget._choice.value = 0
    assert now(widget).startswith("pop3, session 2: now in AUTHORIZATION")
    second.close()


@pytest.mark.parametrize(
    ("end", "said", "letter"),
    [
        ([fin("client"), fin("server")], BROKEN, "not deleted"),
        ([rst("client")], BROKEN, "not deleted"),
        ([rst("tap")], BROKEN, "not deleted"),
        (
            [client("QUIT\r\n"), lost("server", "+OK\r\n"), fin("server"), fin("client")],
            "broken off after QUIT, before its answer: whether UPDATE took place, the next session will tell",
            "not known",
        ),
        (
            [client("QUIT\r\n"), server("-ERR some deleted messages not removed\r\n"), fin("server"), fin("client")],
            "closed by QUIT: UPDATE could not delete all that was marked",
            "not known",
        ),
        (
            [client("QUIT\r\n"), server("+OK\r\n"), fin("server"), fin("client")],
            "closed by QUIT: UPDATE deleted 1 letter",
            "gone",
        ),
        (
            [client("RSET\r\n"), server("+OK\r\n"), client("QUIT\r\n"), server("+OK\r\n")],
            "closed by QUIT: no letter was marked, so UPDATE deleted nothing",
            "there",
        ),
    ],
)  # fmt: skip
def test_how_a_session_may_end(end: list[Any], said: str, letter: str) -> None:
    widget = one(*MARKED, *end)
    assert repr(widget).splitlines()[0] == f"pop3, session 1: {said}"
    assert repr(widget).splitlines()[-2] == f"  letter 1: {letter}"
    assert here(widget) == f"{said} ● now here"
    assert widget._picture.value.count("now here") == 1


def test_an_end_before_signing_in() -> None:
    quit_ = [HELLO[0], client("QUIT\r\n"), server("+OK\r\n"), fin("client"), fin("server")]
    assert repr(one(*quit_)).startswith(
        "pop3, session 1: closed by QUIT before signing in: no UPDATE, nothing changes\n"
    )
    assert repr(one(HELLO[0], rst("client"))).startswith("pop3, session 1: connection ended before signing in: nothing")


def test_a_frozen_one_has_nothing_to_choose() -> None:
    widget = one(*INSIDE, number=3, ending=Ending.STOPPED)
    assert repr(widget).startswith("pop3, session 3: connection broken off without QUIT")
    assert widget._choice.layout.display == "none"


def test_an_answer_that_has_not_come() -> None:
    assert "  DELE 1: no answer yet\n" in repr(one(*INSIDE, client("DELE 1\r\n")))
    assert "  DELE 1: no answer came\n" in repr(one(*INSIDE, client("DELE 1\r\n"), rst("server")))


def test_letters_that_nobody_has_told_of() -> None:
    quiet = [*HELLO, server("+OK\r\n")]
    assert (
        repr(one(*quiet)).splitlines()[2] == "  How many letters there are, nobody has told yet: STAT and LIST would."
    )
    assert "size not told" in words(one(*INSIDE)._picture.value)


def test_tls_from_the_first_byte(mail: Mail) -> None:
    session = poplib.POP3_SSL(*mail.pop3s, context=mail.context, timeout=LIMIT)
    widget = netkit.phases(mail.pop3s)
    first = repr(widget).splitlines()[0]
    if not getattr(mail.pop3s.conversations[-1], "said", ()):
        assert first == (
            "pop3s, session 1: encrypted (TLS): only ciphertext goes over the wire, so the phase cannot be told"
        )
        assert "now here" not in widget._picture.value
        assert "only ciphertext goes over the wire" in words(widget._picture.value)
    session.quit()


def test_what_was_said_inside_tls_is_followed_where_it_is_known() -> None:
    class Told:
        """A conversation of which the inside is known."""

        def __init__(self) -> None:
            hidden = conversation(
                server("+OK\r\n"),
                client("STLS\r\n"),
                server("+OK\r\n"),
                client(b"\x16\x03\x01\0\x01x"),
                name="pop3",
                protocol="pop3",
            )
            for name in hidden.__slots__:
                setattr(self, name, getattr(hidden, name))
            self.left_out = 0
            self.said = conversation(*MARKED[1:]).events

    source = Source(Told(), name="pop3")  # type: ignore[arg-type]
    source.protocol = "pop3"
    said = repr(netkit.phases(source))
    assert said.splitlines()[0] == "pop3, session 1: now in TRANSACTION"
    assert "  STLS: from here on TLS\n" in said and said.endswith("letter 1: marked\n  letter 2: there")


def test_what_was_not_kept_is_said() -> None:
    assert repr(one(*INSIDE, gap("server", 5))).endswith(
        "\n  Part of this session was not kept, so letters and marks may be missing."
    )


def test_nothing_that_came_over_the_wire_becomes_html() -> None:
    nasty = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
    said = [
        server("+OK\r\n"), client(f"USER {nasty.replace(' ', '')}\r\n"), server("+OK\r\n"), client("PASS x\r\n"),
        server(f"+OK {nasty} 1 message\r\n"), client("TOP 1 0\r\n"), server(f"+OK\r\nSubject: {nasty}\r\n\r\n.\r\n"),
        client(f"{nasty}\r\n"), server(f"-ERR {nasty}\r\n"),
    ]  # fmt: skip
    widget = one(*said)
    shown = widget._picture.value + widget._title.value
    assert "<script" not in shown and "<img" not in shown
    assert nasty in words(shown)
    assert re.findall(r'title="([^"]*)"', shown) == [html.escape(nasty)]


def test_the_phases_and_their_commands() -> None:
    shown = words(one(*INSIDE)._picture.value)
    for part in (
        "AUTHORIZATION ✓ was here",
        "USER PASS APOP STLS CAPA QUIT",
        "TRANSACTION ● now here",
        "STAT LIST UIDL RETR TOP DELE RSET NOOP CAPA QUIT",
        "PASS, APOP +OK",
        "QUIT +OK",
        "the connection ends without QUIT: no UPDATE, nothing is deleted",
    ):
        assert part in shown


def test_a_very_large_maildrop_and_a_very_long_session() -> None:
    many = [server("+OK\r\n"), client("PASS x\r\n"), server("+OK 5000 messages\r\n")]
    many += [client("NOOP\r\n" * 900), server("+OK\r\n" * 900)]
    widget = one(*many)
    assert widget._picture.value.count('class="nk-card') == LETTERS
    assert "and 4940 more letters" in words(widget._picture.value)
    assert "(895 earlier steps)" in words(widget._picture.value)
    assert "  (861 earlier steps)\n" in repr(widget) and repr(widget).endswith("and 4940 more letters")


def test_the_list_of_sessions_is_bounded_and_a_choice_that_is_gone_is_the_newest() -> None:
    talks = [conversation(*INSIDE, number=n, name="pop3", protocol="pop3") for n in range(1, LISTED + 6)]
    source = Source(*talks, name="pop3")
    source.protocol = "pop3"
    widget = netkit.phases(source)
    assert len(widget._choice.options) == 1 + LISTED
    widget._choice.value = 6
    assert repr(widget).startswith("pop3, session 6:")
    source.now(*talks[10:])
    assert now(widget).startswith(f"pop3, session {LISTED + 5}:")
    source.now()
    assert now(widget) == "pop3: no session yet"


def test_a_session_in_which_nothing_happened_is_not_followed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = conversation(*INSIDE, name="pop3", protocol="pop3")
    source = Source(talk, name="pop3")
    source.protocol = "pop3"
    widget = netkit.phases(source)
    monkeypatch.setattr("netkit.show.phases.follow", lambda *_args: 1 / 0)
    source.now(talk)
    widget.flush()
    assert widget._status.value == ""
    source.now(conversation(*MARKED, name="pop3", protocol="pop3"))
    widget.flush()
    assert words(widget._status.value) == "ZeroDivisionError: division by zero"


def test_it_draws_on_the_thread_that_flushes_only(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[threading.Thread] = set()
    widget = netkit.phases(mail.pop3)
    draw = Phases._draw
    monkeypatch.setattr(Phases, "_draw", lambda *args: (threads.add(threading.current_thread()), draw(*args))[1])
    session = login(mail)
    assert threads == set()
    widget.flush()
    assert threads == {threading.current_thread()}
    session.quit()


def test_closed_it_leaves_nothing() -> None:
    source = Source(conversation(*INSIDE, protocol="pop3"), name="pop3")
    source.protocol = "pop3"
    netkit.phases(source).close()
    before = len(_instances)
    widget = netkit.phases(source)
    assert len(source.callbacks) == 1 and widget in live._alive
    widget.close()
    widget.close()
    assert (len(source.callbacks), len(_instances), widget in live._alive) == (0, before, False)


def test_its_whole_text_goes_into_the_notebook() -> None:
    widget = one(*MARKED)
    assert widget._repr_mimebundle_()["text/plain"] == repr(widget)
    assert re.search(r"127\.0\.0\.1|50001|33333|1\.2@x", repr(widget)) is None


@pytest.mark.parametrize("wrong", [None, "pop3", 110])
def test_something_else_than_a_server(wrong: Any) -> None:
    with pytest.raises(BadInput, match=r"^phases\(\) shows a POP3 server such as mail\.pop3, or one of its conv"):
        netkit.phases(wrong)


def test_another_protocol(mail: Mail) -> None:
    with pytest.raises(BadInput, match=r"and this one speaks SMTP: say netkit\.phases\(mail\.pop3\)\.$"):
        netkit.phases(mail.smtp)
    with pytest.raises(BadInput, match="speaks TEXT"):
        netkit.phases(conversation())
    with pytest.raises(BadInput, match=r"; not Mail\.$"):
        netkit.phases(mail)  # type: ignore[arg-type]


def test_every_phase_is_drawn_once() -> None:
    for text in ("", "S: +OK\nC: PASS x\nS: +OK", "S: +OK\nC: PASS x\nS: +OK\nC: QUIT\nS: +OK"):
        drawn = picture(follow(spoken(text)))
        assert [drawn.count(f'nk-of-{phase.name.lower()}"') for phase in Phase] == [2, 2, 2]  # and its way out
        assert drawn.count('aria-current="step"') == 1
