"""Clients that are not Python's: swaks and curl, as a system has them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from netkit.servers import tls
from netkit.servers.mail.first_letters import first_letters
from netkit.servers.mail.post import Mail
from tests.wire.peers import LIMIT


def run(*command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, timeout=3 * LIMIT, stdin=subprocess.DEVNULL)


def test_swaks_sends_plainly(mail: Mail, swaks: str) -> None:
    done = run(
        swaks,
        "--server",
        str(mail.smtp.address),
        "--to",
        "student@netkit.test,guest@netkit.test",
        "--from",
        "me@example.org",
        "--helo",
        "pc.example.org",
        "--body",
        ".from swaks",
    )
    assert done.returncode == 0, done.stdout
    assert mail.maildrop("student")[-1].data == mail.maildrop("guest")[-1].data
    assert b"\r\n.from swaks\r\n" in mail.maildrop("student")[-1].data


def test_swaks_starts_tls_and_logs_in(mail: Mail, swaks: str) -> None:
    for how in ("PLAIN", "LOGIN"):
        done = run(
            swaks,
            "--server",
            str(mail.smtp.address),
            "--to",
            "student@netkit.test",
            "--from",
            "me@example.org",
            "--helo",
            "x",
            "-tls",
            "--auth",
            how,
            "--auth-user",
            "student",
            "--auth-password",
            "secretword",
        )
        assert done.returncode == 0, done.stdout
        assert (mail.maildrop("student")[-1].envelope.user, mail.maildrop("student")[-1].envelope.tls) == (
            "student",
            True,
        )
    done = run(
        swaks,
        "--server",
        str(mail.smtp.address),
        "--to",
        "student@netkit.test",
        "--from",
        "me@example.org",
        "--helo",
        "x",
        "--auth",
        "PLAIN",
        "--auth-user",
        "student",
        "--auth-password",
        "wrong",
    )
    assert done.returncode == 28 and b"535 5.7.8" in done.stdout, done.stdout
    assert len(mail.maildrop("student")) == 9


def test_swaks_is_refused(mail: Mail, swaks: str) -> None:
    done = run(
        swaks,
        "--server",
        str(mail.smtp.address),
        "--to",
        "nobody@netkit.test",
        "--from",
        "me@example.org",
        "--helo",
        "x",
    )
    assert done.returncode == 24 and b"550 5.1.1" in done.stdout, done.stdout


def test_curl_through_both_doors(mail: Mail, curl: str, tmp_path: Path) -> None:
    authority = tmp_path / "authority.pem"
    authority.write_bytes(tls.authority().cert_pem.bytes())
    letter = tmp_path / "letter.txt"
    letter.write_bytes(b"Subject: from curl\r\n\r\n.\r\n..two\r\n\xf0\xe8\xe2\xe5\xf2\r\n")
    for secure in ([], ["--ssl-reqd", "--cacert", str(authority)]):
        done = run(
            curl,
            "--silent",
            "--show-error",
            *secure,
            f"smtp://{mail.smtp.address}/pc.example.org",
            "--mail-from",
            "me@example.org",
            "--mail-rcpt",
            "student@netkit.test",
            "--user",
            "student:secretword",
            "--upload-file",
            str(letter),
        )
        assert (done.returncode, done.stderr) == (0, b"")
    assert [each.data for each in mail.maildrop("student")[7:]] == [letter.read_bytes()] * 2
    assert [each.envelope.tls for each in mail.maildrop("student")[7:]] == [False, True]
    fetched = (
        [f"pop3://{mail.pop3.address}"],
        [f"pop3://{mail.pop3.address}", "--ssl-reqd", "--cacert", str(authority)],
        [f"pop3s://{mail.pop3s.address}", "--cacert", str(authority)],
    )
    for url, *secure in fetched:
        for number, wanted in ((1, first_letters()[0].data), (8, letter.read_bytes())):
            done = run(curl, "--silent", "--show-error", *secure, "--user", "student:secretword", f"{url}/{number}")
            assert (done.returncode, done.stderr, done.stdout) == (0, b"", wanted)
    done = run(curl, "--silent", "--user", "student:wrong", f"pop3://{mail.pop3.address}/1")
    assert done.returncode == 67
