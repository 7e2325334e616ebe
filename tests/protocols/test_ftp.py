"""FTP explained: sessions as pyftpdlib and ftplib have them, RFC 959's examples, and what may go wrong on the wire."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netkit.protocols import Line, Piece, explain
from netkit.protocols.ftp_codes import code_told
from netkit.protocols.ftp_commands import VERBS
from netkit.protocols.ftp_replies import reply_told
from tests.protocols.dialogues import check, spoken, told, whole

SESSION = r"""
S: 220 netkit FTP server ready.
    the server is ready: netkit FTP server ready. [RFC 959 5.4]
C: USER student
    signs in as student; anybody on the way can read it [RFC 959 4.1.1]
S: 331 Username ok, send password.
    the name alone is not enough: send the password [RFC 959 5.4]
C: PASS secretword
    the password: secretword; anybody on the way can read it [RFC 959 4.1.1; RFC 2577 6]
S: 230 Login successful.
    signed in [RFC 959 5.4]
C: SYST
    which system is this? [RFC 959 4.1.3]
S: 215 UNIX Type: L8
    the kind of system [RFC 959 4.2.2]
C: FEAT
    which extensions are there? [RFC 2389 3]
S: 211-Features supported:
    the server's extensions follow [RFC 2389 3.2]
S:  EPRT
    data connections for IPv6, too: EPRT [RFC 2428 1]
S:  EPSV
    data connections for IPv6, too: EPSV [RFC 2428 1]
S:  MDTM
    the server tells when a file was changed [RFC 3659 3.3]
S:  MLST type*;perm*;size*;modify*;unique*;
    listings for programs; an asterisk marks facts that are told unasked [RFC 3659 7.8]
S:  REST STREAM
    a transfer can begin in the middle of a file [RFC 3659 5.4]
S:  SIZE
    the server tells how large a file is [RFC 3659 4.3]
S:  TVFS
    paths are written with / from a root [RFC 3659 6]
S:  UTF8
    file names are in UTF-8 [RFC 2640 3.1]
S:  CLNT
    an extension that netkit does not know: CLNT [RFC 2389 3.2]
S: 211 End FEAT.
    the end of this reply [RFC 959 4.2]
C: PWD
    in which directory am I? [RFC 959 4.1.3]
S: 257 "/" is the current directory.
    the directory: / [RFC 959, appendix II]
C: CWD /pub
    go to the directory /pub [RFC 959 4.1.1]
S: 250 "/pub" is the current directory.
    you are there now [RFC 959 5.4]
C: TYPE I
    transfer bytes as they are [RFC 959 4.1.2; RFC 959 3.1.1.3]
S: 200 Type set to: Binary.
    transfers are made so from now on [RFC 959 5.4]
C: SIZE big.bin
    how many bytes would be sent of big.bin? [RFC 3659 4]
S: 213 1000000
    its size: 1 000 000 bytes [RFC 3659 4.1]
C: MDTM big.bin
    when was big.bin changed? [RFC 3659 3]
S: 213 20240501120000
    changed at 2024-05-01 12:00:00 UTC [RFC 3659 3.1]
C: PASV
    where can I connect to you for data? [RFC 959 4.1.2]
S: 227 Entering Passive Mode (127,0,0,1,195,80).
    connect for data to 127.0.0.1:50000 (195 × 256 + 80) [RFC 959 4.1.2]
C: REST 999990
    begin the next transfer at byte 999990 [RFC 3659 5]
S: 350 Restarting at position 999990.
    agreed; now the command that transfers [RFC 3659 5.1]
C: RETR big.bin
    send me the file big.bin [RFC 959 4.1.3]
S: 150 Ready for the transfer (10 bytes).
    the transfer begins, over the data connection [RFC 959 4.2.2]
S: 226 Transfer complete.
    the transfer is complete; its data connection is closed [RFC 959 4.2.2]
C: EPSV
    at which port can I connect to you for data? [RFC 2428 3]
S: 229 Entering Extended Passive Mode (|||50000|)
    connect for data to this host, port 50000 [RFC 2428 3]
C: NLST
    list names alone over the data connection: . [RFC 959 4.1.3]
S: 150 Ready for the transfer.
    the transfer begins, over the data connection [RFC 959 4.2.2]
