"""The URL explorer: type a URL, and see its parts, what urllib.parse makes of them, and what is surprising."""

from __future__ import annotations

import html

import ipywidgets

from netkit.errors import BadInput
from netkit.i18n import _
from netkit.protocols.url import explain_url
from netkit.protocols.url_text import table
from netkit.show.keyguard import KeyGuard
from netkit.show.plain import Plain
from netkit.show.url_html import page

EXAMPLE = "http://user:secret@www.example.org:8080/docs/list.html;v=2?q=network+program&lang=ru#top"
LONGEST = 20_000  # characters; no server takes more


def url_explorer(url: str = EXAMPLE, base: str | None = None) -> UrlExplorer:
    """Take a URL apart, and any other that is typed (RFC 3986; urllib.parse).

    Args:
        url: a URL or a relative reference; any text will do.
        base: the URL of the document in which the reference stands; with it, what urljoin makes of both is shown.

    Raises:
        BadInput: it is no str, or one that no field can hold.
    """
    return UrlExplorer(_text(url), "" if base is None else _text(base))


def _text(url: str) -> str:
    if not isinstance(url, str):
        raise BadInput(_("A URL is given as text (str); this is {kind}.").format(kind=type(url).__name__))
    if len(url) > LONGEST:
        raise BadInput(_too_long(url))
    try:
        url.encode()
    except UnicodeEncodeError as problem:
        text = _("Character {n} is half of a surrogate pair ({code}): it can neither be shown nor sent.")
        raise BadInput(text.format(n=problem.start, code=f"U+{ord(url[problem.start]):04X}")) from None
    return url


def _too_long(url: str) -> str:
    text = _("The explorer takes a URL of up to {most} characters; this one has {n}.")
    return text.format(most=LONGEST, n=len(url))


class UrlExplorer(Plain):
    """A field for a URL, one for a base; below, both explained, at once with every key."""

    def __init__(self, url: str, base: str) -> None:
        self.url = ipywidgets.Text(url, description="URL")
        self.base = ipywidgets.Text(
            base, description=_("Base"), placeholder=_("only for urljoin: e.g. http://www.example.org/docs/")
        )
        self.page = ipywidgets.HTML()
        for ignored in ("tex2jax_ignore", "mathjax_ignore"):  # "$…$" in a URL is no formula
            self.page.add_class(ignored)
        for field in (self.url, self.base):
            field.add_class("nk-url-field")
            field.observe(self._draw, "value")
        super().__init__([self.url, self.base, self.page, KeyGuard()])
        self.add_class("nk-root")
        self._draw()

    def _draw(self, _change: object = None) -> None:
        try:
            long = next((text for text in (self.url.value, self.base.value) if len(text) > LONGEST), None)
            self.page.value = _wrong(_too_long(long)) if long else page(explain_url(self.url.value, self.base.value))
        except Exception as problem:  # it would be seen nowhere else
            self.page.value = _wrong(f"{type(problem).__name__}: {problem}")

    def __repr__(self) -> str:
        return table(explain_url(self.url.value, self.base.value))


def _wrong(message: str) -> str:
    return f'<p role="status" class="nk-wrong">{html.escape(message)}</p>'
