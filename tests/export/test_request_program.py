"""The program of a request and its fields: what is typed gets there as it is, or is refused before anything runs."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netkit.errors import BadInput, NotLocal
from netkit.export.exchanges import last_request
from netkit.export.request_check import checked
from netkit.export.request_fields import Fields, recorded
from netkit.export.request_program import curl, program
from netkit.servers.web.site import Web
from netkit.show.run_program import run
from netkit.wire import background


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with Web() as made:
        yield made
    assert list(background.problems) == []


def send(web: Web, fields: Fields) -> bytes:
    """Check and run it; the content that came."""
    ran = run(program(checked(fields), web), {"web": web})
    if ran.problem is not None:
        raise ran.problem
    content: bytes = ran.value["content"]
    return content


def seen(web: Web, fields: Fields) -> dict[str, object]:
    """What the server says that it got."""
    found: dict[str, object] = json.loads(send(web, fields))
    return found


FULL = Fields(
    method="POST", url="/post", headers="Accept: text/plain\nX-Any: a: b", kind="form", content="n=1\nn=3\ny==я&\nx",
    user="student", password="secretword", redirects=False,
)  # fmt: skip


def test_all_of_it(web: Web) -> None:
    assert program(FULL, web) == (
        "import urllib.request\n"
        "from urllib.parse import urlencode\n"
        "\n"
        "fields = [\n"
        '    ("n", "1"),\n'
        '    ("n", "3"),\n'
        '    ("y", "=я&"),\n'
        '    ("x", ""),\n'
        "]\n"
        'data = urlencode(fields).encode("ascii")\n'
        "\n"
        "request = urllib.request.Request(\n"
        '    web.url + "/post",\n'
        "    data=data,\n"
        '    method="POST",\n'
        ")\n"
        'request.add_header("Accept", "text/plain")\n'
        'request.add_header("X-Any", "a: b")\n'
        "\n"
        "passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()\n"
        'passwords.add_password(None, web.url, "student", "secretword")\n'
        "\n"
        "\n"
        "class Stay(urllib.request.HTTPRedirectHandler):\n"
        "    def redirect_request(self, *_args):\n"
        "        return None  # then a redirect is an HTTPError\n"
        "\n"
        "\n"
        "opener = urllib.request.build_opener(\n"
        "    urllib.request.ProxyHandler({}),\n"
        "    urllib.request.HTTPBasicAuthHandler(passwords),\n"
        "    Stay,\n"
        ")\n"
        "with opener.open(request, timeout=5) as response:\n"
        "    status, reason, url = response.status, response.reason, response.url\n"
        "    content = response.read(1000000)\n"
    )
    came = seen(web, FULL)
    assert came["form"] == {"n": ["1", "3"], "y": "=я&", "x": ""}
    headers = came["headers"]
    assert isinstance(headers, dict)
    assert (headers["Accept"], headers["X-Any"]) == ("text/plain", "a: b")


def test_where_it_goes(web: Web) -> None:
    urls = {
        "/get?x=1": 'web.url + "/get?x=1"',
        web.url: "web.url",
        web.url + "?x": 'web.url + "?x"',
        web.secure_url + "/get": 'web.secure_url + "/get"',
        web.url + "0/get": f'"{web.url}0/get"',
        "http://localhost:1/": '"http://localhost:1/"',
    }
    for url, said in urls.items():
        source = program(Fields(url=url), web)
        assert re.findall(r"Request\(\n    (.*),\n", source) == [said]
        assert ("context=web.context" in source) == url.startswith("https")
    assert "context=web.context" in program(Fields(url="https://127.0.0.1:1/"), web)


def test_with_tls_signing_in_and_redirects(web: Web) -> None:
    assert seen(web, Fields(url=web.secure_url + "/redirect/2"))["url"] == web.secure_url + "/get"
    auth = Fields(url="/basic-auth/student/%D1%8F", user="student", password="я")
    assert seen(web, auth)["authenticated"] is True


def test_text_as_content(web: Web) -> None:
    said = Fields(method="PUT", url="/put", kind="text", content="a=1\n'я' \"q\" \\")
    came = seen(web, said)
    assert came["data"] == said.content
    assert "content_type" not in came
    headers = seen(web, replace(said, headers="content-type: application/json", content="[1]"))["headers"]
    assert isinstance(headers, dict)
    assert headers["Content-Type"] == "application/json"


VALUE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFFFF, exclude_categories=("Cs", "Cc")), max_size=40)


@settings(max_examples=40, deadline=None)
@given(value=VALUE, name=st.from_regex(r"\A[a-z<&+%]{1,9}\Z"))
def test_any_form_gets_there(web: Web, name: str, value: str) -> None:
    fields = Fields(method="POST", url="/post", kind="form", content=f"{name}={value}")
    assert seen(web, fields)["form"] == {name: value}


ANY = st.text(max_size=60) | st.sampled_from(["/get", "GET", "A: b\nC: d", "http://127.0.0.1:1/", "a=b", "'''", '"\\'])


@settings(max_examples=300, deadline=None)
@given(st.builds(Fields, ANY, ANY, ANY, st.sampled_from(["", "form", "text"]), ANY, ANY, ANY, ANY, st.booleans()))
def test_whatever_is_typed_is_refused_or_makes_a_program(web: Web, fields: Fields) -> None:
    try:
        checked(fields)
    except BadInput as problem:
        assert len(str(problem)) < 300
        return
    compile(program(fields, web), "program", "exec")
    assert curl(fields, web).startswith("curl ")


PROXY = "A proxy is a URL with host and port only, e.g. http://127.0.0.1:3128."


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"method": "G T"}, "A method is a word such as GET: letters and digits, no spaces, 20 at most."),
        ({"method": ""}, "A method is a word such as GET: letters and digits, no spaces, 20 at most."),
        ({"method": "X" * 21}, "A method is a word such as GET: letters and digits, no spaces, 20 at most."),
        ({"url": ""}, "A URL begins with http:// or https://, or with / for a path at the web site."),
        ({"url": "ftp://127.0.0.1/"}, "A URL begins with http:// or https://, or with / for a path at the web site."),
        ({"url": "http:///x"}, "A URL begins with http:// or https://, or with / for a path at the web site."),
        ({"url": "http://[::1/"}, "That is no URL: Invalid IPv6 URL."),
        ({"url": "/a b"}, "A URL has visible ASCII characters only, and no ' ': urllib.parse.quote() encodes it."),
        ({"url": "/я"}, "A URL has visible ASCII characters only, and no 'я': urllib.parse.quote() encodes it."),
        ({"url": "/\r\nX: y"},
         "A URL has visible ASCII characters only, and no '\\r': urllib.parse.quote() encodes it."),
        ({"url": "/" + "x" * 9999}, "There are 10000 characters in the URL; 2000 are the limit."),
        ({"url": "http://a:b@127.0.0.1/"}, "Name and password have fields of their own: leave them out of the URL."),
        ({"proxy": "127.0.0.1:3128"}, PROXY), ({"proxy": "https://127.0.0.1:3128"}, PROXY),
        ({"proxy": "http://127.0.0.1"}, PROXY), ({"proxy": "http://127.0.0.1:3128/x"}, PROXY),
        ({"proxy": "http://127.0.0.1:3128?x"}, PROXY), ({"proxy": "http://127.0.0.1:3128#x"}, PROXY),
        ({"proxy": "http://127.0.0.1:port"}, "That is no URL: Port could not be cast to integer value as 'port'."),
        ({"proxy": "http://127.0.0.1:1/" + "x" * 9999}, "There are 10018 characters in the URL; 2000 are the limit."),
        ({"headers": "Accept"},
         "In line 1 of the header: a field is a name, a colon and a value, e.g. Accept: text/plain; the name has no"
         " spaces."),
        ({"headers": "A: b\n\nX Y: z"},
         "In line 2 of the header: a field is a name, a colon and a value, e.g. Accept: text/plain; the name has no"
         " spaces."),
        ({"headers": "A: b\rC: d"},
         "In line 1 of the header: the control character '\\r' has no place there; a line's end would begin another"
         " field."),
        ({"headers": "A: я"}, "In line 1 of the header: a value has no 'я', only ASCII and Latin-1 (RFC 9110"
         " section 5.5)."),
        ({"headers": "a: b\nA: c"}, "In line 2 of the header: A is there already, and add_header() keeps one of each"
         " name: join them by a comma."),
        ({"headers": "A: " + "x" * 10_000}, "There are 10003 characters in line 1 of the header; 2000 are the limit."),
        ({"headers": "\n".join(f"A{n}: b" for n in range(51))}, "The header has 51 lines; 50 are the limit."),
        ({"kind": "text", "content": "x" * 100_001},
         "There are 100001 characters in the content; 100000 are the limit."),
        ({"kind": "form", "content": "a=\ud800"}, "In the content: '\\ud800' is no character that can be sent."),
        ({"user": "a:b"}, "A user's name for Basic has no colon: it ends at the first one (RFC 7617 section 2)."),
        ({"user": "a\nb"}, "In the user's name: the control character '\\n' has no place there; a line's end would"
         " begin another field."),
        ({"password": "x" * 10_000}, "There are 10000 characters in the password; 2000 are the limit."),
        ({"password": "\udc80"}, "In the password: '\\udc80' is no character that can be sent."),
    ],
)  # fmt: skip
def test_what_cannot_be_sent(typed: dict[str, str], said: str) -> None:
    with pytest.raises(BadInput) as caught:
        checked(Fields(**typed))  # type: ignore[arg-type]
    assert str(caught.value) == said


def test_no_other_machine() -> None:
    for fields in (Fields(url="http://example.org/"), Fields(proxy="http://example.org:3128")):
        with pytest.raises(NotLocal):
            checked(fields)


def test_names_of_netkits_zone_are_for_its_proxy() -> None:
    checked(Fields(url="http://www.netkit.test/", proxy="http://127.0.0.1:3128"))
    for fields in (
        Fields(url="http://www.netkit.test/"),
        Fields(url="http://xnetkit.test/", proxy="http://127.0.0.1:3128"),
        Fields(url="http://www.netkit.test.example.org/", proxy="http://127.0.0.1:3128"),
    ):
        with pytest.raises(NotLocal):
            checked(fields)


def test_through_a_proxy(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site's own door stands in for it, and knows itself by the whole URL, too."""
    monkeypatch.setenv("no_proxy", "")
    fields = Fields(url="/get", proxy=web.url.replace("//", "//student:secretword@") + "/")
    assert "proxy.url" not in program(fields, web)
    assert 'ProxyHandler({"http": proxy.url, "https": proxy.url})' in program(fields, web, fields.proxy)
    send(web, fields)
    request = last_request(web.http)
    assert request.target == f"{web.url}/get"
    assert request.value("Proxy-Authorization") == "Basic c3R1ZGVudDpzZWNyZXR3b3Jk"
    again = recorded(request, web)
    assert (again.url, again.headers) == ("/get", "")


