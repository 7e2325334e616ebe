"""A button that saves a file on the learner's own machine, made at the click: nothing is written on this one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import anywidget
from traitlets import Bool, Unicode

from netkit.export.text import transcript
from netkit.wire.conversation import Conversation

_HERE = Path(__file__).parent


class File(NamedTuple):
    """What the browser is given to save.

    Attributes:
        name: the name that it proposes.
        type: the media type (RFC 6838), e.g. ``"text/plain"``.
        data: the bytes.
    """

    name: str
    type: str
    data: bytes


class Download(anywidget.AnyWidget):
    """A button; a click asks ``make`` for the file and the browser saves it.

    Args:
        label: the words on the button.
        make: called at each click; None when there is nothing to save.
        failed: told what ``make`` raised: it would be seen nowhere else.
        tooltip: what is shown when the pointer rests on the button.
    """

    _esm = (_HERE / "download.js").read_text("utf-8")
    label = Unicode().tag(sync=True)
    title = Unicode().tag(sync=True)  # not "tooltip": ipywidgets' own takes for granted that there is a description
    disabled = Bool(False).tag(sync=True)

    def __init__(
        self, label: str, make: Callable[[], File | None], failed: Callable[[Exception], object], tooltip: str = ""
    ) -> None:
        super().__init__(label=label, title=tooltip)
        self._make, self._failed = make, failed
        self.on_msg(self._on_ask)

    def _on_ask(self, _widget: Any, content: dict[str, Any], _buffers: list[bytes]) -> None:
        try:
            made = self._make()
        except Exception as problem:
            self._failed(problem)
            return
        if made is not None:
            self.send({"answer": content.get("ask"), "name": made.name, "type": made.type}, buffers=[made.data])


def text_file(conversation: Conversation) -> File:
    """A conversation as a text in UTF-8, with all lines and times."""
    whole = transcript(conversation, times=True, limit=None, width=None) + "\n"
    return File(f"{_name(conversation)}.txt", "text/plain;charset=utf-8", whole.encode())


def capture_file(conversation: Conversation) -> File:
    """A conversation as a capture file for Wireshark."""
    from netkit.export.pcapng import pcapng

    return File(f"{_name(conversation)}.pcapng", "application/x-pcapng", pcapng([conversation]))


def archive_file(conversation: Conversation) -> File:
    """A conversation's HTTP exchanges for a browser's developer tools."""
    from netkit.export.har import har

    return File(f"{_name(conversation)}.har", "application/json", har(conversation))


def _name(conversation: Conversation) -> str:
    """A file's name that every system takes."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", conversation.name).strip("-")
    return f"{name or 'netkit'}-{conversation.number}"
