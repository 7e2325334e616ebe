"""A web request as it was typed in, checked field by field before any program is made of it."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from netkit.errors import BadInput
from netkit.export.request_fields import Fields
from netkit.i18n import _
from netkit.wire.address import loopback

MOST = 2000  # characters of a URL, of a header line, of a name or password
MOST_CONTENT = 100_000  # characters
MOST_LINES = 50  # of the header
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
OURS = ".netkit.test"  # netkit's own zone, under a name that is nobody's (RFC 6761 section 6.2)
EXAMPLE = "http://127.0.0.1:3128"  # of a proxy

_METHOD = 20  # characters


def checked(fields: Fields) -> Fields:
    """The fields, if they can be sent.

    Raises:
        BadInput: what is wrong, and what to do about it.
    """
    if not TOKEN.fullmatch(fields.method) or len(fields.method) > _METHOD:
        raise BadInput(
            _("A method is a word such as GET: letters and digits, no spaces, {n} at most.").format(n=_METHOD)
        )
    _check_url(fields.url, fields.proxy)
    _check_proxy(fields.proxy)
    _check_header(fields)
    if len(fields.content) > MOST_CONTENT:
        raise _long(_("the content"), fields.content, MOST_CONTENT)
    _encodable(_("the content"), fields.content if fields.kind else "")
    for what, value in ((_("the user's name"), fields.user), (_("the password"), fields.password)):
        if len(value) > MOST:
            raise _long(what, value, MOST)
        _encodable(what, value)
        _no_controls(what, value)
    if ":" in fields.user:
        raise BadInput(_("A user's name for Basic has no colon: it ends at the first one (RFC 7617 section 2)."))
    return fields


def _check_url(typed: str, proxy: str) -> None:
    _check_characters(_("the URL"), typed)
    if typed.startswith("/"):
        return
    parts = _parts(typed)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(_("A URL begins with http:// or https://, or with / for a path at the web site."))
    if parts.username is not None:
        raise BadInput(_("Name and password have fields of their own: leave them out of the URL."))
    if not (proxy and parts.hostname.endswith(OURS)):  # these names the proxy knows by itself; nobody else has them
        loopback(parts.hostname, parts.port if parts.port is not None else {"http": 80, "https": 443}[parts.scheme])


def _check_proxy(typed: str) -> None:
    if not typed:
        return
    _check_characters(_("the URL"), typed)
    parts = _parts(typed)
    more = parts.path.strip("/") or parts.query or parts.fragment
    if parts.scheme != "http" or not parts.hostname or not parts.port or more:
        raise BadInput(_("A proxy is a URL with host and port only, e.g. {url}.").format(url=EXAMPLE))
    loopback(parts.hostname, parts.port)


def _check_characters(what: str, typed: str) -> None:
    if len(typed) > MOST:
        raise _long(what, typed, MOST)
    wrong = re.search(r"[^\x21-\x7e]", typed)
    if wrong:
        text = _("A URL has visible ASCII characters only, and no {char!r}: urllib.parse.quote() encodes it.")
        raise BadInput(text.format(char=wrong[0]))


def _parts(typed: str) -> SplitResult:
    try:
        parts = urlsplit(typed)
        _known = parts.hostname, parts.port  # these raise, too
    except ValueError as problem:
        raise BadInput(_("That is no URL: {why}.").format(why=problem)) from None
    return parts


def _check_header(fields: Fields) -> None:
    lines = [line for line in fields.headers.split("\n") if line.strip()]
    if len(lines) > MOST_LINES:
        raise BadInput(_("The header has {n} lines; {most} are the limit.").format(n=len(lines), most=MOST_LINES))
    seen = set()
    for number, (line, (name, value)) in enumerate(zip(lines, fields.header, strict=True), 1):
        what = _("line {n} of the header").format(n=number)
        if len(line) > MOST:
            raise _long(what, line, MOST)
        if ":" not in line or not TOKEN.fullmatch(name):
            text = _(
                "In {what}: a field is a name, a colon and a value, e.g. Accept: text/plain; the name has no spaces."
            )
            raise BadInput(text.format(what=what))
        _no_controls(what, value)
        wrong = re.search(r"[^\x00-\xff]", value)
        if wrong:
            text = _("In {what}: a value has no {char!r}, only ASCII and Latin-1 (RFC 9110 section 5.5).")
            raise BadInput(text.format(what=what, char=wrong[0]))
        if name.lower() in seen:
            text = _(
                "In {what}: {name} is there already, and add_header() keeps one of each name: join them by a comma."
            )
            raise BadInput(text.format(what=what, name=name))
        seen.add(name.lower())


def _no_controls(what: str, value: str) -> None:
    wrong = re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value)
    if wrong:
        text = _(
            "In {what}: the control character {char!r} has no place there; a line's end would begin another field."
        )
        raise BadInput(text.format(what=what, char=wrong[0]))


def _encodable(what: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as problem:
        text = _("In {what}: {char!r} is no character that can be sent.")
        raise BadInput(text.format(what=what, char=value[problem.start])) from None


def _long(what: str, value: str, most: int) -> BadInput:
    text = _("There are {n} characters in {what}; {most} are the limit.")
    return BadInput(text.format(n=len(value), what=what, most=most))
