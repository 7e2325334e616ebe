"""What the views of servers with several doors have in common: a tab for each door, with its inspector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import ipywidgets as widgets

from netkit.i18n import _
from netkit.show import inspector
from netkit.show.controls import show
from netkit.show.live import admit, dismiss
from netkit.show.speaking import Speaking, told


class HasDoors(Protocol):
    """A server with several doors; see `netkit.servers.doors.Doors`."""

    @property
    def doors(self) -> Sequence[inspector.Source]: ...


class DoorTabs(Speaking):
    """A view with tabs: the first has what the server is about, each other the inspector of a door.

    Inspectors are made when they are first asked for. A subclass calls `_tab` once, and `_show_tab` when it draws.

    Args:
        server: whose doors they are.
    """

    def __init__(self, server: HasDoors) -> None:
        super().__init__()
        self._server = server
        self._doors: dict[str, inspector.Inspector] = {}  # those that were opened
        self._door = widgets.VBox().add_class("nk-door")

    def _tab(self, first: str, names: Sequence[str], shown: Any) -> None:
        """Make the tabs.

        Args:
            first: the name of the first one.
            names: those of the doors, in their order.
            shown: the widget of the first one.
        """
        doors = [door.name for door in self._server.doors]
        tabs = [(first, ""), *zip(names, doors, strict=True)]
        self._tabs = widgets.ToggleButtons(options=tabs, description=_("Show")).add_class("nk-views")
        self._tabs.observe(self._on_tab, "value")
        self._first = shown

    def _show_tab(self) -> None:
        show(self._first, self._tabs.value == "")
        show(self._door, self._tabs.value != "")

    @told
    def _on_tab(self, _change: Any) -> None:
        name = self._tabs.value
        if name and name not in self._doors:
            self._doors[name] = self._open(next(door for door in self._server.doors if door.name == name))
        self._door.children = [self._doors[name]] if name else []
        self._draw()

    def _draw(self) -> None:
        """Show what there is now."""
        raise NotImplementedError

    def _open(self, door: inspector.Source) -> inspector.Inspector:
        """An inspector that lives as long as this view, which is counted among the living for both."""
        dismiss(self)
        opened = inspector.inspect(door)
        dismiss(opened)
        admit(self)
        return opened

    def flush(self) -> None:
        """Draw at once what has changed, here and at the doors."""
        super().flush()
        for door in self._doors.values():
            door.flush()

    def close(self) -> None:
        """Free the view and its inspectors."""
        for door in self._doors.values():
            door.close()
        super().close()
