"""Learners' servers that end with their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psutil
import pytest

from netkit.servers.process import LearnerServer


@pytest.fixture
def learner() -> Iterator[Callable[..., LearnerServer]]:
    """Makes servers; when the test ends they are stopped, and nothing of them may be left."""
    made: list[LearnerServer] = []

    def make(name: str = "palindrome", protocol: str = "text") -> LearnerServer:
        made.append(LearnerServer(name, protocol))
        return made[-1]

    yield make
    for server in made:
        server.stop()
    assert psutil.Process().children() == []
