"""What a server says that it can do, in its reply to EHLO (RFC 1869, today RFC 5321, section 4.1.1.1)."""

from __future__ import annotations

from netkit.i18n import _, octets
from netkit.protocols.mail_lines import Told, brief, rfc


def extension_told(said: bytes) -> Told:
    """One of the lines after the first: a keyword, maybe with parameters."""
    words = said[:200].split()
    name = words[0].upper().decode("ascii", "replace") if words else ""
    rest = brief(b" ".join(words[1:]), 30)
    if name.startswith("AUTH="):
        return Told(_("ways to sign in, written as old clients want it"), rfc(4954, "3"))
    match name:
        case "SIZE":
            if not rest.isascii() or not rest.isdigit() or len(rest) > 20 or int(rest) == 0:
                return Told(_("a client may say how large its letter is"), rfc(1870, "3"))
            return Told(_("a letter may be up to {size} large").format(size=octets(int(rest))), rfc(1870, "3"))
        case "8BITMIME":
            return Told(_("a letter's body may have bytes over 127"), rfc(6152, "2"))
        case "SMTPUTF8":
            return Told(_("addresses and header may be in UTF-8"), rfc(6531, "3.1"))
        case "STARTTLS":
            return Told(_("the connection can be encrypted with TLS"), rfc(3207, "3"))
        case "AUTH":
            return Told(_("a client can sign in, by {ways}").format(ways=rest or "?"), rfc(4954, "3"))
        case "ETRN":
            return Told(_("a client can ask for the letters that wait here"), rfc(1985, "5"))
        case "ENHANCEDSTATUSCODES":
            return Told(_("replies carry a second, more exact code such as 5.1.1"), rfc(2034, "3"))
        case "PIPELINING":
            return Told(_("commands may be sent without waiting for each reply"), rfc(2920, "2"))
        case "DSN":
            return Told(_("a client may ask for a note on delivery"), rfc(3461, "4"))
        case "CHUNKING":
            return Told(_("a letter may come in parts of a known size (BDAT)"), rfc(3030, "2"))
        case "BINARYMIME":
            return Told(_("a letter's body may be any bytes"), rfc(3030, "3"))
        case "HELP" | "VRFY" | "EXPN" | "TURN" | "SEND" | "SOML" | "SAML":
            return Told(_("the server knows the command {name}").format(name=name), rfc(5321, "2.2.2"))
        case _:
            text = _("an extension that netkit does not know: {name}")
            return Told(text.format(name=brief(name.encode(errors="replace"))), rfc(5321, "2.2.2"))
