"""How the exercises of the lesson on loading are judged: by the requests that came, and by the bytes that went back."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from netkit.attempt import Outcome, attempt
from netkit.course.judge import State, Verdict, wrong
from netkit.course.outcomes import nothing_sent, raised, went_wrong
from netkit.export.exchanges import exchanges
from netkit.i18n import _, ngettext, octets
from netkit.protocols.http_exchanges import Exchange
from netkit.servers.web.site import Web
from netkit.wire.conversation import Conversation

PAGES = (
    ("/cp1251", "windows-1251"),
    ("/koi8-r", "koi8-r"),
    ("/encoding/utf8", "utf-8"),
    ("/meta-charset", "windows-1251"),
    ("/no-charset", "utf-8"),
)
WHOLE = ("/file/30000", "/file/200000?length=no", "/file/0")
BROKEN = ("/truncated/30000", "/truncated/30000?length=no", "/status/404")


def check_page_text(page_text: Callable[..., Any]) -> Verdict:
    """Pages in several character sets, told in several places."""
    if not callable(page_text):
        return wrong(_('Give the function itself: netkit.check("page-text", page_text).'))
    with Web() as web:
        for path, charset in PAGES:
            done, asked, talk = _tried(web, path, page_text, web.url + path)
            if talk is None:
                return nothing_sent(done)
            if verdict := went_wrong(done, talk) or _one_request(asked, path, talk):
                return verdict
            response = asked[0].response
            wanted = (response.content if response else b"").decode(charset, errors="replace")
            if done.value != wanted:
                return _not_the_text(done.value, wanted, path, charset, talk)
    return Verdict(State.RIGHT, _("Each page could be read, with one request."), talk)


def _not_the_text(got: object, wanted: str, path: str, charset: str, talk: Conversation) -> Verdict:
    if not isinstance(got, str):
        text = _("For {path} it has to return a text, and returned {kind}.")
        return wrong(text.format(path=path, kind=type(got).__name__), talk)
    at = len(os.path.commonprefix([got, wanted]))
    text = _("For {path}, which is in {charset}, the text has {got!r} where it ought to have {wanted!r}.")
    return wrong(text.format(path=path, charset=charset, got=got[at : at + 12], wanted=wanted[at : at + 12]), talk)


def check_download(save: Callable[..., Any]) -> Verdict:
    """Files with and without a length; then such as do not come whole, or not at all."""
    if not callable(save):
        return wrong(_('Give the function itself: netkit.check("download", save).'))
    with Web() as web, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for number, path in enumerate((*WHOLE, *BROKEN)):
            file = Path(folder, f"file{number}")
            done, asked, talk = _tried(web, path, save, web.url + path, str(file))
            if talk is None:
                return nothing_sent(done)
            if done.late:
                return wrong(_("Your function did not end within 5 seconds. What is it waiting for?"), talk)
            verdict = _whole(done, asked, file, path, talk) if path in WHOLE else _broken(done, file, path, talk)
            if verdict:
                return verdict
    return Verdict(State.RIGHT, _("What came whole is there, and of the rest nothing is."), talk)


def _whole(done: Outcome, asked: list[Exchange], file: Path, path: str, talk: Conversation) -> Verdict | None:
    if done.problem is not None:
        return raised(done.problem, talk)
    if verdict := _one_request(asked, path, talk):
        return verdict
    response = asked[0].response
    sent = response.content if response else b""
    if not file.is_file():
        return wrong(_("After {path} there is no file.").format(path=path), talk)
    if (kept := file.read_bytes()) != sent:
        text = _("Of {path} came {sent}; what the file has, {kept}, is not the same.")
        return wrong(text.format(path=path, sent=octets(len(sent)), kept=octets(len(kept))), talk)
    if done.value != len(sent):
        text = _("For {path} it has to return {size}, the number of bytes; it returned {value!r}.")
        return wrong(text.format(path=path, size=len(sent), value=done.value), talk)
    return None


def _broken(done: Outcome, file: Path, path: str, talk: Conversation) -> Verdict | None:
    if not isinstance(done.problem, Exception):
        return wrong(_("{path} cannot be loaded whole; your function raised no exception.").format(path=path), talk)
    if file.exists():
        text = _("{path} cannot be loaded whole; it raised {problem}, and left a file of {size}.")
        size = octets(file.stat().st_size)
        return wrong(text.format(path=path, problem=type(done.problem).__name__, size=size), talk)
    return None


def _tried(
    web: Web, path: str, function: Callable[..., Any], *args: Any
) -> tuple[Outcome, list[Exchange], Conversation | None]:
    """What came of a call, the exchanges that it made at the site, and the newest conversation."""
    web.http.clear()
    done = attempt(function, *args)
    if isinstance(done.problem, HTTPError):
        done.problem.close()  # it is a response, too
    talks = web.http.conversations
    return done, [one for talk in talks for one in exchanges(talk)], talks[-1] if talks else None


def _one_request(asked: list[Exchange], path: str, talk: Conversation) -> Verdict | None:
    targets = [one.request.target for one in asked if one.request is not None]
    if [target for target in targets if target != path]:
        return wrong(_("It asked for {target}, not for {path}.").format(target=targets[-1], path=path), talk)
    if len(targets) != 1:
        text = ngettext("For {path} it made {n} request; one is enough.",
                        "For {path} it made {n} requests; one is enough.", len(targets))  # fmt: skip
        return wrong(text.format(path=path, n=len(targets)), talk)
    return None
