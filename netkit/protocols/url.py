"""A URL explained: its parts and where they stand, what urllib.parse makes of them, and what is surprising in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import ParseResult, SplitResult, unquote, unquote_plus, urlparse, urlsplit

from netkit.i18n import _
from netkit.protocols import url_authority, url_escapes
from netkit.protocols.url_join import Joined, join
from netkit.protocols.url_note import BEWARE, ERROR, NOTE, REFUSED, Note, brief
from netkit.protocols.url_parts import NAMES, Cut, Part, Piece, cut
from netkit.protocols.url_query import Field, Reading, fields, not_utf8, octets_of, readings

ATTRIBUTES = ("scheme", "netloc", "username", "password", "hostname", "port", "path", "params", "query", "fragment")
ABSENT = "–"  # where a result of urllib.parse has no such attribute


@dataclass(frozen=True, slots=True)
class Row:
    """A part in the table.

    Attributes:
        name: the attribute of the results, one of `ATTRIBUTES`.
        split: what urlsplit gives, as Python writes it; `ABSENT` if its result has no such attribute.
        parsed: the same of urlparse.
        decoded: without percent-escapes, as Python writes it; "" where there are none.
        readings: what escapes say that are no UTF-8; likeliest first.
        meaning: what it is.
        source: where that stands.
    """

    name: str
    split: str
    parsed: str
    decoded: str
    readings: tuple[Reading, ...]
    meaning: str
    source: str


@dataclass(frozen=True, slots=True)
class UrlParts:
    """All that is to be said of a URL, in the learner's language.

    Attributes:
        text: the URL.
        base: the base; "" for none.
        pieces: the whole text: in order, without gaps (see `netkit.protocols.url_parts.Cut`).
        parts: the parts that are there.
        rows: the table.
        fields: the query as names and values.
        joined: the URL as a reference, joined to the base; None without a base.
        notes: surprises; what raises stands first.
        error: what urlsplit raises, as Python says it; "" if it does not.
        geturl: the URL as urlsplit puts it together again; None where it raises.
        again: that it is the same, or what changed.
    """

    text: str
    base: str
    pieces: tuple[Piece, ...]
    parts: tuple[Part, ...]
    rows: tuple[Row, ...]
    fields: tuple[Field, ...]
    joined: Joined | None
    notes: tuple[Note, ...]
    error: str
    geturl: str | None
    again: str


def explain_url(text: str, base: str = "") -> UrlParts:
    """Take a URL, or a relative reference, apart. It never raises, whatever the texts are."""
    url = cut(text)
    split, parsed, error = _taken_apart(text)
    geturl = None if split is None else split.geturl()
    refused = ERROR if error else BEWARE
    said = (*url_authority.notes(url), *url_escapes.notes(url))
    notes = [note._replace(kind=refused) if note.kind == REFUSED else note for note in said]
    if error and not any(note.kind == ERROR for note in notes):
        notes.append(Note(ERROR, _("urlsplit refuses this URL.")))
    notes.sort(key=lambda note: (ERROR, BEWARE, NOTE).index(note.kind))
    return UrlParts(
        text=text,
        base=base,
        pieces=url.pieces,
        parts=tuple(url.parts[name] for name in NAMES if name in url.parts),
        rows=tuple(_row(name, url, split, parsed) for name in ATTRIBUTES),
        fields=tuple(fields(url["query"] or "")),
        joined=join(base, text, brief) if base else None,
        notes=tuple(notes),
        error=error,
        geturl=geturl,
        again="" if geturl is None else _again(url, geturl),
    )


def _taken_apart(text: str) -> tuple[SplitResult | None, ParseResult | None, str]:
    try:
        return urlsplit(text), urlparse(text), ""
    except ValueError as problem:
        return None, None, f"{type(problem).__name__}: {problem}"


def _row(name: str, url: Cut, split: SplitResult | None, parsed: ParseResult | None) -> Row:
    meaning, section = _meaning(name)
    source = _("RFC {number}, section {section}").format(number=2396 if name == "params" else 3986, section=section)
    value = url.netloc if name == "netloc" else url[name]
    bad = name not in ("scheme", "netloc", "port") and not_utf8(value or "")
    plain = (value or "").replace("+", " ") if name == "query" else value or ""
    return Row(
        name=name,
        split=_attribute(split, name),
        parsed=_attribute(parsed, name),
        decoded=_decoded(name, value or ""),
        readings=tuple(readings(plain)) if bad else (),
        meaning=meaning,
        source=source,
    )


def _attribute(result: SplitResult | ParseResult | None, name: str) -> str:
    if result is None or not hasattr(type(result), name):
        return ABSENT
    try:
        return repr(getattr(result, name))
    except ValueError:  # of .port
        return "ValueError"


def _decoded(name: str, value: str) -> str:
    """A part without its escapes; bytes where they are no UTF-8."""
    if name in ("scheme", "netloc", "hostname", "port") or not ("%" in value or name == "query" and "+" in value):
        return ""
    if not_utf8(value):
        return repr(octets_of(value.replace("+", " ") if name == "query" else value))
    said = unquote_plus(value) if name == "query" else unquote(value)
    return repr(said) if said != value else ""


def _meaning(name: str) -> tuple[str, str]:
    """What a part is, and the section of RFC 3986 (of RFC 2396 for the parameters)."""
    return {
        "scheme": (_("how all the rest is to be understood"), "3.1"),
        "netloc": (_("the authority: who is asked; in it the next four"), "3.2"),
        "username": (_("as whom"), "3.2.1"),
        "password": (_("with which password; better not in a URL"), "3.2.1"),
        "hostname": (_("name or address of the machine"), "3.2.2"),
        "port": (_("a number; without it the usual one of the scheme"), "3.2.3"),
        "path": (_("what is asked for: segments between “/”"), "3.3"),
        "params": (_("parameters of the last segment; today part of the path"), "3.3"),
        "query": (_("more to say what is asked for; often names and values"), "3.4"),
        "fragment": (_("a place in what came; it is not sent"), "3.5"),
    }[name]


def _again(url: Cut, geturl: str) -> str:
    """Whether urlsplit and geturl give the same text again, or what changed."""
    if geturl == url.text:
        return _("the same again")
    changes = _changes(url)
    expected = url.clean
    said = []
    for there, change, text in changes:
        if there and expected != geturl:
            expected = change(expected)
            said.append(text)
    if url.text != url.clean:
        said.insert(0, _("what urlsplit drops is gone"))
    if expected != geturl:
        said.append(_("it is written otherwise"))
    return _("not the same: {changes}").format(changes="; ".join(said))


def _changes(url: Cut) -> list[tuple[bool, Callable[[str], str], str]]:
    """What may change: whether it can, how the URL looks then, and what to say."""
    scheme = url["scheme"] or ""
    size = len(scheme)
    return [
        (scheme != scheme.lower(), lambda text: text[:size].lower() + text[size:], _("the scheme is in small letters")),
        (url["fragment"] == "", lambda text: text.removesuffix("#"), _("an empty fragment loses its “#”")),
        (url["query"] == "", lambda text: _without_empty_query(text), _("an empty query loses its “?”")),
        (url.netloc == "", lambda text: text.replace("//", "", 1), _("an empty authority loses its “//”")),
        (url.netloc is None, lambda text: _with_authority(text, size), _("an empty authority, “//”, is put in")),
    ]


def _without_empty_query(text: str) -> str:
    before, sign, after = text.partition("#")
    return before.removesuffix("?") + sign + after


def _with_authority(text: str, size: int) -> str:
    rest = text[size + 1 :]
    return f"{text[: size + 1]}//{'' if rest[:1] in ('/', '') else '/'}{rest}"
