"""Content codings taken off again (RFC 9110, section 8.4), and never more than was asked for: a bomb stays small."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

GZIP, ZLIB, RAW = 31, 15, -15  # what zlib calls them: "wbits"
STEP = 1 << 16  # bytes that are unpacked at once


class Unpacked(NamedTuple):
    """What came out.

    Attributes:
        data: the content, or its beginning.
        cut: whether there is more than was asked for.
        wrong: it is not what the coding's name says, or its end is missing: then ``data`` is what could be read.
        unknown: a coding that cannot be taken off, or "": then ``data`` still has it.
    """

    data: bytes
    cut: bool = False
    wrong: bool = False
    unknown: str = ""


def unpack(parts: Iterable[bytes | memoryview], codings: Sequence[str], most: int) -> Unpacked:
    """Take codings off.

    Args:
        parts: the bytes, in parts.
        codings: as Content-Encoding has them: the last one was applied last.
        most: bytes of the result, and of all between, at most.
    """
    if not codings:
        return _first(parts, most)
    found = Unpacked(b"")
    for coding in reversed(codings):
        if coding not in ("gzip", "x-gzip", "deflate"):
            data, cut, *_rest = _first(parts, most)
            return Unpacked(data, cut or found.cut, found.wrong, coding)
        found = _inflated(parts, coding == "deflate", most, found)
        parts = [found.data]
    return found


def _first(parts: Iterable[bytes | memoryview], most: int) -> Unpacked:
    out = bytearray()
    for part in parts:
        out += part[: most - len(out)]
        if len(out) == most:
            break
    return Unpacked(bytes(out), sum(map(len, parts)) > most)


def _inflated(parts: Iterable[bytes | memoryview], deflate: bool, most: int, before: Unpacked) -> Unpacked:
    out = bytearray()
    kind = ZLIB if deflate else GZIP
    engine = zlib.decompressobj(kind)
    begun = False
    for part in parts:
        left = bytes(part)
        while left:
            if engine.eof:  # several gzip members stand one after the other (RFC 1952, section 2.2)
                engine, begun = zlib.decompressobj(kind), False
            try:
                out += engine.decompress(left, min(STEP, most + 1 - len(out)))
            except zlib.error:
                if not deflate or begun or out:
                    return Unpacked(bytes(out), before.cut, True)
                kind, deflate = RAW, False  # some servers leave the zlib header out (RFC 9110, section 8.4.1.2)
                engine = zlib.decompressobj(kind)
                continue
            begun = True
            if len(out) > most:
                return Unpacked(bytes(out[:most]), True, before.wrong)
            left = engine.unused_data if engine.eof else engine.unconsumed_tail
    return Unpacked(bytes(out), before.cut, before.wrong or not engine.eof)
