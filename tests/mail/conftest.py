"""A mail server for each test; whatever goes wrong on the background thread fails the test that made it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netkit.servers.mail.post import Mail
from netkit.wire import background
from tests.programs import program


@pytest.fixture
def mail() -> Iterator[Mail]:
    """A server of its own, with the first letters."""
    background.problems.clear()
    with Mail() as made:
        yield made
    assert list(background.problems) == []


@pytest.fixture
def swaks() -> str:
    """The path of swaks, the SMTP tester's tool."""
    return program("swaks")


@pytest.fixture
def curl() -> str:
    """The path of curl."""
    return program("curl")


@pytest.fixture
def msmtp() -> str:
    """The path of msmtp, which sends mail as sendmail does."""
    return program("msmtp")


@pytest.fixture
def mpop() -> str:
    """The path of mpop, which fetches mail by POP3."""
    return program("mpop")
