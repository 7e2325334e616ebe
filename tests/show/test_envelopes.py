"""netkit.envelopes: letters beside each other."""

from __future__ import annotations

import pytest

import netkit
from netkit.errors import BadInput
from netkit.servers.mail.letters import Envelope, Letter

DATA = b"From: Ann <ann@netkit.test>\r\nTo: lecturer@netkit.test\r\nSubject: <b>one</b>\r\n\r\nx\r\n"


def letter(*recipients: str, data: bytes = DATA) -> Letter:
    return Letter(1, "uid", data, 0.0, Envelope("ann@netkit.test", recipients))


def test_two_letters_that_differ_in_the_envelope_alone() -> None:
    shown = netkit.envelopes(letter("lecturer@netkit.test"), letter("guest@netkit.test"))
    assert repr(shown).splitlines() == [
        "Envelope",
        "  MAIL FROM",
        "    letter A: <ann@netkit.test>",
        "    letter B: <ann@netkit.test>",
        "  RCPT TO  ≠ differs",
        "    letter A: <lecturer@netkit.test>",
        "    letter B: <guest@netkit.test>  (in no header field: a blind copy)",
        "Header",
        "  From",
        "    letter A: Ann <ann@netkit.test>",
        "    letter B: Ann <ann@netkit.test>",
        "  To",
        "    letter A: lecturer@netkit.test",
        "    letter B: lecturer@netkit.test  (lecturer@netkit.test: named in To, but the letter was not sent there)",
        "  Subject",
        "    letter A: <b>one</b>",
        "    letter B: <b>one</b>",
    ]
    html = shown.children[0].value
    assert html.count("≠ differs") == 1
    assert "&lt;b&gt;one&lt;/b&gt;" in html
    assert "<b>one" not in html


def test_a_field_that_only_one_has() -> None:
    shown = repr(netkit.envelopes(letter("a@netkit.test", "b@netkit.test"), letter(data=b"Cc: c@netkit.test\r\n\r\n")))
    assert "    letter A: <a@netkit.test>  " not in shown
    assert "    letter A: <a@netkit.test>, <b@netkit.test>  (in no header" in shown
    assert "  Cc  ≠ differs\n    letter A: –\n    letter B: c@netkit.test" in shown


@pytest.mark.parametrize("given", [(), (letter("a@netkit.test"),), (1, 2), [letter("a@netkit.test")] * 5])
def test_what_is_not_two_letters(given: tuple[object, ...]) -> None:
    with pytest.raises(BadInput, match=r'Give two to 4 letters, such as mail\.maildrop\("guest"\)\[-1\]; not '):
        netkit.envelopes(*given)  # type: ignore[arg-type]
