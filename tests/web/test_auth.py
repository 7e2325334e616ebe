"""Basic, Bearer and Digest authorization, with urllib's own handlers, and with those that are wrong."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from netkit.servers.web import digest as digests
from netkit.servers.web.digest import Digest, Request, response
from netkit.servers.web.site import Web
from tests.web.talk import ask
from tests.wire.peers import LIMIT


def basic(words: str | bytes) -> str:
    return "Basic " + base64.b64encode(words.encode() if isinstance(words, str) else words).decode()


RIGHT = basic("student:secretword")


def opener(web: Web, handler: Any, realm: str, user: str = "student", password: str = "secretword") -> Any:
    manager = urllib.request.HTTPPasswordMgr()
    manager.add_password(realm, web.url, user, password)
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), handler(manager))


def test_my_page(web: Web) -> None:
    assert web.realm == "My page"
    answer = ask(web, "/private/")
    assert (answer.status, answer.header["WWW-Authenticate"]) == (401, 'Basic realm="My page", charset="UTF-8"')
    assert "is for those only who say a name and a password" in answer.text
    basic_handler = urllib.request.HTTPBasicAuthHandler
    with opener(web, basic_handler, web.realm).open(web.url + "/private/", timeout=LIMIT) as page:
        text = page.read().decode()
    assert "Hello, student!" in text and '<a href="/private/notes.txt">notes.txt</a>' in text
    with pytest.raises(urllib.error.HTTPError, match="401"):
        opener(web, basic_handler, "Another page").open(web.url + "/private/", timeout=LIMIT)
    with pytest.raises(urllib.error.HTTPError, match="401"):
        opener(web, basic_handler, web.realm, password="wrong").open(web.url + "/private/", timeout=LIMIT)


def test_a_user_that_is_added_gets_in(web: Web) -> None:
    assert ask(web, "/private/", Authorization=basic("новый:пароль: с двоеточием")).status == 401
    web.users["новый"] = "пароль: с двоеточием"
    assert "Hello, новый!" in ask(web, "/private/", Authorization=basic("новый:пароль: с двоеточием")).text
    web.users["open"] = ""
    assert ask(web, "/private/", Authorization=basic("open:")).status == 200
    assert ask(web, "/private/", Authorization=basic("open")).status == 401, "without a colon it is no credential"


WRONG = [
    "", "Basic", "Basic ", "Basic !", "Basic =", basic("student"), basic("student:"), basic(":"), basic(""),
    basic(b"\xff:\xff"), basic("student:secretwor"), basic("student:secretword "), basic("Student:secretword"),
    RIGHT[6:], "Bearer" + RIGHT[5:], RIGHT + "!",
]  # fmt: skip


@pytest.mark.parametrize("field", WRONG)
def test_credentials_that_are_none(web: Web, field: str) -> None:
    for target in ("/private/", "/private/nothing", "/basic-auth/student/secretword"):
        assert ask(web, target, Authorization=field).status == 401


def test_the_scheme_is_written_in_any_case(web: Web) -> None:
    assert ask(web, "/private/", Authorization="bAsIc" + RIGHT[5:]).status == 200


def test_private_files(web: Web) -> None:
    kinds = {
        "notes.txt": "text/plain; charset=utf-8",
        "timetable.csv": "text/csv; charset=utf-8",
        "picture.png": "image/png",
    }
    for name, kind in kinds.items():
        answer = ask(web, f"/private/{name}", Authorization=RIGHT)
        assert (answer.status, answer.header["Content-Type"]) == (200, kind)
        assert answer.header["Content-Length"] == str(len(answer.body))
        etag = answer.header["ETag"]
        assert ask(web, f"/private/{name}", Authorization=RIGHT, If_None_Match=etag).status == 304
        part = ask(web, f"/private/{name}", Authorization=RIGHT, Range="bytes=3-9")
        assert (part.status, part.body) == (206, answer.body[3:10])
    assert ask(web, "/private/passwords", Authorization=RIGHT).status == 404


def test_httpbins_basic(web: Web) -> None:
    answer = ask(web, "/basic-auth/u/p%20q")
    assert (answer.status, answer.header["WWW-Authenticate"], answer.body) == (401, 'Basic realm="Fake Realm"', b"")
    assert ask(web, "/basic-auth/u/p%20q", Authorization=basic("u:p q")).json == {"authenticated": True, "user": "u"}
    assert ask(web, "/hidden-basic-auth/u/p", Authorization=basic("u:x")).status == 404
    assert ask(web, "/hidden-basic-auth/u/p", Authorization=basic("u:p")).json == {"authenticated": True, "user": "u"}


def test_bearer(web: Web) -> None:
    assert ask(web, "/bearer", Authorization="Bearer abc").json == {"authenticated": True, "token": "abc"}
    for field in ("", "Bearer", "Bearer ", "Basic abc"):
        answer = ask(web, "/bearer", Authorization=field)
        assert (answer.status, answer.header["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("target", ["auth/student/secretword", "none/student/secretword"])
def test_urllib_knows_digest(web: Web, target: str) -> None:
    handler = urllib.request.HTTPDigestAuthHandler
    url = f"{web.url}/digest-auth/{target}?a=1"
    for _time in range(3):
        with opener(web, handler, "Fake Realm").open(url, timeout=LIMIT) as page:
            assert page.read() == b'{\n  "authenticated": true,\n  "user": "student"\n}\n'
    with pytest.raises(urllib.error.HTTPError, match="401"):
        opener(web, handler, "Fake Realm", password="wrong").open(url, timeout=LIMIT)


@pytest.mark.parametrize("qop", ["auth", "auth-int", "both"])
@pytest.mark.parametrize("algorithm", ["", "/MD5", "/SHA-256"])
def test_curl_knows_digest(web: Web, curl: str, qop: str, algorithm: str) -> None:
    url = f"{web.url}/digest-auth/{qop}/u/p{algorithm}"
    command = [
        curl,
        "--silent",
        "--noproxy",
        "*",
        "--max-time",
        "10",
        "--digest",
        "--user",
        "u:p",
        "--write-out",
        "%{http_code}",
        url,
    ]
    done = subprocess.run(command, capture_output=True, timeout=3 * LIMIT)
    assert done.stdout.endswith(b"200")


def digest(web: Web, target: str, challenge: str, count: int = 1, password: str = "p", **other: str) -> str:
    """The field Authorization, as RFC 7616 section 3.4 says, or otherwise."""
    said = urllib.request.parse_keqv_list(urllib.request.parse_http_list(challenge.removeprefix("Digest ")))
    qop = said["qop"].split(", ")[0]
    fields = {
        "username": "u",
        "realm": said["realm"],
        "nonce": said["nonce"],
        "uri": target,
        "qop": qop,
        "algorithm": said["algorithm"],
    }
    fields |= {"nc": f"{count:08x}", "cnonce": "0a4f113b", "opaque": said["opaque"]} | other
    made = Request("GET", target, b"", qop, said["algorithm"])
    fields.setdefault("response", response(fields, password, made))
    return "Digest " + ", ".join(f'{name}="{value}"' for name, value in fields.items() if value is not None)


@pytest.fixture
def challenged(web: Web) -> Iterator[tuple[str, str]]:
    """A path, and the challenge of a first request to it."""
    target = "/digest-auth/auth/u/p/SHA-256"
    answer = ask(web, target)
    assert answer.status == 401 and answer.header["WWW-Authenticate"].endswith("stale=FALSE")
    yield target, answer.header["WWW-Authenticate"]


def test_a_count_is_used_once(web: Web, challenged: tuple[str, str]) -> None:
    target, challenge = challenged
    for count, status in ((1, 200), (2, 200), (2, 401), (1, 401), (7, 200), (3, 401)):
        answer = ask(web, target, Authorization=digest(web, target, challenge, count))
        assert answer.status == status
        assert status == 200 or answer.header["WWW-Authenticate"].endswith("stale=TRUE")


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "x"}, {"username": "x"}, {"uri": "/get"}, {"realm": "x"}, {"qop": "auth-int"},
        {"algorithm": "MD5"}, {"response": ""}, {"response": "0" * 64}, {"cnonce": "1", "response": "0" * 64},
    ],
)  # fmt: skip
def test_digests_that_are_wrong(web: Web, challenged: tuple[str, str], wrong: dict[str, str]) -> None:
    target, challenge = challenged
    answer = ask(web, target, Authorization=digest(web, target, challenge, **wrong))
    assert answer.status == 401 and answer.header["WWW-Authenticate"].endswith("stale=FALSE")


@pytest.mark.parametrize("wrong", [{"nonce": "0" * 32}, {"nc": "x"}, {"nc": "-1"}])
def test_nonces_that_are_stale(web: Web, challenged: tuple[str, str], wrong: dict[str, str]) -> None:
    target, challenge = challenged
    answer = ask(web, target, Authorization=digest(web, target, challenge, **wrong))
    assert answer.status == 401 and answer.header["WWW-Authenticate"].endswith("stale=TRUE")


@pytest.mark.parametrize(
    "field",
    [
        "Digest",
        "Digest ",
        "Digest x",
        "Digest username",
        'Digest username="u',
        "Digest ,,,=",
        "Basic dTpw",
        'Digest uri="/digest-auth/auth/u/p", username=u',
    ],
)
def test_digests_that_are_none(web: Web, field: str) -> None:
    assert ask(web, "/digest-auth/auth/u/p", Authorization=field).status == 401


def test_a_nonce_for_two_requests(web: Web) -> None:
    target = "/digest-auth/auth/u/p/MD5/2"
    challenge = ask(web, target).header["WWW-Authenticate"]
    statuses = [ask(web, target, Authorization=digest(web, target, challenge, n)).status for n in (1, 2, 3)]
    assert statuses == [200, 200, 401]


def test_a_nonce_grows_old(web: Web, challenged: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    target, challenge = challenged
    monkeypatch.setattr(digests, "FRESH", -1.0)
    answer = ask(web, target, Authorization=digest(web, target, challenge))
    assert answer.status == 401 and answer.header["WWW-Authenticate"].endswith("stale=TRUE")


def test_nonces_are_not_kept_for_ever() -> None:
    kept = Digest()
    for _n in range(3 * digests.KEPT):
        kept.challenge("auth", "MD5")
    assert len(kept._nonces) == digests.KEPT


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(algorithm: str, expected: str) -> None:
    """Section 3.9.1."""
    said = {
        "username": "Mufasa",
        "realm": "http-auth@example.org",
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "nc": "00000001",
        "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        "qop": "auth",
    }
    assert response(said, "Circle of Life", Request("GET", "/dir/index.html", b"", "auth", algorithm)) == expected


def test_the_body_counts_for_auth_int() -> None:
    said = {"username": "u", "realm": "r", "nonce": "n", "nc": "00000001", "cnonce": "c", "qop": "auth-int"}

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    expected = md5(":".join((md5("u:r:p"), "n", "00000001", "c", "auth-int", md5("POST:/x:" + md5("body")))))
    assert response(said, "p", Request("POST", "/x", b"body", "auth-int", "MD5")) == expected
