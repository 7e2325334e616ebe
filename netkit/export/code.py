"""A recorded HTTP request as a program that sends it again: for a shell, and in Python."""

from __future__ import annotations

import base64
import shlex
from urllib.parse import quote

from netkit.errors import BadInput
from netkit.export.exchanges import Exchanged, last_request, url
from netkit.i18n import _
from netkit.protocols.http_exchanges import Request

ARGUMENT = 100_000  # bytes of content that fit into an argument: Linux takes 128 KB for one

VISIBLE = "".join(map(chr, range(0x21, 0x7F)))

# What a client works out itself, or what belongs to one connection only (RFC 9110, section 7.6.1).
OWN = frozenset(("host", "content-length", "connection", "transfer-encoding", "proxy-connection", "keep-alive"))


def curl(what: Exchanged) -> str:
    """The request as a command line of curl, for bash.

    Fields that curl would add by itself are turned off, so that what is sent is what was recorded. The request goes
    to the host that it names, and through no proxy if that is this machine.

    Raises:
        BadInput: there is no request, or it is CONNECT: that is no request for a resource, but for a tunnel.
    """
    request = _sendable(what)
    words = ["curl", "--globoff", "--path-as-is", "--include"]
    address = _address(request)
    if _is_here(address):
        words += ["--noproxy", "*"]
    if request.version == "HTTP/1.0":
        words.append("--http1.0")
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != ("POST" if request.packed else "GET"):
        words += ["--request", request.method]
    if request.target == "*":
        words += ["--request-target", "*"]
    for name, value in request.fields:
        if name.lower() not in OWN:
            words += ["--header", f"{name}: {value}" if value else f"{name};"]
    absent = ["User-Agent", "Accept", *(["Content-Type", "Expect"] if request.packed else [])]
    words += [word for name in absent if request.value(name) is None for word in ("--header", f"{name}:")]
    if not request.packed:
        return shlex.join([*words, address])
    if len(request.packed) <= ARGUMENT and (text := _argument(request.packed)) is not None:
        return shlex.join([*words, "--data-raw", text, address])
    coded = base64.b64encode(request.packed).decode("ascii")
    return f"echo {coded} | base64 -d | {shlex.join([*words, '--data-binary', '@-', address])}"


def python(what: Exchanged) -> str:
    """The request as a program in Python that needs the standard library only.

    Raises:
        BadInput: there is no request, or it is CONNECT: that is no request for a resource, but for a tunnel.
    """
    request = _sendable(what)
    address = _address(request)
    fields: dict[str, str] = {}
    for name, value in request.fields:
        key = name.title()
        if name.lower() not in OWN:  # several lines of one name are a list (RFC 9110, section 5.3)
            fields[key] = f"{fields[key]}{'; ' if key == 'Cookie' else ', '}{value}" if key in fields else value
    handler = "urllib.request.ProxyHandler({})" if _is_here(address) else ""
    out = ["import urllib.error", "import urllib.request", "", "request = urllib.request.Request("]
    out.append(f"    {address!r},")
    if request.packed or request.method in ("POST", "PUT", "PATCH"):
        out.append(f"    data={request.packed!r},")
    out.append("    headers={")
    out += [f"        {name!r}: {_latin(value)!r}," for name, value in fields.items()]
    out += ["    },", f"    method={request.method!r},", ")"]
    out += [f"opener = urllib.request.build_opener({handler})", "try:"]
    out += ["    response = opener.open(request, timeout=10)", "except urllib.error.HTTPError as problem:"]
    out += ["    response = problem", "with response:", "    print(response.status, response.reason)"]
    out += ["    print(response.read())"]
    return "\n".join(out) + "\n"


def _sendable(what: Exchanged) -> Request:
    request = last_request(what)
    if request.method == "CONNECT":
        raise BadInput(_("CONNECT asks for a tunnel, not for a resource: choose a request that went through it."))
    return request


def _address(request: Request) -> str:
    """The URL as a client takes it: spaces, and bytes that are not ASCII, are percent-encoded, all else stays."""
    whole = url(request).partition("#")[0]
    return quote(whole.encode(errors="surrogateescape"), safe=VISIBLE)


def _is_here(address: str) -> bool:
    host = address.split("//", 1)[1].split("/")[0].rpartition("@")[2]
    return host.startswith(("127.", "localhost", "[::1]"))


def _argument(data: bytes) -> str | None:
    """The bytes as an argument of a command; None where they cannot be one."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _latin(value: str) -> str:
    """A value as http.client takes it: a character a byte."""
    return value.encode(errors="surrogateescape").decode("latin-1")
