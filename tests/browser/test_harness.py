"""The checks that test_lessons.py makes of a lesson find what is wrong with a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.lab import DARK, LIGHT, Lab, NotebookPage

SHOW = "from IPython.display import HTML, display\nimport ipywidgets as widgets\n"
WIDE = '<div style="width: 3000px">wide</div>'


def test_right_notebook_has_no_complaints(open_cells: Callable[..., NotebookPage]) -> None:
    notebook = open_cells(
        SHOW + "display(widgets.Button(description='Send'), widgets.Text(description='To'))",
        f"HTML('<div style=\"overflow: auto\">{WIDE}</div>')  # scrolls within itself",
    )
    notebook.expect_widgets()
    assert (notebook.overflowing(), notebook.clipped_buttons(), notebook.nameless_controls()) == ([], [], [])
    for theme, light in ((DARK, "false"), (LIGHT, "true")):
        notebook.set_theme(theme)
        assert notebook.page.locator("body").get_attribute("data-jp-theme-light") == light


def test_wrong_layout_and_missing_names_are_found(open_cells: Callable[..., NotebookPage]) -> None:
    notebook = open_cells(
        SHOW + f"HTML('{WIDE}')",
        "display(widgets.Button(description='much too long a text for this button'))",
        "display(widgets.Text(), widgets.Button(icon='check'), widgets.Dropdown(options=['one', 'two']))",
    )
    notebook.expect_widgets()
    assert [line.endswith("wide") for line in notebook.overflowing()] == [True]
    assert notebook.clipped_buttons() == ["much too long a text for this button"]
    assert [html.split()[0] for html in notebook.nameless_controls()] == ["<input", "<button", "<select"]


def test_error_is_found(open_cells: Callable[..., NotebookPage]) -> None:
    with pytest.raises(AssertionError, match="division by zero"):
        open_cells("1 / 0", "2")


@pytest.fixture
def unwatched(lab: Lab, browser: Browser) -> Iterator[NotebookPage]:
    """A page whose errors and requests the test looks at itself."""
    context = browser.new_context()
    notebook = NotebookPage(context.new_page(), lab)
    yield notebook
    notebook.close()
    context.close()


def test_broken_widget_exception_and_request_to_elsewhere_are_found(unwatched: NotebookPage) -> None:
    unwatched.page.route("http://elsewhere.invalid/**", lambda route: route.abort())
    view = '{"application/vnd.jupyter.widget-view+json": {"model_id": "none", "version_major": 2}, "text/plain": "x"}'
    unwatched.open(
        unwatched.lab.write(
            "wrong.ipynb",
            SHOW + "display(HTML('<img src=\"http://elsewhere.invalid/a.png\">'))",
            f"display({view}, raw=True)",
        )
    )
    with pytest.raises(AssertionError, match="(?i)widget|model not found"):
        unwatched.expect_widgets()
    with unwatched.page.expect_event("pageerror"):
        unwatched.page.evaluate("() => { setTimeout(() => { throw new Error('not caught') }, 0) }")
    assert unwatched.outside == {"http://elsewhere.invalid/a.png"}
    assert "not caught" in unwatched.page_errors
