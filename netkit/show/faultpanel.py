"""The panel with which a learner breaks a wire: delay, pieces, cut, loss and the like; and commands, one by one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from netkit.errors import NetkitError
from netkit.i18n import _, octets
from netkit.show import views
from netkit.show.linefields import LineFields, lines_in_words
from netkit.wire.faults import Faults, Plan, UdpPlan
from netkit.wire.lines import LineFaults


def in_words(plan: Plan | UdpPlan) -> list[str]:
    """What a plan does, each fault in words; nothing where the wire works as it should."""
    return _tcp_in_words(plan) if isinstance(plan, Plan) else _udp_in_words(plan)


def _tcp_in_words(plan: Plan) -> list[str]:
    said = []
    if plan.swallow:
        said.append(_("everything is swallowed"))
    if plan.delay:
        said.append(_("each byte is held up for {n} s").format(n=f"{plan.delay:g}"))
    if plan.bandwidth is not None:
        said.append(_("at most {size} a second").format(size=octets(plan.bandwidth)))
    if plan.pieces is not None:
        text = _("cut into pieces of {size}, {gap} s apart")
        said.append(text.format(size=octets(plan.pieces), gap=f"{plan.gap:g}"))
    if plan.cut is not None:
        said.append(_("closed (FIN) after {size}").format(size=octets(plan.cut)))
    if plan.reset is not None:
        said.append(_("broken off (RST) after {size}").format(size=octets(plan.reset)))
    return said


def _udp_in_words(plan: UdpPlan) -> list[str]:
    said = []
    if plan.loss:
        said.append(_("{n} % of the datagrams are lost").format(n=f"{plan.loss * 100:g}"))
    if plan.duplicate:
        said.append(_("{n} % arrive twice").format(n=f"{plan.duplicate * 100:g}"))
    if plan.reorder:
        said.append(_("{n} % are overtaken by the next one").format(n=f"{plan.reorder * 100:g}"))
    if plan.delay:
        said.append(_("each datagram is held up for {n} s").format(n=f"{plan.delay:g}"))
    return said


def in_force(faults: Faults[Any]) -> str:
    """Which faults are in force, in a sentence; in two where there are faults at lines beside others."""
    lines = "; ".join(lines_in_words(faults))
    if not lines:
        return _plans_in_force(faults)
    said = _("Faults: {what}.").format(what=lines)
    return said if all(plan.calm for plan in faults.plans.values()) else f"{said} {_plans_in_force(faults)}"


def _plans_in_force(faults: Faults[Any]) -> str:
    server, client = (", ".join(in_words(faults.plans[way])) for way in ("server", "client"))
    if not server and not client:
        return _("No faults: the wire works as it should.")
    if server == client:
        return _("Faults both ways: {what}.").format(what=server)
    said = [_("toward the server {what}").format(what=server)] if server else []
    if client:
        said.append(_("toward the client {what}").format(what=client))
    return _("Faults: {what}.").format(what="; ".join(said))


class FaultPanel(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Knobs for the faults of a source; what they say is set when "Apply" is pressed.

    Where faults can be set at commands, there is a row for them, with a button of its own.

    Args:
        faults: see `netkit.wire.faults.Faults`.
        changed: called after the panel has set or cleared faults.
    """

    def __init__(self, faults: Faults[Any], changed: Callable[[], object] = lambda: None) -> None:
        self._faults, self._changed = faults, changed
        self._shown: Any = None  # the plans that the fields say
        self._told: Any = None  # what was last said to be in force
        self._toward = widgets.Dropdown(
            options=[(_("both ways"), "both"), (_("toward the server"), "server"), (_("toward the client"), "client")],
            description=_("Direction"),
        ).add_class("nk-toward")
        self._fields = {name: self._field(name, label) for name, label in self._labels().items()}
        self._apply = widgets.Button(description=_("Apply"))
        self._normal = widgets.Button(description=_("Back to normal"))
        self._said = widgets.HTML()
        self._apply.on_click(self._on_apply)
        self._normal.on_click(self._on_normal)
        fields = widgets.HBox([self._toward, *self._fields.values()]).add_class("nk-fields")
        buttons = widgets.HBox([self._apply, self._normal, self._said]).add_class("nk-row")
        self._lines = [LineFields(faults, self._do_line)] if isinstance(faults, LineFaults) else []
        super().__init__([fields, buttons, *self._lines])
        self.add_class("nk-faults")
        self.follow()

    @property
    def in_force(self) -> str:
        """Which faults are in force, in a sentence."""
        return in_force(self._faults)

    def follow(self) -> None:
        """Show the faults that are in force, if they were changed since they were last shown."""
        plans = self._faults.plans
        if plans != self._shown:
            self._shown = dict(plans)
            self._fill()
            self._told = None
        told = in_force(self._faults)
        if told != self._told:
            self._told = told
            self._say(told)

    def _labels(self) -> dict[str, str]:
        """For each fault the words beside its field."""
        if isinstance(self._faults.plans["server"], UdpPlan):
            return {
                "loss": _("Loss, 0 to 1"),
                "duplicate": _("Duplicate, 0 to 1"),
                "reorder": _("Reorder, 0 to 1"),
                "delay": _("Delay, seconds"),
                "seed": _("Seed"),
            }
        return {
            "delay": _("Delay, seconds"),
            "bandwidth": _("Bandwidth, bytes a second"),
            "pieces": _("Pieces of, bytes"),
            "gap": _("Gap between pieces, seconds"),
            "cut": _("Cut (FIN) after, bytes"),
            "reset": _("Reset (RST) after, bytes"),
            "swallow": _("Swallow everything"),
        }

    def _field(self, name: str, label: str) -> Any:
        code = f"faults.set({name}=…)"  # what a cell would say
        if name == "swallow":
            return widgets.Checkbox(description=label, tooltip=code, indent=False)
        return widgets.Text(description=label, tooltip=code, placeholder=_normal(self._calm, name))

    @property
    def _calm(self) -> Plan | UdpPlan:
        return UdpPlan() if isinstance(self._faults.plans["server"], UdpPlan) else Plan()

    def _fill(self) -> None:
        """Into the fields what is in force, and which way: where the two ways differ, the one that is chosen."""
        plans = self._faults.plans
        if plans["server"] != plans["client"]:
            if plans["client"].calm:
                self._toward.value = "server"
            elif plans["server"].calm:
                self._toward.value = "client"
        plan = plans["client" if self._toward.value == "client" else "server"]
        for name, field in self._fields.items():
            value, calm = getattr(plan, name), getattr(self._calm, name)
            field.value = value if name == "swallow" else "" if value == calm else f"{value}"

    def _on_apply(self, _button: Any) -> None:
        values = {name: self._value(name, field.value) for name, field in self._fields.items()}
        if self._do(lambda: self._faults.set(toward=self._toward.value, **values)):
            self._show_all()

    def _on_normal(self, _button: Any) -> None:
        if self._do(self._faults.clear):
            self._show_all()

    def _show_all(self) -> None:
        self._shown = None
        self.follow()
        self._changed()

    def _do_line(self, change: Callable[[], object]) -> None:
        if self._do(change):
            self._told = None
            self.follow()  # what is typed in the other fields stays
            self._changed()

    def _do(self, change: Callable[[], object]) -> bool:
        """Whether it could be done; if not, the panel says why."""
        try:
            change()
        except NetkitError as problem:  # a value that cannot be: nothing was changed
            self._say(str(problem), wrong=True)
            return False
        except Exception as problem:  # it would be seen nowhere else
            self._say(f"{type(problem).__name__}: {problem}", wrong=True)
            return False
        return True

    def _value(self, name: str, said: Any) -> Any:
        """What stands in a field, as the fault takes it; what is no number stays text, and the fault says so."""
        if name == "swallow":
            return said
        text = said.strip().replace(",", ".")
        if not text:
            return getattr(self._calm, name)
        for number in (int, float):
            with contextlib.suppress(ValueError):
                return number(text)
        return said

    def _say(self, message: str, wrong: bool = False) -> None:
        self._said.value = views.status(message, "nk-wrong" if wrong else "nk-quiet")


def _normal(calm: Plan | UdpPlan, name: str) -> str:
    value = getattr(calm, name)
    return _("none") if value is None else f"{value:g}"
