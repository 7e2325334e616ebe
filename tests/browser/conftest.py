"""Fixtures for tests in a real browser: `open_notebook` for a notebook that is there, `open_cells` for a few cells."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium
from tests.browser.lab import Lab, NotebookPage, running_lab
from tests.environment import in_ci

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, once for all tests. Without one: a failure in CI, else a skip that says how to get one."""
    path = chromium.find()
    if path is None:
        (pytest.fail if in_ci() else pytest.skip)(chromium.HOW)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS, headless=True)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab, once for all tests."""
    with running_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def notebook_page(lab: Lab, browser: Browser) -> Iterator[NotebookPage]:
    """A page of the test's own. At its end no script has failed, and no request has left this machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 1400}, service_workers="block")
    context.set_default_timeout(20_000)
    notebook = NotebookPage(context.new_page(), lab)
    yield notebook
    notebook.close()
    context.close()
    assert notebook.page_errors == []
    assert notebook.outside == set()


@pytest.fixture
def open_notebook(notebook_page: NotebookPage) -> Callable[..., NotebookPage]:
    """``open_notebook("en/00_start.ipynb")``: opens a lesson and runs all its cells; ``run=False``: only opens it."""
    return notebook_page.open


_numbers = itertools.count(1)


@pytest.fixture
def open_cells(notebook_page: NotebookPage) -> Callable[..., NotebookPage]:
    """``open_cells("import netkit", "netkit.echo()")``: opens a notebook of these code cells and runs them."""

    def open_(*cells: str, run: bool = True) -> NotebookPage:
        return notebook_page.open(notebook_page.lab.write(f"cells-{next(_numbers)}.ipynb", *cells), run)

    return open_
