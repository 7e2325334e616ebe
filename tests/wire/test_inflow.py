"""What waits in a gate: it is read in its order, the client is held back meanwhile, what is lost is noted."""

from __future__ import annotations

from typing import Any

import pytest

from netkit.wire.conversation import Kind, Side
from netkit.wire.inflow import Inflow
from netkit.wire.pipe import HELD


class Wire:
    """Stands for the client's pipe and its recording, and notes what it is told; reads up to the next ``|``."""

    def __init__(self) -> None:
        self.recording = self
        self.noted: list[tuple[object, ...]] = []
        self.inflow = Inflow(self, self.read)  # type: ignore[arg-type]
        self.inflow.live = True

    def read(self, data: bytes) -> bytes:
        if not data:
            self.inflow.finish()
        part, bar, rest = data.partition(b"|")
        self.inflow.pass_on(part)
        self.inflow.waits = bool(bar)
        return rest

    def now(self) -> float:
        return 7.0

    def deliver(self, data: bytes, sent: float | None, side: Side) -> None:
        assert side is Side.CLIENT
        self.noted.append((data, sent))

    def add(self, side: Side, kind: Kind, data: bytes, sent: float | None) -> None:
        assert side is Side.CLIENT
        self.noted.append((kind, data, sent))

    def pause(self) -> None:
        self.noted.append(("pause",))

    def resume(self) -> None:
        self.noted.append(("resume",))


@pytest.fixture
def wire() -> Wire:
    return Wire()


def go_on(wire: Wire) -> Any:
    wire.inflow.waits = False
    wire.inflow.go_on()
    return wire.noted


def test_what_waits_goes_on_in_its_order_with_the_time_at_which_it_came(wire: Wire) -> None:
    wire.inflow.add(b"one|two", 1.0)
    wire.inflow.add(b"three", None)
    wire.inflow.add(b"", 9.0)
    assert (wire.noted, wire.inflow.held, wire.inflow.busy) == ([(b"one", 1.0)], 8, True)
    assert go_on(wire)[1:] == [(b"two", 1.0), (b"three", 7.0), (b"", 9.0)]
    assert (wire.inflow.held, wire.inflow.busy) == (0, False)


def test_the_rest_of_a_piece_goes_on_before_the_next_one(wire: Wire) -> None:
    wire.inflow.add(b"|one|two", 1.0)
    wire.inflow.add(b"three", 2.0)
    assert go_on(wire) == [(b"one", 1.0)]
    assert go_on(wire)[1:] == [(b"two", 1.0), (b"three", 2.0)]


def test_what_comes_while_nothing_waits_goes_at_once(wire: Wire) -> None:
    wire.inflow.add(b"one", None)
    assert wire.noted == [(b"one", None)]


def test_what_is_put_back_is_read_again_first(wire: Wire) -> None:
    wire.inflow.add(b"|", 1.0)
    wire.inflow.add(b"later", 3.0)
    wire.inflow.sent = 2.0
    wire.inflow.put_back(b"again")
    assert go_on(wire) == [(b"again", 2.0), (b"later", 3.0)]


def test_the_client_is_held_back_while_too_much_waits(wire: Wire) -> None:
    wire.inflow.add(b"|", 1.0)
    wire.inflow.add(bytes(HELD), 1.0)
    assert wire.noted == []
    for _time in range(2):
        wire.inflow.add(b"x", 1.0)
    assert wire.noted == [("pause",)]
    assert go_on(wire)[-1] == ("resume",)
    go_on(wire)
    assert [entry for entry in wire.noted if len(entry) == 1] == [("pause",), ("resume",)]


def test_what_has_gone_long_ago_does_not_go_twice(wire: Wire) -> None:
    wire.inflow.live = False
    wire.inflow.add(b"|gone", 1.0)
    wire.inflow.gone, wire.inflow.live = 4, True
    wire.inflow.add(b"new", 2.0)
    assert go_on(wire) == [(b"new", 2.0)]
    assert wire.inflow.gone == 0


def test_what_has_gone_long_ago_is_not_lost(wire: Wire) -> None:
    wire.inflow.add(b"|gone and not gone", 1.0)
    wire.inflow.add(b"nor this", None)
    wire.inflow.gone = 4
    wire.inflow.lose()
    assert wire.noted == [(Kind.LOST, b" and not gone", 1.0), (Kind.LOST, b"nor this", 7.0)]
    assert not wire.inflow.busy


def test_nothing_is_passed_on_while_the_gate_catches_up(wire: Wire) -> None:
    wire.inflow.live = False
    wire.inflow.add(b"said long ago", 1.0)
    wire.inflow.add(b"", 1.0)
    assert wire.noted == []


def test_when_it_is_over_all_is_lost(wire: Wire) -> None:
    wire.inflow.add(b"|", 1.0)
    wire.inflow.over = True
    wire.inflow.add(b"x", 2.0)
    wire.inflow.go_on()
    assert wire.noted == [(Kind.LOST, b"x", 2.0)]
