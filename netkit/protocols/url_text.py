"""A URL explained as plain text, and the words that the text and the picture share."""

from __future__ import annotations

from collections.abc import Iterator

from netkit.i18n import _, ngettext
from netkit.protocols.url import ABSENT, UrlParts
from netkit.protocols.url_join import BASE, MERGED, REFERENCE
from netkit.protocols.url_note import BEWARE, ERROR, brief, shortened, visible
from netkit.protocols.url_parts import DROPPED, STRAY
from netkit.protocols.url_query import Field, Reading, codec, not_utf8, octets_of, readings

MOST_FIELDS = 40  # of a query that are shown
MOST_VALUE = 160  # characters of a value that are shown


def label(name: str) -> str:
    """What a part or a piece is called."""
    return {
        "scheme": _("scheme"),
        "netloc": _("authority"),
        "username": _("user"),
        "password": _("password"),
        "hostname": _("host"),
        "port": _("port"),
        "path": _("path"),
        "params": _("parameters"),
        "query": _("query"),
        "fragment": _("fragment"),
        DROPPED: _("dropped"),
        STRAY: _("stray"),
    }[name]


def kind(name: str) -> str:
    """The word in front of a note."""
    return {ERROR: _("Error"), BEWARE: _("Beware")}.get(name, _("Note"))


def whence(name: str) -> str:
    """Where a part of the target comes from."""
    words = {BASE: _("from the base"), REFERENCE: _("from the reference"), MERGED: _("from both")}
    return words.get(name, _("none"))


def read_as(found: tuple[Reading, ...] | list[Reading]) -> str:
    """In which charsets escapes that are no UTF-8 can be read."""
    if not found:
        return _("not UTF-8; in no charset that is tried does it look like words")
    text = _("in {charset} it would read {text}")
    said = [text.format(charset=one.charset, text=brief(one.text)) for one in found]
    return _("not UTF-8; {readings}").format(readings=", ".join(said))


def value(field: Field) -> tuple[str, str, str]:
    """A field as parse_qsl gives it, its name and its value as Python writes them; and what is to be said of it."""
    said = []
    name, given = repr(field.name), repr(field.value)
    if field.times > 1:
        text = ngettext("this name is there {n} time", "this name is there {n} times", field.times)
        said.append(text.format(n=field.times))
    if field.dropped:
        said.append(_("empty: without keep_blank_values=True parse_qsl leaves it out"))
    if not_utf8(field.written):
        found = readings(_told(field))
        said.append(_("the bytes are {octets}").format(octets=shortened(repr(octets_of(_told(field))), MOST_VALUE)))
        said.append(read_as(found))
        if found:
            said.append(f'parse_qsl(…, encoding="{codec(found[0])}")')
    return shortened(name, MOST_VALUE), shortened(given, MOST_VALUE), "; ".join(said)


def _told(field: Field) -> str:
    """The value as it stands, or the name if that is what does not decode."""
    name, _sign, after = field.written.replace("+", " ").partition("=")
    return after if not_utf8(after) else name


def program(parts: UrlParts) -> str:
    """The Python that says the same."""
    lines = [f"from urllib.parse import {'urljoin, ' if parts.base else ''}urlsplit, urlunsplit"]
    lines.append(f"parts = urlsplit({_code(parts.text)})" + (f"  # {visible(parts.error)}" if parts.error else ""))
    if parts.geturl is not None:
        lines.append(f"urlunsplit(parts)  # parts.geturl(): {parts.again}")
        if parts.geturl != parts.text:
            lines.append(f"# {_code(parts.geturl)}")
    if parts.joined:
        lines.append(f"urljoin({_code(parts.base)}, {_code(parts.text)})")
        python = parts.joined.python
        lines.append(f"# {visible(parts.joined.error) if python is None else _code(python)}")
    return "\n".join(lines)


def _code(text: str) -> str:
    return shortened(repr(text), 400)


def left_out(parts: UrlParts) -> str:
    """How many fields of the query are not shown; "" if none."""
    n = len(parts.fields) - MOST_FIELDS
    return ngettext("… and {n} field more", "… and {n} fields more", n).format(n=n) if n > 0 else ""


def table(parts: UrlParts) -> str:
    """All of it as plain text; the same each time."""
    return "\n".join(_lines(parts))


def _lines(parts: UrlParts) -> Iterator[str]:
    yield "URL: " + (visible(shortened(parts.text, 2 * MOST_VALUE)) or _("(empty)"))
    rows = [(row, shortened(row.split, MOST_VALUE), shortened(row.parsed, MOST_VALUE)) for row in parts.rows]
    wide = max(len(row.name) for row in parts.rows)
    for row, split, parsed in rows:
        if {split, parsed} <= {"None", "''", ABSENT}:
            continue
        more = [split] if split == parsed else [f"urlsplit {split}", f"urlparse {parsed}"]
        more += [_("decoded {text}").format(text=shortened(row.decoded, MOST_VALUE))] if row.decoded else []
        more += [read_as(row.readings)] if row.decoded.startswith("b") else []
        yield f"  {row.name:<{wide}}  {'  '.join(more)}"
    if parts.fields:
        yield _("The query as names and values (parse_qsl):")
        for field in parts.fields[:MOST_FIELDS]:
            name, given, said = value(field)
            yield f"  {name} = {given}" + (f"  ({said})" if said else "")
        if more_fields := left_out(parts):
            yield f"  {more_fields}"
    if parts.joined:
        yield _("Joined to the base {base}:").format(base=brief(parts.base))
        yield from (f"  {n}. {step}" for n, step in enumerate(parts.joined.steps, 1))
    yield _("In Python:")
    yield from (f"  {line}" for line in program(parts).split("\n"))
    yield from (f"{kind(note.kind)}: {note.text}" for note in parts.notes)
