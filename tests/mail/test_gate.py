"""The gate that reads along: however the bytes are cut, whenever it comes, and however many bytes there are."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netkit.servers.mail.dialects import POP3, SMTP
from netkit.servers.mail.pop3_door import Pop3Door
from netkit.servers.mail.post import Mail
from netkit.wire.conversation import Conversation, Ending, Kind, Side
from netkit.wire.lines import LineFaults
from netkit.wire.recorder import Limits
from netkit.wire.tap import Tap
from tests.mail.talk import Talk, login, transaction
from tests.mail.test_line_faults_smtp import CODES, PIPELINED, break_some
from tests.wire.peers import LIMIT, Wire, in_thread, nothing_comes, read, read_all, until

CUTS = st.lists(st.integers(0, len(PIPELINED)), max_size=12, unique=True).map(sorted)


def talked(mail: Mail, cuts: list[int]) -> tuple[list[bytes], Conversation]:
    """The codes of the replies, and the recording, when the client's bytes are sent cut at these places."""
    with Talk(mail.smtp) as talk:
        for begin, end in zip([0, *cuts], [*cuts, len(PIPELINED)], strict=True):
            talk.send(PIPELINED[begin:end])
            until(lambda end=end: arrived(mail) >= end)
        talk.half_close()
        replies = []
        while reply := talk.reply():
            replies.append(reply[:3])
    until(lambda: mail.smtp.conversations[-1].ending is Ending.CLOSED)
    return replies, mail.smtp.conversations[-1]


def arrived(mail: Mail) -> int:
    """Bytes of the client that the tap has read, whether or not it has let them go on."""
    held = sum(
        len(data)
        for link in tuple(mail.smtp.tap.links)
        if link.gate is not None
        for _sent, data in (*link.gate._in._held, *link.gate._begun)
    )
    return mail.smtp.tap.recorder.conversations[-1].from_client + held


def kinds(conversation: Conversation) -> dict[tuple[Side, Kind], bytes]:
    """All bytes, by who said them and what became of them."""
    found: dict[tuple[Side, Kind], bytes] = {}
    for event in conversation.events:
        found[event.side, event.kind] = found.get((event.side, event.kind), b"") + event.data
    return found


@settings(max_examples=25, deadline=None)
@given(cuts=CUTS)
def test_how_the_clients_bytes_are_cut_does_not_matter(cuts: list[int]) -> None:
    with Mail() as mail:
        break_some(mail)
        codes, said = talked(mail, cuts)
        break_some(mail)
        whole_codes, whole = talked(mail, [])
    assert codes == whole_codes == CODES
    assert kinds(said) == kinds(whole)
    assert len(mail.maildrop("guest")) == 0


@settings(max_examples=25, deadline=None)
@given(at=st.integers(0, len(PIPELINED)))
def test_whenever_the_gate_comes_it_knows_where_it_is(at: int) -> None:
    """Without a fault the server answers all; the rule for NOOP is set after some of the bytes."""
    with Mail() as mail, Talk(mail.smtp) as talk:
        talk.send(PIPELINED[:at])
        until(lambda: arrived(mail) == at)
        mail.smtp.faults.reply("NOOP", 421, "netkit")
        talk.send(PIPELINED[at:])
        replies = []
        while reply := talk.reply():
            replies.append(reply[:3])
        begun = PIPELINED.index(b"NOOP")
        expected = [b"250"] * 4 + [b"550", b"421" if at <= begun else b"250", b"354"] + [b"250"] * 3 + [b"221"]
        assert replies == expected
    assert len(mail.maildrop("student")) == 8


def test_without_a_rule_there_is_no_gate(mail: Mail) -> None:
    mail.smtp.faults.set(delay=0.001)
    with Talk(mail.smtp) as talk:
        talk.ask(b"EHLO pc\r\n")
        (link,) = mail.smtp.tap.links
        assert link.gate is None
        mail.smtp.faults.reply("NOOP", 421)
        assert link.gate is not None and link.pipes[0].gate is link.gate
        mail.smtp.faults.clear()
        assert talk.ask(b"NOOP\r\n").startswith(b"250")
    with Talk(mail.smtp):
        assert [link.gate for link in mail.smtp.tap.links if link.gate is None] == [None]


def smtp_wire() -> Wire:
    return Wire(protocol="smtp", dialect=SMTP)


def faults(wire: Wire) -> LineFaults:
    assert isinstance(wire.tap.faults, LineFaults)
    return wire.tap.faults


