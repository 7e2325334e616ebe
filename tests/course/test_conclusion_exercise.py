"""The exercise of the last lesson: its own solution passes, typical mistakes are told what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from netkit.course import conclusion
from netkit.course.judge import State, find
from tests.course.attempts import made, says


def changed(old: str, new: str) -> Any:
    """The solution with a mistake in it."""
    assert old in conclusion.MAIL_PAGE
    return made(conclusion.MAIL_PAGE.replace(old, new), "mail_page")


def test_solution_passes() -> None:
    says(find("mail-page").check(made(conclusion.MAIL_PAGE, "mail_page")), State.RIGHT, "every letter of it has arri")


def stub(*_given: object) -> None: ...


def only_mails(url: str, proxy_url: str, smtp_address: tuple[str, int], to: str) -> None:
    source = conclusion.MAIL_PAGE.replace(
        "page.read().decode(page.headers.get_content_charset())", "'<title>a</title>'"
    )
    opens = 'build_opener(ProxyHandler({"http": proxy_url})).open(url, timeout=3)'
    made(source.replace(opens, "open('/dev/null')"), "mail_page")(url, proxy_url, smtp_address, to)


@pytest.mark.parametrize(
    ("attempt", "state", "pattern"),
    [
        (stub, State.NOT_YET, "Nothing came over the wire"),
        ("mail_page", State.WRONG, "Give the function itself"),
        (only_mails, State.WRONG, "The proxy was not asked at all"),
        (
            changed("open(url,", "open(url + '?x',"),
            State.WRONG,
            r"was asked for http://www.netkit.test/koi8-r\?x, not for",
        ),
        (
            changed("get_content_charset()", "get('X', 'latin-1')"),
            State.WRONG,
            "the subject has to be 'Привет, сеть!'; it",
        ),
        (changed(")[1]", ")[0]"), State.WRONG, "it is '<title>Привет"),
        (changed("set_content(text)", "set_content(text[:99])"), State.WRONG, "is not the page's text; the page has '"),
        (changed("        session.send_message(letter)", "        pass"), State.WRONG, "0 letters have come for guest"),
        (
            changed("        session.send_message(letter)", "        session.send_message(letter)\n" * 2),
            State.WRONG,
            "2 letters have come for guest@netkit.test, not one",
        ),
        (changed("session.send_message", "session.nonsense"), State.WRONG, "It raised AttributeError"),
        (changed("    letter.set_content(text)\n", ""), State.WRONG, "is not the page's text"),
    ],
)
def test_mistakes(attempt: Any, state: State, pattern: str) -> None:
    says(find("mail-page").check(attempt), state, pattern)
