"""Digest authentication, pure (RFC 7616): challenges, and whether what a client answers to one is right."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from urllib.request import parse_http_list, parse_keqv_list

ALGORITHMS = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256, "SHA-512": hashlib.sha512}
REALM = "Fake Realm"
FRESH = 300.0  # seconds for which a nonce is good
KEPT = 1000  # nonces that are remembered; those that were forgotten are stale


class Digest:
    """The nonces that were given out, and how often each was used."""

    def __init__(self) -> None:
        self._nonces: OrderedDict[str, tuple[float, int, int]] = OrderedDict()  # when, highest count, uses

    def challenge(self, qop: str, algorithm: str, stale: bool = False) -> str:
        """The field WWW-Authenticate, with a new nonce (section 3.3)."""
        nonce = secrets.token_hex(16)
        self._nonces[nonce] = time.monotonic(), 0, 0
        while len(self._nonces) > KEPT:
            self._nonces.popitem(last=False)
        offered = qop or "auth, auth-int"
        opaque = secrets.token_hex(16)
        field = f'Digest realm="{REALM}", nonce="{nonce}", qop="{offered}", opaque="{opaque}", algorithm={algorithm}'
        return f"{field}, stale={'TRUE' if stale else 'FALSE'}"

    def right(self, field: str, user: str, password: str, request: Request, uses: int | None = None) -> bool | None:
        """Whether the field Authorization proves the password.

        Args:
            field: its value.
            user, password: as they should be.
            request: method, target, body, qop and algorithm.
            uses: how often a nonce is good.

        Returns:
            None: the password is right, but the nonce is stale, or its count has been used before (section 3.4).
        """
        scheme, _space, rest = field.partition(" ")
        try:
            said = parse_keqv_list(parse_http_list(rest))
        except ValueError:
            return False
        if scheme.lower() != "digest" or said.get("uri") != request.target or said.get("username") != user:
            return False
        if said.get("realm") != REALM or said.get("algorithm", "MD5").upper() != request.algorithm:
            return False
        if (said.get("qop") or "auth") not in (request.qop or "auth, auth-int").split(", "):
            return False
        expected = response(said, password, request)
        if not hmac.compare_digest(expected.encode(), said.get("response", "").lower().encode()):
            return False
        return True if self._fresh(said, uses) else None

    def _fresh(self, said: dict[str, str], uses: int | None) -> bool:
        given, highest, used = self._nonces.get(said["nonce"], (-FRESH - 1, 0, 0))
        try:
            count = int(said["nc"], 16) if "qop" in said else highest + 1
        except (KeyError, ValueError):
            return False
        if time.monotonic() - given > FRESH or count <= highest or (uses is not None and used >= uses):
            return False
        self._nonces[said["nonce"]] = given, count, used + 1
        return True


class Request:
    """What a digest is made of besides the password.

    Args:
        method, target, body: the request's.
        qop: ``"auth"``, ``"auth-int"``, or ``""`` for either.
        algorithm: a key of `ALGORITHMS`.
    """

    def __init__(self, method: str, target: str, body: bytes, qop: str, algorithm: str) -> None:
        self.method = method
        self.target = target
        self.body = body
        self.qop = qop
        self.algorithm = algorithm


def response(said: dict[str, str], password: str, request: Request) -> str:
    """The digest that a client has to send (section 3.4.1), in hexadecimal."""

    def hashed(*parts: str) -> str:
        return ALGORITHMS[request.algorithm](":".join(parts).encode()).hexdigest()

    qop = said.get("qop")
    secret = hashed(said["username"], said["realm"], password)
    what = [request.method, request.target]
    if qop == "auth-int":
        what.append(ALGORITHMS[request.algorithm](request.body).hexdigest())
    if qop is None:  # RFC 2069, the first of the kind
        return hashed(secret, said.get("nonce", ""), hashed(*what))
    return hashed(secret, said.get("nonce", ""), said.get("nc", ""), said.get("cnonce", ""), qop, hashed(*what))
