"""TLS records as the wire sees them: what kind, how long, and no more (RFC 8446, section 5.1)."""

from __future__ import annotations

from netkit.i18n import _, octets
from netkit.protocols.mail_lines import Told, rfc

HEADER = 5  # bytes: the kind, two of a version, two of a length
SHOWN = 16  # bytes of a record that are shown, in hexadecimal

_LONGEST = (1 << 14) + 2048  # RFC 5246, section 6.2.3; TLS 1.3 allows less
_SOURCE = rfc(8446, "5.1")
_CLIENT_HELLO, _SERVER_HELLO = 1, 2


def is_record(header: bytes) -> bool:
    """Whether a TLS record can begin with these 5 bytes."""
    return 0x14 <= header[0] <= 0x17 and header[1] == 3 and int.from_bytes(header[3:5], "big") <= _LONGEST


def record_told(data: bytes, first: bool = False) -> Told:
    """A whole record; the first one of a side is not yet encrypted, and says what it is."""
    size = octets(len(data))
    if data[0] == 0x16:
        if first and data[5:6] == bytes([_CLIENT_HELLO]):
            meaning = _("TLS handshake record, {size}: ClientHello, which ciphers the client knows")
            return Told(meaning.format(size=size), rfc(8446, "4.1.2"), _hex(data))
        if first and data[5:6] == bytes([_SERVER_HELLO]):
            meaning = _("TLS handshake record, {size}: ServerHello, which cipher the server chose")
            return Told(meaning.format(size=size), rfc(8446, "4.1.3"), _hex(data))
        meaning = _("TLS handshake record, {size}")
    elif data[0] == 0x17:
        meaning = _("TLS application data record, {size}: encrypted, only the two ends can read it")
    elif data[0] == 0x15:
        meaning = _("TLS alert record, {size}: something is wrong, or the encryption ends")
    else:
        meaning = _("TLS change_cipher_spec record, {size}: kept for old devices on the way")
    return Told(meaning.format(size=size), _SOURCE, _hex(data))


def record_name(data: bytes, first: bool = False) -> str:
    """What a record is, in two or three words; of the first one of a side, the message that stands in it."""
    if first and data[:1] == b"\x16" and data[5:6] in (bytes([_CLIENT_HELLO]), bytes([_SERVER_HELLO])):
        return "ClientHello" if data[5] == _CLIENT_HELLO else "ServerHello"
    names = {0x14: "change_cipher_spec", 0x15: _("alert"), 0x16: _("handshake"), 0x17: _("application data")}
    return names.get(data[0] if is_record(data[:HEADER].ljust(HEADER, b"\0")) else 0, _("no TLS record"))


def part_told(data: bytes) -> Told:
    """A record whose end did not come."""
    return Told(_("the beginning of a TLS record, {size}").format(size=octets(len(data))), _SOURCE, _hex(data))


def junk_told(data: bytes) -> Told:
    """What stands where a record should begin, and is none."""
    return Told(_("no TLS record, where one should begin: {size}").format(size=octets(len(data))), _SOURCE)


def _hex(data: bytes) -> str:
    return data[:SHOWN].hex(" ") + (" …" if len(data) > SHOWN else "")
