"""A button that puts a text on the clipboard of the learner's browser."""

from __future__ import annotations

from pathlib import Path

import anywidget
from traitlets import Unicode

from netkit.i18n import _

_HERE = Path(__file__).parent


class CopyButton(anywidget.AnyWidget):
    """A button.

    Args:
        label: the words on it.
        text: what it copies.
    """

    _esm = (_HERE / "copybutton.js").read_text("utf-8")
    label = Unicode().tag(sync=True)
    text = Unicode().tag(sync=True)
    done = Unicode().tag(sync=True)
    failed = Unicode().tag(sync=True)

    def __init__(self, label: str, text: str = "") -> None:
        super().__init__(
            label=label,
            text=text,
            done=_("copied"),
            failed=_("the browser does not allow it: mark the program and copy it"),
        )
