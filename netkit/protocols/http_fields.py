"""What a field line of HTTP says (RFC 9110, section 5; the sections of the fields themselves)."""

from __future__ import annotations

import re

from netkit.i18n import _, ngettext, octets
from netkit.protocols.http_auth import as_octets, challenge_told, cookie_told, credentials_told, set_cookie_told
from netkit.protocols.http_message import Message, field_line, listed
from netkit.protocols.http_more_fields import more_told
from netkit.protocols.mail_lines import Told, both, brief, rfc

VALUE = 40  # characters of a value that are quoted

NOT_IN_TRAILERS = frozenset((
    "transfer-encoding", "content-length", "host", "content-encoding", "content-type", "content-range", "trailer",
    "authorization", "set-cookie", "cache-control", "expect", "te",
))  # fmt: skip

_DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")  # RFC 9110, section 5.6.7
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


def field_told(data: bytes, message: Message, trailer: bool = False) -> Told:
    """A field line of the header or of the trailer section."""
    if data[:1] in (b" ", b"\t"):
        return Told(_("goes on with the line above; no longer allowed"), rfc(9112, "5.2"))
    found = field_line(data)
    if found is None:
        return Told(_("no field line: there is no name with a colon after it"), rfc(9112, "5"))
    name, value, close = found
    if not close:
        return Told(_("wrong: a space before the colon"), rfc(9112, "5.1"))
    if trailer and name.lower() in NOT_IN_TRAILERS:
        return Told(_("a field that may not come so late"), rfc(9110, "6.5.1"))
    told = _told(name.lower(), value, message)
    if not data.endswith(b"\r\n"):
        return both(told, Told(_("ends in LF alone, not in CRLF"), rfc(9112, "2.2")))
    return told


def _told(name: str, value: str, message: Message) -> Told:
    for table in (_framing, _content, _names, _preconditions, _signing, _dates):
        if told := table(name, value, message):
            return told
    return more_told(name, value)


def _framing(name: str, value: str, message: Message) -> Told | None:
    match name:
        case "host":
            if message.side != "client":
                return None
            text = _("the host that is asked: {host}")
            return Told(text.format(host=_quoted(value)) if value else _("no host is named"), rfc(9110, "7.2"))
        case "connection" | "proxy-connection":
            return _connection(listed([value]))
        case "content-length":
            if not value.isdigit() or not value.isascii():
                return Told(_("should be the number of bytes of content, but is no number"), rfc(9110, "8.6"))
            if message.values("transfer-encoding"):
                return Told(_("does not count: Transfer-Encoding says how the content ends"), rfc(9112, "6.3"))
            size = octets(int(value[:18]))
            if message.asks is not None and message.asks.method == "HEAD":
                return Told(_("GET would bring {size} of content").format(size=size), rfc(9110, "8.6"))
            return Told(_("the content is {size} long").format(size=size), rfc(9110, "8.6"))
        case "transfer-encoding":
            if listed([value]) == ["chunked"]:
                return Told(_("the content comes in chunks, each with its size"), rfc(9112, "6.1"))
            text = _("how the content was packed for the way: {codings}")
            return Told(text.format(codings=_quoted(value)), rfc(9112, "6.1"))
        case "te":
            return Told(_("which transfer codings the client takes, and whether trailers"), rfc(9110, "10.1.4"))
        case "trailer":
            return Told(_("after the content, these fields will follow"), rfc(9110, "6.6.2"))
        case "upgrade":
            text = _("offers to go on with another protocol: {protocol}")
            if message.status == 101:
                text = _("the protocol from now on: {protocol}")
            return Told(text.format(protocol=_quoted(value)), rfc(9110, "7.8"))
        case "expect":
            if value.lower() == "100-continue":
                return Told(_("waits for “100 Continue” before it sends the content"), rfc(9110, "10.1.1"))
            return Told(_("expects something that is not defined"), rfc(9110, "10.1.1"))
        case "keep-alive":
            return Told(_("how long the connection is kept, and for how many requests"), rfc(9112, "C.2.2"))
    return None


