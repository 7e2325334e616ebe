"""How the exercise of the last lesson is judged: by what the proxy saw, and by what came into the maildrop."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from typing import Any

from netkit.attempt import Outcome, attempt
from netkit.course.judge import State, Verdict, wrong
from netkit.course.outcomes import nothing_sent, went_wrong
from netkit.export.exchanges import exchanges
from netkit.i18n import _, ngettext
from netkit.servers.mail.letters import Letter
from netkit.servers.mail.post import Mail
from netkit.servers.proxy.forward import Proxy
from netkit.servers.web.site import Web
from netkit.wire.conversation import Conversation

GUEST = "guest@netkit.test"
PAGES = (("http://www.netkit.test/koi8-r", "koi8-r"), ("http://www.netkit.test/encoding/utf8", "utf-8"))


def check_mail_page(mail_page: Callable[..., Any]) -> Verdict:
    """Two pages, in two character sets."""
    if not callable(mail_page):
        return wrong(_('Give the function itself: netkit.check("mail-page", mail_page).'))
    with Web(), Proxy() as proxy, Mail() as mail:
        for number, (url, charset) in enumerate(PAGES, 1):
            proxy.clear()
            mail.smtp.clear()
            done = attempt(mail_page, url, proxy.url, mail.smtp.address, GUEST)
            asked, told = proxy.conversations, mail.smtp.conversations
            seen = (*asked, *told)
            if not seen:
                return nothing_sent(done)
            if verdict := _not_loaded(done, asked, seen[-1], url) or went_wrong(done, seen[-1]):
                return verdict
            letters = mail.maildrop("guest")
            if len(letters) != number:
                n = len(letters) - number + 1
                text = ngettext("For {url}, {n} letter has come for {who}, not one.",
                                "For {url}, {n} letters have come for {who}, not one.", n)  # fmt: skip
                return wrong(text.format(url=url, n=n, who=GUEST), seen[-1])
            page = _content(asked[-1]).decode(charset)
            if verdict := _wrong_letter(letters[-1], page, url, told[-1]):
                return verdict
    return Verdict(State.RIGHT, _("Loaded through the proxy, and every letter of it has arrived."), seen[-1])


def _not_loaded(done: Outcome, asked: tuple[Conversation, ...], last: Conversation, url: str) -> Verdict | None:
    if not asked:
        return went_wrong(done, last) or wrong(_("The proxy was not asked at all."), last)
    targets = [one.request.target for talk in asked for one in exchanges(talk) if one.request is not None]
    if not targets or targets[-1] != url:
        found = targets[-1] if targets else "?"
        return wrong(_("The proxy was asked for {target}, not for {url}.").format(target=found, url=url), asked[-1])
    return None


def _content(talk: Conversation) -> bytes:
    responses = [one.response for one in exchanges(talk) if one.response is not None]
    return responses[-1].content if responses else b""


def _wrong_letter(letter: Letter, page: str, url: str, seen: Conversation) -> Verdict | None:
    parsed = email.message_from_bytes(letter.data, policy=email.policy.default)
    found = re.search("<title>(.*?)</title>", page)
    title = found[1] if found else ""
    if str(parsed["Subject"]) != title:
        text = _("For {url} the subject has to be {expected!r}; it is {value!r}.")
        return wrong(text.format(url=url, expected=title, value=str(parsed["Subject"])), seen)
    body = parsed.get_body(("plain", "html"))
    try:
        content = "" if body is None else str(body.get_content())
    except (LookupError, KeyError, ValueError) as problem:
        return wrong(_("The letter's content cannot be read: {problem}.").format(problem=problem), seen)
    if content.split() != page.split():
        missing = next((word for word in page.split() if word not in content), "")
        text = _("For {url} the letter's content is not the page's text; the page has {word!r} in it.")
        return wrong(text.format(url=url, word=missing or page.split()[0]), seen)
    return None
