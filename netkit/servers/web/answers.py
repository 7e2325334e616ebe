"""Paths at which the client chooses the answer, as at httpbin's: its status, its header, where it leads."""

from __future__ import annotations

import http
import json
import random
import re
from datetime import UTC, datetime

from tornado.httputil import HTTPHeaders, HTTPInputError
from tornado.web import HTTPError

from netkit.servers.web.handler import Page
from netkit.servers.web.inspection import GET, Get

CHALLENGE = 'Basic realm="Fake Realm"'
FRAMING = {"connection", "content-length", "transfer-encoding", "trailer", "upgrade"}  # the server's own affair
IMAGES = ["image/webp", "image/svg+xml", "image/jpeg", "image/png", "image/*"]
TEAPOT = r"""
      ___
  .-'`   `'-.   _
 /           \ //
|    TEA     |//
 \           /
  '-._____.-'
"""


def answer_with(page: Page, code: int) -> None:
    """A status code with the fields that belong to it.

    Raises:
        HTTPError: 400; no response ends with such a code.
    """
    if not 200 <= code <= 599:
        raise HTTPError(400)
    known = code in http.HTTPStatus.__members__.values()
    page.set_status(code, None if known else "Unknown")
    if code in (301, 302, 303, 305, 307, 308):
        page.set_header("Location", "/redirect/1")
    elif code in (401, 407):
        page.set_header("WWW-Authenticate" if code == 401 else "Proxy-Authenticate", CHALLENGE)
    elif code == 406:
        message = {"message": "Client did not request a supported media type.", "accept": IMAGES}
        page.set_header("Content-Type", "application/json")
        page.write(json.dumps(message))
    elif code == 418:
        page.set_header("Content-Type", "text/plain; charset=utf-8")
        page.write(TEAPOT)
    page.finish()


class Status(Page):
    """/status/{codes}: one, or several of which one is drawn: 200,500 or 200:3,500:1"""

    def get(self, codes: str) -> None:
        pairs = [part.partition(":") for part in codes.split(",")]
        try:
            codes_, weights = [int(code[:9]) for code, _, _ in pairs], [float(w[:9] or 1) for _, _, w in pairs]
            answer_with(self, random.choices(codes_, weights)[0])
        except ValueError:
            raise HTTPError(400) from None

    post = put = patch = delete = get


class Redirect(Page):
    """/redirect/{n}, /relative-redirect/{n}, /absolute-redirect/{n}: n times, then to /get"""

    def initialize(self, kind: str) -> None:
        self.kind = kind

    def get(self, n: str) -> None:
        left = int(n) - 1
        if left < 0:
            raise HTTPError(400)
        absolute = self.get_query_argument("absolute", "").lower() == "true" if not self.kind else None
        kind = self.kind or ("absolute" if absolute else "relative")
        target = f"/{kind}-redirect/{left}" if left else "/get"
        self.go_to((f"{self.request.protocol}://{self.request.host}" if kind == "absolute" else "") + target)


class RedirectTo(Page):
    """/redirect-to?url=…&status_code=…"""

    def get(self) -> None:
        status = int(self.number("status_code", 302))
        self.go_to(self.get_query_argument("url"), status if 300 <= status < 400 and status != 304 else 302)

    post = put = patch = delete = get


class ResponseHeaders(Page):
    """/response-headers?Name=value: the header of the answer; its body says the same"""

    def get(self) -> None:
        query = self.request.query_arguments  # get_query_arguments() would take control characters out
        asked = {name: [value.decode("utf-8", "replace").strip(" \t") for value in query[name]] for name in query}
        if any(name.lower() in FRAMING for name in asked):
            raise HTTPError(400)
        own = {"Content-Type": ["application/json"], "Content-Length": [""]}
        fields = HTTPHeaders()
        try:
            for name, value in [(name, value) for name, values in asked.items() for value in values]:
                fields.add(name, value)
        except HTTPInputError:
            raise HTTPError(400) from None
        told = {name: values for name, values in own.items() if name not in fields} | asked
        body = ""
        while told["Content-Length"] != [str(len(body))]:  # the length counts its own digits, too
            told["Content-Length"] = [str(len(body))]
            flat = {name: values[0] if len(values) == 1 else values for name, values in told.items()}
            body = json.dumps(flat, indent=2, sort_keys=True) + "\n"
        self.set_header("Content-Type", "application/json")
        for name in fields:
            self.clear_header(name)
            for value in fields.get_list(name):
                self.add_header(name, value)
        self.finish(body)

    post = get


class Cache(Get):
    """/cache: not modified, for a client that has it already"""

    def get(self) -> None:
        if {"If-Modified-Since", "If-None-Match"} & set(self.request.headers):
            self.set_status(304)
            return
        self.set_header("Last-Modified", datetime.now(UTC))
        self.set_header("ETag", f'"{random.getrandbits(128):032x}"')
        super().get()


class CacheControl(Page):
    """/cache/{seconds}"""

    def get(self, seconds: str) -> None:
        self.set_header("Cache-Control", f"public, max-age={int(seconds)}")
        self.json(self.seen(GET))


class Etag(Page):
    """/etag/{etag}: If-None-Match and If-Match (RFC 9110 section 13)"""

    def get(self, etag: str) -> None:
        if not re.fullmatch(r"[\x21\x23-\x7e]+", etag):
            raise HTTPError(400)
        have, want = (_tags(self.request.headers.get(name, "")) for name in ("If-None-Match", "If-Match"))
        if want and not want & {etag, "*"}:
            self.set_status(412)
            return
        self.set_header("ETag", f'"{etag}"')
        if have & {etag, "*"}:
            self.set_status(304)
            return
        self.json(self.seen(GET))


def _tags(field: str) -> set[str]:
    return {tag for part in field.split(",") if (tag := part.strip().removeprefix("W/").strip('"'))}


class Cookies(Page):
    """/cookies: those that came"""

    def get(self) -> None:
        self.json({"cookies": {name: morsel.value for name, morsel in self.request.cookies.items()}})


class SetCookies(Page):
    """/cookies/set?name=value and /cookies/set/{name}/{value}"""

    def get(self, name: str = "", value: str = "") -> None:
        query = {each: self.get_query_argument(each) for each in self.request.query_arguments}
        for key, content in ({name: value} if name else query).items():
            try:
                self.set_cookie(key, content, secure=self.request.protocol == "https")
            except Exception:  # http.cookies and tornado have several for a name or a value that is none
                raise HTTPError(400) from None
        self.go_to("/cookies")


class DeleteCookies(Page):
    """/cookies/delete?name"""

    def get(self) -> None:
        for name in self.request.query_arguments:
            try:
                self.clear_cookie(name)
            except Exception:
                raise HTTPError(400) from None
        self.go_to("/cookies")
