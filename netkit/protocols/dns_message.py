"""One DNS message taken apart, byte by byte (RFC 1035 section 4): for the lesson, and for the lines of `dns`.

It reads stricter and further than dnslib's own parser, which knows neither where a field stands nor how far a broken
message could be read; the names of types, classes and codes, and what rare records hold, are dnslib's.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from dnslib import CLASS, OPCODE, QTYPE, RCODE
from dnslib.dns import RDMAP
from dnslib.label import DNSBuffer

from netkit.i18n import _, ngettext, octets
from netkit.protocols.dns_fields import Field, code, data_meaning, flag_bits, only_bits, type_meaning
from netkit.protocols.text import visible

HEADER = 12  # bytes
NAME_LIMIT = 255  # bytes of a name, the lengths of its labels among them (RFC 1035, section 2.3.4)

_TIMES = ("SERIAL", "REFRESH", "RETRY", "EXPIRE", "MINIMUM")
_LAYOUTS = {  # what a record holds, by its type (RFC 1035 section 3.3, RFC 3596, RFC 2782)
    "A": [("ADDRESS", "address")],
    "AAAA": [("ADDRESS", "address")],
    "CNAME": [("CNAME", "name")],
    "MX": [("PREFERENCE", "2"), ("EXCHANGE", "name")],
    "NS": [("NSDNAME", "name")],
    "PTR": [("PTRDNAME", "name")],
    "SOA": [("MNAME", "name"), ("RNAME", "name"), *((name, "4") for name in _TIMES)],
    "SRV": [("PRIORITY", "2"), ("WEIGHT", "2"), ("PORT", "2"), ("TARGET", "name")],
    "TXT": [("TXT-DATA", "strings")],
}
_SIZES = {"A": 4, "AAAA": 16}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a name, and a type and class such as ``"A"`` and ``"IN"``."""

    name: str
    type: str
    kind: str


@dataclass(frozen=True, slots=True)
class Record:
    """A resource record; its value as text, or "" and `bad` where its bytes are not what its type holds."""

    name: str
    type: str
    kind: str
    ttl: int  # seconds
    value: str
    bad: bool = False


@dataclass(slots=True)
class Message:
    """A message, as far as it could be read.

    Attributes:
        fields: all its bytes, taken apart.
        problem: why it could not be read to its end, in the learner's language, or ``""``.
        left: bytes that follow the message's end.
    """

    id: int = 0
    flags: int = 0
    extended: int = 0  # the upper bits of RCODE, from an OPT record (RFC 6891, section 6.1.3)
    questions: list[Question] = field(default_factory=list)
    answers: list[Record] = field(default_factory=list)
    authority: list[Record] = field(default_factory=list)
    additional: list[Record] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    problem: str = ""
    left: int = 0

    @property
    def response(self) -> bool:
        """Whether it is an answer (QR)."""
        return bool(self.flags & 0x8000)

    @property
    def opcode(self) -> str:
        """What kind of query it is, e.g. ``"QUERY"``."""
        return code(OPCODE.forward, "OPCODE", self.flags >> 11 & 15)

    @property
    def rcode(self) -> str:
        """How it went, e.g. ``"NXDOMAIN"``."""
        return code(RCODE.forward, "RCODE", self.extended << 4 | self.flags & 15)


def fields(message: bytes) -> list[Field]:
    """A DNS message, field by field.

    Whatever the bytes are, there is no error: what cannot be read is the last field, called ``"?"``, whose meaning
    says what is wrong.

    Args:
        message: the bytes as they come in a datagram.
    """
    return read(message).fields


def read(message: bytes) -> Message:
    """Read a message as far as it goes; never raises."""
    reader = _Reader(message)
    try:
        reader.read()
    except _Broken as problem:
        reader.read_so_far(str(problem))
    return reader.said


class _Broken(Exception):
    """The message cannot be read on from here; says why."""


