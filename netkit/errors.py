"""The errors that netkit raises: what was seen, and what to do about it."""

from __future__ import annotations


class NetkitError(Exception):
    """Base class of every error that netkit raises on purpose.

    In a notebook it is shown as its message alone: a traceback through netkit would not help the learner.
    """

    def _render_traceback_(self) -> list[str]:
        """Called by IPython in place of its own traceback."""
        notes = getattr(self, "__notes__", [])
        return [f"{type(self).__name__}: {self}", *notes]


class BadInput(NetkitError, ValueError):
    """A value that netkit cannot take: a port that is no number, a fault outside its range."""


class ServerError(NetkitError, RuntimeError):
    """A server that could not be started or did not do what it has to."""


class NotLocal(BadInput):
    """A host that is not on this machine; netkit talks to loopback addresses only."""


class TookTooLong(NetkitError, TimeoutError):
    """Something that has a limit in time went past it."""
