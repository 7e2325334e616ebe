"""How HTTP users are asked to sign in, and how they do; and the cookies by which a server knows them again."""

from __future__ import annotations

import binascii
import re

from netkit.i18n import _, ngettext
from netkit.protocols.mail_lines import Told, brief, rfc

NAME = 16  # characters of a name, a password or a cookie that are quoted

_PARAMETER = re.compile(r'([\w.-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,]+)')
_CHALLENGE = re.compile(r"([A-Za-z][\w-]*)(?:\s+(.*))?", re.DOTALL)


def challenge_told(value: str, proxy: bool) -> Told:
    """WWW-Authenticate or Proxy-Authenticate: how one can sign in."""
    source = rfc(9110, "11.7.1" if proxy else "11.6.1")
    found = _CHALLENGE.fullmatch(value.strip())
    if found is None:
        return Told(_("should say how to sign in, but cannot be read"), source)
    said = parameters(found[2] or "")
    realm = said.get("realm", "")
    match found[1].lower():
        case "basic":
            text = _("sign in by Basic, with name and password, for “{realm}”")
            return Told(text.format(realm=quoted(realm)), rfc(7617, "2"))
        case "digest":
            text = _("sign in by Digest for “{realm}”: hash this nonce with the password")
            return Told(text.format(realm=quoted(realm)), rfc(7616, "3.3"))
        case "bearer":
            return Told(_("sign in by Bearer: show a token"), rfc(6750, "3"))
    return Told(_("sign in by {scheme}").format(scheme=quoted(found[1])), source)


def credentials_told(value: str, proxy: bool) -> Told:
    """Authorization or Proxy-Authorization: signing in."""
    source = rfc(9110, "11.7.2" if proxy else "11.6.2")
    scheme, _space, rest = value.strip().partition(" ")
    match scheme.lower():
        case "basic":
            said = _base64(rest.strip().encode(errors="surrogateescape"))
            if said is None or b":" not in said:
                return Told(_("signs in by Basic, but not with name:password in Base64"), rfc(7617, "2"))
            name, _colon, password = said.partition(b":")
            text = _("signs in as {name}, password {password}: Base64 hides nothing")
            return Told(text.format(name=brief(name, NAME), password=brief(password, NAME)), rfc(7617, "2"))
        case "digest":
            parts = parameters(rest)
            text = _("signs in as {name} by Digest ({algorithm}): the password itself is not sent")
            told = text.format(name=quoted(parts.get("username", "")), algorithm=quoted(parts.get("algorithm", "MD5")))
            return Told(told, rfc(7616, "3.4"))
        case "bearer":
            return Told(_("shows a token: whoever has it is let in"), rfc(6750, "2.1"))
    return Told(_("signs in by {scheme}").format(scheme=quoted(scheme)), source)


def cookie_told(value: str) -> Told:
    """Cookie: what the client was given before."""
    names = [part.partition("=")[0].strip() for part in value.split(";") if part.strip()]
    text = ngettext("gives the cookie {names} back", "gives the cookies {names} back", len(names))
    return Told(text.format(names=brief(as_octets(", ".join(names)), 40)), rfc(6265, "4.2"))


def set_cookie_told(value: str) -> Told:
    """Set-Cookie: what the client is to give back, and when."""
    pair, *attributes = value.split(";")
    name = pair.partition("=")[0].strip()
    said = [_("keep the cookie {name}, and give it back").format(name=quoted(name))]
    for attribute in attributes:
        key, _equals, given = attribute.strip().partition("=")
        match key.lower():
            case "max-age" if given.strip().lstrip("-").isdigit():
                seconds = int(given.strip()[:18])
                said.append(_("for {n} s").format(n=seconds) if seconds > 0 else _("it is deleted"))
            case "secure":
                said.append(_("only over TLS"))
            case "httponly":
                said.append(_("not for scripts"))
    return Told(", ".join(said[:4]), rfc(6265, "4.1"))


def parameters(value: str) -> dict[str, str]:
    """The parameters of a challenge or of credentials (RFC 9110, section 11.2), names in small letters."""
    found = _PARAMETER.findall(value[:8000])
    return {name.lower(): _unquoted(said) for name, said in found}


def _unquoted(said: str) -> str:
    """RFC 9110, section 5.6.4."""
    return re.sub(r"\\(.)", r"\1", said[1:-1]) if said.startswith('"') else said


def quoted(word: str) -> str:
    """The beginning of a word that came over the wire."""
    return brief(as_octets(word), NAME)


def as_octets(text: str) -> bytes:
    """The bytes of a field's text."""
    return text.encode(errors="surrogateescape")


def _base64(said: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(said, strict_mode=True)
    except (binascii.Error, ValueError):
        return None
