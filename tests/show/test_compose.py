"""The form for a letter: it shows the program that it runs, runs it, and says what came of it."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from typing import Any

import ipywidgets as widgets
import pytest
from ipywidgets.widgets.widget import _instances

import netkit
from netkit import i18n
from netkit.attempt import Outcome
from netkit.errors import BadInput
from netkit.servers.mail.post import Mail
from netkit.show import compose, live
from netkit.show.compose import Compose
from netkit.show.run_program import run
from netkit.wire import background


@pytest.fixture
def mail() -> Iterator[Mail]:
    """A server of its own."""
    with Mail() as made:
        yield made
    assert list(background.problems) == []


@pytest.fixture
def form(mail: Mail) -> Iterator[Compose]:
    """A form for it."""
    made = netkit.compose(mail)
    yield made
    made.close()


def words(source: str) -> str:
    return html.unescape(re.sub("<[^>]+>", "", source))


def shown(form: Compose) -> str:
    """The program that the form shows."""
    (source,) = re.findall(r"<pre[^>]*>(.*)</pre>", form.program.value, re.DOTALL)
    return html.unescape(source)


def press(form: Compose) -> str:
    """Send, and what the form says then."""
    form.send.click()
    assert form.send.disabled is False
    return words(form._status.value)


def bodies(mail: Mail, user: str = "student") -> list[bytes]:
    return [letter.data.partition(b"\r\n\r\n")[2] for letter in mail.maildrop(user)[7 if user == "student" else 0 :]]


def test_a_letter_goes_off_as_it_stands_there(mail: Mail, form: Compose) -> None:
    assert press(form) == "✓ Accepted for 1 recipient."
    (letter,) = mail.maildrop("student")[7:]
    assert (letter.envelope.sender, letter.envelope.recipients) == ("guest@netkit.test", ("student@netkit.test",))
    assert b"Subject: A letter from a form\r\n" in letter.data
    assert bodies(mail) == [b"Hello!\r\nThis letter was composed in a form.\r\n"]


def test_the_program_that_is_shown_copied_and_told_is_the_one_that_is_run(
    form: Compose, monkeypatch: pytest.MonkeyPatch
) -> None:
    form.text.value = "</pre><script>alert(1)</script>\n\"quoted\" & 'quoted' $x$ 😀\n" + "я" * 10_000
    form.sender.value = "<b>@example.org"
    ran: list[str] = []
    monkeypatch.setattr(compose, "run", lambda source, names: (ran.append(source), run(source, names))[1])
    press(form)
    assert ran == [shown(form)] == [form.copy.text]
    assert shown(form) in repr(form) + "\n"
    assert "<script" not in form.program.value


def test_each_change_of_a_field_changes_the_program(form: Compose) -> None:
    form.user.value, form.starttls.value, form.charset.value = "lecturer", True, "koi8-r"
    form.cc.value, form.subject.value, form.text.value = "guest@netkit.test", "Привет", "раз"
    form.sender.value, form.recipients.value = "a@b.test", "c@d.test; e@f.test,"
    assert shown(form).partition("EmailMessage()\n")[2] == (
        'letter["From"] = "a@b.test"\n'
        'letter["To"] = "c@d.test, e@f.test"\n'
        'letter["Cc"] = "guest@netkit.test"\n'
        'letter["Subject"] = "Привет"\n'
        'letter.set_content("раз", charset="koi8-r")\n'
        "\n"
        'with smtplib.SMTP(*mail.smtp, "student.netkit.test", timeout=5) as session:\n'
        "    session.starttls(context=mail.context)\n"
        '    session.login("lecturer", mail.users["lecturer"])\n'
        "    refused = session.send_message(\n"
        '        letter, from_addr="a@b.test", to_addrs=["c@d.test", "e@f.test"]\n'
        "    )\n"
    )


def test_the_header_copies_the_envelope_until_the_learner_edits_it(form: Compose) -> None:
    form.sender.value = "a@b.test"
    assert (form.same.value, form.from_.value, form.to.value) == (True, "a@b.test", "student@netkit.test")
    form.to.value = "everyone@netkit.test"
    assert form.same.value is False
    form.recipients.value = form.sender.value = "c@d.test"
    assert (form.from_.value, form.to.value) == ("a@b.test", "everyone@netkit.test")
    assert words(form.differs.value) == (
        "The reader will see another sender than the envelope has."
        " In the header only, so nothing is delivered there: everyone@netkit.test."
        " In the envelope only, as a blind copy (Bcc) is: c@d.test."
    )
    form.same.value = True
    assert (form.from_.value, form.to.value, form.differs.value) == ("c@d.test", "c@d.test", "")


def test_the_envelope_decides_who_gets_it(mail: Mail, form: Compose) -> None:
    form.recipients.value, form.to.value, form.text.value = "guest@netkit.test", "student@netkit.test", "x"
    press(form)
    assert (bodies(mail), bodies(mail, "guest")) == ([], [b"x\r\n"])


def test_tls_and_login(mail: Mail, form: Compose) -> None:
    form.user.value, form.starttls.value = "lecturer", True
    press(form)
    envelope = mail.maildrop("student")[-1].envelope
    assert (envelope.tls, envelope.user) == (True, "lecturer")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"recipients": "student@netkit.test, nobody@netkit.test, b@example.org"},
            "✗ Accepted in part, for 2 of 3 recipients. Refused: nobody@netkit.test (550 5.1.1 No such user here).",
        ),
        (
            {"recipients": "nobody@netkit.test"},
            "✗ SMTPRecipientsRefused: all recipients were refused, so nothing was sent: nobody@netkit.test (550 5.1.1"
            " No such user here).",
        ),
        (
            {"recipients": " ,"},
            "✗ SMTPRecipientsRefused: the envelope has no recipient, so there is nobody to send to.",
        ),
        (
            {"sender": "a@@b"},
            "✗ SMTPSenderRefused: the envelope's sender was refused: 553 5.1.3 Error: malformed address.",
        ),
        (
            {"subject": "Hi\nBcc: guest@netkit.test"},
            "✗ ValueError: Header values may not contain linefeed or carriage return characters — A field of the"
            " header is one line. What stands behind a line's end would be a field of its own, such as Bcc: that is"
            " header injection, so EmailMessage refuses it, and nothing was sent.",
        ),
        (
            {"recipients": "<>\r\nRCPT TO:<guest@netkit.test>", "to": "x"},
            "✗ ValueError: command and arguments contain prohibited newline characters: rcpt TO:<>\\r\\nRCPT"
            " TO:<guest@netkit.test> — An address of the envelope"
            " goes into a command, and a command is one line. What stands behind its end would be another command:"
            " smtplib refuses it.",
        ),
        (
            {"text": "я 😀", "charset": "koi8-r"},
            "✗ UnicodeEncodeError: 'charmap' codec can't encode character '\\U0001f600' in position 2: character maps"
            " to <undefined> — koi8-r has no '😀'. Choose utf-8, which has all characters.",
        ),
        (
            {"text": "\ud800"},
            "✗ UnicodeEncodeError: 'utf-8' codec can't encode character '\\ud800' in position 0: surrogates not"
            " allowed — This character cannot be sent: '\\ud800'.",
        ),
    ],
)
def test_what_goes_wrong_is_said_in_words(mail: Mail, form: Compose, fields: dict[str, str], said: str) -> None:
    for name, value in fields.items():
        getattr(form, name).value = value
    assert press(form) == said
    assert mail.maildrop("guest") == ()


def test_a_wrong_password(mail: Mail, form: Compose) -> None:
    form.user.value, mail.users["student"] = "student", "another"
    users = dict(mail.users)
    mail._store.users = users | {"student": "secretword"}
    assert press(form) == (
        "✗ SMTPAuthenticationError: the login was refused: 535 5.7.8 Authentication credentials invalid."
    )


def test_broken_wires(mail: Mail, form: Compose, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.smtp.faults.set(reset=60)
    assert re.fullmatch(r"✗ SMTPServerDisconnected: .*— The connection was broken off\.", press(form))
    mail.smtp.faults.clear()
    monkeypatch.setattr("netkit.export.letter_program.TIMEOUT", 0.2)
    monkeypatch.setattr("netkit.show.compose_words.TIMEOUT", 0.2)
    mail.smtp.faults.set(swallow=True)
    assert re.fullmatch(r"✗ SMTPServerDisconnected: .*— The server did not answer within 0\.2 seconds\.", press(form))
    mail.smtp.faults.clear()
    mail.stop()
    assert press(form).endswith("Nobody listens there: has the mail server been stopped? mail.start() starts it.")


def test_time_is_up(form: Compose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose, "run", lambda *_args: Outcome(late=True))
    assert press(form).startswith("✗ Time is up: the program was ended.")


def test_a_problem_of_the_forms_own_is_shown(form: Compose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose, "run", lambda *_args: 1 / 0)
    assert press(form) == "✗ ZeroDivisionError: division by zero"


def test_what_went_over_the_wire_is_shown_and_replaced(mail: Mail, form: Compose) -> None:
    assert form.wire.children == ()
    press(form)
    first = form.wire.children[1]
    assert "MAIL FROM:<guest@netkit.test>" in repr(first).replace("mail FROM", "MAIL FROM")
    form.recipients.value = "nobody@netkit.test"
    press(form)
    assert form.wire.children[1] is not first
    assert "nobody@netkit.test" in repr(form.wire.children[1])
    assert first.comm is None  # closed
    form.subject.value = "a\nb"
    press(form)
    assert form.wire.children == ()  # nothing went


def test_it_speaks_the_language_in_which_it_was_made(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_translations", _Loud())
    monkeypatch.setattr(i18n, "_code", "xx")
    monkeypatch.setitem(i18n._loaded, "xx", i18n._translations)
    monkeypatch.setitem(i18n.LANGUAGES, "xx", "LOUD")
    form = netkit.compose(mail)
    i18n.language("en")
    assert press(form) == "✓ ACCEPTED FOR 1 RECIPIENTS."
    assert repr(form).startswith("A FORM FOR A LETTER.")
    assert i18n.language() == "en"
    form.close()


class _Loud(i18n.gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return re.sub(r"[^{}]+(?![^{]*})", lambda part: part[0].upper(), message)

    def ngettext(self, _one: str, many: str, _n: int) -> str:
        return self.gettext(many)


def test_every_control_has_a_name(form: Compose) -> None:
    for control in form._fields:
        assert control.description


def test_its_text_is_the_same_each_time_and_whole(mail: Mail, form: Compose) -> None:
    before = repr(form)
    assert before.startswith("A form for a letter. Its fields say:\n\nimport smtplib\n")
    assert str(mail.smtp.address.port) not in before
    press(form)
    assert repr(form) == before == form._repr_mimebundle_()["text/plain"]


def test_closed_it_leaves_nothing(mail: Mail) -> None:
    netkit.compose(mail).close()
    before, threads, alive = len(_instances), threading.active_count(), list(live._alive)
    form = netkit.compose(mail)
    press(form)
    form.close()
    form.close()
    assert (len(_instances), threading.active_count()) == (before, threads)
    assert live._alive == alive


@pytest.mark.parametrize("wrong", [None, "mail", 25])
def test_something_else_than_the_mail_server(wrong: Any) -> None:
    with pytest.raises(BadInput, match=r"^compose\(\) takes the mail server: netkit\.compose\(mail\), where mail = "):
        netkit.compose(wrong)


def test_a_door_is_not_the_mail_server(mail: Mail) -> None:
    with pytest.raises(BadInput, match=r"; not LineHandle\.$"):
        netkit.compose(mail.smtp)  # type: ignore[arg-type]
    assert isinstance(netkit.compose(mail), widgets.VBox)
