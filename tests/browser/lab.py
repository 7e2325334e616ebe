"""A real JupyterLab with an empty home, and a notebook open in it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, Page

from tests.environment import jupyter_home, without_personal
from tests.notebooks.lessons import NOTEBOOKS
from tests.notebooks.lint import RAISES
from tests.notebooks.outputs import METADATA, WIDGET

SETTINGS: dict[str, dict[str, object]] = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # all cells in the page, also those out of sight
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
START_LIMIT = 60.0  # seconds
RUN_LIMIT = 90.0  # seconds, for all cells of a lesson
LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"


class Lab:
    """A JupyterLab that serves a copy of the lessons.

    Attributes:
        url: where it is, without a slash at the end.
        root: the folder that it shows; notebooks written into it can be opened.
        token: its password.
    """

    def __init__(self, url: str, root: Path, token: str) -> None:
        self.url, self.root, self.token = url, root, token

    def write(self, name: str, *cells: str, tags: Sequence[str] = ()) -> str:
        """Write a notebook of these code cells; the name of it, to be opened."""
        notebook = new_notebook(cells=[new_code_cell(cell, metadata={"tags": list(tags)}) for cell in cells])
        notebook.metadata = nbformat.from_dict(METADATA)
        nbformat.write(notebook, self.root / name)
        return name


@contextlib.contextmanager
def running_lab(home: Path) -> Iterator[Lab]:
    """Start a JupyterLab on a free port of 127.0.0.1, and stop it."""
    root, log, token = home / "root", home / "lab.log", secrets.token_hex(16)
    if NOTEBOOKS.is_dir():
        shutil.copytree(NOTEBOOKS, root, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    root.mkdir(exist_ok=True)
    for name, value in SETTINGS.items():
        file = home / f"settings/@jupyterlab/{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))
    options = [f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={token}", "--ip=127.0.0.1", "--port=0"]
    options += ["--no-browser", "--allow-root", "--expose-app-in-browser"]
    environment = {**without_personal(os.environ), **jupyter_home(home), "PYTHONUNBUFFERED": "1"}
    with log.open("w") as output:
        lab = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=environment,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Lab(_wait_until_up(lab, home / "run", log, token), root, token)
        finally:
            lab.terminate()
            try:
                lab.wait(30)
            except subprocess.TimeoutExpired:
                lab.kill()
                lab.wait(10)


def _wait_until_up(lab: subprocess.Popen[bytes], runtime: Path, log: Path, token: str) -> str:
    """The Lab's address, when it answers; it writes the port that it got into its runtime folder."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if lab.poll() is not None:
            raise RuntimeError(f"JupyterLab ended with code {lab.returncode}:\n{log.read_text()}")
        with contextlib.suppress(OSError, StopIteration, json.JSONDecodeError, urllib.error.URLError):
            url = f"http://127.0.0.1:{json.loads(next(runtime.glob('jpserver-*.json')).read_text())['port']}"
            direct.open(f"{url}/api/status?token={token}", timeout=5).close()
            return url
        time.sleep(0.1)  # between two looks; the limit is above
    raise RuntimeError(f"JupyterLab did not answer within {START_LIMIT:.0f} s:\n{log.read_text()}")


_KERNEL_IDLE = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"

_RUN_ALL = """async limit => {
  const {commands, shell} = window.jupyterapp;
  await commands.execute('notebook:clear-all-cell-outputs');  // what is looked at afterwards comes from this run
  const late = new Promise((_, reject) => setTimeout(() => reject(`not run within ${limit} s`), 1000 * limit));
  await Promise.race([commands.execute('notebook:run-all-cells'), late]);
}"""

# The promise above is kept at the kernel's last reply; what it sent on its other channel may still be on its way.
_ALL_HAS_COME = """() => {
  const {content, sessionContext} = window.jupyterapp.shell.currentWidget;
  const code = [...content.model.cells].filter(c => c.type === 'code' && c.sharedModel.source.trim());
  return sessionContext.session.kernel.status === 'idle' && code.every(c => c.executionCount !== null)
      || code.some(c => c.outputs.toJSON().some(o => o.output_type === 'error') && c.executionCount !== null
                     && !(c.getMetadata('tags') ?? []).includes('raises-exception'));
}"""

_HAS_THEME = "theme => document.body.dataset.jpThemeName === theme"

_CELLS = "() => [...window.jupyterapp.shell.currentWidget.content.model.cells].map(c => c.toJSON())"

_WIDGETS_DECIDED = """views => {
  const outputs = [...document.querySelectorAll('.jp-OutputArea-output')];
  const failed = /Error (displaying|creating) widget|model not found/i;
  const broken = outputs.map(e => e.innerText).filter(text => failed.test(text));
  const loading = outputs.some(e => /Loading widget/.test(e.innerText));
  const drawn = outputs.filter(e => e.querySelector('.jupyter-widgets, .widget-subarea > *')).length;
  return broken.length ? broken : !loading && drawn >= views ? [] : null;
}"""

_OVERFLOWING = """() => [...document.querySelectorAll('.jp-OutputArea-output')].filter(e => e.offsetParent !== null)
  .filter(e => e.scrollWidth > e.clientWidth + 1)
  .map(e => `${e.scrollWidth} px in ${e.clientWidth} px: ${e.innerText.slice(0, 80)}`)"""

_CLIPPED = """() => [...document.querySelectorAll('.jp-OutputArea-output button')].filter(e => e.offsetParent !== null)
  .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"""

