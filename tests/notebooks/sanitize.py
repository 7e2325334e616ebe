"""The patterns of sanitize.cfg, for nbval's comparison and for what is stored."""

from __future__ import annotations

import re
from pathlib import Path

PATH = Path(__file__).with_name("sanitize.cfg")
_ENTRY = re.compile(r"^\[(?P<title>.*)\]\nregex: (?P<regex>.*)\nreplace: (?P<replace>.*)$", re.MULTILINE)


class Sanitizer:
    """Replaces what differs from run to run."""

    def __init__(self, config: str) -> None:
        entries = [(m["title"], re.compile(m["regex"]), m["replace"]) for m in _ENTRY.finditer(config)]
        # nbval finds its pairs by itself: one that this class does not see would be compared but never stored.
        if len(entries) != len(re.findall("^regex: ", config, re.MULTILINE)):
            raise ValueError("each pattern needs three lines: [title], regex: and replace:")
        self._compared = [(regex, replace) for _, regex, replace in entries]
        self._stored = [(regex, replace) for title, regex, replace in entries if title.startswith("stored")]

    def for_comparing(self, text: str) -> str:
        """What nbval compares."""
        for regex, replace in self._compared:
            text = regex.sub(replace, text)
        return text

    def for_storing(self, text: str) -> str:
        """What a notebook may keep."""
        for regex, replace in self._stored:
            text = regex.sub(replace, text)
        return text


def load() -> Sanitizer:
    """The patterns of the lessons."""
    return Sanitizer(PATH.read_text(encoding="utf-8"))
