"""Each lesson in JupyterLab, in both languages: Run All, and all that it shows is there, whole and named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.lab import DARK, LIGHT, NotebookPage
from tests.notebooks.lessons import NOTEBOOKS, lessons, name


@pytest.mark.parametrize("path", lessons(), ids=name)
def test_lesson_runs_and_shows_everything(open_notebook: Callable[..., NotebookPage], path: Path) -> None:
    """No error, no request to elsewhere (the fixture), every widget drawn, nothing too wide, every control named."""
    notebook = open_notebook(path.relative_to(NOTEBOOKS).as_posix())
    notebook.expect_widgets()
    for theme in (LIGHT, DARK):
        notebook.set_theme(theme)
        notebook.shoot(f"{name(path)}-{theme.split()[-1].lower()}")
    assert notebook.overflowing() == []
    assert notebook.clipped_buttons() == []
    assert notebook.nameless_controls() == []
