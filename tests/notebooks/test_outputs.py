"""What `make outputs` stores of a run, and what of the stored it keeps."""

from __future__ import annotations

import copy
import re

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.notebooks import sanitize
from tests.notebooks.outputs import METADATA, WIDGET, settle


def after_run(new: list[NotebookNode], stored: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs of a cell that showed `new` where `stored` stood."""
    ran, before = (new_notebook(cells=[new_code_cell("1", id="one", outputs=o)]) for o in (new, stored))
    settle(ran, before, sanitize.load())
    outputs: list[NotebookNode] = ran.cells[0].outputs
    return outputs


def stream(text: str) -> list[NotebookNode]:
    return [new_output("stream", text=text)]


def picture(png: str, text: str = "<Figure size 640x480 with 1 Axes>") -> list[NotebookNode]:
    return [new_output("display_data", {"image/png": png, "text/plain": text})]


def test_port_is_not_stored() -> None:
    assert after_run(stream("at 127.0.0.1:40123\n"), []) == stream("at 127.0.0.1:PORT\n")


def test_measured_time_stays_as_it_was_stored() -> None:
    assert after_run(stream("18 bytes in 0.31 s\n"), stream("18 bytes in 0.29 s\n")) == stream("18 bytes in 0.29 s\n")


def test_all_else_is_stored_anew() -> None:
    assert after_run(stream("19 bytes in 0.31 s\n"), stream("18 bytes in 0.29 s\n")) == stream("19 bytes in 0.31 s\n")


def test_what_an_older_pattern_left_is_not_kept() -> None:
    assert after_run(stream("127.0.0.1:40124\n"), stream("127.0.0.1:40123\n")) == stream("127.0.0.1:PORT\n")


def test_picture_stays_as_long_as_all_else_is_equal() -> None:
    assert after_run(picture("bmV3"), picture("b2xk")) == picture("b2xk")
    assert after_run(picture("bmV3", "<Figure 2>"), picture("b2xk", "<Figure 1>")) == picture("bmV3", "<Figure 2>")
    assert after_run(picture("bmV3"), []) == picture("bmV3")


def test_picture_that_is_gone_is_not_kept() -> None:
    gone = [new_output("display_data", {"text/plain": "<Figure size 640x480 with 1 Axes>"})]
    assert after_run(copy.deepcopy(gone), picture("b2xk")) == gone


def test_widget_is_stored_as_its_text() -> None:
    shown = [new_output("execute_result", {WIDGET: {"model_id": "f00"}, "text/plain": "IntSlider(value=1)"})]
    assert after_run(shown, [])[0].data == {"text/plain": "IntSlider(value=1)"}


def test_metadata_is_the_same_for_all() -> None:
    ran = new_notebook(
        cells=[new_code_cell("1", id="one", metadata={"tags": ["a"], "execution": {}, "scrolled": True})]
    )
    ran.metadata = NotebookNode(widgets={}, kernelspec={"name": "mine"})
    settle(ran, copy.deepcopy(ran), sanitize.load())
    assert ran.metadata == METADATA
    assert ran.cells[0].metadata == {"tags": ["a"]}


# sanitize.cfg

SAME = ("127.0.0.1:80", "('127.0.0.1', 0)", "timeout 2 s", "Python 2.7", "18 bytes", "2026", "12:30", "fd", "at 0x1F")


@pytest.mark.parametrize("text", SAME)
def test_what_a_lesson_teaches_is_compared(text: str) -> None:
    assert sanitize.load().for_comparing(text) == text


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("('127.0.0.1', 40123)", "('127.0.0.1', PORT)"),
        ("('::1', 40123, 0, 0)", "('::1', PORT, 0, 0)"),
        ('["127.0.0.1", 40123]', '["127.0.0.1", PORT]'),
        ("http://localhost:40123/get", "http://localhost:PORT/get"),
        ("[::1]:40123", "[::1]:PORT"),
        ("227 Entering Passive Mode (127,0,0,1,165,123).", "227 Entering Passive Mode (127,0,0,1,P1,P2)."),
        ("127.0.0.1:42363 (165 × 256 + 123)", "127.0.0.1:PORT (P1 × 256 + P2)"),
        ("<socket.socket fd=63, family=2>", "<socket.socket fd=N, family=2>"),
        ("python (pid 4711)", "python (pid N)"),
        ("<object object at 0x7f3a5c0d1e20>", "<object object at 0xADDRESS>"),
        ('File "/tmp/ipykernel_71/123.py", line 1', 'File "CELL.py", line 1'),
        ("/tmp/netkit-abc/x.sock", "TEMPORARY"),
        ("~/a/lib/python3.11/socket.py:836", "PYTHON/socket.py:836"),
        ("\x1b[32m/usr/lib/python3.12/site-packages/a.py\x1b[39m", "\x1b[32mPYTHON/a.py\x1b[39m"),
        ("Date: Mon, 23 Nov 2026 10:00:00 GMT", "Date: DATE"),
        ("2026-11-23T10:00:00+03:00", "DATE"),
    ],
)
def test_what_is_one_runs_own_is_not_stored(text: str, stored: str) -> None:
    sanitizer = sanitize.load()
    assert sanitizer.for_storing(text) == stored
    assert sanitizer.for_storing(stored) == stored
    assert sanitizer.for_comparing(text) == sanitizer.for_comparing(stored)


@pytest.mark.parametrize(
    "text", ["0.31 s", "12 ms", "0,31 с", "12 мс", "0.3\N{NO-BREAK SPACE}s", "Python 3.11.7", "psutil 7.2.2"]
)
def test_what_a_reader_wants_to_see_is_stored_and_not_compared(text: str) -> None:
    sanitizer = sanitize.load()
    assert sanitizer.for_storing(text) == text
    assert re.search("TIME|VERSION", sanitizer.for_comparing(text))


def test_pattern_that_nbval_reads_and_make_outputs_does_not_is_an_error() -> None:
    with pytest.raises(ValueError, match="three lines"):
        sanitize.Sanitizer("regex: a\nreplace: b\n")
