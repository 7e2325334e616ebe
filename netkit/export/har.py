"""HTTP conversations as an HTTP Archive, which a browser's developer tools open: HAR 1.2 (ahmadnassri/har-spec)."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from netkit.errors import BadInput
from netkit.export.exchanges import exchanges, url
from netkit.i18n import _
from netkit.protocols.http_exchanges import Exchange, Request, Response
from netkit.protocols.http_forms import form
from netkit.protocols.http_multipart import boundary_of, form_parts
from netkit.wire.conversation import Conversation


def har(conversations: Conversation | Iterable[Conversation]) -> bytes:
    """An HTTP Archive in UTF-8 of all exchanges that have a request.

    Raises:
        BadInput: there is none.
    """
    from netkit import __version__

    several = [conversations] if isinstance(conversations, Conversation) else conversations
    entries = [_entry(talk, one, one.request) for talk in several for one in exchanges(talk) if _is_http(one)]
    if not entries:
        raise BadInput(_("There is no HTTP request in it, so no .har file can be made."))
    entries.sort(key=lambda entry: entry["startedDateTime"])
    log = {"version": "1.2", "creator": {"name": "netkit", "version": __version__}, "pages": [], "entries": entries}
    return json.dumps({"log": log}, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _is_http(exchange: Exchange) -> bool:
    return exchange.request is not None and bool(exchange.request.method)


def _entry(talk: Conversation, exchange: Exchange, request: Request | None) -> dict[str, Any]:
    assert request is not None
    response = exchange.response
    timings = {"blocked": -1, "dns": -1, "connect": -1, "ssl": -1, "send": _ms(request.ended - request.began)}
    timings["wait"] = _ms(response.began - request.ended) if response else 0
    timings["receive"] = _ms(response.ended - response.began) if response else 0
    problems = [*request.problems, *(response.problems if response else [_("there is no response")])]
    began = datetime.fromtimestamp(talk.began + request.began, UTC)
    return {
        "startedDateTime": began.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "time": round(timings["send"] + timings["wait"] + timings["receive"], 3),
        "request": _request(request, str(talk.server)),
        "response": _response(response),
        "cache": {},
        "timings": timings,
        "serverIPAddress": talk.server.host,
        "connection": str(talk.number),
        **({"comment": "; ".join(problems)} if problems else {}),
    }


def _request(request: Request, server: str) -> dict[str, Any]:
    _path, mark, query = request.target.partition("?")
    said = {
        "method": request.method,
        "url": url(request, server),
        "httpVersion": request.version,
        "cookies": [
            {"name": name, "value": value}
            for line in request.values("cookie")
            for name, value in (_pair(part) for part in line.split(";") if part.strip())
        ],
        "headers": _headers(request),
        "queryString": _named(query.encode(errors="surrogateescape")) if mark else [],
        "headersSize": request.stop - request.start - len(request.body),
        "bodySize": len(request.packed),
    }
    if request.packed:
        said["postData"] = _post_data(request)
    return said


def _post_data(request: Request) -> dict[str, Any]:
    said: dict[str, Any] = {"mimeType": request.value("content-type") or "", **_text(request)}
    if "encoding" in said:
        said["_encoding"] = said.pop("encoding")  # HAR 1.2 has it for responses only
    if request.media_type == "application/x-www-form-urlencoded":
        said["params"] = _named(request.content)
    elif request.media_type == "multipart/form-data":
        parts = form_parts(request.content, boundary_of(request.value("content-type") or ""))
        said["params"] = [
            {"name": part.name, "value": part.data.decode(errors="replace")}
            if part.filename is None
            else {"name": part.name, "fileName": part.filename, "contentType": part.type}
            for part in parts
        ]
    return said


def _response(response: Response | None) -> dict[str, Any]:
    if response is None:  # as browsers have it
        return {
            "status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [], "redirectURL": "",
            "content": {"size": 0, "mimeType": "x-unknown"}, "headersSize": -1, "bodySize": -1,
        }  # fmt: skip
    content: dict[str, Any] = {"size": len(response.content)}
    if response.value("content-encoding"):
        content["compression"] = len(response.content) - len(response.packed)
    content["mimeType"] = response.value("content-type") or "x-unknown"
    if response.content:
        content |= _text(response)
    if response.unpacked.cut:
        content["comment"] = _("there is more of it")
    return {
        "status": response.status,
        "statusText": response.reason,
        "httpVersion": response.version,
        "cookies": [_set_cookie(line) for line in response.values("set-cookie")],
        "headers": _headers(response),
        "content": content,
        "redirectURL": response.value("location") or "",
        "headersSize": response.stop - response.start - len(response.body),
        "bodySize": len(response.packed),
    }


def _text(said: Request | Response) -> dict[str, str]:
    """The content as text where it is some, else in Base64."""
    try:
        text = said.content.decode(said.charset)
        if "\0" not in text:
            return {"text": text}
    except (LookupError, ValueError):  # no such encoding, or not in it
        pass
    return {"text": base64.b64encode(said.content).decode("ascii"), "encoding": "base64"}


def _headers(said: Request | Response) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in said.fields]


def _named(query: bytes) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in form(query).pairs]


def _pair(text: str) -> tuple[str, str]:
    name, _equals, value = text.strip().partition("=")
    return name, value


def _set_cookie(line: str) -> dict[str, Any]:
    first, *attributes = line.split(";")
    name, value = _pair(first)
    said: dict[str, Any] = {"name": name, "value": value}
    for key, given in map(_pair, attributes):
        match key.lower():
            case "path" | "domain":
                said[key.lower()] = given
            case "httponly":
                said["httpOnly"] = True
            case "secure":
                said["secure"] = True
            case "expires":
                with contextlib.suppress(ValueError):  # no date
                    said["expires"] = parsedate_to_datetime(given).isoformat()
    return said


def _ms(seconds: float) -> float:
    return round(max(seconds, 0.0) * 1000, 3)
