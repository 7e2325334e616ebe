"""What loads from the web, in a real JupyterLab: a progress bar, a form, a request, handlers, the site."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import DARK, LIGHT, NotebookPage
from tests.browser.test_inspector import in_kernel

Open = Callable[..., NotebookPage]

START = """
import netkit, urllib.request
netkit.language({language!r})
web = netkit.web()
"""
SLOW = """
progress = netkit.progress()
_ = urllib.request.urlretrieve(web.url + "/file/3000000?speed=1000000", "loaded.bin", progress)
progress
"""
UNKNOWN = """
unknown = netkit.progress()
_ = urllib.request.urlretrieve(web.url + "/file/20000?length=no", "loaded.bin", unknown)
"""
OPENER = """
class Stamp(urllib.request.BaseHandler):
    def http_request(self, request):
        return request

opener = urllib.request.build_opener(
    urllib.request.ProxyHandler({"http": "http://127.0.0.1:9"}), urllib.request.HTTPBasicAuthHandler(), Stamp)
netkit.handlers(opener)
"""
NASTY = "</pre><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'> \"$x^2$\""


def root(notebook: NotebookPage) -> Locator:
    return notebook.outputs.locator(".nk-root").first


def sound(notebook: NotebookPage) -> None:
    """What holds for every widget."""
    assert notebook.nameless_controls() == []
    assert notebook.clipped_buttons() == []
    assert notebook.overflowing() == []


def shoot(notebook: NotebookPage, name: str) -> None:
    """In the light theme, in the dark one, and in a narrow window."""
    notebook.shoot(name)
    notebook.set_theme(DARK)
    notebook.shoot(f"{name}-dark")
    notebook.set_theme(LIGHT)
    notebook.page.set_viewport_size({"width": 700, "height": 1400})
    sound(notebook)
    notebook.shoot(f"{name}-narrow")
    notebook.page.set_viewport_size({"width": 1280, "height": 1400})


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_bar_moves_while_the_cell_runs(open_cells: Open, language: str) -> None:
    notebook = open_cells(START.format(language=language), SLOW, "progress.plot()", UNKNOWN, run=False)
    notebook.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")  # not waited for
    bars = notebook.outputs.get_by_role("progressbar")
    bar = bars.first
    expect(bar).to_have_attribute("aria-valuenow", re.compile("^[1-9][0-9]$"))
    expect(bar).to_have_attribute("aria-valuenow", "100")
    expect(root(notebook)).to_contain_text("3\xa0000\xa0000")
    expect(notebook.outputs.locator("img")).to_be_visible()
    expect(bars).to_have_count(2)  # each shown where it was made, and not once more by the cell's last line
    expect(notebook.outputs.locator(".nk-unknown")).not_to_have_attribute("aria-valuenow", re.compile(""))
    expect(notebook.outputs.locator(".nk-progress").nth(1)).to_contain_text("24\xa0576")
    sound(notebook)
    shoot(notebook, f"progress-{language}")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_form_is_sent_both_ways_and_compared(open_cells: Open, language: str) -> None:
    notebook = open_cells(START.format(language=language), "netkit.form(web)")
    box = root(notebook)
    box.get_by_role("textbox", name="search", exact=True).fill("Привет" + NASTY)
    expect(box.get_by_role("region").first).to_contain_text("Привет</pre><script>")
    by_get, by_post = box.locator("button.mod-primary").nth(0), box.locator("button.mod-primary").nth(1)
    by_get.click()
    expect(box.locator(".nk-good")).to_be_visible()
    expect(box.locator(".nk-understood")).to_contain_text("Привет</pre><script>")
    sound(notebook)
    notebook.shoot(f"form-{language}-get")
    box.get_by_role("combobox").first.select_option("koi8-r")
    expect(box.get_by_role("region").first).to_contain_text('encoding="koi8-r"')
    by_post.click()
    expect(box.locator(".nk-compare")).to_be_visible()
    sound(notebook)
    shoot(notebook, f"form-{language}-both")
    assert notebook.page.evaluate("() => window.hacked") is None


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_request_is_put_together_and_sent(open_cells: Open, language: str) -> None:
    notebook = open_cells(START.format(language=language), "netkit.request(web)")
    box = root(notebook)
    url = box.get_by_role("textbox", name="URL", exact=True)
    url.fill("/private/")
    expect(box.get_by_role("region").first).to_contain_text('web.url + "/private/"')
    box.locator("button.mod-primary").click()
    expect(box.locator(".nk-wrong").first).to_contain_text("HTTPError: HTTP Error 401: Unauthorized")
    expect(box.locator(".nk-dialogue")).to_be_visible()
    sound(notebook)
    shoot(notebook, f"request-{language}")
    url.fill("/a b" + NASTY)
    expect(box.locator("button.mod-primary")).to_be_disabled()
    expect(box.get_by_role("region").filter(has_text="urllib")).to_have_count(0)
    notebook.shoot(f"request-{language}-wrong")
    url.fill("/redirect/1")
    box.locator("button.mod-primary").click()
    expect(box.locator(".nk-good").first).to_contain_text("200 OK")
    box.get_by_role("combobox").last.select_option(index=1)
    expect(box.get_by_role("region").first).to_contain_text('method="POST"')
    box.get_by_role("textbox").nth(2).fill(f"n=1\nn=3\nsearch={NASTY}")
    url.fill("/post")
    box.locator("button.mod-primary").click()
    expect(box.locator(".nk-dialogue")).to_contain_text("POST /post")
    expect(box.locator(".nk-good").first).to_contain_text("200 OK")
    sound(notebook)
    notebook.shoot(f"request-{language}-form")
    assert notebook.page.evaluate("() => window.hacked") is None


@pytest.mark.parametrize("language", ["en", "ru"])
def test_handlers_and_the_site(open_cells: Open, language: str) -> None:
    notebook = open_cells(START.format(language=language), OPENER, "web")
    expect(notebook.outputs.locator(".nk-chain .nk-stage")).to_have_count(4)
    site = notebook.outputs.locator(".nk-web")
    expect(site).to_contain_text("/koi8-r")
    assert site.locator("a").count() == 0
    sound(notebook)
    shoot(notebook, f"handlers-site-{language}")
    in_kernel(notebook, "urllib.request.urlopen(web.url + '/get').close()")
    site.get_by_role("button", name="HTTP", exact=True).click()
    expect(site.locator(".nk-dialogue")).to_contain_text("GET /get")
    sound(notebook)
    notebook.shoot(f"site-{language}-http")
