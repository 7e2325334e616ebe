"""The same client scripts against netkit and against aiosmtpd's own controller: the same codes."""

from __future__ import annotations

import asyncio
import re
import smtplib
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from netkit.servers import tls
from netkit.servers.mail.post import Mail
from tests.mail.talk import Talk
from tests.wire.peers import LIMIT


class Takes:
    """aiosmtpd's handler that takes every letter, and says nothing special."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        return "250 OK"


class Free(Controller):
    """At a port that the system chose; aiosmtpd's own connects to port 0."""

    def _create_server(self) -> Coroutine[Any, Any, asyncio.AbstractServer]:
        made = socket.create_server(("127.0.0.1", 0))
        self.port = made.getsockname()[1]
        return self.loop.create_server(self._factory_invoker, sock=made)


def right(_server: Any, _session: Any, _envelope: Any, _mechanism: str, said: LoginPassword) -> AuthResult:
    return AuthResult(success=said == (b"student", b"secretword"), handled=False, auth_data=said)


@pytest.fixture
def stock() -> Iterator[tuple[str, int]]:
    """aiosmtpd by itself."""
    controller = Free(
        Takes(),
        hostname="127.0.0.1",
        port=0,
        server_hostname="mail.netkit.test",
        enable_SMTPUTF8=True,
        tls_context=tls.server_context(),
        authenticator=right,
        auth_require_tls=False,
    )
    controller.start()
    yield "127.0.0.1", controller.port
    controller.stop()


def codes(address: Any, script: list[bytes]) -> list[bytes]:
    """The code of each reply, the greeting's first; "end" when the server ended."""
    with Talk(address, b"220") as talk:
        said = [talk.greeting[:3]]
        for line in script:
            said.append(talk.ask(line)[:3])
        talk.half_close()
        return [*said, talk.until_end()[1].encode()]


BEGIN = [b"EHLO x\r\n", b"MAIL FROM:<a@example.org>\r\n", b"RCPT TO:<student@netkit.test>\r\n"]
SCRIPTS = {
    "a letter": [*BEGIN, b"DATA\r\n", b"Subject: x\r\n\r\n..\r\n.\r\n", b"QUIT\r\n"],
    "two letters": [*BEGIN, b"DATA\r\n", b".\r\n", *BEGIN[1:], b"DATA\r\n", b"x\r\n.\r\n", b"QUIT\r\n"],
    "HELO": [
        b"HELO x\r\n",
        *BEGIN[1:],
        b"MAIL FROM:<b@c>\r\n",
        b"MAIL FROM:<b@c> SIZE=1\r\n",
        b"EHLO\r\n",
        b"HELO\r\n",
    ],
    "before their turn": [b"MAIL FROM:<a@b>\r\n", b"RCPT TO:<a@b>\r\n", b"DATA\r\n", b"AUTH PLAIN\r\n", b"RSET\r\n"],
    "after EHLO": [b"EHLO x\r\n", b"RCPT TO:<a@b>\r\n", b"DATA\r\n", b"MAIL FROM:<a@b>\r\n", b"DATA\r\n"],
    "twice": [*BEGIN, BEGIN[1], b"RSET\r\n", BEGIN[2], BEGIN[1]],
    "EHLO clears": [*BEGIN, b"EHLO y\r\n", b"DATA\r\n"],
    "small talk": [
        b"NOOP\r\n",
        b"NOOP x\r\n",
        b"HELP\r\n",
        b"HELP MAIL\r\n",
        b"HELP X\r\n",
        b"VRFY student\r\n",
        b"VRFY\r\n",
        b"RSET x\r\n",
        b"QUIT x\r\n",
        b"QUIT\r\n",
    ],
    "letter case": [
        b"ehlo x\r\n",
        b"mail from:<a@b>\r\n",
        b"rcpt to: <student@netkit.test>\r\n",
        b"data\r\n",
        b".\r\n",
    ],
    "syntax": [
        b"EHLO x\r\n",
        b"MAIL\r\n",
        b"MAIL a@b\r\n",
        b"MAIL FROM:\r\n",
        b"MAIL FROM:<a@b\r\n",
        b"MAIL FROM:<a@b> X=1\r\n",
        b"MAIL FROM:<a@b> SIZE=x\r\n",
        b"MAIL FROM:<a@b> BODY=9BIT\r\n",
        b"MAIL FROM:<a@b> BODY=8BITMIME SMTPUTF8 SIZE=10\r\n",
        b"RCPT\r\n",
        b"RCPT FROM:<a@b>\r\n",
        b"RCPT TO:\r\n",
        b"RCPT TO:<student@netkit.test> X=1\r\n",
        b"DATA now\r\n",
    ],
    "too big": [b"EHLO x\r\n", b"MAIL FROM:<a@b> SIZE=99999999999\r\n"],
    "unknown": [b"FOO\r\n", b"\xff\r\n", b"\r\n", b" \r\n", b"EHLO x\r\n", b"MAILFROM:<a@b>\r\n"],
    "too many unknown": [b"FOO\r\n"] * 5,
    "too long": [b"NOOP " + b"x" * 600 + b"\r\n", b"NOOP " + b"x" * 5000 + b"\r\n", b"NOOP\r\n"],
    "a line too long": [
        *BEGIN,
        b"DATA\r\n",
        b"x" * 1001 + b"\r\n.\r\n",
        b"NOOP\r\n",
        *BEGIN[1:],
        b"DATA\r\n",
        b"x" * 998 + b"\r\n.\r\n",
    ],
    "AUTH": [
        b"AUTH PLAIN\r\n",
        b"EHLO x\r\n",
        b"AUTH\r\n",
        b"AUTH X\r\n",
        b"AUTH PLAIN x y z\r\n",
        b"AUTH PLAIN !\r\n",
        b"AUTH PLAIN AGEAYg==\r\n",
        b"AUTH PLAIN AHN0dWRlbnQAc2VjcmV0d29yZA==\r\n",
        b"AUTH PLAIN\r\n",
    ],
    "AUTH in steps": [
        b"EHLO x\r\n",
        b"AUTH LOGIN\r\n",
        b"c3R1ZGVudA==\r\n",
        b"d3Jvbmc=\r\n",
        b"AUTH LOGIN\r\n",
        b"*\r\n",
        b"AUTH LOGIN c3R1ZGVudA==\r\n",
        b"c2VjcmV0d29yZA==\r\n",
    ],
    "STARTTLS x": [b"EHLO x\r\n", b"STARTTLS x\r\n"],
    "eight bits": [*BEGIN, b"DATA\r\n", b"\xff\x00\x80\r\n.\r\n"],
}


