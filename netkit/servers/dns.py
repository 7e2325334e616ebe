"""The course's DNS server: a small zone, and an answer for any datagram (RFC 1035).

Its addresses are those set aside for documentation (RFC 5737, RFC 3849), its names those set aside for tests
(RFC 6761): a lesson that goes wrong can reach nobody.
"""

from __future__ import annotations

import functools

from dnslib import CLASS, QTYPE, RCODE, RR, DNSRecord
from dnslib.label import DNSLabel

ZONE = """
$ORIGIN netkit.test.
$TTL 300
@       IN SOA   ns.netkit.test. hostmaster.netkit.test. 1 3600 900 604800 300
@       IN NS    ns.netkit.test.
@       IN MX    10 mail.netkit.test.
@       IN TXT   "netkit: network programming in Python"
ns      IN A     192.0.2.1
www     IN A     192.0.2.10
www     IN AAAA  2001:db8::10
mail    IN A     192.0.2.25
python  IN CNAME www.netkit.test.
xn--80aswg IN A  192.0.2.77
2.0.192.in-addr.arpa.    IN SOA ns.netkit.test. hostmaster.netkit.test. 1 3600 900 604800 300
10.2.0.192.in-addr.arpa. IN PTR www.netkit.test.
"""
ANY_CLASS = 255  # QCLASS * (RFC 1035, section 3.2.5)
FOLLOWED = 8  # aliases of aliases that are followed at most


@functools.cache
def _zone() -> dict[DNSLabel, list[RR]]:
    names: dict[DNSLabel, list[RR]] = {}
    for record in RR.fromZone(ZONE.strip()):
        names.setdefault(record.rname, []).append(record)
    return names


def answer(datagram: bytes) -> bytes | None:
    """The answer to a query, or None where there can be none.

    A datagram too short for a header gets no answer; one that cannot be read gets FORMERR with its own id (RFC 1035,
    section 4.1.1); what is no question gets NOTIMP; a name that is in none of its zones gets REFUSED: whether there is
    such a name elsewhere, this server does not know.
    """
    if len(datagram) < 12:
        return None
    try:
        query = DNSRecord.parse(datagram)
        if query.header.qr:
            return None  # an answer to nobody's question: answering it could go on for ever
        return bytes(_reply(query).pack())
    except Exception:  # dnslib raises whatever it runs into
        flags = (datagram[2] & 0x79) | 0x80  # QR set; opcode and RD as they came
        return datagram[:2] + bytes([flags, RCODE.FORMERR]) + bytes(8) if not datagram[2] & 0x80 else None


def _reply(query: DNSRecord) -> DNSRecord:
    reply = query.reply(ra=0)
    if query.header.opcode or len(query.questions) != 1:
        reply.header.rcode = RCODE.NOTIMP if query.header.opcode else RCODE.FORMERR
        return reply
    name, kind = query.q.qname, query.q.qtype
    if query.q.qclass not in (CLASS.IN, ANY_CLASS) or not _authority(name):
        reply.header.rcode, reply.header.aa = RCODE.REFUSED, 0
        return reply
    for _alias in range(FOLLOWED):
        records = _zone().get(name, [])
        found = [r for r in records if kind in (r.rtype, QTYPE.ANY)]
        reply.add_answer(*found)
        aliases = [r for r in records if r.rtype == QTYPE.CNAME and r not in found]
        if found or not aliases:
            break
        reply.add_answer(*aliases)
        name = aliases[0].rdata.label
    if not found:  # how long "no" may be kept says the zone's SOA (RFC 2308, section 3)
        if not any(known.matchSuffix(name) for known in _zone()):
            reply.header.rcode = RCODE.NXDOMAIN
        reply.add_auth(*_authority(name))
    return reply


def _authority(name: DNSLabel) -> list[RR]:
    """The SOA record of the zone in which the name would be, if it is one of this server's."""
    return [r for apex, rs in _zone().items() for r in rs if r.rtype == QTYPE.SOA and name.matchSuffix(apex)]
