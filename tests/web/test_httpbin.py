"""httpbin's paths answer as httpbin does: what httpbin 0.10.4 said, recorded, and where this site does otherwise."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from typing import Any

import pytest

from netkit.servers.web.site import Web
from tests.web.talk import answers, ask, raw

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n'
    b'--b\r\nContent-Disposition: form-data; name="g"; filename="x.bin"\r\nContent-Type: image/png\r\n\r\n\xff\xfe\r\n'
    b'--b\r\nContent-Disposition: form-data; name="t"\r\n\r\nword\r\n--b--\r\n'
)
SEVEN = "5f4f7d6b6978b3f4486a95e854dc551e9a976de5721eea250a81061216b463df"  # of httpbin's /bytes/1000000?seed=7
NOTHING: dict[str, Any] = {"args": {}, "data": "", "files": {}, "form": {}, "json": None}


def test_get(web: Web) -> None:
    answer = ask(web, "/get?a=1&a=2&b=%D0%9F&c&d=+x", X_Own="1")
    assert answer.header["Content-Type"] == "application/json"
    assert answer.json == {
        "args": {"a": ["1", "2"], "b": "П", "c": "", "d": " x"},
        "headers": {"Accept-Encoding": "identity", "Host": str(web.http.address), "X-Own": "1"},
        "origin": "127.0.0.1",
        "url": f"{web.url}/get?a=1&a=2&b=%D0%9F&c&d=+x",
    }
    assert answer.text == json.dumps(answer.json, indent=2, sort_keys=True) + "\n"


@pytest.mark.parametrize(
    ("kind", "body", "seen"),
    [
        ("text/plain", b"hello", {"data": "hello"}),
        ("text/plain", b"\xff\x00", {"data": "data:application/octet-stream;base64,/wA="}),
        ("application/json", b'{"a":[1,2]}', {"data": '{"a":[1,2]}', "json": {"a": [1, 2]}}),
        ("application/json", b"[1", {"data": "[1"}),
        (FORM, b"a=1&a=2&b=%D0%9F&c=", {"form": {"a": ["1", "2"], "b": "П", "c": ""}}),
        (MULTIPART, PARTS, {"files": {"f": "hello", "g": "data:image/png;base64,//4="}, "form": {"t": "word"}}),
    ],
)
def test_bodies(web: Web, kind: str, body: bytes, seen: dict[str, Any]) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        said = ask(web, f"/{method.lower()}", method, body, Content_Type=kind).json
        headers = {"Accept-Encoding": "identity", "Content-Length": str(len(body)), "Content-Type": kind}
        assert said.pop("headers") == headers | {"Host": str(web.http.address)}
        assert said == NOTHING | seen | {"origin": "127.0.0.1", "url": f"{web.url}/{method.lower()}"}


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        ("%D0%B8%D0%BC%D1%8F=%D0%9F", {"имя": "П"}),
        ("%C3%A9=1&%E9=2", {"é": "1", "%E9": "2"}),
        ("%F0%D2=%F0%D2", {"%F0%D2": "%F0%D2"}),  # KOI8-R: bytes that are no UTF-8 stay as they were written
        ("%ff=1&%25FF=2", {"%FF": ["1", "2"]}),
        ("a=%D0%9F%FF&a=%D0", {"a": ["П%FF", "%D0"]}),
        ("a=1;b=2&c=%2&=x", {"a": "1;b=2", "c": "%2", "": "x"}),
    ],
)
def test_names_and_values_in_utf_8(web: Web, fields: str, seen: dict[str, Any]) -> None:
    assert ask(web, f"/get?{fields}").json["args"] == seen
    assert ask(web, "/post", "POST", fields.encode(), Content_Type=FORM).json["form"] == seen


def test_names_in_utf_8_that_are_not_encoded(web: Web) -> None:
    assert ask(web, "/post", "POST", "имя=Имя".encode(), Content_Type=FORM).json["form"] == {"имя": "Имя"}
    for name, seen in (("form-data", "form"), ('form-data; filename="и.txt"', "files")):
        part = f'--b\r\nContent-Disposition: {name}; name="имя"\r\n\r\nда\r\n--b--\r\n'.encode()
        assert ask(web, "/post", "POST", part, Content_Type=MULTIPART).json[seen] == {"имя": "да"}


def test_anything(web: Web) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        said = ask(web, "/anything/a/b?x=1", method, b"{}").json
        assert (said["method"], said["args"], said["json"]) == (method, {"x": "1"}, {})
        assert sorted(said) == sorted([*NOTHING, "headers", "method", "origin", "url"])
    assert ask(web, "/anything").json["url"] == f"{web.url}/anything"


def test_parts_of_the_request(web: Web) -> None:
    assert ask(web, "/headers", X_A="1").json["headers"]["X-A"] == "1"
    assert ask(web, "/ip").json == {"origin": "127.0.0.1"}
    assert ask(web, "/user-agent", User_Agent="me").json == {"user-agent": "me"}
    assert ask(web, "/user-agent").json == {"user-agent": None}
    assert ask(web, "/cookies", Cookie="a=1; b=2").json == {"cookies": {"a": "1", "b": "2"}}


def test_who_says_to_be_a_proxy_is_not_believed(web: Web) -> None:
    said = ask(web, "/get", X_Forwarded_For="10.0.0.1", X_Real_Ip="10.0.0.2", X_Forwarded_Proto="https").json
    assert (said["origin"], said["url"]) == ("127.0.0.1", f"{web.url}/get")
    assert said["headers"]["X-Forwarded-For"] == "10.0.0.1"


def test_compressed(web: Web) -> None:
    answer = ask(web, "/gzip")
    assert answer.header["Content-Encoding"] == "gzip"
    said = json.loads(gzip.decompress(answer.body))
    assert (sorted(said), said["gzipped"]) == (["gzipped", "headers", "method", "origin"], True)
    answer = ask(web, "/deflate")
    assert answer.header["Content-Encoding"] == "deflate"
    said = json.loads(zlib.decompress(answer.body))
    assert (sorted(said), said["deflated"]) == (["deflated", "headers", "method", "origin"], True)


def test_stream(web: Web) -> None:
    answer = ask(web, "/stream/3?a=1")
    assert (answer.header["Transfer-Encoding"], answer.header["Content-Type"]) == ("chunked", "application/json")
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert [line["id"] for line in lines] == [0, 1, 2]
    assert sorted(lines[0]) == ["args", "headers", "id", "origin", "url"]
    assert ask(web, "/stream/0").body == b""


def test_delay(web: Web) -> None:
    said = ask(web, "/delay/0.05", "POST", b"x").json
    assert sorted(said) == ["args", "data", "files", "form", "headers", "origin", "url"]


@pytest.mark.parametrize(
    ("target", "status", "location"),
    [
        ("/redirect/1", 302, "/get"),
        ("/redirect/3", 302, "/relative-redirect/2"),
        ("/redirect/2?absolute=true", 302, "{url}/absolute-redirect/1"),
        ("/redirect/1?absolute=true", 302, "{url}/get"),
        ("/relative-redirect/2", 302, "/relative-redirect/1"),
        ("/relative-redirect/1", 302, "/get"),
        ("/absolute-redirect/2", 302, "{url}/absolute-redirect/1"),
        ("/absolute-redirect/1", 302, "{url}/get"),
        ("/redirect-to?url=http://a.example/x%3Fy=1", 302, "http://a.example/x?y=1"),
        ("/redirect-to?url=/get&status_code=307", 307, "/get"),
        ("/redirect-to?url=/get&status_code=500", 302, "/get"),
        ("/redirect-to?url=/get&status_code=304", 302, "/get"),
        ("/redirect-to?url=/%D0%9F%0D%0A%22", 302, '/%D0%9F%0D%0A"'),
        ("/links/3", 302, "/links/3/0"),
        ("/cookies/set?a=1", 302, "/cookies"),
        ("/private", 301, "/private/"),
        ("/ru", 301, "/ru/"),
    ],
)
def test_redirects(web: Web, target: str, status: int, location: str) -> None:
    answer = ask(web, target)
    assert (answer.status, answer.header["Location"]) == (status, location.format(url=web.url))
    assert "<a href=" in answer.text


def test_status(web: Web) -> None:
    for code in (200, 201, 204, 304, 400, 404, 429, 500, 503, 599):
        assert (ask(web, f"/status/{code}").status, ask(web, f"/status/{code}").body) == (code, b"")
    for code in (301, 302, 303, 305, 307, 308):
        answer = ask(web, f"/status/{code}")
        assert (answer.status, answer.header["Location"]) == (code, "/redirect/1")
    assert ask(web, "/status/401").header["WWW-Authenticate"] == 'Basic realm="Fake Realm"'
    assert ask(web, "/status/407").header["Proxy-Authenticate"] == 'Basic realm="Fake Realm"'
    assert ask(web, "/status/406").json["accept"][0] == "image/webp"
    assert "TEA" in ask(web, "/status/418").text
    assert ask(web, "/status/201", "POST", b"").status == 201
    assert {ask(web, "/status/201,202:2,500:0").status for _n in range(40)} == {201, 202}


def test_response_headers(web: Web) -> None:
    for method in ("GET", "POST"):
        answer = ask(web, "/response-headers?X-A=1&X-B=2&X-B=3&x-c=%20d", method)
        assert (answer.header["X-A"], answer.header.get_all("X-B")) == ("1", ["2", "3"])
        length = answer.header["Content-Length"]
        told = {
            "Content-Length": length,
            "Content-Type": "application/json",
            "X-A": "1",
            "X-B": ["2", "3"],
            "x-c": "d",
        }
        assert (answer.json, len(answer.body)) == (told, int(length))
    answer = ask(web, "/response-headers?Content-Type=text/plain;%20charset=koi8-r")
    assert answer.header.get_all("Content-Type") == ["text/plain; charset=koi8-r"]


def test_cache(web: Web) -> None:
    answer = ask(web, "/cache")
    assert answer.status == 200 and answer.header["Last-Modified"].endswith(" GMT") and answer.header["ETag"]
    assert ask(web, "/cache", If_None_Match="x").status == 304
    assert ask(web, "/cache", If_Modified_Since=answer.header["Last-Modified"]).status == 304
    assert ask(web, "/cache/60").header["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("If_None_Match", '"abc"', 304),
        ("If_None_Match", 'W/"abc", "b"', 304),
        ("If_None_Match", "abc", 304),
        ("If_None_Match", "*", 304),
        ("If_None_Match", '"ab"', 200),
        ("If_Match", '"abc"', 200),
        ("If_Match", "*", 200),
        ("If_Match", '"x"', 412),
        ("X_Nothing", "1", 200),
    ],
)
def test_etag(web: Web, field: str, value: str, status: int) -> None:
    answer = ask(web, "/etag/abc", **{field: value})
    assert answer.status == status
    assert answer.header["ETag"] == ('"abc"' if status != 412 else None), "quoted (RFC 9110 section 8.8.3)"


def test_cookies_are_set_and_deleted(web: Web) -> None:
    assert ask(web, "/cookies/set?a=1&b=2").header.get_all("Set-Cookie") == ["a=1; Path=/", "b=2; Path=/"]
    assert ask(web, "/cookies/set/a/1").header.get_all("Set-Cookie") == ["a=1; Path=/"]
    (cookie,) = ask(web, "/cookies/delete?a").header.get_all("Set-Cookie")
    assert cookie.startswith('a=""; expires=') and cookie.endswith("; Path=/")


def test_seeds_give_httpbins_bytes(web: Web) -> None:
    assert ask(web, "/bytes/16?seed=5").body.hex() == "82b70eee7f1a5039bef07ec2347f066e"
    assert hashlib.sha256(ask(web, "/bytes/1000000?seed=7").body).hexdigest() == SEVEN
    assert ask(web, "/stream-bytes/16?seed=5&chunk_size=3").body == ask(web, "/bytes/16?seed=5").body
    assert ask(web, "/bytes/16").body != ask(web, "/bytes/16").body


def test_drip(web: Web) -> None:
    answer = ask(web, "/drip?numbytes=5&duration=0.1&delay=0.05&code=500")
    assert (answer.status, answer.header["Content-Length"], answer.body) == (500, "5", b"*****")
    answer = ask(web, "/drip?numbytes=100000&duration=0.1")
    assert (answer.status, answer.body) == (200, b"*" * 100_000)


def test_documents(web: Web) -> None:
    slides = ask(web, "/json").json["slideshow"]
    assert (slides["title"], len(slides["slides"])) == ("Sample Slide Show", 2)
    assert ask(web, "/xml").header["Content-Type"] == "application/xml"
    assert "<h1>Herman Melville - Moby-Dick</h1>" in ask(web, "/html").text
    assert ask(web, "/robots.txt").text == "User-agent: *\nDisallow: /deny\n"
    assert ask(web, "/deny").header["Content-Type"].startswith("text/plain")
    assert ask(web, "/encoding/utf8").header["Content-Type"] == "text/html; charset=utf-8"
    assert "∀x∈ℝ" in ask(web, "/encoding/utf8").text
    assert ask(web, "/base64/0J_RgNC40LLQtdGC").text == "Привет"
    wrong = "Incorrect Base64 data try: SFRUUEJJTiBpcyBhd2Vzb21l"
    assert ask(web, "/base64/x").text == ask(web, "/base64/_w==").text == wrong
    assert ask(web, "/base64/PGI-").header["Content-Type"] == "text/plain; charset=utf-8", "no script of others is run"
    links = "<a href='/links/3/0'>0</a> 1 <a href='/links/3/2'>2</a> "
    assert ask(web, "/links/3/1").text == f"<html><head><title>Links</title></head><body>{links}</body></html>"
    names = ("custname", "custtel", "custemail", "size", "topping", "delivery", "comments")
    assert all(f'name="{name}"' in ask(web, "/forms/post").text for name in names)
    png = ask(web, "/image/png")
    assert png.header["Content-Type"] == "image/png" and png.body.startswith(b"\x89PNG\r\n\x1a\n")


HEADS = "/ /get /stream/3 /file/500 /file/500?length=no /drip?duration=0 /range/50 /truncated/50 /nowhere /koi8-r /gzip"


@pytest.mark.parametrize("target", HEADS.split())
def test_a_head_for_every_get(web: Web, target: str) -> None:
    """As GET, without the body (RFC 9110 section 9.3.2)."""
    request = f"{{}} {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    (head,) = answers(raw(web.http, request.format("HEAD").encode()), ["HEAD"])
    assert head.body == b""
    if not target.startswith("/truncated"):
        (got,) = answers(raw(web.http, request.format("GET").encode()))
        assert got.body and head.status == got.status
        names = {name for name in got.header if name not in ("Date", "Transfer-Encoding")}
        assert {name: head.header[name] for name in names} == {name: got.header[name] for name in names}
