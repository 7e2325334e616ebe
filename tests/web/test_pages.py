"""The pages for people: all links lead somewhere, in both languages, and the form tells what it got."""

from __future__ import annotations

import html
import re
import urllib.parse
from html.parser import HTMLParser

import pytest

from netkit.servers.web.layout import language
from netkit.servers.web.site import Web
from tests.web.talk import answers, ask, raw

VOID = {"meta", "link", "input", "hr", "br", "img"}


class Tags(HTMLParser):
    """Whether each tag is closed in its turn; and the links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.links += [value or "" for name, value in attributes if name in ("href", "action")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("target", ["/en/", "/ru/"])
def test_all_links_lead_somewhere(web: Web, target: str) -> None:
    links = set(Tags(ask(web, target).text).links)
    assert len(links) > 25
    for link in links - {"data:,"}:
        status = ask(web, link).status if "truncated" not in link else 200
        assert status in {"/private/": (401,), "/basic-auth/user/secret": (401,), "/status/418": (418,)}.get(
            link, (200, 302)
        ), link


@pytest.mark.parametrize(
    "target", ["/en/", "/ru/", "/en/search?n=1", "/ru/search?n=1", "/en/x", "/ru/x", "/html", "/forms/post"]
)
def test_tags_are_closed(web: Web, target: str) -> None:
    text = ask(web, target).text
    assert text.startswith("<!DOCTYPE html>\n<html lang=")
    Tags(text)


@pytest.mark.parametrize(
    ("path", "accepted", "expected"),
    [
        ("/", "", "en"), ("/", "ru", "ru"), ("/", "ru-RU,ru;q=0.9,en;q=0.8", "ru"), ("/", "en,ru;q=0.5", "en"),
        ("/", "de,fr", "en"),
        ("/", "ru;q=0.1, en;q=0.9", "en"), ("/", "ru;q=x,;;,*", "en"), ("/ru/", "en", "ru"),
        ("/en/x", "ru", "en"), ("/rut", "", "en"),
    ],
)  # fmt: skip
def test_the_language_of_a_page(path: str, accepted: str, expected: str) -> None:
    assert language(path, accepted) == expected


def test_the_start_page_speaks_as_it_is_asked(web: Web) -> None:
    for accepted, expected in (("ru", "Учебный веб-сайт"), ("en", "The web site of the course")):
        answer = ask(web, "/", Accept_Language=accepted)
        assert f"<h1>{expected}</h1>" in answer.text
        assert (answer.header["Content-Language"], answer.header["Vary"]) == (accepted, "Accept-Language")
    assert (
        "Здравствуйте, student!"
        in ask(web, "/private/", Accept_Language="ru", Authorization="Basic c3R1ZGVudDpzZWNyZXR3b3Jk").text
    )


def test_a_page_that_there_is_not(web: Web) -> None:
    english, russian = ask(web, "/nowhere"), ask(web, "/ru/nowhere")
    assert english.status == russian.status == 404
    assert "<p>There is nothing at <code>/nowhere</code>.</p>" in english.text
    assert "<p>По адресу <code>/ru/nowhere</code> ничего нет.</p>" in russian.text


def rows(text: str) -> list[list[str]]:
    """The cells of the table, without its head."""
    return [
        [html.unescape(cell) for cell in re.findall("<td>(.*?)</td>", row)]
        for row in re.findall("<tr>(<td>.*?)</tr>", text)
    ]


def test_the_lectures_search(web: Web) -> None:
    data = urllib.parse.urlencode({"search": "Python"})
    got = ask(web, "/en/search?" + data).text
    assert "<p>method GET, in the query after the ?, 13 bytes, read as utf-8</p>" in got
    assert rows(got) == [["search", "Python", "50 79 74 68 6F 6E", "Python"]]
    posted = ask(web, "/en/search", "POST", data.encode(), Content_Type="application/x-www-form-urlencoded").text
    assert "<p>method POST, in the body, 13 bytes, read as utf-8</p>" in posted
    assert rows(posted) == rows(got)


def test_names_that_come_again(web: Web) -> None:
    fields = [("n", "1"), ("n", "3"), ("n", "4"), ("button", "Привет")]
    text = ask(web, "/ru/search?" + urllib.parse.urlencode(fields)).text
    assert [(row[0], row[3]) for row in rows(text)] == fields


@pytest.mark.parametrize("charset", ["koi8-r", "windows-1251", "KOI8-R"])
def test_the_charset_that_was_told(web: Web, charset: str) -> None:
    sent = "button=" + urllib.parse.quote("Привет", encoding=charset)
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    for text in (
        ask(web, "/ru/search", "POST", sent.encode(), Content_Type=kind).text,
        ask(web, f"/ru/search?{sent}&_charset_={charset}").text,
    ):
        assert rows(text)[0] == ["button", sent.partition("=")[2], "Привет".encode(charset).hex(" ").upper(), "Привет"]
        assert f"прочитано как {charset.lower()}" in text
    assert rows(ask(web, "/ru/search?" + sent).text)[0][3] != "Привет"


def test_bytes_that_were_not_encoded(web: Web) -> None:
    (answer,) = answers(
        raw(web.http, b"GET /en/search?a=\xd0\x9f+b&c&&=d HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    )
    assert rows(answer.text) == [["a", r"\xd0\x9f+b", "D0 9F 20 62", "П b"], ["c", "", "", ""], ["", "d", "64", "d"]]


def test_very_many_fields(web: Web) -> None:
    sent = "&".join(f"n={n}" for n in range(900))
    assert len(rows(ask(web, "/en/search?" + sent).text)) == 200


def test_a_form_that_is_too_big_to_be_shown(web: Web) -> None:
    kind = "application/x-www-form-urlencoded"
    answer = ask(web, "/en/search", "POST", b"a=" + b"x" * 65535, Content_Type=kind)
    assert answer.status == 413 and "was sent more than it can show" in answer.text
    assert len(rows(ask(web, "/en/search", "POST", b"a=" + b"x" * 65534, Content_Type=kind).text)[0][1]) == 65534


@pytest.mark.parametrize(
    ("target", "kind", "charset"),
    [
        ("/cp1251", "text/html; charset=windows-1251", "windows-1251"),
        ("/koi8-r", "text/html; charset=koi8-r", "koi8-r"),
        ("/meta-charset", "text/html", "windows-1251"),
        ("/no-charset", "text/html", "windows-1251"),
    ],
)
def test_charsets(web: Web, target: str, kind: str, charset: str) -> None:
    answer = ask(web, target)
    assert answer.header["Content-Type"] == kind
    text = answer.body.decode(charset)
    assert "<h1>Привет, сеть!</h1>" in text
    assert ('<meta charset="windows-1251">' in text) is (target == "/meta-charset")
    Tags(text)


def test_the_header_of_a_page(web: Web) -> None:
    answer = ask(web, "/cp1251")
    assert list(answer.header) == ["Server", "Content-Type", "Date", "Content-Length"]
    assert answer.header["Server"] == "netkit"
