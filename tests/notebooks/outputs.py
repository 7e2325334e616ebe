"""`make outputs`: runs lessons in place and stores what they show, so that a second run changes nothing.

    python -m tests.notebooks.outputs [NOTEBOOK …]     without a name: all lessons

What a run shows differently each time (a port, a measured time, the pixels of a time axis) is kept as it was stored,
as long as all else that the cell shows is equal. Widgets are stored as their text: a page that cannot run them, and
JupyterLab before Run All, shows that and no "model not found".
"""

from __future__ import annotations

import copy
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.environment import jupyter_home, without_personal
from tests.notebooks.lessons import lessons, name
from tests.notebooks.sanitize import Sanitizer, load

CELL_TIMEOUT = 60  # seconds; nbval's limit in the Makefile is the same
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
KEPT_CELL_METADATA = {"tags", "jupyter", "listing"}  # which of the lecture; not: timings, scroll positions
WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURE = "image/png"


def _texts(value: Any, change: Callable[[str], str]) -> Any:
    """The same data with each text in it changed; base64 of pictures is no text."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return type(value)({key: part if key == PICTURE else _texts(part, change) for key, part in value.items()})
    if isinstance(value, list):
        return [_texts(part, change) for part in value]
    return value


def _comparable(outputs: Sequence[NotebookNode], sanitizer: Sanitizer) -> list[Any]:
    """What must be equal for the stored outputs to stay: the texts, and that there is a picture."""
    plain = copy.deepcopy(list(outputs))
    for output in plain:
        output.pop("traceback", None)  # its lines differ from one Python to the next; ename and evalue stay
        if PICTURE in output.get("data", {}):
            output["data"][PICTURE] = "a picture"
    compared: list[Any] = _texts(plain, sanitizer.for_comparing)
    return compared


def settle(new: NotebookNode, stored: NotebookNode, sanitizer: Sanitizer) -> None:
    """Change a notebook that has just run into what is to be stored.

    Args:
        new: the notebook after the run; it is changed in place.
        stored: the same notebook before the run.
        sanitizer: what differs from run to run.
    """
    new.metadata = nbformat.from_dict(METADATA)
    for cell, old in zip(new.cells, stored.cells, strict=True):
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in KEPT_CELL_METADATA})
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            output.get("data", {}).pop(WIDGET, None)
            output.get("metadata", {}).pop(WIDGET, None)
        cell.outputs = _texts(cell.outputs, sanitizer.for_storing)
        same = _comparable(cell.outputs, sanitizer) == _comparable(old.outputs, sanitizer)
        # What is stored must itself be what may be stored: an older pattern, or a run by hand, may have left more.
        if same and _texts(old.outputs, sanitizer.for_storing) == old.outputs:
            cell.outputs = old.outputs


def run(path: Path, sanitizer: Sanitizer) -> bool:
    """Run one notebook and store what it shows.

    Returns:
        Whether the file changed.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed that is not tagged raises-exception; nothing is stored.
        nbclient.exceptions.CellTimeoutError: a cell ran for longer than CELL_TIMEOUT.
    """
    before = path.read_text(encoding="utf-8")
    stored = nbformat.reads(before, as_version=4)
    new = copy.deepcopy(stored)
    NotebookClient(
        new,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    settle(new, stored, sanitizer)
    after = nbformat.writes(new) + "\n"
    if after != before:
        path.write_text(after, encoding="utf-8", newline="\n")
    return after != before


def main(arguments: Sequence[str]) -> int:
    """Run the named notebooks, or all lessons."""
    paths = [Path(argument) for argument in arguments] or lessons()
    if not paths:
        print("There are no lessons in notebooks/.", file=sys.stderr)
        return 1
    sanitizer = load()
    with tempfile.TemporaryDirectory(prefix="netkit-outputs-", ignore_cleanup_errors=True) as home:
        clean = {**without_personal(os.environ), **jupyter_home(Path(home))}
        os.environ.clear()
        os.environ.update(clean)
        for path in paths:
            print(name(path), "changed" if run(path, sanitizer) else "as it was", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
