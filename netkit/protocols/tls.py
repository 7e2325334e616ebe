"""TLS as the wire sees it, record by record: for bytes of which it is known that they are TLS (RFC 8446)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netkit.protocols import Line, Piece
from netkit.protocols.mail_lines import Cut, Tell, in_order
from netkit.protocols.mail_stream import Stream

__all__ = ["explain"]


def explain(pieces: Iterable[Piece], datagrams: bool = False) -> Sequence[Line]:
    """A line a record."""
    cuts: list[Cut] = []
    streams = {side: Stream(side, cuts, _no_line, "") for side in ("client", "server")}
    for stream in streams.values():
        stream.encrypt()
    for number, (side, time, data) in enumerate(pieces):
        if side in streams:
            streams[side].feed(number, time, data)
    for stream in streams.values():
        stream.end()
    return in_order(cuts)


def _no_line(_data: bytes) -> Tell | None:
    raise AssertionError("a record is no line")
