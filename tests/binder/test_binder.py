"""What Binder builds from: as far as it can be told without building it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pin() -> ModuleType:
    """binder/pin.py, which writes environment.yml."""
    spec = importlib.util.spec_from_file_location("pin", ROOT / "binder" / "pin.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    """What environment.yml pins: package and version."""
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    [pip] = [entry["pip"] for entry in dependencies if isinstance(entry, dict)]
    return dict(re.fullmatch(r"([a-z0-9-]+)==([0-9][0-9a-z.]*)", line).groups() for line in pip)  # type: ignore[union-attr]


def test_every_runtime_dependency_is_pinned_to_a_version_that_pyproject_allows(
    pin: ModuleType, pins: dict[str, str]
) -> None:
    needed = pin.requirements()
    assert set(pins) == set(needed)
    assert [name for name, version in pins.items() if not needed[name].specifier.contains(version)] == []


def test_environment_is_as_the_command_writes_it(pin: ModuleType, pins: dict[str, str]) -> None:
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == pin.render(pins)


def test_command_pins_what_is_installed(pin: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    copies = tmp_path / "a.yml", tmp_path / "b.yml"
    monkeypatch.setattr(pin, "COPIES", copies)
    pin.main()
    assert copies[0].read_bytes() == copies[1].read_bytes()
    installed = {name: importlib.metadata.version(name) for name in pin.requirements()}
    assert copies[0].read_text(encoding="utf-8") == pin.render(installed)


def test_command_refuses_a_version_that_the_environments_python_cannot_run(
    pin: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pin, "metadata", lambda name: {"Requires-Python": ">=3.12", "Version": "9"})
    with pytest.raises(SystemExit, match=r" 9 does not run on Python 3\.11"):
        pin.main()


def test_binder_folder_has_a_copy_byte_for_byte() -> None:
    assert (ROOT / "binder" / "environment.yml").read_bytes() == (ROOT / "environment.yml").read_bytes()


def test_post_build_can_be_run() -> None:
    assert os.access(ROOT / "binder" / "postBuild", os.X_OK)
    assert (ROOT / "binder" / "postBuild").read_bytes().startswith(b"#!/usr/bin/env bash\n")


def test_repo2docker_takes_the_folder() -> None:
    """repo2docker reads binder/, takes its conda build with Python 3.11, and would run postBuild."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Building conda environment for python=3.11\n" in said
    assert '--file "binder/environment.yml"' in said
    assert "RUN ./binder/postBuild" in said
