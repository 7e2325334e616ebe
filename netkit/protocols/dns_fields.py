"""The fields of a DNS message, and what each of them means (RFC 1035 section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dnslib import OPCODE, RCODE

from netkit.i18n import _


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message.

    The ``data`` of the fields without ``bits``, joined, are the message.

    Attributes:
        part: where it belongs: the header, question 1, answer 2 …, in the learner's language.
        offset: where its first byte stands, counted from 0.
        data: its bytes.
        name: what RFC 1035 calls it, e.g. ``"QNAME"``.
        value: what the bytes say; printable.
        meaning: what that means, in the learner's language, or ``""``.
        bits: for a field of single bits, which ones, e.g. ``".... ...1 .... ...."``; the bytes are those of FLAGS.
    """

    part: str
    offset: int
    data: bytes
    name: str
    value: str
    meaning: str = ""
    bits: str = ""


def table(taken_apart: Sequence[Field]) -> str:
    """The fields as plain text, a row each: offset, bytes (in hexadecimal) or bits, name, value and meaning."""
    rows: list[tuple[str, str, str, str]] = []  # offset, bytes, name, value and meaning
    part = None
    for one in taken_apart:
        if one.part != part:
            part = one.part
            rows.append(("", "", "", part))
        said = one.value + ("  — " if one.value and one.meaning else "") + one.meaning
        shown = [one.bits] if one.bits else [one.data[at : at + 8].hex(" ") for at in range(0, len(one.data), 8)]
        rows.append((str(one.offset), shown[0] if shown else "", one.name, said))
        rows.extend((str(one.offset + 8 * n), more, "", "") for n, more in enumerate(shown[1:], 1))
    wide = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    return "\n".join(
        f"{at:>{wide[0]}}  {shown:<{wide[1]}}  {name:<{wide[2]}}  {said}".rstrip() if at else said
        for at, shown, name, said in rows
    )


def code(known: dict[int, str], name: str, number: int) -> str:
    """What a number is called; e.g. ``"TYPE4711"`` where it has no name (RFC 3597, section 5)."""
    return known.get(number) or f"{name}{number}"


def only_bits(flags: int, first: int, size: int) -> str:
    """Of 16 bits those that are meant, in groups of four; the others are dots."""
    shown = f"{flags:016b}"
    row = "".join(bit if first <= n < first + size else "." for n, bit in enumerate(shown))
    return " ".join(row[at : at + 4] for at in range(0, 16, 4))


def flag_bits(flags: int) -> list[tuple[str, int, int, str, str]]:
    """Name, first bit, bits, value, meaning (RFC 1035, section 4.1.1; AD and CD: RFC 4035)."""

    def bit(name: str, at: int, yes: str, no: str) -> tuple[str, int, int, str, str]:
        on = flags >> (15 - at) & 1
        return name, at, 1, str(on), yes if on else no

    return [
        bit("QR", 0, _("a response"), _("a query")),
        ("OPCODE", 1, 4, str(flags >> 11 & 15), code(OPCODE.forward, "OPCODE", flags >> 11 & 15)),
        bit("AA", 5, _("from a server in charge of the name (authoritative)"), _("not authoritative")),
        bit("TC", 6, _("cut short to fit into the datagram (truncated)"), _("not cut short")),
        bit("RD", 7, _("the server should ask others if need be (recursion desired)"), _("no recursion desired")),
        bit("RA", 8, _("the server asks others if need be (recursion available)"), _("no recursion available")),
        bit("Z", 9, _("not in use, has to be 0"), _("not in use")),
        bit("AD", 10, _("checked by DNSSEC (authentic data)"), _("not checked by DNSSEC")),
        bit("CD", 11, _("no check by DNSSEC wanted (checking disabled)"), _("a check by DNSSEC is welcome")),
        ("RCODE", 12, 4, str(flags & 15), code(RCODE.forward, "RCODE", flags & 15)),
    ]


def type_meaning(kind: str) -> str:
    return {
        "A": _("an IPv4 address"),
        "AAAA": _("an IPv6 address"),
        "CNAME": _("the name that this is an alias of"),
        "MX": _("a server that takes mail"),
        "NS": _("a name server"),
        "OPT": _("not a record, but extensions (EDNS)"),
        "PTR": _("the name of an address"),
        "SOA": _("who is in charge of the zone"),
        "SRV": _("where a service is"),
        "TXT": _("texts"),
    }.get(kind, "")


def data_meaning(name: str) -> str:
    return {
        "EXCHANGE": _("the mail server"),
        "EXPIRE": _("seconds until a copy of the zone is no longer valid"),
        "MINIMUM": _("seconds that “there is no such name” may be kept"),
        "MNAME": _("the zone's first name server"),
        "NSDNAME": _("the name server"),
        "PORT": _("the port"),
        "PREFERENCE": _("the lowest is tried first"),
        "PRIORITY": _("the lowest is tried first"),
        "PTRDNAME": _("the name"),
        "REFRESH": _("seconds until a copy of the zone looks for changes"),
        "RETRY": _("seconds until it tries again"),
        "RNAME": _("the mailbox of who is in charge; its first dot stands for @"),
        "SERIAL": _("grows with each change of the zone"),
        "TARGET": _("the host"),
        "WEIGHT": _("a larger one is chosen more often"),
    }.get(name, "")
