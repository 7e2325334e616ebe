"""The head of a request, before tornado reads it: what RFC 9112 forbids is refused, with its status and in words.

Pure: bytes in, bytes out, no socket in sight. Tornado takes some things that a strict server refuses (bare LF, a
transfer coding in HTTP/1.0, two equal Content-Lengths), and it says 400 to all it refuses.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LINE = 8192  # bytes that a request line may have; RFC 9112 section 3 asks for 8000 at least
HEAD = 65536  # bytes that all of the head may have
FIELDS = 100  # header fields that it may have
CHUNK_LINE = 1024  # bytes that the first line of a chunk may have, and a line of the trailer
BODY = 32 << 20  # bytes that a body may have
Fields = dict[str, list[tuple[bytes, bytes]]]  # (name, value) of each, by the name in lower case
METHODS = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"))

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST = re.compile(rb"(%s) ([\x21-\x7e\x80-\xff]+) HTTP/(\d)\.(\d)" % _TOKEN)
_FIELD = re.compile(rb"(%s):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*" % _TOKEN)
_LOCAL = re.compile(r"localhost|127(\.\d{1,3}){3}|([a-z0-9-]+\.)*netkit\.test", re.IGNORECASE)


class Refused(Exception):
    """A request that is not answered as it asks.

    Attributes:
        status: the status code that says so (RFC 9110 section 15).
        why: a sentence for the one who sent it.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


def end_of_head(data: bytearray) -> int:
    """How many bytes the head at the beginning has, with its empty line, or as many as one may have; 0: it goes on."""
    ends = [at + len(end) for end in (b"\n\r\n", b"\n\n") if (at := data.find(end, 0, HEAD)) >= 0]
    return min(ends) if ends else HEAD * (len(data) >= HEAD)


def end_of_line(data: bytearray) -> int:
    """How many bytes the line at the beginning has, or as many as one may have; 0: it goes on."""
    return data.find(b"\n", 0, CHUNK_LINE) + 1 or CHUNK_LINE * (len(data) >= CHUNK_LINE)


def parsed(head: bytes) -> tuple[bytes, bytes, bool, Fields]:
    """Method, target, whether it is HTTP/1.0, and the fields of a request line and header fields with the empty line.

    Raises:
        Refused: it is no request by RFC 9112.
    """
    head = head.removeprefix(b"\r\n")  # section 2.2: an empty line before the request is passed over
    first, _end, rest = head.partition(b"\n")
    if len(first) > LINE:
        raise Refused(414, f"The request line has more than {LINE} bytes.")
    if len(head) > HEAD - 4 or head.count(b"\n") > FIELDS + 2:
        raise Refused(431, f"The header has more than {HEAD} bytes or more than {FIELDS} fields.")
    if head.count(b"\n") != head.count(b"\r\n"):
        raise Refused(400, "Each line of the head ends with CR LF, not with LF alone.")
    request = _REQUEST.fullmatch(first[:-1])
    if request is None:
        raise Refused(400, "The first line is not METHOD, space, target, space, HTTP/1.1.")
    method, target, major, minor = request.groups()
    if major != b"1":
        raise Refused(505, "This server speaks HTTP/1.1 and HTTP/1.0.")
    return method, target, minor == b"0", fields_of(rest)


def checked(head: bytes) -> bytes:
    """A request line and header fields with the empty line, in the form that tornado gets right.

    Raises:
        Refused: it is no request by RFC 9112, or one that this server does not serve.
    """
    method, target, old, fields = parsed(head)
    if method not in METHODS:
        raise Refused(501, "There is no such method here, for no resource.")
    check_framing(fields, old)
    check_expect(fields, old)
    target, host = _target(method, target)
    if host is not None:  # section 3.2.2: the target's host counts, the field is ignored
        fields["host"] = [(b"Host", host)]
    elif len(fields.get("host", ())) != 1 and not (old and "host" not in fields):
        raise Refused(400, "A request has one field Host.")
    if len(options := tokens(fields, "connection")) > 1:  # tornado compares the field as a whole
        fields["connection"] = [(b"Connection", b"close" if b"close" in options else b", ".join(options))]
    lines = [b"%s %s HTTP/1.%d" % (method, target, not old)]
    lines += [b"%s: %s" % field for same in fields.values() for field in same]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def fields_of(rest: bytes) -> Fields:
    """The header fields by their names in lower case, in the order in which they came.

    Args:
        rest: the head without its first line, with the empty line; all lines end with CR LF.

    Raises:
        Refused: a line is no field by RFC 9112 section 5.
    """
    fields: Fields = {}
    for line in rest.split(b"\r\n")[:-2]:
        if line[:1] in (b" ", b"\t"):
            raise Refused(400, "A header field is one line: it is not folded (obs-fold, RFC 9112 section 5.2).")
        field = _FIELD.fullmatch(line)
        if field is None:
            raise Refused(400, "A line of the header is not name, colon, value; or it has control characters.")
        fields.setdefault(field[1].lower().decode("ascii"), []).append((field[1], field[2]))
    return fields


