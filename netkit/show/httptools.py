"""What an inspector offers for HTTP alone: an archive for a browser, and its request for curl and for Python."""

from __future__ import annotations

import contextlib
from typing import Any

from netkit.errors import BadInput
from netkit.export.code import curl, python
from netkit.i18n import _
from netkit.show.controls import show
from netkit.show.copybutton import CopyButton
from netkit.wire.conversation import Conversation

MOST = 100_000  # bytes from the client; a command line cannot have many more


class HttpTools:
    """Two buttons that follow the conversation that is shown.

    Attributes:
        buttons: for the inspector's row of tools.
    """

    def __init__(self) -> None:
        self.curl = CopyButton(_("Copy as curl"))
        self.python = CopyButton(_("Copy as Python"))
        self.buttons: tuple[Any, ...] = (self.curl, self.python)

    def follow(self, talk: Conversation | None) -> None:
        """Have the buttons copy the last request of this conversation; without one, there are none."""
        told = ("", "")
        if talk is not None and talk.from_client <= MOST:
            with contextlib.suppress(BadInput):  # no request, or a tunnel
                told = curl(talk), python(talk)
        for button, text in zip(self.buttons, told, strict=True):
            button.text = text
            show(button, bool(text))
