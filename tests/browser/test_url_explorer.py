"""The URL explorer in JupyterLab: it follows every key, runs nothing of what it shows, and fits a narrow page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import DARK, LIGHT, NotebookPage

Open = Callable[..., NotebookPage]

NASTY = (
    "http://<script>window.hacked=1</script>:<b>@<img src=x onerror='window.hacked=2'>:<i>1/<s>;<u>"
    "?<a>=<b>&$x^2$#</div>"
)
LETTER = "http://bank.example@münchen.example:443/a/../b%2Fc?q=%F0%D2%C9%D7%C5%D4&q=1+2&empty="


def explorer(notebook: NotebookPage) -> Locator:
    found = notebook.outputs.locator(".nk-root")
    expect(found).to_have_count(1)
    return found


@pytest.mark.parametrize("language", ["en", "ru"])
def test_it_fits_and_is_named_in_both_themes(open_cells: Open, language: str) -> None:
    start = f"import netkit\nnetkit.language({language!r})"
    cells = [f"{start}\nnetkit.url_explorer(base='http://www.example.org/docs/')", f"netkit.url_explorer({LETTER!r})"]
    notebook = open_cells(*cells, "netkit.url_explorer('../x;v=1?y#z', 'http://example.org/a/b/c')")
    notebook.expect_widgets()
    for theme in (LIGHT, DARK):
        notebook.set_theme(theme)
        for width in (1280, 700):
            notebook.page.set_viewport_size({"width": width, "height": 1400})
            assert notebook.overflowing() == []
            notebook.shoot(f"url-{language}-{theme.split()[-1]}-{width}")
    assert notebook.nameless_controls() == []


def test_it_follows_what_is_typed(open_cells: Open) -> None:
    notebook = open_cells("import netkit\nnetkit.url_explorer('http://a.example/')", "1 + 1")
    box = explorer(notebook)
    cells = len(notebook.cells())
    parts = box.get_by_role("group", name="The URL with its parts", exact=True)
    expect(parts).to_have_text("httpscheme://a.examplehost/path")
    url = box.get_by_role("textbox", name="URL", exact=True)
    url.fill("")
    url.press_sequentially("mailto:dd@xx")
    expect(parts).to_have_text("mailtoscheme:dd@xxpath")
    expect(box).to_contain_text("This scheme stands without an authority")
    url.fill("../g")
    box.get_by_role("textbox", name="Base", exact=True).fill("http://a/b/c/d;p?q")
    expect(box.locator(".nk-url-target")).to_have_text("http://a/b/g")
    assert len(notebook.cells()) == cells


def test_nothing_in_a_url_is_run_or_typeset(open_cells: Open) -> None:
    notebook = open_cells(f"import netkit\nnetkit.url_explorer({NASTY!r}, {NASTY!r})")
    box = explorer(notebook)
    expect(box.locator(".nk-url")).to_contain_text("<script>window.hacked=1<")
    expect(box).to_contain_text("$x^2$")
    box.get_by_role("textbox", name="URL", exact=True).fill(f"//h/?{NASTY}")
    expect(box.locator(".nk-url")).to_contain_text("?http://<script>")
    assert notebook.page.evaluate("() => window.hacked") is None
    assert box.locator("script, img, mjx-container, u, s, a").count() == 0


def test_a_very_long_url_is_shown_at_once(open_cells: Open) -> None:
    notebook = open_cells(
        "import netkit\nnetkit.url_explorer('http://a.example/' + 'x' * 10_000 + '?' + '&a=b' * 2000)"
    )
    box = explorer(notebook)
    expect(box.locator(".nk-url")).to_contain_text("… 9401 characters …")
    expect(box).to_contain_text("… and 1960 fields more")
    box.get_by_role("textbox", name="URL", exact=True).press("End")
    box.get_by_role("textbox", name="URL", exact=True).press("#")
    expect(box.locator(".nk-url")).to_contain_text("fragment (empty)", timeout=2000)
    assert notebook.overflowing() == []
    assert notebook.page.evaluate("() => document.querySelector('.nk-root').offsetHeight") < 4000
