"""How a Chromium is found, installed, and missed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.browser import chromium


def program(folder: Path, name: str, script: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose PATH is one empty folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "MAC", str(tmp_path / "mac"))
    monkeypatch.setattr(chromium, "_playwrights_own", lambda: str(tmp_path / "playwright"))
    return tmp_path


def test_first_that_starts_is_taken(nothing_installed: Path) -> None:
    program(nothing_installed, "chromium-browser", "echo 'install the snap'; exit 1")
    chrome = program(nothing_installed, "google-chrome", "echo Google Chrome 140.0")
    program(nothing_installed, "chrome", "echo Chromium 139.0")
    assert chromium.find() == chrome


def test_none(nothing_installed: Path) -> None:
    assert chromium.find() is None


def test_what_is_there_is_not_installed_again(nothing_installed: Path) -> None:
    there = program(nothing_installed, "chromium", "echo Chromium 140.0")
    commands: list[Sequence[str]] = []
    assert chromium.install(lambda command: bool(commands.append(command))) == there
    assert commands == []


@pytest.mark.parametrize(("user", "first"), [(0, "apt-get"), (1000, None)])
def test_root_tries_apt_then_all_try_playwright(
    nothing_installed: Path, monkeypatch: pytest.MonkeyPatch, user: int, first: str | None
) -> None:
    program(nothing_installed, "apt-get", "exit 0")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    commands: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> bool:
        commands.append(command)
        if "playwright" in command:
            program(nothing_installed, "playwright", "echo Chromium 140.0")
        return True

    assert chromium.install(run) == str(nothing_installed / "playwright")
    assert [command[0] for command in commands[:-1]] == ([first, first] if first else [])
    assert commands[-1][1:] == ["-m", "playwright", "install", "chromium"]


def test_failed_update_does_not_install(nothing_installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(nothing_installed, "apt-get", "exit 1")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    commands: list[str] = []
    with pytest.raises(chromium.NoChromium, match=r"apt-get install chromium\n.*playwright install chromium"):
        chromium.install(lambda command: bool(commands.append(command[1])))
    assert commands == ["update", "-m"]


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_missing_browser_is_a_failure_in_ci(
    nothing_installed: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ci: str,
    code: int,
) -> None:
    monkeypatch.setenv("CI", ci)
    assert chromium.main([]) == code
    assert capsys.readouterr().err.startswith("No Chromium was found")
