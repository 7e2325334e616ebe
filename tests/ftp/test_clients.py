"""What clients that were not written for netkit do with its server."""

from __future__ import annotations

import ftplib
import io
import subprocess
import urllib.request
from pathlib import Path

import pytest

from netkit.servers.ftp.first_files import BIG, first_files, pattern
from netkit.servers.ftp.ftp import Ftp
from netkit.wire.conversation import Ending, Side
from tests.ftp.talk import client, large

BOOK = first_files()["/pub/книга.txt"]


@pytest.mark.parametrize("passive", [True, False], ids=["passive", "active"])
def test_ftplib(ftp: Ftp, passive: bool) -> None:
    one = client(ftp, passive=passive)
    assert one.getwelcome() == "220 netkit FTP server ready."
    assert one.pwd() == "/"
    assert one.nlst() == ["README.txt", "private", "pub", "upload"]
    assert one.cwd("pub") == '250 "/pub" is the current directory.' and one.pwd() == "/pub"
    listed = dict(one.mlsd())
    assert list(listed) == ["big.bin", "hello.txt", "rfc", "книга.txt"]
    assert (listed["big.bin"]["size"], listed["big.bin"]["type"], listed["rfc"]["type"]) == (str(BIG), "file", "dir")
    lines: list[str] = []
    one.retrlines("LIST", lines.append)
    assert lines[1] == "-r--r--r--   1 ftp      ftp            12 May 01  2024 hello.txt"
    got = io.BytesIO()
    assert one.retrbinary("RETR big.bin", got.write) == "226 Transfer complete."
    assert got.getvalue() == pattern(BIG)
    assert one.size("big.bin") == BIG
    assert one.sendcmd("MDTM hello.txt") == "213 20240501120000"
    got = io.BytesIO()
    one.retrbinary("RETR big.bin", got.write, rest=BIG - 10)
    assert got.getvalue() == pattern(BIG)[-10:]
    got = io.BytesIO()
    one.retrbinary("RETR /pub/книга.txt", got.write)
    assert got.getvalue() == BOOK
    assert one.cwd("..") and one.pwd() == "/"
    assert one.quit() == "221 Goodbye."
    assert len(ftp.conversations) == 1 and len(ftp.data.conversations) == 6
    assert {talk.ending for talk in (*ftp.conversations, *ftp.data.conversations)} == {Ending.CLOSED}
    assert all(talk.protocol == "text" and talk.name == "ftp.data" for talk in ftp.data.conversations)


def test_text_has_its_lines_end_with_cr_lf_on_the_wire(ftp: Ftp) -> None:
    one = client(ftp)
    lines: list[str] = []
    one.retrlines("RETR /README.txt", lines.append)
    assert lines[0] == "This is netkit's FTP server. Its files are nowhere but in memory."
    one.close()
    said = b"".join(event.data for event in ftp.data.conversations[-1].events)
    assert said == first_files()["/README.txt"].replace(b"\n", b"\r\n")


def test_passwords(ftp: Ftp) -> None:
    assert ftp.users == {"student": "secretword"}
    for name, password in (("student", "wrong"), ("nobody", "secretword"), ("student", "")):
        one = ftplib.FTP(timeout=5)
        one.connect(*ftp.address)
        with pytest.raises(ftplib.error_perm, match=r"^530 Login incorrect\.$"):
            one.login(name, password)
        with pytest.raises(ftplib.error_perm, match=r"^530 Log in with USER and PASS first\.$"):
            one.nlst()
        one.close()
    one = client(ftp, "student", "secretword")
    assert one.nlst("/private") == ["marks.csv", "notes.txt"]
    one.close()
    one = client(ftp)
    for command in ("CWD /private", "NLST /private", "RETR /private/notes.txt", "SIZE /private/notes.txt",
                    "RETR /pub/../private/notes.txt", "MLST /private/notes.txt",
                    "RETR //private/notes.txt"):  # fmt: skip
        with pytest.raises(ftplib.error_perm, match=r"^550 Not enough privileges\.$"):
            one.voidcmd(command)
    one.close()


def test_nothing_changes_but_uploads(ftp: Ftp) -> None:
    student, guest = client(ftp, "student", "secretword"), client(ftp)
    for one, path in ((guest, "/upload/x"), (guest, "/pub/x"), (student, "/pub/x"), (student, "/x")):
        with pytest.raises(ftplib.error_perm, match=r"^550 Not enough privileges\.$"):
            one.storbinary(f"STOR {path}", io.BytesIO(b"data"))
    for command in ("DELE /pub/hello.txt", "RNFR /pub/hello.txt", "MKD /pub/new", "RMD /pub/rfc", "APPE /README.txt"):
        with pytest.raises(ftplib.error_perm, match=r"^550 Not enough privileges\.$"):
            student.voidcmd(command)
    for command in ("SITE CHMOD 777 /upload", "MFMT 20240101000000 /README.txt"):
        with pytest.raises(ftplib.error_perm, match=r"^500 Command .* not understood\.$"):
            student.voidcmd(command)
    student.cwd("/upload")
    student.storbinary("STOR one.txt", io.BytesIO(b"one\n"))
    student.storbinary("APPE one.txt", io.BytesIO(b"two\n"))
    student.storbinary("STOR one.txt", io.BytesIO(b"TWO"), rest=4)
    assert student.mkd("new") == "/upload/new"
    student.rename("one.txt", "new/два.txt")
    got = io.BytesIO()
    guest.retrbinary("RETR /upload/new/два.txt", got.write)
    assert got.getvalue() == b"one\nTWO\n"
    with pytest.raises(ftplib.error_perm, match="^550 Directory not empty"):
        student.rmd("new")
    student.delete("new/два.txt")
    student.rmd("new")
    student.storbinary("STOU", io.BytesIO(b"x"))
    assert student.nlst() == ["ftpd.1"]
    ftp.reset()
    assert student.nlst() == []
    student.close()
    guest.close()


