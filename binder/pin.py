"""`make environment`: writes environment.yml and Binder's copy of it, with the versions that are tested here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.metadata import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
COPIES = (ROOT / "environment.yml", ROOT / "binder" / "environment.yml")
PYTHON = "3.11"  # a range made Binder take an older base image


def requirements() -> dict[str, Requirement]:
    """What netkit needs at run time, as pyproject.toml has it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {needed.name: needed for needed in map(Requirement, project["dependencies"])}


def render(versions: Mapping[str, str]) -> str:
    """The text of environment.yml."""
    pins = "".join(f"      - {name}=={version}\n" for name, version in sorted(versions.items()))
    return (
        "# Written by `make environment` from pyproject.toml: change that. netkit itself: binder/postBuild.\n"
        "name: netkit-course\n"
        "channels:\n"
        "  - conda-forge\n"
        "dependencies:\n"
        f"  - python={PYTHON}\n"
        "  - pip\n"
        "  - pip:\n"
        f"{pins}"
    )


def main() -> None:
    """Write both copies.

    Raises:
        SystemExit: what is installed here does not run on the Python of the environment.
    """
    versions = {}
    for name in requirements():
        about = metadata(name)
        if not Requirement(f"python{about.get('Requires-Python') or ''}").specifier.contains(f"{PYTHON}.0"):
            raise SystemExit(f"{name} {about['Version']} does not run on Python {PYTHON}: make PYTHON=python{PYTHON} …")
        versions[name] = about["Version"]
    for path in COPIES:
        path.write_text(render(versions), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
