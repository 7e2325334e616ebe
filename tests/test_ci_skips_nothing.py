"""In CI a skipped test is a failed one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SKIPS = {
    "in_a_test": "import pytest\ndef test_one():\n    pytest.skip('no tshark')\n",
    "by_a_mark": "import pytest\n@pytest.mark.skip(reason='no tshark')\ndef test_one():\n    pass\n",
    "of_a_module": "import pytest\npytest.skip('no tshark', allow_module_level=True)\n",
}


@pytest.mark.parametrize("ci", ["true", ""])
def test_skip(tmp_path: Path, ci: str) -> None:
    for name, source in SKIPS.items():
        (tmp_path / f"test_{name}.py").write_text(source)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "pytest_timeout",
        "-p",
        "tests.conftest",
        "-c",
        str(ROOT / "pyproject.toml"),
        str(tmp_path),
    ]
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # quicker
    done = subprocess.run(
        [*command, "--continue-on-collection-errors"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    # A mark and a module skip before the test itself: pytest calls those failures errors.
    outcome = "1 failed, 2 errors in" if ci else "3 skipped in"
    assert outcome in done.stdout.splitlines()[-1], done.stdout
