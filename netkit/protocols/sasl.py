"""What is said while a client signs in (SASL, RFC 4422): Base64 is no secret, so it is read aloud."""

from __future__ import annotations

import binascii

from netkit.i18n import _, octets
from netkit.protocols.mail_lines import Told, brief, rfc

LINE_MOST = 12288  # bytes (RFC 4954, section 4)
NAME = 16  # characters of a name or a password that are quoted


def initial_told(mechanism: str, response: bytes, source: str) -> Told:
    """The command that begins it, maybe with the first response at once."""
    if not mechanism:
        return Told(_("asks how one can sign in"), source)
    if response in (b"", b"="):
        return Told(_("wants to sign in by {mechanism}").format(mechanism=brief(mechanism.encode())), source)
    return response_told(response, mechanism, 0, source)


def response_told(data: bytes, mechanism: str, step: int, source: str) -> Told:
    """A client's response.

    Args:
        data: the line.
        mechanism: how it signs in, e.g. ``"PLAIN"``.
        step: how many responses came before.
        source: where the exchange is described.
    """
    if len(data) > LINE_MOST:
        return Told(_("longer than the {most} that are allowed").format(most=octets(LINE_MOST)), source)
    said = data.strip()
    if said == b"*":
        return Told(_("breaks the signing in off"), source)
    decoded = _decoded(said)
    if decoded is None:
        return Told(_("not Base64, so no answer that the server can read"), rfc(4648, "4"))
    parts = decoded.split(b"\0")
    if mechanism == "PLAIN" and len(parts) == 3:
        text = _("signs in as {name}, password {password}: Base64 hides nothing")
        return Told(text.format(name=brief(parts[1], NAME), password=brief(parts[2], NAME)), rfc(4616, "2"))
    if mechanism == "LOGIN" and step == 0:
        return Told(_("the name, in Base64: {text}").format(text=brief(decoded)), source)
    if mechanism == "LOGIN" and step == 1:
        return Told(_("the password, in Base64: {text}").format(text=brief(decoded)), source)
    if mechanism == "CRAM-MD5" and b" " in decoded:
        text = _("signs in as {name}, with an MD5 digest: the password is not sent")
        return Told(text.format(name=brief(decoded.split(b" ")[0])), rfc(2195, "2"))
    return Told(_("the client's response, in Base64: {text}").format(text=brief(decoded)), source)


def challenge_told(challenge: bytes, source: str) -> Told:
    """What a server asks in between."""
    decoded = _decoded(challenge.strip())
    if decoded is None:
        return Told(_("the server asks, but not in Base64"), source)
    if not decoded:
        return Told(_("go on: the server waits for the response"), source)
    return Told(_("the server asks, in Base64: {text}").format(text=brief(decoded, 40)), source)


def _decoded(said: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(said, strict_mode=True)
    except (binascii.Error, ValueError):
        return None
