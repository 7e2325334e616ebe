"""The program that sends a letter: what is in the fields is in the letter, and nothing of it is ever code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netkit.export.letter_program import Fields, addresses, literal, program
from netkit.servers.mail.letters import Letter
from netkit.servers.mail.post import Mail
from netkit.wire import background


@pytest.fixture(scope="module")
def mail() -> Iterator[Mail]:
    """One server for all letters of this file."""
    with Mail() as made:
        yield made
    assert list(background.problems) == []


def sent(mail: Mail, fields: Fields) -> tuple[Letter, dict[str, Any]]:
    """Run the program as it stands; the letter that came of it, and what the program left."""
    before = len(mail.queue)
    names: dict[str, Any] = {"mail": mail}
    exec(program(fields), names)
    (letter,) = mail.queue[before:]
    return letter, names["refused"]


def test_a_small_one_to_the_letter() -> None:
    fields = Fields(
        "guest@netkit.test", ("student@netkit.test",), (("From", "a@b"), ("Cc", ""), ("Subject", "Hi")), "x"
    )
    assert program(fields) == (
        "import smtplib\n"
        "from email.message import EmailMessage\n"
        "\n"
        "letter = EmailMessage()\n"
        'letter["From"] = "a@b"\n'
        'letter["Subject"] = "Hi"\n'
        'letter.set_content("x")\n'
        "\n"
        'with smtplib.SMTP(*mail.smtp, "student.netkit.test", timeout=5) as session:\n'
        "    refused = session.send_message(\n"
        '        letter, from_addr="guest@netkit.test", to_addrs=["student@netkit.test"]\n'
        "    )\n"
    )


def test_a_larger_one() -> None:
    said = program(Fields("", ("a@b", "c@d"), (), "один\nдва\n\nтри", "koi8-r", True, "student"))
    assert said.partition("letter = EmailMessage()\n")[2] == (
        "letter.set_content(\n"
        '    "один\\n"\n'
        '    "два\\n"\n'
        '    "\\n"\n'
        '    "три",\n'
        '    charset="koi8-r",\n'
        ")\n"
        "\n"
        'with smtplib.SMTP(*mail.smtp, "student.netkit.test", timeout=5) as session:\n'
        "    session.starttls(context=mail.context)\n"
        '    session.login("student", mail.users["student"])\n'
        "    refused = session.send_message(\n"
        '        letter, from_addr="", to_addrs=["a@b", "c@d"]\n'
        "    )\n"
    )


@pytest.mark.parametrize(
    ("typed", "found"),
    [("", ()), (" a@b ", ("a@b",)), ("a@b,c@d; e@f,", ("a@b", "c@d", "e@f")), (",;, ", ())],
)
def test_addresses_are_told_apart_by_commas(typed: str, found: tuple[str, ...]) -> None:
    assert addresses(typed) == found


@given(st.text(st.characters(), max_size=50))
def test_a_literal_is_the_text_and_one_line(text: str) -> None:
    said = literal(text)
    assert ast.literal_eval(said) == text
    assert said.isprintable()
    assert said[0] == ('"' if '"' not in text else "'") or "'" in text


TEXT = {
    charset: st.text(st.characters(codec=charset, exclude_characters="\0\ufeff"), max_size=80)
    for charset in ("utf-8", "windows-1251", "koi8-r")
}
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp", "Zs"]), min_size=1, max_size=12
)
SUBJECT = st.lists(WORDS.filter(lambda word: "=?" not in word), min_size=1, max_size=4).map(" ".join)
ADDRESS = st.from_regex(r"[a-z0-9]{1,12}(\.[a-z0-9]{1,12})?@example\.(org|net)", fullmatch=True)
CODE = st.sampled_from(
    ['"""', "'''", '")\nraise SystemExit\n("', "\\", '\\"', "{x}", "<script>", ".\r\n.\r\nQUIT\r\n", "😀"]
)


@st.composite
def letters(draw: st.DrawFn) -> Fields:
    """Fields that make a letter."""
    charset = draw(st.sampled_from(sorted(TEXT)))
    text = draw(TEXT[charset])
    if charset == "utf-8":
        text += draw(CODE) + draw(TEXT[charset])
    header = (("From", draw(ADDRESS)), ("To", draw(ADDRESS)), ("Subject", draw(SUBJECT)))
    to = tuple(draw(st.lists(ADDRESS, min_size=1, max_size=3, unique=True)))
    tls = draw(st.sampled_from([False] * 9 + [True]))
    return Fields(draw(ADDRESS), to, header, text, charset, tls, draw(st.sampled_from(["", "student"])))


@settings(max_examples=120, deadline=None)
@given(fields=letters())
def test_what_is_in_the_fields_is_delivered(mail: Mail, fields: Fields) -> None:
    letter, refused = sent(mail, fields)
    assert refused == {}
    envelope = letter.envelope
    assert (envelope.sender, envelope.recipients) == (fields.sender, fields.recipients)
    assert (envelope.tls, envelope.user or "") == (fields.starttls, fields.user)
    read = message_from_bytes(letter.data, policy=default)
    assert {name: read[name] for name, _value in fields.header} == dict(fields.header)
    assert read.get_content_charset() == fields.charset
    lines = re.sub("\r\n|\r", "\n", fields.text)  # RFC 5322 section 2.3: CRLF only, as the end of a line
    assert read.get_content().replace("\r\n", "\n") == (lines if lines.endswith("\n") else lines + "\n")


def test_an_address_in_cyrillic_goes_with_smtputf8(mail: Mail) -> None:
    fields = Fields("я@пример.test", ("ты@пример.test",), (("From", "я@пример.test"), ("Subject", "Привет")), "x")
    letter, _refused = sent(mail, fields)
    assert (letter.envelope.sender, letter.envelope.recipients) == ("я@пример.test", ("ты@пример.test",))
    assert "From: я@пример.test\r\nSubject: Привет\r\n".encode() in letter.data
    said = mail.smtp.conversations[-1]
    assert b"SMTPUTF8" in b"".join(e.data for e in said.events if e.side.value == "client")


@pytest.mark.parametrize("name", ["From", "To", "Subject"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_field_of_two_lines_is_refused_before_anything_is_sent(mail: Mail, name: str, end: str) -> None:
    before = mail.smtp.recorded
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        exec(program(Fields("a@b", ("c@d",), ((name, f"x{end}Bcc: d@e"),))), {"mail": mail})
    assert mail.smtp.recorded == before


def test_who_is_refused_is_left_in_refused(mail: Mail) -> None:
    fields = Fields("a@example.org", ("nobody@netkit.test", "b@example.org"))
    letter, refused = sent(mail, fields)
    assert refused == {"nobody@netkit.test": (550, b"5.1.1 No such user here")}
    assert letter.envelope.recipients == ("b@example.org",)
