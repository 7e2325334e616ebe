"""FTP's reply codes, and what they mean everywhere (RFC 959, section 4.2.2)."""

from __future__ import annotations

from netkit.i18n import _
from netkit.protocols.mail_lines import Told, rfc

_SECURITY = ("232", "234", "235", "334", "335", "336", "431", "533", "534", "535", "536", "537", "631", "632", "633")
_TLS = ("234",)


def code_told(code: str) -> Told:
    """What a code means; of one that no RFC has, what its digits say."""
    meaning = _preliminary(code) or _completed(code) or _not_now(code) or _refused(code)
    if meaning:
        return Told(meaning, _source(code))
    text = _("{first} ({a}); about {second} ({b})")
    first, second = _first(code[0]), _second(code[1])
    return Told(text.format(first=first, a=f"{code[0]}yz", second=second, b=f"x{code[1]}z"), rfc(959, "4.2.1"))


def _source(code: str) -> str:
    if code in _TLS:
        return rfc(4217, "4")
    if code in _SECURITY:
        return rfc(2228, "5")
    return {
        "229": rfc(2428, "3"),
        "522": rfc(2428, "2"),
        "554": rfc(1123, "4.1.3.4"),
    }.get(code, rfc(959, "4.2.2"))


def _preliminary(code: str) -> str:
    """1yz: begun; another reply follows. 3yz: half done; another command has to follow."""
    match code:
        case "110":
            return _("a mark at which a transfer can begin anew")
        case "120":
            return _("the server will be ready in some minutes")
        case "125":
            return _("the data connection is there: the transfer begins")
        case "150":
            return _("the transfer begins, over the data connection")
        case "331":
            return _("now the password")
        case "332":
            return _("now the account (ACCT)")
        case "334" | "335" | "336":
            return _("the signing in goes on")
        case "350":
            return _("go on: another command has to follow")
    return ""


def _completed(code: str) -> str:
    """2yz: done."""
    match code:
        case "200" | "250":
            return _("done")
        case "202":
            return _("not needed here")
        case "211" | "212" | "213":
            return _("how things stand")
        case "214":
            return _("help, for people to read")
        case "215":
            return _("the kind of system")
        case "220":
            return _("ready")
        case "221":
            return _("goodbye: the server closes the connection")
        case "225":
            return _("the data connection is open, and nothing is transferred")
        case "226":
            return _("the transfer is complete; its data connection is closed")
        case "230" | "232":
            return _("signed in")
        case "234":
            return _("agreed: from here on TLS, nobody else can read it")
        case "235":
            return _("the exchange of keys is done")
        case "631" | "632" | "633":
            return _("a protected reply")
    return ""


def _not_now(code: str) -> str:
    """4yz: not now; the same command may succeed later."""
    match code:
        case "421":
            return _("the server closes the connection now")
        case "425":
            return _("there is no data connection")
        case "426":
            return _("the data connection was closed, the transfer broken off")
        case "431":
            return _("protection cannot be had now")
        case "450":
            return _("the file is busy: try again later")
        case "451":
            return _("an error on the server: try again later")
        case "452":
            return _("no room on the server")
    return ""


def _refused(code: str) -> str:
    """5yz: refused for good."""
    match code:
        case "500":
            return _("the server does not know this command")
        case "501":
            return _("a mistake in what stands after the command")
        case "502":
            return _("the server cannot do this command")
        case "503":
            return _("not now: another command has to come first")
        case "504":
            return _("the server cannot do it this way")
        case "522":
            return _("not this version of IP: the right one stands in parentheses")
        case "530":
            return _("sign in first")
        case "532":
            return _("an account is needed to store files")
        case "533" | "534" | "535" | "536" | "537":
            return _("refused: about the protection of the connection")
        case "550":
            return _("refused: no such file, or not allowed")
        case "551":
            return _("refused: no such kind of page")
        case "552":
            return _("refused: more than there is room for")
        case "553":
            return _("refused: a file cannot be called so")
        case "554":
            return _("refused: the file has no such byte to begin at (REST)")
    return ""


def _first(digit: str) -> str:
    return {
        "1": _("begun"),
        "2": _("done"),
        "3": _("go on"),
        "4": _("not now"),
        "5": _("refused for good"),
        "6": _("protected"),
    }[digit]


def _second(digit: str) -> str:
    return {
        "0": _("syntax"),
        "1": _("information"),
        "2": _("the connections"),
        "3": _("signing in"),
        "5": _("the file system"),
    }.get(digit, _("something else"))
