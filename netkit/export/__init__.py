"""Conversations to take along: as text, for Wireshark, or as an HTTP Archive; and letters, as they are."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from netkit.errors import BadInput, NetkitError
from netkit.export.letters import Letter
from netkit.i18n import _
from netkit.wire.conversation import Conversation

__all__ = ["Recorded", "Source", "chosen", "newest", "save"]


class Source(Protocol):
    """What has conversations: a tap, a server."""

    @property
    def name(self) -> str:
        """What the server is called."""

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """Those that were kept, the oldest first."""

    @property
    def recorded(self) -> int:
        """How many there were, kept or not."""


Recorded = Conversation | Source | Iterable[Conversation]
"""A conversation, several, or a tap or server that has some."""


def save(what: Recorded | Letter, path: str | os.PathLike[str]) -> None:
    """Write conversations or a letter into a file, whole or not at all.

    Args:
        what: a conversation, several, or a server: then all that it has recorded. Or a letter.
        path: the file; its suffix says what it becomes: ``.txt`` is a text in UTF-8, with all lines and times;
            ``.pcapng`` is a capture file that Wireshark opens; ``.har`` are HTTP exchanges for a browser's developer
            tools. A letter becomes an ``.eml``, byte for byte, which mail programs open. A file that is there already
            is replaced.

    Raises:
        BadInput: another suffix, one that does not go with what is given, or nothing was recorded; for ``.har``, no
            HTTP request was.
        NetkitError: the file cannot be written: the disk is full, the folder is not there.
    """
    if isinstance(what, Letter):
        target, content = _eml(path), what.data
    else:
        _refuse_maildrop(what)
        conversations = chosen(what)
        target = _path(path)
        if target.suffix.lower() == ".txt":
            content = _text(conversations).encode()
        elif target.suffix.lower() == ".har":
            from netkit.export.har import har

            content = har(conversations)
        else:
            from netkit.export.pcapng import pcapng

            content = pcapng(conversations)
    try:
        _write(target, content)
    except (OSError, ValueError) as problem:
        text = _("{path} could not be written: {why}.")
        raise NetkitError(text.format(path=str(target), why=_why(problem, target))) from None


def chosen(what: Recorded) -> tuple[Conversation, ...]:
    """The conversations that are meant.

    Raises:
        BadInput: there are none, or it is something else.
    """
    found: object = getattr(what, "conversations", what)
    if isinstance(found, (str, bytes)) or not isinstance(found, Iterable):
        found = (found,)
    conversations = tuple(found) if isinstance(found, Iterable) else ()
    for one in conversations:
        if not isinstance(one, Conversation):
            text = _("Give a server or its conversations, such as palindrome.conversations[-1]; not {value}.")
            raise BadInput(text.format(value=type(one).__name__))
    if not conversations:
        raise BadInput(_("There is no conversation yet: let a client talk to the server first."))
    return conversations


def newest(what: Recorded) -> tuple[Conversation, ...]:
    """The conversations that are meant; a server stands for its newest one.

    Raises:
        BadInput: there are none, or it is something else.
    """
    found = chosen(what)
    return found[-1:] if hasattr(what, "conversations") else found


def _refuse_maildrop(what: object) -> None:
    """A whole maildrop, or the mail server, makes no file."""
    some = what if isinstance(what, (tuple, list)) else ()
    if hasattr(what, "maildrop") or any(isinstance(one, Letter) for one in some):
        raise BadInput(_('Letters are saved one by one: give one, such as mail.maildrop("student")[-1].'))


def _file(path: object) -> Path:
    if not isinstance(path, (str, os.PathLike)):
        raise BadInput(_('A path is a text such as "talk.txt"; not {value!r}.').format(value=path))
    return Path(path).expanduser()


def _eml(path: object) -> Path:
    target = _file(path)
    if target.suffix.lower() != ".eml":
        text = _("{path!r} does not end in .eml: a letter is saved as it is, as a file for mail programs.")
        raise BadInput(text.format(path=str(target)))
    return target


def _path(path: object) -> Path:
    target = _file(path)
    if target.suffix.lower() == ".eml":
        text = _("{path!r} would be a letter, and this is a conversation: it becomes a .txt or a .pcapng.")
        raise BadInput(text.format(path=str(target)))
    if target.suffix.lower() not in (".txt", ".pcapng", ".har"):
        text = _("{path!r} ends in none of .txt (a text), .pcapng (for Wireshark), .har (HTTP, for a browser's tools).")
        raise BadInput(text.format(path=str(target)))
    return target


def _text(conversations: Iterable[Conversation]) -> str:
    from netkit.export.text import transcript

    whole = (transcript(one, times=True, limit=None, width=None) for one in conversations)
    return "\n\n".join(whole) + "\n"


def _write(target: Path, content: bytes) -> None:
    """Beside the target first: whoever reads it never finds half a file."""
    part = target.with_name(f".netkit-{os.urandom(8).hex()}.part")
    try:
        with part.open("xb") as file:
            file.write(content)
        part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError, ValueError):
            part.unlink(missing_ok=True)
        raise


def _why(problem: OSError | ValueError, target: Path) -> str:
    number = problem.errno if isinstance(problem, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT):
        return _("the disk is full")
    if number in (errno.ENOENT, errno.ENOTDIR):
        return _("there is no folder {folder}").format(folder=target.parent)
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _("you may not write there")
    if number == errno.EISDIR:
        return _("it is a folder")
    return str(problem.strerror if isinstance(problem, OSError) and problem.strerror else problem)
