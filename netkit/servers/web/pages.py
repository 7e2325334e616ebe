"""The pages for people: the start page, the form, Russian text in its charsets, and a directory with a password."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import unquote_to_bytes

from tornado.web import HTTPError

from netkit.servers.basic import credentials, same
from netkit.servers.web import texts
from netkit.servers.web.formats import picture
from netkit.servers.web.handler import Page, Unauthorized
from netkit.servers.web.layout import HTML, LANGUAGES, page, visible
from netkit.servers.web.octets import Partial

REALM = "My page"
CHARSETS = ("utf-8", "windows-1251", "koi8-r", "ibm866", "iso-8859-1", "iso-8859-5")
MOST_FIELDS = 200  # of a form, that are shown
MOST_SHOWN = 65536  # bytes of a form


class Home(Page):
    """/, /en/, /ru/"""

    def get(self) -> None:
        language = self.language
        body = f"<p>{texts.HOME_TEXT[language]}</p>"
        which = LANGUAGES.index(language)
        for title, links in texts.SECTIONS:
            items = (
                f'<li><a href="{path.format(lang=language)}"><code>{path.format(lang=language)}</code></a> '
                f"— {says[which]}</li>"
                for path, *says in links
            )
            body += f"\n<h2>{title[which]}</h2>\n<ul>\n" + "\n".join(items) + "\n</ul>"
        self.set_header("Vary", "Accept-Language")
        self.set_header("Content-Language", language)
        self.text(page(texts.HOME[language], body, language), HTML)


class ToSlash(Page):
    """A directory's name without its slash"""

    def get(self) -> None:
        self.go_to(self.request.path + "/", 301)


class Search(Page):
    """/search, /en/search, /ru/search: a form, and what it sent"""

    def get(self) -> None:
        self._answer("query", self.request.query.encode("latin-1"), "")

    def post(self) -> None:
        kind, _semicolon, parameters = self.request.headers.get("Content-Type", "").partition(";")
        if kind.strip().lower() != "application/x-www-form-urlencoded":
            raise HTTPError(415)
        if len(self.request.body) > MOST_SHOWN:
            raise HTTPError(413)
        _name, _equals, charset = parameters.lower().partition("charset=")
        self._answer("body", self.request.body, charset.strip(' "'))

    def _answer(self, place: str, sent: bytes, charset: str) -> None:
        language = self.language
        fields = list(itertools.islice(fields_of(sent), MOST_FIELDS))
        told = [value for name, value in fields if name == b"_charset_"]  # HTML section 4.10.18.1
        charset = (unquote(told[0]).decode("latin-1") if told else charset).lower() or "utf-8"
        body = _form(language)
        if charset not in CHARSETS:
            body += f"<p>{texts.SEARCH_UNKNOWN[language].format(charset=visible(charset))}</p>"
            charset = "utf-8"
        if not fields:
            body += f"<p>{texts.SEARCH_NOTHING[language]}</p>"
        else:
            title, facts = texts.SEARCH_GOT[language]
            where = texts.SEARCH_PLACE[language][place]
            facts = facts.format(method=self.request.method, place=where, n=len(sent), charset=charset)
            body += f"<h2>{title}</h2>\n<p>{facts}</p>\n{_table(fields, charset, texts.SEARCH_HEAD[language])}"
        self.text(page(texts.SEARCH[language], body, language, "search"), HTML)


def fields_of(sent: bytes) -> Iterable[tuple[bytes, bytes]]:
    """Names and values of application/x-www-form-urlencoded, as they came."""
    for field in sent.split(b"&"):
        if field:
            name, _equals, value = field.partition(b"=")
            yield name, value


def unquote(sent: bytes) -> bytes:
    """The bytes for which it stands."""
    return unquote_to_bytes(sent.replace(b"+", b" "))


def _form(language: str) -> str:
    what, numbers, charset, get, post = texts.SEARCH_FORM[language]
    boxes = "".join(f'<label><input type="checkbox" name="n" value="{n}"> {n}</label>' for n in (1, 2, 3, 4))
    button = "Привет" if language == "ru" else "Hello"
    forms = (
        f"""<form method="{method}" action="/{language}/search" accept-charset="{sent_in}">
<p><label>{what}: <input name="search" value="Python"></label></p>
<p>{numbers}: {boxes}</p>
<p>{charset}: <code>{sent_in}</code> <input type="hidden" name="_charset_"></p>
<p><button name="button" value="{button}">{says}</button></p>
</form>
"""
        for method, sent_in, says in (("get", "utf-8", get), ("post", "koi8-r", post))
    )
    return "<hr>\n".join(forms)


def _table(fields: list[tuple[bytes, bytes]], charset: str, head: tuple[str, ...]) -> str:
    titles = "".join(f'<th scope="col">{title}</th>' for title in head)
    rows = [f"<tr>{titles}</tr>"]
    for name, value in fields:
        data = unquote(value)
        cells = (
            unquote(name).decode(charset, "replace"),
            value.decode("ascii", "backslashreplace"),
            data.hex(" ").upper(),
            data.decode(charset, "replace"),
        )
        rows.append(f"<tr>{''.join(f'<td>{visible(cell)}</td>' for cell in cells)}</tr>")
    return "<table>\n" + "\n".join(rows) + "\n</table>\n"


class Charset(Page):
    """Russian text in a charset that is told in the header, in the document, in both or nowhere"""

    def initialize(self, charset: str, told: bool, meta: bool) -> None:
        self.charset = charset
        self.told = told
        self.meta = meta

    def get(self) -> None:
        meta = f'<meta charset="{self.charset}">' if self.meta else ""
        text = f"""<!DOCTYPE html>
<html lang="ru">
<head>{meta}<title>{texts.CHARSET_TITLE}</title></head>
<body>
<h1>{texts.CHARSET_TITLE}</h1>
<p>{texts.CHARSET_TEXT}</p>
</body>
</html>
"""
        self.set_header("Content-Type", f"text/html; charset={self.charset}" if self.told else "text/html")
        self.finish(text.encode(self.charset))


class Private(Partial):
    """/private/: Basic authorization (RFC 7617), whatever is asked for below it"""

    def initialize(self, users: Mapping[str, str]) -> None:
        self.users = users

    def prepare(self) -> None:
        """First of all: those who may not enter are not told what there is."""
        said = credentials(self.request.headers.get("Authorization", ""))
        password = self.users.get(said[0]) if said else None
        if said is None or password is None or not same(said[1], password):
            raise Unauthorized(f'Basic realm="{REALM}", charset="UTF-8"')
        self.user = said[0]

    async def get(self, name: str) -> None:
        if not name:
            items = (f'<li><a href="/private/{each}">{each}</a></li>' for each in self._files())
            hello = texts.PRIVATE_TEXT[self.language].format(user=escape(self.user))
            body = f"<p>{hello}</p>\n<ul>\n" + "\n".join(items) + "\n</ul>"
            self.text(page(texts.PRIVATE[self.language], body, self.language), HTML)
            return
        if name not in self._files():
            raise HTTPError(404)
        data, kind = self._files()[name]
        etag = hashlib.sha256(data).hexdigest()[:16]
        await self.send(len(data), lambda start, stop, _block: iter((data[start:stop],)), etag, kind=kind)

    def _files(self) -> dict[str, tuple[bytes, str]]:
        kinds = {"txt": "text/plain; charset=utf-8", "csv": "text/csv; charset=utf-8"}
        made = {name: (text.encode(), kinds[name[-3:]]) for name, text in texts.PRIVATE_FILES.items()}
        return made | {"picture.png": (picture(), "image/png")}
