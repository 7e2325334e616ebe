"""The request builder: it shows the program that it runs, runs it, says what came of it, and sends again what was."""

from __future__ import annotations

import html
import re
import socket
import threading
from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from ipywidgets.widgets.widget import _instances

import netkit
from netkit.attempt import Outcome
from netkit.errors import BadInput
from netkit.export.exchanges import exchanges
from netkit.servers.proxy.forward import Proxy
from netkit.servers.web.site import Web
from netkit.show import kept, live
from netkit.show import request as module
from netkit.show.request import Builder
from netkit.show.run_program import run
from netkit.wire import background
from netkit.wire.conversation import Conversation, Ending


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with Web() as made:
        yield made
    assert list(background.problems) == []


@pytest.fixture
def builder(web: Web) -> Iterator[Builder]:
    made = netkit.request(web)
    yield made
    made.close()
    web.http.faults.clear()


def words(source: str) -> str:
    return html.unescape(re.sub("<[^>]+>", "", source))


def fill(builder: Builder, **fields: object) -> None:
    for name, value in fields.items():
        getattr(builder, name).value = value


def press(builder: Builder, **fields: object) -> str:
    fill(builder, **fields)
    builder.go.click()
    return words(builder._status.value)


def shown(builder: Builder) -> str:
    return words(builder.program.value).partition(":")[2]


def seen(builder: Builder) -> list[str]:
    """The first lines of the requests in the conversations that are shown."""
    return [talk.events[0].data.decode().split(" HTTP/")[0] for talk in talks(builder)]


def talks(builder: Builder) -> list[Conversation]:
    """The conversations that are shown."""
    return [talk for each in builder._inspectors for talk in each._source.conversations]


def test_as_it_is_made(builder: Builder) -> None:
    assert re.fullmatch(r"✓ 200 OK, and \d+ bytes of content\.", press(builder))
    assert seen(builder) == ["GET /get"]
    assert repr(builder) == (
        "A web request. Its fields say:\n\n"
        "import urllib.request\n\n"
        "request = urllib.request.Request(\n"
        '    web.url + "/get",\n'
        '    method="GET",\n'
        ")\n\n"
        "opener = urllib.request.build_opener(\n"
        "    urllib.request.ProxyHandler({}),\n"
        ")\n"
        "with opener.open(request, timeout=5) as response:\n"
        "    status, reason, url = response.status, response.reason, response.url\n"
        "    content = response.read(1000000)"
    )