def _connection(options: list[str]) -> Told:
    source = rfc(9112, "9.6") if "close" in options else rfc(9112, "9.3")
    if "close" in options:
        return Told(_("the connection is closed after this response"), source)
    if "upgrade" in options:
        return Told(_("Upgrade is meant for the next hop only"), rfc(9110, "7.6.1"))
    if options == ["keep-alive"]:
        return Told(_("the connection stays open for more requests"), source)
    return Told(_("fields meant for the next hop only"), rfc(9110, "7.6.1"))


def _content(name: str, value: str, message: Message) -> Told | None:
    match name:
        case "content-type":
            return _content_type(value)
        case "content-encoding":
            text = _("the content is compressed by {coding}")
            return Told(text.format(coding=_quoted(value)), rfc(9110, "8.4"))
        case "content-language":
            return Told(
                _("for whom the content is, by language: {value}").format(value=_quoted(value)), rfc(9110, "8.5")
            )
        case "content-location":
            return Told(_("where exactly this content is to be found"), rfc(9110, "8.7"))
        case "content-range":
            return _content_range(value)
        case "content-disposition":
            found = re.search(r'filename="?([^";]*)', value)
            if value.lower().startswith("attachment"):
                text = _("to be kept as the file {name}") if found else _("to be kept as a file")
                return Told(text.format(name=_quoted(found[1]) if found else ""), rfc(6266, "4"))
            return Told(_("to be shown, not kept as a file"), rfc(6266, "4"))
        case "accept-ranges":
            if value.lower() == "none":
                return Told(_("no parts can be asked for"), rfc(9110, "14.3"))
            return Told(_("parts can be asked for, too: see Range"), rfc(9110, "14.3"))
    return None


def _content_type(value: str) -> Told:
    kind, *parameters = (part.strip() for part in value.split(";"))
    said = [_("the content is {type}").format(type=_quoted(kind))]
    for parameter in parameters:
        key, _equals, given = parameter.partition("=")
        if key.lower() == "charset":
            text = _("its character set is {charset}")
            said.append(text.format(charset=brief(as_octets(given.strip('"')), 16)))
        elif key.lower() == "boundary":
            said.append(_("a boundary separates its parts"))
    return Told("; ".join(said[:2]), rfc(9110, "8.3"))


def _content_range(value: str) -> Told:
    found = _CONTENT_RANGE.fullmatch(value)
    source = rfc(9110, "14.4")
    if found is None:
        return Told(_("should say which part it is, but cannot be read"), source)
    if found[1] is None:
        return Told(_("there is no such part; all of it has {n} bytes").format(n=_quoted(found[3])), source)
    text = _("bytes {first} to {last}, counted from 0, of {n}")
    return Told(text.format(first=_quoted(found[1]), last=_quoted(found[2]), n=_quoted(found[3])), source)


def _names(name: str, value: str, message: Message) -> Told | None:
    match name:
        case "user-agent":
            text = _("which program asks: {program}")
            return Told(text.format(program=_quoted(value)), rfc(9110, "10.1.5"))
        case "server":
            text = _("which program answers: {program}")
            return Told(text.format(program=_quoted(value)), rfc(9110, "10.2.4"))
        case "accept":
            if value.strip() == "*/*":
                return Told(_("any kind of content is welcome"), rfc(9110, "12.5.1"))
            if ";q=" in value.replace(" ", ""):
                return Told(_("which kinds of content the client takes; q says how gladly"), rfc(9110, "12.5.1"))
            return Told(_("which kinds of content the client takes"), rfc(9110, "12.5.1"))
        case "accept-charset":
            return Told(_("which character sets the client takes; no longer in use"), rfc(9110, "12.5.2"))
        case "accept-encoding":
            if value.strip().lower() == "identity":
                return Told(_("the content is wanted as it is, not compressed"), rfc(9110, "12.5.3"))
            text = _("by what the content may be compressed: {codings}")
            return Told(text.format(codings=_quoted(value)), rfc(9110, "12.5.3"))
        case "accept-language":
            text = _("which languages the reader likes: {languages}")
            return Told(text.format(languages=_quoted(value)), rfc(9110, "12.5.4"))
        case "vary":
            text = _("the content depends on the request's {fields}")
            return Told(text.format(fields=_quoted(value)), rfc(9110, "12.5.5"))
        case "location":
            text = _("where to go: {target}")
            return Told(text.format(target=_quoted(value)), rfc(9110, "10.2.2"))
        case "allow":
            return Told(_("the methods that work here: {methods}").format(methods=_quoted(value)), rfc(9110, "10.2.1"))
        case "referer":
            return Told(_("from which page the link was followed"), rfc(9110, "10.1.3"))
        case "origin":
            return Told(_("from which site the script comes that asks"), rfc(6454, "7"))
        case "from":
            return Told(_("the mail address of who runs the client"), rfc(9110, "10.1.2"))
        case "via":
            return Told(
                _("which intermediaries it came through: {value}").format(value=_quoted(value)), rfc(9110, "7.6.3")
            )
        case "max-forwards":
            return Told(_("how many proxies may pass it on"), rfc(9110, "7.6.2"))
    return None