def test_what_must_wait_for_a_reply_is_bounded() -> None:
    """A client that sends without end while the server does not answer is made to wait itself."""
    with smtp_wire() as wire:
        faults(wire).reply("NOOP", 421)
        client, server = wire.connect()
        client.settimeout(0.5)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 40 << 20:
                sent += client.send((b"NOOP " + b"x" * 2000 + b"\r\n") * 100)
        (link,) = wire.tap.links
        assert link.gate is not None and link.gate._in.held < 4 << 20
        assert nothing_comes(server)
        client.settimeout(LIMIT)
        server.sendall(b"220 hello\r\n")
        assert read(client, 11) == b"220 hello\r\n"
        with in_thread(lambda: read_all(client)) as results:
            until(lambda: not link.gate.busy)
            server.close()
        assert b"421 4.3.2" in results[0][0]  # type: ignore[index]


def test_a_large_letter_goes_through_and_a_large_one_is_taken(mail: Mail) -> None:
    letter = b"Subject: large\r\n\r\n" + b"RCPT TO:<x>\r\n" * 400_000 + b".\r\n"  # 5 MB
    mail.smtp.faults.reply("RCPT", 550, times=1)
    with Talk(mail.smtp) as talk:
        for line in (b"EHLO pc", b"MAIL FROM:<a@example.org>", b"RCPT TO:<student@netkit.test>"):
            talk.ask(line + b"\r\n")
        for taken in (False, True):
            assert talk.ask(b"RCPT TO:<student@netkit.test>\r\n").startswith(b"250")
            if taken:
                mail.smtp.faults.reply(".", 452, "full")
            assert talk.ask(b"DATA\r\n").startswith(b"354")
            assert talk.ask(letter).startswith(b"452 full" if taken else b"250")
            assert talk.ask(b"MAIL FROM:<a@example.org>\r\n").startswith(b"250")
    assert len(mail.maildrop("student")) == 8
    assert mail.maildrop("student")[-1].data == letter[:-3]


def test_a_large_letter_is_fetched_through_the_gate(mail: Mail) -> None:
    body = b"Subject: large\r\n\r\n" + b"..\r\n-ERR\r\n+OK\r\n" * 100_000
    mail.deliver(body)
    mail.pop3.faults.reply("STAT", "-ERR no")
    with login(mail.pop3) as talk:
        assert talk.pop(b"RETR 8").startswith(b"+OK")
        assert sum(map(len, iter(talk.line, b".\r\n"))) > len(body)
        assert talk.pop(b"STAT") == b"-ERR no\r\n"
        assert talk.pop(b"NOOP").startswith(b"+OK")


def test_a_conversation_of_which_not_all_is_kept_is_left_alone(mail: Mail) -> None:
    store = mail._store
    tap = Tap(lambda: Pop3Door(store), name="small", protocol="pop3", dialect=POP3, limits=Limits(conversation=2000))
    assert isinstance(tap.faults, LineFaults)
    with tap, Talk(tap.address, b"+OK") as talk:
        for _again in range(20):
            talk.pop(b"NOOP")
        tap.faults.reply("NOOP", "-ERR no")
        assert talk.pop(b"NOOP") != b"-ERR no\r\n"
        with Talk(tap.address, b"+OK") as new:
            assert new.pop(b"NOOP") == b"-ERR no\r\n"


def test_a_server_that_has_ended_is_not_spoken_for() -> None:
    with smtp_wire() as wire:
        faults(wire).reply("NOOP", 421).reply(".", 554)
        client, server = wire.connect()
        server.sendall(b"220 hello\r\n")
        server.shutdown(1)
        assert read_all(client) == (b"220 hello\r\n", "FIN")
        client.sendall(b"NOOP\r\nNO")
        client.shutdown(1)
        assert read_all(server) == (b"NOOP\r\nNO", "FIN")


def test_two_clients_share_a_number_of_times(mail: Mail) -> None:
    mail.smtp.faults.reply("NOOP", 421, "no", times=5)
    seen: list[bytes] = []

    def ask() -> None:
        with Talk(mail.smtp) as talk:
            seen.extend(talk.ask(b"NOOP\r\n") for _again in range(5))

    threads = [threading.Thread(target=ask) for _client in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert sorted(reply[:3] for reply in seen) == [b"250"] * 5 + [b"421"] * 5


def test_stopping_while_bytes_wait(mail: Mail) -> None:
    with transaction(mail.smtp, b"Subject: one\r\n\r\n.\r\nMAIL") as talk:
        mail.smtp.faults.reply("MAIL", 451)
        talk.send(b"\r\nMAI")
        until(lambda: arrived(mail) == mail.smtp.conversations[-1].from_client + 3)
        mail.smtp.stop()
    said = mail.smtp.conversations[-1]
    assert [event.data for event in said.events if event.kind is Kind.LOST] == [b"MAI"]