# An icon is a letter of a private area of Unicode: no name.
_NAMELESS = r"""() => {
  const all = 'button, input:not([type=hidden]), select, textarea, [role=button], [role=slider], [role=progressbar]';
  const text = elements => [...elements].map(e => e?.innerText ?? '').join(' ');
  const name = e => [e.getAttribute('aria-label'), e.title, text(e.labels ?? []),
                     text((e.getAttribute('aria-labelledby') ?? '').split(' ').map(id => document.getElementById(id))),
                     e.tagName === 'SELECT' ? '' : e.innerText].join(' ').replace(/[\s\ue000-\uf8ff]/g, '');
  return [...document.querySelectorAll('.jp-OutputArea-output')].flatMap(e => [...e.querySelectorAll(all)])
    .filter(e => e.offsetParent !== null && !name(e)).map(e => e.outerHTML.slice(0, 120));
}"""


class NotebookPage:
    """A notebook, open in the browser.

    Attributes:
        page: Playwright's page, for all that is not here.
        outputs: what the cells show; find controls in it: ``outputs.get_by_role("button", name="Send", exact=True)``.
        page_errors: exceptions that no script of the page caught.
        outside: addresses outside of this machine that the page asked for.
    """

    def __init__(self, page: Page, lab: Lab) -> None:
        self.page, self.lab = page, lab
        self.outputs: Locator = page.locator(".jp-OutputArea")
        self.page_errors: list[str] = []
        self.outside: set[str] = set()
        page.on("pageerror", lambda error: self.page_errors.append(str(error)))
        page.on("request", lambda request: self._note(request.url))
        page.on("websocket", lambda socket: self._note(socket.url))

    def _note(self, url: str) -> None:
        inside = (self.lab.url + "/", self.lab.url.replace("http", "ws", 1) + "/", "data:", "blob:", "about:")
        if not url.startswith(inside):
            self.outside.add(url)

    def open(self, name: str, run: bool = True) -> NotebookPage:
        """Open a notebook of the Lab's root, such as ``en/00_start.ipynb``, and run all its cells."""
        self.page.goto(f"{self.lab.url}/doc/tree/{name}?token={self.lab.token}")  # one document: no file browser
        self.page.wait_for_function(_KERNEL_IDLE, timeout=1000 * START_LIMIT)
        self.set_theme(LIGHT)
        if run:
            self.run_all()
        return self

    def run_all(self) -> None:
        """Run all cells, and fail on an error that no cell is tagged to show."""
        self.page.evaluate(_RUN_ALL, RUN_LIMIT)
        self.page.wait_for_function(_ALL_HAS_COME, timeout=20_000)
        errors = self.unwanted_errors()
        assert not errors, errors

    def cells(self) -> list[dict[str, Any]]:
        """The cells as they are now, outputs and all."""
        cells: list[dict[str, Any]] = self.page.evaluate(_CELLS)
        return cells

    def unwanted_errors(self) -> list[str]:
        """Errors that cells show and are not tagged to show."""
        return [
            f"{cell['id']}: {output['ename']}: {output['evalue']}"
            for cell in self.cells()
            if RAISES not in cell["metadata"].get("tags", ())
            for output in cell.get("outputs", ())
            if output["output_type"] == "error"
        ]

    def expect_widgets(self) -> None:
        """Wait until every widget is drawn, at most 20 s, and fail on one that cannot be drawn."""
        shown = [output.get("data", {}) for cell in self.cells() for output in cell.get("outputs", ())]
        views = sum(WIDGET in data for data in shown)
        broken = self.page.wait_for_function(_WIDGETS_DECIDED, arg=views, timeout=20_000).json_value()
        assert not broken, broken

    def overflowing(self) -> list[str]:
        """Outputs that are wider than their place; what scrolls within itself is not."""
        found: list[str] = self.page.evaluate(_OVERFLOWING)
        return found

    def clipped_buttons(self) -> list[str]:
        """The words of buttons that are too narrow for them."""
        found: list[str] = self.page.evaluate(_CLIPPED)
        return found

    def nameless_controls(self) -> list[str]:
        """Controls that a screen reader could not name."""
        found: list[str] = self.page.evaluate(_NAMELESS)
        return found

    def set_theme(self, theme: str) -> None:
        """Change JupyterLab's theme: LIGHT or DARK."""
        # JupyterLab takes its splash screen away 0.2 s late, and fails where two changes overlap in that time.
        no_splash = "() => !document.getElementById('jupyterlab-splash')"
        self.page.wait_for_function(no_splash, timeout=20_000)
        if not self.page.evaluate(_HAS_THEME, theme):
            self.page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
            self.page.wait_for_function(_HAS_THEME, arg=theme, timeout=20_000)
            self.page.wait_for_function(no_splash, timeout=20_000)

    def shoot(self, name: str) -> None:
        """Save a picture of the whole notebook as NAME.png in the folder that NETKIT_SHOTS names, if it names one."""
        if not (folder := os.environ.get("NETKIT_SHOTS")):
            return
        size = self.page.viewport_size or {"width": 1280, "height": 1400}
        height = self.page.evaluate("() => document.querySelector('.jp-WindowedPanel-outer').scrollHeight + 120")
        self.page.set_viewport_size({"width": size["width"], "height": min(int(height), 16_000)})
        self.page.evaluate("() => { document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0; }")
        Path(folder).mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=Path(folder) / f"{name.replace('/', '-')}.png")
        self.page.set_viewport_size(size)

    def close(self) -> None:
        """End the notebook's kernel."""
        with contextlib.suppress(Exception):
            self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
