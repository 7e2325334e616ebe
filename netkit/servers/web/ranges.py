"""Byte ranges (RFC 9110 section 14), and a body of any size in which every line says where it stands."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

LINE = 64  # bytes, with LF
LINES = 1024  # in a block, which is repeated


def asked(field: str, size: int) -> tuple[int, int] | None:
    """The part of a body that the field Range asks for.

    Args:
        field: its value: ``"bytes=0-99"``, ``"bytes=100-"``, ``"bytes=-100"``.
        size: of the whole body, in bytes.

    Returns:
        Where it begins and where it ends (the first byte that is no longer of it); None: all of it, for the field is
        not there, of another unit, wrong, or asks for several parts (section 14.2 allows to ignore it).

    Raises:
        ValueError: there is nothing of what is asked for: 416.
    """
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", field.strip(), re.ASCII)
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size - int(last))
    if start >= size:
        raise ValueError("not satisfiable")
    return start, min(int(last) + 1, size) if first and last else size


def pattern(start: int, stop: int, block: int) -> Iterator[bytes]:
    """The bytes of the pattern from `start` up to `stop`, not more than `block` at once."""
    whole = _block()
    while start < stop:
        at = start % len(whole)
        piece = whole[at : min(at + min(block, stop - start), len(whole))]
        yield piece
        start += len(piece)


@functools.cache
def _block() -> bytes:
    """Lines of 64 bytes, numbered from 0 to 1023."""
    filling = b"." * (LINE - 11)
    return b"".join(b"line %4d%s\n" % (n, filling + b"|") for n in range(LINES))


def letters(start: int, stop: int, block: int) -> Iterator[bytes]:
    """The alphabet again and again: the bytes of httpbin's /range."""
    alphabet = bytes(range(ord("a"), ord("z") + 1))
    while start < stop:
        size = min(block, stop - start)
        at = start % 26
        yield (alphabet * (size // 26 + 2))[at : at + size]
        start += size
