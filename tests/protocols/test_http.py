"""HTTP explained: conversations as the RFCs and real clients have them, and what may go wrong."""

from __future__ import annotations

import pytest

from tests.protocols.dialogues import whole

QUERY = r"""
C: GET /search%20it?q=%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82+you&lang=ru HTTP/1.1
    asks for /search it; query: q = привет you, lang = ru [RFC 9110 9.3.1; RFC 3986 3.4]
C: Host: www.example.org
    the host that is asked: www.example.org [RFC 9110 7.2]
C: User-Agent: Python-urllib/3.11
    which program asks: Python-urllib/3.11 [RFC 9110 10.1.5]
C: Accept: text/html, */*;q=0.1
    which kinds of content the client takes; q says how gladly [RFC 9110 12.5.1]
C: Accept-Language: ru, en;q=0.5
    which languages the reader likes: ru, en;q=0.5 [RFC 9110 12.5.4]
C: Cookie: id=7; lang=ru
    gives the cookies id, lang back [RFC 6265 4.2]
C: If-None-Match: "v1"
    only if it is another version than this one [RFC 9110 13.1.2]
C: Connection: close
    the connection is closed after this response [RFC 9112 9.6]
C:
    an empty line: the header section ends, no content follows [RFC 9112 6.3]
S: HTTP/1.1 304 Not Modified
    not changed: use the copy that you have [RFC 9110 15.4.5]
S: Date: Sun, 06 Nov 1994 08:49:37 GMT
    when the message was made [RFC 9110 6.6.1]
S: ETag: "v1"
    a tag of this version of the content [RFC 9110 8.8.3]
S: Cache-Control: private, max-age=60
    for caches: only for the reader's own cache, fresh for 60 s [RFC 9111 5.2]
S: Vary: Accept-Language
    the content depends on the request's Accept-Language [RFC 9110 12.5.5]
S: Set-Cookie: id=8; Max-Age=60; Secure; HttpOnly
    keep the cookie id, and give it back, for 60 s, only over TLS, not for scripts [RFC 6265 4.1]
S: X-Powered-By: netkit
    netkit does not know this field; who does not know one ignores it [RFC 9110 5.1]
S:
    an empty line: the header section ends, no content follows [RFC 9112 6.3]
"""

RFC_9112 = r"""
C: POST /upload HTTP/1.1
    gives /upload content to work on [RFC 9110 9.3.3]
C: Host: example.com
    the host that is asked: example.com [RFC 9110 7.2]
C: Transfer-Encoding: chunked
    the content comes in chunks, each with its size [RFC 9112 6.1]
C: Trailer: Digest
    after the content, these fields will follow [RFC 9110 6.6.2]
C:
    an empty line: content in chunks follows [RFC 9112 6.3]
C: 4
    a chunk of 0x4 = 4 bytes [RFC 9112 7.1]
C! Wiki
    the content: 9 bytes [RFC 9110 6.4]
C:
    the end of the chunk [RFC 9112 7.1]
C: 5;name=value
    a chunk of 0x5 = 5 bytes; with an extension, to be ignored [RFC 9112 7.1; RFC 9112 7.1.1]
C! pedia
C:
    the end of the chunk [RFC 9112 7.1]
C: 0
    the last chunk: it has size 0 [RFC 9112 7.1]
C: Digest: abc
    netkit does not know this field; who does not know one ignores it [RFC 9110 5.1]
C: Content-Length: 9
    a field that may not come so late [RFC 9110 6.5.1]
C:
    an empty line: the chunked content ends here [RFC 9112 7.1.2]
S: HTTP/1.1 201 Created
    something new was made [RFC 9110 15.3.2]
S: Location: /upload/1
    where to go: /upload/1 [RFC 9110 10.2.2]
S: Content-Length: 0
    the content is 0 bytes long [RFC 9110 8.6]
S:
    an empty line: the header section ends, no content follows [RFC 9112 6.3]
"""