def test_uploads_are_bounded(ftp: Ftp) -> None:
    one = client(ftp, "student", "secretword")
    one.cwd("/upload")
    with pytest.raises((ftplib.error_temp, OSError)) as caught:
        one.storbinary("STOR large", io.BytesIO(bytes(5 << 20)))
    if isinstance(caught.value, OSError):  # the server had closed the data connection already
        with pytest.raises(ftplib.error_temp, match=r"^452 There is no room here for so much; transfer aborted\.$"):
            one.voidresp()
    one.delete("large")
    for number in range(100):
        one.mkd(str(number))
    with pytest.raises(ftplib.error_perm, match="^550 No space left on device"):
        one.mkd("one more")
    with pytest.raises(ftplib.error_perm, match="^550 Invalid argument"):
        ftp.reset(), one.mkd("x" * 101)
    one.close()


def test_a_transfer_is_broken_off(ftp: Ftp) -> None:
    """ftplib sends ABOR as urgent data (RFC 959 section 4.1.3)."""
    one = client(ftp)
    one.voidcmd("TYPE I")
    data = one.transfercmd(f"RETR {large(ftp)}")
    assert data.recv(10) == bytes(10)
    assert one.abort() == "426 Transfer aborted via ABOR."
    assert one.voidresp() == "226 ABOR command successful."
    data.close()
    assert one.size("/README.txt")
    one.close()


def test_urlopen_signs_in_each_time(ftp: Ftp) -> None:
    for _time in range(2):
        with urllib.request.urlopen(ftp.url + "/pub/hello.txt", timeout=5) as page:
            assert page.read() == b"Hello, FTP!\n"
            assert page.headers["Content-Length"] == "12"
    private = ftp.url.replace("//", "//student:secretword@") + "/private/notes.txt"
    with urllib.request.urlopen(private, timeout=5) as page:
        assert page.read() == b"Only the student can read this.\n"
    assert len(ftp.conversations) == 3


def test_a_handler_with_a_cache_keeps_the_connection(ftp: Ftp) -> None:
    handler = urllib.request.CacheFTPHandler()
    handler.setTimeout(60)
    opener = urllib.request.build_opener(handler)
    for path in ("/pub/hello.txt", "/README.txt", "/pub/hello.txt"):
        with opener.open(ftp.url + path, timeout=5) as page:
            assert page.read() == first_files()[path]
    # another directory is another key of the cache (urllib.request.CacheFTPHandler.connect_ftp)
    assert len(ftp.conversations) == 2
    said = b"".join(event.data for event in ftp.conversations[0].events if event.side is Side.CLIENT)
    assert said.count(b"USER ") == 1 and said.count(b"RETR hello.txt") == 2
    handler.clear_cache()


def test_curl(ftp: Ftp, curl: str) -> None:
    for options in (
        (),
        ("--disable-epsv",),
        ("--ftp-port", "127.0.0.1"),
        ("--ftp-port", "127.0.0.1", "--disable-eprt"),
    ):
        done = subprocess.run(
            [curl, "-sS", "--max-time", "10", *options, ftp.url + "/pub/%D0%BA%D0%BD%D0%B8%D0%B3%D0%B0.txt"],
            capture_output=True, timeout=20,
        )  # fmt: skip
        assert (done.stdout, done.stderr) == (BOOK, b""), options
    done = subprocess.run(
        [curl, "-sS", "--max-time", "10", "-u", "student:wrong", ftp.url + "/"], capture_output=True, timeout=20
    )
    assert done.returncode == 67 and b"Access denied: 530" in done.stderr
    said = [b"".join(event.data for event in talk.events if event.side is Side.CLIENT) for talk in ftp.conversations]
    for command, words in zip((b"EPSV", b"PASV", b"EPRT", b"PORT"), said, strict=False):
        assert b"\r\n" + command in words


def test_lftp(ftp: Ftp, lftp: str, tmp_path: Path) -> None:
    script = (
        "set net:timeout 5; set net:max-retries 1; set ftp:ssl-allow no; set xfer:clobber yes\n"
        f"open -u student,secretword {ftp.url}\n"
        f"mirror -p /pub {tmp_path}/pub\nput -O /upload {tmp_path}/pub/hello.txt\ncat /upload/hello.txt\n"
    )
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run([lftp], input=script, capture_output=True, text=True, timeout=60, env=environment)
    assert done.stdout.strip().endswith("Hello, FTP!"), done.stderr
    assert (tmp_path / "pub/big.bin").read_bytes() == pattern(BIG)
    assert (tmp_path / "pub/книга.txt").read_bytes() == BOOK
