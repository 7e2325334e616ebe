"""Surprises in path, query and fragment: parameters, percent-escapes, and signs that mean different things in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, unquote, unquote_plus, uses_params

from netkit.i18n import _
from netkit.protocols.url_join import without_dots
from netkit.protocols.url_note import BEWARE, NOTE, Note, brief
from netkit.protocols.url_parts import Cut

_SAFE = "/:@!$&'()*+,;=?%#[]~"  # what quote is to leave in a URL that has its delimiters already
_NEVER = re.compile(r'[ "<>^`{|}]')
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})[^%]{0,2}")
_TWICE = re.compile(r"%25[0-9A-Fa-f]{2}")


def notes(url: Cut) -> Iterator[Note]:
    """All that is to be said of what stands behind the authority."""
    for say in (_params, _semicolon, _dots, _not_ascii, _never, _tilde, _no_escape, _twice, _slash, _plus, _empty):
        yield from say(url)


def _params(url: Cut) -> Iterator[Note]:
    path, params = url["path"] or "", url["params"]
    if params is not None:
        text = _(
            "urlparse cuts parameters off at “;” in the last segment; urlsplit leaves them in the path, as RFC "
            "3986 (section 3.3) has it."
        )
        yield Note(NOTE, text)
    scheme = (url["scheme"] or "").lower()
    if ";" in path and scheme in uses_params:
        yield Note(
            NOTE,
            _(
                "“;” in an earlier segment: RFC 2396 allows parameters there too, but urlparse sees only the "
                "last one's."
            ),
        )
    elif ";" in path:
        yield Note(
            NOTE,
            _("“;” in the path: urlparse knows no parameters of {scheme} URLs.").format(scheme=brief(scheme + ":")),
        )


def _semicolon(url: Cut) -> Iterator[Note]:
    if ";" in (url["query"] or ""):
        text = _(
            "“;” no longer separates fields of a query (since Python 3.10; CVE-2021-23336): only “&” does. "
            'parse_qsl takes separator=";".'
        )
        yield Note(NOTE, text)


def _dots(url: Cut) -> Iterator[Note]:
    path = url["path"] or ""
    after = without_dots(path)
    if path.startswith("/") and after != path:
        text = _("The path has dot segments: urlsplit leaves them, browsers and urljoin make {after} of it.")
        yield Note(NOTE, text.format(after=brief(after)))


def _not_ascii(url: Cut) -> Iterator[Note]:
    rest = "".join(url[name] or "" for name in ("path", "params", "query", "fragment"))
    if rest.isascii():
        return
    first = next(value for name in ("path", "params", "query", "fragment") if not (value := url[name] or "").isascii())
    text = _("Behind the authority stands what is not ASCII: it has to be quoted before use, as UTF-8: {quoted}.")
    text = text.format(quoted=brief(quote(first, safe=_SAFE, errors="replace")))
    if (url["scheme"] or "").lower() in ("http", "https") and not rest.removesuffix(url["fragment"] or "").isascii():
        text += " " + _("urlopen raises UnicodeEncodeError.")
    yield Note(BEWARE, text)


def _never(url: Cut) -> Iterator[Note]:
    signs = dict.fromkeys(_NEVER.findall(url.clean))
    rest = "".join(url[name] or "" for name in ("path", "params", "query", "fragment"))
    signs |= dict.fromkeys(c for c in rest if c in "[]")
    signs |= dict.fromkeys(c for c in url["fragment"] or "" if c == "#")
    if signs:
        said = " ".join(f"{brief(sign)} (%{ord(sign):02X})" for sign in signs)
        text = _(
            "No URL may have these as they are, they have to be escaped (section 2): {signs}. urlsplit does not mind."
        )
        yield Note(BEWARE, text.format(signs=said))


def _tilde(url: Cut) -> Iterator[Note]:
    if "~" in url.clean:
        yield Note(NOTE, _("“~” needs no escape (section 2.3): quote leaves it as it is, since Python 3.7."))
    elif "%7e" in url.clean.lower():
        yield Note(
            NOTE, _("“%7E” is the same as “~”, which needs no escape (section 2.3): quote leaves it, since Python 3.7.")
        )


def _no_escape(url: Cut) -> Iterator[Note]:
    if found := _NO_ESCAPE.search(url.clean):
        text = _(
            "{what} is no escape: two hexadecimal digits belong behind “%”. unquote leaves it; a “%” itself is “%25”."
        )
        yield Note(BEWARE, text.format(what=brief(found[0])))


def _twice(url: Cut) -> Iterator[Note]:
    if found := _TWICE.search("".join(url[name] or "" for name in ("path", "params", "query", "fragment"))):
        once = unquote(found[0])
        text = _(
            "{what} looks as if it were escaped twice: unquote makes {once} of it, and only a second time "
            "{twice}. Decode once."
        )
        yield Note(BEWARE, text.format(what=brief(found[0]), once=brief(once), twice=brief(unquote(once))))


def _slash(url: Cut) -> Iterator[Note]:
    if "%2f" in (url["path"] or "").lower():
        text = _("“%2F” in the path is no delimiter, but decoded it cannot be told from one: split first, decode then.")
        yield Note(BEWARE, text)


def _plus(url: Cut) -> Iterator[Note]:
    query = url["query"] or ""
    if "+" in query:
        text = _(
            "“+” in a query means a space in forms: unquote_plus makes {plus} of it, unquote {plain}. A real "
            "plus is “%2B”."
        )
        found = re.search(r"[^&=]*\+[^&=]*", query)
        word = found[0] if found else "+"
        yield Note(NOTE, text.format(plus=brief(unquote_plus(word)), plain=brief(unquote(word))))
    elif "%20" in query:
        yield Note(
            NOTE, _("“%20” in a query is a space, as “+” is; quote writes the one, quote_plus and urlencode the other.")
        )
    if "+" in (url["path"] or ""):
        yield Note(NOTE, _("“+” in a path is a plus: only in a query does it mean a space."))


def _empty(url: Cut) -> Iterator[Note]:
    if url["query"] == "":
        yield Note(
            NOTE,
            _("The query is there and empty. For RFC 3986 that is not the same as none; for urlsplit both are ''."),
        )
    if url["fragment"] == "":
        yield Note(NOTE, _("The fragment is there and empty; urlsplit cannot tell that from none."))
