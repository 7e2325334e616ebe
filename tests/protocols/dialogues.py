"""Sessions written down as people read them: who said what, and below it, further to the right, what it means.

The sessions themselves were recorded: smtplib with aiosmtpd, poplib with netkit's POP3 server, through a tap.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

from netkit.protocols import Line, Piece, explain

SIDES = {"C": "client", "S": "server"}


def spoken(text: str) -> list[Piece]:
    r"""The pieces of a session: lines that begin with ``C: `` or ``S: ``; ``\xff`` is a byte, each ends with CRLF.

    What one side says in a row is one piece. ``C!`` instead of ``C:``: without a CRLF. ``C-`` alone is a break.
    """
    said: list[tuple[str, bytes]] = []
    for row in text.strip("\n").split("\n"):
        found = re.fullmatch(r"([CS])([:!-]) ?(.*)", row.lstrip())
        if found is None:
            continue
        side = SIDES[found[1]]
        data = re.sub(rb"\\x(..)", lambda m: bytes.fromhex(m[1].decode()), found[3].encode())
        data += b"\r\n" if found[2] == ":" else b""
        if data and said and said[-1][0] == side and said[-1][1]:
            data = said.pop()[1] + data
        said.append((side, data))
    return [(side, number / 10, data) for number, (side, data) in enumerate(said)]


def read(lines: Iterable[Line]) -> str:
    """The lines as they are written down."""
    out = []
    for line in lines:
        text, end = line.text.removesuffix(r"\r\n"), ":" if line.text.endswith(r"\r\n") else "!"
        out.append(f"{line.side[0].upper()}{end} {text}".rstrip())
        if line.meaning:
            out.append(f"    {line.meaning} [{line.source.replace(', section ', ' ')}]")
    return "\n".join(out).replace("\N{NO-BREAK SPACE}", " ")


def whole(protocol: str, text: str) -> tuple[str, str]:
    """A session as netkit explains it, and as it is written down."""
    return read(explain(protocol, spoken(text))), textwrap.dedent(text).strip("\n")


def told(protocol: str, text: str) -> list[tuple[str, str]]:
    """For each line of a session its meaning and the source of it."""
    return [(line.meaning, line.source) for line in explain(protocol, spoken(text))]


def check(pieces: Sequence[Piece], lines: Sequence[Line], most: int = 90) -> None:
    """What holds for every explanation: no byte is lost, nothing steers a terminal, and it fits into a column."""
    for side in SIDES.values():
        sent = b"".join(data for who, _time, data in pieces if who == side)
        assert b"".join(line.data for line in lines if line.side == side) == sent
    assert [line.piece for line in lines] == sorted(line.piece for line in lines)
    for line in lines:
        assert (line.side, line.time) == pieces[line.piece][:2]
        assert line.text.isprintable()
        assert line.meaning.replace("\N{NO-BREAK SPACE}", "").isprintable()
        assert line.source.isascii()
        assert len(line.meaning) <= most, line.meaning
