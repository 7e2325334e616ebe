"""Finding text and bytes in a conversation: where they stand in what each side said, cut into pieces or not."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from netkit.wire.conversation import Conversation, Side

MOST = 5000  # hits that are counted; a search for one letter in 100 MB has to end
SIDES = (Side.CLIENT, Side.SERVER)

_HEX = re.compile(r"\s*(?:0x\s*)?((?:[0-9a-fA-F]{2}[\s:]*)+)")


class Hit(NamedTuple):
    """Something that was found: the bytes from ``start`` to before ``end`` of all that this side said."""

    side: Side
    start: int
    end: int


class Streams:
    """What each side said as one row of bytes, and where in it the pieces begin."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    @cached_property
    def data(self) -> dict[Side, bytes]:
        """All bytes of each side."""
        return {side: self._conversation.sent_by(side) for side in SIDES}

    @cached_property
    def starts(self) -> dict[Side, tuple[list[int], list[int]]]:
        """For each side its pieces: the offset of each one's first byte, and the index of its event."""
        found: dict[Side, tuple[list[int], list[int]]] = {side: ([], []) for side in SIDES}
        at = dict.fromkeys(SIDES, 0)
        for index, event in enumerate(self._conversation.events):
            if event.arrived and event.data:
                side = event.stream
                offsets, events = found[side]
                offsets.append(at[side])
                events.append(index)
                at[side] += len(event.data)
        return found

    def event_of(self, hit: Hit) -> int:
        """The index of the event in which it begins."""
        offsets, events = self.starts[hit.side]
        return events[bisect_right(offsets, hit.start) - 1]

    def find(self, query: str) -> list[Hit]:
        """Where the text, in UTF-8 and in small or capital letters, or the bytes (``d0 9f``, ``0xd09f``) stand.

        Returns:
            In the order in which they went over the wire; at most `MOST`.
        """
        wanted = pattern(query)
        if wanted is None:
            return []
        hits = [Hit(side, *match.span()) for side in SIDES for match in islice(wanted.finditer(self.data[side]), MOST)]
        return sorted(hits, key=lambda hit: (self.event_of(hit), hit.start))[:MOST]


def pattern(query: str) -> re.Pattern[bytes] | None:
    """What to look for, as bytes; None for nothing."""
    if not query.strip():
        return None
    # Each letter both ways: re.IGNORECASE knows ASCII letters only where it looks through bytes.
    letters = [{form.encode(errors="replace") for form in (c, c.lower(), c.upper())} for c in query]
    ways = [b"".join(b"(?:%s)" % b"|".join(map(re.escape, sorted(forms))) for forms in letters)]
    octets = _HEX.fullmatch(query)
    if octets and (len(octets[1].strip()) > 2 or "0x" in query):
        ways.append(re.escape(bytes.fromhex(re.sub(r"[\s:]", "", octets[1]))))
    return re.compile(b"|".join(ways))
