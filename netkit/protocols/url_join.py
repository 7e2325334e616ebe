"""A reference and its base joined, step by step (RFC 3986, section 5.2), beside what urljoin makes of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urljoin, uses_relative

from netkit.i18n import _
from netkit.protocols.url_parts import Cut, cut

BASE, REFERENCE, MERGED, NOWHERE = "base", "reference", "merged", "nowhere"


class Taken(NamedTuple):
    """A part of the target: its name, its text, and whence it comes (`BASE`, `REFERENCE`, `MERGED`, `NOWHERE`)."""

    name: str
    value: str | None
    whence: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A reference joined to a base.

    Attributes:
        target: what RFC 3986, section 5.2 makes of them.
        python: what urljoin returns; None where it raises.
        error: what urljoin raises, as Python says it.
        taken: the parts of the target.
        steps: how it came about, in words.
    """

    target: str
    python: str | None
    error: str
    taken: tuple[Taken, ...]
    steps: tuple[str, ...]


def join(base: str, reference: str, brief: Callable[[str], str]) -> Joined:
    """Join them; `brief` writes a text so that it can be shown."""
    python, error = None, ""
    try:
        python = urljoin(base, reference)
    except ValueError as problem:
        error = f"{type(problem).__name__}: {problem}"
    taken, steps = _resolve(cut(base), cut(reference), brief)
    target = _written(taken)
    if python is not None and python != target:
        steps.append(_differs(cut(reference), python, target, brief))
    return Joined(target, python, error, taken, tuple(steps))


def _resolve(base: Cut, ref: Cut, brief: Callable[[str], str]) -> tuple[tuple[Taken, ...], list[str]]:
    """The parts of the target (section 5.2.2), and the steps."""
    scheme, base_scheme, path = ref["scheme"], base["scheme"], _path(ref)
    same = scheme is not None and scheme.lower() == (base_scheme or "").lower()
    if same and scheme is not None and scheme.lower() in uses_relative and ref.netloc is None:
        text = _("The scheme is that of the base: as of old, it is passed over (section 5.2.2, “not strict”).")
        steps, scheme = [text], None
    else:
        steps = []
    if scheme is None and base_scheme is None:
        steps.append(_("The base has no scheme: it is no absolute URL, as a base has to be (section 5.1)."))
    if scheme is not None:
        steps.append(_("The reference has a scheme: it is taken as it is, and nothing comes from the base."))
        return _all(REFERENCE, scheme, ref.netloc, _dots(path, steps, brief), ref["query"]) + _last(ref), steps
    first = Taken("scheme", base_scheme, BASE if base_scheme is not None else NOWHERE)
    if ref.netloc is not None:
        steps.append(_("The reference begins with “//”: only the scheme comes from the base."))
        return (
            first,
            *_all(REFERENCE, None, ref.netloc, _dots(path, steps, brief), ref["query"])[1:],
            *_last(ref),
        ), steps
    steps.append(_("Scheme and authority come from the base."))
    authority = Taken("netloc", base.netloc, BASE if base.netloc is not None else NOWHERE)
    query = Taken("query", ref["query"], REFERENCE if ref["query"] is not None else NOWHERE)
    if not path:
        steps.append(_("The reference has no path: the path comes from the base as it is."))
        if query.value is None:
            steps.append(_("It has no query either: the query comes from the base, too."))
            query = Taken("query", base["query"], BASE if base["query"] is not None else NOWHERE)
        there = Taken("path", _path(base), BASE)
    elif path.startswith("/"):
        steps.append(_("The reference's path begins with “/”: the base's path is not used."))
        there = Taken("path", _dots(path, steps, brief), REFERENCE)
    else:
        there = Taken("path", _dots(_merge(base, path, steps, brief), steps, brief), MERGED)
    return (first, authority, there, query, *_last(ref)), steps


