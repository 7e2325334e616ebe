"""Credentials of the scheme Basic (RFC 7617), for servers and proxies."""

from __future__ import annotations

import base64
import hmac


def credentials(field: str) -> tuple[str, str] | None:
    """User and password of the field (Proxy-)Authorization, if it is a Basic one (RFC 7617 section 2)."""
    scheme, _space, token = field.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(token.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (user, password) if colon else None


def same(said: str, known: str) -> bool:
    """In a time that does not tell how much of it is right."""
    return hmac.compare_digest(said.encode(), known.encode())
