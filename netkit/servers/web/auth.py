"""Paths that want to know who asks: Basic (RFC 7617), Bearer (RFC 6750), Digest (RFC 7616)."""

from __future__ import annotations

from tornado.web import HTTPError

from netkit.servers.basic import credentials, same
from netkit.servers.web.answers import answer_with
from netkit.servers.web.digest import ALGORITHMS, Digest, Request
from netkit.servers.web.handler import Page


class BasicAuth(Page):
    """/basic-auth/{user}/{password}, and hidden: 404 to those who do not know"""

    def initialize(self, refusal: int) -> None:
        self.refusal = refusal

    def get(self, user: str, password: str) -> None:
        said = credentials(self.request.headers.get("Authorization", ""))
        if said is None or not (same(said[0], user) and same(said[1], password)):
            answer_with(self, self.refusal)
        else:
            self.json({"authenticated": True, "user": user})


class Bearer(Page):
    """/bearer: any token"""

    def get(self) -> None:
        scheme, _space, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            self.json({"authenticated": True, "token": token})
        else:
            self.set_status(401)
            self.set_header("WWW-Authenticate", "Bearer")


class DigestAuth(Page):
    """/digest-auth/{qop}/{user}/{password}/{algorithm}/{stale_after}: the last says how often a nonce is good"""

    def initialize(self, digest: Digest) -> None:
        self.digest = digest

    def get(self, qop: str, user: str, password: str, algorithm: str = "MD5", stale_after: str = "never") -> None:
        qop = qop if qop in ("auth", "auth-int") else ""
        algorithm = algorithm if algorithm in ALGORITHMS else "MD5"
        if stale_after != "never" and not (stale_after.isascii() and stale_after.isdigit() and len(stale_after) < 10):
            raise HTTPError(400)
        uses = None if stale_after == "never" else int(stale_after)
        request = Request(str(self.request.method), str(self.request.uri), self.request.body, qop, algorithm)
        field = self.request.headers.get("Authorization", "")
        right = self.digest.right(field, user, password, request, uses)
        if right:
            self.json({"authenticated": True, "user": user})
        else:
            self.set_status(401)
            self.set_header("WWW-Authenticate", self.digest.challenge(qop, algorithm, stale=right is None))
