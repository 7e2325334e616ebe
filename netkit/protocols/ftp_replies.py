"""What an FTP server answers: by its code, and by what it was asked (RFC 959, sections 4.2 and 5.4)."""

from __future__ import annotations

import re

from netkit.i18n import _, octets
from netkit.protocols.ftp_addresses import extended_told, six_told
from netkit.protocols.ftp_codes import code_told
from netkit.protocols.mail_lines import Told, brief, rfc
from netkit.protocols.text import LONGEST

_FACTS = re.compile(rb"(?i)\btype=([a-z.=:]{1,20});")
_MOMENT = re.compile(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)")


def malformed_told(_data: bytes) -> Told:
    """What does not begin as a reply has to."""
    return Told(_("no reply of FTP: three digits should stand first, such as 226"), rfc(959, "4.2"))


def reply_told(data: bytes, verb: str, code: str, line: int, last: bool) -> Told:
    """A line of a reply.

    Args:
        data: its bytes.
        verb: what it answers: a command's verb, ``"GREETING"``, or ``""`` if nobody asked.
        code: the code of the reply.
        line: which line of the reply, counted from 0.
        last: whether it is the last one.
    """
    text = data[4:LONGEST].strip()
    if not last:
        return _begins(code, verb) if not line else _listed(verb, code, data[:LONGEST].strip())
    if line:
        ends = _("the end of this reply")
        return Told(ends, rfc(959, "4.2"))
    return _answer(verb, code, text) or code_told(code)


def _begins(code: str, verb: str) -> Told:
    if verb == "FEAT" and code == "211":
        return Told(_("the server's extensions follow"), rfc(2389, "3.2"))
    return Told(
        _("a reply of several lines begins; it ends with {code} and a space").format(code=code), rfc(959, "4.2")
    )


def _listed(verb: str, code: str, text: bytes) -> Told:
    """A line inside a reply of several lines."""
    if verb == "FEAT" and code == "211":
        return _feature(text)
    if verb == "MLST" and code == "250":
        return Told(_facts(text) or _("facts, and the name behind a space"), rfc(3659, "7.2"))
    return Told(_("the reply goes on"), rfc(959, "4.2"))


def _facts(text: bytes) -> str:
    found = _FACTS.search(text)
    kind = found[1].lower() if found else b""
    if kind == b"file":
        return _("facts about a file, and its name behind a space")
    return _("facts about a directory, and its name behind a space") if kind in (b"dir", b"cdir", b"pdir") else ""


def _feature(text: bytes) -> Told:
    """A line of the reply to FEAT (RFC 2389 section 3.2)."""
    name = text[:40].split()[0].upper().decode("ascii", "replace") if text[:40].split() else ""
    match name:
        case "EPRT" | "EPSV":
            return Told(_("data connections for IPv6, too: {name}").format(name=name), rfc(2428, "1"))
        case "MDTM":
            return Told(_("the server tells when a file was changed"), rfc(3659, "3.3"))
        case "SIZE":
            return Told(_("the server tells how large a file is"), rfc(3659, "4.3"))
        case "REST":
            return Told(_("a transfer can begin in the middle of a file"), rfc(3659, "5.4"))
        case "MLST" | "MLSD":
            return Told(_("listings for programs; an asterisk marks facts that are told unasked"), rfc(3659, "7.8"))
        case "TVFS":
            return Told(_("paths are written with / from a root"), rfc(3659, "6"))
        case "UTF8":
            return Told(_("file names are in UTF-8"), rfc(2640, "3.1"))
        case "LANG":
            return Told(_("replies can be had in other languages"), rfc(2640, "4.2"))
        case "AUTH":
            return Told(_("the connection can be protected: {how}").format(how=brief(text[4:])), rfc(4217, "6"))
        case "PBSZ" | "PROT":
            return Told(_("data connections can be protected: {name}").format(name=name), rfc(4217, "6"))
    return Told(_("an extension that netkit does not know: {name}").format(name=brief(text)), rfc(2389, "3.2"))


def _answer(verb: str, code: str, text: bytes) -> Told | None:
    """What a code means as an answer to this; None where it means the same as everywhere."""
    match verb, code:
        case "GREETING", "220":
            return Told(_("the server is ready: {text}").format(text=brief(text)), rfc(959, "5.4"))
        case "USER", "331":
            return Told(_("the name alone is not enough: send the password"), rfc(959, "5.4"))
        case "USER", "230":
            return Told(_("signed in, without a password"), rfc(959, "5.4"))
        case "PASS", "230":
            return Told(_("signed in"), rfc(959, "5.4"))
        case "PASS", "530":
            return Told(_("not signed in: name or password is wrong"), rfc(959, "5.4"))
        case "REST", "350":
            return Told(_("agreed; now the command that transfers"), rfc(3659, "5.1"))
        case "RNFR", "350":
            return Told(_("the file is there; now its new name"), rfc(959, "5.4"))
        case (("PORT" | "EPRT"), ("500" | "501" | "504")):
            return Told(
                _("not an address to which the server would connect: it has to be the client's"), rfc(2577, "3")
            )
        case (("RETR" | "SIZE" | "MDTM" | "DELE" | "RNFR"), "550"):
            return Told(_("no such file, or not for you"), rfc(959, "5.4"))
        case (("CWD" | "XCWD" | "LIST" | "NLST" | "MLSD"), "550"):
            return Told(_("no such directory, or not for you"), rfc(959, "5.4"))
        case (("STOR" | "STOU" | "APPE" | "MKD" | "XMKD" | "RMD" | "XRMD"), "550"):
            return Told(_("nothing may be changed there"), rfc(959, "5.4"))
        case "CWD" | "XCWD" | "CDUP" | "XCUP", "250" | "200":
            return Told(_("you are there now"), rfc(959, "5.4"))
        case "TYPE", "200":
            return Told(_("transfers are made so from now on"), rfc(959, "5.4"))
        case (("PORT" | "EPRT"), "200"):
            return Told(_("agreed: the server connects to the client"), rfc(959, "5.4"))
        case "MLST", "250":
            return Told(_("the end of this reply"), rfc(3659, "7.2"))
        case ("ABOR", "225") | ("ABOR", "226"):
            return Told(_("the transfer is broken off"), rfc(959, "4.1.3"))
    return _value(verb, code, text)


def _value(verb: str, code: str, text: bytes) -> Told | None:
    """Replies that programs read."""
    match code:
        case "227":
            told = six_told(text, lambda address: _("connect for data to {address}").format(address=address))
            return told._replace(source="; ".join(filter(None, (rfc(959, "4.1.2"), told.source))))
        case "229":
            told = extended_told(text, lambda port: _("connect for data to this host, port {port}").format(port=port))
            return told._replace(source="; ".join(filter(None, (rfc(2428, "3"), told.source))))
        case "257":
            name = text[1:].split(b'"')[0] if text.startswith(b'"') else text
            return Told(_("the directory: {name}").format(name=brief(name)), "RFC 959, appendix II")
        case "213" if verb == "SIZE" and text.isdigit() and len(text) < 16:
            return Told(_("its size: {size}").format(size=octets(int(text))), rfc(3659, "4.1"))
        case "213" if verb == "MDTM" and (found := _MOMENT.match(text)):
            moment = "{}-{}-{} {}:{}:{}".format(*(part.decode() for part in found.groups()))
            return Told(_("changed at {moment} UTC").format(moment=moment), rfc(3659, "3.1"))
    return None