class _Reader:
    def __init__(self, message: bytes) -> None:
        self.message = message
        self.at = 0
        self.end = len(message)  # of what is being read: of the message, or of a record's data
        self.part = _("header")
        self.said = Message()

    def read(self) -> None:
        if self.end < HEADER:
            text = _("it is {n} long, and the header alone takes {header}")
            raise _Broken(text.format(n=octets(self.end), header=octets(HEADER)))
        counts = self._header()
        for number in range(1, counts[0] + 1):
            self.part = _("question {n}").format(n=number)
            name = self._name("QNAME", _("the name that is asked about"))
            kind = self._type("QTYPE")
            self.said.questions.append(Question(name, kind, self._class("QCLASS")))
        parts = (_("answer {n}"), _("authority {n}"), _("additional {n}"))
        into = (self.said.answers, self.said.authority, self.said.additional)
        for count, part, records in zip(counts[1:], parts, into, strict=True):
            for number in range(1, count + 1):
                self.part = part.format(n=number)
                records.append(self._record())
        self.said.left = self.end - self.at
        if self.said.left:
            self.part = _("after the message")
            self._add(self.said.left, "?", "", _("belongs to nothing that the header counts"))

    def read_so_far(self, problem: str) -> None:
        """The rest, as it is."""
        self.said.problem = problem
        self.at = sum(len(one.data) for one in self.said.fields if not one.bits)
        self.end = len(self.message)
        self._add(self.end - self.at, "?", "", _("cannot be read: {problem}").format(problem=problem))

    def _add(self, size: int, name: str, value: str, meaning: str = "", bits: str = "") -> None:
        data = self.message[self.at : self.at + size]
        self.said.fields.append(Field(self.part, self.at, data, name, value, meaning, bits))
        if not bits:
            self.at += size

    def _number(self, size: int, name: str) -> int:
        """The number that stands here; `_add` passes over it."""
        if self.at + size > self.end:
            raise _Broken(
                _("{name} of {part} takes {n}; left: {left}").format(
                    name=name, part=self.part, n=octets(size), left=octets(self.end - self.at)
                )
            )
        return int.from_bytes(self.message[self.at : self.at + size], "big")

    def _header(self) -> list[int]:
        said = self.said
        said.id = self._number(2, "ID")
        self._add(2, "ID", f"0x{said.id:04x}", _("the asker's choice; the answer carries the same"))
        said.flags = self._number(2, "FLAGS")
        self._add(2, "FLAGS", f"0x{said.flags:04x}", _("16 bits:"))
        self.at -= 2
        for name, first, size, value, meaning in flag_bits(said.flags):
            self._add(2, name, value, meaning, only_bits(said.flags, first, size))
        self.at += 2
        counts = []
        for name, meaning in (
            ("QDCOUNT", _("questions")),
            ("ANCOUNT", _("records that answer")),
            ("NSCOUNT", _("records that say who is in charge (authority)")),
            ("ARCOUNT", _("additional records")),
        ):
            counts.append(self._number(2, name))
            self._add(2, name, str(counts[-1]), meaning)
        return counts

    def _type(self, name: str) -> str:
        number = self._number(2, name)
        kind = code(QTYPE.forward, "TYPE", number)
        self._add(2, name, str(number), f"{kind}: {meaning}" if (meaning := type_meaning(kind)) else kind)
        return kind

    def _class(self, name: str) -> str:
        number = self._number(2, name)
        kind = "ANY" if number == 255 else code(CLASS.forward, "CLASS", number)
        self._add(2, name, str(number), _("IN: the Internet") if kind == "IN" else kind)
        return kind

    def _record(self) -> Record:
        name = self._name("NAME", _("the name that the record is about"))
        kind = self._type("TYPE")
        if kind == "OPT":
            klass, ttl = "", self._extensions()
        else:
            klass, ttl = self._class("CLASS"), self._number(4, "TTL")
            lasts = ngettext("may be kept for {n} second", "may be kept for {n} seconds", ttl).format(n=ttl)
            self._add(4, "TTL", str(ttl), lasts)
        size = self._number(2, "RDLENGTH")
        self._add(2, "RDLENGTH", str(size), _("bytes of data that follow"))
        if self.at + size > self.end:
            text = _("the data of {part} take {n}; left: {left}")
            raise _Broken(text.format(part=self.part, n=octets(size), left=octets(self.end - self.at)))
        return self._data(name, kind, klass, ttl, size)

    def _extensions(self) -> int:
        """CLASS and TTL of an OPT record, which say other things there (RFC 6891, section 6.1)."""
        self._add(2, "CLASS", str(self._number(2, "CLASS")), _("how large a datagram may be, in bytes (EDNS)"))
        ttl = self._number(4, "TTL")
        self.said.extended = ttl >> 24
        self._add(4, "TTL", f"0x{ttl:08x}", _("upper bits of RCODE, version and flags (EDNS)"))
        return ttl

    def _data(self, name: str, kind: str, klass: str, ttl: int, size: int) -> Record:
        start, before = self.at, len(self.said.fields)
        end, self.end = self.end, self.at + size
        try:
            value = " ".join(self._content(kind, size))
            return Record(name, kind, klass, ttl, value)
        except _Broken as problem:
            self.at = start
            del self.said.fields[before:]
            meaning = _("no data of a record of type {type}: {problem}").format(type=kind, problem=problem)
            self._add(size, "RDATA", "", meaning)
            return Record(name, kind, klass, ttl, "", bad=True)
        finally:
            self.end = end

    def _content(self, kind: str, size: int) -> list[str]:
        """The fields of a record's data."""
        if size != _SIZES.get(kind, size):
            text = _("it takes {n}, not {size}")
            raise _Broken(text.format(n=octets(_SIZES[kind]), size=octets(size)))
        if kind not in _LAYOUTS:
            return [self._rare(kind, size)]
        values = [self._one(name, form, size) for name, form in _LAYOUTS[kind]]
        if self.at != self.end:
            raise _Broken(_("{n} too many").format(n=octets(self.end - self.at)))
        return values

    def _one(self, name: str, form: str, size: int) -> str:
        if form == "name":
            return self._name(name, data_meaning(name))
        if form == "address":
            value = str(ipaddress.ip_address(self.message[self.at : self.at + size]))
            self._add(size, name, value, _("an IPv4 address") if size == 4 else _("an IPv6 address"))
        elif form == "strings":
            value = self._strings(name)
        else:
            value = str(self._number(int(form), name))
            self._add(int(form), name, value, data_meaning(name))
        return value

    def _strings(self, name: str) -> str:
        values = []
        while self.at < self.end:
            size = self.message[self.at]
            if self.at + 1 + size > self.end:
                raise _Broken(_("a text is {n} long, and the record ends before").format(n=octets(size)))
            said = visible(self.message[self.at + 1 : self.at + 1 + size]).replace('"', r"\"")
            values.append(f'"{said}"')
            self._add(1 + size, name, values[-1], _("a text, after its length: {n}").format(n=octets(size)))
        return " ".join(values)

    def _rare(self, kind: str, size: int) -> str:
        r"""By dnslib, where it knows the type; else as RFC 3597, section 5 writes it: ``\# 2 abcd``."""
        data = self.message[self.at : self.end]
        value = f"\\# {size} {data.hex()}".rstrip()
        if kind in RDMAP and size:
            buffer = DNSBuffer(self.message[: self.end])
            buffer.offset = self.at
            try:
                said = RDMAP[kind].parse(buffer, size).toZone()
            except Exception:  # dnslib raises whatever it runs into
                raise _Broken(_("it cannot be read")) from None
            value = visible(said.encode(errors="replace"))
        self._add(size, "RDATA", value)
        return value

    def _name(self, field_name: str, meaning: str) -> str:
        """A name: labels, each after its length, up to a zero or a pointer to the rest (RFC 1035, section 4.1.4)."""
        labels: list[bytes] = []
        steps: list[str] = []  # what stands here, in words
        at, end, lowest, after = self.at, self.end, self.at, 0
        length = 1
        while True:
            size = self._length_at(at, end)
            if size >= 0xC0:
                if at + 2 > end:
                    raise _Broken(_("{name} ends inside a pointer").format(name=field_name))
                pointer = int.from_bytes(self.message[at : at + 2], "big") & 0x3FFF
                if pointer >= lowest:  # it could go round for ever
                    text = _("the pointer at byte {at} leads to byte {to}, and a pointer has to lead back")
                    raise _Broken(text.format(at=at, to=pointer))
                if not after:
                    steps.append(_("goes on at byte {to} (pointer)").format(to=pointer))
                    after, end = at + 2, len(self.message)
                if len(steps) > NAME_LIMIT:
                    raise _Broken(_("the name at byte {at} leads from pointer to pointer").format(at=self.at))
                steps.append("")
                lowest = at = pointer
                continue
            if not after:
                steps.append(f"{size} {_label(self.message[at + 1 : at + 1 + size])}" if size else _("0 ends it"))
            at += 1 + size
            if not size:
                break
            length += 1 + size
            if at > end or length > NAME_LIMIT:
                text = _("the name at byte {at} is longer than {n}") if length > NAME_LIMIT else _(
                    "the name at byte {at} does not end"
                )  # fmt: skip
                raise _Broken(text.format(at=self.at, n=octets(NAME_LIMIT)))
            labels.append(self.message[at - size : at])
        name = ".".join(map(_label, labels)) or "."
        said = ", ".join(step for step in steps if step)
        self._add((after or at) - self.at, field_name, name, f"{meaning}: {said}" if meaning else said)
        return name

    def _length_at(self, at: int, end: int) -> int:
        if at >= end:
            raise _Broken(_("the name at byte {at} does not end").format(at=self.at))
        size = self.message[at]
        if 0x40 <= size < 0xC0:
            text = _("byte {at} is 0x{size:02x}, which is neither a label's length (up to 63) nor a pointer")
            raise _Broken(text.format(at=at, size=size))
        return size


def unicode_name(name: str) -> str:
    """The name with its letters, where it has others than ASCII (IDNA, RFC 5890); else ``""``."""
    if not any(label.lower().startswith("xn--") for label in name.split(".")):
        return ""
    try:
        said = name.encode("ascii").decode("idna")
    except UnicodeError:
        return ""
    return said if said.isprintable() and said != name else ""


def _label(label: bytes) -> str:
    r"""As a zone file writes it (RFC 1035, section 5.1): what is not plain as ``\DDD``, a dot as ``\.``."""
    return "".join(
        f"\\{octet:03d}" if not 0x21 <= octet <= 0x7E else f"\\{octet:c}" if octet in b'.\\"' else chr(octet)
        for octet in label
    )
