"""Real clients: urllib and http.client, curl and wget as a system has them."""

from __future__ import annotations

import http.client
import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from netkit.servers import tls
from netkit.servers.proxy.forward import Proxy
from netkit.servers.web.ranges import pattern
from netkit.servers.web.site import Web
from netkit.wire.conversation import Ending, Side
from tests.wire.peers import LIMIT


def opener(proxy: Proxy, web: Web, *more: urllib.request.BaseHandler) -> urllib.request.OpenerDirector:
    both = urllib.request.ProxyHandler({"http": proxy.url, "https": proxy.url})
    return urllib.request.build_opener(both, urllib.request.HTTPSHandler(context=web.context), *more)


def test_urllib(proxy: Proxy, web: Web) -> None:
    said = json.load(opener(proxy, web).open(web.url + "/get?a=1", timeout=LIMIT))
    assert said["headers"]["Via"] == "1.1 netkit" and said["url"] == web.url + "/get?a=1"
    with opener(proxy, web).open(web.url + "/redirect/3", timeout=LIMIT) as page:
        assert page.url == web.url + "/get" and page.headers["Via"] == "1.1 netkit"
    said = json.load(opener(proxy, web).open(web.url + "/post", b"a=" + b"x" * 300_000, timeout=LIMIT))
    assert said["form"] == {"a": "x" * 300_000}
    with pytest.raises(urllib.error.HTTPError, match=r"^HTTP Error 404: Not Found$"):
        opener(proxy, web).open(web.url + "/nowhere", timeout=LIMIT)


def test_urllib_with_https_goes_through_a_tunnel(proxy: Proxy, web: Web) -> None:
    said = json.load(opener(proxy, web).open(web.secure_url + "/get", timeout=LIMIT))
    assert "Via" not in said["headers"]  # inside TLS the proxy writes nothing
    (talk,) = proxy.conversations
    assert talk.sent_by(Side.CLIENT).startswith(b"CONNECT %b HTTP/1." % str(web.https.address).encode())
    assert talk.sent_by(Side.SERVER).startswith(b"HTTP/1.1 200 Connection established\r\n\r\n")
    assert talk.ending is Ending.CLOSED


