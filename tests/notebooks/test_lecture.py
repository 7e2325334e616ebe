"""The map of the lecture: each listing, call and exception of it stands in its lesson, in both languages."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from tests.notebooks.lessons import LANGUAGES, NOTEBOOKS
from tests.notebooks.lint import syntax_tree

LECTURE: dict[str, dict[str, list[str]]] = tomllib.loads(
    (Path(__file__).parent / "lecture.toml").read_text(encoding="utf-8")
)
L1_TO_L24 = [f"L{number}" for number in range(1, 25)]
HERE = [
    pytest.param(language, lesson, id=f"{language}/{lesson}")
    for language in LANGUAGES
    for lesson in LECTURE
    if (NOTEBOOKS / language / f"{lesson}.ipynb").exists()
]


def read(language: str, lesson: str) -> NotebookNode:
    return nbformat.read(NOTEBOOKS / language / f"{lesson}.ipynb", as_version=4)


def ran(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells; their execution counts are held by the lint."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.execution_count]


def names(cell: NotebookNode) -> Iterator[str]:
    """What a cell calls or looks up: ``session.sendmail`` gives sendmail, ``quote("x")`` gives quote."""
    tree = syntax_tree(cell.source)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id == "netkit"):
            yield node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def shown(cell: NotebookNode) -> str:
    """All text that a cell shows."""
    texts: list[str] = []
    for output in cell.outputs:
        data: dict[str, Any] = output.get("data", {})
        texts += [output.get("text", ""), data.get("text/plain", ""), output.get("ename", "")]
    return "\n".join(texts)


@pytest.mark.parametrize(("language", "lesson"), HERE)
def test_listings_are_marked(language: str, lesson: str) -> None:
    marked = {name for cell in ran(read(language, lesson)) for name in cell.metadata.get("listing", ())}
    assert sorted(marked) == sorted(LECTURE[lesson]["listing"])


@pytest.mark.parametrize(("language", "lesson"), HERE)
def test_calls_stand_in_cells_that_run(language: str, lesson: str) -> None:
    used = {name for cell in ran(read(language, lesson)) for name in names(cell)}
    assert [call for call in LECTURE[lesson]["call"] if call.rpartition(".")[2] not in used] == []


@pytest.mark.parametrize(("language", "lesson"), HERE)
def test_exceptions_are_caught_and_shown(language: str, lesson: str) -> None:
    missing = []
    for exception in LECTURE[lesson]["exception"]:
        name = exception.rpartition(".")[2]
        cells = [cell for cell in ran(read(language, lesson)) if name in set(names(cell))]
        if not any(name in shown(cell) for cell in cells):
            missing.append(exception)
    assert missing == []


def test_the_map_bites() -> None:
    """A call in a comment or a string is no call, and netkit.mail is not the SMTP command."""
    cell = nbformat.v4.new_code_cell('netkit.mail()\n# session.rcpt()\nprint("session.helo()", session.vrfy)\nquote(1)')
    assert set(names(cell)) == {"vrfy", "print", "quote"}
    assert {listing for section in LECTURE.values() for listing in section["listing"]} == {
        f"L{n}" for n in range(1, 25)
    }
