"""What came of sending a web form or a request: what the page says that came, and what went wrong, in words."""

from __future__ import annotations

import contextlib
import html
from html.parser import HTMLParser
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from netkit.attempt import Outcome
from netkit.export import form_program, request_program
from netkit.export.request_fields import Fields
from netkit.i18n import _, octets
from netkit.show import views
from netkit.show.compose_words import MOST, shown
from netkit.show.markup import plain

REST = 65536  # bytes of an error's response that are read
CELL = 2000  # characters of a value that are shown


class Understood(HTMLParser):
    """What the site's page says of the form that it got.

    Attributes:
        facts: the sentence above the table.
        rows: the cells of the table, its heads first.
    """

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.facts = ""
        self.rows: list[list[str]] = []
        self._into = ""
        self._begun = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "h2":
            self._begun = True
        elif tag == "tr" and self._begun:
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        if tag in ("p", "td", "th"):
            self._into = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._into:
            self._into = ""

    def handle_data(self, data: str) -> None:
        if self._into in ("td", "th") and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data
        elif self._into == "p" and self._begun and not self.rows:
            self.facts += data


def table(page: str) -> str:
    """What the server understood, as HTML; every text of the page is escaped."""
    found = Understood(page)
    if not found.rows:
        return views.nothing(_("The page says of no field that it came."))
    heads = "".join(f'<th scope="col">{html.escape(shown(head))}</th>' for head in found.rows[0])
    rows = "".join(
        "<tr>{}</tr>".format("".join(f"<td><code>{plain(shown(cell, CELL))}</code></td>" for cell in row))
        for row in found.rows[1:]
    )
    name = html.escape(_("What the server understood"))
    facts = html.escape(shown(found.facts, CELL))
    return (
        f"<p><b>{name}</b>: {facts}</p>"
        f'<table class="nk-table nk-understood" aria-label="{name}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def finish(ran: Outcome) -> None:
    """Read what an error's response still has, and close its connection."""
    if isinstance(ran.problem, HTTPError):
        with contextlib.suppress(OSError, HTTPException, ValueError):  # it has a limit in time for each piece
            ran.problem.read(REST)
        ran.problem.close()


def outcome(ran: Outcome, charset: str) -> tuple[str, bool]:
    """What came of the program of a form, and whether all is well."""
    if ran.late:
        return _("Time is up: the program was ended."), False
    if ran.problem is None:
        return _("The server answered."), True
    return problem_told(ran.problem, form_program.TIMEOUT, charset), False


def answered(ran: Outcome) -> tuple[str, bool]:
    """What came of the program of a request, and whether all is well."""
    if ran.late:
        return _("Time is up: the program was ended."), False
    if ran.problem is not None:
        return problem_told(ran.problem, request_program.TIMEOUT), False
    content, status, reason = (ran.value[name] for name in ("content", "status", "reason"))
    if len(content) == request_program.MOST:
        text = _("{status} {reason}, and at least {bytes} of content: the program reads no more.")
    else:
        text = _("{status} {reason}, and {bytes} of content.")
    return text.format(status=status, reason=shown(str(reason)), bytes=octets(len(content))), True


def past_the_proxy(fields: Fields) -> str:
    """That urllib.request does not ask the proxy, if so: a variable of the environment can do that."""
    host = urlsplit(fields.url).netloc or "127.0.0.1"
    if not fields.proxy or not proxy_bypass(host):
        return ""
    return _("urllib.request went past the proxy: the variable no_proxy names {host}.").format(host=host)


def problem_told(problem: BaseException, timeout: float, charset: str = "utf-8") -> str:
    """An exception of a program that asks a web server, and what it means here."""
    name = type(problem).__name__
    text = f"{name}: {shown(str(problem), MOST)}"
    why = _why(problem, timeout, charset)
    return f"{text} — {why}" if why else text


def _why(problem: BaseException, timeout: float, charset: str) -> str:
    if isinstance(problem, HTTPError):
        return _("The server did answer, with the status {code}.").format(code=problem.code)
    if isinstance(problem, UnicodeEncodeError):
        lost = problem.object[problem.start : problem.start + 1]
        if problem.encoding.lower() in ("ascii", "utf-8"):
            return _("This character cannot be sent: {char!a}.").format(char=lost)
        return _("{charset} has no {char!r}. Choose utf-8, which has all characters.").format(
            charset=charset, char=lost
        )
    reason = problem.reason if isinstance(problem, URLError) else problem
    if isinstance(reason, TimeoutError):
        return _("The server did not answer within {n} seconds.").format(n=timeout)
    if isinstance(reason, ConnectionRefusedError):
        return _("Nobody listens there: has the web site been stopped? web.start() starts it.")
    if isinstance(reason, ConnectionError):
        return _("The connection was broken off.")
    return ""
