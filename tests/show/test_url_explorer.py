"""The URL explorer as a widget: what it shows and says, what it refuses, and that all of a URL is escaped."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given

import netkit
from netkit.errors import BadInput
from netkit.protocols.url import explain_url
from netkit.show.plain import VIEW
from netkit.show.url_explorer import LONGEST, UrlExplorer, url_explorer
from netkit.show.url_html import MOST_PIECES, page, picture
from tests.protocols.urls import URLS


def shown(explorer: UrlExplorer) -> str:
    return html.unescape(re.sub("<[^>]+>", " ", explorer.page.value))


def drawn(text: str) -> list[tuple[str, str, str]]:
    """The pieces of the picture: kind, text, name."""
    one = re.compile(r'<span class="(?:nk-url-part )?nk-url-(\w+)"><code>(.*?)</code>(?:<i>(.*?)</i>)?</span>')
    return [tuple(map(html.unescape, found)) for found in one.findall(picture(explain_url(text)))]  # type: ignore[misc]


def test_each_part_has_its_name() -> None:
    assert drawn("http://u:@[::1]:8/a;?q#") == [
        ("scheme", "http", "scheme"),
        ("sign", "://", ""),
        ("username", "u", "user"),
        ("sign", ":", ""),
        ("password", "", "password (empty)"),
        ("sign", "@[", ""),
        ("hostname", "::1", "host"),
        ("sign", "]:", ""),
        ("port", "8", "port"),
        ("path", "/a", "path"),
        ("sign", ";", ""),
        ("params", "", "parameters (empty)"),
        ("sign", "?", ""),
        ("query", "q", "query"),
        ("sign", "#", ""),
        ("fragment", "", "fragment (empty)"),
    ]
    assert drawn("a\t\u202eb") == [("path", "a", "path"), ("dropped", r"\t", "dropped"), ("path", r"\u202eb", "path")]


def test_it_follows_both_fields() -> None:
    explorer = url_explorer("http://a.example/b", "")
    assert "Write a base above to see what urljoin makes of both." in shown(explorer)
    explorer.url.value = "../c"
    assert "relative-path reference" in shown(explorer)
    explorer.base.value = "http://a.example/x/y/z"
    assert "http://a.example/x/c" in shown(explorer)
    assert "Write a base" not in shown(explorer)


def test_its_text_has_the_same_facts() -> None:
    explorer = url_explorer("../list;v=1?q=a+b&q=#top", "http://www.example.org/docs/new/")
    assert (
        repr(explorer)
        == """\
URL: ../list;v=1?q=a+b&q=#top
  path      urlsplit '../list;v=1'  urlparse '../list'
  params    urlsplit –  urlparse 'v=1'
  query     'q=a+b&q='  decoded 'q=a b&q='
  fragment  'top'
The query as names and values (parse_qsl):
  'q' = 'a b'  (this name is there 2 times)
  'q' = ''  (this name is there 2 times; empty: without keep_blank_values=True parse_qsl leaves it out)
Joined to the base “http://www.example.org/docs/new/”:
  1. Scheme and authority come from the base.
  2. Of the base's path what stands up to its last “/” is kept, “/docs/new/”, and the reference's path put behind it.
  3. Dot segments are removed (section 5.2.4): “/docs/new/../list;v=1” becomes “/docs/list;v=1”.
In Python:
  from urllib.parse import urljoin, urlsplit, urlunsplit
  parts = urlsplit('../list;v=1?q=a+b&q=#top')
  urlunsplit(parts)  # parts.geturl(): the same again
  urljoin('http://www.example.org/docs/new/', '../list;v=1?q=a+b&q=#top')
  # 'http://www.example.org/docs/list;v=1?q=a+b&q=#top'
