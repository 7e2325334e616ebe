"""The view of a letter: its pages, its files, and that nothing in a letter becomes markup."""

from __future__ import annotations

import gc
import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ipywidgets.widgets.widget import _instances

from netkit import i18n
from netkit.servers.mail.first_letters import first_letters
from netkit.servers.mail.letters import Envelope, Letter
from netkit.show import frame, letter_html, letter_pages
from netkit.show.letter import FILES, PREVIEWS, LetterView, _file_name
from netkit.show.letter_pages import LetterPages

VIEWS = ("text", "html", "structure", "source")
BAD = "<script>hacked()</script><img src=x onerror=hacked()>\"'"


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    for widget in list(_instances.values()):
        if isinstance(widget, LetterView):
            widget.close()


def words(source: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", source)).split())


def letter(data: bytes | str, **envelope: object) -> Letter:
    raw = data.replace("\n", "\r\n").encode() if isinstance(data, str) else data
    return Letter(1, "u", raw, 0.0, Envelope(**{"sender": "a@b", "recipients": ("c@d",), **envelope}))  # type: ignore[arg-type]


def shown(widget: object) -> bool:
    return widget.layout.display != "none"  # type: ignore[attr-defined]


def test_envelope_and_header_beside_each_other() -> None:
    view = LetterView(first_letters()[1])
    assert words(view._heading.value) == "Расписание на осень letter 2 622 bytes"
    assert words(view._top.value).startswith(
        "Envelope for the servers: who gets it MAIL FROM <dean@example.org> RCPT TO <student@netkit.test> EHLO "
        "example.org logged in nobody TLS no, readable on its way here Header for the reader: it decides nothing "
        "From Деканат <dean@example.org> To student@netkit.test Subject Расписание на осень Date Tue, 02 Sep 2025 "
        "10:07:00 +0300 Message-ID <lesson-2@netkit.test> all 8 fields as they came From: =?windows-1251?B?"
    )
    secret = letter_html.envelope_and_header(letter("To: x@y\nFrom: z@y\n\n"))
    assert [words(found) for found in re.findall('<span class="nk-remark">(.*?)</span>', secret)] == [
        "in no header field: a blind copy",
        "not the sender on the envelope, and nobody has checked it",
        "x@y: named in To, but the letter was not sent there",
    ]


def test_text_structure_and_source() -> None:
    view = LetterView(first_letters()[2])
    assert words(view._pane.value).startswith("text/plain · koi8-r · quoted-printable · 249 bytes Привет! Ты уже понял")
    view._views.value = "structure"
    assert words(view._pane.value) == (
        "content type character set transfer encoding size disposition and file name "
        "text/plain koi8-r quoted-printable 249 bytes"
    )
    view._views.value = "source"
    assert words(view._pane.value).startswith(
        r"From: =?koi8-r?B?78zR?= <olga@example.net> \r \n To: student@netkit.test"
    )
    view._views.value = "html"
    assert words(view._pane.value) == "This letter has no HTML part."
    assert words(LetterPages(first_letters()[1]).draw("source", 0).html).count(r"\xf3") == 7  # bytes as they came


def test_a_wrong_character_set_is_told() -> None:
    said = LetterPages(letter("Content-Type: text/plain; charset=utf-9\n\nпривет")).draw("text", 0).html
    assert words(said) == (
        "text/plain · utf-9 · no transfer encoding named: 7bit · 12 bytes "
        "the character set utf-9 is unknown here; read as UTF-8 привет"
    )


def test_pages_lose_nothing() -> None:
    long = letter("A: b\n\n" + "".join(f"строка {n}\n" for n in range(5000)) + "я" * 40_000)
    pages = LetterPages(long)
    for view in ("text", "source"):
        first = pages.draw(view, 0)
        every = [pages.draw(view, number).html for number in range(first.of)]
        assert first.of > 5 and all(len(page) < 200_000 for page in every)
        assert pages.draw(view, 10**6).number == first.of - 1 and pages.draw(view, -1).number == 0
        found = "".join(html.unescape(re.search("<pre[^>]*>(.*)</pre>", page, re.DOTALL)[1]) for page in every)  # type: ignore[index]
        for end in ('<i class="nk-esc">\\r</i>', '<i class="nk-esc">\\n</i>'):
            found = found.replace(end, "")
        body = long.data.decode().replace("\r\n", "\n")
        assert found == (body if view == "source" else body.partition("\n\n")[2])
    assert pages.draw("source", 1).says.startswith("page 2 of ")
    view = LetterView(long)
    assert shown(view._pager) and view._back.disabled
    view._on.click()
    assert "page 2 of" in view._place.value and not view._back.disabled
    view._views.value = "structure"
    assert not shown(view._pager)


def test_a_page_ends_between_two_characters() -> None:
    data = ("x" + "я" * 30_000).encode()
    cuts = letter_pages._cut(data, letter_pages.BYTES, b"\n")
    assert b"".join(data[start:end] for start, end in cuts) == data
    assert all(data[start:end].decode() for start, end in cuts)


def test_attachments_are_listed_with_small_pictures() -> None:
    view = LetterView(first_letters()[5])
    assert [label for label, _value in view._views.options] == ["Text", "HTML", "Structure", "Source", "2 attachments"]
    assert view._files.children == ()
    view._views.value = "attachments"
    assert shown(view._files) and not shown(view._pane)
    rows = view._files.children
    assert [words(row.children[0].value) for row in rows] == [
        "board.png image/png, 644 bytes", "палиндром.py text/x-python, 168 bytes",
    ]  # fmt: skip
    assert ["data:image/png;base64,iVBOR" in row.children[0].value for row in rows] == [True, False]
    assert [row.children[1].label for row in rows] == ["Save board.png", "Save палиндром.py"]
    file = rows[1].children[1]._make()
    assert (file.name, file.type) == ("палиндром.py", "application/octet-stream")
    assert file.data.decode().splitlines()[0].startswith('"""Палиндром')
    assert view._as_eml() == ("letter-6.eml", "message/rfc822", first_letters()[5].data)


def test_there_is_a_limit_on_attachments_and_pictures() -> None:
    part = "--X\nContent-Type: image/png\nContent-Disposition: attachment\n\nx\n"
    view = LetterView(letter("Content-Type: multipart/mixed; boundary=X\n\n" + part * 30 + "--X--\n"))
    view._views.value = "attachments"
    rows = view._files.children
    assert len(rows) == FILES + 1 and words(rows[-1].value) == "10 more attachments are not shown."
    assert sum("<img" in row.children[0].value for row in rows[:-1]) == PREVIEWS
    big = letter_html.PREVIEW + 1
    (found,) = LetterPages(letter(b"Content-Type: image/png\r\n\r\n" + b"x" * big)).attachments
    assert "<img" not in letter_html.attachment(found, True)


@pytest.mark.parametrize(
    ("name", "safe"),
    [("../../etc/passwd", "passwd"), ("C:\\x\\y.txt", "y.txt"), (".bashrc", "bashrc"), ("", "attachment-2"),
     ("a\\u202eb<c>.txt", "u202eb-c-.txt"), ("я.txt", "я.txt"), ("x" * 500 + ".txt", "x" * 96 + ".txt")],
)  # fmt: skip
def test_names_of_files(name: str, safe: str) -> None:
    assert _file_name(name, 2) == safe


class Tags(HTMLParser):
    """Which tags and which attributes there are."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(name for name, _value in attrs if name.startswith("on"))}


HARMLESS = {"b", "code", "dd", "details", "div", "dl", "dt", "h4", "i", "iframe", "li", "p", "pre", "section", "span"}
HARMLESS |= {"summary", "table", "tbody", "td", "th", "thead", "tr", "ul"}


def everything(one: Letter) -> str:
    pages = LetterPages(one)
    files = [letter_html.attachment(part, True) for part in pages.attachments]
    return "".join([letter_html.heading(one), letter_html.envelope_and_header(one),
                    *(pages.draw(view, 0).html for view in VIEWS), *files])  # fmt: skip


def test_nothing_in_a_letter_becomes_markup() -> None:
    header = "".join(f"{name}: {BAD} <{BAD}@x>\n" for name in ("From", "To", "Cc", "Subject", "Date", "Message-ID"))
    inner = "".join(
        f"--X\nContent-Type: {kind}; charset={BAD}\nContent-Transfer-Encoding: {BAD}\nContent-ID: {BAD}\n"
        f"Content-Disposition: {BAD}; filename*=utf-8''{BAD}\n\n{BAD}\n"
        for kind in ("text/plain", "text/html", f"image/{BAD}", BAD)
    )
    bad = letter(f"{header}Content-Type: multipart/mixed; boundary=X\n\n{inner}--X--\n{BAD}",
                 sender=BAD, recipients=(BAD,), helo=BAD, user=BAD)  # fmt: skip
    tags = Tags()
    tags.feed(everything(bad))
    tags.feed(everything(letter(f"Content-Type: text/html\n\n{BAD}")))
    assert tags.found <= HARMLESS and {"iframe", "dd", "table"} <= tags.found


PIECES = [b"\r\n", b"\r\n\r\n", b"Content-Type: ", b"text/html", b"multipart/mixed; boundary=X", b"--X\r\n", b"\xff"]
PIECES += [b"Subject: ", b"=?utf-8?B?x?=", BAD.encode(), b"</pre>", b"cid:x", b"\0"]


def test_nor_does_the_name_of_an_attachment() -> None:
    (part,) = LetterPages(letter('Content-Type: image/png; name="<script>x</script>.png"\n\nx')).attachments
    assert part.name == "<script>x</script>.png"
    assert '<b dir="auto">&lt;script&gt;x&lt;/script&gt;.png</b>' in letter_html.attachment(part, True)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(PIECES)).map(b"".join))
def test_whatever_the_bytes_are_it_can_be_shown(data: bytes) -> None:
    tags = Tags()
    tags.feed(everything(letter(data)))
    assert tags.found <= HARMLESS


def test_the_frame_of_html() -> None:
    made = frame.frame(
        '<base href=x><LINK rel=preconnect href=//x><a HREF="http://x" xlink:href=y>the linked href</a>'
        "<iframe src=//x></iframe><img src=cid:dot@x><img src=cid:other>",
        "t",
        LetterPages(letter("Content-Type: image/png\nContent-ID: <dot@x>\n\nPNG")).parts,
    )
    outer = html.unescape(re.search('srcdoc="([^"]*)"', made)[1])  # type: ignore[index]
    inner = html.unescape(re.search('srcdoc="([^"]*)"', outer)[1])  # type: ignore[index]
    assert made.count('sandbox=""') == 1 and outer.count('sandbox=""') == 1
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in outer
    assert inner.endswith(
        '<x-base data-href=x><x-LINK rel=preconnect data-href=about:invalid><a data-href="http://x" xlink:data-href=y>'
        "the linked href</a><x-iframe src=about:invalid></iframe>"
        "<img src=data:image/png;base64,UE5H><img src=cid:other>"
    )


def test_what_is_not_fetched_is_told() -> None:
    assert frame.fetched(
        '<img src="http://a/x?1&amp;2"><IMG SRC = //b/y><td background=https://c><a href="http://no">x</a>'
        "<link rel=stylesheet href='http://d'><style>@import 'http://e'; b { background: url( http://f ) }</style>"
        '<img src="data:x"><img src=local.png><img src="http://a/x?1&amp;2">'
    ) == ("http://a/x?1&2", "//b/y", "https://c", "http://d", "http://e", "http://f")
    said = words(LetterPages(first_letters()[4]).draw("html", 0).html)
    assert (
        "Not fetched, so that nobody learns that it was read: 1 thing from elsewhere. http://tracker.example/seen"
        in said
    )
    assert "No script of the letter runs here, no link leads anywhere, and nothing is fetched from elsewhere." in said
    assert "Not fetched" not in words(LetterPages(letter("Content-Type: text/html\n\nx")).draw("html", 0).html)


def test_its_text_is_the_letters_and_whole() -> None:
    view = LetterView(first_letters()[0])
    bundle = view._repr_mimebundle_()
    assert bundle["text/plain"] == repr(view) == str(first_letters()[0])
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == view.model_id


def test_it_speaks_the_language_in_which_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loud(i18n.gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper() if "{" not in message else message

    monkeypatch.setitem(i18n._loaded, "ru", Loud())
    monkeypatch.setenv("NETKIT_LANGUAGE", "en")
    i18n.language("ru")
    try:
        view = LetterView(first_letters()[0])
    finally:
        i18n.language("en")
    view._views.value = "html"
    assert words(view._pane.value) == "THIS LETTER HAS NO HTML PART."
    assert "ENVELOPE" in repr(view)


def test_an_exception_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    view = LetterView(first_letters()[0])

    def fail(*_: object) -> None:
        raise RuntimeError("<no luck>")

    monkeypatch.setattr(LetterPages, "draw", fail)
    view._views.value = "html"
    assert view._status.value == '<div role="status" class="nk-wrong">RuntimeError: &lt;no luck&gt;</div>'


def test_nothing_is_left_after_many() -> None:
    def one() -> None:
        view = LetterView(first_letters()[5])
        view._views.value = "attachments"
        view.put(first_letters()[0])
        view._views.value = "attachments"
        view.close()
        view.close()

    one()
    gc.collect()
    before = len(_instances)
    for _number in range(20):
        one()
    assert len(_instances) == before
