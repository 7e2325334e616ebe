"""What a fault can be set to, and what it is told otherwise."""

from __future__ import annotations

import math
from typing import Any

import pytest

from netkit.errors import BadInput
from netkit.wire import background
from netkit.wire.address import Address
from netkit.wire.faults import CALM, Faults, Plan, UdpPlan
from netkit.wire.tap import Tap

SECONDS = "{name} is a time in seconds from 0 to 60, not {value!r}."
BYTES = "{name} is a whole number of bytes, {least} or more, or None for no such fault; not {value!r}."
SHARE = "{name} is a share from 0 (never) to 1 (always), such as 0.3; not {value!r}."
NO_SECONDS = [-0.001, 60.001, 10**400, math.inf, -math.inf, math.nan, "1", None, True, 1j, [1]]
NO_SHARE = [-0.001, 1.001, 10**400, math.inf, math.nan, "0.5", None, True]

BAD = [
    *(("tcp", name, value, SECONDS) for name in ("delay", "gap") for value in NO_SECONDS),
    *(
        ("tcp", name, v, BYTES.replace("{least}", "1"))
        for name in ("bandwidth", "pieces")
        for v in (0, -1, 1.0, True, "")
    ),
    *(("tcp", name, v, BYTES.replace("{least}", "0")) for name in ("cut", "reset") for v in (-1, 0.0, False, "1", b"")),
    *(("tcp", "swallow", value, "swallow is True or False, not {value!r}.") for value in (0, 1, None, "yes")),
    *(("udp", name, value, SHARE) for name in ("loss", "duplicate", "reorder") for value in NO_SHARE),
    *(("udp", "delay", value, SECONDS) for value in NO_SECONDS),
    *(("udp", "seed", value, "seed is a whole number, not {value!r}.") for value in (None, 1.0, True, "1")),
]


def faults(transport: str, changes: list[str] | None = None) -> Faults[Any]:
    told = changes if changes is not None else []
    return Faults(CALM if transport == "tcp" else UdpPlan(), lambda: told.append("changed"))


@pytest.mark.parametrize(("transport", "name", "value", "message"), BAD, ids=lambda value: str(value)[:20])
def test_a_value_out_of_range_is_named_and_changes_nothing(
    transport: str, name: str, value: object, message: str
) -> None:
    told: list[str] = []
    wrong = faults(transport, told)
    wrong.set("client", delay=1)
    before = dict(wrong.plans)
    with pytest.raises(BadInput) as caught:
        wrong.set(delay=2, **{name: value}) if name != "delay" else wrong.set(delay=value)
    assert str(caught.value) == message.format(name=name, value=value)
    assert isinstance(caught.value, ValueError)
    assert wrong.plans == before
    assert told == ["changed"]


@pytest.mark.parametrize("value", ["Server", "", None, 1, ["server"], {}])
def test_a_way_that_there_is_not(value: object) -> None:
    with pytest.raises(BadInput) as caught:
        faults("tcp").set(value, delay=1)  # type: ignore[arg-type]
    assert str(caught.value) == f'toward is "server", "client" or "both", not {value!r}.'


@pytest.mark.parametrize(
    ("transport", "known"),
    [
        ("tcp", "delay, bandwidth, pieces, gap, cut, reset, swallow"),
        ("udp", "loss, duplicate, reorder, delay, seed"),
    ],
)
def test_a_fault_that_there_is_not(transport: str, known: str) -> None:
    with pytest.raises(BadInput) as caught:
        faults(transport).set(slowness=3)
    assert str(caught.value) == f"There is no fault called 'slowness'; there are: {known}."


@pytest.mark.parametrize(
    "change",
    [{"delay": 0}, {"delay": 60}, {"delay": 60.0}, {"gap": 0}, {"bandwidth": 1}, {"bandwidth": 10**400}, {"pieces": 1},
     {"cut": 0}, {"reset": 0}, {"swallow": True}, {"bandwidth": None}],
    ids=str,
)  # fmt: skip
def test_values_at_the_ends_of_their_ranges(change: dict[str, Any]) -> None:
    (name, value), *_none = change.items()
    assert getattr(faults("tcp").set(**change).plans["server"], name) == value


def test_changes_are_made_one_upon_the_other_and_each_way() -> None:
    some = faults("tcp")
    some.set(delay=1).set("server", pieces=3)
    assert some.plans == {"server": Plan(delay=1, pieces=3), "client": Plan(delay=1)}
    assert not some.calm
    some.clear()
    assert some.plans == {"server": CALM, "client": CALM}
    assert some.calm


def test_in_a_block_they_are_cleared_at_its_end() -> None:
    some = faults("tcp")
    with pytest.raises(ZeroDivisionError), some.set(delay=1):
        assert not some.calm
        raise ZeroDivisionError
    assert some.calm


def test_they_say_what_is_set() -> None:
    some = faults("tcp")
    assert repr(some) == "No faults: the wire works as it should."
    assert repr(some.set(delay=1)) == "Faults: delay=1, both ways"
    assert (
        repr(some.set("client", pieces=3)) == "Faults: delay=1 toward the server; delay=1, pieces=3 toward the client"
    )
    some.clear()
    assert repr(some.set("server", cut=0)) == "Faults: cut=0 toward the server"


def test_an_enormous_bandwidth_is_no_mistake_of_ours() -> None:
    tap = Tap(Address("127.0.0.1", 1))
    tap.faults.set(bandwidth=10**400)
    assert not background.problems