PIPELINED = r"""
C: GET /a HTTP/1.1
    asks for /a [RFC 9110 9.3.1]
C: Host: a
    the host that is asked: a [RFC 9110 7.2]
C:
    an empty line: the header section ends, no content follows [RFC 9112 6.3]
C: HEAD /b HTTP/1.1
    asks for /b, but for its header section only [RFC 9110 9.3.2]
C: Host: a
    the host that is asked: a [RFC 9110 7.2]
C:
    an empty line: the header section ends, no content follows [RFC 9112 6.3]
C: OPTIONS * HTTP/1.1
    asks what the server can do as a whole [RFC 9110 9.3.7; RFC 9112 3.2.4]
C: Host: a
    the host that is asked: a [RFC 9110 7.2]
C:
    an empty line: the header section ends, no content follows [RFC 9112 6.3]
S: HTTP/1.1 200 OK
    it succeeded: here is what was asked for; it answers GET /a: in the order asked [RFC 9110 15.3.1; RFC 9112 9.3.2]
S: Content-Length: 2
    the content is 2 bytes long [RFC 9110 8.6]
S: Content-Type: text/plain; charset=koi8-r
    the content is text/plain; its character set is koi8-r [RFC 9110 8.3]
S:
    an empty line: 2 bytes of content follow [RFC 9112 6.3]
S! \xd0\xc9
    the content: text; in koi8-r: пи [RFC 9110 6.4; RFC 9110 8.3.2]
S: HTTP/1.1 200 OK
    it succeeded; it answers HEAD /b: in the order asked [RFC 9110 15.3.1; RFC 9112 9.3.2]
S: Content-Length: 99
    GET would bring 99 bytes of content [RFC 9110 8.6]
S:
    an empty line: after HEAD, no content follows [RFC 9110 9.3.2]
S: HTTP/1.1 204 No Content
    it succeeded, and there is no content to send [RFC 9110 15.3.5]
S: Allow: GET, HEAD
    the methods that work here: GET, HEAD [RFC 9110 10.2.1]
S:
    an empty line: the header section ends, no content follows [RFC 9112 6.3]
"""

CONTINUED = r"""
C: PUT /file HTTP/1.1
    what follows is to be stored as /file [RFC 9110 9.3.4]
C: Host: a
    the host that is asked: a [RFC 9110 7.2]
C: Content-Type: application/json
    the content is application/json [RFC 9110 8.3]
C: Content-Length: 17
    the content is 17 bytes long [RFC 9110 8.6]
C: Expect: 100-continue
    waits for “100 Continue” before it sends the content [RFC 9110 10.1.1]
C:
    an empty line: 17 bytes of content follow [RFC 9112 6.3]
S: HTTP/1.1 100 Continue
    go on: send the content, it is welcome [RFC 9110 15.2.1]
S:
    an empty line: the final response is still to come [RFC 9110 15.2]
C! {"a": 1, "b": []}
    JSON: an object with the names a, b [RFC 8259 4]
S: HTTP/1.1 500 Oops
    a fault inside the server [RFC 9110 15.6.1]
S: Retry-After: 120
    try again after 120 seconds [RFC 9110 10.2.3]
S:
    an empty line: content follows, until the connection is closed [RFC 9112 6.3]
S: what went wrong
    the content: 17 bytes [RFC 9110 6.4]
S-
"""

