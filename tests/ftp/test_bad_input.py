"""Clients that mean harm, are broken, or have gone: the server answers, forgets them, and goes on."""

from __future__ import annotations

import socket
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netkit.servers.ftp import door, session, transfers
from netkit.servers.ftp.ftp import Ftp
from netkit.wire import background
from netkit.wire.conversation import Ending
from tests.ftp.talk import Talk, client, large, port_of, rest
from tests.wire.peers import LIMIT, until


def works(ftp: Ftp) -> None:
    """Another client is served."""
    one = client(ftp)
    assert one.nlst("/pub/rfc") == ["index.txt"]
    one.close()


def sessions(ftp: Ftp) -> int:
    """How many control connections the server has."""
    return background.call(lambda: len(ftp.tap.target.sessions))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("PORT 127,0,0,2,200,10", "501 Rejected data connection to foreign address 127.0.0.2:51210."),
        ("PORT 10,0,0,1,0,25", "501 Rejected data connection to foreign address 10.0.0.1:25."),
        ("EPRT |1|192.0.2.1|50000|", "501 Rejected data connection to foreign address 192.0.2.1:50000."),
        ("PORT 127,0,0,1,0,25", '501 PORT against the privileged port "25" refused.'),
        ("EPRT |1|127.0.0.1|1023|", '501 PORT against the privileged port "1023" refused.'),
        ("EPRT |2|::1|50000|", "522 Network protocol not supported (use 1)."),
        ("EPRT |1|127.0.0.1|70000|", "501 Invalid EPRT format."),
        ("PORT 1,2,3", "501 Invalid PORT format."),
        ("PORT 127,0,0,1,999,999", "501 Invalid PORT format."),
        ("EPSV 2", "522 Network protocol not supported (use 1)."),
        ("RETR /pub/hello.txt", "425 No data connection: use PASV, EPSV, PORT or EPRT first."),
        ("STOR /upload/x", "425 No data connection: use PASV, EPSV, PORT or EPRT first."),
        ("CWD ../../..", '250 "/" is the current directory.'),
        ("CWD /pub/../../etc", "550 No such file or directory."),
        ("SIZE /etc/passwd", "550 /etc/passwd is not retrievable."),
        ("MDTM ../../../../etc/passwd", "550 /etc/passwd is not retrievable"),
        ("SIZE /pub/%2e%2e/README.txt", "550 /pub/%2e%2e/README.txt is not retrievable."),
        ("SIZE \\etc\\passwd", "550 /\\etc\\passwd is not retrievable."),
        ("SIZE a\0b", "501 A command has no control characters."),
        ("NOOP\r", "501 A command has no control characters."),
        ("REST -1", "501 Invalid parameter."),
        ("REST " + "9" * 1500, "350 Restarting at position " + "9" * 1500 + "."),
        ("BLAH", '500 Command "BLAH" not understood.'),
        ("", '500 Command "" not understood.'),
        ("x" * 2049, "500 Command too long."),
        ("x" * 300_000, "500 Command too long."),
        ("STAT /pub/rfc", "213 End of status."),
        ("TYPE X", '504 Unsupported type "X".'),
    ],
)
def test_what_is_refused(ftp: Ftp, command: str, answer: str) -> None:
    with Talk(ftp, "student") as talk:
        talk.ask("TYPE I") if "TYPE" not in command else None
        assert talk.ask(command) == answer
        assert talk.ask("NOOP").startswith("200 ")
    assert ftp.data.conversations == ()


def test_files_of_the_disk_are_out_of_reach(ftp: Ftp) -> None:
    with Talk(ftp, "student") as talk:
        data = talk.passive()
        for path in ("/etc/passwd", "../../../etc/passwd", "pub/../../../../etc/passwd", "//etc/passwd", "~/.profile"):
            assert talk.ask(f"RETR {path}") == "550 No such file or directory."
        data.close()


def test_bytes_that_are_not_utf8(ftp: Ftp) -> None:
    with Talk(ftp, "student") as talk:
        talk.send(b"CWD /\xea\xed\xe8\xe3\xe0\r\nNOOP\r\n")
        assert talk.reply() == "501 A command is UTF-8 (RFC 2640)."
        assert talk.reply().startswith("200 ")


def test_telnet_commands_are_passed_over(ftp: Ftp) -> None:
    with Talk(ftp, "student") as talk:
        talk.send(b"\xff\xf4\xff\xf2ABOR\r\n\xff\xfb\x01NOOP\n")
        assert talk.reply() == "225 No transfer to abort."
        assert talk.reply().startswith("200 ")


