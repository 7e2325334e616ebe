"""Of the panel of the faults, the row for faults at a line: at which command, what is done, and what is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from netkit.errors import BadInput
from netkit.i18n import _, ngettext
from netkit.show.controls import show
from netkit.wire.lines import Act, LineFaults, Rule


def lines_in_words(faults: Any) -> list[str]:
    """What is done at which command, each in words; nothing where there are no such faults."""
    return [_in_words(*item) for item in faults.rules.items()] if isinstance(faults, LineFaults) else []


def _in_words(name: str, rule: Rule) -> str:
    said = {
        Act.REPLY: _("netkit answers {command} with “{reply}”"),
        Act.SILENT: _("{command} is never answered"),
        Act.CLOSE: _("closed (FIN) at {command}"),
        Act.RESET: _("broken off (RST) at {command}"),
    }[rule.act].format(command=name, reply=rule.said)
    if rule.left is None:
        return said
    return ngettext("{what}, {n} more time", "{what}, {n} more times", rule.left).format(what=said, n=rule.left)


class LineFields(widgets.HBox):  # type: ignore[misc]  # ipywidgets has no types
    """The row. It changes nothing but when its button is pressed.

    Args:
        faults: see `netkit.wire.lines.LineFaults`.
        do: is given what to do when the button is pressed; it shows what goes wrong.
    """

    def __init__(self, faults: LineFaults, do: Callable[[Callable[[], object]], None]) -> None:
        self._faults = faults
        dialect = faults.dialect
        self._command = widgets.Dropdown(
            options=[(dialect.label(name), name) for name in dialect.commands], description=_("At the command")
        )
        acts = [
            (_("answer with"), Act.REPLY),
            (_("no answer"), Act.SILENT),
            (_("close (FIN)"), Act.CLOSE),
            (_("break off (RST)"), Act.RESET),
        ]
        self._act = widgets.Dropdown(options=acts, description=_("What to do"))
        self._answer = widgets.Text(description=_("Answer"), tooltip='faults.reply("…", …)')
        self._times = widgets.Text(description=_("How many times"), placeholder=_("always"), tooltip="times=…")
        self._apply = widgets.Button(description=_("Apply to this command"))
        super().__init__([self._command, self._act, self._times, self._answer.add_class("nk-answer"), self._apply])
        self.add_class("nk-fields").add_class("nk-lines")
        self._propose(None)
        self._command.observe(self._propose, "value")
        self._act.observe(lambda _change: show(self._answer, self._act.value is Act.REPLY), "value")
        self._apply.on_click(lambda _button: do(self._set))

    def _propose(self, _change: Any) -> None:
        """An answer that fits the command."""
        self._answer.value = self._faults.dialect.commands[self._command.value]

    def _set(self) -> None:
        said = self._times.value.strip()
        if said and not (said.isdecimal() and int(said)):
            text = _("How many times is a whole number, 1 or more, or nothing for always; not {value!r}.")
            raise BadInput(text.format(value=said))
        times = int(said) if said else None
        name, act = self._command.value, self._act.value
        if act is Act.REPLY:
            self._faults.reply(name, self._answer.value, times=times)
        else:
            {Act.SILENT: self._faults.silent, Act.CLOSE: self._faults.close, Act.RESET: self._faults.reset}[act](
                name, times=times
            )