def test_the_environment_says_which_proxy(proxy: Proxy, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", proxy.url)
    with urllib.request.build_opener().open(web.url + "/get", timeout=LIMIT) as page:
        assert json.load(page)["headers"]["Via"] == "1.1 netkit"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with urllib.request.build_opener().open(web.url + "/get", timeout=LIMIT) as page:
        assert "Via" not in json.load(page)["headers"]


def test_a_password_for_urllib(proxy: Proxy, web: Web) -> None:
    proxy.auth("student", "secretword")
    with pytest.raises(urllib.error.HTTPError, match=r"^HTTP Error 407: Proxy Authentication Required$") as refused:
        opener(proxy, web).open(web.url + "/get", timeout=LIMIT)
    assert refused.value.headers["Proxy-Authenticate"] == 'Basic realm="netkit proxy", charset="UTF-8"'
    assert refused.value.read().endswith(b"\nThis proxy wants a user's name and a password.\n")
    with pytest.raises(OSError, match="Tunnel connection failed: 407 Proxy Authentication Required"):
        opener(proxy, web).open(web.secure_url + "/get", timeout=LIMIT)
    known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    known.add_password(None, str(proxy.address), "student", "secretword")
    with opener(proxy, web, urllib.request.ProxyBasicAuthHandler(known)).open(web.url + "/get", timeout=LIMIT) as page:
        assert "Proxy-Authorization" not in json.load(page)["headers"]
    known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    known.add_password(proxy.realm, str(proxy.address), "student", "wrong")
    with pytest.raises(urllib.error.HTTPError, match="407"):
        opener(proxy, web, urllib.request.ProxyBasicAuthHandler(known)).open(web.url + "/get", timeout=LIMIT)
    named = urllib.request.ProxyHandler({"http": f"http://student:secretword@{proxy.address}"})
    assert urllib.request.build_opener(named).open(web.url + "/get", timeout=LIMIT).status == 200
    proxy.auth(None)
    assert opener(proxy, web).open(web.url + "/get", timeout=LIMIT).status == 200


def test_http_client_in_a_tunnel(proxy: Proxy, web: Web) -> None:
    client = http.client.HTTPSConnection(*proxy, context=web.context, timeout=LIMIT)
    client.set_tunnel(*web.https.address)
    for _again in range(3):
        client.request("GET", "/get")
        assert client.getresponse().read().startswith(b"{")
    client.close()
    plain = http.client.HTTPConnection(*proxy, timeout=LIMIT)
    plain.set_tunnel(*web.http.address)
    plain.request("POST", "/post", b"x" * 1_000_000)
    assert len(json.load(plain.getresponse())["data"]) == 1_000_000
    plain.close()


def test_one_connection_for_many_requests(proxy: Proxy, web: Web) -> None:
    client = http.client.HTTPConnection(*proxy, timeout=LIMIT)
    for n in range(60):
        client.request("POST" if n % 2 else "GET", web.url + "/anything", b"x" * n if n % 2 else None)
        assert json.load(client.getresponse())["data"] == ("x" * n if n % 2 else "")
    client.close()
    (ours,), (theirs,) = proxy.conversations, web.http.conversations
    assert ours.sent_by(Side.SERVER).count(b"HTTP/1.1 200 OK\r\n") == 60
    assert theirs.sent_by(Side.CLIENT).count(b" HTTP/1.1\r\n") == 60


def run(*command: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, timeout=3 * LIMIT, stdin=subprocess.DEVNULL)


def test_curl(proxy: Proxy, web: Web, curl: str, tmp_path: Path) -> None:
    assert web.context
    tls.authority().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    plain = (curl, "--silent", "--show-error", "--noproxy", "", "--max-time", "20", "--proxy", proxy.url)
    for more in ((), ("--http1.0",), ("--proxytunnel",), ("--http2",)):
        done = run(*plain, *more, web.url + "/file/1000000?length=no")
        assert done.returncode == 0 and done.stdout == b"".join(pattern(0, 1_000_000, 65536)), (more, done.stderr)
    assert run(*plain, "--cacert", tmp_path / "ca.pem", web.secure_url + "/ip").stdout.startswith(b"{")
    assert run(*plain, "http://www.netkit.test/ip").stdout.startswith(b"{")
    assert run(*plain, "--head", web.url + "/file/99").stdout.startswith(b"HTTP/1.1 200 OK\r\n")
    big = tmp_path / "big"
    big.write_bytes(b"z" * 3_000_000)  # curl waits for 100 Continue
    done = run(*plain, "--verbose", "--upload-file", big, web.url + "/put")
    assert b"HTTP/1.1 100 Continue" in done.stderr and len(json.loads(done.stdout)["data"]) == 3_000_000
    chunked = ("--header", "Transfer-Encoding: chunked", "--data", "hello")
    assert json.loads(run(*plain, *chunked, web.url + "/post").stdout)["form"] == {"hello": ""}
    assert run(*plain, web.url + "/truncated/1000").returncode == 18
    proxy.auth("student", "secretword")
    assert run(*plain, "--fail", web.url + "/ip").returncode == 22
    assert run(*plain, "--proxytunnel", web.url + "/ip").returncode == 56
    for more in ((), ("--proxytunnel",), ("--proxy-anyauth",)):
        done = run(*plain, *more, "--proxy-user", "student:secretword", web.url + "/ip")
        assert done.stdout.startswith(b"{"), (more, done.stderr)


def test_wget(proxy: Proxy, web: Web, wget: str, tmp_path: Path) -> None:
    plain = (wget, "--no-config", "--tries", "1", "--timeout", "20", "--no-verbose", "-e", "use_proxy=on")
    plain += ("-e", f"http_proxy={proxy.url}", "--output-document", str(tmp_path / "page"))
    assert run(*plain, web.url + "/redirect/2").returncode == 0
    assert json.loads((tmp_path / "page").read_text())["headers"]["Via"] == "1.1 netkit"
    assert run(*plain, "http://www.example.org/").returncode == 8
    proxy.auth("student", "secretword")
    assert run(*plain, web.url + "/get").returncode == 8
    assert run(*plain, "--proxy-user", "student", "--proxy-password", "secretword", web.url + "/get").returncode == 0
