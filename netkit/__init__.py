"""Local servers for lessons in network programming: every byte recorded, shown, and breakable.

Names are loaded when first used, so that ``import netkit`` costs next to nothing.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from netkit.i18n import language

if TYPE_CHECKING:
    from netkit.course.api import check, exercise, predict, setup
    from netkit.errors import NetkitError
    from netkit.export import save
    from netkit.servers.local import dns, echo, ftp, mail, proxy, tap, udp_tap, web, xmlrpc
    from netkit.show.calls import calls
    from netkit.show.compare import compare
    from netkit.show.compose import compose
    from netkit.show.dialogue import dialogue
    from netkit.show.dissection import dissect
    from netkit.show.endpoints import endpoints
    from netkit.show.envelopes import envelopes
    from netkit.show.form import form
    from netkit.show.handlers import handlers
    from netkit.show.ladder import ladder
    from netkit.show.osi import osi
    from netkit.show.phases import phases
    from netkit.show.progress import progress
    from netkit.show.request import request
    from netkit.show.stack import stack
    from netkit.show.trace import trace
    from netkit.show.url_explorer import url_explorer

__version__ = "0.1.0"
__all__ = [
    "NetkitError", "calls", "check", "compare", "compose", "dialogue", "dissect", "dns", "echo", "endpoints",
    "envelopes", "exercise", "form", "ftp", "handlers", "ladder", "language", "mail", "osi", "phases", "predict",
    "progress", "proxy", "request", "save", "setup", "stack", "tap", "trace", "udp_tap", "url_explorer", "web",
    "xmlrpc",
]  # fmt: skip

_HOME = {"NetkitError": "errors", "save": "export", "dissect": "show.dissection"}
_HOME |= dict.fromkeys(("check", "exercise", "predict", "setup"), "course.api")
_HOME |= dict.fromkeys(
    ("dns", "echo", "ftp", "mail", "proxy", "tap", "udp_tap", "web", "xmlrpc"), "servers.local"
)  # all others: show


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'netkit' has no attribute {name!r}")
    return getattr(importlib.import_module(f"netkit.{_HOME.get(name, 'show.' + name)}"), name)


if "IPython" in sys.modules and (_shell := sys.modules["IPython"].get_ipython()) is not None:
    from netkit.notebook import register

    register(_shell)
