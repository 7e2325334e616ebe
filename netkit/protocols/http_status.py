"""What an HTTP status line says (RFC 9110, section 15)."""

from __future__ import annotations

from netkit.i18n import _
from netkit.protocols.http_message import Message
from netkit.protocols.mail_lines import Told, brief, rfc

CLASSES = {1: "15.2", 2: "15.3", 3: "15.4", 4: "15.5", 5: "15.6"}


def status_told(message: Message) -> list[Told]:
    """What is to be said of a status line; what it answers, where that is not plain."""
    told = [_code(message.status)]
    if message.asks is not None and 200 <= message.status < 300:
        if message.asks.method == "CONNECT":
            told = [Told(_("the tunnel stands"), rfc(9110, "9.3.6"))]
        elif message.asks.method != "GET" and message.status == 200:
            told = [Told(_("it succeeded"), rfc(9110, "15.3.1"))]
    if message.asks is None:
        told.append(Told(_("no request was seen that this answers"), rfc(9112, "9.2")))
    elif message.pipelined:
        text = _("it answers {request}: in the order asked")
        asked = f"{message.asks.method} {message.asks.target}".encode(errors="surrogateescape")
        told.append(Told(text.format(request=brief(asked)), rfc(9112, "9.3.2")))
    if message.version not in ("HTTP/1.1", "HTTP/1.0"):
        text = _("{version} is not written like this")
        told.append(Told(text.format(version=brief(message.version.encode())), rfc(9112, "2.3")))
    return told


