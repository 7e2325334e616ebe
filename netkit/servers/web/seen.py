"""What a request brought, by httpbin's names."""

from __future__ import annotations

import base64
import codecs
import json
from collections.abc import Callable
from typing import Any

from tornado.httputil import HTTPServerRequest

URLENCODED = "application/x-www-form-urlencoded"
ORIGIN = "127.0.0.1"  # all clients are on this machine


def seen(request: HTTPServerRequest, keys: str) -> dict[str, Any]:
    """Those of args, data, files, form, headers, json, method, origin and url that `keys` names, for JSON."""
    return {key: _SEEN[key](request) for key in keys.split()}


def _percent(problem: UnicodeError) -> tuple[str, int]:
    assert isinstance(problem, UnicodeDecodeError)
    wrong = problem.object[problem.start : problem.end]
    return "".join(f"%{byte:02X}" for byte in wrong), problem.end


codecs.register_error("netkit.percent", _percent)


def flat(fields: dict[str, list[bytes]]) -> dict[str, str | list[str]]:
    """A name's value, or the list of those of a name that came several times."""
    found = {name: [value.decode("utf-8", "replace") for value in values] for name, values in fields.items()}
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def urlencoded(fields: dict[str, list[bytes]]) -> dict[str, str | list[str]]:
    """The same of what stood in a query or in a body of that kind; bytes that are no UTF-8 stay percent-encoded.

    Args:
        fields: as tornado reads them: it takes names for Latin-1.
    """
    found: dict[str, list[str]] = {}
    for name, values in fields.items():
        known = found.setdefault(name.encode("latin-1").decode("utf-8", "netkit.percent"), [])
        known += [value.decode("utf-8", "netkit.percent") for value in values]
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def as_text(data: bytes, kind: str = "application/octet-stream") -> str:
    """Text as it is, other bytes as a data URL (RFC 2397)."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def is_form(request: HTTPServerRequest) -> bool:
    """Whether the body is a form's: then its fields are told, and not its bytes."""
    return request.headers.get("Content-Type", "").startswith((URLENCODED, "multipart/form-data"))


def _form(request: HTTPServerRequest) -> dict[str, str | list[str]]:
    kind = request.headers.get("Content-Type", "")
    return (urlencoded if kind.startswith(URLENCODED) else flat)(request.body_arguments)


def _data(request: HTTPServerRequest) -> str:
    return "" if is_form(request) else as_text(request.body)


def _json(request: HTTPServerRequest) -> Any:
    try:
        return None if is_form(request) else json.loads(request.body.decode())
    except (ValueError, RecursionError):
        return None


def _files(request: HTTPServerRequest) -> dict[str, str | list[str]]:
    named = {name: [as_text(each.body, each.content_type) for each in files] for name, files in request.files.items()}
    return {name: files[0] if len(files) == 1 else files for name, files in named.items()}


_SEEN: dict[str, Callable[[HTTPServerRequest], Any]] = {
    "args": lambda request: urlencoded(request.query_arguments),
    "data": _data,
    "files": _files,
    "form": _form,
    "headers": lambda request: dict(request.headers.items()),
    "json": _json,
    "method": lambda request: request.method,
    "origin": lambda _request: ORIGIN,
    "url": lambda request: request.full_url(),
}