@pytest.mark.parametrize("fields", [
    FULL, Fields(), Fields(method="DELETE", url="/delete"),
    Fields(method="PUT", url="/put", kind="text", content="a'b\n", headers="X-Empty:"),
    Fields(method="POST", url="/en/search", kind="text", content="a=%CF%F0&&b",
           headers="Content-Type: application/x-www-form-urlencoded"),
    Fields(method="POST", url="/post", kind="text", content='{"a": 1}', headers="Content-Type: application/json"),
])  # fmt: skip
def test_what_was_recorded_is_filled_in_and_sent_again(web: Web, fields: Fields) -> None:
    first = send(web, fields)
    again = recorded(last_request(web.http), web, str(web.http.address))
    assert again.url == fields.url
    assert (again.method, again.content.rstrip("="), again.kind) == (fields.method, fields.content, fields.kind)
    assert "urllib" not in again.headers
    assert send(web, again) == first


def test_a_request_that_cannot_be_filled_in(web: Web) -> None:
    run('import urllib.request as r\nr.urlopen(web.url + "/post", b"\\xff").close()', {"web": web})
    with pytest.raises(BadInput, match=r"^The content of that request is not text: it cannot be filled in here\.$"):
        recorded(last_request(web.http), web)


@pytest.mark.parametrize("fields", [
    replace(FULL, user="", redirects=True), Fields(url="/redirect/1"), Fields(method="HEAD"),
    Fields(url="/basic-auth/student/secretword", user="student", password="secretword"),
    Fields(method="PUT", url="/put", kind="text", content="a'b\n"), Fields(proxy="itself"),
])  # fmt: skip
def test_curl_sends_the_same(web: Web, fields: Fields, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the last request brings is the same but for what each client adds by itself."""
    monkeypatch.setenv("no_proxy", "*" if not fields.proxy else "")
    fields = replace(fields, proxy=web.url) if fields.proxy else fields
    sent = []
    for go in (lambda: send(web, fields), lambda: subprocess.run(
            ["bash", "-c", curl(fields, web)], capture_output=True, timeout=20, check=True)):  # fmt: skip
        go()
        request = last_request(web.http)
        own = {name: request.value(name) for name in ("X-Any", "Content-Type", "Authorization")}
        sent.append((request.method, request.target, own, request.content))
    assert sent[0] == sent[1]
