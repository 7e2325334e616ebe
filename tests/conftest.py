"""For all tests: nobody's proxies, and in CI nothing is skipped."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import pytest

from tests.environment import PERSONAL, in_ci
from tests.programs import program


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies and netkit's language are what a test sets, not what its user has."""
    for name in PERSONAL:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def tshark() -> str:
    """The path of tshark, Wireshark's terminal program."""
    return program("tshark")


Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def _no_skip_in_ci(report: Report) -> Report:
    """In CI, where all that the tests need is installed, a skip is a failure: what was not tried has not passed."""
    if in_ci() and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and CI skips nothing: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """For tests and their fixtures."""
    return _no_skip_in_ci((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """For whole modules."""
    return _no_skip_in_ci((yield))
