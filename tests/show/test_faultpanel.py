"""The panel of the faults: what it sets, what it says, and what it answers to bad input."""

from __future__ import annotations

import html
import re

import pytest

from netkit.show.faultpanel import FaultPanel, in_words
from netkit.wire.faults import CALM, Plan, UdpPlan
from tests.show.sources import Source


def said(panel: FaultPanel) -> str:
    """The message that stands beside the buttons."""
    return html.unescape(re.sub("<[^>]+>", "", panel._said.value))


def test_nothing_is_broken_at_first() -> None:
    panel = FaultPanel(Source().faults)
    assert said(panel) == "No faults: the wire works as it should."
    assert 'role="status"' in panel._said.value


def test_apply_sets_all_fields_in_the_chosen_direction() -> None:
    source = Source()
    told: list[bool] = []
    panel = FaultPanel(source.faults, lambda: told.append(True))
    panel._toward.value = "server"
    entered = {"delay": "0,5", "bandwidth": " 1000 ", "pieces": "3", "gap": "0.1", "cut": "40", "reset": "50"}
    for name, text in entered.items():
        panel._fields[name].value = text
    panel._fields["swallow"].value = True
    panel._apply.click()
    assert source.faults.plans == {"server": Plan(0.5, 1000, 3, 0.1, 40, 50, True), "client": CALM}
    assert said(panel) == (
        "Faults: toward the server everything is swallowed, each byte is held up for 0.5 s, at most 1\u00a0000 bytes a"
        " second, cut into pieces of 3 bytes, 0.1 s apart, closed (FIN) after 40 bytes, broken off (RST) after 50"
        " bytes."
    )
    assert told == [True]
    panel._normal.click()
    assert source.faults.calm
    assert [field.value for field in panel._fields.values()] == [""] * 6 + [False]
    assert said(panel) == "No faults: the wire works as it should."


def test_udp_has_its_own_faults() -> None:
    source = Source(transport="udp")
    panel = FaultPanel(source.faults)
    panel._fields["loss"].value, panel._fields["seed"].value = "0.25", "7"
    panel._apply.click()
    assert source.faults.plans == {"server": UdpPlan(loss=0.25, seed=7), "client": UdpPlan(loss=0.25, seed=7)}
    assert said(panel) == "Faults both ways: 25 % of the datagrams are lost."


@pytest.mark.parametrize(
    ("transport", "field", "typed", "answer"),
    [
        ("tcp", "delay", "soon", "delay is a time in seconds from 0 to 60, not 'soon'."),
        ("tcp", "delay", "61", "delay is a time in seconds from 0 to 60, not 61."),
        ("tcp", "pieces", "0", "pieces is a whole number of bytes, 1 or more, or None for no such fault; not 0."),
        ("tcp", "cut", "1.5", "cut is a whole number of bytes, 0 or more, or None for no such fault; not 1.5."),
        ("tcp", "gap", "nan", "gap is a time in seconds from 0 to 60, not nan."),
        ("tcp", "reset", "<b>", "reset is a whole number of bytes, 0 or more, or None for no such fault; not '<b>'."),
        ("udp", "loss", "30", "loss is a share from 0 (never) to 1 (always), such as 0.3; not 30."),
    ],
)
def test_bad_input_is_answered_in_words_and_changes_nothing(
    transport: str, field: str, typed: str, answer: str
) -> None:
    source = Source(transport=transport)
    panel = FaultPanel(source.faults)
    panel._fields[field].value = typed
    panel._apply.click()
    assert said(panel) == answer
    assert 'class="nk-wrong"' in panel._said.value
    assert "<b>" not in panel._said.value
    assert source.faults.calm
    assert panel._fields[field].value == typed  # to be mended


def test_it_follows_faults_that_code_has_set() -> None:
    source = Source()
    panel = FaultPanel(source.faults)
    panel._fields["cut"].value = "9"
    panel.follow()
    assert panel._fields["cut"].value == "9"  # nothing changed: what the learner types stays
    source.faults.set(toward="client", pieces=3, swallow=True)
    panel.follow()
    fields = {name: field.value for name, field in panel._fields.items() if field.value}
    assert (panel._toward.value, fields) == ("client", {"pieces": "3", "swallow": True})
    assert said(panel) == (
        "Faults: toward the client everything is swallowed, cut into pieces of 3 bytes, 0.02 s apart."
    )
    source.faults.clear()
    panel.follow()
    assert not any(field.value for field in panel._fields.values())


def test_different_faults_each_way_are_both_told() -> None:
    source = Source()
    panel = FaultPanel(source.faults)
    source.faults.set(toward="server", cut=1)
    source.faults.set(toward="client", reset=2)
    panel.follow()
    assert said(panel) == (
        "Faults: toward the server closed (FIN) after 1 byte; toward the client broken off (RST) after 2 bytes."
    )


def test_every_fault_has_a_field_and_words() -> None:
    tcp, udp = FaultPanel(Source().faults), FaultPanel(Source(transport="udp").faults)
    assert set(tcp._fields) == set(Plan.__dataclass_fields__)
    assert set(udp._fields) == set(UdpPlan.__dataclass_fields__)
    assert all(field.description for panel in (tcp, udp) for field in panel._fields.values())
    assert len(in_words(UdpPlan(loss=0.1, duplicate=0.2, reorder=0.3, delay=1))) == 4
    assert in_words(CALM) == []
