"""Finds the Chromium in which lessons are tested, or installs one.

python -m tests.browser.chromium               prints its path
python -m tests.browser.chromium --install     installs one where there is none
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

from tests.environment import in_ci

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
INSTALL_LIMIT = 600  # seconds
HOW = """No Chromium was found, and none could be installed: the tests in tests/browser cannot run.
  Debian, as root:   apt-get install chromium
  anywhere else:     python -m playwright install chromium
                     and, where libraries are missing, as root: python -m playwright install-deps chromium"""


class NoChromium(Exception):
    """There is none, and none could be installed."""


def _starts(path: str) -> bool:
    """Whether it is a browser that runs: Ubuntu's chromium-browser may only say that there is a snap."""
    try:
        done = subprocess.run([path, "--version", "--no-sandbox"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "Chrom" in done.stdout


def _playwrights_own() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path  # where it would be: it need not be there


def _candidates() -> Iterator[str]:
    for name in NAMES:
        if path := shutil.which(name):
            yield path
    yield MAC
    yield _playwrights_own()


def find() -> str | None:
    """The path of a Chromium that starts, or None."""
    return next((path for path in _candidates() if _starts(path)), None)


def _run(command: Sequence[str]) -> bool:
    print("+", *command, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, timeout=INSTALL_LIMIT).returncode == 0
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, flush=True)
        return False


def _ways() -> Iterator[list[list[str]]]:
    """The ways to install one, each as commands that must all succeed."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        packages = ["chromium", "fonts-dejavu-core", "fonts-liberation"]
        yield [["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", *packages]]
    yield [[sys.executable, "-m", "playwright", "install", "chromium"]]


def install(run: Callable[[Sequence[str]], bool] = _run) -> str:
    """The path of a Chromium that starts, after installing one if need be.

    Raises:
        NoChromium: no way of installing it led to one that starts.
    """
    for commands in [[], *_ways()]:
        if all(run(command) for command in commands) and (path := find()):
            return path
    raise NoChromium(HOW)


def main(arguments: Sequence[str]) -> int:
    """Print the path; without one, 1 in CI, where the tests must run, and else 0: the tests say that they skip."""
    try:
        path = install() if "--install" in arguments else find()
        if path is None:
            raise NoChromium(HOW)
    except NoChromium as error:
        print(error, file=sys.stderr, flush=True)
        return 1 if in_ci() else 0
    print("Chromium:", path, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
