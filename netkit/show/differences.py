"""Two HTTP exchanges side by side: what is the same, what changed, what only one of them has. Plain data, no widget."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

from netkit.export.rows import shorten
from netkit.i18n import _, octets
from netkit.protocols.http_exchanges import Exchange, Request, Response
from netkit.protocols.text import visible

LINES = 200  # lines of content that are compared line by line; of longer content it is told whether it is the same
LONGEST = 300  # characters of a value that are shown
WORDS = 400  # characters of two values whose words are compared
VOLATILE = frozenset(("date",))  # fields that differ from run to run, whatever the learner does

_WORD = re.compile(r"\\(?:[rnt\\]|x..|u....|U.{8})|\w+|\s+|.", re.DOTALL)


class Kind(Enum):
    """How two things compare; the value is the sign that is shown."""

    SAME = "="
    CHANGED = "≠"
    LEFT = "←"
    RIGHT = "→"


@dataclass(frozen=True)
class Difference:
    """One thing that is compared.

    Attributes:
        part: where it belongs: the request or the response, in the learner's language.
        name: what it is: the method, a field's name, a line of content …
        kind: how the two compare.
        left, right: what the one and the other say; printable, and "" where that one has nothing.
        line: which line of the content it is, from 1; 0: none.
    """

    part: str
    name: str
    kind: Kind
    left: str
    right: str
    line: int = 0


def in_words(kind: Kind) -> str:
    """How two things compare, in words."""
    return {
        Kind.SAME: _("the same"),
        Kind.CHANGED: _("changed"),
        Kind.LEFT: _("left only"),
        Kind.RIGHT: _("right only"),
    }[kind]


def differences(left: Exchange, right: Exchange) -> list[Difference]:
    """All that two exchanges have, in order: start line, fields, content; first the requests, then the responses.

    Fields of the same name are compared with each other, wherever they stand and however the name's letters are
    written: the order of fields of different names means nothing (RFC 9110, section 5.3).
    """
    found = list(_message(_("request"), _start(left.request), _start(right.request), left.request, right.request))
    answers = left.response, right.response
    return found + list(_message(_("response"), _start(answers[0]), _start(answers[1]), *answers))


def text(found: Sequence[Difference]) -> str:
    """The differences as plain text; of what is the same, how much there is. The Date field is left out."""
    out: list[str] = []
    shown = [one for one in found if one.name.lower() not in VOLATILE]
    for part in dict.fromkeys(one.part for one in shown):
        rows = [one for one in shown if one.part == part]
        same = sum(one.kind is Kind.SAME for one in rows)
        out.append(_("{part}: {n} of {total} the same").format(part=part, n=same, total=len(rows)))
        for one in rows:
            if one.kind is not Kind.SAME:
                said = " | ".join(filter(None, (one.left, one.right)))
                out.append(f"  {one.kind.value} {one.name} ({in_words(one.kind)}): {said}")
    return "\n".join(out)


def words(left: str, right: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Two texts in parts, each with whether the other text has it, too."""
    if len(left) + len(right) > WORDS:
        return [(left, False)], [(right, False)]
    a, b = _WORD.findall(left), _WORD.findall(right)
    mine: list[tuple[str, bool]] = []
    other: list[tuple[str, bool]] = []
    for what, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if i2 > i1:
            mine.append(("".join(a[i1:i2]), what == "equal"))
        if j2 > j1:
            other.append(("".join(b[j1:j2]), what == "equal"))
    return mine, other


Named = list[tuple[str, str]]


def _message(
    part: str, a: Named, b: Named, left: Request | Response | None, right: Request | Response | None
) -> Iterator[Difference]:
    yield from _aligned(part, a, b)
    yield from _aligned(part, _fields(left), _fields(right))
    yield from _content(part, left, right)


def _start(said: Request | Response | None) -> Named:
    """What a start line says, or that there is none."""
    if said is None:
        return []
    if isinstance(said, Request):
        return [(_("method"), said.method), (_("target"), said.target), (_("version"), said.version)]
    status = f"{said.status} {said.reason}".strip() if said.status else ""
    return [(_("version"), said.version), (_("status"), status)]


def _fields(said: Request | Response | None) -> Named:
    return list(said.fields + said.trailers) if said else []


def _aligned(part: str, a: Named, b: Named) -> Iterator[Difference]:
    """The n-th thing of a name goes with the other's n-th of that name; what only the right has, after that."""
    left, right = _numbered(a), _numbered(b)
    after: dict[tuple[str, int] | None, list[tuple[str, int]]] = {}  # what only the right has
    before: tuple[str, int] | None = None
    for key in right:
        if key in left:
            before = key
        else:
            after.setdefault(before, []).append(key)
    yield from (_one(part, right[key][0], "", right[key][1], Kind.RIGHT) for key in after.get(None, []))
    for key, (name, value) in left.items():
        if key not in right:
            yield _one(part, name, value, "", Kind.LEFT)
            continue
        other = right[key][1]
        yield _one(part, name, value, other, Kind.SAME if value == other else Kind.CHANGED)
        yield from (_one(part, right[more][0], "", right[more][1], Kind.RIGHT) for more in after.get(key, []))


def _numbered(named: Named) -> dict[tuple[str, int], tuple[str, str]]:
    """By name in small letters, and which one of that name it is."""
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for name, value in named:
        number = 0
        while (name.lower(), number) in found:
            number += 1
        found[name.lower(), number] = name, value
    return found


def _content(part: str, left: Request | Response | None, right: Request | Response | None) -> Iterator[Difference]:
    a, b = (said.content if said else b"" for said in (left, right))
    if not a and not b:
        return
    name = _("content")
    first, second = _lines(left, a), _lines(right, b)
    if a == b or first is None or second is None:
        kind = Kind.SAME if a == b else Kind.CHANGED if a and b else Kind.LEFT if a else Kind.RIGHT
        yield Difference(part, name, kind, _sized(a), _sized(b))
        return
    for what, i1, i2, j1, j2 in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        mine, other = first[i1:i2], second[j1:j2]
        for at in range(max(len(mine), len(other))):
            one, two = (said[at] if at < len(said) else b"" for said in (mine, other))
            kind = Kind.SAME if what == "equal" else Kind.CHANGED if one and two else Kind.LEFT if one else Kind.RIGHT
            number = i1 + at + 1 if one else j1 + at + 1
            row = _("{content}, line {n}").format(content=name, n=number)
            yield Difference(part, row, kind, _shown(one), _shown(two), number)


def _lines(said: Request | Response | None, content: bytes) -> list[bytes] | None:
    """The lines of content; None where it is no text, or too long to be compared line by line."""
    if len(content) > LINES * LONGEST or content.count(b"\n") > LINES:
        return None
    try:
        content.decode(said.charset if said else "utf-8")
    except (LookupError, ValueError):
        return None
    return None if b"\0" in content else content.splitlines(keepends=True)


def _one(part: str, name: str, left: str, right: str, kind: Kind) -> Difference:
    a, b = (_shown(value.encode(errors="surrogateescape")) for value in (left, right))
    return Difference(part, _shown(name.encode(errors="surrogateescape")), kind, a, b)


def _shown(data: bytes) -> str:
    return shorten(visible(data[: 4 * LONGEST]), LONGEST)


def _sized(content: bytes) -> str:
    return octets(len(content)) if content else ""
