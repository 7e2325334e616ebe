"""What an HTTP request line asks for, and in which form its target is (RFC 9112, section 3)."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from netkit.i18n import _
from netkit.protocols.http_forms import form, guessed, pairs_told
from netkit.protocols.http_message import Message
from netkit.protocols.mail_lines import Told, brief, rfc

TARGET = 30  # characters of a target that are quoted
WEBDAV = frozenset(("PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK"))


def request_told(message: Message) -> list[Told]:
    """What is to be said of a request line, the most important first."""
    if message.method == "PRI":
        return [Told(_("HTTP/2 begins: from here on binary frames, which netkit does not explain"), rfc(9113, "3.4"))]
    target = message.target.encode(errors="surrogateescape")
    path, _mark, query = target.partition(b"?")
    told = [_method(message.method, _decoded(path)), _form(message, target)]
    if message.version != "HTTP/1.1":
        told.append(_version(message.version))
    if query and message.method != "CONNECT":
        text = _("query: {pairs}").format(pairs=pairs_told(form(query)))
        told.insert(1, Told(text, rfc(3986, "3.4")))
    return told


def _method(method: str, target: str) -> Told:
    match method:
        case "GET":
            return Told(_("asks for {target}").format(target=target), rfc(9110, "9.3.1"))
        case "HEAD":
            text = _("asks for {target}, but for its header section only")
            return Told(text.format(target=target), rfc(9110, "9.3.2"))
        case "POST":
            return Told(_("gives {target} content to work on").format(target=target), rfc(9110, "9.3.3"))
        case "PUT":
            return Told(_("what follows is to be stored as {target}").format(target=target), rfc(9110, "9.3.4"))
        case "DELETE":
            return Told(_("{target} is to be deleted").format(target=target), rfc(9110, "9.3.5"))
        case "CONNECT":
            return Told(_("asks a proxy for a tunnel to {target}").format(target=target), rfc(9110, "9.3.6"))
        case "OPTIONS" if target == "*":
            return Told(_("asks what the server can do as a whole"), rfc(9110, "9.3.7"))
        case "OPTIONS":
            return Told(_("asks what can be done with {target}").format(target=target), rfc(9110, "9.3.7"))
        case "TRACE":
            return Told(_("send back what has arrived: a test of the way"), rfc(9110, "9.3.8"))
        case "PATCH":
            return Told(_("{target} is to be changed in part").format(target=target), rfc(5789, "2"))
        case _ if method in WEBDAV:
            return Told(_("a method of WebDAV, for {target}").format(target=target), rfc(4918, "9"))
        case _:
            text = _("{method}: a method that HTTP itself does not define")
            return Told(text.format(method=brief(method.encode())), rfc(9110, "9.1"))


def _form(message: Message, target: bytes) -> Told:
    """What is to be said of the form of the target (RFC 9112, section 3.2)."""
    if b" " in target or b"\t" in target:
        return Told(_("wrong: a target has no spaces, write %20"), rfc(9112, "3.2"))
    if message.method == "CONNECT":
        host, colon, port = target.rpartition(b":")
        if not (host and colon and port.isdigit()):
            return Told(_("wrong: CONNECT wants host:port"), rfc(9112, "3.2.3"))
        return Told("", rfc(9112, "3.2.3"))
    if target == b"*":
        if message.method != "OPTIONS":
            return Told(_("wrong: * is for OPTIONS only"), rfc(9112, "3.2.4"))
        return Told("", rfc(9112, "3.2.4"))
    if b"://" in target.partition(b"?")[0]:
        return Told(_("the whole URI: for a proxy"), rfc(9112, "3.2.2"))
    if not target.startswith(b"/"):
        return Told(_("wrong: a target begins with /"), rfc(9112, "3.2.1"))
    if b"#" in target:
        return Told(_("wrong: the part after # is not sent"), rfc(9112, "3.2.1"))
    if any(octet >= 0x80 for octet in target):
        return Told(_("wrong: bytes over 127 have to be percent-encoded"), rfc(3986, "2.1"))
    return Told()  # origin-form, as nearly always


def _version(version: str) -> Told:
    if not version:
        return Told(_("no version, so HTTP/0.9: only content comes back"), rfc(1945, "4.1"))
    if version == "HTTP/1.0":
        return Told(_("HTTP/1.0: one request a connection"), rfc(9112, "9.3"))
    return Told(_("{version} is not written like this").format(version=brief(version.encode())), rfc(9112, "2.3"))


def _decoded(path: bytes) -> str:
    """A path for people to read (RFC 3986, section 2.1)."""
    octets = unquote_to_bytes(path)
    charset = guessed(octets)
    said = octets.decode(charset) if charset else octets.decode(errors="surrogateescape")
    return brief(said.encode(errors="surrogateescape"), TARGET)