def test_three_wrong_passwords(ftp: Ftp) -> None:
    with Talk(ftp) as talk:
        talk.send(b"USER student\r\nPASS x\r\n" * 4)
        said = rest(talk.sock).decode().split("\r\n")
    assert said.count("530 Login incorrect.") == 2 and said[-2] == "530 Login incorrect. Disconnecting."


def test_a_thousand_commands_at_once(ftp: Ftp) -> None:
    with Talk(ftp, "student") as talk:
        talk.send(b"NOOP\r\nPWD\r\n" * 500 + b"QUIT\r\nNOOP\r\n")
        assert [talk.reply()[:3] for _time in range(1000)] == ["200", "257"] * 500
        assert (talk.reply(), talk.reply()) == ("221 Goodbye.", "")


def test_what_comes_behind_quit_is_not_heard(ftp: Ftp) -> None:
    """It closes at once when nothing is left to be sent: then there is no session any more to hear it."""
    with Talk(ftp, "student") as talk:
        talk.send(b"QUIT\r\nCDUP\r\nLIST\r\nMKD /upload/x\r\nPASV\r\n")
        assert (talk.reply(), talk.reply()) == ("221 Goodbye.", "")


def test_a_client_that_says_no_more_gets_all_its_replies(ftp: Ftp) -> None:
    with Talk(ftp, "student") as talk:
        talk.send(b"HELP\r\n" * 2000)
        talk.sock.shutdown(socket.SHUT_WR)
        assert rest(talk.sock).count(b"214 Help command successful.\r\n") == 2000
    until(lambda: sessions(ftp) == 0)


def test_a_client_that_does_not_read_is_not_read_from(ftp: Ftp) -> None:
    with Talk(ftp, "student") as talk:
        talk.sock.settimeout(0.5)
        with pytest.raises(TimeoutError):
            while True:
                talk.send(b"HELP\r\n" * 1000)
        waiting = background.call(lambda: sum(len(s.producer_fifo) for s in ftp.tap.target.sessions))  # type: ignore[union-attr]
        assert session.UNREAD <= waiting < 50_000
        works(ftp)
    until(lambda: sessions(ftp) == 0)


def test_a_flood_of_pasv_leaves_one_port(ftp: Ftp) -> None:
    with Talk(ftp, "student") as talk:
        talk.send(b"PASV\r\n" * 500)
        ports = [port_of(talk.reply()) for _time in range(500)]
        assert background.call(lambda: len(ftp.data.tap.ports)) == 1  # type: ignore[union-attr]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", next(port for port in ports if port != ports[-1])), timeout=LIMIT)
        data = socket.create_connection(("127.0.0.1", ports[-1]), timeout=LIMIT)
        assert talk.ask("RETR /pub/hello.txt").startswith("150 ")
        assert rest(data) == b"Hello, FTP!\r\n"
        data.close()
    until(lambda: not background.call(lambda: len(ftp.data.tap.ports)))  # type: ignore[union-attr]


def test_a_port_takes_one_connection(ftp: Ftp) -> None:
    with Talk(ftp, "student") as talk:
        port = port_of(talk.ask("PASV"))
        data = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        until(lambda: len(ftp.data.peek()) == 1)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        data.close()


def test_another_user_does_not_take_the_clients_place(ftp: Ftp, monkeypatch: pytest.MonkeyPatch) -> None:
    with Talk(ftp, "student") as talk:
        port = port_of(talk.ask("PASV"))
        with monkeypatch.context() as other:
            for module in ("netkit.servers.ftp.data", "netkit.wire.link"):
                other.setattr(f"{module}.may_connect", lambda *_addresses: (False, 4711))
            with pytest.raises(ConnectionResetError), socket.socket() as thief:
                thief.connect(("127.0.0.1", port))
                thief.recv(1)
        data = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        assert talk.ask("RETR /pub/hello.txt").startswith("150 ")
        assert rest(data) == b"Hello, FTP!\r\n"
        data.close()
    assert [(each.ending, each.user == 4711) for each in ftp.data.conversations] == [
        (Ending.REFUSED, True),
        (Ending.CLOSED, False),
    ]


