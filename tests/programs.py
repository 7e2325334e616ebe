"""Programs of the system that tests use; in CI all of them are there, and a skip fails."""

from __future__ import annotations

import shutil

import pytest


def program(name: str, package: str = "") -> str:
    """The path of a program.

    Args:
        name: what it is called.
        package: of Debian and Ubuntu, if that is called otherwise.
    """
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian and Ubuntu: apt install {package or name})")
    return found
