"""For the tests of the wire: whatever goes wrong on the background thread fails the test that made it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netkit.wire import background
from tests.wire.peers import UdpWire, Wire


@pytest.fixture(autouse=True)
def problems() -> Iterator[list[str]]:
    """The test puts in here the beginnings of the problems that it expects."""
    background.problems.clear()
    expected: list[str] = []
    yield expected
    seen = list(background.problems)
    background.problems.clear()
    assert [text for text in seen if not text.startswith(tuple(expected))] == []
    assert [e for e in expected if not any(text.startswith(e) for text in seen)] == [], seen


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A tap in front of a listening socket."""
    with Wire() as made:
        yield made


@pytest.fixture
def udp() -> Iterator[UdpWire]:
    """A UDP tap in front of a socket."""
    with UdpWire() as made:
        yield made
