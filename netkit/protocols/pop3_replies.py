"""What a POP3 server answers: ``+OK`` or ``-ERR``, by what it was asked (RFC 1939)."""

from __future__ import annotations

import re
from functools import partial

from netkit.i18n import _, ngettext, octets
from netkit.protocols import sasl
from netkit.protocols.mail_lines import Told, brief, rfc
from netkit.protocols.pop3_commands import SIGNING_IN, WITH_MAILDROP, Phase
from netkit.protocols.text import LONGEST

_STAMP = re.compile(rb"<[^<>\s]+@[^<>\s]+>")
_TWO = re.compile(rb"(\d{1,12})[ \t]+(\d{1,12})(?=\s|$)")
_CODE = re.compile(rb"\[([A-Z/-]{1,20})[^\]]*\]", re.IGNORECASE)  # RFC 2449, section 8
_UID = re.compile(rb"(\d{1,12})[ \t]+([\x21-\x7e]+)")


def malformed_told(_data: bytes) -> Told:
    """What does not begin as a reply has to."""
    return Told(_("no reply of POP3: +OK or -ERR should stand first"), rfc(1939, "3"))


def dot_told(_data: bytes) -> Told:
    """The end of a list."""
    return Told(_("a dot alone: the end of the list"), rfc(1939, "3"))


def challenge_told(data: bytes) -> Told:
    """What a server asks while a client signs in."""
    return sasl.challenge_told(data[1:], rfc(5034, "4"))


def ok_told(data: bytes, verb: str, argument: bool, phase: Phase) -> Told:
    """``+OK``: what was asked for is done.

    Args:
        data: the line's bytes.
        verb: what it answers: a command's verb, ``"GREETING"``, or ``""`` if nobody asked.
        argument: whether the command had an argument.
        phase: how far the session was.
    """
    text = data[3:LONGEST].strip()
    match verb:
        case "GREETING":
            if stamp := _STAMP.search(text):
                return Told(_("ready for signing in (AUTHORIZATION); time stamp for APOP: {stamp}").format(
                    stamp=brief(stamp[0], 30)), rfc(1939, "7"))  # fmt: skip
            return Told(_("the server is ready: the client has to sign in (AUTHORIZATION)"), rfc(1939, "4"))
        case "USER":
            return Told(_("go on, now the password; the name may be wrong all the same"), rfc(1939, "7"))
        case "PASS" | "APOP":
            return Told(_("signed in; nobody else can use the maildrop now (TRANSACTION)"), rfc(1939, "4"))
        case "AUTH" if argument:
            return Told(_("signed in; nobody else can use the maildrop now (TRANSACTION)"), rfc(5034, "4"))
        case "STLS":
            return Told(_("agreed: from here on TLS, nobody else can read it"), rfc(2595, "4"))
        case "CAPA":
            return Told(_("what the server can do follows, up to a dot"), rfc(2449, "5"))
        case "UTF8":
            return Told(_("agreed: UTF-8 from here on"), rfc(6856, "2"))
        case "NOOP":
            return Told(_("done: nothing"), rfc(1939, "5"))
        case "QUIT" if phase is Phase.TRANSACTION:
            return Told(_("goodbye: what was marked is deleted, the maildrop is free again"), rfc(1939, "6"))
        case "QUIT":
            return Told(_("goodbye"), rfc(1939, "4"))
        case "":
            return Told(_("done, but nobody asked"), rfc(1939, "3"))
        case _:
            return _about_letters(text, verb, argument)


def _about_letters(text: bytes, verb: str, argument: bool) -> Told:
    two = _TWO.match(text)
    match verb:
        case "STAT" if two:
            n = int(two[1])
            said = ngettext("{n} letter, {size} in all", "{n} letters, {size} in all", n)
            return Told(said.format(n=n, size=octets(int(two[2]))), rfc(1939, "5"))
        case "LIST" if argument and two:
            return _size(two)
        case "LIST":
            return Told(_("the letters and their sizes follow, up to a dot"), rfc(1939, "5"))
        case "UIDL" if argument:
            return _unique(text)
        case "UIDL":
            return Told(_("the letters and their lasting names follow, up to a dot"), rfc(1939, "7"))
        case "RETR":
            return Told(_("the letter follows, up to a dot alone"), rfc(1939, "5"))
        case "TOP":
            return Told(_("the top of the letter follows, up to a dot alone"), rfc(1939, "7"))
        case "DELE":
            return Told(_("marked; it is deleted at QUIT, and only then"), rfc(1939, "5"))
        case "RSET":
            return Told(_("no letter is marked any more"), rfc(1939, "5"))
        case _:
            return Told(_("done"), rfc(1939, "3"))


