"""HTTP Archives: what a browser's tools read (HAR 1.2), from real exchanges and from broken ones."""

from __future__ import annotations

import base64
import gzip
import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from netkit.errors import BadInput
from netkit.export import save
from netkit.export.har import har
from tests.builders import client, conversation, fin, server
from tests.export.web import tapped_web

NUMBER = (int, float)
ENTRY = {
    "startedDateTime": str, "time": NUMBER, "cache": dict, "timings": dict, "serverIPAddress": str, "connection": str,
    "request": {"method": str, "url": str, "httpVersion": str, "cookies": list, "headers": list, "queryString": list,
                "headersSize": int, "bodySize": int},
    "response": {"status": int, "statusText": str, "httpVersion": str, "cookies": list, "headers": list,
                 "content": dict, "redirectURL": str, "headersSize": int, "bodySize": int},
}  # fmt: skip


def has(value: dict[str, Any], shape: dict[str, Any]) -> None:
    """All that HAR 1.2 wants is there, and of its type."""
    for name, kind in shape.items():
        has(value[name], kind) if isinstance(kind, dict) else None
        assert isinstance(value[name], dict if isinstance(kind, dict) else kind), name


def entries(data: bytes) -> list[dict[str, Any]]:
    """The entries of an archive that is one."""
    log = json.loads(data.decode("utf-8"))["log"]
    assert (log["version"], log["creator"]["name"], log["pages"]) == ("1.2", "netkit", [])
    for entry in log["entries"]:
        has(entry, ENTRY)
        shown = {name: entry["timings"][name] for name in ("send", "wait", "receive")}
        assert all(value >= 0 for value in shown.values())
        assert entry["time"] == pytest.approx(sum(shown.values()))
    return list(log["entries"])


def test_real_exchanges(tmp_path: Path) -> None:
    with tapped_web() as web:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        base = f"http://{web.address}"
        for path in ("/?q=%D0%BF+1", "/gzip", "/chunked"):
            opener.open(base + path, timeout=10).read()
        request = urllib.request.Request(base + "/", data=b"a=1&b=%D0%B1", headers={"Cookie": "x=1; y=2"})
        opener.open(request, timeout=10).read()
        save(web, tmp_path / "web.har")
        plain, packed, chunked, posted = entries((tmp_path / "web.har").read_bytes())
    assert plain["request"]["url"] == f"{base}/?q=%D0%BF+1"
    assert plain["request"]["queryString"] == [{"name": "q", "value": "п 1"}]
    assert plain["response"]["content"] == {"size": 13, "mimeType": "text/plain; charset=utf-8", "text": "привет\n"}
    assert plain["response"]["cookies"] == [
        {"name": "id", "value": "7", "path": "/", "httpOnly": True, "expires": "1994-11-06T08:49:37+00:00"}
    ]
    assert packed["response"]["content"]["text"] == "привет\n"
    assert packed["response"]["bodySize"] == len(gzip.compress("привет\n".encode(), mtime=0))
    assert packed["response"]["content"]["compression"] == 13 - packed["response"]["bodySize"]
    assert chunked["response"]["content"]["text"] == "привет\n"
    assert chunked["response"]["bodySize"] == 13
    assert posted["request"]["cookies"] == [{"name": "x", "value": "1"}, {"name": "y", "value": "2"}]
    assert posted["request"]["postData"] == {
        "mimeType": "application/x-www-form-urlencoded",
        "text": "a=1&b=%D0%B1",
        "params": [{"name": "a", "value": "1"}, {"name": "b", "value": "б"}],
    }


def test_times_and_sizes() -> None:
    head = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
    answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\n"
    talk = conversation(client(head[:9]), client(head[9:]), server(answer + "ab"), server("cd"), fin("server"))
    (entry,) = entries(har(talk))
    assert entry["startedDateTime"] == "2023-11-14T22:13:20.001Z"
    assert [entry["timings"][name] for name in ("send", "wait", "receive")] == [1.0, 1.0, 1.0]
    assert (entry["request"]["headersSize"], entry["request"]["bodySize"]) == (len(head), 0)
    assert (entry["response"]["headersSize"], entry["response"]["bodySize"]) == (len(answer), 4)
    assert (entry["response"]["status"], entry["response"]["statusText"]) == (404, "Not Found")
    assert "comment" not in entry


def test_binary_content_is_in_base64() -> None:
    body = b"\x89PNG\0\xff"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {len(body)}\r\n\r\n"
    talk = conversation(client("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), server(head.encode() + body))
    content = entries(har(talk))[0]["response"]["content"]
    assert (base64.b64decode(content["text"]), content["encoding"]) == (body, "base64")


def test_text_is_read_in_its_character_set() -> None:
    body = "привет".encode("koi8-r")
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=koi8-r\r\nContent-Length: {len(body)}\r\n\r\n"
    talk = conversation(client("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), server(head.encode() + body))
    assert entries(har(talk))[0]["response"]["content"]["text"] == "привет"


def test_files_in_a_form() -> None:
    body = (
        '--B\r\nContent-Disposition: form-data; name="who"\r\n\r\nИван\r\n--B\r\nContent-Disposition: form-data; '
        'name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--\r\n'
    ).encode()
    head = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: {len(body)}"
    data = entries(har(conversation(client(f"{head}\r\n\r\n".encode() + body))))[0]["request"]["postData"]
    assert data["params"] == [
        {"name": "who", "value": "Иван"},
        {"name": "file", "fileName": "a.txt", "contentType": "text/plain"},
    ]


def test_what_broke_off_says_so() -> None:
    request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    cut = conversation(client(request), server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), fin("server"))
    unanswered = conversation(client(request), fin("server"))
    first, second = entries(har([cut, unanswered]))
    assert first["comment"] == "it breaks off here: 6 of 9 bytes are missing"
    assert (second["comment"], second["response"]["status"]) == ("there is no response", 0)


def test_without_http_there_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no HTTP request in it, so no .har file can be made."):
        save(conversation(client("HELO a\r\n")), tmp_path / "mail.har")
    assert list(tmp_path.iterdir()) == []


def test_text_with_zero_bytes_is_none() -> None:
    head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
    talk = conversation(client("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), server(head + "a\0b"))
    assert entries(har(talk))[0]["response"]["content"] == {
        "size": 3, "mimeType": "x-unknown", "text": "YQBi", "encoding": "base64",
    }  # fmt: skip
