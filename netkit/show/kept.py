"""Conversations, taken out of their server's list: they are shown as they were, whatever comes later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

from netkit.show.inspector import Inspector, Source
from netkit.wire.address import Address
from netkit.wire.conversation import Conversation, Ending
from netkit.wire.faults import CALM, Faults


class Kept:
    """A source (see `netkit.show.inspector.Source`) that holds one server's conversations and never changes.

    Args:
        conversation: one of them.
        *more: later ones of the same server.
    """

    def __init__(self, conversation: Conversation, *more: Conversation) -> None:
        self.conversations = (conversation, *more)
        self.recorded = len(self.conversations)
        self.name = conversation.name
        self.address: Address = conversation.server
        self.transport = conversation.transport
        self.protocol = conversation.protocol
        self.faults: Faults[Any] = Faults(CALM, lambda: None)

    def subscribe(self, _callback: Callable[[], object]) -> Callable[[], None]:
        """Nothing will ever change."""
        return lambda: None

    def clear(self) -> None:
        """It stays."""


def inspect(conversation: Conversation, *more: Conversation) -> Inspector:
    """An inspector for one conversation, or for several of one server."""
    return Inspector(Kept(conversation, *more), live=False)


def since(door: Source, before: int, limit: float = 1.0) -> list[Conversation]:
    """The conversations after that number; it waits until they have ended, so that none is seen half.

    Args:
        door: the server.
        before: what ``door.recorded`` was before they began.
        limit: seconds that it waits at most.
    """
    changed = threading.Event()
    until = monotonic() + limit
    unsubscribe = door.subscribe(changed.set)
    try:
        while True:
            changed.clear()
            found = [each for each in door.conversations if each.number > before]
            if all(each.ending is not Ending.OPEN for each in found) or not changed.wait(max(until - monotonic(), 0)):
                return found
            if monotonic() >= until:
                return found
    finally:
        unsubscribe()
