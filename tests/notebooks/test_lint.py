"""Every lesson keeps the rules of lint.py, and every rule bites."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.notebooks import lint
from tests.notebooks.lessons import LANGUAGES, lessons, name
from tests.notebooks.outputs import METADATA, WIDGET

LESSONS = pytest.mark.parametrize("path", lessons(), ids=name)


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


# The lessons


def test_both_languages_have_the_same_lessons_beginning_with_start() -> None:
    english, russian = ([path.name for path in lessons(language)] for language in LANGUAGES)
    assert english[:1] == ["00_start.ipynb"]
    assert english == russian


@LESSONS
@pytest.mark.parametrize("rule", lint.RULES, ids=lambda rule: rule.__name__)
def test_lesson_keeps(rule: lint.Rule, path: Path) -> None:
    assert rule(read(path)) == []


@LESSONS
def test_lesson_is_in_its_language(path: Path) -> None:
    notebook, language = read(path), path.parent.name
    assert lint.prose_is_in(notebook, language) + lint.language_is_set(notebook, language) == []


@LESSONS
def test_lesson_leads_on(path: Path) -> None:
    names = [lesson.name for lesson in lessons(path.parent.name)]
    following = dict(zip(names, names[1:], strict=False)).get(path.name)
    notebook = read(path)
    assert lint.ends_with_next(notebook, following) + lint.links_lead_somewhere(notebook, path.parent) == []


@LESSONS
def test_lesson_is_small(path: Path) -> None:
    assert lint.size_is_small(path) == []


@pytest.mark.parametrize("path", lessons("en"), ids=name)
def test_languages_are_in_step(path: Path) -> None:
    assert lint.same_in_both(read(path), read(path.parents[1] / "ru" / path.name)) == []


# The rules: one small notebook that is right, and what is wrong with it after each change


def right() -> NotebookNode:
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Sockets\n\nWhat `«сокет»` is, and “ПАЛИНДРОМ”. [Русский](../ru/a.ipynb)", id="title"),
            new_code_cell('import netkit\n\nnetkit.language("en")', id="language", execution_count=1),
            new_code_cell("%%server palindrome\nimport socket  # all", id="palindrome", execution_count=2),
            new_code_cell("1 / 0", id="division", execution_count=3, metadata={"tags": ["raises-exception"]}),
            new_markdown_cell("On to [the next](b.ipynb).", id="end"),
        ]
    )
    notebook.nbformat_minor = 5
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.cells[2].outputs = [new_output("stream", text="('127.0.0.1', PORT) took 0.2 s, 127.0.0.1:80\n")]
    notebook.cells[3].outputs = [new_output("error", ename="ZeroDivisionError", evalue="division by zero")]
    return notebook


def _stream(text: str) -> Callable[[NotebookNode], None]:
    return lambda n: n.cells[2].outputs.append(new_output("stream", text=text))


def _source(number: int, source: str) -> Callable[[NotebookNode], None]:
    return lambda n: n.cells[number].update(source=source)


def test_right_notebook_has_no_complaints() -> None:
    assert {rule.__name__: rule(right()) for rule in lint.RULES} == {rule.__name__: [] for rule in lint.RULES}
    assert lint.prose_is_in(right(), "en") + lint.language_is_set(right(), "en") == []
    assert lint.ends_with_next(right(), "b.ipynb") + lint.same_in_both(right(), right()) == []


@pytest.mark.parametrize(
    ("rule", "change", "complaint"),
    [
        (lint.format_is_4_5, lambda n: n.update(nbformat_minor=4), "format 4.4, not 4.5"),
        (lint.format_is_4_5, lambda n: n.cells[1].pop("outputs"), "not valid: "),
        (lint.metadata_is_bare, lambda n: n.metadata.update(widgets={}), "metadata ['kernelspec', 'language_info', 'w"),
        (lint.metadata_is_bare, lambda n: n.metadata.kernelspec.update(name="mine"), "metadata ['kernelspec', "),
        (lint.metadata_is_bare, lambda n: n.cells[1].metadata.update(execution={}), "language: metadata ['execution']"),
        (
            lint.metadata_is_bare,
            lambda n: n.cells[2].outputs.append(new_output("display_data", {WIDGET: {}})),
            "palindrome: a stored widget",
        ),
        (lint.ids_are_telling, lambda n: n.cells[1].update(id="a1b2c3d4"), "'a1b2c3d4' tells nothing"),
        (lint.ids_are_telling, lambda n: n.cells[1].update(id="12"), "'12' tells nothing"),
        (lint.ids_are_telling, lambda n: n.cells[1].update(id="Two Words"), "'Two Words' tells nothing"),
        (lint.ids_are_telling, lambda n: n.cells[1].pop("id"), "'' tells nothing"),
        (lint.ids_are_telling, lambda n: n.cells[1].update(id="title"), "'title' is there twice"),
        (lint.counts_are_in_order, lambda n: n.cells[2].update(execution_count=None), "execution counts [1, None, 3]"),
        (lint.counts_are_in_order, lambda n: n.cells[2].update(execution_count=4), "execution counts [1, 4, 3]"),
        (
            lint.every_output_is_compared,
            lambda n: n.cells[2].metadata.update(tags=["nbval-ignore-output"]),
            "palindrome: nbval-ignore-output",
        ),
        (lint.every_output_is_compared, _source(2, "# NBVAL_SKIP\n1"), "palindrome: NBVAL_SKIP"),
        (lint.errors_are_wanted, lambda n: n.cells[3].metadata.update(tags=[]), "division: ZeroDivisionError: divisio"),
        (lint.errors_are_wanted, lambda n: n.cells[3].update(outputs=[]), "division: tagged raises-exception, and sh"),
        (lint.code_is_short, _source(2, "%%server x\n" + "1\n\n" * 20), "palindrome: 21 lines, not 1 to 20"),
        (lint.code_is_short, _source(2, "\n"), "palindrome: 0 lines"),
        (lint.imports_are_named, _source(2, "%%server x\nfrom socket import *"), "palindrome: from socket import *"),
        (lint.nothing_sleeps, _source(2, "import time\ntime.sleep(1)"), "palindrome: time.sleep"),
        (lint.nothing_sleeps, _source(2, "%%server x\nfrom time import sleep as s"), "palindrome: time.sleep"),
        (lint.source_names_no_machine, _source(2, 'connect(("127.0.0.1", 40123))'), "palindrome: port 40123"),
        (lint.source_names_no_machine, _source(2, 'connect(("localhost", 33333))'), "palindrome: port 33333"),
        (lint.source_names_no_machine, _source(0, "see localhost:40123"), "title: port 40123"),
        (lint.source_names_no_machine, _source(0, "in /home/kolya/lesson"), "title: /home/kolya/lesson"),
        (lint.source_names_no_machine, _source(2, 'open(r"C:\\Users\\kolya")'), "palindrome: C:\\Users\\kolya"),
        (lint.source_names_no_machine, _source(2, 'bind("/tmp/demo.sock")'), "palindrome: /tmp/demo.sock"),
        (lint.outputs_name_no_machine, _stream("127.0.0.1:40123"), "palindrome: '127.0.0.1:40123' should be stored as"),
        (lint.outputs_name_no_machine, _stream("/home/kolya/x.py"), "palindrome: /home/kolya/x.py"),
        (lint.outputs_name_no_machine, _stream("<a at 0x7fffdeadbeef>"), "palindrome: at 0x7fffdeadbeef"),
        (lint.outputs_name_no_machine, _stream("2026-11-23 10:00:00"), "palindrome: '2026-11-23 10:00:00' should be "),
        (
            lint.outputs_name_no_machine,
            lambda n: n.cells[3].outputs[0].update(traceback=["at .venv/lib/python3.11/socket.py"]),
            "division: .venv/lib/python3.11/socket.py",
        ),
        (lint.begins_with_title, _source(0, "Sockets"), "the first cell is not text"),
        (lint.begins_with_title, _source(0, "## Sockets"), "the first cell is not text"),
        (lint.begins_with_title, lambda n: n.cells.pop(0), "the first cell is not text"),
    ],
)
def test_rule_bites(rule: lint.Rule, change: Callable[[NotebookNode], None], complaint: str) -> None:
    wrong = right()
    change(wrong)
    complaints = rule(wrong)
    assert complaints
    assert complaints[0].startswith(complaint)


def test_every_rule_is_shown_to_bite() -> None:
    [shown] = [mark for mark in test_rule_bites.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined]
    assert {case[0] for case in shown.args[1]} == set(lint.RULES)


def test_prose_keeps_the_lectures_port() -> None:
    notebook = right()
    notebook.cells[0].source = 'The lecture has `connect(("localhost", 33333))`.'
    assert lint.source_names_no_machine(notebook) == []


def test_size_bites(tmp_path: Path) -> None:
    path = tmp_path / "big.ipynb"
    path.write_bytes(b"x" * 400_001)
    assert lint.size_is_small(path) == ["400001 bytes, more than 400000"]


@pytest.mark.parametrize("source", ["The end.", "[b](a.ipynb)", "`[b](b.ipynb)`"])
def test_missing_link_to_the_next_lesson_bites(source: str) -> None:
    wrong = right()
    wrong.cells[-1].source = source
    assert lint.ends_with_next(wrong, "b.ipynb") == ["the last cell has no link to b.ipynb"]
    assert lint.ends_with_next(wrong, None) == []


def test_last_cell_of_code_bites() -> None:
    wrong = right()
    wrong.cells.pop()
    assert lint.ends_with_next(wrong, None) == ["the last cell is not text"]


def test_broken_link_bites(tmp_path: Path) -> None:
    (tmp_path / "b.ipynb").touch()
    wrong = right()
    wrong.cells[
        0
    ].source = "[a](b.ipynb#part) [b](https://example.org/c) ![c](c.png) <img src='d.png'> `[e](e)` [f](#f)"
    assert lint.links_lead_somewhere(wrong, tmp_path) == ["title: c.png is not there", "title: d.png is not there"]


@pytest.mark.parametrize(
    ("language", "source", "complaint"),
    [
        ("en", "A socket, or сокет", "title: Cyrillic in English prose: сокет"),
        ("en", "[Слово](b.ipynb)", "title: Cyrillic in English prose: Слово"),
        ("ru", "A whole sentence that nobody has translated", "title: 0 of 37 letters are Cyrillic"),
        ("ru", "Здесь сказано про вызовы сокета recv, send, bind, connect, accept", "27 of 52 letters are Cyrillic"),
    ],
)
def test_wrong_language_bites(language: str, source: str, complaint: str) -> None:
    wrong = right()
    wrong.cells = [new_markdown_cell(source, id="title")]
    assert lint.prose_is_in(wrong, language)[0] == complaint


def test_russian_prose_may_name_english_things() -> None:
    notebook = right()
    notebook.cells = [
        new_markdown_cell("Сервер TCP на Python: `socket.create_server`, см. [HOWTO](https://a.org)", id="a")
    ]
    assert lint.prose_is_in(notebook, "ru") == []


@pytest.mark.parametrize("source", ["import netkit", 'netkit.language("ru")', '# netkit.language("en")'])
def test_language_not_set_bites(source: str) -> None:
    wrong = right()
    wrong.cells[1].source = source
    assert lint.language_is_set(wrong, "en") == ['the first code cell does not say netkit.language("en")']


# The same code in two languages


@pytest.mark.parametrize(
    ("english", "russian"),
    [
        ('print("word")  # say it', 'print("слово")  # вслух'),
        ('print(f"{a} of {b:.1f}")', 'print(f"из {b:.1f} — {a}")'),
        ("%%server echo\nprint('ready')", "%%server echo\n\nprint('готов')"),
        ('x = ("one "\n     "two")', 'x = "три"'),
    ],
)
def test_words_may_differ(english: str, russian: str) -> None:
    assert lint.code_shape(english) == lint.code_shape(russian)


@pytest.mark.parametrize(
    ("english", "russian"),
    [
        ("recv(10)", "recv(20)"),
        ('print("a")', 'prin("а")'),
        ("%%server echo\n1", "%%server reverse\n1"),
        ('f"{a}"', 'f"{b}"'),
        ('f"{a:.1f}"', 'f"{a:.2f}"'),
        ('send(b"a")', 'send(b"b")'),
        ("print 'a'", "print 'b'"),
        ('x = "a"', "x = 1"),
    ],
)
def test_code_may_not_differ(english: str, russian: str) -> None:
    assert lint.code_shape(english) != lint.code_shape(russian)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda n: n.cells.pop(2), "from cell 2 on the ids differ"),
        (lambda n: n.cells.pop(), "from cell 4 on the ids differ"),
        (lambda n: n.cells[0].update(cell_type="raw"), "title: en markdown, ru raw"),
        (lambda n: n.cells[3].metadata.update(tags=[]), "division: tags en ['raises-exception'], ru []"),
        (_source(3, "2 / 0"), "division: the code differs"),
    ],
)
def test_languages_out_of_step_bite(change: Callable[[NotebookNode], None], complaint: str) -> None:
    russian = copy.deepcopy(right())
    change(russian)
    assert lint.same_in_both(right(), russian)[0].startswith(complaint)
