"""A web site for each test; whatever goes wrong on the background thread fails the test that made it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netkit.servers.web.site import Web
from netkit.wire import background
from tests.programs import program


@pytest.fixture
def web() -> Iterator[Web]:
    """A site of its own."""
    background.problems.clear()
    with Web() as made:
        yield made
    assert list(background.problems) == []


@pytest.fixture
def curl() -> str:
    """The path of curl."""
    return program("curl")


@pytest.fixture
def wget() -> str:
    """The path of wget."""
    return program("wget")
