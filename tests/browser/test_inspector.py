"""The inspector in a real JupyterLab: worked with mouse and keyboard, live, and safe against what is on a wire."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Download, Locator, expect

from tests.browser.lab import DARK, LIGHT, NotebookPage

Open = Callable[..., NotebookPage]

START = r"""
import netkit, socket, threading, time
from IPython.display import Markdown, display
echo = netkit.echo()

def talk(*words):
    with socket.create_connection(echo.address, timeout=5) as client:
        for word in words:
            data = word if isinstance(word, bytes) else word.encode()
            client.sendall(data)
            got = b""
            while len(got) < len(data):
                got += client.recv(1024)

talk("ПАЛИНДРОМ")
"""
NASTY = r"""
talk("<script>window.hacked = 1</script></pre><img src=x onerror='window.hacked = 2'>"
     " $x^2$ \\(y^2\\) \u202eevil\x00\r\n")
display(Markdown("This is typeset: $x^2$"))
"""
COUNT = "window.jupyterapp.shell.currentWidget.content.model.cells.length"


def inspector(notebook: NotebookPage) -> Locator:
    found = notebook.outputs.locator(".nk-root")
    expect(found).to_have_count(1)
    return found


def press(box: Locator, name: str) -> None:
    box.get_by_role("button", name=name, exact=True).click()


def in_kernel(notebook: NotebookPage, code: str) -> None:
    """Have the kernel run code that belongs to no cell."""
    run = """code => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
                     .requestExecute({code, stop_on_error: true}).done.then(reply => reply.content)"""
    content = notebook.page.evaluate(run, code)
    assert content["status"] == "ok", content


def test_the_four_views(open_cells: Open) -> None:
    notebook = open_cells(START, "echo")
    box = inspector(notebook)
    expect(box.get_by_role("listbox", name="Conversations", exact=True)).to_be_visible()
    rows = box.get_by_role("table", name="Dialogue", exact=True).get_by_role("row")
    expect(rows.nth(1)).to_contain_text("client → server18ПАЛИНДРОМ")
    expect(rows.nth(2)).to_contain_text("server → client18ПАЛИНДРОМ")
    for view in ("Text", "Hex", "Pieces", "Dialogue"):
        button = box.get_by_role("button", name=view, exact=True)
        expect(button).to_have_attribute("aria-pressed", "false")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        shown = {
            "Text": "client → server18 bytesПАЛИНДРОМ",
            "Hex": "00000000  d0 9f d0 90 d0 9b d0 98  d0 9d d0 94 d0 a0 d0 9e  ................",
            "Pieces": "client → server: 1 piece of 18 bytes",
            "Dialogue": "FIN: will send no more",
        }
        expect(box.locator(".nk-pane")).to_contain_text(shown[view])
    assert notebook.nameless_controls() == []
    assert notebook.clipped_buttons() == []


def test_what_comes_over_the_wire_is_neither_run_nor_typeset(open_cells: Open) -> None:
    notebook = open_cells(START, NASTY, "echo")
    box = inspector(notebook)
    expect(notebook.outputs.locator("mjx-container").first).to_be_attached()  # MathJax is at work, outside of the box
    for view in ("Dialogue", "Text", "Pieces"):
        press(box, view)
        expect(box.locator(".nk-pane")).to_contain_text("window.hacked = 1</script></pre><img src=x")
        expect(box.locator(".nk-pane")).to_contain_text(r"$x^2$ \\(y^2\\) \u202eevil\x00\r\n")
    press(box, "Hex")
    expect(box.locator(".nk-pane")).to_contain_text("<script>window.h")
    assert notebook.page.evaluate("() => window.hacked") is None
    assert box.locator("mjx-container, script, img").count() == 0


def test_it_is_live(open_cells: Open) -> None:
    notebook = open_cells(START, "echo")
    box = inspector(notebook)
    options = box.get_by_role("option")
    expect(options).to_have_count(1)
    in_kernel(notebook, "threading.Timer(0.5, lambda: talk('second', 'third')).start()")  # no cell runs meanwhile
    expect(options).to_have_count(2)
    expect(box.get_by_role("table")).to_contain_text("third")
    box.get_by_role("listbox").select_option(index=0)
    expect(box.get_by_role("checkbox", name="Follow the newest", exact=True)).not_to_be_checked()
    in_kernel(notebook, "threading.Timer(0.1, lambda: talk('fourth')).start()")
    expect(options).to_have_count(3)
    expect(box.get_by_role("table")).to_contain_text("ПАЛИНДРОМ")
    box.get_by_role("checkbox", name="Follow the newest", exact=True).check()
    expect(box.get_by_role("table")).to_contain_text("fourth")
    press(box, "Forget all")
    expect(box).to_contain_text("No one has connected yet. Connect to 127.0.0.1:")
    expect(box.get_by_role("listbox")).to_be_hidden()


def test_search_brings_the_hit_into_sight(open_cells: Open) -> None:
    notebook = open_cells(START, "talk(''.join(f'line {n}\\n' for n in range(130)))\necho")
    box = inspector(notebook)
    box.get_by_role("textbox", name="Search", exact=True).fill("LINE 95")
    expect(box.get_by_role("status").filter(has_text="found")).to_have_text("1 of 2 found")
    hit = box.locator("mark.nk-now")
    expect(hit).to_have_text("line 95")
    expect(hit).to_be_in_viewport()
    press(box, "Next hit")
    expect(box.get_by_role("status").filter(has_text="found")).to_have_text("2 of 2 found")
    expect(box.get_by_role("status").filter(has_text="rows")).to_have_text(re.compile("rows 201 to 26[12] of 26[12]"))
    pane = box.locator(".nk-pane > .widget-html-content")
    assert pane.evaluate("e => e.scrollHeight > e.clientHeight && e.clientHeight < 500")
    # Relative to the pane, which scrolls: in sight there, not only in the page.
    inside = "e => [e.getBoundingClientRect(), e.closest('.widget-html-content').getBoundingClientRect()]"
    mark, frame = hit.evaluate(f"e => ({inside})(e).map(r => [r.top, r.bottom])")
    assert frame[0] <= mark[0] < mark[1] <= frame[1]


def test_keys_stay_in_the_inspector(open_cells: Open) -> None:
    notebook = open_cells(START, "talk('two'); talk('three')\necho", "1 + 1")
    box = inspector(notebook)
    page = notebook.page
    before = page.evaluate(COUNT)
    controls = box.locator("button:visible, input:visible, select:visible, [tabindex='0']:visible")
    expect(controls.nth(8)).to_be_visible()
    for index in range(controls.count()):
        control = controls.nth(index)
        if control.is_enabled() and control.get_attribute("type") != "text":
            control.focus()
            for key in ("d", "d", "x", "a", "b", "z"):  # delete, cut, insert above and below, undo
                page.keyboard.press(key)
    assert page.evaluate(COUNT) == before
    active = "window.jupyterapp.shell.currentWidget.content.activeCellIndex"
    choice = box.get_by_role("listbox")
    choice.focus()
    cell = page.evaluate(active)
    page.keyboard.press("ArrowUp")
    expect(box.get_by_role("table")).to_contain_text("two")
    page.keyboard.press("ArrowUp")
    expect(box.get_by_role("table")).to_contain_text("ПАЛИНДРОМ")
    page.keyboard.press("ArrowUp")
    assert page.evaluate(active) == cell
    assert choice.evaluate("e => e === document.activeElement")


def test_the_keyboard_alone_is_enough(open_cells: Open) -> None:
    notebook = open_cells(START, "echo")
    box, page = inspector(notebook), notebook.page
    box.get_by_role("listbox").focus()
    names = []
    for _step in range(11):
        page.keyboard.press("Tab")
        names.append(page.evaluate("() => document.activeElement.innerText || document.activeElement.ariaLabel || "
                                   "document.activeElement.labels?.[0]?.innerText"))  # fmt: skip
        ring = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none", names
        if names[-1] == "Hex":
            page.keyboard.press("Enter")
            expect(box.locator("pre").first).to_contain_text("d0 9f d0 90")
    assert names[:5] == ["Dialogue", "Text", "Hex", "Pieces", "Search"]
    assert names[6:] == [
        "Follow the newest",
        "Save as text",
        "Save for Wireshark (.pcapng)",
        "Forget all",
        "Break the wire …",
    ]


def saved(box: Locator, name: str) -> tuple[Download, bytes]:
    with box.page.expect_download() as waiting:
        press(box, name)
    return waiting.value, Path(waiting.value.path()).read_bytes()


def test_the_browser_saves_files(open_cells: Open) -> None:
    notebook = open_cells(START, "echo")
    box = inspector(notebook)
    download, data = saved(box, "Save as text")
    assert download.suggested_filename == "echo-1.txt"
    assert "ПАЛИНДРОМ" in data.decode()
    download, data = saved(box, "Save for Wireshark (.pcapng)")
    assert download.suggested_filename == "echo-1.pcapng"
    assert data.startswith(b"\x0a\x0d\x0d\x0a")  # Section Header Block
    assert "ПАЛИНДРОМ".encode() in data


def test_the_learner_breaks_the_wire(open_cells: Open) -> None:
    notebook = open_cells(START, "echo")
    box = inspector(notebook)
    field = box.get_by_label("Pieces of, bytes", exact=True)
    expect(field).to_be_hidden()
    press(box, "Break the wire …")
    field.fill("many")
    press(box, "Apply")
    said = box.locator(".nk-faults").get_by_role("status")
    expect(said).to_have_text("pieces is a whole number of bytes, 1 or more, or None for no such fault; not 'many'.")
    field.fill("3")
    press(box, "Apply")
    expect(said).to_have_text("Faults both ways: cut into pieces of 3 bytes, 0.02 s apart.")
    in_kernel(notebook, "talk('ПАЛИНДРОМ')")
    press(box, "Pieces")
    expect(box.locator(".nk-summary")).to_contain_text("client → server: 6 pieces of 3 bytes")
    expect(box.get_by_role("table", name="Pieces", exact=True)).to_contain_text("ends inside А: 1 byte of 2")
    press(box, "Back to normal")
    expect(said).to_have_text("No faults: the wire works as it should.")
    in_kernel(notebook, "assert echo.faults.calm")


def test_running_the_cell_again_leaves_one_inspector(open_cells: Open) -> None:
    notebook = open_cells(START, "echo")
    inspector(notebook)
    instances = "__import__('ipywidgets').widgets.widget._instances.values()"
    count = f"len([w for w in {instances} if type(w).__name__ == 'Inspector'])"
    for _time in range(3):
        run = "() => window.jupyterapp.commands.execute('notebook:run-cell')"
        notebook.page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1 }")
        notebook.page.evaluate(run)
    box = inspector(notebook)
    in_kernel(notebook, f"assert {count} == 1, {count}")
    in_kernel(notebook, "talk('still live')")
    expect(box.get_by_role("table")).to_contain_text("still live")


@pytest.mark.parametrize("width", [700, 1280])
def test_it_fits_in_both_themes(open_cells: Open, width: int) -> None:
    notebook = open_cells(START, NASTY + "talk('x' * 5000 + '\\n', b'\\xff' * 100)", "echo")
    box = inspector(notebook)
    notebook.page.set_viewport_size({"width": width, "height": 1000})
    press(box, "Break the wire …")
    for theme in (DARK, LIGHT):
        notebook.set_theme(theme)
        for view in ("Text", "Hex", "Pieces", "Dialogue"):
            press(box, view)
            expect(box.get_by_role("button", name=view, exact=True)).to_have_attribute("aria-pressed", "true")
            assert notebook.overflowing() == []
            assert notebook.clipped_buttons() == []
            assert box.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
            notebook.shoot(f"inspector-{view}-{width}-{theme.split()[-1].lower()}")
