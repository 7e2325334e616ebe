"""DNS: each message, explained (RFC 1035); over UDP a datagram is a message, over TCP its length comes first."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from netkit.i18n import _, ngettext, octets
from netkit.protocols import Line, Piece
from netkit.protocols.dns_fields import Field, table
from netkit.protocols.dns_message import Message, Question, Record, fields, read, unicode_name
from netkit.protocols.lazily import Lazily
from netkit.protocols.text import visible

__all__ = ["Field", "explain", "fields", "table"]

SOURCE = "RFC 1035, section 4.1"
OVER_TCP = "RFC 1035, section 4.2.2"
SHOWN = 5  # records of a section that are told one by one


class _Cut(NamedTuple):
    """One message: who sent it, when, in which piece it begins, its bytes, how many of them are its length (TCP)."""

    side: str
    time: float
    piece: int
    data: bytes
    prefix: int
    whole: bool = True


def explain(pieces: Iterable[Piece], datagrams: bool = False) -> Sequence[Line]:
    """A line a message. What is no DNS message is shown as text, and its meaning says what is wrong with it."""
    cuts = _datagrams(pieces) if datagrams else sorted(_stream(pieces), key=lambda cut: cut.piece)
    return Lazily(cuts, _line)


def _line(cut: _Cut) -> Line:
    text, meaning, source = _told(cut)
    return Line(cut.side, cut.time, cut.data, text, meaning, source, cut.piece)


def _datagrams(pieces: Iterable[Piece]) -> Iterator[_Cut]:
    for number, (side, time, data) in enumerate(pieces):
        if data:
            yield _Cut(side, time, number, data, 0)


def _stream(pieces: Iterable[Piece]) -> Iterator[_Cut]:
    """Each side's stream cut into messages; what a break or the end leaves unfinished stands for itself."""
    begun: dict[str, tuple[float, int, bytearray]] = {}
    for number, (side, time, data) in enumerate(pieces):
        if not data:
            yield from _unfinished(side, begun)
            continue
        first, piece, held = begun.pop(side, (time, number, bytearray()))
        held += data
        at = 0
        while len(held) - at >= 2 and len(held) - at >= 2 + (size := int.from_bytes(held[at : at + 2], "big")):
            yield _Cut(side, first, piece, bytes(held[at : at + 2 + size]), 2)
            at += 2 + size
            first, piece = time, number
        if at < len(held):
            begun[side] = first, piece, held[at:]
    for side in tuple(begun):
        yield from _unfinished(side, begun)


def _unfinished(side: str, begun: dict[str, tuple[float, int, bytearray]]) -> Iterator[_Cut]:
    if side in begun:
        time, piece, held = begun.pop(side)
        yield _Cut(side, time, piece, bytes(held), 2, whole=False)


def _told(cut: _Cut) -> tuple[str, str, str]:
    """Text, meaning and source."""
    if not cut.whole:
        meaning = _("not a whole DNS message: over TCP its length comes first, in 2 bytes, and then all of it")
        return visible(cut.data), meaning, OVER_TCP
    message = read(cut.data[cut.prefix :])
    if message.problem:
        meaning = _("not a DNS message that can be read: {problem}").format(problem=message.problem)
        return visible(cut.data), meaning, SOURCE
    meaning = _answer_meaning(message) if message.response else _query_meaning(message)
    if message.left:
        follow = ngettext(
            "{size} follows that belongs to nothing", "{size} follow that belong to nothing", message.left
        )
        meaning += "; " + follow.format(size=octets(message.left))
    return (_answer_text if message.response else _query_text)(message), meaning, SOURCE


def _query_text(message: Message) -> str:
    return _("query {id}: {question}").format(id=f"0x{message.id:04x}", question=_asked(message)) + _flags(message)


def _answer_text(message: Message) -> str:
    text = _("answer {id}: {question} {rcode}").format(
        id=f"0x{message.id:04x}", question=_asked(message), rcode=message.rcode
    )
    sections = (
        ("", message.answers),
        (_("authority: "), message.authority),
        (_("additional: "), [r for r in message.additional if r.type != "OPT"]),
    )
    listed = "".join(f"; {what}{_listed([_record_text(r) for r in rs[:SHOWN]], rs)}" for what, rs in sections if rs)
    return text + _flags(message) + listed


def _asked(message: Message) -> str:
    return ", ".join(
        f"{q.name} {q.type}?" if q.kind == "IN" else f"{q.name} {q.kind} {q.type}?" for q in message.questions[:SHOWN]
    ) or _("no question")


