"""What a letter's view shows, a page at a time: worked out when it is asked for, and once."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from netkit.export.letters import Letter
from netkit.i18n import _, octets
from netkit.protocols import mime
from netkit.protocols.mime import Part
from netkit.show import frame, letter_html

BYTES = 8_000  # of the source on a page
CHARACTERS = 16_000  # of a text on a page


class Page(NamedTuple):
    """A page of a view: its HTML, its number from 0, how many there are, and which part of the whole it is."""

    html: str
    number: int = 0
    of: int = 1
    says: str = ""


class LetterPages:
    """A letter, taken apart.

    Args:
        letter: the letter.
    """

    def __init__(self, letter: Letter) -> None:
        self.letter = letter

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """See `netkit.protocols.mime.parts`."""
        return mime.parts(self.letter.data)

    @property
    def attachments(self) -> list[Part]:
        """The files that came along."""
        return [part for part in self.parts if part.is_attachment]

    def draw(self, view: str, number: int) -> Page:
        """A page of a view: ``"text"``, ``"html"``, ``"structure"`` or ``"source"``."""
        if view == "text":
            return self._text(number)
        if view == "html":
            return Page(self._html)
        if view == "structure":
            return Page(letter_html.structure(self.parts))
        return self._source(number)

    def _text(self, number: int) -> Page:
        if not self._texts:
            words = _("This letter has no text part.") if self.letter.data else _("This letter is empty.")
            return Page(letter_html.nothing(words))
        number = min(max(number, 0), len(self._texts) - 1)
        part, said, start, end, remark = self._texts[number]
        shown = letter_html.said(part, said[start:end], remark)
        says = ""
        if len(self._texts) > 1:
            says = _("page {number} of {n}").format(number=number + 1, n=len(self._texts))
        return Page(shown, number, len(self._texts), says)

    @cached_property
    def _texts(self) -> list[tuple[Part, str, int, int, str]]:
        """A page each: the part, its text, where the page begins and ends, and what was wrong."""
        out = []
        for part in self.parts:
            if part.is_text:
                said, remark = part.decoded()
                out += [(part, said, start, end, remark) for start, end in _cut(said, CHARACTERS, "\n")]
        return out

    @cached_property
    def _html(self) -> str:
        pages = [part for part in self.parts if part.is_html]
        if not pages:
            return letter_html.nothing(_("This letter has no HTML part."))
        out = []
        for part in pages[:3]:
            said, remark = part.decoded()
            if len(said) > frame.MOST:
                text = _("only the first {n} characters are shown")
                remark = "; ".join(filter(None, [remark, text.format(n=frame.MOST)]))
            drawn = frame.frame(said, _("The letter in HTML"), self.parts)
            wanted = frame.fetched(said)
            out.append(letter_html.page(part, drawn, remark, wanted[: frame.WANTED], len(wanted)))
        return "".join(out)

    def _source(self, number: int) -> Page:
        data = self.letter.data
        if not data:
            return Page(letter_html.nothing(_("This letter is empty.")))
        number = min(max(number, 0), len(self._cuts) - 1)
        start, end = self._cuts[number]
        says = ""
        if len(self._cuts) > 1:
            text = _("page {number} of {n}: bytes {first} to {last} of {total}")
            says = text.format(number=number + 1, n=len(self._cuts), first=start, last=end - 1, total=octets(len(data)))
        return Page(letter_html.source(data[start:end]), number, len(self._cuts), says)

    @cached_property
    def _cuts(self) -> list[tuple[int, int]]:
        return _cut(self.letter.data, BYTES, b"\n")


def _cut(whole: str | bytes, most: int, newline: str | bytes) -> list[tuple[int, int]]:
    """Where pages begin and end: after a newline where there is one, and at most so long."""
    out, at = [], 0
    while len(whole) - at > most:
        end = whole.rfind(newline, at, at + most) + 1 or at + most  # type: ignore[arg-type]
        if isinstance(whole, bytes) and end == at + most:
            while end > at + 1 and whole[end] & 0xC0 == 0x80 and at + most - end < 3:  # no UTF-8 character in two
                end -= 1
        out.append((at, end))
        at = end
    out.append((at, len(whole)))
    return out