PROXIED = r"""
C: GET http://www.example.org/pub/WWW/TheProject.html HTTP/1.1
    asks for http://www.example.org/pub/WW…; the whole URI: for a proxy [RFC 9110 9.3.1; RFC 9112 3.2.2]
C: Host: www.example.org
    the host that is asked: www.example.org [RFC 9110 7.2]
C: Proxy-Authorization: Basic aXZhbjrQv9Cw0YDQvtC70Yw=
    signs in as ivan, password пароль: Base64 hides nothing [RFC 7617 2]
C:
    an empty line: the header section ends, no content follows [RFC 9112 6.3]
S: HTTP/1.1 407 Proxy Authentication Required
    sign in at the proxy first: Proxy-Authenticate says how [RFC 9110 15.5.8]
S: Proxy-Authenticate: Digest realm="all", nonce="x", algorithm=SHA-256
    sign in by Digest for “all”: hash this nonce with the password [RFC 7616 3.3]
S: Via: 1.1 proxy.netkit.test
    which intermediaries it came through: 1.1 proxy.netkit.test [RFC 9110 7.6.3]
S: Content-Length: 0
    the content is 0 bytes long [RFC 9110 8.6]
S:
    an empty line: the header section ends, no content follows [RFC 9112 6.3]
C: CONNECT www.example.org:443 HTTP/1.1
    asks a proxy for a tunnel to www.example.org:443 [RFC 9110 9.3.6; RFC 9112 3.2.3]
C: Host: www.example.org:443
    the host that is asked: www.example.org:443 [RFC 9110 7.2]
C: Proxy-Authorization: Digest username="ivan", realm="all", algorithm=SHA-256, response="0"
    signs in as ivan by Digest (SHA-256): the password itself is not sent [RFC 7616 3.4]
C:
    an empty line: the header section ends, no content follows [RFC 9112 6.3]
S: HTTP/1.1 200 Connection established
    the tunnel stands [RFC 9110 9.3.6]
S:
    an empty line: from here on a tunnel [RFC 9110 9.3.6]
C: EHLO pc.netkit.test
    through the tunnel: intermediaries pass it on as it is [RFC 9110 9.3.6]
S: 250 mail.netkit.test
    through the tunnel: intermediaries pass it on as it is [RFC 9110 9.3.6]
"""

UPGRADED = r"""
C: GET /chat HTTP/1.1
    asks for /chat [RFC 9110 9.3.1]
C: Host: a
    the host that is asked: a [RFC 9110 7.2]
C: Upgrade: websocket
    offers to go on with another protocol: websocket [RFC 9110 7.8]
C: Connection: Upgrade
    Upgrade is meant for the next hop only [RFC 9110 7.6.1]
C: Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
    for the change to WebSocket [RFC 6455 11.3]
C:
    an empty line: the header section ends, no content follows [RFC 9112 6.3]
S: HTTP/1.1 101 Switching Protocols
    the server changes to the protocol that its Upgrade field names [RFC 9110 15.2.2]
S: Upgrade: websocket
    the protocol from now on: websocket [RFC 9110 7.8]
S: Connection: Upgrade
    Upgrade is meant for the next hop only [RFC 9110 7.6.1]
S:
    an empty line: from here on websocket, not HTTP [RFC 9110 15.2.2]
S! \x81\x02hi
    no longer HTTP, but the protocol that was agreed on; not UTF-8 text: 1 of 4 bytes does not decode [RFC 9110 7.8]
C! \x81\x82\x00\x00\x00\x00hi
    no longer HTTP, but the protocol that was agreed on; not UTF-8 text: 2 of 8 bytes do not decode [RFC 9110 7.8]
"""

OLD = r"""
C: GET /page HTTP/1.0
    asks for /page; HTTP/1.0: one request a connection [RFC 9110 9.3.1; RFC 9112 9.3]
C:
    an empty line: the header section ends, no content follows [RFC 9112 6.3]
S: HTTP/1.0 200 OK
    it succeeded: here is what was asked for [RFC 9110 15.3.1]
S: Content-Type: text/html
    the content is text/html [RFC 9110 8.3]
S:
    an empty line: content follows, until the connection is closed [RFC 9112 6.3]
S: <title>Old</title>
    a page, its title: Old [RFC 9110 8.3.1]
S: the end
S-
C-
"""

OLDEST = r"""
C: GET /page
    asks for /page; no version, so HTTP/0.9: only content comes back [RFC 9110 9.3.1; RFC 1945 4.1]
S: <title>Oldest</title>
    the content: 32 bytes [RFC 9110 6.4]
S: the end
S-
"""