def _code(code: int) -> Told:
    for table in (_informed, _redirected, _refused, _failed):
        if told := table(code):
            return told
    text = {
        1: _("an interim response, of a kind netkit does not know"),
        2: _("it succeeded, in a way netkit does not know"),
        3: _("the client has to do more, in a way netkit does not know"),
        4: _("a mistake of the client, of a kind netkit does not know"),
        5: _("a failure of the server, of a kind netkit does not know"),
    }.get(code // 100)
    if text is None:
        return Told(_("no status code: they go from 100 to 599"), rfc(9110, "15"))
    return Told(text, rfc(9110, CLASSES[code // 100]))


def _informed(code: int) -> Told | None:
    match code:
        case 100:
            return Told(_("go on: send the content, it is welcome"), rfc(9110, "15.2.1"))
        case 101:
            return Told(_("the server changes to the protocol that its Upgrade field names"), rfc(9110, "15.2.2"))
        case 102:
            return Told(_("still at work on it"), rfc(2518, "10.1"))
        case 103:
            return Told(_("fields in advance: what the response will need"), rfc(8297, "2"))
        case 200:
            return Told(_("it succeeded: here is what was asked for"), rfc(9110, "15.3.1"))
        case 201:
            return Told(_("something new was made"), rfc(9110, "15.3.2"))
        case 202:
            return Told(_("accepted, but not yet done"), rfc(9110, "15.3.3"))
        case 203:
            return Told(_("it succeeded, but an intermediary has changed the content"), rfc(9110, "15.3.4"))
        case 204:
            return Told(_("it succeeded, and there is no content to send"), rfc(9110, "15.3.5"))
        case 205:
            return Told(_("it succeeded: clear the form"), rfc(9110, "15.3.6"))
        case 206:
            return Told(_("here is the part that was asked for"), rfc(9110, "15.3.7"))
        case 207:
            return Told(_("several results, one for each resource (WebDAV)"), rfc(4918, "11.1"))
        case 208:
            return Told(_("already listed above (WebDAV)"), rfc(5842, "7.1"))
        case 226:
            return Told(_("here is the difference to what the client has"), rfc(3229, "10.4.1"))
    return None


def _redirected(code: int) -> Told | None:
    match code:
        case 300:
            return Told(_("there are several: choose one"), rfc(9110, "15.4.1"))
        case 301:
            return Told(_("it has moved for good: see Location"), rfc(9110, "15.4.2"))
        case 302:
            return Told(_("for now it is elsewhere: see Location"), rfc(9110, "15.4.3"))
        case 303:
            return Told(_("the answer is elsewhere: get it from Location"), rfc(9110, "15.4.4"))
        case 304:
            return Told(_("not changed: use the copy that you have"), rfc(9110, "15.4.5"))
        case 305:
            return Told(_("use a proxy; no longer in use"), rfc(9110, "15.4.6"))
        case 306:
            return Told(_("no longer in use"), rfc(9110, "15.4.7"))
        case 307:
            return Told(_("for now it is elsewhere: repeat the same request there"), rfc(9110, "15.4.8"))
        case 308:
            return Told(_("it has moved for good: repeat the same request there"), rfc(9110, "15.4.9"))
    return None


def _refused(code: int) -> Told | None:
    match code:
        case 400:
            return Told(_("the server cannot make sense of the request"), rfc(9110, "15.5.1"))
        case 401:
            return Told(_("sign in first: WWW-Authenticate says how"), rfc(9110, "15.5.2"))
        case 402:
            return Told(_("kept for payments; not in use"), rfc(9110, "15.5.3"))
        case 403:
            return Told(_("the server understood, but will not do it"), rfc(9110, "15.5.4"))
        case 404:
            return Told(_("there is nothing under this name"), rfc(9110, "15.5.5"))
        case 405:
            return Told(_("not with this method: Allow names those that work"), rfc(9110, "15.5.6"))
        case 406:
            return Told(_("nothing here that the client would accept"), rfc(9110, "15.5.7"))
        case 407:
            return Told(_("sign in at the proxy first: Proxy-Authenticate says how"), rfc(9110, "15.5.8"))
        case 408:
            return Told(_("the request did not come in time"), rfc(9110, "15.5.9"))
        case 409:
            return Told(_("it does not go with the present state"), rfc(9110, "15.5.10"))
        case 410:
            return Told(_("it was here, and will not come back"), rfc(9110, "15.5.11"))
        case 411:
            return Told(_("the server wants a Content-Length"), rfc(9110, "15.5.12"))
        case 412:
            return Told(_("a precondition (If-…) is not met"), rfc(9110, "15.5.13"))
        case 413:
            return Told(_("the content is too large"), rfc(9110, "15.5.14"))
        case 414:
            return Told(_("the target is too long"), rfc(9110, "15.5.15"))
        case 415:
            return Told(_("not this kind of content"), rfc(9110, "15.5.16"))
        case 416:
            return Told(_("there is no such range of bytes"), rfc(9110, "15.5.17"))
        case 417:
            return Told(_("what Expect wants cannot be had"), rfc(9110, "15.5.18"))
        case 418:
            return Told(_("a joke: “I'm a teapot”; not in use"), rfc(9110, "15.5.19"))
        case 421:
            return Told(_("this server does not speak for that host"), rfc(9110, "15.5.20"))
        case 422:
            return Told(_("the content can be read, but makes no sense"), rfc(9110, "15.5.21"))
        case 423 | 424:
            return Told(_("a lock, or another failure, is in the way (WebDAV)"), rfc(4918, f"11.{code - 420}"))
        case 425:
            return Told(_("too early: it could be a repetition by an attacker"), rfc(8470, "5.2"))
        case 426:
            return Told(_("only with another protocol: see Upgrade"), rfc(9110, "15.5.22"))
        case 428:
            return Told(_("only with a precondition, such as If-Match"), rfc(6585, "3"))
        case 429:
            return Told(_("too many requests: wait"), rfc(6585, "4"))
        case 431:
            return Told(_("the header fields are too large"), rfc(6585, "5"))
        case 451:
            return Told(_("not available for legal reasons"), rfc(7725, "3"))
    return None


def _failed(code: int) -> Told | None:
    match code:
        case 500:
            return Told(_("a fault inside the server"), rfc(9110, "15.6.1"))
        case 501:
            return Told(_("the server does not know this method"), rfc(9110, "15.6.2"))
        case 502:
            return Told(_("the server behind the proxy answered wrongly"), rfc(9110, "15.6.3"))
        case 503:
            return Told(_("overloaded or under repair: try again later"), rfc(9110, "15.6.4"))
        case 504:
            return Told(_("the server behind the proxy did not answer in time"), rfc(9110, "15.6.5"))
        case 505:
            return Told(_("not this version of HTTP"), rfc(9110, "15.6.6"))
        case 506:
            return Told(_("a mistake in the server's choice of variants"), rfc(2295, "8.1"))
        case 507:
            return Told(_("no room to store it (WebDAV)"), rfc(4918, "11.5"))
        case 508:
            return Told(_("an endless loop (WebDAV)"), rfc(5842, "7.2"))
        case 511:
            return Told(_("sign in to the network first"), rfc(6585, "6"))
    return None
