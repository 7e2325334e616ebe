"""msmtp, which sends as sendmail does, and mpop, which fetches and deletes: with the files that their users write."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from netkit.servers import tls
from netkit.servers.handle import Handle
from netkit.servers.mail.first_letters import first_letters
from netkit.servers.mail.post import Mail
from netkit.wire.conversation import Ending, Side
from tests.mail.talk import Talk, login
from tests.wire.peers import LIMIT

LETTER = b"From: me@example.org\nTo: student@netkit.test\nSubject: from msmtp\n\n.\n..two\n\xf0\xe8\n"


def run(program: str, folder: Path, config: str, *words: str, said: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The program with that configuration file and no other; its home is the test's folder."""
    (folder / "authority.pem").write_bytes(tls.authority().cert_pem.bytes())
    file = folder / "config"
    file.write_text(config)
    file.chmod(0o600)  # they refuse a file with a password that others may read
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    command = [program, "--file", str(file), *words]
    return subprocess.run(command, input=said, capture_output=True, timeout=3 * LIMIT, env=environment, cwd=folder)


def account(door: Handle, folder: Path, *more: str) -> str:
    """The lines that say where the server is and how to speak to it."""
    lines = (f"host {door.address.host}", f"port {door.address.port}", f"timeout {LIMIT:.0f}", *more)
    return "\n".join(["account default", *lines, f"tls_trust_file {folder}/authority.pem", ""])


PLAIN = ("tls off",)
STARTTLS = ("tls on", "tls_starttls on")
WHO = ("user student", "password secretword")


@pytest.mark.parametrize(
    ("secure", "auth", "user"),
    [
        (PLAIN, (), None),
        (STARTTLS, (), None),
        (STARTTLS, ("auth plain", *WHO), "student"),
        (STARTTLS, ("auth login", *WHO), "student"),
    ],
    ids=["plain", "STARTTLS", "STARTTLS and AUTH PLAIN", "STARTTLS and AUTH LOGIN"],
)
def test_msmtp_sends(
    mail: Mail, msmtp: str, tmp_path: Path, secure: tuple[str, ...], auth: tuple[str, ...], user: str | None
) -> None:
    config = account(mail.smtp, tmp_path, "from me@example.org", *secure, *auth)
    done = run(msmtp, tmp_path, config, "student@netkit.test", "guest@netkit.test", said=LETTER)
    assert (done.returncode, done.stderr) == (0, b"")
    letter = mail.maildrop("student")[-1]
    assert letter.data.endswith(LETTER.replace(b"\n", b"\r\n")) and letter.data == mail.maildrop("guest")[0].data
    assert letter.envelope.recipients == ("student@netkit.test", "guest@netkit.test")
    assert (letter.envelope.sender, letter.envelope.user) == ("me@example.org", user)
    assert letter.envelope.tls is (secure is STARTTLS)


def test_msmtp_reads_the_recipients_in_the_letter(mail: Mail, msmtp: str, tmp_path: Path) -> None:
    config = account(mail.smtp, tmp_path, "from me@example.org", *PLAIN)
    done = run(msmtp, tmp_path, config, "--read-recipients", said=LETTER)
    assert (done.returncode, done.stderr) == (0, b"")
    assert mail.maildrop("student")[-1].envelope.recipients == ("student@netkit.test",)


def test_msmtp_is_refused(mail: Mail, msmtp: str, tmp_path: Path) -> None:
    config = account(mail.smtp, tmp_path, "from me@example.org", *PLAIN)
    done = run(msmtp, tmp_path, config, "nobody@netkit.test", said=LETTER)
    assert done.returncode == 65 and b"550 5.1.1 No such user here" in done.stderr, done.stderr  # EX_DATAERR
    wrong = (*STARTTLS, "auth plain", "user student", "password wrong")
    done = run(msmtp, tmp_path, account(mail.smtp, tmp_path, "from a@b", *wrong), "student@netkit.test", said=LETTER)
    assert done.returncode == 77 and b"535 5.7.8" in done.stderr, done.stderr  # EX_NOPERM
    assert mail.maildrop("student") == first_letters()


