"""How POP3 puts letters and lists on the wire (RFC 1939 section 3)."""

from __future__ import annotations

from collections.abc import Iterable


def count(n: int) -> str:
    """'1 message', '2 messages'. Replies are for programs and stay English."""
    return f"{n} message" if n == 1 else f"{n} messages"


def printable(word: bytes) -> str:
    """A client's word, such that it can stand in a reply."""
    return "".join(c if " " < c <= "~" else "?" for c in word.decode("ascii", "replace"))[:64]


def listing(title: str, lines: Iterable[str]) -> bytes:
    """A reply of several lines, but for its last CRLF."""
    return "\r\n".join([f"+OK {title}".rstrip(), *lines, "."]).encode()


def stuffed(data: bytes) -> bytes:
    """A letter as it is sent: before a line that begins with a dot goes another one, which the client takes off.

    Args:
        data: lines, each with its CRLF.
    """
    return (b"." if data.startswith(b".") else b"") + data.replace(b"\r\n.", b"\r\n..")


def top(data: bytes, lines: int) -> bytes:
    """The header of a letter, the empty line after it, and so many lines of its body."""
    end = 2 if data.startswith(b"\r\n") else data.find(b"\r\n\r\n") + 4
    if end == 3:
        return data  # a header and nothing else
    at = end
    for _line in range(lines):
        found = data.find(b"\r\n", at)
        if found < 0:
            return data
        at = found + 2
    return data[:at]
