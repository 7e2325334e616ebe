"""What a fault at a line can be set to, what it is told otherwise, and how the faults say what they are."""

from __future__ import annotations

from typing import Any

import pytest

from netkit.errors import BadInput
from netkit.servers.mail.dialects import POP3, SMTP
from netkit.wire.lines import LineFaults

CODE = (
    'An answer of SMTP is a code from 200 to 299 or from 400 to 599, such as 550, or a line: "550 5.1.1 Nobody there";'
    " not {!r}."
)
STATUS = 'An answer of POP3 is a line that begins with "+OK" or "-ERR": "-ERR [IN-USE] locked"; not {!r}.'
LINE = "An answer is one line of at most 510 characters, each of them printable ASCII; not {!r}."
TIMES = "times is a whole number, 1 or more, or None for always; not {!r}."


def smtp(told: list[str] | None = None) -> LineFaults:
    return LineFaults(SMTP, lambda: None if told is None else told.append("changed"))


@pytest.mark.parametrize(
    ("answer", "text", "line"),
    [
        (550, "", b"550 5.1.1 Requested action not taken: mailbox unavailable\r\n"),
        ("550", "", b"550 5.1.1 Requested action not taken: mailbox unavailable\r\n"),
        (550, "5.1.1 Who?", b"550 5.1.1 Who?\r\n"),
        (" 550  5.1.1 Who? ", "", b"550 5.1.1 Who?\r\n"),
        (599, "", b"599 5.0.0 Answered by netkit\r\n"),
        ("250-here\r\n250 AUTH GSSAPI", "", b"250-here\r\n250 AUTH GSSAPI\r\n"),
        ("250-here\n250-SIZE\n250 HELP\n", "", b"250-here\r\n250-SIZE\r\n250 HELP\r\n"),
    ],
)
def test_an_answer_of_smtp(answer: int | str, text: str, line: bytes) -> None:
    assert smtp().reply("rcpt", answer, text).rules["RCPT"].reply == line


@pytest.mark.parametrize("command", ["greeting", "EHLO", "HELO"])
def test_before_the_extensions_are_told_a_reply_has_no_second_code(command: str) -> None:
    assert smtp().reply(command, 502).rules[command].reply == b"502 Command not implemented\r\n"


def test_a_greeting_that_is_none_says_so() -> None:
    assert smtp().reply("greeting", 554).rules["greeting"].reply == b"554 No SMTP service here\r\n"


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("-ERR", b"-ERR [AUTH] wrong name or password\r\n"),
        ("-ERR [IN-USE] locked", b"-ERR [IN-USE] locked\r\n"),
        ("+OK", b"+OK\r\n"),
    ],
)
def test_an_answer_of_pop3(answer: str, line: bytes) -> None:
    assert LineFaults(POP3, lambda: None).reply("PASS", answer).rules["PASS"].reply == line


@pytest.mark.parametrize(
    ("dialect", "arguments", "more", "message"),
    [
        (SMTP, ("RCPT", 354), {}, CODE.format(354)),
        (SMTP, ("EHLO", "250-here\n251 there"), {}, CODE.format("250-here\n251 there")),
        (SMTP, ("RCPT", 199), {}, CODE.format(199)),
        (SMTP, ("RCPT", 600), {}, CODE.format(600)),
        (SMTP, ("RCPT", True), {}, CODE.format(True)),
        (SMTP, ("RCPT", 550.0), {}, CODE.format(550.0)),
        (SMTP, ("RCPT", None), {}, CODE.format(None)),
        (SMTP, ("RCPT", "no"), {}, CODE.format("no")),
        (SMTP, ("RCPT", ""), {}, CODE.format("")),
        (SMTP, ("RCPT", "5500"), {}, CODE.format("5500")),
        (SMTP, ("RCPT", "250-more"), {}, CODE.format("250-more")),
        (SMTP, ("RCPT", 550, 5), {}, CODE.format(5)),
        (SMTP, ("RCPT", 550, "a\r\nb"), {}, LINE.format("550 a\r\nb")),
        (SMTP, ("RCPT", 550, "нет"), {}, LINE.format("550 нет")),
        (SMTP, ("RCPT", "550 " + "x" * 507), {}, LINE.format("550 " + "x" * 76)),
        (SMTP, ("RCPT", 550), {"times": 0}, TIMES.format(0)),
        (SMTP, ("RCPT", 550), {"times": True}, TIMES.format(True)),
        (SMTP, ("RCPT", 550), {"times": "2"}, TIMES.format("2")),
        (POP3, ("PASS", 550), {}, STATUS.format(550)),
        (POP3, ("PASS", "ERR"), {}, STATUS.format("ERR")),
        (POP3, ("PASS", "-ERRno"), {}, STATUS.format("-ERRno")),
        (POP3, ("PASS", "-ERR a\nb"), {}, LINE.format("-ERR a\nb")),
        (
            POP3,
            ("RCPT", "-ERR"),
            {},
            "There is no command 'RCPT' at which a fault can be set; there are: greeting, CAPA, STLS, USER, PASS, APOP,"
            " STAT, LIST, UIDL, RETR, TOP, DELE, NOOP, RSET, QUIT.",
        ),
    ],
)
def test_what_cannot_be_is_named_and_changes_nothing(dialect: Any, arguments: Any, more: Any, message: str) -> None:
    told: list[str] = []
    wrong = LineFaults(dialect, lambda: told.append("changed"))
    with pytest.raises(BadInput) as caught:
        wrong.reply(*arguments, **more)
    assert str(caught.value) == message
    assert wrong.calm and not told


@pytest.mark.parametrize("act", ["silent", "close", "reset"])
def test_the_other_acts_look_at_command_and_times_too(act: str) -> None:
    wrong = smtp()
    for command, times in (("XYZ", None), (None, None), ("RCPT", -1)):
        with pytest.raises(BadInput):
            getattr(wrong, act)(command, times=times)
    assert wrong.calm


def test_they_say_what_is_in_force() -> None:
    told: list[str] = []
    some = smtp(told)
    assert repr(some) == "No faults: the wire works as it should."
    with some.reply("RCPT", "550 no", times=2).silent(".") as same:
        assert same is some
        assert repr(some) == "Faults: reply('RCPT', '550 no', times=2); silent('.')"
        some.set("client", pieces=3)
        assert repr(some) == (
            "Faults: reply('RCPT', '550 no', times=2); silent('.')\nFaults: pieces=3 toward the client"
        )
        some.close("rcpt").reset("Greeting", times=1)
        assert repr(some).splitlines()[0] == "Faults: close('RCPT'); silent('.'); reset('greeting', times=1)"
        assert not some.calm
    assert some.calm and not some.rules
    assert len(told) == 6


def test_a_rule_that_is_used_up_is_in_force_no_longer() -> None:
    told: list[str] = []
    some = smtp(told).reply("RCPT", 550, times=2)
    for left in (1, None):
        rule = some.rule("RCPT")
        assert rule is not None
        some.used(rule)
        assert (some.rules["RCPT"].left if left else some.rules or None) == left
    assert some.rule("RCPT") is None and some.calm
    assert len(told) == 2  # when it was set, and when it was used up


@pytest.mark.parametrize("dialect", [SMTP, POP3])
def test_every_command_has_a_label_and_an_answer_that_can_be_given(dialect: Any) -> None:
    some = LineFaults(dialect, lambda: None)
    for name, answer in dialect.commands.items():
        assert dialect.label(name).startswith(f"{name}: ")
        assert some.reply(name, answer).rules[name].said == answer
