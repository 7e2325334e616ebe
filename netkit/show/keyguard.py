"""Keeps JupyterLab's own keyboard shortcuts off the controls of a widget, and brings netkit's style sheet along."""

from __future__ import annotations

from pathlib import Path

import anywidget

_HERE = Path(__file__).parent


class KeyGuard(anywidget.AnyWidget):
    """Invisible; goes last into the box whose controls it guards, which has the CSS class ``nk-root``."""

    _esm = (_HERE / "keyguard.js").read_text("utf-8")
    _css = "".join(
        (_HERE / f"{name}.css").read_text("utf-8")
        for name in ("style", "lesson", "mail", "forms", "url", "webforms", "xmlrpc")
    )
