"""The store of maildrops, and the letters with which it begins."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest

from netkit.errors import BadInput, ServerError
from netkit.servers.mail import maildrops
from netkit.servers.mail.first_letters import first_letters
from netkit.servers.mail.letters import Envelope, Letter, canonical, has_bare_ends
from netkit.servers.mail.maildrops import Maildrops
from netkit.servers.mail.post import Mail
from netkit.wire import background

USERS = {"student": "a", "lecturer": "b", "guest": "c"}


def parsed(letter: Letter) -> EmailMessage:
    message = email.message_from_bytes(letter.data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_the_first_letters_are_of_all_kinds() -> None:
    letters = first_letters()
    assert [letter.number for letter in letters] == [1, 2, 3, 4, 5, 6, 7]
    messages = [parsed(letter) for letter in letters]
    assert [(m.get_content_charset(), m["Content-Transfer-Encoding"]) for m in messages[:4]] == [
        (None, None),
        ("windows-1251", "8bit"),
        ("koi8-r", "quoted-printable"),
        ("utf-8", "base64"),
    ]
    words = ["Hello", "windows-1251", "koi8-r", "🐍", "older", "", "Too long"]
    for message, word in zip(messages, words, strict=True):
        assert not any(part.defects for part in message.walk())
        assert message["To"] == "student@netkit.test" and message["Message-ID"] and message["Subject"]
        body = message.get_body(("html", "plain"))
        assert body is not None and word in body.get_content()
    assert "Уважаемые студенты" in messages[1].get_content() and messages[1]["Subject"] == "Расписание на осень"
    html = messages[4].get_body(("html",))
    assert html is not None and "<script>" in html.get_content() and "http://" in html.get_content()
    attached = list(messages[5].iter_attachments())
    assert [part.get_filename() for part in attached] == ["board.png", "палиндром.py"]
    assert attached[0].get_content().startswith(b"\x89PNG\r\n\x1a\n")
    compile(attached[1].get_content(), "palindrome.py", "exec")
    assert len(letters[6].data) > 32_000 and messages[6].get_content().split()[-1] == "48611"  # the 5,000th prime


def test_the_first_letters_go_over_the_wire_as_they_are() -> None:
    for letter in first_letters():
        assert not has_bare_ends(letter.data) and letter.data.endswith(b"\r\n")
        assert all(len(line) <= 998 for line in letter.data.split(b"\r\n"))  # RFC 5322 section 2.1.1
        assert 0 <= letter.received - parsed(letter)["Date"].datetime.timestamp() < 60
    assert first_letters()[0].data.isascii() and not first_letters()[1].data.isascii()
    assert any(line.startswith(b".") for line in first_letters()[0].data.split(b"\r\n"))


def test_their_sizes_are_the_same_everywhere() -> None:
    """Lessons show them."""
    assert [len(letter.data) for letter in first_letters()] == [570, 622, 865, 552, 1317, 1943, 35751]
    assert first_letters()[0].uid == "c7f8f6aa1dd4d1c4"


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"", b""),
        (b"x", b"x\r\n"),
        (b"x\r\n", b"x\r\n"),
        (b"a\nb\rc\r\nd", b"a\r\nb\r\nc\r\nd\r\n"),
        (b"a\r\r\nb", b"a\r\n\r\nb\r\n"),
        (b"\n\r", b"\r\n\r\n"),
    ],
)
def test_canonical(data: bytes, wanted: bytes) -> None:
    assert canonical(data) == wanted
    assert not has_bare_ends(canonical(data))


def test_addresses() -> None:
    store = Maildrops(USERS)
    assert store.users_at("student@netkit.test") == store.users_at("STUDENT@NetKit.Test") == ("student",)
    assert store.users_at("guest") == ("guest",)
    assert store.users_at("postmaster@netkit.test") == store.users_at("Postmaster") == ("lecturer",)
    assert store.users_at("course@netkit.test") == ("student", "lecturer", "guest")
    assert store.users_at("nobody@netkit.test") == store.users_at("") == store.users_at("<>") == ()
    assert store.users_at("student@example.org") is store.users_at("student@sub.netkit.test") is None


def test_each_gets_one_copy_and_other_domains_wait() -> None:
    store = Maildrops(USERS)
    to = ("student@netkit.test", "Student@netkit.test", "course@netkit.test", "a@example.org", "b@example.net")
    envelope = Envelope("", to)
    store.take(b"x\r\n", envelope)
    assert [len(store.letters(user)) for user in USERS] == [1, 1, 1]
    assert [letter.envelope for letter in store.queue] == [envelope]


def test_unique_ids_are_never_given_twice() -> None:
    store = Maildrops(USERS, {"student": first_letters()})
    seen = {letter.uid for letter in store.letters("student")}
    for _round in range(3):
        for _time in range(3):
            store.take(b"", Envelope("", ("student",)))
            uid = store.letters("student")[-1].uid
            assert uid not in seen
            seen.add(uid)
        store.delete("student", {store.letters("student")[-1].uid})
        store.reset()
    assert store.letters("student") == first_letters()


def test_deleting_numbers_anew_and_keeps_what_came_meanwhile() -> None:
    store = Maildrops(USERS, {"student": first_letters()})
    locked = store.lock("student")
    assert locked is not None and store.lock("student") is None and store.lock("guest") == ()
    store.take(b"new\r\n", Envelope("", ("student",)))
    store.delete("student", {locked[0].uid, locked[3].uid, "another"})
    store.unlock("student")
    assert [letter.number for letter in store.letters("student")] == [1, 2, 3, 4, 5, 6]
    assert store.letters("student")[-1].data == b"new\r\n"
    assert store.letters("student")[0].uid == first_letters()[1].uid
    assert store.lock("student") == store.letters("student")


def test_there_is_a_limit(monkeypatch: pytest.MonkeyPatch, mail: Mail) -> None:
    monkeypatch.setattr(maildrops, "CAPACITY", sum(len(letter.data) for letter in first_letters()) + 100)
    mail.deliver(b"x" * 60)
    with pytest.raises(ServerError, match=r"^The maildrops are full: mail\.reset\(\) puts the first letters back\.$"):
        mail.deliver(b"x" * 60)
    mail.reset()
    mail.deliver(b"x" * 60, to=[])
    mail.deliver(b"x" * 60)


def test_subscribers_are_told_of_every_change_on_the_background_thread(mail: Mail) -> None:
    told: list[tuple[bool, int]] = []
    stop = mail.subscribe(lambda: told.append((background.here(), len(mail.maildrop("student")))))
    mail.deliver(b"x")
    mail.reset()
    stop()
    stop()
    mail.deliver(b"x")
    assert told == [(True, 8), (True, 7)]


def test_a_subscriber_that_raises_harms_nobody(mail: Mail) -> None:
    stop = mail.subscribe(lambda: 1 / 0)
    mail.deliver(b"x")
    stop()
    assert len(mail.maildrop("student")) == 8
    assert background.problems.popleft().startswith("a subscriber of the mail server: ZeroDivisionError")


def test_deliver_takes_bytes_and_messages(mail: Mail) -> None:
    mail.deliver(b"Subject: x\n\n.y", to=("guest@netkit.test", "lecturer", "a@example.org"), sender="")
    message = EmailMessage()
    message["Subject"] = "Привет"
    message.set_content("тело\n")
    mail.deliver(message, to="guest")
    first, second = mail.maildrop("guest")
    assert first.data == b"Subject: x\r\n\r\n.y\r\n"
    assert first.envelope == Envelope("", ("guest@netkit.test", "lecturer", "a@example.org"))
    assert len(mail.maildrop("lecturer")) == len(mail.queue) == 1
    assert parsed(second)["Subject"] == "Привет" and parsed(second).get_content() == "тело\r\n"
    assert second.envelope.sender == "lecturer@netkit.test"


def test_bad_input_gets_a_clear_message(mail: Mail) -> None:
    def message(kind: type[Exception] = BadInput) -> pytest.RaisesExc[Exception]:
        return pytest.raises(kind)

    with message() as seen:
        mail.maildrop("nobody")
    assert str(seen.value) == "There is no user 'nobody' here; there are: student, lecturer, guest."
    with message() as seen:
        mail.deliver("text")  # type: ignore[arg-type]
    assert str(seen.value) == "A letter is bytes or an EmailMessage, not str. Encode a str: letter.encode()."
    for nobody in ("nobody", "nobody@netkit.test", "", ["student", "nobody"], [1]):
        with message() as seen:
            mail.deliver(b"x", to=nobody)  # type: ignore[arg-type]
        assert "Nobody has the address" in str(seen.value) and "student, lecturer, guest" in str(seen.value)
    assert len(mail.maildrop("student")) == 7


def test_a_user_may_be_added(mail: Mail) -> None:
    mail.users["new"] = "pw"
    assert mail.maildrop("new") == ()
    mail.deliver(b"x", to="new@netkit.test")
    assert len(mail.maildrop("new")) == 1
