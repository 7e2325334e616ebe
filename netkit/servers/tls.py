"""TLS for netkit's servers: a certificate authority of this process alone, made when first asked for.

Nothing outside of this process trusts it, and its keys end with the process. All of it is made on the background
thread: two that ask at once get the same.
"""

from __future__ import annotations

import functools
import ssl
from typing import TYPE_CHECKING

from netkit.servers.mail.letters import DOMAIN, HOST
from netkit.wire import tls

if TYPE_CHECKING:
    import trustme

NAMES = ("127.0.0.1", "localhost", HOST, DOMAIN)  # by which a client may call the server


@functools.cache
def authority() -> trustme.CA:
    """The certificate authority; takes some 50 ms once."""
    import trustme

    return trustme.CA(organization_name="netkit")


@functools.cache
def server_context() -> ssl.SSLContext:
    """For the server's end.

    Raises:
        OSError: the key cannot be written to the temporary file from which alone OpenSSL takes it. The file is there
            for a moment, readable by this user only.
    """
    context = tls.ServerContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(*NAMES).configure_cert(context)
    context.log()
    return context


@functools.cache
def client_context() -> ssl.SSLContext:
    """For a client: it trusts this authority and no other, checks the server's name, and tells what was said."""
    return tls.client_context(authority().cert_pem.bytes().decode("ascii"))
