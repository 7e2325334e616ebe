"""Surprises in front of the path: characters that urlsplit drops, the scheme, who is asked (RFC 3986)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from netkit.i18n import _, ngettext
from netkit.protocols import url_host
from netkit.protocols.url_note import BEWARE, ERROR, NOTE, Note, brief
from netkit.protocols.url_parts import CONTROLS, DROPPED, Cut

PORTS = {
    "http": 80,
    "https": 443,
    "ftp": 21,
    "ws": 80,
    "wss": 443,
    "ldap": 389,
    "telnet": 23,
    "gopher": 70,
    "rtsp": 554,
}
_NEED_HOST = ("http", "https", "ftp", "ws", "wss")


def notes(url: Cut) -> Iterator[Note]:
    """All that is to be said of what stands in front of the path."""
    for say in (_dropped, _backslash, _scheme, _reference, _user, url_host.notes, _port):
        yield from say(url)


def _dropped(url: Cut) -> Iterator[Note]:
    gone = [piece for piece in url.pieces if piece.name == DROPPED]
    if gone and gone[0].start == 0 and (n := gone[0].stop):
        text = ngettext(
            "{n} character at the beginning is dropped by urlsplit: a space or a control character.",
            "{n} characters at the beginning are dropped by urlsplit: spaces and control characters.",
            n,
        )
        yield Note(BEWARE, text.format(n=n))
        gone = gone[1:]
    if gone:
        text = _(
            "Tabs and line breaks inside are dropped by urlsplit without a word (bpo-43882); other programs may keep "
            "them. Check a URL after it was taken apart, not before."
        )
        yield Note(BEWARE, text)
    if any(c in CONTROLS or c == "\x7f" for c in url.clean):
        yield Note(BEWARE, _("There is a control character in it: urlsplit keeps it, http.client refuses such a URL."))


def _backslash(url: Cut) -> Iterator[Note]:
    if "\\" in url.clean:
        text = _("A backslash is no delimiter for urlsplit; browsers take it for a slash in http: and https: URLs.")
        asked = re.split(r"\\", url.netloc or "")[0].rpartition("@")[2]
        if "\\" in (url.netloc or "") and asked and (url["scheme"] or "").lower() in ("http", "https"):
            text += " " + _("A browser would ask {browser}, Python {python}.").format(
                browser=brief(asked), python=brief(url["hostname"] or "")
            )
        yield Note(BEWARE, text)


def _scheme(url: Cut) -> Iterator[Note]:
    scheme = url["scheme"]
    if scheme is None:
        before = re.match(r"[^/?#:]*(?=:)", url.clean)
        if before:
            text = _(
                "{what} is no scheme: one begins with an ASCII letter, and has only letters, digits, “+”, “-” and “.” "
                "(section 3.1). So all of it is a path."
            )
            yield Note(BEWARE, text.format(what=brief(before[0])))
        return
    if scheme != scheme.lower():
        yield Note(
            NOTE, _("urlsplit writes the scheme in small letters: {scheme}.").format(scheme=brief(scheme.lower()))
        )
    if url.netloc is not None:
        return
    if scheme.lower() in _NEED_HOST:
        text = _("Without “//” there is no authority: a URL with {scheme} needs one, to say who is asked.")
        yield Note(BEWARE, text.format(scheme=brief(scheme + ":")))
    elif re.match(r"\d+(?:[/?#]|$)", url["path"] or "") or "." in scheme:
        text = _("{name} counts as the scheme here. If it is meant as a host with a port, write “//” in front of it.")
        yield Note(BEWARE, text.format(name=brief(scheme)))
    else:
        text = _("This scheme stands without an authority: nobody is named who is to be asked, all the rest is a path.")
        yield Note(NOTE, text)


def _reference(url: Cut) -> Iterator[Note]:
    """The kinds of relative references (RFC 3986, section 4.2 and 4.4)."""
    if url["scheme"] is not None:
        return
    path = url["path"] or ""
    if url.netloc is not None:
        kind = _("network-path reference: the scheme comes from the base")
    elif path.startswith("/"):
        kind = _("absolute-path reference: scheme and authority come from the base")
    elif path or url["params"] is not None:
        kind = _("relative-path reference: it continues the base's path after its last “/”")
    elif url["query"] is not None:
        kind = _("only a query: the path comes from the base, too")
    elif url["fragment"] is not None:
        kind = _("only a fragment: a place in the same document (section 4.4)")
    else:
        kind = _("empty: the same document (section 4.4)")
    yield Note(NOTE, _("This is a relative reference (section 4.2), {kind}.").format(kind=kind))
    if url.netloc is None and re.match(r"(?:[\w-]+\.)+[a-z]{2,}(?:[:/]|$)", path, re.IGNORECASE) and path[:1] != "/":
        text = _("If {name} is meant as a host, write “//” or a scheme in front: without it, it is a path.")
        yield Note(BEWARE, text.format(name=brief(re.split("[/:]", path)[0])))


def _user(url: Cut) -> Iterator[Note]:
    user, host = url["username"], url["hostname"] or ""
    if user is None:
        return
    if "." in user or "@" in user or "//" in user:
        text = _(
            "The host is {host}, not {user}: what stands in front of the last “@” is only a user's name. A trick "
            "of phishing."
        )
        yield Note(BEWARE, text.format(host=brief(host), user=brief(user)))
    if url["password"] is not None:
        text = _(
            "A password in a URL gets into logs, histories and onto screens: RFC 3986 (section 3.2.1) advises "
            "against it."
        )
        if (url["scheme"] or "").lower() in ("http", "https"):
            text += " " + _("urlopen does not use it either: it takes “user:password@host” for the host.")
        yield Note(BEWARE, text)


def _port(url: Cut) -> Iterator[Note]:
    port, scheme = url["port"], (url["scheme"] or "").lower()
    usual = PORTS.get(scheme)
    if port is None:
        if usual is not None and url["hostname"]:
            text = _("No port is written: .port is None, and {scheme} means {usual}.")
            yield Note(NOTE, text.format(scheme=brief(scheme + ":"), usual=usual))
        return
    if not port:
        yield Note(NOTE, _("A colon without a port: .port is None, as if there were no colon."))
    elif not (port.isascii() and port.isdigit()):
        yield Note(
            ERROR, _("{port} is no number: urlsplit accepts it, .port raises ValueError.").format(port=brief(port))
        )
    elif len(port.lstrip("0")) > 5 or int(port) > 65535:
        yield Note(
            ERROR,
            _("Ports go from 0 to 65535: urlsplit accepts {port}, .port raises ValueError.").format(port=brief(port)),
        )
    elif int(port) == usual:
        text = _("{port} is the usual port of {scheme}: it can be left out.")
        yield Note(NOTE, text.format(port=usual, scheme=brief(scheme + ":")))
