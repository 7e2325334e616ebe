"""A widget that is its own plain text where no widget can be shown."""

from __future__ import annotations

from typing import Any

import ipywidgets

VIEW = "application/vnd.jupyter.widget-view+json"


class Plain(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Gives to a front end its view, and all of its ``repr``: ipywidgets cuts that after 110 characters."""

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        data: dict[str, Any] = {"text/plain": repr(self)}
        if self._view_name is not None:
            data[VIEW] = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return data