C: \xff\xf4\xff\xf2ABOR
    commands of Telnet; break the transfer off [RFC 854; RFC 959 4.1.3]
S: 426 Transfer aborted via ABOR.
    the data connection was closed, the transfer broken off [RFC 959 4.2.2]
S: 226 ABOR command successful.
    the transfer is broken off [RFC 959 4.1.3]
C: MLST книга.txt
    facts about книга.txt, in the reply [RFC 3659 7]
S: 250-Listing "/pub/книга.txt":
    a reply of several lines begins; it ends with 250 and a space [RFC 959 4.2]
S:  modify=20240501120000;perm=r;size=97;type=file;unique=1g7; /pub/книга.txt
    facts about a file, and its name behind a space [RFC 3659 7.2]
S: 250 End MLST.
    the end of this reply [RFC 959 4.2]
C: QUIT
    the client is done and says goodbye [RFC 959 4.1.1]
S: 221 Goodbye.
    goodbye: the server closes the connection [RFC 959 4.2.2]
"""

ACTIVE = r"""
S: 220 ready
    the server is ready: ready [RFC 959 5.4]
C: USER anonymous
    wants in without a name of one's own: anonymous [RFC 959 4.1.1; RFC 1635 2]
S: 331 Guest login ok, send your mail address as password.
    the name alone is not enough: send the password [RFC 959 5.4]
C: PASS me@
    the password: me@; anybody on the way can read it [RFC 959 4.1.1; RFC 2577 6]
S: 230 ok
    signed in [RFC 959 5.4]
C: PORT 127,0,0,1,195,80
    connect to me for data: 127.0.0.1:50000 (195 × 256 + 80) [RFC 959 4.1.2]
S: 200 PORT ok
    agreed: the server connects to the client [RFC 959 5.4]
C: LIST
    list this over the data connection, for people: . [RFC 959 4.1.3]
S: 150 here
    the transfer begins, over the data connection [RFC 959 4.2.2]
S: 226 done
    the transfer is complete; its data connection is closed [RFC 959 4.2.2]
C: EPRT |1|127.0.0.1|50001|
    connect to me for data: 127.0.0.1:50001 [RFC 2428 2]
S: 200 ok
    agreed: the server connects to the client [RFC 959 5.4]
C: MLSD /pub
    list this over the data connection, for programs: /pub [RFC 3659 7]
S: 125 here
    the data connection is there: the transfer begins [RFC 959 4.2.2]
S: 226 done
    the transfer is complete; its data connection is closed [RFC 959 4.2.2]
C: PORT 10,0,0,1,0,25
    connect to me for data: 10.0.0.1:25 (0 × 256 + 25); below 1024: not to be trusted [RFC 959 4.1.2; RFC 2577 3]
S: 501 Rejected data connection to foreign address 10.0.0.1:25.
    not an address to which the server would connect: it has to be the client's [RFC 2577 3]
C: PORT 1,2,3
    not six numbers from 0 to 255, as it should be [RFC 959 4.1.2]
S: 501 Invalid PORT format.
    not an address to which the server would connect: it has to be the client's [RFC 2577 3]
C: EPRT |2|::1|50001|
    connect to me for data: [::1]:50001 [RFC 2428 2]
S: 522 Network protocol not supported (use 1).
    not this version of IP: the right one stands in parentheses [RFC 2428 2]
C: EPRT 1
    not |protocol|host|port|, as it should be: 1 [RFC 2428 2]
S: 501 Invalid EPRT format.
    not an address to which the server would connect: it has to be the client's [RFC 2577 3]
C: STOR x
    take this file: x [RFC 959 4.1.3]
S: 550 Not enough privileges.
    nothing may be changed there [RFC 959 5.4]
C: RETR nothing
    send me the file nothing [RFC 959 4.1.3]
S: 550 No such file or directory.
    no such file, or not for you [RFC 959 5.4]
C: CWD ../../etc
    go to the directory ../../etc [RFC 959 4.1.1]
S: 550 No such file or directory.
    no such directory, or not for you [RFC 959 5.4]
C: BLAH
    no command of FTP: BLAH [RFC 959 4.1]
S: 500 Command "BLAH" not understood.
    the server does not know this command [RFC 959 4.2.2]
C: AUTH GSSAPI
    asks for protection by GSSAPI [RFC 2228 3]
