"""HTML that came in a letter, in a frame in which it can do no harm and reaches nothing.

Two frames, one in the other, each with an empty ``sandbox``: no script runs, no form is sent, no window opens. The
outer one is ours and names a Content Security Policy, and the inner one, which holds the letter's HTML and nothing
else, inherits it: whatever the letter says, it cannot take it back. Nothing is fetched, then; but for a link that is
clicked, or a frame, a browser connects to the other machine before it asks the policy. So links and such tags lose
their names.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable

from netkit.protocols.mime import Part

MOST = 1_000_000  # characters of HTML that are shown
PICTURE = 1_000_000  # bytes of a picture that came along
WANTED = 5  # addresses that are told
_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
# A name in HTML stands there as it is, whatever surrounds it (HTML section 13.2.5): there is no other way to write it.
_TAGS = re.compile(r"<(?=(?:link|meta|base|i?frame|object|embed)[\s/>])", re.IGNORECASE)
_HREF = re.compile(r"""(?<=[\s"'/:])href(?=[\s=/>])""", re.IGNORECASE)
_LINKS = "<style>[data-href] { color: #0000ee; text-decoration: underline }</style>"  # they look like links still
_CID = re.compile(r"""cid:([^\s"'<>()]{1,200})""", re.IGNORECASE)
_FETCHED = re.compile(
    r"""(?:\b(?:src|srcset|background|poster|data)\s*=\s*["']?|<link\b[^>]{0,300}?\bhref\s*=\s*["']?"""
    r"""|\burl\(\s*["']?|@import\s+["']?)\s*((?:https?:)?//[^\s"'<>)]{1,500})""",
    re.IGNORECASE,
)


def frame(markup: str, title: str, pictures: Iterable[Part] = ()) -> str:
    """The frame, as HTML.

    Args:
        markup: the letter's HTML.
        title: what a screen reader says of the frame.
        pictures: parts of the letter that its HTML may show (``cid:``, RFC 2392).
    """
    safe = _HREF.sub("data-href", _TAGS.sub("<x-", _FETCHED.sub(_without, markup[:MOST])))
    inner = f"<!DOCTYPE html>{_LINKS}{with_pictures(safe, pictures)}"
    outer = (
        f'<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="color-scheme" content="light"><style>html, body, iframe '
        "{ border: 0; display: block; height: 100%; margin: 0; overflow: hidden; width: 100% }</style>"
        f'<iframe sandbox="" referrerpolicy="no-referrer" srcdoc="{html.escape(inner)}"></iframe>'
    )
    return (
        f'<iframe class="nk-frame" sandbox="" referrerpolicy="no-referrer" title="{html.escape(title)}" '
        f'srcdoc="{html.escape(outer)}"></iframe>'
    )


def _without(found: re.Match[str]) -> str:
    """Something to be fetched, without its address; what is overlooked here the policy stops."""
    return found[0][: found.start(1) - found.start()] + "about:invalid"


def with_pictures(markup: str, pictures: Iterable[Part]) -> str:
    """The HTML with the pictures that came along in the places where it asks for them."""
    known = {part.cid: part for part in pictures if part.cid and part.kind in _TYPES and len(part.data) <= PICTURE}
    room = [4 * PICTURE]

    def put(found: re.Match[str]) -> str:
        part = known.get(found[1])
        if part is None or len(part.data) > room[0]:
            return found[0]
        room[0] -= len(part.data)
        return f"data:{part.kind};base64,{base64.b64encode(part.data).decode('ascii')}"

    return _CID.sub(put, markup) if known else markup


def fetched(markup: str) -> tuple[str, ...]:
    """The addresses from which a mail program would fetch pictures, styles and scripts for this HTML, each once."""
    return tuple(dict.fromkeys(html.unescape(found) for found in _FETCHED.findall(markup[:MOST])))
