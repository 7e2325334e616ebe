"""What the bytes of a conversation mean: bytes in, explained lines out; no socket in sight.

A protocol is a module of this folder with one function::

    def explain(pieces: Iterable[Piece], datagrams: bool = False) -> Sequence[Line]

It is pure, takes any bytes whatever without an error (what it does not understand it shows as text), and loses none:
the ``data`` of one side's lines, joined, are the bytes of that side's pieces.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

__all__ = ["MODULES", "TLS", "Line", "Piece", "explain"]

Piece = tuple[str, float, bytes]
"""Which side sent it ("client" or "server"), when (seconds since the conversation began), and its bytes.

A piece without bytes is a break: whatever that side had begun to say ends there (a FIN, or bytes that are missing).
"""

TLS = "tls"
"""The side of a piece without bytes after which the pieces are what both said inside TLS: decrypted. What follows it is
explained like what is said in the clear, with what was said before it in mind (STARTTLS). A protocol for which this
makes no difference takes it as a break."""

MODULES = {
    "text": "netkit.protocols.text",
    "dns": "netkit.protocols.dns",
    "smtp": "netkit.protocols.smtp",
    "pop3": "netkit.protocols.pop3",
    "tls": "netkit.protocols.tls",
    "http": "netkit.protocols.http",
    "ftp": "netkit.protocols.ftp",
}
"""Which module explains which protocol; one is imported when it is first asked for."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a side said, explained.

    Attributes:
        side: ``"client"`` or ``"server"``.
        time: when its first byte was passed on, in seconds since the conversation began.
        data: its bytes.
        text: the bytes for people to read, in one row: see `netkit.protocols.text.visible`. It may hold any
            printable character, so it has to be escaped for HTML like everything that came over a wire.
        meaning: what it means, in the learner's language, or ``""``.
        source: where that stands, e.g. ``"RFC 5321, section 4.1.1.1"``, or ``""``.
        piece: in which of the pieces it begins, counted from 0.
    """

    side: str
    time: float
    data: bytes
    text: str
    meaning: str = ""
    source: str = ""
    piece: int = 0


class _Explains(Protocol):
    def explain(self, pieces: Iterable[Piece], datagrams: bool = False) -> Sequence[Line]: ...


def explain(name: str, pieces: Iterable[Piece], datagrams: bool = False) -> Sequence[Line]:
    """The lines of a conversation, in the order in which they began.

    Args:
        name: the protocol, e.g. ``"text"``; one that netkit does not know is shown as text.
        pieces: the bytes in the order in which they were passed on.
        datagrams: whether each piece stands for itself, as in UDP; else a side's pieces are one stream of bytes.

    Returns:
        A sequence that is quick to make and whose lines may be worked out only when they are asked for: take
        slices of it (``lines[200:300]``) rather than all of it.
    """
    module = cast(_Explains, importlib.import_module(MODULES.get(name, MODULES["text"])))
    return module.explain(pieces, datagrams)
