"""Real clients: urllib and http.client, curl and wget as a system has them; over HTTP and over HTTPS."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from netkit.servers import tls
from netkit.servers.web.ranges import pattern
from netkit.servers.web.site import Web
from netkit.wire.conversation import Ending, Side
from tests.wire.peers import LIMIT, until


def run(*command: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, timeout=3 * LIMIT, stdin=subprocess.DEVNULL)


@pytest.fixture
def authority(tmp_path: Path, web: Web) -> Path:
    """The certificate that a client is to trust."""
    assert web.context
    tls.authority().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"


def test_urllib(web: Web) -> None:
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)
    with opener.open(web.url + "/redirect/5", timeout=LIMIT) as page:
        assert page.url == web.url + "/get" and page.headers.get_content_charset() is None
        assert json.load(page)["url"] == web.url + "/get"
    with opener.open(web.url + "/cookies/set?a=1", timeout=LIMIT) as page:
        assert json.load(page) == {"cookies": {"a": "1"}}
    with opener.open(web.url + "/cookies/delete?a", timeout=LIMIT) as page:
        assert json.load(page) == {"cookies": {}}
    with pytest.raises(urllib.error.HTTPError, match=r"^HTTP Error 404: Not Found$"):
        opener.open(web.url + "/nowhere", timeout=LIMIT)
    with pytest.raises(urllib.error.HTTPError, match="infinite loop"):
        opener.open(web.url + "/redirect/30", timeout=LIMIT)
    with opener.open(web.url + "/cp1251", timeout=LIMIT) as page:
        assert "Привет" in page.read().decode(page.headers.get_content_charset())


def test_urllib_takes_it_for_a_proxy(web: Web) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": web.url}))
    with pytest.raises(urllib.error.HTTPError, match=r"^HTTP Error 421: Misdirected Request$") as refused:
        opener.open("http://www.example.org/", timeout=LIMIT)
    assert b"This is no proxy" in refused.value.read()


def test_https(web: Web) -> None:
    with urllib.request.urlopen(web.secure_url + "/get", context=web.context, timeout=LIMIT) as page:
        assert json.load(page)["url"] == web.secure_url + "/get"
    client = http.client.HTTPSConnection(*web.https, context=web.context, timeout=LIMIT)
    for target, start in (("/bytes/100?seed=1", b""), ("/file/1000000", b"line    0")):
        client.request("GET", target)
        assert client.getresponse().read().startswith(start)
    client.request("POST", "/post", (piece for piece in (b"a" * 100_000, b"b")), encode_chunked=True)
    assert json.load(client.getresponse())["data"] == "a" * 100_000 + "b"
    client.request("GET", "/cookies/set?a=1")
    assert "; Secure" in client.getresponse().headers["Set-Cookie"]
    client.close()
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(web.secure_url, timeout=LIMIT)
    until(lambda: not web.https.tap.links)


def test_tls_ends_in_good_order(web: Web) -> None:
    context = web.context
    for _time in range(10):
        with urllib.request.urlopen(web.secure_url + "/get", context=context, timeout=LIMIT) as page:
            assert page.read()
    assert {said.ending for said in web.https.conversations} == {Ending.CLOSED}


def test_the_end_of_tls_is_said_where_it_is_the_end_of_the_body(web: Web) -> None:
    """Without Content-Length and chunks nothing else tells a whole body from half of one."""

    def ask(target: str) -> bytes:
        plain, said = socket.create_connection(tuple(web.https), timeout=LIMIT), b""
        with web.context.wrap_socket(plain, server_hostname="127.0.0.1", suppress_ragged_eofs=False) as sock:
            sock.sendall(f"GET {target} HTTP/1.0\r\n\r\n".encode())
            while got := sock.recv(65536):
                said += got
        return said

    assert ask("/file/300000?length=no").endswith(b"".join(pattern(0, 300_000, 300_000)))
    with pytest.raises(ssl.SSLEOFError):
        ask("/truncated/1000?length=no")


def test_plain_http_at_the_door_with_tls(web: Web) -> None:
    client = http.client.HTTPConnection(*web.https, timeout=LIMIT)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        client.request("GET", "/get")
        client.getresponse()
    client.close()
    with urllib.request.urlopen(web.secure_url + "/ip", context=web.context, timeout=LIMIT) as page:
        assert page.status == 200


def test_a_certificate_of_others_is_not_trusted(web: Web) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        client = http.client.HTTPSConnection(*web.https, context=ssl.create_default_context(), timeout=LIMIT)
        client.request("GET", "/")


def test_one_connection_for_many_requests(web: Web) -> None:
    client = http.client.HTTPConnection(*web.http, timeout=LIMIT)
    for n in range(100):
        client.request("POST" if n % 2 else "GET", "/anything", b"x" * n if n % 2 else None)
        assert json.load(client.getresponse())["data"] == ("x" * n if n % 2 else "")
    client.close()
    (conversation,) = web.http.conversations
    assert conversation.ending is Ending.CLOSED
    assert conversation.sent_by(Side.CLIENT).count(b" HTTP/1.1\r\n") == 100
    assert conversation.sent_by(Side.SERVER).count(b"HTTP/1.1 200 OK\r\n") == 100


CURL = ("--silent", "--show-error", "--noproxy", "*", "--max-time", "20")


def test_curl(web: Web, curl: str, authority: Path, tmp_path: Path) -> None:
    done = run(curl, *CURL, "--location", "--write-out", "%{num_redirects}", web.url + "/absolute-redirect/3")
    assert done.returncode == 0 and done.stdout.endswith(b"}\n3")
    done = run(
        curl, *CURL, "--cacert", authority, "--form", f"f=@{authority}", "--form", "a=1", web.secure_url + "/post"
    )
    said = json.loads(done.stdout)
    assert said["form"] == {"a": "1"} and said["files"]["f"] == authority.read_text()
    big = tmp_path / "big"
    big.write_bytes(b"z" * 3_000_000)  # curl waits for 100 Continue
    done = run(curl, *CURL, "--verbose", "--upload-file", big, web.url + "/put")
    assert b"HTTP/1.1 100 Continue" in done.stderr and len(json.loads(done.stdout)["data"]) == 3_000_000
    done = run(curl, *CURL, "--verbose", "--header", "Transfer-Encoding: chunked", "--data", "hello", web.url + "/post")
    assert json.loads(done.stdout)["form"] == {"hello": ""}
    done = run(curl, *CURL, "--compressed", web.url + "/gzip")
    assert json.loads(done.stdout)["gzipped"] is True
    done = run(curl, *CURL, "--http1.0", web.url + "/file/1000?length=no")
    assert done.stdout == b"".join(pattern(0, 1000, 1000))
    done = run(curl, *CURL, "--http2", web.url + "/ip")  # the upgrade is not taken up (RFC 9110 section 7.8)
    assert json.loads(done.stdout) == {"origin": "127.0.0.1"}
    assert run(curl, *CURL, web.url + "/truncated/1000").returncode == 18
    assert run(curl, *CURL, "--head", web.url + "/file/99").stdout.startswith(b"HTTP/1.1 200 OK\r\n")


def test_curl_goes_on_with_half_a_file(web: Web, curl: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"".join(pattern(0, 30_000, 65536)))
    done = run(curl, *CURL, "--continue-at", "-", "--output", file, web.url + "/file/100000")
    assert done.returncode == 0 and file.read_bytes() == b"".join(pattern(0, 100_000, 65536))


def test_wget(web: Web, wget: str, authority: Path, tmp_path: Path) -> None:
    plain = (wget, "--no-config", "--no-proxy", "--tries", "1", "--timeout", "20", "--no-hsts", "--no-verbose")
    done = run(
        *plain, "--output-document", tmp_path / "page", f"--ca-certificate={authority}", web.secure_url + "/redirect/2"
    )
    assert done.returncode == 0 and json.loads((tmp_path / "page").read_text())["url"] == web.secure_url + "/get"
    secret = ("--user", "student", "--password", "secretword")
    done = run(
        *plain, *secret, "--recursive", "--no-parent", "--directory-prefix", tmp_path / "mirror", web.url + "/private/"
    )
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "mirror").rglob("*.*") if path.is_file()} >= {
        "notes.txt",
        "timetable.csv",
        "picture.png",
    }
    assert run(*plain, "--output-document", tmp_path / "none", web.url + "/private/").returncode == 6
