"""The web form: both programs are shown and run, what the server understood is told, and both ways are compared."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from ipywidgets.widgets.widget import _instances

import netkit
from netkit.attempt import Outcome
from netkit.errors import BadInput
from netkit.servers.web.site import Web
from netkit.show import form as module
from netkit.show import live
from netkit.show.form import Form
from netkit.show.form_words import Understood, table
from netkit.show.inspector import Inspector
from netkit.show.panel import Panel
from netkit.show.run_program import run
from netkit.wire import background


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with Web() as made:
        yield made
    assert list(background.problems) == []


@pytest.fixture
def form(web: Web) -> Iterator[Form]:
    web.http.faults.clear()
    made = netkit.form(web)
    yield made
    made.close()
    web.http.faults.clear()


def words(source: str) -> str:
    return html.unescape(re.sub("<[^>]+>", "", source))


def shown(form: Form, method: str) -> str:
    return words(form.programs[method].value)


def press(form: Form, method: str) -> str:
    getattr(form, method).click()
    assert (form.get.disabled, form.post.disabled) == (False, False)
    return words(form._status.value)


def understood(form: Form) -> list[tuple[str, str]]:
    cells = re.findall("<td>(.*?)</td>", form.understood.value)
    return [(words(cells[at]), words(cells[at + 3])) for at in range(0, len(cells), 4)]


def test_by_get_then_by_post_then_both(form: Form) -> None:
    assert press(form, "get") == "✓ The server answered."
    sent = [("search", "Привет, Python"), ("n", "1"), ("n", "3"), ("_charset_", "utf-8"), ("button", "Hello")]
    assert understood(form) == sent
    assert "method GET, in the query after the ?" in words(form.understood.value)
    assert isinstance(form.wire.children[1], Inspector)
    form.charset.value = "koi8-r"
    assert press(form, "post") == "✓ The server answered."
    assert understood(form)[0] == ("search", "Привет, Python")
    assert "%F0%D2%C9%D7%C5%D4" in form.understood.value
    compared = form.wire.children[1]
    assert isinstance(compared, Panel)
    assert "  ≠ method (changed): GET | POST" in repr(compared)


def test_what_is_shown_is_copied_and_run(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def runs(source: str, names: dict[str, object]) -> Outcome:
        ran.append(source)
        return run(source, names)

    monkeypatch.setattr(module, "run", runs)
    form.search.value = "</pre><script>alert(1)</script> \"q\" 'q' $x$ 😀\\"
    for method in ("get", "post"):
        assert press(form, method) == "✓ The server answered."
        assert ran.pop() == shown(form, method) == form.copies[method].text
        assert shown(form, method).rstrip("\n") in repr(form)
        assert "<script" not in form.programs[method].value + form.understood.value
        assert understood(form)[0] == ("search", form.search.value)


def test_no_box_and_all_boxes(form: Form) -> None:
    for box in form.numbers:
        box.value = True
    assert [pair for pair in form.fields.pairs if pair[0] == "n"] == [("n", n) for n in "1234"]
    for box in form.numbers:
        box.value = False
    assert '("n"' not in shown(form, "get")


def test_what_goes_wrong_is_said_in_words(form: Form, web: Web) -> None:
    form.search.value, form.charset.value = "я 😀", "koi8-r"
    assert press(form, "get").endswith("— koi8-r has no '😀'. Choose utf-8, which has all characters.")
    form.charset.value, form.search.value = "utf-8", "\ud800"
    assert press(form, "post").endswith("— This character cannot be sent: '\\ud800'.")
    before = web.http.recorded
    form.search.value = "x" * 10_001
    assert press(form, "get") == ("✗ BadInput: There are 10001 characters in search; 10000 are the limit.")
    assert web.http.recorded == before


def test_a_long_query_is_too_long_for_the_server_but_not_as_content(form: Form) -> None:
    form.search.value = "я" * 10_000
    assert press(form, "post") == "✓ The server answered."
    assert re.fullmatch(
        r"✗ HTTPError: HTTP Error 414: .*— The server did answer, with the status 414\.", press(form, "get")
    )


def test_a_broken_wire_and_a_silent_one(form: Form, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.http.faults.set(reset=30)
    assert press(form, "get").endswith("The connection was broken off.")
    web.http.faults.clear()
    monkeypatch.setattr("netkit.export.form_program.TIMEOUT", 0.3)
    web.http.faults.set(swallow=True)
    assert press(form, "post").endswith("The server did not answer within 0.3 seconds.")


def test_the_site_is_stopped(form: Form, web: Web) -> None:
    press(form, "get")
    press(form, "post")
    web.stop()
    try:
        assert press(form, "get").endswith("web.start() starts it.")
        assert form.wire.children == ()
    finally:
        web.start()


def test_a_page_that_is_another() -> None:
    assert "of no field" in table("<h1>Hello</h1><p>x</p>")
    found = Understood("<h2>a</h2><p>b &lt;i&gt;</p><table><tr><th>n<tr><td>&lt;script&gt;")
    assert (found.facts, found.rows) == ("b <i>", [["n"], ["<script>"]])
    assert "<script>" not in table("<h2>a</h2><table><tr><th>n</th></tr><tr><td>&lt;script&gt;</td></tr></table>")


def test_nothing_is_left_when_it_is_closed(web: Web) -> None:
    before = set(_instances), list(live._alive)
    for methods in (("get",), ("get", "post"), ("get", "post", "get")):
        made = netkit.form(web)
        for method in methods:
            press(made, method)
        made.close()
        made.close()
        assert (set(_instances), live._alive) == before


def test_something_else() -> None:
    with pytest.raises(BadInput, match=r"^form\(\) takes the web site: .*; not str\.$"):
        netkit.form("x")  # type: ignore[arg-type]


def test_in_russian(web: Web) -> None:
    netkit.language("ru")
    try:
        made = netkit.form(web)
    finally:
        netkit.language("en")
    assert 'web.url + "/ru/search"' in shown(made, "get")
    made.close()
