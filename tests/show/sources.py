"""A source made by hand: it has the conversations that a test gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netkit.wire.address import Address
from netkit.wire.conversation import Conversation
from netkit.wire.faults import Faults, Plan, UdpPlan


class Source:
    """What an inspector shows, without a wire."""

    def __init__(self, *conversations: Conversation, transport: str = "tcp", name: str = "palindrome") -> None:
        self.name, self.transport, self.protocol = name, transport, "text"
        self.address = Address("127.0.0.1", 33333)
        self.callbacks: dict[object, Callable[[], object]] = {}
        self.asked = 0  # how often somebody wanted the conversations
        self._kept = conversations
        self.recorded = len(conversations)
        self.faults: Faults[Any] = Faults(UdpPlan() if transport == "udp" else Plan(), self.tell)

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        self.asked += 1
        return self._kept

    def now(self, *conversations: Conversation) -> None:
        """From now on it has these."""
        self._kept, self.recorded = conversations, max(self.recorded, len(conversations))
        self.tell()

    def tell(self) -> None:
        for callback in tuple(self.callbacks.values()):
            callback()

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        key = object()
        self.callbacks[key] = callback
        return lambda: (self.callbacks.pop(key, None), None)[1]

    def clear(self) -> None:
        self.now()
