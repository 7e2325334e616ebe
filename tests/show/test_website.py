"""The web site as the last line of a cell: what it has, and its doors."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets.widgets.widget import _instances

import netkit
from netkit.notebook import register
from netkit.servers.web.site import Web
from netkit.show.inspector import Inspector
from netkit.show.website import WebView
from netkit.wire import background


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with Web() as made:
        yield made
    assert list(background.problems) == []


@pytest.fixture
def view(web: Web) -> Iterator[WebView]:
    made = WebView(web)
    yield made
    made.close()


def test_the_text_is_the_same_each_time(web: Web, view: WebView) -> None:
    said = repr(view).splitlines()
    assert said[:5] == [
        "Web site: HTTP, HTTP with TLS",
        "user student, password secretword",
        "user lecturer, password chalk-and-duster",
        "user guest, password welcome",
        "Pages:",
    ]
    assert "  /meta-charset   its charset is told in its <meta> only" in said
    assert "  /en/search      a form, sent by GET or by POST" in said
    with Web() as other:
        assert repr(WebView(other)) == repr(view)


def test_what_is_listed_is_there(web: Web) -> None:
    """The first path of each section."""
    for _title, entries in web.contents:
        connection = http.client.HTTPConnection(*web.http, timeout=10)
        connection.request("GET", entries[0][0])
        assert connection.getresponse().status != 404, entries[0]
        connection.close()


def test_in_russian(web: Web) -> None:
    netkit.language("ru")
    try:
        made = WebView(web)
    finally:
        netkit.language("en")
    assert "  /ru/search      форма, отправляется через GET или POST" in repr(made).splitlines()
    made.close()


def test_what_is_shown(web: Web, view: WebView) -> None:
    assert web.url in view._heading.value and web.secure_url in view._heading.value
    assert "<a " not in view._heading.value + view._contents.value
    assert "&lt;meta&gt;" in view._contents.value
    for each in ("/get?n=1&amp;n=3", "chalk-and-duster"):
        assert each in view._contents.value


def test_doors_open_when_they_are_asked_for(web: Web, view: WebView) -> None:
    assert [name for _label, name in view._tabs.options] == ["", "http", "https"]
    view._tabs.value = "http"
    (door,) = view._door.children
    assert isinstance(door, Inspector)
    assert (view._contents.layout.display, view._door.layout.display) == ("none", None)
    with urlopen(web.url + "/get", timeout=10):
        pass
    view.flush()
    assert "GET /get" in repr(door)
    view._tabs.value = ""
    assert (view._contents.layout.display, view._door.layout.display) == (None, "none")
    view._tabs.value = "http"
    assert view._door.children == (door,)


def test_it_is_told_that_it_is_stopped(web: Web) -> None:
    web.stop()
    try:
        made = WebView(web)
        assert repr(made).splitlines()[1] == "does not run now"
        assert "does not run now" in made._heading.value
        made.close()
    finally:
        web.start()


def test_it_says_at_once_when_the_site_was_stopped_and_started(web: Web, view: WebView) -> None:
    assert "does not run now" not in view._heading.value
    web.stop()
    try:
        view.flush()
        assert "does not run now" in view._heading.value
    finally:
        web.start()
    view.flush()
    assert "does not run now" not in view._heading.value
    web.https.stop()
    try:
        view.flush()
        assert "does not run now" in view._heading.value
    finally:
        web.https.start()


def test_it_is_the_display_of_the_site(web: Web) -> None:
    shell = InteractiveShell()
    register(shell)
    data: dict[str, Any] = shell.display_formatter.format(web)[0]  # type: ignore[union-attr]
    assert data["text/plain"].splitlines()[0] == "Web site: HTTP, HTTP with TLS"
    assert "application/vnd.jupyter.widget-view+json" in data


def test_nothing_is_left_when_it_is_closed(web: Web) -> None:
    def everything() -> list[object]:
        return [set(_instances), *(set(door.tap.recorder._subscribers._callbacks) for door in web.doors)]  # type: ignore[attr-defined]

    before = everything()
    made = WebView(web)
    assert everything() != before
    made._tabs.value = "https"
    made.close()
    made.close()
    assert everything() == before
