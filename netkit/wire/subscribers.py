"""Functions that are called whenever something has changed."""

from __future__ import annotations

from collections.abc import Callable

from netkit.wire import background


class Subscribers:
    """Those who wish to be told.

    Args:
        whose: of what they are the subscribers, for `netkit.wire.background.problems`.
    """

    def __init__(self, whose: str) -> None:
        self._whose = whose
        self._callbacks: dict[object, Callable[[], object]] = {}

    def add(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have a function called after each change, on the thread that made it; it must return at once.

        What it raises is noted in `netkit.wire.background.problems` and goes no further.

        Returns:
            A function that takes the subscription back; calling it twice is harmless.
        """
        key = object()
        self._callbacks[key] = callback

        def unsubscribe() -> None:
            self._callbacks.pop(key, None)

        return unsubscribe

    def tell(self) -> None:
        """Something has changed."""
        for callback in tuple(self._callbacks.values()):  # other threads subscribe meanwhile
            try:
                callback()
            except Exception as problem:
                background.note(f"a subscriber of {self._whose}", problem)
