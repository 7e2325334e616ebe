"""The proxy of this process: a handle with the settings of a proxy."""

from __future__ import annotations

import math

from netkit.errors import BadInput
from netkit.i18n import _
from netkit.servers.handle import Handle
from netkit.servers.proxy.door import Door
from netkit.servers.proxy.heads import REALM
from netkit.servers.proxy.reach import reach
from netkit.wire.address import Address
from netkit.wire.tap import Tap

TIMEOUT = 10.0  # seconds


class Proxy(Handle):
    """A forward proxy for HTTP (RFC 9110 section 3.7) that asks no servers but netkit's own, of this process.

    It passes requests for ``http`` URLs on, and makes tunnels (CONNECT) for ``https``. The servers are those with a
    handle, by 127.0.0.1 or localhost and their port; and ``www.netkit.test``, ``python.netkit.test`` and
    ``mail.netkit.test``, as in netkit's DNS zone, at the usual ports: ``http://www.netkit.test/`` is ``netkit.web()``.
    All else gets 403 Forbidden.

    As with every handle, the last line of a cell shows what was said to it, and ``*proxy`` is its host and port.

    Attributes:
        realm: for what it wants a password, as it calls it.
    """

    def __init__(self) -> None:
        self._own = Tap(lambda: Door(self, self._own.keep), name="proxy", protocol="http")
        super().__init__(self._own)
        self._credentials: tuple[str, str] | None = None
        self._timeout = TIMEOUT
        self.realm = REALM

    @property
    def url(self) -> str:
        """Its URL, without a slash at the end: ``ProxyHandler({"http": proxy.url})``."""
        return f"http://{self.address}"

    @property
    def credentials(self) -> tuple[str, str] | None:
        """The user and the password that it wants; None: it wants none."""
        return self._credentials

    def auth(self, user: str | None, password: str = "") -> None:
        """From now on, want a user's name and a password (Basic, RFC 7617); 407 for requests without.

        Args:
            user: without a colon; None: want none any more.
            password: what goes with it.

        Raises:
            BadInput: they are no texts, or the user's name has a colon.
        """
        if user is None:
            self._credentials = None
            return
        if not isinstance(user, str) or not isinstance(password, str) or not user or ":" in user:
            text = _('Give a name without a colon and a password: proxy.auth("student", "secretword"); not {user!r}.')
            raise BadInput(text.format(user=user))
        self._credentials = user, password

    @property
    def timeout(self) -> float:
        """Seconds in which a server must connect, answer, and go on with its answer; 10 at first. Else: 504."""
        return self._timeout

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
        if not number or not 0 < seconds <= 600 or math.isnan(seconds):
            text = _("The timeout is a number of seconds, more than 0 and up to 600; not {value!r}.")
            raise BadInput(text.format(value=seconds))
        self._timeout = float(seconds)

    def reach(self, host: str, port: int) -> Address:
        """See `netkit.servers.proxy.reach.reach`."""
        return reach(host, port, self._own)
