"""The row for faults at a command in the fault panel: what it proposes, what it sets, and how it answers bad input."""

from __future__ import annotations

from netkit.servers.mail.dialects import POP3, SMTP
from netkit.show.faultpanel import FaultPanel, in_force
from netkit.show.inspector import Inspector
from netkit.show.linefields import LineFields
from netkit.wire.lines import Act, Dialect, LineFaults
from tests.show.sources import Source
from tests.show.test_faultpanel import said


def panel(dialect: Dialect = SMTP, told: list[bool] | None = None) -> tuple[LineFaults, FaultPanel, LineFields]:
    faults = LineFaults(dialect, lambda: None)
    made = FaultPanel(faults, lambda: None if told is None else told.append(True))
    (row,) = made._lines
    return faults, made, row


def test_only_faults_that_have_commands_have_the_row() -> None:
    assert FaultPanel(Source().faults)._lines == []
    assert FaultPanel(Source(transport="udp").faults)._lines == []
    for dialect in (SMTP, POP3):
        _faults, _panel, row = panel(dialect)
        assert [value for _label, value in row._command.options] == list(dialect.commands)


def test_the_answer_proposed_fits_the_command() -> None:
    _faults, _panel, row = panel()
    assert row._answer.value == "554 No SMTP service here"
    row._command.value = "RCPT"
    assert row._answer.value == "550 5.1.1 Requested action not taken: mailbox unavailable"
    assert dict(row._command.options)["RCPT: a recipient"] == "RCPT"


def test_apply_sets_what_the_row_says() -> None:
    told: list[bool] = []
    faults, made, row = panel(told=told)
    row._command.value, row._answer.value, row._times.value = "RCPT", "550 5.1.1 <b>Nobody</b>", " 2 "
    row._apply.click()
    assert repr(faults) == "Faults: reply('RCPT', '550 5.1.1 <b>Nobody</b>', times=2)"
    assert said(made) == "Faults: netkit answers RCPT with “550 5.1.1 <b>Nobody</b>”, 2 more times."
    assert "<b>" not in made._said.value
    assert told == [True]
    row._times.value = ""
    for act, command in ((Act.SILENT, "EHLO"), (Act.CLOSE, "DATA"), (Act.RESET, ".")):
        row._command.value, row._act.value = command, act
        assert row._answer.layout.display == "none"
        row._apply.click()
    assert said(made) == (
        "Faults: netkit answers RCPT with “550 5.1.1 <b>Nobody</b>”, 2 more times; EHLO is never answered; closed (FIN)"
        " at DATA; broken off (RST) at ."
        "."
    )
    row._act.value = Act.REPLY
    assert row._answer.layout.display is None
    made._normal.click()
    assert faults.calm and said(made) == "No faults: the wire works as it should."


def test_bad_input_is_answered_in_words_and_changes_nothing() -> None:
    faults, made, row = panel()
    for answer, times, message in (
        ("nobody", "", "An answer of SMTP is a code from 200 to 299 or from 400 to 599, such as 550, or a line: "),
        (
            "550 нет",
            "",
            "An answer is one line of at most 510 characters, each of them printable ASCII; not '550 нет'.",
        ),
        ("550", "0", "How many times is a whole number, 1 or more, or nothing for always; not '0'."),
        ("550", "often", "How many times is a whole number, 1 or more, or nothing for always; not 'often'."),
    ):
        row._answer.value, row._times.value = answer, times
        row._apply.click()
        assert said(made).startswith(message)
        assert 'class="nk-wrong"' in made._said.value
        assert faults.calm and row._answer.value == answer
    row._times.value = ""
    row._apply.click()
    assert said(made) == "Faults: netkit answers greeting with “550 Requested action not taken: mailbox unavailable”."


def test_the_two_rows_leave_each_other_alone() -> None:
    faults, made, row = panel()
    made._fields["cut"].value = "9"
    row._apply.click()
    assert made._fields["cut"].value == "9" and faults.plans["server"].cut is None
    made._apply.click()
    assert faults.rules and faults.plans["server"].cut == 9
    assert said(made) == (
        "Faults: netkit answers greeting with “554 No SMTP service here”. Faults both ways: closed (FIN) after 9 bytes."
    )
    assert in_force(faults) == made.in_force == said(made)


def test_it_follows_what_code_has_set_and_what_is_used_up() -> None:
    faults, made, _row = panel(POP3)
    faults.reply("PASS", "-ERR no", times=1)
    made.follow()
    assert said(made) == "Faults: netkit answers PASS with “-ERR no”, 1 more time."
    rule = faults.rule("PASS")
    assert rule is not None
    faults.used(rule)
    made.follow()
    assert said(made) == "No faults: the wire works as it should."


def test_the_inspectors_status_names_them() -> None:
    source = Source()
    source.faults = LineFaults(SMTP, source.tell)
    inspector = Inspector(source)
    try:
        source.faults.close("DATA")
        inspector.flush()
        assert "Faults: closed (FIN) at DATA." in inspector._ui.broken.value
    finally:
        inspector.close()
