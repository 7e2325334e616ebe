"""An FTP server for each test; whatever goes wrong on the background thread fails the test that made it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netkit.servers.ftp.ftp import Ftp
from netkit.wire import background
from tests.programs import program


@pytest.fixture
def ftp() -> Iterator[Ftp]:
    """A server of its own."""
    background.problems.clear()
    with Ftp() as made:
        yield made
    assert list(background.problems) == []


@pytest.fixture
def curl() -> str:
    """The path of curl."""
    return program("curl")


@pytest.fixture
def lftp() -> str:
    """The path of lftp."""
    return program("lftp")