@pytest.mark.parametrize("script", list(SCRIPTS.values()), ids=list(SCRIPTS))
def test_the_same_codes(mail: Mail, stock: tuple[str, int], script: list[bytes]) -> None:
    ours = codes(mail.smtp, script)
    assert ours == codes(stock, script)
    assert len(ours) == len(script) + 2


def session(address: Any, mail: Mail) -> list[Any]:
    """What smtplib makes of a long session, TLS and login among it."""
    said: list[Any] = []

    def note(work: Callable[[], Any]) -> None:
        try:
            got = work()
        except smtplib.SMTPException as problem:
            got = type(problem).__name__, getattr(problem, "smtp_code", None)
        said.append(got[0] if isinstance(got, tuple) and isinstance(got[0], int) else got)

    with smtplib.SMTP(*address, local_hostname="x", timeout=LIMIT) as smtp:
        note(smtp.ehlo)
        note(smtp.noop)
        note(lambda: smtp.starttls(context=mail.context))
        note(smtp.ehlo)
        note(lambda: smtp.login("student", "wrong"))
        note(lambda: smtp.login("student", "secretword"))
        note(lambda: smtp.login("student", "secretword"))
        note(lambda: smtp.sendmail("a@b", ["student@netkit.test"], "Subject: x\n\ny"))
        note(lambda: smtp.sendmail("a@b", [], "x"))
        note(lambda: smtp.sendmail("a@b", ["student@netkit.test"], b"x\r\n" * 10, mail_options=["BODY=8BITMIME"]))
        note(lambda: smtp.sendmail("a@b", ["student@netkit.test"], b"x", mail_options=["X"]))
        note(smtp.help)
        note(lambda: smtp.vrfy("student"))
        note(smtp.rset)
        note(smtp.quit)
    return [re.sub(rb"\b\d\.\d\.\d ", b"", each)[:20] if isinstance(each, bytes) else each for each in said]


def test_the_same_session_with_smtplib(mail: Mail, stock: tuple[str, int]) -> None:
    ours = session(mail.smtp, mail)
    assert ours == session(stock, mail)
    assert ours[:7] == [250, 250, 220, 250, ("SMTPAuthenticationError", 535), 235, 503]
