"""Fields of HTTP that have to do with caches, with intermediaries and with browsers; and those that nobody knows."""

from __future__ import annotations

from netkit.i18n import _
from netkit.protocols.http_auth import as_octets
from netkit.protocols.mail_lines import Told, brief, rfc

SHOWN = 3  # directives that are told


def more_told(name: str, value: str) -> Told:
    """A field, by its name in small letters."""
    match name:
        case "cache-control":
            return _cache_control(value)
        case "pragma":
            return Told(_("Cache-Control as it was in HTTP/1.0"), rfc(9111, "5.4"))
        case "age":
            text = _("for {n} s it has been lying in a cache")
            return Told(text.format(n=brief(as_octets(value), 12)), rfc(9111, "5.1"))
        case "forwarded" | "x-forwarded-for" | "x-real-ip":
            text = _("a proxy says for whom it asks; anybody can write this")
            return Told(text, rfc(7239, "4" if name == "forwarded" else "7.4"))
        case "x-forwarded-proto" | "x-forwarded-host":
            return Told(_("a proxy says what the client asked it for"), rfc(7239, "7.4"))
        case "strict-transport-security":
            return Told(_("from now on, come with TLS only"), rfc(6797, "6.1"))
        case "alt-svc":
            return Told(_("the same can be had in another way, such as HTTP/3"), rfc(7838, "3"))
        case "link":
            return Told(_("a link to something that belongs to it"), rfc(8288, "3"))
        case "mime-version":
            return Told(_("a field of mail; HTTP does not need it"), rfc(9112, "B.1"))
        case "dnt":
            return Told(_("the reader does not want to be tracked"))
        case "upgrade-insecure-requests":
            return Told(_("the browser would rather come with TLS"))
        case "x-requested-with":
            return Told(_("a script asks, not the reader"))
        case "x-content-type-options":
            return Told(_("believe Content-Type, do not guess"))
        case "x-frame-options" | "content-security-policy":
            return Told(_("what the page may do in the browser"))
        case "soapaction":
            return Told(_("which procedure is called (SOAP)"))
    if name.startswith("sec-websocket-"):
        return Told(_("for the change to WebSocket"), rfc(6455, "11.3"))
    if name.startswith("access-control-"):
        return Told(_("whether scripts of another site may read this (CORS)"))
    if name.startswith(("sec-fetch-", "sec-ch-")):
        return Told(_("the browser says how and from where it asks"))
    return Told(_("netkit does not know this field; who does not know one ignores it"), rfc(9110, "5.1"))


def _cache_control(value: str) -> Told:
    said = []
    for directive in value.split(","):
        name, _equals, given = directive.strip().partition("=")
        seconds = brief(as_octets(given.strip('"')), 12)
        match name.lower():
            case "max-age" | "s-maxage":
                said.append(_("fresh for {n} s").format(n=seconds))
            case "no-store":
                said.append(_("keep no copy"))
            case "no-cache":
                said.append(_("use no copy without asking"))
            case "private":
                said.append(_("only for the reader's own cache"))
            case "public":
                said.append(_("for any cache"))
            case "must-revalidate":
                said.append(_("ask when it is stale"))
            case "only-if-cached":
                said.append(_("only from a cache"))
            case "immutable":
                said.append(_("it never changes"))
    text = _("for caches: {directives}") if said else _("what caches may do with it")
    return Told(text.format(directives=", ".join(said[:SHOWN])), rfc(9111, "5.2"))
