"""What the tests of exercises have in common."""

from __future__ import annotations

import re
from typing import Any

from netkit.course.judge import State, Verdict


def made(source: str, name: str) -> Any:
    """What a program defines."""
    space: dict[str, Any] = {}
    exec(source, space)
    return space[name]


def says(verdict: Verdict, state: State, pattern: str) -> None:
    """The verdict has this state, and its message matches."""
    assert verdict.state is state, str(verdict)
    assert re.search(pattern, verdict.message), verdict.message
