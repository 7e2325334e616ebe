"""Enhanced status codes: class, subject and detail of a reply (RFC 3463)."""

from __future__ import annotations

import re

from netkit.i18n import _
from netkit.protocols.mail_lines import Told, rfc

_OF_AUTH = ((7, 8), (7, 9), (7, 11))  # came later than RFC 3463

_CODE = re.compile(rb"([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$)")


def status_told(text: bytes, first: bytes) -> Told:
    """What the enhanced code at the beginning of a reply's text adds; nothing where there is none.

    Args:
        text: what stands behind the reply code.
        first: the first digit of the reply code: the class has to be the same.
    """
    found = _CODE.match(text)
    if found is None or found[1] != first:
        return Told()
    subject, detail = int(found[2]), int(found[3])
    if not subject:
        return Told("", rfc(3463, "3.1"))  # "2.0.0" adds nothing
    meaning = _detail(subject, detail) or _subject(subject)
    if not meaning:
        return Told()
    source = rfc(4954, "6") if (subject, detail) in _OF_AUTH else rfc(3463, f"3.{subject + 1}")
    if first == b"2" and (subject, detail) != (1, 5):
        return Told("", source)  # "2.7.0" behind "signed in" adds nothing; the other details are of failures
    return Told(f"{found[0].decode()}: {meaning}", source)


def _subject(subject: int) -> str:
    match subject:
        case 1:
            return _("about an address")
        case 2:
            return _("about the mailbox")
        case 3:
            return _("about the mail system")
        case 4:
            return _("about the network")
        case 5:
            return _("about the protocol")
        case 6:
            return _("about the letter's content")
        case 7:
            return _("about security or policy")
        case _:
            return ""


def _detail(subject: int, detail: int) -> str:
    match subject, detail:
        case 1, 1:
            return _("no such mailbox")
        case 1, 2:
            return _("no such mail domain")
        case 1, 3:
            return _("no proper address")
        case 1, 5:
            return _("the address is valid")
        case 1, 6:
            return _("the mailbox has moved")
        case 1, 7:
            return _("no proper sender's address")
        case 1, 8:
            return _("the sender's domain is wrong")
        case 2, 1:
            return _("the mailbox is not in use")
        case 2, 2:
            return _("the mailbox is full")
        case 2, 3:
            return _("too large for the mailbox")
        case 3, 1:
            return _("the mail system is full")
        case 3, 2:
            return _("the system takes no mail now")
        case 3, 4:
            return _("too large for the system")
        case 4, 1:
            return _("the other host does not answer")
        case 4, 2:
            return _("bad connection")
        case 5, 1:
            return _("no such command, or not now")
        case 5, 2:
            return _("bad syntax")
        case 5, 3:
            return _("too many recipients")
        case 5, 4:
            return _("bad arguments")
        case 6, 3:
            return _("conversion is not supported")
        case 6, 7:
            return _("no addresses in UTF-8 here")
        case 7, 1:
            return _("not authorized")
        case 7, 8:
            return _("wrong name or password")
        case 7, 9:
            return _("too weak a way to sign in")
        case 7, 11:
            return _("encrypt first, then sign in")
        case _:
            return ""
