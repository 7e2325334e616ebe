"""Lines that are worked out when they are asked for: of 100 MB, only the page that is looked at becomes text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar, overload

from netkit.protocols import Line

C = TypeVar("C")


class Lazily(Sequence[Line], Generic[C]):
    """A sequence of lines, each made from what was cut out of the stream for it.

    Args:
        cuts: what the lines are made from, in their order.
        make: makes a line.
    """

    def __init__(self, cuts: Iterable[C], make: Callable[[C], Line]) -> None:
        self._cuts = list(cuts)
        self._make = make

    def __len__(self) -> int:
        return len(self._cuts)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | Sequence[Line]:
        if isinstance(index, slice):
            return Lazily(self._cuts[index], self._make)
        return self._make(self._cuts[index])
