"""The repo itself: what it promises in one place holds in the others."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import netkit
from tests.notebooks.lessons import lessons

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME = [Requirement(line).name for line in PROJECT["dependencies"]]
TEST = [Requirement(line).name for line in PROJECT["optional-dependencies"]["test"]]
BUILT = {
    ".git",
    ".venv",
    ".hypothesis",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".ipynb_checkpoints",
    "__pycache__",
}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def files() -> list[Path]:
    """The files of the repo, without what is built."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in BUILT]
        found += [Path(folder) / name for name in names]
    return found


def make(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def test_version_is_the_same_everywhere() -> None:
    assert netkit.__version__ == PROJECT["version"]
    assert f"\n## {netkit.__version__}\n" in text("CHANGELOG.md")


def test_contributing_gives_a_reason_for_every_dependency_and_for_no_other() -> None:
    reasons = dict(re.findall(r"^\| (?!package )([a-z0-9-]+) \| (\S.{9,}) \|$", text("CONTRIBUTING.md"), re.MULTILINE))
    assert list(reasons) == [*RUNTIME, *TEST]


def test_wheel_has_texts_scripts_and_styles(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    [wheel] = tmp_path.glob("*.whl")
    assert wheel.name.startswith(f"netkit_course-{netkit.__version__}-py3-none-any")
    package = {path.relative_to(ROOT).as_posix() for path in files() if path.is_relative_to(ROOT / "netkit")}
    assert {Path(name).suffix for name in package} == {".py", ".po", ".js", ".css"}
    assert package <= set(zipfile.ZipFile(wheel).namelist())


def test_readme_names_commands_calls_and_lessons_that_are_there() -> None:
    readme = text("README.md")
    verbs = set(re.findall(r"(?:`|^)make ([a-z-]+)", readme + text("CONTRIBUTING.md"), re.MULTILINE))
    assert make("--dry-run", *sorted(verbs)).returncode == 0
    calls = set(re.findall(r"`(?:[^`]* )?netkit\.([a-z_]+)\(", readme))
    assert calls
    assert calls <= set(netkit.__all__)
    linked = re.findall(r"\]\((?!https?:)([^)]+)\)", readme)
    assert [link for link in linked if not (ROOT / link).exists()] == []
    assert {path.relative_to(ROOT).as_posix() for path in lessons("en")} <= set(linked)


def test_readme_has_the_tests_of_the_makefile_in_plain_commands() -> None:
    plain = text("README.md").replace(" -n 2 --dist loadfile", "")
    tests = make("--dry-run", "--always-make", "test").stdout.replace("\\\n", "")
    run = [" ".join(line.split()) for line in tests.splitlines() if re.search(r"-m (ruff|mypy|pytest)", line)]
    assert len(run) == 7
    assert [line for line in run if line.replace(" -n 2 --dist loadfile", "") not in plain] == []


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        ("echo 3.10", "3.10"),
        ("exit 127", "not to be had"),
        (
            'case "$*" in *ensurepip*) exit 1;; *) echo 3.12;; esac',
            "3.12, without venv (Debian and Ubuntu: apt install",
        ),
    ],
)
def test_unsuitable_python_gets_a_clear_message(tmp_path: Path, script: str, seen: str) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    done = make("--always-make", ".venv/lab", f"PYTHON={python}")
    assert done.returncode == 2
    assert "The course needs a Python 3.11, 3.12, 3.13 or 3.14 with venv." in done.stderr
    assert f"  {python}: {seen}" in done.stderr


def test_no_place_of_one_machine_is_named() -> None:
    assert found_in_files(r"/(?:root|work|home/(?!(?:someone|kolya)\b)[\w]+)/") == []


def test_no_host_is_named_but_those_to_read_at() -> None:
    """Above all no registry: where packages come from is the affair of the machine that installs them."""
    known = r"(?:[\w-]+\.)*example\.(?:org|com|net)|(?:docs\.|www\.)?python\.org|www\.rfc-editor\.org"
    known += r"|mybinder\.org|creativecommons\.org|url\.spec\.whatwg\.org|xmlrpc\.com|www\.wireshark\.org"
    known += r"|requests\.readthedocs\.io|www\.python-httpx\.org|a\.org|ns\.net"  # the last two: a test's names
    host = rf"(?<![\w.-])(?!(?:{known})\b)(?:[\w-]+\.)+(?:org|com|net|io|dev)\b"
    assert found_in_files(host) == []


def found_in_files(pattern: str) -> list[str]:
    """Where the repo's text files hold it, whether in capitals or not."""
    found = []
    for path in files():
        try:
            content = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for match in re.finditer(pattern, content, re.IGNORECASE):
            found.append(f"{path.relative_to(ROOT)}: {match[0]}")
    return found


def test_nothing_says_to_install_the_other_project_of_that_name() -> None:
    wrong = re.compile(r"pip +install netkit(?!-course)\b")
    assert [
        path for path in files() if path.suffix in {".md", ".ipynb", ".po"} and wrong.search(path.read_text("utf-8"))
    ] == []


def test_ci_script_is_bash_that_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], timeout=10).returncode == 0
