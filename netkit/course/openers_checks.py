"""How the exercises of the lesson on openers are judged: by what came to the proxy, to the sites, to the FTP server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any
from urllib.parse import quote
from urllib.request import BaseHandler, ProxyHandler, build_opener

from netkit.attempt import Outcome, attempt
from netkit.course.judge import State, Verdict, wrong
from netkit.course.outcomes import nothing_sent, went_wrong
from netkit.export.exchanges import exchanges
from netkit.export.rows import shorten
from netkit.i18n import _, ngettext
from netkit.protocols.http_exchanges import Exchange
from netkit.servers.basic import credentials
from netkit.servers.ftp.first_files import first_files
from netkit.servers.ftp.ftp import Ftp
from netkit.servers.proxy.forward import Proxy
from netkit.servers.web.site import Web
from netkit.wire.conversation import Conversation, Ending, Side

LOGIN = ("lecturer", "chalk-and-duster")
PORTER = ("porter", "open-sesame")
TOKEN = "abc-123"
FILES = ("/pub/hello.txt", "/pub/big.bin", "/pub/книга.txt")


def check_both_doors(fetch: Callable[..., Any]) -> Verdict:
    """A page behind a password, through a proxy that wants another one."""
    if not callable(fetch):
        return wrong(_('Give the function itself: netkit.check("both-doors", fetch).'))
    with Web() as web, Proxy() as proxy, _no_exceptions():
        proxy.auth(*PORTER)
        done = attempt(fetch, web.url + "/private/notes.txt", LOGIN, proxy.url, PORTER)
        asked, passed_on = proxy.conversations, web.http.conversations
        if direct := [one for one in passed_on for each in exchanges(one) if not _field(each, "via")]:
            return wrong(_("It asked the site itself, and not through the proxy."), direct[0])
        if not asked:
            return nothing_sent(done)
        return _judge_both_doors(done, asked)


def _judge_both_doors(done: Outcome, asked: tuple[Conversation, ...]) -> Verdict:
    found = [(each, one) for one in asked for each in exchanges(one)]
    for each, one in found:
        if credentials(_field(each, "authorization")) == PORTER:
            return wrong(_("The proxy's password was given to the site."), one)
        if credentials(_field(each, "proxy-authorization")) == LOGIN:
            return wrong(_("The site's password was given to the proxy as its own."), one)
    last = asked[-1]
    response = found[-1][0].response if found else None
    if response is not None and response.status == 407:
        return wrong(_("The proxy refuses with 407: it was not given its user and password."), last)
    if response is not None and response.status == 401:
        return wrong(_("The proxy lets it pass, and the site refuses with 401: it has not got the password."), last)
    if verdict := went_wrong(done, last):
        return verdict
    if response is None or response.status != 200:
        return wrong(_("It never got the page."), last)
    if done.value != response.content:
        return wrong(_("It has to return the page as bytes; it returned {value!r}.").format(value=done.value), last)
    return Verdict(State.RIGHT, _("Two locks, and each got its own key."), last)


def check_one_host(kind: Any) -> Verdict:
    """Three requests and a redirect, to two sites."""
    if not isinstance(kind, type):
        return wrong(_('Give the class itself: netkit.check("one-host", Token).'))
    if not issubclass(kind, BaseHandler):
        return wrong(_("Token has to be a handler: class Token(BaseHandler)."))
    if not any(isinstance(one, FunctionType) for one in vars(kind).values()):
        return Verdict(State.NOT_YET, _("The class has no methods yet. Replace the stub by your code."))
    with Web() as home, Web() as other:
        host = str(home.http.address)
        elsewhere = other.url + "/anything/redirected"
        done = attempt(
            _open_all, kind, host, f"{other.url}/anything/{host}", f"{home.url}/redirect-to?url={quote(elsewhere)}"
        )
        at_home, away = home.http.conversations, other.http.conversations
        if isinstance(done.problem, AttributeError) and "'NoneType'" in str(done.problem):
            return wrong(_("http_request has to return the request: without it there is nothing to send."))
        if not at_home and not away:
            return nothing_sent(done)
        last = (at_home or away)[-1]
        if verdict := went_wrong(done, last):
            return verdict
        for one in at_home:
            if (said := _token(one)) != TOKEN:
                if not said:
                    return wrong(_("A request for its host has no field X-token."), one)
                text = _("In a request for its host, X-token has to be {token!r}; it is {said!r}.")
                return wrong(text.format(token=TOKEN, said=said), one)
        for one in away:
            if _token(one) and b"/anything/redirected" in one.sent_by(Side.CLIENT):
                return wrong(_("The redirect led to another host, and the token went along."), one)
            if _token(one):
                return wrong(_("A request for another host had the token; that host stands in its path only."), one)
    return Verdict(State.RIGHT, _("The token goes to its host, and nowhere else."), last)


def _token(seen: Conversation) -> str:
    return ", ".join(_field(each, "x-token") for each in exchanges(seen))


def _open_all(kind: Any, host: str, *urls: str) -> None:
    opener = build_opener(ProxyHandler({}), kind(host, TOKEN))
    for url in urls:
        opener.open(url, timeout=3).close()


def check_one_session(fetch_all: Callable[..., Any]) -> Verdict:
    """Three files of one directory."""
    if not callable(fetch_all):
        return wrong(_('Give the function itself: netkit.check("one-session", fetch_all).'))
    with Ftp() as ftp:
        done = attempt(fetch_all, ftp.url, list(FILES))
        seen = ftp.conversations
        if not seen:
            return nothing_sent(done)
        if verdict := went_wrong(done, seen[-1]):
            return verdict
        if (n := len(seen)) > 1:
            text = ngettext("It made {n} control connection, not one.", "It made {n} control connections, not one.", n)
            return wrong(text.format(n=n), seen[-1])
        if verdict := _judge_files(done.value, seen[-1]):
            return verdict
        if seen[-1].ending is Ending.OPEN:
            return wrong(_("The control connection is still open: clear the handler's cache at the end."), seen[-1])
    return Verdict(State.RIGHT, _("One session for all three files."), seen[-1])


def _judge_files(value: Any, seen: Conversation) -> Verdict | None:
    wanted = [first_files()[path] for path in FILES]
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, bytes) for one in value):
        text = _("It has to return a list of bytes, one for each path; not {value}.")
        return wrong(text.format(value=shorten(repr(value), 60)), seen)
    if list(value) == wanted:
        return None
    for path, got, right in zip(FILES, value, wanted, strict=False):
        if got != right:
            text = _("What it returned for {path} is not what the server has there.")
            return wrong(text.format(path=path), seen)
    return wrong(_("It has to return {n} contents, one for each path.").format(n=len(wanted)), seen)


def _field(exchange: Exchange, name: str) -> str:
    return (exchange.request.value(name) or "") if exchange.request else ""


@contextmanager
def _no_exceptions() -> Iterator[None]:
    """Without no_proxy, which would keep urllib from using any proxy for 127.0.0.1."""
    before = {name: os.environ.pop(name) for name in ("no_proxy", "NO_PROXY") if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(before)
