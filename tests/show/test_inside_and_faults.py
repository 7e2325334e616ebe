"""A fault at a line, and TLS, in one conversation."""

from __future__ import annotations

import re
import smtplib

from netkit.servers.mail.post import Mail
from netkit.show.pages import Found, Pages


def test_what_netkit_took_and_said_stands_in_both_columns() -> None:
    with Mail() as mail:
        mail.smtp.faults.reply("NOOP", 451)
        with smtplib.SMTP(*mail.smtp.address, "me", timeout=5) as client:
            assert client.noop()[0] == 451
            client.starttls(context=mail.context)
            assert client.noop()[0] == 250  # the fault cannot read it
        page = Pages(mail.smtp.conversations[-1]).draw("inside", 0, Found())
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.html))
    assert len(re.findall(r"what the wire saw noop", words)) == 1
    assert len(re.findall(r"what the ends said noop", words)) == 2
    assert len(re.findall(r"what the wire saw 451 4\.3\.0", words)) == 1
