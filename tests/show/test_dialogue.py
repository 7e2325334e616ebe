"""netkit.dialogue: a few lines of a conversation, without an inspector's tools."""

from __future__ import annotations

import smtplib

import pytest

import netkit
from netkit.errors import BadInput
from netkit.servers.mail.post import Mail


@pytest.fixture(scope="module")
def session() -> Mail:
    with Mail() as mail:
        with smtplib.SMTP(*mail.smtp.address, "me", timeout=5) as client:
            client.docmd("vrfy", "<b>")
        return mail


def test_the_last_rows_as_text(session: Mail) -> None:
    assert repr(netkit.dialogue(session.smtp, last=4)).splitlines() == [
        "smtp, conversation 1 (TCP): closed in good order; client → server 16 bytes, server → client 79 bytes",
        "  … 3 rows before",
        "  client → server   6 bytes  QUIT\\r\\n  — the client is done and says goodbye [RFC 5321, section 4.1.1.10]",
        "  server → client  15 bytes  221 2.0.0 Bye\\r\\n"
        "  — goodbye: the server closes the connection [RFC 5321, section 4.3.2; RFC 3463, section 3.1]",
        "  server → client            FIN: will send no more",
        "  client → server            FIN: will send no more",
    ]


def test_all_of_it_and_what_came_over_the_wire_is_escaped(session: Mail) -> None:
    whole = netkit.dialogue(session.smtp.conversations[0], last=1000)
    assert "before" not in repr(whole)
    assert repr(whole) == repr(netkit.dialogue(session.smtp))
    shown = whole.children[1].value
    assert "vrfy &lt;b&gt;" in shown
    assert "<b>\\r" not in shown


@pytest.mark.parametrize("last", [0, -1, True, "all", 2.5])
def test_what_is_no_number_of_rows(session: Mail, last: object) -> None:
    with pytest.raises(BadInput, match=r"last is a number of rows, 1 or more, or None for all; not "):
        netkit.dialogue(session.smtp, last=last)  # type: ignore[arg-type]


def test_nothing_was_said_yet() -> None:
    with Mail() as mail, pytest.raises(BadInput, match="There is no conversation yet"):
        netkit.dialogue(mail.smtp)


def test_with_tls_it_is_what_the_ends_said() -> None:
    with Mail() as mail:
        with smtplib.SMTP(*mail.smtp.address, "me", timeout=5) as client:
            client.starttls(context=mail.context)
            client.noop()
        text = repr(netkit.dialogue(mail.smtp, last=5)).splitlines()
    assert text[0].startswith("smtp, conversation 1 (TCP): ended; ")
    assert [line.split("  — ")[0].split("  ")[-1] for line in text[2:]] == [
        "TLS begins: from here on the wire has ciphertext, which only the two ends can read",
        "noop\\r\\n",
        "250 2.0.0 OK\\r\\n",
        "QUIT\\r\\n",
        "221 2.0.0 Bye\\r\\n",
    ]
