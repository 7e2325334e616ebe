"""Surprises in the host: names that are not ASCII, IPv6 addresses, brackets (RFC 3986, section 3.2.2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from ipaddress import IPv6Address

from netkit.i18n import _
from netkit.protocols.url_note import BEWARE, NOTE, REFUSED, Note, brief
from netkit.protocols.url_parts import STRAY, Cut

_DELIMITERS = frozenset("/?#@:")
LONGEST = 253  # characters of a DNS name (RFC 1035, section 2.3.4)

_OTHER_IN_2008 = "ßςẞ\u200c\u200d"  # IDNA 2003 writes them otherwise or leaves them out (UTS 46, section 7)


def notes(url: Cut) -> Iterator[Note]:
    """All that is to be said of the host."""
    for say in (_brackets, _host, _idn, _ipv6):
        yield from say(url)


def _brackets(url: Cut) -> Iterator[Note]:
    """What urlsplit refuses, told by what is wrong."""
    netloc = url.netloc or ""
    if ("[" in netloc) != ("]" in netloc):
        yield Note(REFUSED, _("A square bracket has no partner: they stand around an IPv6 address (section 3.2.2)."))
    elif any(piece.name == STRAY and piece.start < piece.stop for piece in url.pieces):
        yield Note(REFUSED, _("Beside the brackets of an IPv6 address nothing may stand but “:” and a port."))
    folded = unicodedata.normalize("NFKC", re.sub("[@:#?]", "", netloc)) if not netloc.isascii() else ""
    if bad := sorted(_DELIMITERS.intersection(folded)):
        text = _("A character of the authority becomes {signs} when it is normalized (NFKC): it would be a delimiter.")
        yield Note(REFUSED, text.format(signs=" ".join(bad)))


def _host(url: Cut) -> Iterator[Note]:
    host, scheme = url["hostname"], (url["scheme"] or "").lower()
    if url.netloc is None or host is None:
        return
    if not host and scheme == "file":
        yield Note(NOTE, _("No host: in a file: URL that is this machine (RFC 8089)."))
    elif not host:
        yield Note(BEWARE, _("“//” promises a host, and there is none: nobody to ask."))
    if host != host.lower():
        text = _(
            ".hostname is in small letters, .netloc as it was written: capitals do not count in a host (section "
            "6.2.2.1)."
        )
        yield Note(NOTE, text)
    if "%" in host and ":" not in host:
        yield Note(
            BEWARE, _("There are percent-escapes in the host: urlsplit leaves them, and few programs decode them.")
        )


def _idn(url: Cut) -> Iterator[Note]:
    host = url["hostname"] or ""
    if len(host) <= LONGEST and re.search(r"(?:^|\.)xn--", host, re.IGNORECASE):
        said = _converted(lambda: host.encode("ascii").decode("idna"))
        if said is not None and said.lower() != host.lower():
            yield Note(NOTE, _("The host is an internationalized name: it reads {name}.").format(name=brief(said)))
    if host.isascii():
        return
    wire = _converted(lambda: host.encode("idna").decode("ascii")) if len(host) <= LONGEST else None
    if wire is None:
        yield Note(BEWARE, _('The host is not ASCII, and host.encode("idna") cannot write it as a DNS name.'))
        return
    if not _DELIMITERS.isdisjoint(wire):
        return  # refused, see above
    text = _('The host is not ASCII: on the wire stands {wire} (host.encode("idna"), IDNA 2003, RFC 3490).')
    yield Note(NOTE, text.format(wire=brief(wire)))
    if odd := "".join(dict.fromkeys(c for c in host if c in _OTHER_IN_2008)):
        text = _("IDNA 2008 (RFC 5891), which browsers follow, treats {signs} otherwise: it may lead to another host.")
        yield Note(BEWARE, text.format(signs=brief(odd)))


def _converted(how: Callable[[], str]) -> str | None:
    try:
        return how()
    except UnicodeError:  # a label that is empty, too long, or of characters that no name may have
        return None


def _ipv6(url: Cut) -> Iterator[Note]:
    host, place = url["hostname"] or "", url.parts.get("hostname")
    if place is None or "[" not in (url.netloc or "") or "]" not in (url.netloc or ""):
        return
    address, percent, zone = host.partition("%")
    try:
        IPv6Address(address)
    except ValueError:
        if re.fullmatch(r"v[0-9a-f]+\..+", host, re.IGNORECASE):
            yield Note(NOTE, _("An address of a later version of IP (section 3.2.2): nobody has any yet."))
        else:
            yield Note(
                REFUSED,
                _("{what} is no IPv6 address: nothing else may stand in square brackets.").format(what=brief(host)),
            )
        return
    yield Note(NOTE, _("An IPv6 address stands in brackets, for its colons' sake; .hostname is without them."))
    if percent:
        text = _(
            "{zone} is a zone: an interface of this machine (RFC 6874 writes its “%” as “%25”; urlsplit decodes "
            "nothing)."
        )
        yield Note(NOTE, text.format(zone=brief(percent + zone)))