S: 504 no
    the server cannot do it this way [RFC 959 4.2.2]
C: REIN
    sign out, but stay connected [RFC 959 4.1.1]
S: 220 ready again
    ready [RFC 959 4.2.2]
C: xpwd
    in which directory am I? [RFC 1123 4.1.3.1]
S: 530 Log in first.
    sign in first [RFC 959 4.2.2]
C: NOOP
    do nothing, but answer [RFC 959 4.1.3]
S: 299 what
    done (2yz); about something else (x9z) [RFC 959 4.2.1]
S: nonsense
    no reply of FTP: three digits should stand first, such as 226 [RFC 959 4.2]
"""


# RFC 959 section 7, its typical FTP scenario, in the codes and commands of its own time.
RFC_959 = r"""
S: 220 MIT-Multics FTP server ready
    the server is ready: MIT-Multics FTP server … [RFC 959 5.4]
C: USER Dumb
    signs in as Dumb; anybody on the way can read it [RFC 959 4.1.1]
S: 331 Password required
    the name alone is not enough: send the password [RFC 959 5.4]
C: PASS *****
    the password: *****; anybody on the way can read it [RFC 959 4.1.1; RFC 2577 6]
S: 332 Need account
    now the account (ACCT) [RFC 959 4.2.2]
C: ACCT 12
    which account is to be charged: 12 [RFC 959 4.1.1]
S: 230 Welcome
    signed in [RFC 959 4.2.2]
C: STRU R
    a file is a row of records [RFC 959 4.1.2]
S: 200 Command OK
    done [RFC 959 4.2.2]
C: MODE B
    data comes in blocks [RFC 959 4.1.2]
S: 504 Not here
    the server cannot do it this way [RFC 959 4.2.2]
C: RNFR old
    rename: the old name is old [RFC 959 4.1.3]
S: 350 go on
    the file is there; now its new name [RFC 959 5.4]
C: RNTO new
    rename: the new name is new [RFC 959 4.1.3]
S: 250 renamed
    done [RFC 959 4.2.2]
