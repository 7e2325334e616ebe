"""What a proxy reads in the head of a request or a response, and what it passes on. Pure: bytes in, bytes out."""

from __future__ import annotations

import http
import re
from dataclasses import dataclass
from email.utils import formatdate

from netkit.servers.web.head import Fields, Refused, check_expect, check_framing, parsed, tokens

NAME = b"netkit"  # what the proxy calls itself in Via (RFC 9110 section 7.6.3): a pseudonym, as it has no name
REALM = "netkit proxy"
# What is said from hop to hop, and not passed on (RFC 9110 section 7.6.1); the framing is written anew.
HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
     "transfer-encoding", "upgrade")
)  # fmt: skip
_NEEDED = frozenset(("content-length", "host", "via"))  # stay, whatever Connection says: they are the proxy's affair
_SIZE = 10**18  # a body passes through and is not kept, so that it may be of any size

_AUTHORITY = re.compile(rb"([^\s/?#@:\[\]]+|\[[^\s/?#@\]]*\])(?::(\d{0,5}))?")
_ABSOLUTE = re.compile(rb"([A-Za-z][A-Za-z0-9+.\-]*)://([^/?#]*)([^#]*)")
_STATUS = re.compile(rb"HTTP/1\.(\d) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?[ \t]*")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*:[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*")


@dataclass(frozen=True)
class Request:
    """What a client asks of the proxy.

    Attributes:
        method: as it came; methods are case-sensitive (RFC 9110 section 9.1).
        host, port: those of the origin server, or of the other end of a tunnel, as they were written.
        target: in origin-form (RFC 9112 section 3.2.1), or ``*``; empty for CONNECT.
        old: whether it is one of HTTP/1.0.
        fields: all that came.
        length: of the body, in bytes; None: it comes in chunks.
        last: whether the client's connection is closed after it.
    """

    method: bytes
    host: str
    port: int
    target: bytes
    old: bool
    fields: Fields
    length: int | None
    last: bool

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent once more when a kept connection turns out to be closed (RFC 9110 section 9.2.2)."""
        return self.length == 0 and self.method in (b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE")

    def passed_on(self) -> bytes:
        """The head for the origin server (RFC 9112 section 3.2.1, RFC 9110 section 7.6)."""
        port = b"" if self.port == 80 else b":%d" % self.port
        lines = [b"%s %s HTTP/1.1" % (self.method, self.target), b"Host: %s%s" % (self.host.encode("latin-1"), port)]
        lines += _end_to_end(self.fields, drop=frozenset(("host",)))
        if self.length is None:
            lines.append(b"Transfer-Encoding: chunked")
        lines.append(b"Via: 1.%d %s" % (not self.old, NAME))
        if self.last:
            lines.append(b"Connection: close")
        return b"\r\n".join(lines) + b"\r\n\r\n"


@dataclass(frozen=True)
class Response:
    """What an origin server answers.

    Attributes:
        old: whether it is of HTTP/1.0.
        status: 100 to 999.
        reason: the words after it.
        fields: all that came.
        length: of the body, in bytes; None: not known before it ends.
        chunked: whether the body comes in chunks; else one of no known length ends with the connection.
        last: whether the server closes the connection after it.
    """

    old: bool
    status: int
    reason: bytes
    fields: Fields
    length: int | None
    chunked: bool
    last: bool

    def passed_on(self, *, chunked: bool = False, close: bool = False) -> bytes:
        """The head for the client: how long the body is is said in the proxy's own way."""
        lines = [b"HTTP/1.1 %d %s" % (self.status, self.reason), *_end_to_end(self.fields)]
        if chunked:
            lines.append(b"Transfer-Encoding: chunked")
        lines.append(b"Via: 1.%d %s" % (not self.old, NAME))
        if close:
            lines.append(b"Connection: close")
        return b"\r\n".join(lines) + b"\r\n\r\n"


def request(head: bytes) -> Request:
    """A request line and header fields with the empty line.

    Raises:
        Refused: no request by RFC 9112, or one that a proxy does not pass on.
    """
    method, target, old, fields = parsed(head)
    if any(_by_us(value) for _name, value in fields.get("via", ())):
        raise Refused(508, "This request has been here before: the proxy would ask itself (RFC 9110 section 7.6.3).")
    check_framing(fields, old, _SIZE)
    check_expect(fields, old)
    if len(fields.get("host", ())) != 1 and not (old and "host" not in fields):
        raise Refused(400, "A request has one field Host.")
    length = None if "transfer-encoding" in fields else int(fields["content-length"][0][1]) if _sized(fields) else 0
    last = old or b"close" in tokens(fields, "connection")
    if method == b"CONNECT":
        if length != 0:
            raise Refused(400, "CONNECT has no body: what follows its head is for the tunnel.")
        host, port = _authority(target, None)
        return Request(method, host, port, b"", old, fields, 0, True)
    host, port, path = _absolute(target)
    if not path.startswith(b"/"):
        path = b"*" if method == b"OPTIONS" and not path else b"/" + path  # RFC 9112 section 3.2.4
    _count_down(method, fields)
    return Request(method, host, port, path, old, fields, length, last)


def _sized(fields: Fields) -> bool:
    return "content-length" in fields


def _by_us(via: bytes) -> bool:
    return any(part.split()[1:2] == [NAME] for part in via.lower().split(b","))


def _absolute(target: bytes) -> tuple[str, int, bytes]:
    """Host, port, and the rest of a URL, which is a target in absolute-form (RFC 9112 section 3.2.2)."""
    url = _ABSOLUTE.fullmatch(target)
    if url is None:
        raise Refused(400, "This is a proxy: the target is a whole URL, http://host/path (RFC 9112 section 3.2.2).")
    scheme = url[1].lower().decode("ascii")
    if scheme == "https":
        raise Refused(501, "For https a proxy makes a tunnel: ask with CONNECT (RFC 9110 section 9.3.6).")
    if scheme != "http":
        raise Refused(501, f"This proxy asks no {scheme} servers, only http.")
    host, port = _authority(url[2], 80)
    return host, port, url[3]


def _authority(text: bytes, default: int | None) -> tuple[str, int]:
    found = _AUTHORITY.fullmatch(text)
    if found is None or not (port := int(found[2] or default or 0)) or port > 65535:
        wanted = "host:port" if default is None else "host or host:port, without a user"
        raise Refused(400, f"The target names a server as {wanted}.")
    return found[1].decode("latin-1"), port


def _count_down(method: bytes, fields: Fields) -> None:
    """RFC 9110 section 7.6.2: how many proxies more it may pass."""
    if method in (b"OPTIONS", b"TRACE") and (values := fields.get("max-forwards")):
        if len(values) > 1 or not re.fullmatch(rb"[0-9]{1,9}", values[0][1]):
            raise Refused(400, "Max-Forwards is one number.")
        if not int(values[0][1]):
            raise Refused(
                501, "Max-Forwards is 0: the request stays here, and this proxy has nothing to tell of itself."
            )
        fields["max-forwards"] = [(values[0][0], b"%d" % (int(values[0][1]) - 1))]


def response(head: bytes, method: bytes) -> Response:
    """A status line and header fields with the empty line; lines may end in LF alone (RFC 9112 section 2.2).

    Args:
        head: what the server sent.
        method: that of the request, which says whether there is a body.

    Raises:
        Refused: 502, it is no response by RFC 9112.
    """
    first, *lines = head.replace(b"\r\n", b"\n").split(b"\n")[:-2]
    status = _STATUS.fullmatch(first)
    if status is None:
        raise Refused(502, "The server's answer does not begin with HTTP/1.1 and a status.")
    fields: Fields = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            raise Refused(502, "A line of the header in the server's answer is not name, colon, value.")
        fields.setdefault(field[1].lower().decode("ascii"), []).append((field[1], field[2]))
    old, code = status[1] == b"0", int(status[2])
    if code == 101:
        raise Refused(502, "The server changes the protocol, and nobody asked it to.")
    length, chunked = _length(fields, old)
    if method == b"HEAD" or code < 200 or code in (204, 304):
        length, chunked = 0, False
    options = tokens(fields, "connection")
    last = b"close" in options or (old and b"keep-alive" not in options) or (length is None and not chunked)
    return Response(old, code, status[3] or b"", fields, length, chunked, last)


def _length(fields: Fields, old: bool) -> tuple[int | None, bool]:
    """How long the body of a response is (RFC 9112 section 6.3)."""
    lengths = {value for _name, value in fields.get("content-length", ())}
    if "transfer-encoding" in fields:
        if old or lengths or tokens(fields, "transfer-encoding") != [b"chunked"]:
            raise Refused(502, "The server's answer leaves in doubt how long its body is.")
        return None, True
    if not lengths:
        return None, False
    if len(lengths) > 1 or not re.fullmatch(rb"[0-9]{1,18}", length := lengths.pop()):
        raise Refused(502, "The server's answer leaves in doubt how long its body is.")
    fields["content-length"] = [(b"Content-Length", length)]
    return int(length), False


def _end_to_end(fields: Fields, drop: frozenset[str] = frozenset()) -> list[bytes]:
    listed = {token.decode("latin-1") for token in tokens(fields, "connection")} - _NEEDED
    gone = HOP_BY_HOP | listed | drop
    return [b"%s: %s" % field for name, same in fields.items() if name not in gone for field in same]


def refusal(status: int, why: str, *, body: bool = True) -> bytes:
    """The proxy's own response in plain words, after which the connection is closed."""
    phrase = "Request Header Fields Too Large" if status == 431 else http.HTTPStatus(status).phrase
    text = f"{status} {phrase}\n{why}\n".encode()
    lines = [f"HTTP/1.1 {status} {phrase}", "Server: netkit", f"Date: {formatdate(usegmt=True)}"]
    if status == 407:
        lines.append(f'Proxy-Authenticate: Basic realm="{REALM}", charset="UTF-8"')
    lines += ["Content-Type: text/plain; charset=utf-8", f"Content-Length: {len(text)}", "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode() + (text if body else b"")
