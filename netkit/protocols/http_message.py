"""An HTTP/1.x message while its parts come: its start line, its fields, and what ends its body (RFC 9112)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # RFC 9110, section 5.6.2
_REQUEST = re.compile(rb"(" + _TOKEN + rb")[ \t]+(\S.*?)[ \t]+(HTTP/\d+(?:\.\d+)?)[ \t]*\r?\n?", re.DOTALL)
_SIMPLE = re.compile(rb"(GET|HEAD|POST|PUT|DELETE|OPTIONS|TRACE|CONNECT|PATCH)[ \t]+(\S+)[ \t]*\r?\n?")
_STATUS = re.compile(rb"(HTTP/\d+(?:\.\d+)?)[ \t]+(\d{3})(?:[ \t]+(.*?))?[ \t]*\r?\n?", re.DOTALL)
_FIELD = re.compile(rb"([^:\s][^:\r\n]*?)([ \t]*):[ \t]*(.*?)[ \t]*\r?\n?", re.DOTALL)
_LENGTH = re.compile(r"[0-9]{1,18}")
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:+-]{1,40})", re.IGNORECASE)  # in Content-Type

TEXTUAL = frozenset((
    "application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded",
    "application/x-ndjson", "multipart/form-data", "message/http",
))  # fmt: skip


class Framing(Enum):
    """What ends the body of a message (RFC 9112, section 6.3)."""

    NONE = "none"  # it has none
    LENGTH = "length"  # so many bytes
    CHUNKED = "chunked"  # its last chunk
    CLOSE = "close"  # the end of the connection
    TUNNEL = "tunnel"  # there is none, and what follows is no HTTP


class Missing(Enum):
    """What a message lacks that ended too early."""

    NOTHING = "nothing"
    HEAD = "head"  # the end of its header section
    BODY = "body"  # bytes of its body
    CHUNKS = "chunks"  # its last chunk
    CLOSE = "close"  # the end of the connection, which would end it: it is still open


@dataclass(slots=True, eq=False)
class Message:
    """A request or a response, as far as it has come.

    Attributes:
        side: who sent it.
        start, end: where it stands in all that its side said: its first byte, and the byte after its last one.
        time, ended: when its first and its last byte came, in seconds since the conversation began.
        method, target: of a request; of what is no HTTP, "".
        status, reason: of a response; of a request, 0 and "".
        version: e.g. ``"HTTP/1.1"``, or "" where none was said.
        http: whether it has a start line of HTTP.
        fields, trailers: the field lines of its header and its trailer section: names as sent, and values.
        wrong: how many lines in these sections are no field lines.
        asks: of a response, the request that it answers, if one was seen.
        pipelined: whether more requests had been sent before this response began (RFC 9112, section 9.3.2).
        length: of a body of known length, its bytes.
        size: how many bytes of content there are.
        content: the body without its chunks, in parts.
        raw: the body as it was sent, in parts.
        complete: whether it has come to its end.
        missing: what it lacks if not.
        broken: a chunk's size or end is wrong, so that nobody knows where the message ends.
    """

    side: str
    time: float
    start: int
    method: str = ""
    target: str = ""
    version: str = ""
    status: int = 0
    reason: str = ""
    http: bool = True
    end: int = 0
    ended: float = 0.0
    fields: list[tuple[str, str]] = field(default_factory=list)
    trailers: list[tuple[str, str]] = field(default_factory=list)
    wrong: int = 0
    asks: Message | None = None
    pipelined: bool = False
    framing: Framing = Framing.NONE
    length: int = 0
    size: int = 0
    content: list[memoryview] = field(default_factory=list)
    raw: list[bytes | memoryview] = field(default_factory=list)
    complete: bool = False
    missing: Missing = Missing.NOTHING
    broken: bool = False

    @property
    def interim(self) -> bool:
        """Whether another response to the same request follows (RFC 9110, section 15.2)."""
        return 100 <= self.status < 200 and self.status != 101

    def values(self, name: str) -> list[str]:
        """The values of all field lines of that name (in small letters)."""
        return [value for key, value in self.fields if key.lower() == name]

    def get(self, name: str) -> str:
        """The value of the first field line of that name (in small letters), or ""."""
        return next(iter(self.values(name)), "")

    @property
    def media_type(self) -> str:
        """In small letters and without parameters, e.g. ``"text/html"`` (RFC 9110, section 8.3.1)."""
        return self.get("content-type").partition(";")[0].strip().lower()

    @property
    def codings(self) -> list[str]:
        """The content codings in the order in which they were applied (RFC 9110, section 8.4)."""
        return [coding for coding in listed(self.values("content-encoding")) if coding != "identity"]

    @property
    def textual(self) -> bool:
        """Whether its body can be shown as lines of text."""
        kind = self.media_type
        return not self.codings and (kind.startswith("text/") or kind in TEXTUAL or kind.endswith(("+json", "+xml")))


def text(data: bytes) -> str:
    """Bytes of a field as text: UTF-8, and what does not decode can be had back (PEP 383)."""
    return data.decode(errors="surrogateescape")


def request(data: bytes, time: float, start: int) -> Message | None:
    """The message that this line begins; None where it is no request line (RFC 9112, section 3)."""
    if found := _REQUEST.fullmatch(data) or _SIMPLE.fullmatch(data):
        version = found[3].decode() if len(found.groups()) > 2 else ""
        return Message("client", time, start, found[1].decode(), text(found[2]), version)
    return None


def response(data: bytes, time: float, start: int) -> Message | None:
    """The message that this line begins; None where it is no status line (RFC 9112, section 4)."""
    if found := _STATUS.fullmatch(data):
        reason = text(found[3] or b"")
        return Message("server", time, start, version=found[1].decode(), status=int(found[2]), reason=reason)
    return None


def field_line(data: bytes) -> tuple[str, str, bool] | None:
    """Name, value, and whether the colon follows the name at once; None where it is no field line (section 5)."""
    found = _FIELD.fullmatch(data)
    return (text(found[1]), text(found[3]), not found[2]) if found else None


def listed(values: list[str]) -> list[str]:
    """The members of a list that may stand in several field lines (RFC 9110, section 5.6.1), in small letters."""
    return [word for value in values for part in value.split(",") if (word := part.strip().lower())]


def upgrades(message: Message) -> bool:
    """Whether it asks for another protocol on this connection (RFC 9110, section 7.8)."""
    return bool(message.get("upgrade")) and "upgrade" in listed(message.values("connection"))


def lengths(message: Message) -> set[str]:
    """What its Content-Length fields say; one that is written twice counts once (RFC 9112, section 6.3)."""
    return set(listed(message.values("content-length")))


def _length(said: set[str]) -> int | None:
    """The one length that is meant; None where there is none, or they differ, or it is no number."""
    one = next(iter(said)) if len(said) == 1 else ""
    return int(one) if _LENGTH.fullmatch(one) else None


def frame(message: Message) -> None:
    """Set what ends its body (RFC 9112, section 6.3); the fields are known, and of a response the request."""
    method = message.asks.method if message.asks else ""
    if message.side == "server":
        if message.status == 101 or (method == "CONNECT" and 200 <= message.status < 300):
            message.framing = Framing.TUNNEL
            return
        if method == "HEAD" or message.status < 200 or message.status in (204, 304):
            message.framing = Framing.NONE
            return
    said = lengths(message)
    if message.values("transfer-encoding"):
        last = listed(message.values("transfer-encoding"))[-1:]
        message.framing = Framing.CHUNKED if last == ["chunked"] else Framing.CLOSE
    elif (length := _length(said)) is not None:
        message.framing, message.length = Framing.LENGTH, length
    elif message.side == "server":
        message.framing = Framing.CLOSE


def problems(message: Message) -> Iterator[tuple[str, str]]:
    """What is wrong with its header section: a name for it, and the section of RFC 9112 that says so."""
    if not message.http:
        yield "no HTTP", "2.1"
        return
    hosts = len(message.values("host"))
    if message.side == "client" and message.version == "HTTP/1.1" and hosts != 1:
        yield ("no host" if not hosts else "hosts"), "3.2"
    if message.values("transfer-encoding"):
        if message.values("content-length"):
            yield "both lengths", "11.2"
        if listed(message.values("transfer-encoding"))[-1:] != ["chunked"] and message.side == "client":
            yield "not chunked at last", "6.3"
    elif (said := lengths(message)) and _length(said) is None:
        yield "length", "6.3"
    if message.wrong:
        yield "no field", "5"