"""


@pytest.mark.parametrize("text", [SESSION, ACTIVE, RFC_959], ids=["passive", "active", "RFC 959"])
def test_a_session(text: str) -> None:
    explained, written = whole("ftp", text)
    assert explained == written
    pieces = spoken(text)
    check(pieces, explain("ftp", pieces))


def test_a_reply_of_several_lines_ends_with_its_code_and_a_space() -> None:
    """RFC 959 section 4.2: lines in between may even begin with another code."""
    said = told("ftp", "S: 123-First line\nS: Second line\nS:   234 A line beginning with numbers\nS: 125 no end\n"
                       "S: 123 The last line\nS: 220 ready")  # fmt: skip
    begins = "a reply of several lines begins; it ends with 123 and a space"
    assert [meaning for meaning, _source in said] == [
        begins, *["the reply goes on"] * 3, "the end of this reply", "the server is ready: ready",
    ]  # fmt: skip


def test_replies_find_their_commands_when_these_were_sent_ahead() -> None:
    said = told("ftp", "S: 220 x\nC: SIZE a\nC: RETR b\nC: MDTM c\nS: 213 5\nS: 150 x\nS: 226 x\nS: 213 20240102030405")
    assert [meaning for meaning, _source in said[4:]] == [
        "its size: 5 bytes",
        "the transfer begins, over the data connection",
        "the transfer is complete; its data connection is closed",
        "changed at 2024-01-02 03:04:05 UTC",
    ]


def test_after_a_gap_replies_answer_what_is_said_next() -> None:
    said = told("ftp", "S: 220 x\nC: SIZE a\nS-\nC: PASS x\nS: 230 ok")
    assert said[-1] == ("signed in", "RFC 959, section 5.4")


@pytest.mark.parametrize(
    ("line", "meaning", "source"),
    [
        ("C: PORT 1,2,3,4,5,256", "not six numbers from 0 to 255, as it should be", "RFC 959, section 4.1.2"),
        ("C: PORT 132,235,1,2,24,131", "connect to me for data: 132.235.1.2:6275 (24 × 256 + 131)", ""),
        ("C: EPRT |2|1080::8:800:200C:417A|5282|", "connect to me for data: [1080::8:800:200C:417A]:5282", ""),
        ("C: EPRT ,1,132.235.1.2,6275,", "connect to me for data: 132.235.1.2:6275", "RFC 2428, section 2"),
        ("C: EPRT |1|1.2.3.4|99999|", "not |protocol|host|port|, as it should be: |1|1.2.3.4|99999|", ""),
        ("C: EPRT |1|1.2.3.4|21|", "connect to me for data: 1.2.3.4:21; below 1024: not to be trusted",
         "RFC 2428, section 2; RFC 2577, section 3"),
        ("S: 227 =127,0,0,1,4,0", "connect for data to 127.0.0.1:1024 (4 × 256 + 0)", "RFC 959, section 4.1.2"),
        ("S: 227 nowhere", "not six numbers from 0 to 255, as it should be", "RFC 959, section 4.1.2"),
        ("S: 229 Entering (|||6446|)", "connect for data to this host, port 6446", "RFC 2428, section 3"),
        ('S: 257 "/a""b" made', "the directory: /a", "RFC 959, appendix II"),
        ("S: 421 Timeout.", "the server closes the connection now", "RFC 959, section 4.2.2"),
        ("S: 999 x", "no reply of FTP: three digits should stand first, such as 226", "RFC 959, section 4.2"),
        ("S: 643 x", "protected (6yz); about something else (x4z)", "RFC 959, section 4.2.1"),
        (r"C: \xff\xf4", "commands of Telnet", "RFC 854"),
        ("C: ", "an empty line", "RFC 959, section 5.3"),
        (r"C: \x00\xff\xfe", r"commands of Telnet; no command of FTP: \x00",
         "RFC 854; RFC 959, section 4.1"),
        ("C: RETRIEVE x", "no command of FTP: RETRIEVE x", "RFC 959, section 4.1"),
        ("C: PASS", "an empty password", "RFC 959, section 4.1.1; RFC 2577, section 6"),
        ("C: EPSV ALL", "from now on EPSV only", "RFC 2428, section 3"),
        ("C: TYPE A N", "transfer text: its lines end with CR LF on the wire",
         "RFC 959, section 4.1.2; RFC 959, section 3.1.1.1"),
        ("C: TYPE ?", "a type that FTP does not know", "RFC 959, section 4.1.2"),
        ("C: PROT P", "data connections are to be protected: P", "RFC 2228, section 3; RFC 4217, section 9"),
        ("C: RETR " + "x" * 3000, "3\N{NO-BREAK SPACE}007 bytes: longer than servers take a command"
         " (2\N{NO-BREAK SPACE}048 bytes)", "RFC 959, section 5.3"),
        ("C! NOO", "the end of this line did not come", "RFC 959, section 5.3"),
        ("S! 226 x", "the end of this line did not come", "RFC 959, section 5.3"),
    ],
)  # fmt: skip
def test_one_line(line: str, meaning: str, source: str) -> None:
    (said,) = told("ftp", "S: 220 ready\nC: NOOP\nS: 200 ok\n" + line)[3:]
    assert said[0] == meaning
    assert said[1] == source or not source


def test_every_command_and_every_code_is_explained() -> None:
    for verb in sorted(VERBS):
        ((meaning, source),) = told("ftp", f"C: {verb} x")
        assert meaning and source.startswith("RFC "), verb
        assert (meaning == "a command of FTP's security extensions") is (verb in ("ADAT", "MIC", "CONF", "ENC"))
    known = (
        "110 120 125 150 200 202 211 212 213 214 215 220 221 225 226 227 229 230 232 234 235 250 257 331 332 334 335"
        " 336 350 421 425 426 431 450 451 452 500 501 502 503 504 522 530 532 533 534 535 536 537 550 551 552 553 554"
        " 631 632 633"
    )
    for number in range(100, 700):
        said = reply_told(f"{number} x".encode(), "", str(number), 0, True)
        assert said.source.startswith("RFC ")
        assert ("yz)" in said.meaning) is (str(number) not in known.split()), number
    assert code_told("299").meaning == "done (2yz); about something else (x9z)"


def test_after_auth_tls_all_is_ciphertext() -> None:
    hello = bytes.fromhex("1603010002") + b"hi"
    start = spoken("S: 220 x\nC: AUTH TLS")
    sent = [*start, ("server", 1.0, b"234 go\r\n"), ("client", 1.1, hello), ("server", 1.2, hello)]
    lines = explain("ftp", sent)
    check(sent, lines)
    assert lines[2].meaning == "agreed: from here on TLS, nobody else can read it"
    assert [line.meaning for line in lines[3:]] == ["TLS handshake record, 7 bytes"] * 2
    refused = [*start, ("server", 1.0, b"504 no\r\n"), ("client", 1.1, b"NOOP\r\n")]
    assert explain("ftp", refused)[-1].meaning == "do nothing, but answer"
    inside = [*sent, ("tls", 1.3, b""), ("client", 1.4, b"PBSZ 0\r\n"), ("server", 1.5, b"200 ok\r\n")]
    assert explain("ftp", inside)[-2].meaning == "the size of protected blocks; with TLS always 0"


WORDS = st.sampled_from(
    [
        b"220 x\r\n", b"220-x\r\n", b"USER a\r\n", b"PASS \xff\r\n", b"331 x\r\n", b"230-\r\n", b"230 \r\n", b"230\r\n",
        b"PASV\r\n", b"227 (1,2,3,4,5,6)\r\n", b"227 (999,2,3,4,5,6)\r\n", b"EPSV\r\n", b"229 (|||5|)\r\n", b"\xff\xf4",
        b"229 (|||99999|)\r\n", b"EPRT |1|1.1.1.1|1|\r\n", b"EPRT \r\n", b"PORT " + b"9" * 99 + b"\r\n", b"\xff", b"",
        b"FEAT\r\n", b"211-x\r\n", b" MLST type*;\r\n", b"211 x\r\n", b"MLST x\r\n", b"250-x\r\n", b" type=dir; x\r\n",
        b"SIZE x\r\n", b"213 " + b"9" * 40 + b"\r\n", b"213 5\r\n", b"MDTM x\r\n", b"213 20240101000000.5\r\n",
        b"AUTH TLS\r\n", b"234 x\r\n", b"ABOR\r\n", b"426 x\r\n", b"257 \"\r\n", b"TYPE\r\n", b"QUIT\r\n", b"\r\n",
        b"\n",
        b"421 x\r\n", b"699 x\r\n", b"000 x\r\n", b"CWD " + "\u202eя".encode() * 60 + b"\r\n", b"\xff\xfb\x01NOOP\r\n",
        b"211-" + b"x" * 3000 + b"\r\n", b"STAT\r\n", b"HOST " + b"\x00" * 60 + b"\r\n",
    ]
)  # fmt: skip
SAID = st.lists(st.tuples(st.sampled_from(["client", "server"]), WORDS | st.binary(max_size=9)), max_size=24)


@given(SAID)
def test_no_session_trips_it(said: list[tuple[str, bytes]]) -> None:
    pieces = [(side, number / 10, data) for number, (side, data) in enumerate(said)]
    check(pieces, explain("ftp", pieces))


@given(SAID, st.integers(1, 5))
def test_pieces_make_no_difference(said: list[tuple[str, bytes]], size: int) -> None:
    """However a side's bytes are cut, its lines are the same. (Of TLS, what is no record is shown as it came.)"""
    for side in ("client", "server"):
        first = next((data[0] for who, data in said if who == side and data), 0)
        assume(not 0x14 <= first <= 0x17 and (side, b"AUTH TLS\r\n") not in said)
    whole_ones: list[Piece] = [(side, 0.0, data) for side, data in said if data]
    cut = [(side, 0.0, data[at : at + size]) for side, _time, data in whole_ones for at in range(0, len(data), size)]
    one, other = explain("ftp", whole_ones), explain("ftp", cut)
    for side in ("client", "server"):
        assert lines_of(one, side) == lines_of(other, side)


def lines_of(lines: Sequence[Line], side: str) -> list[tuple[bytes, str, str]]:
    """What a side said, and what it means."""
    return [(line.data, line.meaning, line.source) for line in lines if line.side == side]


def test_ten_thousand_commands_are_quick() -> None:
    said = [part for n in range(5000) for part in (("client", 0.0, b"SIZE %d\r\n" % n), ("server", 0.0, b"213 5\r\n"))]
    start = time.perf_counter()
    lines = explain("ftp", said)
    assert lines[-1].meaning == "its size: 5 bytes" and len(lines) == 10_000
    assert time.perf_counter() - start < 1, "measured: 0.05 s"
