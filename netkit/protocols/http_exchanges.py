"""An HTTP/1.x conversation as requests and responses, whole or not: plain data for what compares, exports and judges.

The parser is netkit's own and not h11 (RFC 9112 in Python): h11 raises at the first message that is wrong and then
says no more, and it hands out neither the bytes as they were sent nor where they stood; here a wrong message is the
lesson.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from netkit.protocols import Piece
from netkit.protocols.http import missing_told, problem_told
from netkit.protocols.http_coding import Unpacked, unpack
from netkit.protocols.http_message import CHARSET, Message, problems
from netkit.protocols.http_talk import Talk

__all__ = ["MOST", "Exchange", "Request", "Response", "exchanges"]

MOST = 16 << 20  # bytes of content that are unpacked


@dataclass(frozen=True)
class _Said:
    """What a request and a response have in common.

    Attributes:
        version: ``"HTTP/1.1"``, ``"HTTP/1.0"`` …, or "" where none was said.
        fields: the field lines of the header section: names as they were sent, and values. What is not UTF-8 can be
            had back by ``value.encode(errors="surrogateescape")``.
        trailers: the field lines of the trailer section.
        began, ended: when its first and its last byte came, in seconds since the conversation began.
        start, stop: where it stands in all that its side said: its first byte, and the byte after its last one.
        complete: whether it came to its end.
        problems: what is wrong with it or missing, in words.
    """

    version: str
    fields: tuple[tuple[str, str], ...]
    trailers: tuple[tuple[str, str], ...]
    began: float
    ended: float
    start: int
    stop: int
    complete: bool
    problems: tuple[str, ...]
    _message: Message = field(repr=False, compare=False)

    def values(self, name: str) -> list[str]:
        """The values of all field lines of that name, whatever its letters' case."""
        return self._message.values(name.lower())

    def value(self, name: str) -> str | None:
        """The value of the first field line of that name; None where there is none."""
        return next(iter(self.values(name)), None)

    @property
    def media_type(self) -> str:
        """In small letters and without parameters, e.g. ``"text/html"``; "" where none was said."""
        return self._message.media_type

    @property
    def charset(self) -> str:
        """The character set that Content-Type names; without one, UTF-8 is taken. Nobody says that it exists."""
        found = CHARSET.search(self.value("content-type") or "")
        return found[1] if found else "utf-8"

    @cached_property
    def body(self) -> bytes:
        """The body as it was sent: with its chunks, and compressed."""
        return b"".join(self._message.raw)

    @cached_property
    def packed(self) -> bytes:
        """The content without chunks, but as compressed as it was sent."""
        return b"".join(self._message.content)

    @cached_property
    def content(self) -> bytes:
        """The content: without chunks and content codings; of more than 16 MB, the beginning.

        Where a coding is not known, or was not kept to, it is what could be unpacked.
        """
        return self.unpacked.data

    @cached_property
    def unpacked(self) -> Unpacked:
        """The content, and what there is to say of it."""
        return unpack(self._message.content, self._message.codings, MOST)


@dataclass(frozen=True)
class Request(_Said):
    """A request; of what is no HTTP, ``method`` is "" and all is in ``body``."""

    method: str
    target: str


@dataclass(frozen=True)
class Response(_Said):
    """A response; of what is no HTTP, ``status`` is 0 and all is in ``body``."""

    status: int
    reason: str


@dataclass(frozen=True)
class Exchange:
    """A request and what came back.

    Attributes:
        request: None where none was seen.
        response: the final response; None where none came.
        interim: the responses before it, such as ``100 Continue`` (RFC 9110, section 15.2).
    """

    request: Request | None
    response: Response | None
    interim: tuple[Response, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether both came to their end."""
        return all(one is not None and one.complete for one in (self.request, self.response))


def exchanges(pieces: Iterable[Piece]) -> list[Exchange]:
    """The exchanges of a conversation, in the order in which they began; any bytes whatever are taken."""
    messages = Talk(pieces).messages
    answers: dict[int, list[Message]] = {}
    for message in messages:
        if message.side == "server" and message.asks is not None:
            answers.setdefault(id(message.asks), []).append(message)
    found = []
    for message in messages:
        if message.side == "client":
            mine = answers.get(id(message), [])
            final = next((one for one in mine if not one.interim), None)
            interim = tuple(_response(one) for one in mine if one.interim)
            found.append(Exchange(_request(message), _response(final) if final else None, interim))
        elif message.asks is None:
            found.append(Exchange(None, _response(message)))
    return found


def _request(message: Message) -> Request:
    return Request(**_common(message), method=message.method, target=message.target)


def _response(message: Message) -> Response:
    return Response(**_common(message), status=message.status, reason=message.reason)


def _common(message: Message) -> dict[str, Any]:
    wrong = [problem_told(name) for name, _section in problems(message)]
    lacks = missing_told(message)
    return {
        "version": message.version,
        "fields": tuple(message.fields),
        "trailers": tuple(message.trailers),
        "began": message.time,
        "ended": message.ended,
        "start": message.start,
        "stop": message.end,
        "complete": message.complete,
        "problems": (*wrong, lacks) if lacks else tuple(wrong),
        "_message": message,
    }