Note: This is a relative reference (section 4.2), relative-path reference: it continues the base's path after its last \
“/”.
Note: urlparse cuts parameters off at “;” in the last segment; urlsplit leaves them in the path, as RFC 3986 (section \
3.3) has it.
Note: “+” in a query means a space in forms: unquote_plus makes “a b” of it, unquote “a+b”. A real plus is “%2B”."""
    )
    bundle = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == repr(explorer)
    assert VIEW in bundle


def test_a_url_that_is_refused_is_shown_all_the_same() -> None:
    explorer = url_explorer("http://[::1/", "http://a.example/")
    assert "A square bracket has no partner" in shown(explorer)
    assert "# ValueError: Invalid IPv6 URL" in shown(explorer)
    assert drawn("http://[::1/")[2] == ("hostname", "::1", "host")
    assert "parts = urlsplit('http://[::1/')  # ValueError: Invalid IPv6 URL" in repr(explorer)


@given(URLS, URLS)
def test_nothing_of_a_url_becomes_html(text: str, base: str) -> None:
    made = page(explain_url(text, base))
    tags = set(re.findall("<(/?[a-z0-9]+)", made))
    known = {"b", "br", "code", "div", "h4", "i", "li", "ol", "p", "pre", "section", "small", "span", "table", "tbody"}
    known |= {"td", "th", "thead", "tr", "ul"}
    assert {tag.strip("/") for tag in tags} <= known
    assert "<b>" not in re.sub("<b>(?:Error|Beware|Note)</b>", "", made)
    made.encode()  # it can be sent


@pytest.mark.parametrize("field", ["url", "base"])
def test_markup_in_each_field_and_part_is_escaped(field: str) -> None:
    evil = "<script>alert(1)</script>"
    url = f"http://{evil}:{evil}@{evil}:{evil}/{evil};{evil}?{evil}={evil}#{evil}"
    explorer = url_explorer(**{field: url})
    assert "<script" not in explorer.page.value
    assert "&lt;script&gt;alert(1)" in explorer.page.value


def test_markup_in_the_steps_is_escaped() -> None:
    made = page(explain_url("<u>/../x", "http://a.example/<s>/b"))
    assert "&lt;s&gt;/&lt;u&gt;/../x” becomes" in made
    assert not re.search("<[us]>", made)


def test_long_urls_are_shortened() -> None:
    made = page(explain_url("http://a.example/" + "x" * 19_000, "http://a.example/" + "y" * 19_000))
    assert len(made) < 20_000
    assert "… 18401 characters …" in made
    many = picture(explain_url("a\t" * 5000))
    assert many.count("<span") == MOST_PIECES
    assert "… and 9940 pieces more" in many
    fields = page(explain_url("?" + "a=b&" * 60))
    assert "… and 20 fields more" in fields


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (b"http://a.example/", "A URL is given as text (str); this is bytes."),
        (None, "A URL is given as text (str); this is NoneType."),
        ("x" * (LONGEST + 1), "The explorer takes a URL of up to 20000 characters; this one has 20001."),
        ("ab\ud800", "Character 2 is half of a surrogate pair (U+D800): it can neither be shown nor sent."),
    ],
)
def test_bad_input(wrong: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        url_explorer(wrong)
    assert str(caught.value) == said


def test_a_longer_one_that_is_typed_is_answered_in_words() -> None:
    explorer = url_explorer("http://a.example/")
    explorer.url.value = "x" * 30_000
    assert shown(explorer).strip() == "The explorer takes a URL of up to 20000 characters; this one has 30000."
    assert 'role="status"' in explorer.page.value
    explorer.url.value = "http://a.example/"
    assert "Its parts" in shown(explorer)


def test_what_goes_wrong_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = url_explorer()
    monkeypatch.setattr("netkit.show.url_explorer.page", lambda _parts: 1 / 0)
    explorer.url.value = "x"
    assert shown(explorer).strip() == "ZeroDivisionError: division by zero"


def test_netkit_has_it() -> None:
    assert netkit.url_explorer is url_explorer
    assert repr(netkit.url_explorer()).startswith("URL: http://user:secret@www.example.org:8080/docs/list.html;v=2?q=")
