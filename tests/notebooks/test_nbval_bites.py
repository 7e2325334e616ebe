"""Strict nbval, as `make notebooks` calls it, catches a stored output that is not what the cell shows.

The cells below are run and stored by `make outputs`: nbval passes them all. Then each stored output is falsified: nbval
fails them all.
"""

from __future__ import annotations

import copy
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.notebooks import lint, outputs, sanitize
from tests.notebooks.lessons import ROOT

Change = Callable[[NotebookNode], None]


def _text(text: str) -> Change:
    return lambda cell: cell.outputs[0].update(text=text)


def _plain(text: str) -> Change:
    return lambda cell: cell.outputs[0].data.update({"text/plain": text})


def _add(output: NotebookNode) -> Change:
    return lambda cell: cell.outputs.append(output)


CELLS: dict[str, tuple[str, Change]] = {
    "stream": ('print("18 bytes")', _text("19 bytes\n")),
    "missing": ('print("18 bytes")', lambda cell: cell.update(outputs=[])),
    "widget-repr": (
        "import ipywidgets\nfrom IPython.display import clear_output, display\nipywidgets.IntSlider(value=18)",
        _plain("IntSlider(value=19)"),
    ),
    "cleared": ('print("gone")\nclear_output()\nprint("left")', _text("gone\nleft\n")),
    "cleared-at-the-next": ('print("gone")\nclear_output(wait=True)\nprint("left")', _text("gone\nleft\n")),
    "updated": ('handle = display("first", display_id=True)\nhandle.update("second")', _plain("'first'")),
    "captured": (
        'output = ipywidgets.Output()\nwith output:\n    print("inside")\nprint("below")',
        _text("inside\nbelow\n"),
    ),
    "silenced": ("18;", _add(new_output("execute_result", {"text/plain": "18"}, execution_count=8))),
    "history": ("Out[3].value", _plain("19")),
    "figure": (
        "%matplotlib inline\nimport matplotlib.pyplot\nmatplotlib.pyplot.plot([1, 2]);",
        lambda cell: cell.update(outputs=[]),
    ),
    "address": (
        'import socket\nwith socket.create_server(("127.0.0.1", 0)) as server:\n    print(server.getsockname())',
        _text("('127.0.0.1', 80)\n"),
    ),
    "error": ("1 / 0", lambda cell: cell.outputs[0].update(ename="ValueError")),
}


def _run_nbval(*paths: Path) -> dict[str, bool]:
    """Whether each cell passed, as ``notebook/id``."""
    report = paths[0].with_suffix(".xml")
    options = ["--nbval-current-env", "--nbval-cell-timeout", "60", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            f"--rootdir={ROOT}",
            "-c",
            str(ROOT / "pyproject.toml"),
            f"--junitxml={report}",
        ]
        + [
            "-p",
            "tests.notebooks.nbval_as_saved",
            "--nbval",
            *options,
            "--nbval-sanitize-with",
            str(sanitize.PATH),
            *map(str, paths),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=paths[0].parent,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode in (0, 1), (
        done.stdout + done.stderr
    )  # 0: all passed, 1: some failed; not: an error of pytest's
    cases = list(ElementTree.parse(report).iter("testcase"))
    ids = [f"{path.stem}/{name}" for path in paths for name in CELLS]
    assert len(cases) == len(ids), done.stdout
    return {name: case.find("failure") is None for name, case in zip(ids, cases, strict=True)}


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook of the cells above, as `make outputs` stores it."""
    path = tmp_path_factory.mktemp("nbval") / "right.ipynb"
    tags = {"error": {"tags": [lint.RAISES]}}
    notebook = new_notebook(
        cells=[new_code_cell(source, id=name, metadata=tags.get(name, {})) for name, (source, _) in CELLS.items()]
    )
    notebook.nbformat_minor = 5
    nbformat.write(notebook, path)
    done = subprocess.run(
        [sys.executable, "-m", "tests.notebooks.outputs", path], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def passed(right: Path) -> dict[str, bool]:
    """What strict nbval says of the right notebook and of the one in which every output is false."""
    falsified = nbformat.read(right, as_version=4)
    for cell in falsified.cells:
        CELLS[cell.id][1](cell)
    wrong = right.with_name("wrong.ipynb")
    nbformat.write(falsified, wrong)
    return _run_nbval(right, wrong)


@pytest.mark.parametrize("cell", CELLS)
def test_right_output_passes(passed: dict[str, bool], cell: str) -> None:
    assert passed[f"right/{cell}"]


@pytest.mark.parametrize("cell", CELLS)
def test_wrong_output_is_caught(passed: dict[str, bool], cell: str) -> None:
    assert not passed[f"wrong/{cell}"]


def test_cell_without_count_is_left_to_the_lint(right: Path) -> None:
    """nbval compares nothing there: why the lint asks for every count."""
    notebook = nbformat.read(right, as_version=4)
    notebook.cells[0].update(execution_count=None, outputs=[])
    assert lint.counts_are_in_order(notebook)


def test_second_run_of_outputs_changes_nothing(right: Path) -> None:
    before = right.read_bytes()
    command = [sys.executable, "-m", "tests.notebooks.outputs", right]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.stdout.split() == [*outputs.name(right).split(), "as", "it", "was"], done.stderr
    assert right.read_bytes() == before


def test_stored_outputs_keep_the_rules(right: Path) -> None:
    notebook = nbformat.read(right, as_version=4)
    for rule in (lint.metadata_is_bare, lint.outputs_name_no_machine, lint.counts_are_in_order, lint.errors_are_wanted):
        assert rule(copy.deepcopy(notebook)) == []


def test_failing_cell_is_reported_and_nothing_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "fails.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0", id="division")]), path)
    before = path.read_bytes()
    command = [sys.executable, "-m", "tests.notebooks.outputs", path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert path.read_bytes() == before
