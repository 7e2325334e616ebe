"""What is to be said of a URL beside its parts, and how texts from it are quoted."""

from __future__ import annotations

from typing import NamedTuple

from netkit.i18n import _, ngettext

ERROR, BEWARE, NOTE = "error", "beware", "note"
REFUSED = "refused"  # `ERROR` where this Python's urlsplit raises, else `BEWARE`: older ones let more pass

BRIEF = 60  # characters of a URL that are quoted in a sentence


class Note(NamedTuple):
    """Something to know: `kind` is `ERROR` (Python raises), `REFUSED`, `BEWARE` or `NOTE`."""

    kind: str
    text: str


def visible(text: str) -> str:
    r"""A text for people to read: what cannot be seen is written as in Python, ``\t``, ``\u202e``, ``\ud800``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def shortened(text: str, most: int) -> str:
    """A text of which the middle is left out if it is too long, with the number of characters that are not there."""
    if len(text) <= most:
        return text
    left = len(text) - most
    gap = ngettext("… {n} character …", "… {n} characters …", left).format(n=left)
    return f"{text[: most - most // 4]}{gap}{text[len(text) - most // 4 :]}"


def brief(text: str) -> str:
    """A part of a URL, quoted in a sentence."""
    return _("“{text}”").format(text=visible(shortened(text, BRIEF)))
