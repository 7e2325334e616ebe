"""One conversation, taken out of its server's list: it is shown as it was, whatever comes later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netkit.show.inspector import Inspector
from netkit.wire.address import Address
from netkit.wire.conversation import Conversation
from netkit.wire.faults import CALM, Faults


class Kept:
    """A source (see `netkit.show.inspector.Source`) that holds one conversation and never changes."""

    recorded = 1

    def __init__(self, conversation: Conversation) -> None:
        self.conversations = (conversation,)
        self.name = conversation.name
        self.address: Address = conversation.server
        self.transport = conversation.transport
        self.faults: Faults[Any] = Faults(CALM, lambda: None)

    def subscribe(self, _callback: Callable[[], object]) -> Callable[[], None]:
        """Nothing will ever change."""
        return lambda: None

    def clear(self) -> None:
        """It stays."""


def inspect(conversation: Conversation) -> Inspector:
    """An inspector for one conversation."""
    return Inspector(Kept(conversation), live=False)