def _preconditions(name: str, value: str, message: Message) -> Told | None:
    match name:
        case "etag":
            if value.startswith("W/"):
                return Told(_("a tag of this version of the content, a weak one"), rfc(9110, "8.8.3"))
            return Told(_("a tag of this version of the content"), rfc(9110, "8.8.3"))
        case "if-match":
            return Told(_("only if the version there is still this one"), rfc(9110, "13.1.1"))
        case "if-none-match":
            return Told(_("only if it is another version than this one"), rfc(9110, "13.1.2"))
        case "if-modified-since":
            return Told(_("only if it has changed since then"), rfc(9110, "13.1.3"))
        case "if-unmodified-since":
            return Told(_("only if it has not changed since then"), rfc(9110, "13.1.4"))
        case "if-range":
            return Told(_("the part if the version is this one, else all of it"), rfc(9110, "13.1.5"))
        case "range":
            found = _RANGE.fullmatch(value)
            if found is None or not (found[1] or found[2]):
                return Told(_("asks for parts of it: {value}").format(value=_quoted(value)), rfc(9110, "14.2"))
            if not found[1]:
                return Told(_("asks for the last {n} bytes only").format(n=_quoted(found[2])), rfc(9110, "14.2"))
            if not found[2]:
                return Told(
                    _("asks for byte {first} and all that follows").format(first=_quoted(found[1])), rfc(9110, "14.2")
                )
            text = _("asks for bytes {first} to {last} only, counted from 0")
            return Told(text.format(first=_quoted(found[1]), last=_quoted(found[2])), rfc(9110, "14.2"))
    return None


def _signing(name: str, value: str, message: Message) -> Told | None:
    match name:
        case "authorization" | "proxy-authorization":
            return credentials_told(value, name.startswith("proxy"))
        case "www-authenticate" | "proxy-authenticate":
            return challenge_told(value, name.startswith("proxy"))
        case "authentication-info":
            return Told(_("the server proves that it knows the password, too"), rfc(9110, "11.6.3"))
        case "cookie":
            return cookie_told(value)
        case "set-cookie":
            return set_cookie_told(value)
    return None


def _dates(name: str, value: str, message: Message) -> Told | None:
    match name:
        case "date":
            told = Told(_("when the message was made"), rfc(9110, "6.6.1"))
        case "last-modified":
            told = Told(_("when the content was last changed"), rfc(9110, "8.8.2"))
        case "expires":
            if not _DATE.fullmatch(value):
                return Told(_("no date, so it is out of date at once"), rfc(9111, "5.3"))
            return Told(_("until when a copy may be used without asking"), rfc(9111, "5.3"))
        case "retry-after":
            if value.isdigit() and value.isascii():
                n = int(value[:9])
                text = ngettext("try again after {n} second", "try again after {n} seconds", n)
                return Told(text.format(n=n), rfc(9110, "10.2.3"))
            told = Told(_("when to try again"), rfc(9110, "10.2.3"))
        case _:
            return None
    if not _DATE.fullmatch(value):
        return both(told, Told(_("but not written as HTTP writes a date"), rfc(9110, "5.6.7")))
    return told


def _quoted(value: str) -> str:
    return brief(as_octets(value), VALUE)