def _merge(base: Cut, path: str, steps: list[str], brief: Callable[[str], str]) -> str:
    """Section 5.2.3."""
    before = _path(base)
    if base.netloc is not None and not before:
        steps.append(_("The base has no path: “/” is put in front of the reference's path."))
        return "/" + path
    kept = before[: before.rfind("/") + 1]
    text = _(
        "Of the base's path what stands up to its last “/” is kept, {kept}, and the reference's path put behind it."
    )
    steps.append(text.format(kept=brief(kept)))
    return kept + path


def _dots(path: str, steps: list[str], brief: Callable[[str], str]) -> str:
    """The path without dot segments; says so if there were any."""
    after = without_dots(path)
    if after != path:
        text = _("Dot segments are removed (section 5.2.4): {before} becomes {after}.")
        steps.append(text.format(before=brief(path), after=brief(after)))
    return after


def without_dots(path: str) -> str:
    """A path without its segments ``.`` and ``..`` (RFC 3986, section 5.2.4), in time that grows with its length."""
    out: list[str] = []
    at, size = 0, len(path)
    while at < size:
        if path.startswith(("../", "./"), at):  # A; only at the beginning of a path without "/"
            at = path.index("/", at) + 1
        elif path.startswith("/./", at):  # B
            at += 2
        elif size - at == 2 and path.endswith("/."):
            out.append("/")
            break
        elif path.startswith("/../", at):  # C
            at += 3
            out[-1:] = []
        elif size - at == 3 and path.endswith("/.."):
            out[-1:] = ["/"]
            break
        elif size - at <= 2 and path[at:] in (".", ".."):  # D
            break
        else:  # E: a segment, with the "/" in front of it
            end = path.find("/", at + 1)
            end = size if end < 0 else end
            out.append(path[at:end])
            at = end
    return "".join(out)


def _path(url: Cut) -> str:
    """The path of RFC 3986, in which parameters are nothing of their own."""
    params = url["params"]
    return (url["path"] or "") + (f";{params}" if params is not None else "")


def _all(whence: str, scheme: str | None, netloc: str | None, path: str, query: str | None) -> tuple[Taken, ...]:
    parts = (("scheme", scheme), ("netloc", netloc), ("path", path), ("query", query))
    return tuple(Taken(name, value, whence if value is not None else NOWHERE) for name, value in parts)


def _last(ref: Cut) -> tuple[Taken, ...]:
    """The fragment is always the reference's."""
    return (Taken("fragment", ref["fragment"], REFERENCE if ref["fragment"] is not None else NOWHERE),)


def _written(taken: tuple[Taken, ...]) -> str:
    """Section 5.3."""
    scheme, netloc, path, query, fragment = (part.value for part in taken)
    text = f"{scheme}:" if scheme is not None else ""
    text += f"//{netloc}" if netloc is not None else ""
    text += path or ""
    text += f"?{query}" if query is not None else ""
    return text + (f"#{fragment}" if fragment is not None else "")


def _differs(ref: Cut, python: str, target: str, brief: Callable[[str], str]) -> str:
    """Why urljoin returns something else, as far as it can be told."""
    if not ref.clean:
        why = _("for an empty reference it returns the base, with its fragment")
    elif python == ref.text:
        why = _("it returns such a reference unchanged")
    elif python.lower() == target.lower():
        why = _("it writes the scheme in small letters")
    elif _bare(python) == _bare(target):
        why = _("an empty query, fragment or authority loses its sign")
    elif re.sub("/+", "/", python) == re.sub("/+", "/", target):
        why = _("it treats empty segments, “//”, in its own way")
    else:
        why = _("it goes its own way here")
    text = _("RFC 3986 makes {target} of it, urljoin does not: {why}.")
    return text.format(target=brief(target), why=why)


def _bare(url: str) -> tuple[str, ...]:
    """A URL for which an empty part is as none."""
    parts = cut(url)
    return (
        (parts["scheme"] or "").lower(),
        parts.netloc or "",
        _path(parts),
        parts["query"] or "",
        parts["fragment"] or "",
    )
