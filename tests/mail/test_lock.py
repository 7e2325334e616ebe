"""The lock of a maildrop: a session that is broken off gives it back at once and deletes nothing (RFC 1939)."""

from __future__ import annotations

import contextlib
import gc
import poplib
import socket
import struct

import pytest

from netkit.servers.mail import pop3_door
from netkit.servers.mail.post import Mail
from tests.mail.talk import Talk, login
from tests.wire.peers import LIMIT, until


def free(mail: Mail) -> bool:
    """Whether the student's maildrop can be opened; if so, it is closed again."""
    with Talk(mail.pop3, b"+OK") as talk:
        assert talk.pop(b"USER student").startswith(b"+OK")
        said = talk.pop(b"PASS secretword")
        assert said.startswith((b"+OK", b"-ERR [IN-USE]"))
        assert talk.pop(b"QUIT").startswith(b"+OK")
        return said.startswith(b"+OK")


@pytest.mark.parametrize("how", ["FIN", "RST", "half a QUIT", "fault"])
def test_a_session_that_is_broken_off_gives_the_lock_back_and_deletes_nothing(mail: Mail, how: str) -> None:
    before = mail.maildrop("student")
    talk = login(mail.pop3)
    assert talk.pop(b"DELE 1").startswith(b"+OK")
    assert not free(mail)
    if how == "RST":
        talk.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "half a QUIT":
        talk.send(b"QUIT")
    if how == "fault":
        mail.pop3.faults.set(reset=0, toward="server")
        with contextlib.suppress(ConnectionError):  # the reset comes at once, perhaps before this
            talk.send(b"QUIT\r\n")
            assert talk.until_end()[0] == b""
        mail.pop3.faults.clear()
    talk.close()
    until(lambda: free(mail))
    assert mail.maildrop("student") == before


def test_a_session_that_says_nothing_is_ended_and_deletes_nothing(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is the least that RFC 1939 section 3 allows: 10 minutes."""
    assert pop3_door.IDLE == 600
    monkeypatch.setattr(pop3_door, "IDLE", 0.2)
    before = mail.maildrop("student")
    with login(mail.pop3) as talk:
        assert talk.pop(b"DELE 1").startswith(b"+OK")
        assert talk.until_end() == (b"", "FIN")
    assert free(mail)
    assert mail.maildrop("student") == before


def cell(mail: Mail, names: dict[str, poplib.POP3]) -> bytes:
    """A lesson's cell that signs in."""
    names["p"] = poplib.POP3(*mail.pop3, timeout=LIMIT)
    names["p"].user("student")
    return names["p"].pass_("secretword")


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_a_cell_that_signs_in_can_be_run_again(mail: Mail) -> None:
    """The new connection is made before the old object goes; then the old one's socket is closed, and PASS comes later.

    Every time: the lock is given back as soon as the server reads the FIN, but PASS has two round trips less to go.
    """
    names: dict[str, poplib.POP3] = {}
    for _time in range(50):
        assert cell(mail, names).startswith(b"+OK student's maildrop has 7 messages")
    names["p"].quit()


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_an_old_session_that_something_still_holds_keeps_the_lock(mail: Mail) -> None:
    """In a notebook that is a cell's output, ``_``, or a traceback; in a lesson: say p.quit(), or p.close()."""
    names: dict[str, poplib.POP3] = {}
    cell(mail, names)
    held = names["p"]
    with pytest.raises(poplib.error_proto, match="IN-USE"):
        cell(mail, names)
    held.close()
    until(lambda: free(mail))
    names["p"].close()
    del held
    gc.collect()
