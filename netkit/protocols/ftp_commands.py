"""What an FTP client asks for (RFC 959, section 4.1, and the extensions' own RFCs)."""

from __future__ import annotations

import re
from collections.abc import Callable

from netkit.i18n import _, octets
from netkit.protocols.ftp_addresses import extended_told, six_told
from netkit.protocols.mail_lines import Told, both, brief, rfc

LINE_MOST = 2048  # bytes; the RFC has no limit, and servers have
TELNET = re.compile(rb"\xff(?:[\xfb-\xfe].?|[\xf0-\xfa]|$)", re.DOTALL)  # Telnet's own commands (RFC 854)

# Where each is described; also the list of all verbs that there are.
_ACCESS, _PARAMETERS, _SERVICE = rfc(959, "4.1.1"), rfc(959, "4.1.2"), rfc(959, "4.1.3")
_OLD, _SECURITY, _LONG = rfc(1123, "4.1.3.1"), rfc(2228, "3"), rfc(1639, "2")
SECTIONS = {
    **dict.fromkeys(("USER", "PASS", "ACCT", "CWD", "CDUP", "SMNT", "REIN", "QUIT"), _ACCESS),
    **dict.fromkeys(("PORT", "PASV", "TYPE", "STRU", "MODE"), _PARAMETERS),
    **dict.fromkeys(("RETR", "STOR", "STOU", "APPE", "ALLO", "RNFR", "RNTO", "ABOR", "DELE", "RMD", "MKD"), _SERVICE),
    **dict.fromkeys(("PWD", "LIST", "NLST", "SITE", "SYST", "STAT", "HELP", "NOOP"), _SERVICE),
    **dict.fromkeys(("XCUP", "XCWD", "XMKD", "XPWD", "XRMD"), _OLD),
    **dict.fromkeys(("AUTH", "ADAT", "PBSZ", "PROT", "CCC", "MIC", "CONF", "ENC"), _SECURITY),
    **dict.fromkeys(("LPRT", "LPSV"), _LONG),
    "REST": rfc(3659, "5"),
    "FEAT": rfc(2389, "3"),
    "OPTS": rfc(2389, "4"),
    "EPRT": rfc(2428, "2"),
    "EPSV": rfc(2428, "3"),
    "MDTM": rfc(3659, "3"),
    "SIZE": rfc(3659, "4"),
    "MLST": rfc(3659, "7"),
    "MLSD": rfc(3659, "7"),
    "LANG": rfc(2640, "4.1"),
    "HOST": rfc(7151, "3"),
}
VERBS = frozenset(SECTIONS)
SAME = {"XCUP": "CDUP", "XCWD": "CWD", "XMKD": "MKD", "XPWD": "PWD", "XRMD": "RMD"}  # the older name of the other


def verb_of(data: bytes) -> str:
    """The command's verb in capital letters; "" if it is none of FTP's."""
    word = TELNET.sub(b"", data[:64]).split(None, 1)[:1]
    verb = word[0].upper().decode("ascii", "replace") if word else ""
    return verb if verb in VERBS else ""


def told(data: bytes, verb: str) -> Told:
    """What a command means."""
    if len(data) > LINE_MOST:
        text = _("{size}: longer than servers take a command ({most})")
        return Told(text.format(size=octets(len(data)), most=octets(LINE_MOST)), rfc(959, "5.3"))
    said = TELNET.sub(b"", data)
    telnet = Told(_("commands of Telnet"), "RFC 854") if said != data else Told()
    rest = said.lstrip()[len(verb) :].strip()
    if not verb:
        if not said.strip():
            return telnet if telnet.meaning else Told(_("an empty line"), rfc(959, "5.3"))
        return both(telnet, Told(_("no command of FTP: {name}").format(name=brief(said)), rfc(959, "4.1")))
    meaning = _access(verb, rest) or _parameter(verb, rest) or _file(verb, rest) or _service(verb, rest)
    source = SECTIONS[verb]
    if isinstance(meaning, Told):
        return both(telnet, meaning._replace(source="; ".join(filter(None, (source, meaning.source)))))
    return both(telnet, Told(meaning, source))


def _access(verb: str, rest: bytes) -> str | Told:
    """Who one is, and where (section 4.1.1); "" for all other commands."""
    name = brief(rest)
    match verb:
        case "USER" if rest.lower() in (b"anonymous", b"ftp"):
            return Told(_("wants in without a name of one's own: anonymous"), rfc(1635, "2"))
        case "USER":
            return _("signs in as {name}; anybody on the way can read it").format(name=name)
        case "PASS":
            text = _("the password: {name}; anybody on the way can read it")
            return Told(text.format(name=name) if name else _("an empty password"), rfc(2577, "6"))
        case "ACCT":
            return _("which account is to be charged: {name}").format(name=name)
        case "CWD" | "XCWD":
            return _("go to the directory {name}").format(name=name or "/")
        case "CDUP" | "XCUP":
            return _("go one directory up")
        case "SMNT":
            return _("another file system: {name}").format(name=name)
        case "REIN":
            return _("sign out, but stay connected")
        case "QUIT":
            return _("the client is done and says goodbye")
    return ""