def tokens(fields: Fields, name: str) -> list[bytes]:
    """What a field lists, in lower case (RFC 9110 section 5.6.1)."""
    whole = b",".join(value for _name, value in fields.get(name, ()))
    return [token for part in whole.split(b",") if (token := part.strip(b" \t").lower())]


def check_framing(fields: Fields, old: bool, most: int = BODY) -> None:
    """How long the body is must be beyond doubt, or a request could be smuggled in (RFC 9112 sections 6 and 11.2).

    Args:
        fields: see `fields_of`; of transfer codings, the plain word chunked is left.
        old: whether the request is one of HTTP/1.0.
        most: bytes that a body may have.

    Raises:
        Refused: it is in doubt, or the body is too large.
    """
    lengths = fields.get("content-length", [])
    if "transfer-encoding" in fields:
        codings = tokens(fields, "transfer-encoding")
        if old:
            raise Refused(400, "HTTP/1.0 has no Transfer-Encoding.")
        if lengths:
            raise Refused(400, "Transfer-Encoding and Content-Length exclude each other.")
        if codings[-1:] != [b"chunked"] or codings.count(b"chunked") > 1:
            raise Refused(400, "The last transfer coding is chunked, and no other is.")
        if codings != [b"chunked"]:
            raise Refused(501, "Of the transfer codings there is only chunked here.")
        fields["transfer-encoding"] = [(b"Transfer-Encoding", b"chunked")]
    if len(lengths) > 1 or (lengths and not re.fullmatch(rb"[0-9]{1,18}", lengths[0][1])):
        raise Refused(400, "Content-Length is one number, and stands once.")
    if lengths and int(lengths[0][1]) > most:
        raise Refused(413, f"A body may have {most} bytes here.")


def check_expect(fields: Fields, old: bool) -> None:
    """RFC 9110 section 10.1.1; what is left is the plain word 100-continue, for HTTP/1.1 alone."""
    if expected := tokens(fields, "expect"):
        if expected != [b"100-continue"]:
            raise Refused(417, "Nothing can be expected here but 100-continue.")
        del fields["expect"]
        if not old:
            fields["expect"] = [(b"Expect", b"100-continue")]


def _target(method: bytes, target: bytes) -> tuple[bytes, bytes | None]:
    """The target in origin-form, and the host of one in absolute-form (RFC 9112 section 3.2)."""
    if target.startswith(b"/") or (target == b"*" and method == b"OPTIONS"):
        return target, None
    try:
        parts = urlsplit(target.decode("latin-1"))
        host, _port = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise Refused(400, "The target begins with a slash, or is a whole URL.")
    if not _LOCAL.fullmatch(host):
        raise Refused(421, "This is no proxy: it answers for itself alone, not for other hosts.")
    path = (parts.path or "/") + (f"?{parts.query}" if "?" in target.decode("latin-1") else "")
    return path.encode("latin-1"), parts.netloc.encode("latin-1")


def size_of_chunk(line: bytes) -> int:
    """The size in a chunk's first line; extensions are ignored (RFC 9112 section 7.1.1).

    Raises:
        Refused: it is no hexadecimal number, or the line has control characters.
    """
    size = re.fullmatch(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n", line)
    if size is None:
        raise Refused(400, "A chunk begins with its size, a hexadecimal number, on a line of its own.")
    return int(size[1], 16)


def is_trailer(line: bytes) -> bool:
    """Whether it is a field after the last chunk (RFC 9112 section 7.1.2), or the empty line that ends them."""
    return line == b"\r\n" or (line.endswith(b"\r\n") and _FIELD.fullmatch(line[:-2]) is not None)
