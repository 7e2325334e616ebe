"""Questions and exercises in JupyterLab, worked with the mouse and with the keyboard, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.lab import NotebookPage

Open = Callable[..., NotebookPage]

WORDS = {
    "en": ("5 bytes", "Yes.", "A hint (3 left)", "A hint (2 left)", "Show a solution"),
    "ru": ("5 байт", "Да.", "Подсказка (осталось 3)", "Подсказка (осталось 2)", "Показать решение"),
}


@pytest.mark.parametrize("language", WORDS)
def test_a_question_is_answered_by_keyboard(open_cells: Open, language: str) -> None:
    notebook = open_cells(f"import netkit\nnetkit.language({language!r})\nnetkit.predict('recv-pieces')")
    answer = notebook.outputs.get_by_role("button", name=WORDS[language][0], exact=True)
    cells = len(notebook.cells())
    answer.focus()
    notebook.page.keyboard.press("d")
    notebook.page.keyboard.press("d")  # JupyterLab would delete the cell
    notebook.page.keyboard.press("Enter")
    expect(notebook.outputs.get_by_role("status")).to_contain_text(WORDS[language][1])
    assert len(notebook.cells()) == cells
    notebook.shoot(f"question-{language}")


@pytest.mark.parametrize("language", WORDS)
def test_hints_and_solution(open_cells: Open, language: str) -> None:
    notebook = open_cells(f"import netkit\nnetkit.language({language!r})\nnetkit.exercise('framing')")
    _answer, _yes, three, two, solution = WORDS[language]
    notebook.outputs.get_by_role("button", name=three, exact=True).click()
    expect(notebook.outputs.get_by_role("button", name=two, exact=True)).to_be_visible()
    expect(notebook.outputs.get_by_role("listitem")).to_have_count(1)
    notebook.outputs.get_by_role("button", name=solution, exact=True).click()
    expect(notebook.outputs.locator("pre.nk-program")).to_contain_text("sock.recv(1024)")
    assert notebook.overflowing() == []
    notebook.shoot(f"exercise-{language}")


def test_a_wrong_attempt_is_shown_with_its_conversation(open_cells: Open) -> None:
    notebook = open_cells(
        "import socket\nimport netkit",
        "def ask(address, word):\n"
        "    with socket.create_connection(address, timeout=2) as sock:\n"
        "        sock.sendall(word.encode() + b'\\n')\n"
        "        return sock.recv(1024).decode(errors='ignore').rstrip()\n",
        "netkit.check('framing', ask)",
    )
    expect(notebook.outputs.get_by_role("status")).to_contain_text("one recv is not enough")
    expect(notebook.outputs.locator("pre.nk-program")).to_contain_text("server → client  5 bytes  tikte")


def test_the_four_numbers_and_a_message_taken_apart(open_cells: Open) -> None:
    notebook = open_cells(
        "import socket\nimport netkit\n"
        "echo = netkit.echo()\nsock = socket.create_connection(echo.address)\nprint(*sock.getsockname())",
        "netkit.endpoints(sock)",
        "import dnslib\nnetkit.dissect(dnslib.DNSRecord.question('www.netkit.test').pack())",
        "sock.close()",
    )
    port = notebook.outputs.first.inner_text().split()[1]
    expect(notebook.outputs.locator(".nk-end").first).to_contain_text(port)
    expect(notebook.outputs.locator("table.nk-table")).to_contain_text("QNAME")
    assert notebook.overflowing() == []
