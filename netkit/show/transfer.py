"""A transfer as `urllib.request.urlretrieve` tells of it: how far it is, how fast, and how long it will take."""

from __future__ import annotations

SAMPLES = 2000  # moments that are kept; of more, every other one goes
EVERY = 0.01  # seconds from one moment that is kept to the next, at least; doubled whenever some go
RECENT = 1.0  # seconds over which the speed of the moment is taken


class Transfer:
    """What the calls of a report hook said (``reporthook(count, size, total)``).

    Attributes:
        last: the newest call: how many blocks have come, bytes in a full block, bytes announced (-1: nothing was), and
            when, in seconds of some clock. None before the first call.
        every: seconds from one sample to the next, at least.
    """

    def __init__(self) -> None:
        self.last: tuple[int, int, int, float] | None = None
        self.every = EVERY
        self._samples: list[tuple[float, int]] = []

    def sample(self) -> None:
        """Keep the newest call for the curves."""
        if self.last is None:
            return
        self._samples.append((self.last[3], self.received))
        if len(self._samples) > SAMPLES:
            self._samples = self._samples[::2]
            self.every *= 2

    @property
    def samples(self) -> list[tuple[float, int]]:
        """Moments, in seconds since the first one, and the bytes that had come by then; the newest last."""
        kept = list(self._samples)
        if self.last is not None and (not kept or kept[-1][0] < self.last[3]):
            kept.append((self.last[3], self.received))
        return [(moment - kept[0][0], received) for moment, received in kept]

    @property
    def total(self) -> int | None:
        """Bytes that were announced; None where nothing was."""
        return None if self.last is None or self.last[2] < 0 else self.last[2]

    @property
    def received(self) -> int:
        """Bytes that have come.

        The hook is told of blocks, and the last one need not be full: where a total was announced, it is no more than
        that; else it may be up to a block too many.
        """
        if self.last is None:
            return 0
        count, size, _total, _now = self.last
        total = self.total
        return count * size if total is None or self.excess else min(count * size, total)

    @property
    def excess(self) -> bool:
        """Whether more came than was announced: the blocks before the last one are full, and are that many already."""
        if self.last is None or self.total is None:
            return False
        count, size, total, _now = self.last
        return count > 1 and size > 0 and (count - 1) * size >= total

    @property
    def percent(self) -> int | None:
        """0 to 100, and 100 only when all is there; None where no total was announced."""
        if self.last is None or self.total is None:
            return None
        return 100 if self.received >= self.total else 100 * self.received // self.total

    @property
    def complete(self) -> bool:
        """Whether all that was announced is there."""
        return self.percent == 100

    @property
    def elapsed(self) -> float:
        """Seconds from the first call to the newest."""
        return self.samples[-1][0] if self.last is not None else 0.0

    @property
    def speed(self) -> float | None:
        """Bytes a second: of the last second while it runs, on average when all is there; None: no time has passed."""
        samples = self.samples
        if not samples:
            return None
        now, received = samples[-1]
        since, before = samples[0]
        if not self.complete:
            since, before = next((one for one in samples if one[0] >= now - RECENT), samples[0])
        if now <= since:  # nothing came for a while
            since, before = samples[0]
        return (received - before) / (now - since) if now > since else None

    @property
    def remaining(self) -> float | None:
        """Seconds that it will take at this speed; None where that cannot be said."""
        speed, total = self.speed, self.total
        if total is None or not speed or self.complete:
            return None
        return (total - self.received) / speed