WRONG = r"""
C: GET /a b HTTP/1.1
    asks for /a b; wrong: a target has no spaces, write %20 [RFC 9110 9.3.1; RFC 9112 3.2]
C: Host : a
    wrong: a space before the colon [RFC 9112 5.1]
C: no colon
    no field line: there is no name with a colon after it [RFC 9112 5]
C: Content-Length: 5
    does not count: Transfer-Encoding says how the content ends [RFC 9112 6.3]
C: Transfer-Encoding: chunked
    the content comes in chunks, each with its size [RFC 9112 6.1]
C:  folded
    goes on with the line above; no longer allowed [RFC 9112 5.2]
C:
    it may go on: the connection is still open [RFC 9112 6.3]
S: 220 mail.netkit.test
    no status line: version and status code should stand here [RFC 9112 4]
S: HTTP/1.1 799 What
    no status code: they go from 100 to 599; no request was seen that this answers [RFC 9110 15; RFC 9112 9.2]
S: Content-Length: five
    should be the number of bytes of content, but is no number [RFC 9110 8.6]
S:
    an empty line: content follows, until the connection is closed [RFC 9112 6.3]
S: x
    the content: 3 bytes; it may go on: the connection is still open [RFC 9110 6.4; RFC 9112 6.3]
"""

CUT = r"""
C: GET / HTTP/1.1
    asks for / [RFC 9110 9.3.1]
C: Host: a
    the host that is asked: a [RFC 9110 7.2]
C:
    an empty line: the header section ends, no content follows [RFC 9112 6.3]
S: HTTP/1.1 200 OK
    it succeeded: here is what was asked for [RFC 9110 15.3.1]
S: Content-Length: 100
    the content is 100 bytes long [RFC 9110 8.6]
S: Content-Type: text/plain
    the content is text/plain [RFC 9110 8.3]
S:
    an empty line: 100 bytes of content follow [RFC 9112 6.3]
S! Sixteen letters.
    the content: text; it breaks off here: 84 of 100 bytes are missing [RFC 9110 6.4; RFC 9112 8]
S-
"""

FORM = r"""
C: POST /form HTTP/1.1
    gives /form content to work on [RFC 9110 9.3.3]
C: Host: a
    the host that is asked: a [RFC 9110 7.2]
C: Content-Type: application/x-www-form-urlencoded
    the content is application/x-www-form-urlencoded [RFC 9110 8.3]
C: Content-Length: 41
    the content is 41 bytes long [RFC 9110 8.6]
C:
    an empty line: 41 bytes of content follow [RFC 9112 6.3]
C! name=%E9%D7%C1%CE&city=%ED%CF%D3%CB%D7%C1
    a form: name = Иван, city = Москва (not UTF-8; read as koi8-r) [RFC 1866 8.2.1]
C: POST /form HTTP/1.1
    gives /form content to work on [RFC 9110 9.3.3]
C: Host: a
    the host that is asked: a [RFC 9110 7.2]
C: Content-Type: multipart/form-data; boundary=B
    the content is multipart/form-data; a boundary separates its parts [RFC 9110 8.3]
C: Content-Length: 164
    the content is 164 bytes long [RFC 9110 8.6]
C:
    an empty line: 164 bytes of content follow [RFC 9112 6.3]
C: --B
    a form of 2 parts: name = Ivan, file = the file a.txt [RFC 7578 4]
C: Content-Disposition: form-data; name="name"
    which field of the form this part is, and which file [RFC 7578 4.2]
C:
C: Ivan
C: --B
    the next part begins [RFC 2046 5.1.1]
C: Content-Disposition: form-data; name="file"; filename="a.txt"
    which field of the form this part is, and which file [RFC 7578 4.2]
C: Content-Type: text/plain
    what this part is [RFC 7578 4.4]
C:
C: x
C: --B--
    the last part has ended [RFC 2046 5.1.1]
"""


CONVERSATIONS = {
    "a query and a copy that is still good": QUERY,
    "chunks": RFC_9112,
    "several requests at once": PIPELINED,
    "go on": CONTINUED,
    "a proxy and a tunnel": PROXIED,
    "websocket": UPGRADED,
    "http 1 0": OLD,
    "http 0 9": OLDEST,
    "what is wrong": WRONG,
    "what is missing": CUT,
    "forms": FORM,
}


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_conversation(name: str) -> None:
    explained, written = whole("http", CONVERSATIONS[name])
    assert explained == written.replace("\nS-", "").replace("\nC-", "")
