"""A mail server for each test; whatever goes wrong on the background thread fails the test that made it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from netkit.servers.mail.post import Mail
from netkit.wire import background


@pytest.fixture
def mail() -> Iterator[Mail]:
    """A server of its own, with the first letters."""
    background.problems.clear()
    with Mail() as made:
        yield made
    assert list(background.problems) == []


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian and Ubuntu: apt install {name})")
    return found


@pytest.fixture
def swaks() -> str:
    """The path of swaks, the SMTP tester's tool."""
    return _program("swaks")


@pytest.fixture
def curl() -> str:
    """The path of curl."""
    return _program("curl")


@pytest.fixture
def msmtp() -> str:
    """The path of msmtp, which sends mail as sendmail does."""
    return _program("msmtp")


@pytest.fixture
def mpop() -> str:
    """The path of mpop, which fetches mail by POP3."""
    return _program("mpop")