def error_told(data: bytes, verb: str, argument: bool, phase: Phase) -> Told:
    """``-ERR``: it was not done. See `ok_told`."""
    code = _CODE.match(data[4:LONGEST].strip())
    if code is not None and (known := _by_code(code[1].decode().upper())).meaning:
        return known
    if verb in WITH_MAILDROP and phase is Phase.AUTHORIZATION:
        return Told(_("no: first the client has to sign in"), rfc(1939, "4"))
    if verb in SIGNING_IN and phase is Phase.TRANSACTION:
        return Told(_("no: the client is signed in already"), rfc(1939, "4"))
    match verb:
        case "GREETING":
            return Told(_("there is no mail service here now"), rfc(1939, "3"))
        case "USER":
            return Told(_("no: there is no such mailbox"), rfc(1939, "7"))
        case "PASS":
            return Told(_("no: the password is wrong, or the maildrop is in use"), rfc(1939, "7"))
        case "APOP":
            return Told(_("no: name or digest is wrong, or the maildrop is in use"), rfc(1939, "7"))
        case "AUTH":
            return Told(_("not signed in: unknown way, wrong password, or broken off"), rfc(5034, "4"))
        case "RPOP":
            return Told(_("no: POP3 has no RPOP since 1993, because it needed no password"), "RFC 1460")
        case "STLS":
            return Told(_("no TLS"), rfc(2595, "4"))
        case "CAPA":
            return Told(_("the server does not know CAPA: it can do what RFC 1939 says"), rfc(2449, "5"))
        case "RETR" | "LIST" | "UIDL" | "TOP" if argument:
            return Told(_("no such letter, or it is marked for deletion"), rfc(1939, "7" if verb in _LATE else "5"))
        case "DELE":
            return Told(_("no such letter, or it is marked already"), rfc(1939, "5"))
        case "QUIT":
            return Told(_("some of the marked letters could not be deleted"), rfc(1939, "6"))
        case _:
            return Told(_("no: the server cannot do this, or not now"), rfc(1939, "3"))


_LATE = ("UIDL", "TOP")  # in RFC 1939's section on what a server need not have


def _by_code(code: str) -> Told:
    match code:
        case "IN-USE":
            return Told(_("the maildrop is locked: another session has it"), rfc(2449, "8.1.2"))
        case "LOGIN-DELAY":
            return Told(_("signed in a short time ago: wait a little"), rfc(2449, "8.1.1"))
        case "AUTH":
            return Told(_("name or password is wrong"), rfc(3206, "5"))
        case "SYS/TEMP":
            return Told(_("an error on the server that may pass"), rfc(3206, "4"))
        case "SYS/PERM":
            return Told(_("an error on the server that somebody has to mend"), rfc(3206, "4"))
        case _:
            return Told()


def listed_told(data: bytes, verb: str) -> Told:
    """A line of a list."""
    text = data[:LONGEST].strip()
    match verb:
        case "LIST" if two := _TWO.match(text):
            return _size(two)
        case "UIDL":
            return _unique(text)
        case "CAPA":
            return _capability(text)
        case "AUTH":
            return Told(_("a way to sign in: {name}").format(name=brief(text)), rfc(5034, "4"))
        case _:
            return Told(_("a line of the list"), rfc(1939, "3"))


def _size(two: re.Match[bytes]) -> Told:
    text = _("letter {number} is {size} large")
    return Told(text.format(number=int(two[1]), size=octets(int(two[2]))), rfc(1939, "5"))


def _unique(text: bytes) -> Told:
    found = _UID.match(text)
    if found is None:
        return Told(_("no lasting name of a letter"), rfc(1939, "7"))
    said = _("letter {number} is called {name}, in each session")
    return Told(said.format(number=int(found[1]), name=brief(found[2])), rfc(1939, "7"))


def _capability(text: bytes) -> Told:
    words = text.split()
    name = words[0].upper().decode("ascii", "replace") if words else ""
    rest = brief(b" ".join(words[1:]), 30)
    section = partial(rfc, 2449)
    match name:
        case "TOP":
            return Told(_("TOP shows the beginning of a letter"), section("6.1"))
        case "USER":
            return Told(_("one can sign in with USER and PASS"), section("6.2"))
        case "SASL":
            return Told(_("one can sign in with AUTH, by {ways}").format(ways=rest or "?"), section("6.3"))
        case "RESP-CODES":
            return Told(_("-ERR may say why in brackets, such as [IN-USE]"), section("6.4"))
        case "LOGIN-DELAY":
            return Told(_("so many seconds between two sessions: {n}").format(n=rest), section("6.5"))
        case "PIPELINING":
            return Told(_("commands may be sent without waiting for each reply"), section("6.6"))
        case "EXPIRE":
            if rest.upper() == "NEVER":
                return Told(_("letters stay until they are deleted"), section("6.7"))
            return Told(_("so many days the server keeps letters: {n}").format(n=rest), section("6.7"))
        case "UIDL":
            return Told(_("UIDL gives each letter a lasting name"), section("6.8"))
        case "IMPLEMENTATION":
            return Told(_("which program this is: {name}").format(name=rest), section("6.9"))
        case "STLS":
            return Told(_("the connection can be encrypted with TLS"), rfc(2595, "4"))
        case "AUTH-RESP-CODE":
            return Told(_("[AUTH] says that name or password is wrong"), rfc(3206, "6"))
        case "UTF8":
            return Told(_("letters may be in UTF-8"), rfc(6856, "2"))
        case "LANG":
            return Told(_("the server can answer in other languages"), rfc(6856, "3"))
        case _:
            said = _("something that netkit does not know: {name}")
            return Told(said.format(name=brief(name.encode(errors="replace"))), section("6"))
