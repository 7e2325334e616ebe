"""The view of a mail server: it follows what comes and goes, and opens its doors when they are asked for."""

from __future__ import annotations

import gc
import html
import re
import smtplib
import threading
from collections.abc import Iterator

import ipywidgets as widgets
import pytest
from ipywidgets.widgets.widget import _instances

from netkit.notebook import _letter, _mail
from netkit.servers.mail.post import Mail
from netkit.show import live
from netkit.show.inspector import Inspector
from netkit.show.letter import LetterView
from netkit.show.mail import MailView


@pytest.fixture
def mail() -> Iterator[Mail]:
    with Mail() as made:
        yield made


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    for widget in list(_instances.values()):
        if isinstance(widget, (MailView, LetterView, Inspector)):
            widget.close()


def words(source: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", source)).split())


def shown(widget: widgets.Widget) -> bool:
    return widget.layout.display != "none"


def subject(view: MailView) -> str:
    return words(view._box._heading.value)


def places(view: MailView) -> list[str]:
    return [label for label, _place in view._place.options]


def test_users_doors_and_the_newest_letter(mail: Mail) -> None:
    view = MailView(mail)
    assert words(view._heading.value) == (
        f"Mail server of netkit.test SMTP {mail.smtp.address} SMTP with TLS {mail.smtps.address} "
        f"POP3 {mail.pop3.address} POP3 with TLS {mail.pop3s.address}"
    )
    assert words(view._users.value) == (
        "user password address maildrop student secretword student@netkit.test 7 letters "
        "lecturer chalk-and-duster lecturer@netkit.test 0 letters guest welcome guest@netkit.test 0 letters"
    )
    assert places(view) == ["student: 7", "lecturer: 0", "guest: 0", "queue: 0"]
    lines = [label.replace("\xa0", " ") for label, _uid in view._list.options]
    assert lines[1] == "2  Деканат <dean@example.org>  Расписание на осень                        622 bytes"
    assert len({len(line) for line in lines}) == 1  # in columns
    assert subject(view).startswith("The first 5,000 primes, for TOP letter 7")


def test_it_follows_the_newest_until_an_older_one_is_chosen(mail: Mail) -> None:
    view = MailView(mail)
    mail.deliver(b"Subject: eighth\n\nx")
    view.flush()
    assert subject(view).startswith("eighth letter 8") and places(view)[0] == "student: 8"
    view._list.value = view._list.options[1][1]
    assert subject(view).startswith("Расписание на осень")
    mail.deliver(b"Subject: ninth\n\nx")
    view.flush()
    assert subject(view).startswith("Расписание на осень") and places(view)[0] == "student: 9 · 1 new"
    assert view._list.options[8][0].endswith("  new") and not view._list.options[7][0].endswith("  new")
    view._list.value = view._list.options[8][1]
    assert subject(view).startswith("ninth") and places(view)[0] == "student: 9"
    assert not view._list.options[8][0].endswith("  new")
    mail.deliver(b"Subject: tenth\n\nx")
    view.flush()
    assert subject(view).startswith("tenth")


def test_other_maildrops_and_the_queue(mail: Mail) -> None:
    view = MailView(mail)
    view._place.value = "lecturer"
    assert words(view._empty.value) == "No letters yet. What is sent to lecturer@netkit.test appears here."
    assert not shown(view._box) and not shown(view._list)
    mail.deliver(b"Subject: for all\n\nx", to="course")
    view.flush()
    assert subject(view).startswith("for all") and shown(view._box) and view._empty.value == ""
    assert places(view) == ["student: 8 · 1 new", "lecturer: 1", "guest: 1 · 1 new", "queue: 0"]
    view._place.value = ""
    assert words(view._empty.value).startswith("Nothing waits for other domains.")
    with smtplib.SMTP(*mail.smtp, timeout=5) as session:
        session.login("student", "secretword")
        session.sendmail("student@netkit.test", ["far@example.org"], "Subject: far away\n\nx")
    view.flush()
    assert places(view)[3] == "queue: 1" and subject(view).startswith("far away")


def test_the_first_letters_are_put_back(mail: Mail) -> None:
    view = MailView(mail)
    mail.deliver(b"x", to="guest")
    view._place.value = "guest"
    view._reset.click()
    assert len(mail.maildrop("guest")) == 0 and places(view)[2] == "guest: 0"
    assert words(view._status.value) == "The first 7 letters are back, and nothing else."


def test_a_letter_that_goes_makes_room_for_the_newest(mail: Mail) -> None:
    view = MailView(mail)
    mail.deliver(b"Subject: eighth\n\nx")
    view.flush()
    view._list.value = view._list.options[7][1]
    mail.reset()
    view.flush()
    assert subject(view).startswith("The first 5,000 primes")


def test_doors_open_when_they_are_asked_for(mail: Mail) -> None:
    view = MailView(mail)
    doors = ["Letters", "SMTP", "SMTP with TLS", "POP3", "POP3 with TLS"]
    assert [label for label, _name in view._tabs.options] == doors
    assert view._doors == {} and shown(view._letters) and not shown(view._door)
    view._tabs.value = "smtp"
    (opened,) = view._door.children
    assert isinstance(opened, Inspector) and not shown(view._letters) and shown(view._door)
    with smtplib.SMTP(*mail.smtp, timeout=5) as session:
        session.noop()
    assert mail.smtp.conversations
    view.flush()
    assert "noop" in opened._ui.pane.value
    view._tabs.value = "pop3"
    view._tabs.value = "smtp"
    assert view._door.children == (opened,) and list(view._doors) == ["smtp", "pop3"]
    assert view in live._alive and opened not in live._alive  # it lives as long as the view
    view._tabs.value = ""
    assert view._door.children == () and shown(view._letters)


def test_it_tells_that_the_server_does_not_run(mail: Mail) -> None:
    assert "does not run now" not in MailView(mail)._heading.value
    mail.stop()
    assert words(MailView(mail)._heading.value).endswith("does not run now")


def test_an_exception_is_shown(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    view = MailView(mail)

    def fail() -> None:
        raise RuntimeError("<no luck>")

    monkeypatch.setattr(mail, "reset", fail)
    view._reset.click()
    assert view._status.value == '<div role="status" class="nk-wrong">RuntimeError: &lt;no luck&gt;</div>'
    monkeypatch.setattr(mail, "maildrop", lambda _user: fail())
    mail.deliver(b"x")
    view._status.value = ""
    view.flush()
    assert "no luck" in view._status.value


def test_its_text_is_the_servers(mail: Mail) -> None:
    view = MailView(mail)
    assert view._repr_mimebundle_()["text/plain"] == repr(view) == repr(mail)


def test_the_rich_displays(mail: Mail) -> None:
    for bundle, text in (
        (_mail(mail), repr(mail)),
        (_letter(mail.maildrop("student")[0]), str(mail.maildrop("student")[0])),
    ):
        assert bundle["text/plain"] == text
        assert "application/vnd.jupyter.widget-view+json" in bundle


def test_nothing_is_left_after_many(mail: Mail) -> None:
    def one() -> None:
        view = MailView(mail)
        view._tabs.value = "smtp"
        view._tabs.value = ""
        view.close()
        view.close()

    one()
    gc.collect()
    before = len(_instances), threading.active_count()
    for _number in range(10):
        one()
    assert (len(_instances), threading.active_count()) == before
    everybody = [mail._store, *(door.tap.recorder for door in mail.doors)]
    assert [each._subscribers._callbacks for each in everybody] == [{}] * 5  # type: ignore[attr-defined]


def test_the_heading_says_when_the_server_was_stopped_and_started(mail: Mail) -> None:
    view = MailView(mail)
    assert "does not run now" not in view._heading.value
    mail.stop()
    view.flush()
    assert words(view._heading.value).endswith("does not run now")
    mail.start()
    view.flush()
    assert "does not run now" not in view._heading.value
