"""A web site for each test; whatever goes wrong on the background thread fails the test that made it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from netkit.servers.web.site import Web
from netkit.wire import background


@pytest.fixture
def web() -> Iterator[Web]:
    """A site of its own."""
    background.problems.clear()
    with Web() as made:
        yield made
    assert list(background.problems) == []


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian and Ubuntu: apt install {name})")
    return found


@pytest.fixture
def curl() -> str:
    """The path of curl."""
    return _program("curl")


@pytest.fixture
def wget() -> str:
    """The path of wget."""
    return _program("wget")