def test_what_is_shown_is_copied_and_run(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def runs(source: str, names: dict[str, object]) -> Outcome:
        ran.append(source)
        return run(source, names)

    monkeypatch.setattr(module, "run", runs)
    nasty = "</pre><script>alert(1)</script> \"q\" 'q' $x$ 😀\\\n"
    press(builder, method="POST", url="/post?<script>", kind="text", content=nasty, user="<b>", headers="X: <script>")
    assert ran == [shown(builder)] == [builder.copy.text]
    assert "<script" not in builder.program.value + builder.curl.value + builder._status.value
    assert builder.copy_curl.text == words(builder.curl.value).partition(":")[2]


@pytest.mark.parametrize(
    ("fields", "said", "requests"),
    [
        ({"url": "/bytes/0"}, "✓ 200 OK, and 0 bytes of content.", ["GET /bytes/0"]),
        ({"url": "/file/2000000"},
         "✓ 200 OK, and at least 1\xa0000\xa0000 bytes of content: the program reads no more.",
         ["GET /file/2000000"]),
        ({"url": "/redirect-to?url=/bytes/0"}, "✓ 200 OK, and 0 bytes of content.",
         ["GET /redirect-to?url=/bytes/0", "GET /bytes/0"]),
        ({"url": "/redirect/1", "redirects": False},
         "✗ HTTPError: HTTP Error 302: Found — The server did answer, with the status 302.", ["GET /redirect/1"]),
        ({"url": "/status/404"}, "✗ HTTPError: HTTP Error 404: Not Found — The server did answer, with the status 404.",
         ["GET /status/404"]),
        ({"url": "/private/x", "user": "student", "password": "wrong"},
         "✗ HTTPError: HTTP Error 401: Unauthorized — The server did answer, with the status 401.",
         ["GET /private/x", "GET /private/x"]),
        ({"url": "http://127.0.0.1:1/"},
         "✗ URLError: <urlopen error [Errno 111] Connection refused> — Nobody listens there: has the web site been"
         " stopped? web.start() starts it.", None),
    ],
)  # fmt: skip
def test_what_came_of_it_in_words(
    builder: Builder, fields: dict[str, object], said: str, requests: list[str] | None
) -> None:
    assert re.sub(r"\[Errno \d+\]", "[Errno 111]", press(builder, **fields)) == said
    assert seen(builder) == (requests or [])
    assert builder.go.disabled is False


def test_a_response_that_is_an_error_is_shown_whole(builder: Builder) -> None:
    assert "HTTP Error 500" in press(builder, url="/drip?code=500&numbytes=5&duration=0.4")
    (talk,) = talks(builder)
    assert (talk.ending, exchanges(talk)[0].complete) == (Ending.CLOSED, True)


def test_a_conversation_that_does_not_end_is_waited_for_with_a_limit(web: Web) -> None:
    before = web.http.recorded
    assert kept.since(web.http, before) == []
    with socket.create_connection(web.http.address, timeout=10) as sock:
        sock.sendall(b"GET /get HTTP/1.1\r\nHost: a\r\n\r\n")
        assert sock.recv(12) == b"HTTP/1.1 200"
        assert [talk.ending for talk in kept.since(web.http, before, 0.1)] == [Ending.OPEN]
        closing = threading.Timer(0.05, sock.shutdown, [socket.SHUT_WR])
        closing.start()
        assert [talk.ending for talk in kept.since(web.http, before, 10)] == [Ending.CLOSED]
        closing.join()


def test_signing_in_over_tls(builder: Builder, web: Web) -> None:
    fields = {"url": web.secure_url + "/private/", "user": "student", "password": "secretword"}
    assert press(builder, **fields).startswith("✓ 200 OK, and ")
    assert [talk.name for talk in talks(builder)] == ["https", "https"]


def test_a_silent_server_and_a_broken_wire(builder: Builder, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.http.faults.set(reset=30)
    assert press(builder).endswith("— The connection was broken off.")
    monkeypatch.setattr("netkit.export.request_program.TIMEOUT", 0.3)
    web.http.faults.set(swallow=True)
    assert press(builder).endswith("— The server did not answer within 0.3 seconds.")


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "x" * 10_000}, {"url": "/\nX: y"}, {"url": "/<script>я"}, {"url": "http://example.org/"},
        {"headers": "A" * 10_000}, {"headers": "A: b\rC: d"}, {"headers": "A: я"}, {"method": "GET /x HTTP/1.1\r\n"},
        {"kind": "text", "content": "\ud800"}, {"user": "a\nb"}, {"user": "a", "password": "\0"},
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_said_and_nothing_runs(builder: Builder, web: Web, fields: dict[str, object]) -> None:
    before = web.http.recorded
    fill(builder, **fields)
    assert words(builder._status.value).startswith("✗ ")
    assert (builder.go.disabled, builder.copy.text, builder.copy_curl.text, builder.program.value) == (True, "", "", "")
    assert (builder.copy.layout.display, builder.copy_curl.layout.display) == ("none", "none")
    builder._on_go(None)
    assert words(builder._status.value).startswith(("✗ BadInput: ", "✗ NotLocal: "))
    assert web.http.recorded == before
    assert repr(builder).startswith("A web request that cannot be sent: ")
    fill(builder, url="/get", headers="", method="GET", kind="", user="", password="")
    assert (builder.go.disabled, builder._status.value, builder.copy.layout.display) == (False, "", None)
    assert shown(builder) == builder.source


def test_the_content_is_asked_for_where_there_is_one(builder: Builder) -> None:
    assert builder.content.layout.display == "none"
    fill(builder, kind="form", content="a=1")
    assert builder.content.layout.display is None
    assert builder.content.placeholder == "a field a line: name=value"
    assert '    data=data,\n    method="POST",' in shown(builder)
    fill(builder, method="PUT", kind="text")
    assert builder.content.placeholder == ""
    assert '    data=data,\n    method="PUT",' in shown(builder)
    fill(builder, kind="")
    assert "data" not in shown(builder)


def test_with_a_proxy_and_without(web: Web, builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site's own door stands in for the proxy: it gets the whole URL as the request's target."""
    monkeypatch.setenv("no_proxy", "")
    literal = f'ProxyHandler({{"http": "{web.url}", "https": "{web.url}"}})'
    assert press(builder, proxy=web.url).startswith("✓ 200 OK")
    assert literal in shown(builder)
    assert f"--proxy {web.url} " in builder.copy_curl.text
    assert seen(builder) == [f"GET {web.url}/get"]
    assert press(builder, proxy="").startswith("✓ 200 OK")
    assert "ProxyHandler({})" in shown(builder)
    assert seen(builder) == ["GET /get"]


def test_the_proxy_of_the_notebook_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said to it is shown, and what it says to the site."""
    monkeypatch.setenv("no_proxy", "")
    web = netkit.web()
    with Proxy() as proxy:
        made = netkit.request(web, proxy=proxy)
        assert made.proxy.value == proxy.url
        assert 'ProxyHandler({"http": proxy.url, "https": proxy.url})' in repr(made)
        assert press(made).startswith("✓ 200 OK")
        assert seen(made) == [f"GET {web.url}/get", "GET /get"]
        assert press(made, url="http://www.netkit.test/get").startswith("✓ 200 OK")
        assert seen(made)[0] == "GET http://www.netkit.test/get"  # which of this process's sites answers is not said
        assert press(made, url=web.secure_url + "/get").startswith("✓ 200 OK")
        assert [each._source.name for each in made._inspectors] == ["proxy", "https"]
        assert press(made, url="/get", proxy="").startswith("✓ 200 OK")
        assert seen(made) == ["GET /get"]
        made.close()
        by_url = netkit.request(proxy, proxy=proxy.url)
        assert (by_url.proxy.value, f'"http": "{proxy.url}"' in repr(by_url)) == (proxy.url, True)
        by_url.close()


def test_a_variable_that_keeps_urllib_from_the_proxy_is_told(
    builder: Builder, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    said = press(builder, proxy=web.url)
    assert said.endswith(" urllib.request went past the proxy: the variable no_proxy names 127.0.0.1.")
    assert seen(builder) == ["GET /get"]
    assert not press(builder, proxy="").endswith("127.0.0.1.")


def test_what_was_recorded_is_filled_in() -> None:
    web = netkit.web()
    with urlopen(web.url + "/post?x=1", b"a=1&a=2", timeout=10):
        pass
    said = 'fields = [\n    ("a", "1"),\n    ("a", "2"),\n]\n'
    talk = web.http.conversations[-1]
    for what in (talk, web.http, exchanges(talk)[0]):
        made = netkit.request(what)
        assert said in made.source
        assert 'web.url + "/post?x=1",\n    data=data,\n    method="POST",\n' in made.source
        assert "add_header" not in made.source
        assert press(made).startswith("✓ 200 OK")
        made.close()


def test_something_else(web: Web) -> None:
    for what in ("http://127.0.0.1/", None, 7):
        with pytest.raises(BadInput, match=r"^request\(\) takes the web site, netkit\.request\(web\), or what was"):
            netkit.request(what)  # type: ignore[arg-type]


def test_no_proxy(web: Web) -> None:
    with pytest.raises(BadInput) as caught:
        netkit.request(web, proxy=8080)  # type: ignore[arg-type]
    assert str(caught.value) == "A proxy is netkit.proxy() or a URL such as http://127.0.0.1:3128, not int."
    made = netkit.request(web, proxy="http://example.org:3128")
    assert words(made._status.value).startswith("✗ The host 'example.org' is not this machine.")
    made.close()


def test_nothing_is_left_when_it_is_closed(web: Web) -> None:
    before = set(_instances), list(live._alive)
    made = netkit.request(web)
    press(made)
    press(made, url="/redirect/1")
    made.close()
    made.close()
    assert (set(_instances), live._alive) == before
