"""Whom an opener of urllib.request asks, and in which order: read from a live `OpenerDirector`, nothing is called."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from urllib.request import OpenerDirector

# What build_opener() puts in by itself.
_USUAL = ("ProxyHandler", "UnknownHandler", "HTTPHandler", "HTTPSHandler", "HTTPDefaultErrorHandler", "FTPHandler",
          "HTTPRedirectHandler", "FileHandler", "HTTPErrorProcessor", "DataHandler")  # fmt: skip

HTTP = ("http", "https")


class Origin(Enum):
    """Where a handler's class comes from; an object of a usual class may still be the learner's."""

    USUAL = "usual"  # build_opener() puts one in by itself
    ADDED = "added"  # from urllib.request, but somebody had to ask for it
    OWN = "own"  # of a class that is not urllib.request's


class Stage(Enum):
    """What handlers are asked for, one stage after the other."""

    REQUEST = "request"  # each may change the request
    OPEN = "open"  # the first that gives a response ends the stage
    RESPONSE = "response"  # each may give another response
    ERROR = "error"  # for a status of HTTP: the first that gives a response ends the stage


@dataclass(frozen=True, slots=True)
class Asked:
    """A handler that is asked.

    Attributes:
        stage: for what.
        method: which of its methods is called, e.g. ``"http_open"``.
        statuses: in stage ERROR, the statuses for which it is asked; none: those that nobody else has dealt with.
        handler: the name of its class.
        order: its ``handler_order``: handlers with small numbers are asked first.
        origin: where its class comes from.
    """

    stage: Stage
    method: str
    statuses: tuple[int, ...]
    handler: str
    order: str
    origin: Origin


def chain(opener: OpenerDirector, protocol: str) -> list[Asked]:
    """Who is asked for a request of that protocol, in order.

    Args:
        opener: what `urllib.request.build_opener` gave.
        protocol: ``"http"``, ``"https"``, ``"ftp"``, ``"file"``, ``"data"``, or one of the learner's own.
    """
    known = vars(opener)
    out = _asked(Stage.REQUEST, f"{protocol}_request", known["process_request"].get(protocol, ()))
    for kind in ("default", protocol, "unknown"):
        out += _asked(Stage.OPEN, f"{kind}_open", known["handle_open"].get(kind, ()))
    out += _asked(Stage.RESPONSE, f"{protocol}_response", known["process_response"].get(protocol, ()))
    if protocol in HTTP:  # of https, too, the errors are those of http: OpenerDirector.error says so
        out += _errors(known["handle_error"].get("http", {}))
    return out


def protocols(opener: OpenerDirector) -> list[str]:
    """The protocols that somebody can open, by name."""
    return sorted(str(name) for name in vars(opener)["handle_open"] if name not in ("default", "unknown"))


def _errors(kinds: dict[object, list[object]]) -> list[Asked]:
    """Those that are asked for a status; statuses with the same handlers stand together."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for status in sorted(kind for kind in kinds if isinstance(kind, int)):
        groups.setdefault(tuple(map(id, kinds[status])), []).append(status)
    out = []
    for statuses in groups.values():
        method = f"http_error_{statuses[0]}" if len(statuses) == 1 else "http_error_…"
        out += _asked(Stage.ERROR, method, kinds[statuses[0]], tuple(statuses))
    return out + _asked(Stage.ERROR, "http_error_default", kinds.get("default", ()))


def _asked(stage: Stage, method: str, handlers: Iterable[object], statuses: tuple[int, ...] = ()) -> list[Asked]:
    return [
        Asked(stage, method, statuses, type(one).__name__, str(getattr(one, "handler_order", "?")), _origin(one))
        for one in handlers
    ]


def _origin(handler: object) -> Origin:
    kind = type(handler)
    if any(kind is getattr(urllib.request, name, None) for name in _USUAL):
        return Origin.USUAL
    return Origin.ADDED if kind.__module__ == "urllib.request" else Origin.OWN