def _parameter(verb: str, rest: bytes) -> str | Told:
    """How and over what data connection (section 4.1.2, RFC 2428)."""
    match verb:
        case "PORT":
            return six_told(rest, lambda address: _("connect to me for data: {address}").format(address=address))
        case "EPRT":
            return extended_told(rest, lambda address: _("connect to me for data: {address}").format(address=address))
        case "PASV":
            return _("where can I connect to you for data?")
        case "EPSV" if rest.upper() == b"ALL":
            return _("from now on EPSV only")
        case "EPSV":
            return _("at which port can I connect to you for data?")
        case "LPRT" | "LPSV":
            return _("a data connection for long addresses; EPRT and EPSV took its place")
        case "TYPE":
            return _type(rest.upper())
        case "STRU":
            structures: dict[bytes, Callable[[], str]] = {
                b"F": lambda: _("a file is a row of bytes"),
                b"R": lambda: _("a file is a row of records"),
                b"P": lambda: _("a file is made of pages"),
            }
            return structures.get(rest.upper(), lambda: _("a structure that FTP does not know"))()
        case "MODE":
            modes: dict[bytes, Callable[[], str]] = {
                b"S": lambda: _("data comes as it is; the end of the connection is the end of the file"),
                b"B": lambda: _("data comes in blocks"),
                b"C": lambda: _("data comes compressed"),
            }
            return modes.get(rest.upper(), lambda: _("a mode that FTP does not know"))()
        case "PBSZ":
            return Told(_("the size of protected blocks; with TLS always 0"), rfc(4217, "8"))
        case "PROT":
            if rest.upper() == b"C":
                return Told(_("data connections in the clear"), rfc(4217, "9"))
            return Told(_("data connections are to be protected: {name}").format(name=brief(rest)), rfc(4217, "9"))
    return ""


def _type(kind: bytes) -> str | Told:
    match kind.split()[:1]:
        case [b"A"]:
            return Told(_("transfer text: its lines end with CR LF on the wire"), rfc(959, "3.1.1.1"))
        case [b"I"]:
            return Told(_("transfer bytes as they are"), rfc(959, "3.1.1.3"))
        case [b"E"]:
            return Told(_("transfer text in EBCDIC"), rfc(959, "3.1.1.2"))
        case [b"L"] | [b"L8"]:
            return Told(_("transfer bytes of a given size"), rfc(959, "3.1.1.4"))
    return _("a type that FTP does not know")


def _file(verb: str, rest: bytes) -> str | Told:
    """What is done with files and directories."""
    name = brief(rest)
    match verb:
        case "RETR":
            return _("send me the file {name}").format(name=name)
        case "STOR":
            return _("take this file: {name}").format(name=name)
        case "STOU":
            return _("take this file, under a name that is free")
        case "APPE":
            return _("append this to the file {name}").format(name=name)
        case "REST":
            return _("begin the next transfer at byte {name}").format(name=name)
        case "RNFR":
            return _("rename: the old name is {name}").format(name=name)
        case "RNTO":
            return _("rename: the new name is {name}").format(name=name)
        case "DELE":
            return _("delete the file {name}").format(name=name)
        case "RMD" | "XRMD":
            return _("remove the directory {name}").format(name=name)
        case "MKD" | "XMKD":
            return _("make the directory {name}").format(name=name)
        case "PWD" | "XPWD":
            return _("in which directory am I?")
        case "LIST":
            return _("list this over the data connection, for people: {name}").format(name=name or ".")
        case "NLST":
            return _("list names alone over the data connection: {name}").format(name=name or ".")
        case "MLSD":
            return _("list this over the data connection, for programs: {name}").format(name=name or ".")
        case "MLST":
            return _("facts about {name}, in the reply").format(name=name or ".")
        case "SIZE":
            return _("how many bytes would be sent of {name}?").format(name=name)
        case "MDTM":
            return _("when was {name} changed?").format(name=name)
    return ""


def _service(verb: str, rest: bytes) -> str | Told:
    """All the rest."""
    name = brief(rest)
    match verb:
        case "ABOR":
            return _("break the transfer off")
        case "ALLO":
            return _("make room for a file: {name}").format(name=name)
        case "SITE":
            return _("a command of this server alone: {name}").format(name=name)
        case "SYST":
            return _("which system is this?")
        case "STAT":
            return _("list {name} in the reply").format(name=name) if rest else _("how do things stand?")
        case "HELP":
            return _("asks for help on {name}").format(name=name) if name else _("asks for help")
        case "NOOP":
            return _("do nothing, but answer")
        case "FEAT":
            return _("which extensions are there?")
        case "OPTS":
            return _("how a command is to work: {name}").format(name=name)
        case "LANG":
            return _("replies in another language: {name}").format(name=name)
        case "HOST":
            return _("which of the server's names is meant: {name}").format(name=name)
        case "AUTH" if rest.upper().startswith((b"TLS", b"SSL")):
            return Told(_("asks to encrypt all that follows, with TLS"), rfc(4217, "4"))
        case "AUTH":
            return _("asks for protection by {name}").format(name=name)
        case "CCC":
            return _("commands in the clear again")
    return _("a command of FTP's security extensions")
