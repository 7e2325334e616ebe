"""What a tap can be told to break. Set at any time, on new and on live connections."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from netkit.errors import BadInput
from netkit.i18n import _

WAYS = {"both": ("server", "client"), "server": ("server",), "client": ("client",)}


def _no_such(text: str, value: object, **more: object) -> BadInput:
    return BadInput(text.format(value=value, **more))


def _seconds(name: str, value: object) -> None:
    if not _is_number(value) or not 0 <= value <= 60:  # type: ignore[operator]
        raise _no_such(_("{name} is a time in seconds from 0 to 60, not {value!r}."), value, name=name)


def _count(name: str, value: object, least: int) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
        text = _("{name} is a whole number of bytes, {least} or more, or None for no such fault; not {value!r}.")
        raise _no_such(text, value, name=name, least=least)


def _share(name: str, value: object) -> None:
    if not _is_number(value) or not 0 <= value <= 1:  # type: ignore[operator]
        text = _("{name} is a share from 0 (never) to 1 (always), such as 0.3; not {value!r}.")
        raise _no_such(text, value, name=name)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done to the bytes that go one way over a TCP connection.

    Attributes:
        delay: seconds that each byte is held up, 0 to 60.
        bandwidth: bytes a second, 1 or more; None for no limit.
        pieces: the stream is passed on in pieces of this many bytes, 1 or more.
        gap: seconds between two pieces, so that the receiver can take each one by itself.
        cut: the connection is closed in good order (FIN) after this many bytes, 0 or more.
        reset: the connection is broken off (RST) after this many bytes, 0 or more.
        swallow: the bytes are taken off the wire; the receiver waits in vain.
    """

    delay: float = 0.0
    bandwidth: int | None = None
    pieces: int | None = None
    gap: float = 0.02
    cut: int | None = None
    reset: int | None = None
    swallow: bool = False

    def __post_init__(self) -> None:
        _seconds("delay", self.delay)
        _seconds("gap", self.gap)
        _count("bandwidth", self.bandwidth, 1)
        _count("pieces", self.pieces, 1)
        _count("cut", self.cut, 0)
        _count("reset", self.reset, 0)
        if not isinstance(self.swallow, bool):
            raise _no_such(_("swallow is True or False, not {value!r}."), self.swallow)

    @property
    def calm(self) -> bool:
        """Whether nothing is broken."""
        return self is CALM or self == CALM


@dataclass(frozen=True, slots=True)
class UdpPlan:
    """What is done to the datagrams that go one way.

    Attributes:
        loss: the share of datagrams that is lost, 0 to 1.
        duplicate: the share that arrives twice, 0 to 1.
        reorder: the share that is overtaken by the next one, 0 to 1.
        delay: seconds that each datagram is held up, 0 to 60.
        seed: the same seed loses the same datagrams, so that a lesson repeats.
    """

    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        _share("loss", self.loss)
        _share("duplicate", self.duplicate)
        _share("reorder", self.reorder)
        _seconds("delay", self.delay)
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            raise _no_such(_("seed is a whole number, not {value!r}."), self.seed)

    @property
    def calm(self) -> bool:
        """Whether nothing is broken."""
        return not (self.loss or self.duplicate or self.reorder or self.delay)


CALM = Plan()

P = TypeVar("P", Plan, UdpPlan)


class Faults(Generic[P]):
    """The faults of one tap.

    ``faults.set(pieces=3)`` sets a fault both ways until ``faults.clear()``; as a context manager,
    ``with faults.set(pieces=3): …`` clears at the end of the block.
    """

    def __init__(self, calm: P, changed: Callable[[], object]) -> None:
        self._calm: P = calm
        self._changed = changed
        self.plans: dict[str, P] = {"server": calm, "client": calm}

    def set(self, toward: str = "both", **changes: Any) -> Faults[P]:
        """Change some faults and leave the others as they are.

        Args:
            toward: which way: the bytes that go to the ``"server"``, to the ``"client"``, or ``"both"``.
            **changes: see `Plan` for TCP and `UdpPlan` for UDP.

        Raises:
            BadInput: there is no such fault, or its value is out of range; nothing has changed.
        """
        if not isinstance(toward, str) or toward not in WAYS:
            raise _no_such(_('toward is "server", "client" or "both", not {value!r}.'), toward)
        known = [field.name for field in dataclasses.fields(self._calm)]
        for name in changes:
            if name not in known:
                text = _("There is no fault called {value!r}; there are: {known}.")
                raise BadInput(text.format(value=name, known=", ".join(known)))
        new: dict[str, P] = {way: dataclasses.replace(self.plans[way], **changes) for way in WAYS[toward]}
        self.plans = {**self.plans, **new}
        self._changed()
        return self

    def clear(self) -> None:
        """Back to normal, both ways."""
        self.plans = {"server": self._calm, "client": self._calm}
        self._changed()

    @property
    def calm(self) -> bool:
        """Whether nothing is broken."""
        return all(plan.calm for plan in self.plans.values())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.clear()

    def __repr__(self) -> str:
        if self.calm:
            return _("No faults: the wire works as it should.")
        words = {"server": _("toward the server"), "client": _("toward the client")}
        said = {way: self._say(plan) for way, plan in self.plans.items()}
        if said["server"] == said["client"]:
            return _("Faults: {what}, both ways").format(what=said["server"])
        return _("Faults: {what}").format(what="; ".join(f"{what} {words[w]}" for w, what in said.items() if what))

    def _say(self, plan: P) -> str:
        if plan.calm:
            return ""
        differs = [f.name for f in dataclasses.fields(plan) if getattr(plan, f.name) != getattr(self._calm, f.name)]
        return ", ".join(f"{name}={getattr(plan, name)!r}" for name in differs)
