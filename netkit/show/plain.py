"""A widget that is its own plain text where no widget can be shown."""

from __future__ import annotations

from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"


def bundle(widget: Any) -> dict[str, Any]:
    """What a widget gives to a front end: its view, and all of its text (ipywidgets cuts it after 110 characters)."""
    data: dict[str, Any] = {"text/plain": repr(widget)}
    if widget._view_name is not None:
        data[VIEW] = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return data
