"""An FTP server for each test; whatever goes wrong on the background thread fails the test that made it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from netkit.servers.ftp.ftp import Ftp
from netkit.wire import background


@pytest.fixture
def ftp() -> Iterator[Ftp]:
    """A server of its own."""
    background.problems.clear()
    with Ftp() as made:
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
def lftp() -> str:
    """The path of lftp."""
    return _program("lftp")
