"""How the exercises of the lesson on URLs are judged: by the request targets that came over the wire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from netkit.attempt import Outcome, attempt
from netkit.course.judge import State, Verdict, wrong
from netkit.course.outcomes import nothing_sent, went_wrong
from netkit.i18n import _, ngettext
from netkit.servers.web.site import Web
from netkit.wire.conversation import Conversation, Side

WORDS = (("utf-8", "сокеты & порты"), ("koi8-r", "Привет"), ("windows-1251", "a=b #1"))


def targets(seen: Sequence[Conversation]) -> list[str]:
    """The request targets (RFC 9112 section 3.2) in the order in which they came; one connection, one request."""
    found = []
    for one in seen:
        words = one.sent_by(Side.CLIENT).partition(b"\r\n")[0].decode("latin-1").split(" ")
        if len(words) == 3:
            found.append(words[1])
    return found


def check_search(search: Callable[..., Any]) -> Verdict:
    """Three questions, in three character sets."""
    if not callable(search):
        return wrong(_('Give the function itself: netkit.check("search-url", search).'))
    with Web() as web:
        for charset, words in WORDS:
            web.http.clear()
            done = attempt(search, web.url, words, charset)
            seen = web.http.conversations
            if not seen:
                return nothing_sent(done)
            if verdict := _judge_search(done, seen[-1], words, charset, web.url):
                return verdict
    return Verdict(State.RIGHT, _("Each byte of the question is where it belongs."), seen[-1])


def _judge_search(done: Outcome, seen: Conversation, words: str, charset: str, site: str) -> Verdict | None:
    found = targets([seen])
    method = seen.sent_by(Side.CLIENT).split(b" ")[0]
    if found and method == b"POST":
        return wrong(_("It sent POST; here the fields belong into the URL, and the method is GET."), seen)
    if not found:
        return went_wrong(done, seen) or wrong(_("What came was no request."), seen)
    path, mark, query = found[-1].partition("?")
    if path != "/search" or not mark:
        return wrong(_("It asked for {target}, not for /search?…").format(target=found[-1]), seen)
    fields = parse_qsl(query, keep_blank_values=True, encoding=charset, errors="replace")
    wanted = [("search", words), ("n", "1"), ("n", "2")]
    if fields != wanted:
        text = _("In {charset} the server reads the fields {fields}, and ought to read {wanted}.")
        return wrong(text.format(charset=charset, fields=fields, wanted=wanted), seen)
    if verdict := went_wrong(done, seen):
        return verdict
    if done.value != site + found[-1]:
        text = _("It has to return the URL that it opened, {expected!r}; it returned {value!r}.")
        return wrong(text.format(expected=site + found[-1], value=done.value), seen)
    return None


def check_follow(follow: Callable[..., Any]) -> Verdict:
    """Links of all kinds, some of which only look as if they stayed at home."""
    if not callable(follow):
        return wrong(_('Give the function itself: netkit.check("follow", follow).'))
    with Web() as web:
        page, host = web.url + "/anything/books/index.html?page=2", web.url.partition("//")[2]
        references = [
            "sockets.html", "../about", "/get", "#top", "sockets.html#end", f"http://{host}@127.0.0.1:9/",
            "//elsewhere.test/x", "mailto:student@netkit.test", f"HTTP://{host}/get", "?page=3",
            f"https://{host}/get", f"//{host}/headers",
        ]  # fmt: skip
        wanted = ["/anything/books/sockets.html", "/anything/about", "/get", "/anything/books/index.html?page=2",
                  "/anything/books/index.html?page=3", "/headers"]  # fmt: skip
        done = attempt(follow, page, references)
        seen = web.http.conversations
        if not seen:
            return nothing_sent(done)
        last = seen[-1]
        if isinstance(done.problem, (OSError, ValueError)):
            text = _("It raised {problem}. Did it try to open {link}? That leads elsewhere: look at hostname and port.")
            return wrong(text.format(problem=type(done.problem).__name__, link=references[5]), last)
        if verdict := went_wrong(done, last):
            return verdict
        found = targets(seen)
        if len(set(found)) < len(found):
            twice = next(target for target in found if found.count(target) > 1)
            return wrong(_("It opened {target} more than once.").format(target=twice), last)
        if missing := [target for target in wanted if target not in found]:
            return wrong(_("It has to open {target} as well.").format(target=missing[0]), last)
        if found != wanted:
            odd = next((target for target in found if target not in wanted), "")
            said = (
                _("It ought not to open {target}.").format(target=odd)
                if odd
                else _("The order is not that of the links.")
            )
            return wrong(said, last)
        if done.value != [web.url + target for target in wanted]:
            n = len(wanted)
            text = ngettext("It has to return the {n} URL that it opened; it returned {value!r}.",
                            "It has to return the {n} URLs that it opened; it returned {value!r}.", n)  # fmt: skip
            return wrong(text.format(n=n, value=done.value), last)
    return Verdict(State.RIGHT, _("Only what stays at home, each address once."), last)