def test_nobody_listens_at_the_clients_port(ftp: Ftp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with Talk(ftp, "student") as talk:
        assert talk.ask(f"PORT 127,0,0,1,{port // 256},{port % 256}") == "425 Can't connect to specified address."
        assert talk.ask("NOOP").startswith("200 ")


def test_a_reset_in_the_middle_of_a_transfer(ftp: Ftp) -> None:
    with Talk(ftp, "student") as talk:
        data = talk.passive()
        assert talk.ask(f"RETR {large(ftp)}").startswith("150 ")
        data.recv(10)
        data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        data.close()
        assert talk.reply().startswith("426 Transfer aborted; ")
        assert talk.ask("NOOP").startswith("200 ")
    assert [each.ending for each in ftp.data.conversations] == [Ending.RESET]


def test_the_control_connection_goes_in_the_middle_of_a_transfer(ftp: Ftp) -> None:
    talk = Talk(ftp, "student")
    data = talk.passive()
    assert talk.ask(f"RETR {large(ftp)}").startswith("150 ")
    talk.close()
    until(lambda: sessions(ftp) == 0)
    rest(data)
    data.close()
    until(lambda: not ftp.data.tap.links)  # type: ignore[union-attr]
    works(ftp)


def test_a_client_that_never_reads_its_data_is_cut_off(ftp: Ftp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers.Data, "timeout", 0.2)
    with Talk(ftp, "student") as talk:
        data = talk.passive()
        assert talk.ask(f"RETR {large(ftp)}").startswith("150 ")
        assert (talk.reply(), talk.reply()) == ("421 Data connection timed out.", "")
        data.close()
    works(ftp)


def test_limits_in_time(ftp: Ftp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "WAIT", 0.05)
    with Talk(ftp, "student") as talk:
        talk.send(b"PASV\r\nRETR /pub/hello.txt\r\n")
        port_of(talk.reply())
        assert talk.reply() == "150 Ready for the transfer."
        assert talk.reply() == "425 Nobody came to the passive port in time."
        assert talk.ask("NOOP").startswith("200 ")
    monkeypatch.setattr(session.Session, "timeout", 0.05)
    with Talk(ftp) as talk:
        assert (talk.reply(), talk.reply()) == ("421 Control connection timed out.", "")


def test_one_transfer_at_a_time(ftp: Ftp) -> None:
    with Talk(ftp, "student") as talk:
        talk.send(b"PASV\r\nRETR /pub/hello.txt\r\nRETR /README.txt\r\n")
        port = port_of(talk.reply())
        assert talk.reply() == "150 Ready for the transfer."
        assert talk.reply() == "450 A transfer is going on: wait for its end."
        data = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        assert rest(data) == b"Hello, FTP!\r\n"
        assert talk.reply() == "226 Transfer complete."
        data.close()


def test_more_sessions_than_there_may_be(ftp: Ftp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MOST", 2)
    with Talk(ftp), Talk(ftp) as second:
        sock = socket.create_connection(ftp.address, timeout=LIMIT)
        assert rest(sock) == b"421 Too many connections. Service temporarily unavailable.\r\n"
        sock.close()
        assert second.ask("NOOP").startswith("200 ")
    until(lambda: sessions(ftp) == 0)
    works(ftp)


WORDS = st.sampled_from(
    [b"USER student\r\n", b"PASS secretword\r\n", b"PASV\r\n", b"EPSV\r\n", b"RETR /pub/hello.txt\r\n", b"LIST\r\n",
     b"ABOR\r\n", b"REIN\r\n", b"QUIT\r\n", b"STOU\r\n", b"STOR /upload/x\r\n", b"PORT 127,0,0,1,4,1\r\n", b"\xff\xf4",
     b"SITE HELP\r\n", b"STAT\r\n", b"STAT /\r\n", b"MLST\r\n", b"OPTS MLST size;\r\n", b"RNFR /upload\r\n",
     b"RNTO /upload/y\r\n", b"CDUP\r\n", b"REST 5\r\n", b"TYPE I\r\n", b"FEAT\r\n", b"SITE\r\n", b"\r\n", b" \r\n"]
)  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.one_of(WORDS, st.binary(max_size=30)), max_size=25), signed_in=st.booleans())
def test_any_bytes(ftp: Ftp, said: list[bytes], signed_in: bool) -> None:
    with Talk(ftp, "student" if signed_in else "") as talk:
        talk.send(b"".join(said))
        talk.sock.shutdown(socket.SHUT_WR)
        for line in rest(talk.sock).split(b"\r\n"):
            assert b"Internal" not in line and b"\n" not in line and b"\r" not in line
    until(lambda: sessions(ftp) == 0)
    assert list(background.problems) == []