def fetched(folder: Path) -> list[bytes]:
    """What mpop has put into its maildir, by the letters' own order."""
    return [path.read_bytes() for path in sorted((folder / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns)]


def unix(letter: bytes) -> bytes:
    return letter.replace(b"\r\n", b"\n")


def box(folder: Path) -> Path:
    """An empty maildir."""
    for name in ("cur", "new", "tmp"):
        (folder / "maildir" / name).mkdir(parents=True)
    return folder / "maildir"


MPOP = {"plain": PLAIN, "STLS": STARTTLS, "TLS from the first byte": ("tls on", "tls_starttls off")}


def fetching(mail: Mail, folder: Path, how: str, *more: str) -> str:
    door = mail.pop3s if how.startswith("TLS") else mail.pop3
    auth = (
        "auth user",
        *WHO,
        "received_header off",
        f"uidls_file {folder}/uidls",
        f"delivery maildir {folder}/maildir",
    )
    return account(door, folder, *MPOP[how], *auth, *more)


@pytest.mark.parametrize("how", MPOP)
def test_mpop_fetches_and_keeps(mail: Mail, mpop: str, tmp_path: Path, how: str) -> None:
    maildir, config = box(tmp_path), fetching(mail, tmp_path, how, "keep on")
    done = run(mpop, tmp_path, config)
    assert (done.returncode, done.stderr) == (0, b"")
    assert sorted(fetched(maildir)) == sorted(unix(letter.data) for letter in first_letters())
    assert mail.maildrop("student") == first_letters()
    mail.deliver(b"Subject: one more\r\n\r\nx\r\n")
    assert run(mpop, tmp_path, config).returncode == 0
    assert len(fetched(maildir)) == 8, "by the unique-ids it knows which letter is new"
    assert b"Subject: one more\n\nx\n" in fetched(maildir)


@pytest.mark.parametrize("how", MPOP)
def test_mpop_fetches_and_deletes(mail: Mail, mpop: str, tmp_path: Path, how: str) -> None:
    maildir = box(tmp_path)
    done = run(mpop, tmp_path, fetching(mail, tmp_path, how, "keep off"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(fetched(maildir)) == 7 and mail.maildrop("student") == ()
    said = (mail.pop3s if how.startswith("TLS") else mail.pop3).conversations[-1]
    if how == "plain":  # after TLS it does not wait for the good end of the encrypted stream: RST
        assert said.ending is Ending.CLOSED
        assert said.sent_by(Side.CLIENT).endswith(b"DELE 7\r\nQUIT\r\n")


def test_mpop_cut_off_before_its_quit_deletes_nothing(mail: Mail, mpop: str, tmp_path: Path) -> None:
    """The same session without its last words: the tap cuts it before QUIT (RFC 1939 section 6)."""
    box(tmp_path)
    run(mpop, tmp_path, fetching(mail, tmp_path, "plain", "keep off"))
    said = mail.pop3.conversations[-1].sent_by(Side.CLIENT)
    mail.reset()
    (tmp_path / "uidls").unlink()
    with mail.pop3.faults.set("server", cut=said.index(b"QUIT")):
        done = run(mpop, tmp_path, fetching(mail, tmp_path, "plain", "keep off"))
    assert done.returncode != 0
    cut = mail.pop3.conversations[-1]
    assert cut.sent_by(Side.CLIENT) == said.partition(b"QUIT")[0] and b"DELE 7" in said
    assert mail.maildrop("student") == first_letters()
    with login(mail.pop3) as talk:
        assert talk.pop(b"STAT").startswith(b"+OK 7 "), "and the maildrop is not locked"


def test_mpop_with_a_wrong_password(mail: Mail, mpop: str, tmp_path: Path) -> None:
    box(tmp_path)
    config = fetching(mail, tmp_path, "plain", "keep off").replace("secretword", "wrong")
    done = run(mpop, tmp_path, config)
    assert done.returncode == 77 and b"invalid password" in done.stderr, done.stderr
    assert mail.maildrop("student") == first_letters()
    with Talk(mail.pop3, b"+OK") as talk:
        assert talk.pop(b"QUIT").startswith(b"+OK")
