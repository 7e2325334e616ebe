"""What an SMTP client asks for (RFC 5321, section 4.1.1, and the extensions' own RFCs)."""

from __future__ import annotations

import re

from netkit.i18n import _, octets
from netkit.protocols.mail_lines import Told, both, brief, rfc
from netkit.protocols.sasl import initial_told

# fmt: off
VERBS = frozenset((
    "HELO", "EHLO", "MAIL", "RCPT", "DATA", "RSET", "VRFY", "EXPN", "HELP", "NOOP", "QUIT", "ETRN", "STARTTLS",
    "AUTH", "BDAT", "TURN", "SEND", "SOML", "SAML",
))
# fmt: on
LINE_MOST = 512  # bytes of a command with its CRLF (RFC 5321, section 4.5.3.1.4)
MORE_MOST = 1024  # of one that extensions have made longer

_PATH = re.compile(rb":\s*(<[^>]*>|\S+)(.*)", re.DOTALL)


def verb_of(data: bytes) -> str:
    """The command's verb in capital letters; "" if it is none of SMTP's."""
    word = data[:12].split(None, 1)[:1]
    verb = word[0].upper().decode("ascii", "replace") if word else ""
    return verb if verb in VERBS else ""


def told(data: bytes, verb: str) -> Told:
    """What a command means."""
    most = LINE_MOST if verb not in ("MAIL", "RCPT") else MORE_MOST
    if len(data) > most and verb != "AUTH":
        text = _("{size}: longer than a command may be ({most})")
        return Told(text.format(size=octets(len(data)), most=octets(most)), rfc(5321, "4.5.3.1.4"))
    rest = data.lstrip()[len(verb) :].strip()
    if verb == "MAIL":
        return _mail(rest)
    if verb == "RCPT":
        return _recipient(rest)
    if verb == "AUTH":
        mechanism, _space, response = rest.partition(b" ")
        return initial_told(mechanism.decode("ascii", "replace").upper(), response.strip(), rfc(4954, "4"))
    return _plain(verb, rest, data)


def injected_told(_data: bytes) -> Told:
    """What was sent behind STARTTLS without waiting for the reply."""
    return Told(_("slipped in behind STARTTLS, not encrypted: a server must ignore it"), rfc(3207, "4.2"))


def _plain(verb: str, rest: bytes, data: bytes) -> Told:
    name = brief(rest)
    match verb:
        case "HELO":
            return Told(_("the client says hello, by its name: {name}").format(name=name), rfc(5321, "4.1.1.1"))
        case "EHLO":
            text = _("the client, {name}, says hello and asks for extensions")
            return Told(text.format(name=name), rfc(5321, "4.1.1.1"))
        case "DATA":
            return Told(_("the client wants to send the letter itself"), rfc(5321, "4.1.1.4"))
        case "RSET":
            return Told(_("forget the letter that was begun; the session goes on"), rfc(5321, "4.1.1.5"))
        case "VRFY":
            return Told(_("is there a mailbox {name}?").format(name=name), rfc(5321, "4.1.1.6"))
        case "EXPN":
            return Told(_("who is on the mailing list {name}?").format(name=name), rfc(5321, "4.1.1.7"))
        case "HELP":
            text = _("asks for help on {name}").format(name=name) if name else _("asks for help")
            return Told(text, rfc(5321, "4.1.1.8"))
        case "NOOP":
            return Told(_("do nothing, but answer"), rfc(5321, "4.1.1.9"))
        case "QUIT":
            return Told(_("the client is done and says goodbye"), rfc(5321, "4.1.1.10"))
        case "ETRN":
            return Told(_("send out now what waits for {name}").format(name=name), rfc(1985, "5"))
        case "STARTTLS":
            return Told(_("asks to encrypt all that follows, with TLS"), rfc(3207, "4"))
        case "BDAT":
            return Told(_("a part of a letter, by its size"), rfc(3030, "2"))
        case "TURN" | "SEND" | "SOML" | "SAML":
            text = _("a command of the first SMTP that is no longer used")
            return Told(text, rfc(5321, "F.1" if verb == "TURN" else "F.6"))
        case _:
            text = _("no command of SMTP: {name}") if rest else _("an empty line")
            return Told(text.format(name=brief(data)))


def _mail(rest: bytes) -> Told:
    found = _PATH.search(rest)
    if not rest.upper().startswith(b"FROM") or found is None:
        return Told(_("begins a letter, but not as it should: MAIL FROM:<address>"), rfc(5321, "4.1.1.2"))
    if found[1] == b"<>":
        begins = Told(_("begins a letter that nobody wants back (a bounce)"), rfc(5321, "4.5.5"))
    else:
        text = _("begins a letter; return address {address}")
        begins = Told(text.format(address=brief(found[1])), rfc(5321, "4.1.1.2"))
    return both(begins, *_parameters(found[2]))


def _parameters(rest: bytes) -> list[Told]:
    """What stands behind the address, as far as there is room to tell it."""
    said = []
    for word in rest[:MORE_MOST].upper().split()[:3]:
        name, _equals, value = word.partition(b"=")
        if name == b"SIZE" and value.isdigit() and len(value) < 10:
            said.append(Told(octets(int(value)), rfc(1870, "6")))
        elif word == b"BODY=8BITMIME":
            said.append(Told(_("8 bits"), rfc(6152, "3")))
        elif word == b"BODY=7BIT":
            said.append(Told(_("7 bits"), rfc(6152, "3")))
        elif word == b"SMTPUTF8":
            said.append(Told("UTF-8", rfc(6531, "3.4")))
        elif name == b"AUTH":
            said.append(Told("", rfc(4954, "5")))
        elif name in (b"RET", b"ENVID"):
            said.append(Told("", rfc(3461, "4")))
    return said


def _recipient(rest: bytes) -> Told:
    found = _PATH.search(rest)
    if not rest.upper().startswith(b"TO") or found is None:
        return Told(_("a recipient, but not as it should be: RCPT TO:<address>"), rfc(5321, "4.1.1.3"))
    text = _("the letter is for {address}, whatever its To: says")
    extra = rfc(3461, "4") if b"NOTIFY=" in found[2].upper() or b"ORCPT=" in found[2].upper() else ""
    return both(Told(text.format(address=brief(found[1])), rfc(5321, "4.1.1.3")), Told("", extra))
