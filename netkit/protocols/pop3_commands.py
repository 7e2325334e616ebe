"""What a POP3 client asks for (RFC 1939; RFC 2449, 2595, 5034 and 6856 for what came later)."""

from __future__ import annotations

from enum import Enum

from netkit.i18n import _, ngettext
from netkit.protocols.mail_lines import Told, brief, rfc
from netkit.protocols.sasl import initial_told

# fmt: off
VERBS = frozenset((
    "USER", "PASS", "APOP", "AUTH", "STLS", "CAPA", "STAT", "LIST", "RETR", "DELE", "NOOP", "RSET", "QUIT", "TOP",
    "UIDL", "UTF8", "LANG", "RPOP", "LAST",
))
# fmt: on
LINE_MOST = 255  # bytes of a command with its CRLF (RFC 2449, section 4)


class Phase(Enum):
    """How far the session has come (RFC 1939, section 3)."""

    AUTHORIZATION = 1
    TRANSACTION = 2
    UPDATE = 3


SIGNING_IN = frozenset(("USER", "PASS", "APOP", "AUTH", "STLS", "UTF8"))  # only before signing in
WITH_MAILDROP = frozenset(("STAT", "LIST", "RETR", "DELE", "NOOP", "RSET", "TOP", "UIDL"))  # only after it


def verb_of(data: bytes) -> str:
    """The command's verb in capital letters; "" if it is none of POP3's."""
    word = data[:12].split(None, 1)[:1]
    verb = word[0].upper().decode("ascii", "replace") if word else ""
    return verb if verb in VERBS else ""


def told(data: bytes, verb: str, phase: Phase, secure: bool = False) -> Told:
    """What a command means, in its phase; `secure`: inside TLS."""
    if len(data) > LINE_MOST and verb != "AUTH":
        return Told(_("longer than the {most} bytes that a command may have").format(most=LINE_MOST), rfc(2449, "4"))
    rest = data.lstrip()[len(verb) :].strip()
    if verb == "AUTH":
        mechanism, _space, response = rest.partition(b" ")
        return initial_told(mechanism.decode("ascii", "replace").upper(), response.strip(), rfc(5034, "4"))
    if verb in WITH_MAILDROP and phase is Phase.AUTHORIZATION:
        return Told(_("too early: {verb} works only after signing in").format(verb=verb), rfc(1939, "3"))
    if verb in SIGNING_IN and phase is Phase.TRANSACTION:
        return Told(_("too late: {verb} works only before signing in").format(verb=verb), rfc(1939, "3"))
    if verb == "PASS" and secure:
        text = _("the password, which TLS hides from everyone on the way: {name}")
        return Told(text.format(name=brief(rest)), rfc(1939, "7"))
    return _plain(verb, rest, data, phase)


def injected_told(_data: bytes) -> Told:
    """What was sent behind STLS without waiting for the reply."""
    return Told(_("slipped in behind STLS, not encrypted: a server must ignore it"), rfc(2595, "4"))


def _plain(verb: str, rest: bytes, data: bytes, phase: Phase) -> Told:
    name = brief(rest)
    match verb:
        case "USER":
            return Told(_("signs in, first the name: {name}").format(name=name), rfc(1939, "7"))
        case "PASS":
            return Told(_("the password, for everyone on the way to read: {name}").format(name=name), rfc(1939, "7"))
        case "APOP":
            text = _("signs in as {name}; MD5 of time stamp and password, not the password")
            return Told(text.format(name=brief(rest.split(b" ")[0], 16)), rfc(1939, "7"))
        case "RPOP":
            return Told(_("signs in without a password: no longer part of POP3"), "RFC 1460")
        case "STLS":
            return Told(_("asks to encrypt all that follows, with TLS"), rfc(2595, "4"))
        case "CAPA":
            return Told(_("what can the server do?"), rfc(2449, "5"))
        case "UTF8":
            return Told(_("letters, names and passwords may be in UTF-8 from here on"), rfc(6856, "2"))
        case "LANG":
            return Told(_("in which language should the server answer?"), rfc(6856, "3"))
        case "NOOP":
            return Told(_("do nothing, but answer"), rfc(1939, "5"))
        case "RSET":
            return Told(_("takes the marks off: no letter is to be deleted"), rfc(1939, "5"))
        case "LAST":
            return Told(_("which letter was read last? No longer part of POP3"), "RFC 1725")
        case "QUIT" if phase is Phase.TRANSACTION:
            return Told(_("the end: now the server deletes what was marked (UPDATE)"), rfc(1939, "6"))
        case "QUIT":
            return Told(_("the end; nothing is deleted"), rfc(1939, "4"))
        case "":
            text = _("no command of POP3: {name}") if data.strip() else _("an empty line")
            return Told(text.format(name=brief(data)))
        case _:
            return _about_letters(verb, rest, name)


def _about_letters(verb: str, rest: bytes, name: str) -> Told:
    match verb:
        case "STAT":
            return Told(_("how many letters are there, how large together?"), rfc(1939, "5"))
        case "LIST" if name:
            return Told(_("how large is letter {number}?").format(number=name), rfc(1939, "5"))
        case "LIST":
            return Told(_("how large is each letter?"), rfc(1939, "5"))
        case "RETR":
            return Told(_("asks for letter {number}, whole").format(number=name), rfc(1939, "5"))
        case "DELE":
            return Told(_("marks letter {number}; it stays until QUIT").format(number=name), rfc(1939, "5"))
        case "UIDL" if name:
            return Told(_("the lasting name of letter {number}?").format(number=name), rfc(1939, "7"))
        case "UIDL":
            return Told(_("the lasting name of each letter?"), rfc(1939, "7"))
        case _:
            return _top(rest)


def _top(rest: bytes) -> Told:
    words = rest.split()
    if len(words) != 2 or not words[1].isdigit() or len(words[1]) > 9:
        return Told(_("asks for the top of a letter, but not as it should be: TOP 1 10"), rfc(1939, "7"))
    lines, number = int(words[1]), brief(words[0])
    text = ngettext(
        "the header of letter {number}, and {n} line of its body",
        "the header of letter {number}, and {n} lines of its body",
        lines,
    )
    return Told(text.format(number=number, n=lines), rfc(1939, "7"))
