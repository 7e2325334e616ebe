"""A control connection: pyftpdlib's handler, with bounds, and clear where it leaves a client waiting."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any

from pyftpdlib.handlers import FTPHandler

from netkit.servers.ftp.files import Files
from netkit.servers.ftp.transfers import Active, Data, Passive
from netkit.servers.ftp.tree import Reading
from netkit.servers.quiet import keep_quiet
from netkit.wire.address import Address

if TYPE_CHECKING:
    from netkit.servers.ftp.door import FtpDoor

IDLE = 600.0  # seconds between commands
LONGEST = 2048  # bytes of a command
UNREAD = 100  # replies that may wait for a client that does not read
TRANSFERS = frozenset(("APPE", "LIST", "MLSD", "NLST", "RETR", "STOR", "STOU"))

_TELNET = re.compile(rb"\xff(?:[\xfb-\xfe].|([\xff])|[\xf0-\xfa])", re.DOTALL)  # commands of Telnet (RFC 854)
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")

keep_quiet("pyftpdlib")


class End(socket.socket):
    """One end of a socket pair that gives addresses of the connection for which it stands.

    Args:
        end: from now on it is this one's.
        here: the address to which the client connected.
        client: the client's own.
    """

    def __init__(self, end: socket.socket, here: Address, client: Address) -> None:
        super().__init__(fileno=end.detach())
        self._here, self._client = here, client

    @property
    def family(self) -> socket.AddressFamily:
        """IPv4; pyftpdlib asks for it when the client names a protocol."""
        return socket.AF_INET

    def getsockname(self) -> Address:
        """Where the client connected."""
        return self._here

    def getpeername(self) -> Address:
        """Where the client is."""
        return self._client


class Session(FTPHandler):  # type: ignore[misc]  # pyftpdlib has no types
    """A control connection (RFC 959 section 4).

    Args:
        end: the server's end of it.
        door: to which it belongs.
    """

    banner = "netkit FTP server ready."
    timeout = IDLE
    use_sendfile = False  # there are no files on the disk
    unicode_errors = "strict"
    active_dtp, passive_dtp, dtp_handler = Active, Passive, Data
    proto_cmds = {name: row for name, row in FTPHandler.proto_cmds.items() if name not in ("SITE CHMOD", "MFMT")}

    def __init__(self, end: socket.socket, door: FtpDoor) -> None:
        self.authorizer = door.authorizer
        self.abstracted_fs = lambda _home, session: Files(door.tree, session)
        self._too_long = self._half_closed = False
        self._announced = ""  # the size of the file that is about to be sent
        self._in_buffer: list[bytes]
        self._dtp_acceptor: Passive | None
        super().__init__(end, door, ioloop=door.loop)
        self.set_terminator(b"\n")  # some clients, and people with telnet, leave the CR out

    def readable(self) -> bool:
        """Not from a client that leaves its replies unread."""
        return not self._half_closed and len(self.producer_fifo) < UNREAD and super().readable()

    def collect_incoming_data(self, data: bytes) -> None:
        """A part of a command."""
        self._in_buffer_len += len(data)
        if self._in_buffer_len > LONGEST:
            self._too_long = True
            self._in_buffer.clear()
        else:
            self._in_buffer.append(data)

    def found_terminator(self) -> None:
        """A command is there."""
        if self._closed or self._closing or self._quit_pending:
            return
        line = _TELNET.sub(rb"\1", b"".join(self._in_buffer).removesuffix(b"\r"))
        refusal = "500 Command too long." if self._too_long else _refusal(line)
        self._too_long = False
        self._in_buffer, self._in_buffer_len = ([], 0) if refusal else ([line], len(line))
        if not refusal:
            super().found_terminator()
            return
        if self._idler is not None and not self._idler.cancelled:
            self._idler.reset()
        self.respond(refusal)

    def process_command(self, cmd: str, *args: Any, **kwargs: Any) -> None:
        """A transfer needs a data connection, and there is one at a time."""
        if not self._closed and cmd in TRANSFERS:
            data = self.data_channel
            if self._out_dtp_queue or self._in_dtp_queue or (data is not None and data._initialized):
                self.respond("450 A transfer is going on: wait for its end.")
                return
            if data is None and self._dtp_acceptor is None and self._dtp_connector is None:
                self.respond("425 No data connection: use PASV, EPSV, PORT or EPRT first.")
                return
        super().process_command(cmd, *args, **kwargs)

    def push_dtp_data(self, data: Any, isproducer: bool = False, file: Any = None, cmd: str | None = None) -> None:
        """As pyftpdlib's; the reply says how large a file is, where that is known (ftplib looks for it)."""
        if isinstance(file, Reading) and self._current_type == "i":
            self._announced = f" ({file.getbuffer().nbytes - file.tell()} bytes)"
        super().push_dtp_data(data, isproducer, file, cmd)

    def respond(self, resp: str, logfun: Any = None) -> None:
        """As pyftpdlib's. 125 or 150 would be a matter of who is quicker, so it is 150, as other servers say it."""
        if resp[:3] in ("125", "150"):
            what = resp[4:] if "FILE:" in resp else f"Ready for the transfer{self._announced}."  # STOU's (RFC 1123)
            resp, self._announced = f"150 {what}", ""
        super().respond(resp)

    def passive_ends(self, passive: Passive) -> None:
        """Nobody came to the port in time."""
        if self._dtp_acceptor is passive and not self._closed:
            self._dtp_acceptor = self._out_dtp_queue = self._in_dtp_queue = None
            self.respond("425 Nobody came to the passive port in time.")

    def handle_auth_failed(self, msg: str, password: str) -> None:
        """A wrong password is answered at once: pyftpdlib lets everybody wait for three seconds."""
        self.username = ""
        self.attempted_logins += 1
        if self.attempted_logins < self.max_login_attempts:
            self.respond(f"530 {msg}")
        else:
            self.respond(f"530 {msg} Disconnecting.")
            self.close_when_done()

    def handle_timeout(self) -> None:
        """Closes at once: a client that does not read would keep it open."""
        self.respond("421 Control connection timed out.")
        self.close()

    def handle_close(self) -> None:
        """The client says no more; it may still read what was answered (RFC 9293 section 3.6)."""
        if self.producer_fifo and not self._half_closed:
            self._half_closed = True
            self.close_when_done()
        else:
            self.close()

    def close(self) -> None:
        """As pyftpdlib's, and the door forgets it."""
        super().close()
        self.server.sessions.discard(self)


def _refusal(line: bytes) -> str:
    """What is answered to a line that is no command; "" if it may be one."""
    if _CONTROL.search(line):
        return "501 A command has no control characters."
    try:
        line.decode()
    except UnicodeDecodeError:
        return "501 A command is UTF-8 (RFC 2640)."
    return ""
