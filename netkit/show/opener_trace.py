"""Which handlers of an opener one request really met, and what came of each: watched while it is opened.

Neither the opener nor its handlers are touched: the interpreter itself tells of each call (`sys.setprofile`).
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from types import FrameType
from typing import Any
from urllib.error import HTTPError
from urllib.request import OpenerDirector, Request

TIMEOUT = 10.0  # seconds
MOST = 200  # calls of handlers that are noted

_ASKED = re.compile(r"(\w+_open|\w+_request|\w+_response|http_error_\w+)")
_OTHERWISE = {"do_request_": "http_request", "proxy_open": "http_open"}  # what urllib.request calls some of its own


@dataclass(slots=True)
class Met:
    """A handler that was asked.

    Attributes:
        handler: the name of its class.
        method: which of its methods was called.
        gave: what it returned: a request, a response, or None.
        asked: other handlers that it asked, those for an error.
        requests: those that it made itself.
    """

    handler: str
    method: str
    gave: Any = None
    asked: list[Met] = field(default_factory=list)
    requests: list[Sent] = field(default_factory=list)


@dataclass(slots=True)
class Sent:
    """A request, and whom it met.

    Attributes:
        method: of HTTP, e.g. ``"GET"``.
        url: its URL.
        met: the handlers, in the order in which they were asked.
    """

    method: str
    url: str
    met: list[Met] = field(default_factory=list)


class Watch:
    """Sees what an opener does in this thread.

    Args:
        opener: whose handlers.
    """

    def __init__(self, opener: OpenerDirector) -> None:
        self._opener = opener
        self._handlers: list[object] = list(vars(opener).get("handlers", ()))
        self._inside: list[tuple[FrameType, object, Sent | Met]] = []  # calls that go on, and whose methods they are
        self.root = Met("", "")
        self._noted = 0

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        """For `sys.setprofile`."""
        if event == "return" and self._inside and self._inside[-1][0] is frame:
            *_whose, one = self._inside.pop()
            if isinstance(one, Met):
                one.gave = arg
        elif event == "call" and self._noted < MOST:
            self._on_call(frame)

    def _on_call(self, frame: FrameType) -> None:
        name = frame.f_code.co_name
        if name != "open" and name not in _OTHERWISE and not _ASKED.fullmatch(name):
            return
        given, names = frame.f_locals, frame.f_code.co_varnames[: frame.f_code.co_argcount]
        own = given.get(names[0]) if names else None  # self, whatever it is called
        if name == "open" and own is self._opener and len(names) > 1:
            asked, data = given.get(names[1]), given.get("data")
            sent = Sent(*((asked.get_method(), asked.full_url) if isinstance(asked, Request)
                          else ("GET" if data is None else "POST", str(asked))))  # fmt: skip
            maker = next((one for *_whose, one in reversed(self._inside) if isinstance(one, Met)), self.root)
            maker.requests.append(sent)
            self._inside.append((frame, own, sent))
        elif self._inside and self._inside[-1][1] is not own and any(own is each for each in self._handlers):
            doing = self._inside[-1][2]  # not of the same handler: one that calls a method of its own was asked once
            self._noted += 1
            met = Met(type(own).__name__, _OTHERWISE.get(name, name))
            (doing.met if isinstance(doing, Sent) else doing.asked).append(met)
            self._inside.append((frame, own, met))


def watched(opener: OpenerDirector, request: Request | str) -> tuple[Sent | None, int, BaseException | None]:
    """Open it, and close what comes.

    Returns:
        The request with all that came of it; the final status, 0 for none; and what was raised.
    """
    watch, before = Watch(opener), sys.getprofile()
    status, problem = 0, None
    sys.setprofile(watch)
    try:
        response = opener.open(request, timeout=TIMEOUT)
    except Exception as raised:
        problem = raised
        if isinstance(raised, HTTPError):
            status = raised.code
            raised.close()
    else:
        status = getattr(response, "status", None) or 0
        if response is not None:
            response.close()
    finally:
        sys.setprofile(before)
    return next(iter(watch.root.requests), None), status, problem