def _flags(message: Message) -> str:
    words = [message.opcode] if message.opcode != "QUERY" else []
    names = (_("authoritative"), _("truncated"), _("recursion desired"), _("recursion available"))
    words += [name for bit, name in zip((0x0400, 0x0200, 0x0100, 0x0080), names, strict=True) if message.flags & bit]
    return f" ({', '.join(words)})" if words else ""


def _record_text(record: Record) -> str:
    return " ".join(filter(None, (record.name, str(record.ttl), record.type, "?" if record.bad else record.value)))


def _listed(said: list[str], records: list[Record]) -> str:
    more = len(records) - len(said)
    if more > 0:
        said = [*said, ngettext("and {n} more record", "and {n} more records", more).format(n=more)]
    return ", ".join(said)


def _query_meaning(message: Message) -> str:
    if message.opcode != "QUERY":
        return _("a query of the kind {opcode}").format(opcode=message.opcode)
    if not message.questions:
        return _("a query that asks nothing")
    return "; ".join(_asks(question) for question in message.questions[:SHOWN])


def _asks(question: Question) -> str:
    text = {
        "A": _("asks for the IPv4 address of {name}"),
        "AAAA": _("asks for the IPv6 address of {name}"),
        "ANY": _("asks for all that is known about {name}"),
        "CNAME": _("asks whether {name} is an alias, and of which name"),
        "MX": _("asks which servers take mail for {name}"),
        "NS": _("asks for the name servers of {name}"),
        "PTR": _("asks for the name that belongs to {name}"),
        "SOA": _("asks who is in charge of the zone {name}"),
        "TXT": _("asks for the texts of {name}"),
    }.get(question.type, _("asks for the records of type {type} of {name}"))
    return text.format(name=_known_as(question.name), type=question.type)


def _known_as(name: str) -> str:
    """The name; with it, where it has one, the address or the letters that it stands for."""
    if address := _reversed_address(name):
        return address
    letters = unicode_name(name)
    return f"{name} ({letters})" if letters else name


def _reversed_address(name: str) -> str:
    """The address of which this is the name for questions back (RFC 1035, section 3.5; RFC 3596, section 2.5)."""
    labels = name.lower().split(".")
    try:
        if labels[-2:] == ["in-addr", "arpa"]:
            return str(ipaddress.IPv4Address(".".join(reversed(labels[:-2]))))
        if labels[-2:] == ["ip6", "arpa"] and len(labels) == 34 and all(len(label) == 1 for label in labels[:32]):
            return str(ipaddress.IPv6Address(int("".join(reversed(labels[:32])), 16)))
    except ValueError:
        pass
    return ""


def _answer_meaning(message: Message) -> str:
    said = [_rcode_meaning(message)] if message.rcode != "NOERROR" else []
    if message.answers:
        said.append(_listed([_holds(record) for record in message.answers[:SHOWN]], message.answers))
    elif not said:
        said.append(_nothing_meaning(message))
    if message.flags & 0x0200:
        said.append(_("cut short to fit into the datagram: ask again over TCP"))
    return "; ".join(said)


def _nothing_meaning(message: Message) -> str:
    if message.opcode != "QUERY" or not message.questions:
        return _("done")
    servers = [record.value for record in message.authority if record.type == "NS" and not record.bad]
    if servers and not any(record.type == "SOA" for record in message.authority):
        return _("does not know, and names servers to ask: {servers}").format(servers=", ".join(servers[:SHOWN]))
    return _("the name is known, but it has no such record (NODATA; RFC 2308, section 2.2)")


def _rcode_meaning(message: Message) -> str:
    return {
        "FORMERR": _("the server could not read the query (FORMERR)"),
        "SERVFAIL": _("the server failed (SERVFAIL)"),
        "NXDOMAIN": _("there is no such name (NXDOMAIN)"),
        "NOTIMP": _("the server does not know this kind of query (NOTIMP)"),
        "REFUSED": _("the server refuses to answer this (REFUSED)"),
    }.get(message.rcode, _("the query failed ({rcode})").format(rcode=message.rcode))


def _holds(record: Record) -> str:
    if record.bad:
        return _("a record of type {type} that cannot be read").format(type=record.type)
    text = {
        "A": _("the IPv4 address of {name} is {value}"),
        "AAAA": _("the IPv6 address of {name} is {value}"),
        "CNAME": _("{name} is an alias of {value}"),
        "MX": _("mail for {name} goes to {last}"),
        "NS": _("a name server of {name} is {value}"),
        "PTR": _("{name} is called {value}"),
        "SOA": _("the zone {name} is kept at {first}"),
        "TXT": _("{name} has the text {value}"),
    }.get(record.type, _("{name} has a record of type {type}"))
    words = record.value.split(" ")
    return text.format(
        name=_known_as(record.name), value=record.value, type=record.type, first=words[0], last=words[-1]
    )
