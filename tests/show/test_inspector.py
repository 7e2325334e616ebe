"""The inspector: it follows its source, obeys its controls, speaks its language, and leaves nothing behind."""

from __future__ import annotations

import gc
import html
import re
import threading
import time
from collections.abc import Iterator

import ipywidgets as widgets
import pytest
from ipywidgets.widgets.widget import _instances

from netkit import i18n
from netkit.export.text import transcripts
from netkit.show import kept
from netkit.show.download import archive_file, capture_file, text_file
from netkit.show.inspector import LISTED, Inspector, inspect
from netkit.show.pages import Pages
from netkit.wire.conversation import Conversation, Ending
from tests.builders import client, conversation, fin, lost, server
from tests.show.sources import Source

ONE = conversation(client("ПАЛИНДРОМ"), fin("client"), server("МОРДНИЛАП"), fin("server"))
TWO = conversation(client("second\r\n"), number=2)


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Every inspector of a test is closed at its end."""
    yield
    for widget in list(_instances.values()):
        if isinstance(widget, Inspector):
            widget.close()


def words(source: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", source)).split())


def shown(widget: widgets.Widget) -> bool:
    return widget.layout.display != "none"


def test_without_conversations_it_says_what_to_do() -> None:
    source = Source()
    inspector = Inspector(source)
    ui = inspector._ui
    assert words(ui.empty.value) == (
        "No one has connected yet. Connect to 127.0.0.1:33333 , and what is said appears here."
    )
    assert not any(map(shown, (ui.inner, ui.follow, ui.forget)))
    assert shown(ui.wire)
    source.now(ONE)
    inspector.flush()
    assert ui.empty.value == ""
    assert all(map(shown, (ui.inner, ui.follow, ui.forget)))


def test_heading_list_and_dialogue() -> None:
    ui = Inspector(Source(ONE, TWO))._ui
    assert words(ui.heading.value) == "palindrome TCP 127.0.0.1:33333 2 conversations"
    assert [label for label, _number in ui.list.options] == [
        "1  client → server 18 bytes  server → client 18 bytes  closed in good order",
        "2  client → server  8 bytes  server → client  0 bytes  still open",
    ]
    assert ui.list.value == 2
    assert words(ui.pane.value).endswith(r"1.0 +1.0 client → server 8 second \r \n")


def test_it_follows_the_newest_until_the_learner_chooses() -> None:
    source = Source(ONE)
    inspector = Inspector(source)
    ui = inspector._ui
    source.now(ONE, TWO)
    inspector.flush()
    assert (ui.list.value, ui.follow.value) == (2, True)
    ui.list.value = 1
    assert ui.follow.value is False
    assert "ПАЛИНДРОМ" in ui.pane.value
    source.now(ONE, TWO, conversation(client("third"), number=3))
    inspector.flush()
    assert (ui.list.value, len(ui.list.options)) == (1, 3)
    ui.follow.value = True
    assert ui.list.value == 3
    assert "third" in ui.pane.value


def test_a_chosen_conversation_that_is_forgotten_gives_way_to_the_newest() -> None:
    source = Source(ONE, TWO)
    inspector = Inspector(source)
    inspector._ui.list.value = 1
    source.now(TWO)
    inspector.flush()
    assert inspector._ui.list.value == 2
    assert "second" in inspector._ui.pane.value
    assert "(1 kept)" in inspector._ui.heading.value


def test_the_shown_conversation_grows() -> None:
    source = Source(TWO)
    inspector = Inspector(source)
    source.now(conversation(client("second\r\n"), server("answer\r\n"), number=2))
    inspector.flush()
    assert "answer" in inspector._ui.pane.value
    ended = conversation(client("second\r\n"), server("answer\r\n"), number=2, ending=Ending.STOPPED)
    source.now(ended)
    inspector.flush()
    assert "open until the recording was stopped" in inspector._ui.list.options[0][0]


def test_search_counts_marks_and_jumps_to_the_page() -> None:
    talk = conversation(*(client(f"line {n}\n") for n in range(1000)))
    ui = Inspector(Source(talk))._ui
    ui.query.value = "LINE 99"
    assert words(ui.hits.value) == "1 of 11 found"
    assert words(ui.place.value) == "rows 1 to 100 of 1000"
    ui.on.click()
    assert words(ui.hits.value) == "2 of 11 found"
    assert words(ui.place.value) == "rows 901 to 1000 of 1000"
    assert '<mark class="nk-now">' in ui.pane.value
    ui.back.click()
    ui.back.click()
    assert words(ui.hits.value) == "11 of 11 found"
    ui.views.value = "hex"
    assert words(ui.place.value) == "page 5 of 5"
    ui.query.value = "nothing"
    assert words(ui.hits.value) == "0 found"
    assert not shown(ui.step)
    ui.query.value = ""
    assert ui.hits.value == ""
    assert "<mark" not in ui.pane.value


def test_a_search_goes_on_while_the_conversation_grows() -> None:
    source = Source(TWO)
    inspector = Inspector(source)
    ui = inspector._ui
    ui.query.value = "s"
    assert words(ui.hits.value) == "1 found"
    source.now(conversation(client("second\r\n"), server("yes\r\n"), number=2))
    inspector.flush()
    assert words(ui.hits.value) == "1 of 2 found"


def test_paging() -> None:
    talk = conversation(*(client(f"line {n}\n") for n in range(250)))
    ui = Inspector(Source(talk))._ui
    places = []
    for button in (ui.later, ui.later, ui.later, ui.earlier, ui.first, ui.earlier, ui.last):
        button.click()
        places.append(words(ui.place.value).split()[1])
    assert places == ["101", "201", "201", "101", "1", "1", "201"]
    assert (ui.first.disabled, ui.later.disabled) == (False, True)
    ui.first.click()
    assert (ui.first.disabled, ui.later.disabled) == (True, False)
    assert not shown(Inspector(Source(ONE))._ui.pager)


def test_forgetting_and_what_is_still_open() -> None:
    source = Source(ONE)
    inspector = Inspector(source)
    inspector._ui.forget.click()
    assert source.conversations == ()
    assert shown(inspector._ui.empty) and "No one has connected yet" in inspector._ui.empty.value
    source.now(TWO)
    source.clear = lambda: None  # type: ignore[method-assign]  # what is open stays
    inspector.flush()
    inspector._ui.forget.click()
    assert words(inspector._ui.status.value) == "1 conversation is still open: it stays."


def test_faults_are_told_above_all_also_those_set_by_code() -> None:
    source = Source(ONE)
    inspector = Inspector(source)
    assert inspector._ui.broken.value == ""
    assert not shown(inspector._ui.panel)
    inspector._ui.wire.value = True
    assert shown(inspector._ui.panel)
    source.faults.set(pieces=3)
    inspector.flush()
    assert words(inspector._ui.broken.value) == "Faults both ways: cut into pieces of 3 bytes, 0.02 s apart."
    inspector._ui.panel._normal.click()
    assert inspector._ui.broken.value == ""


def test_files_are_made_at_the_click() -> None:
    inspector = Inspector(Source(ONE, TWO))
    inspector._ui.list.value = 1
    text, capture = inspector._file(text_file), inspector._file(capture_file)
    assert text is not None and capture is not None
    assert (text.name, capture.name) == ("palindrome-1.txt", "palindrome-1.pcapng")
    assert "client → server  18 bytes  ПАЛИНДРОМ" in text.data.decode()
    assert capture.data.startswith(b"\x0a\x0d\x0d\x0a")
    assert Inspector(Source())._file(text_file) is None


def test_http_can_be_taken_along_for_a_browser_for_curl_and_for_python() -> None:
    ask = "GET /get HTTP/1.1\r\nHost: www.netkit.test\r\n\r\n"
    answer = server("HTTP/1.1 204 No Content\r\n\r\n")
    one = conversation(client(ask), answer, protocol="http")
    no_request = conversation(client("no HTTP at all\r\n"), number=2, protocol="http")
    large = conversation(client(ask.replace("\r\n\r\n", "\r\nX: 1" * 20_000 + "\r\n\r\n")), number=3, protocol="http")
    inspector = kept.inspect(one)
    tools = inspector._http
    assert tools is not None
    assert tools.curl.text.startswith("curl ") and "http://www.netkit.test/get" in tools.curl.text
    assert "http://www.netkit.test/get" in tools.python.text and "import " in tools.python.text
    archive = inspector._file(archive_file)
    assert archive is not None and archive.name == "palindrome-1.har" and b'"entries"' in archive.data
    for other in (no_request, large):
        tools = kept.inspect(other)._http
        assert tools is not None and [button.layout.display for button in tools.buttons] == ["none", "none"]
    assert kept.inspect(conversation(client("x"), protocol="smtp"))._http is None


def test_its_text_is_the_sources_and_whole() -> None:
    source = Source(ONE, conversation(client(lost("client", "x").data * 500), number=2))
    inspector = inspect(source)
    assert repr(inspector) == transcripts(source)
    bundle = inspector._repr_mimebundle_()
    assert bundle["text/plain"] == repr(inspector)
    assert len(bundle["text/plain"]) > 200
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == inspector.model_id


def test_it_speaks_the_language_in_which_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loud(i18n.gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper() if "{" not in message else message

    monkeypatch.setitem(i18n._loaded, "ru", Loud())
    monkeypatch.setenv("NETKIT_LANGUAGE", "en")
    source = Source(ONE)
    i18n.language("ru")
    try:
        inspector = Inspector(source)
    finally:
        i18n.language("en")
    source.now(ONE, TWO)
    inspector.flush()
    inspector._ui.views.value = "pieces"
    assert inspector._ui.follow.description == "FOLLOW THE NEWEST"
    assert "STILL OPEN" in inspector._ui.list.options[1][0]
    assert "CLIENT → SERVER" in inspector._ui.pane.value
    assert "STILL OPEN" in repr(inspector)
    assert i18n.language() == "en"


def test_an_exception_is_shown_in_the_status_line(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(ONE)
    inspector = Inspector(source)

    def fail(*_: object) -> None:
        raise RuntimeError("<no luck>")

    monkeypatch.setattr(Pages, "draw", fail)
    inspector._ui.views.value = "hex"
    assert inspector._ui.status.value == ('<div role="status" class="nk-wrong">RuntimeError: &lt;no luck&gt;</div>')
    inspector._ui.status.value = ""
    source.now(ONE, TWO)
    inspector.flush()
    assert "no luck" in inspector._ui.status.value


def test_every_control_has_a_name() -> None:
    def walk(widget: widgets.Widget) -> Iterator[widgets.Widget]:
        yield widget
        for child in getattr(widget, "children", ()):
            yield from walk(child)

    controls = (widgets.Button, widgets.ToggleButton, widgets.Text, widgets.Select, widgets.Checkbox,
                widgets.Dropdown, widgets.ToggleButtons)  # fmt: skip
    found = [widget for widget in walk(Inspector(Source(ONE))) if isinstance(widget, controls)]
    assert len(found) >= 20
    assert all(widget.description for widget in found)


def test_only_a_change_of_what_is_shown_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(ONE, TWO)
    inspector = Inspector(source)
    inspector._ui.list.value = 1
    drawn = []
    monkeypatch.setattr(Pages, "draw", lambda *_: drawn.append(1))
    source.now(ONE, conversation(client("second\r\n"), server("more"), number=2))
    inspector.flush()
    assert drawn == []
    assert "server → client  4 bytes" in inspector._ui.list.options[1][0]


def test_the_list_holds_the_newest_of_very_many() -> None:
    many = [conversation(client("x"), number=number) for number in range(1, LISTED + 50)]
    ui = Inspector(Source(*many))._ui
    assert len(ui.list.options) == LISTED
    assert ui.list.value == LISTED + 49


def long() -> Conversation:
    """10,000 lines."""
    return conversation(*((client, server)[n % 2](f"строка номер {n} of many lines\r\n") for n in range(10_000)))


def test_ten_thousand_lines_are_drawn_quickly() -> None:
    """In less than 0.1 s, the best of three, although all of the conversation is worked out anew."""
    talk = long()
    source = Source(talk)
    inspector = Inspector(source)

    def best(times: int = 3) -> float:
        took = []
        for _time in range(times):
            source.now(talk, TWO)
            inspector._pages = None  # as if something had come
            began = time.perf_counter()
            inspector.flush()
            took.append(time.perf_counter() - began)
        return min(took)

    for view in ("dialogue", "text", "hex", "pieces"):
        inspector._ui.follow.value = False
        inspector._ui.list.value = 1
        inspector._ui.views.value = view
        inspector._ui.last.click()
        assert best() < 0.1
        assert len(inspector._ui.pane.value) < 100_000


def test_a_hundred_megabytes_are_shown_a_page_at_a_time() -> None:
    piece = ("я" * 32_768).encode()
    talk = conversation(*(server(piece) for _number in range(1600)))
    assert talk.from_server > 100_000_000
    ui = Inspector(Source(talk))._ui
    for view in ("dialogue", "text", "hex", "pieces"):
        ui.views.value = view
        ui.last.click()
        assert 1000 < len(ui.pane.value) < 1_000_000


def test_nothing_is_left_after_fifty() -> None:
    source = Source(ONE)
    Inspector(source).close()
    gc.collect()
    before = len(_instances), threading.active_count()
    for _number in range(50):
        inspector = Inspector(source)
        inspector.close()
        inspector.close()
    assert (len(_instances), threading.active_count()) == before
    assert source.callbacks == {}
