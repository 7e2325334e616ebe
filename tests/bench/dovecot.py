"""Dovecot's POP3 server, if it is installed, on a free port of 127.0.0.1, with all it writes in a temporary folder."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from netkit.wire.address import Address
from tests.bench import peers

CONFIG = """
protocols = pop3
listen = 127.0.0.1
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
ssl = no
disable_plaintext_auth = no
default_login_user = {nobody}
default_internal_user = {nobody}
default_internal_group = {group}
mail_location = maildir:{base}/maildir
first_valid_uid = 0
last_valid_gid = 0
first_valid_gid = 0
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {port}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password=word
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}
}}
"""


@contextlib.contextmanager
def running(letter: bytes, letters: int) -> Iterator[Address | None]:
    """Such a server, with a maildrop of so many equal letters; None where Dovecot is not installed.

    The user may have any name; the password is ``"word"``.
    """
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None or not Path("/usr/lib/dovecot/pop3").exists():
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        for name in ("cur", "new", "tmp"):
            (base / "maildir" / name).mkdir(parents=True)
        for n in range(letters):
            (base / "maildir" / "cur" / f"{n + 1:06}.bench:2,").write_bytes(letter)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        config = base / "dovecot.conf"
        root = os.getuid() == 0
        reader = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())  # it gives root no maildrop
        if root:
            for path in (base, *base.rglob("*")):
                os.chown(path, reader.pw_uid, reader.pw_gid)
        names = ("dovenull", "dovecot") if root else (reader.pw_name, grp.getgrgid(reader.pw_gid).gr_name)
        config.write_text(
            CONFIG.format(base=base, port=port, uid=reader.pw_uid, gid=reader.pw_gid, nobody=names[0], group=names[1])
        )
        with subprocess.Popen([program, "-F", "-c", str(config)]) as process:
            try:
                yield _when_it_accepts(Address("127.0.0.1", port), process, base / "log")
            finally:
                process.terminate()
                process.wait(peers.LIMIT)


def _when_it_accepts(address: Address, process: subprocess.Popen[bytes], log: Path) -> Address:
    until = time.monotonic() + peers.LIMIT
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(address, timeout=1):
            return address
        time.sleep(0.05)
    raise RuntimeError(f"Dovecot does not start: {log.read_text() if log.exists() else 'it has written nothing'}")
