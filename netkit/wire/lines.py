"""Faults at a line of a protocol: answer a command in the server's place, say nothing, close, or break off."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Self

from netkit.errors import BadInput
from netkit.i18n import _
from netkit.wire.faults import CALM, Faults, Plan

GREETING = "greeting"
END_OF_DATA = "."


class Act(Enum):
    """What is done at a command."""

    REPLY = "reply"  # answered in the server's place
    SILENT = "silent"  # never answered
    CLOSE = "close"  # FIN in place of an answer
    RESET = "reset"  # RST in place of an answer


@dataclass(eq=False, slots=True)
class Rule:
    """A fault at a command.

    Attributes:
        act: what is done.
        reply: the line that is answered, with its CRLF.
        left: how many times more it acts; None for always. Counted on the background thread alone.
    """

    act: Act
    reply: bytes = b""
    left: int | None = None

    @property
    def said(self) -> str:
        """The line that is answered, as text."""
        return self.reply.decode("ascii", "replace").strip()


@dataclass(frozen=True, slots=True)
class Dialect:
    """What netkit has to know of a protocol to read along, and to speak in the server's place.

    Attributes:
        commands: at which a fault may be set, each with the answer that is proposed for it; `GREETING` and
            `END_OF_DATA` are commands here.
        label: what a command is, in words.
        line: makes a reply line with its CRLF of what the learner gave: command, answer and text; raises BadInput.
        last: whether a line of a reply that begins so is its last one, listings aside.
        listed: whether a reply that begins so goes on up to a line with a dot alone: command, whether it had an
            argument, the beginning.
        tls: the command after which all is ciphertext, and how the reply begins that says so.
        challenge: the command whose next line is no command, and how the reply begins that asks for that line.
        letter: the command after which lines are no commands up to a dot alone, and how that reply begins.
        go_ahead: that reply, when netkit gives it.
        needs: the command that must have been accepted for `letter` to be in order.
        ends: the commands that, when accepted, end what `needs` began.
        undo: the command that brings the server back to order when a letter did not come; its reply is one line.
    """

    commands: Mapping[str, str]
    label: Callable[[str], str]
    line: Callable[[str, object, str], bytes]
    last: Callable[[bytes], bool]
    listed: Callable[[str, bool, bytes], bool]
    tls: tuple[str, bytes]
    challenge: tuple[str, bytes]
    letter: tuple[str, bytes] = ("", b"")
    go_ahead: bytes = b""
    needs: str = ""
    ends: Collection[str] = ()
    undo: bytes = b""


class LineFaults(Faults[Plan]):
    """The faults of a tap in front of a server whose protocol goes line by line; see also `Faults`.

    ``faults.reply("RCPT", 550)`` answers every RCPT in the server's place; `silent`, `close` and `reset` take a command
    alone. ``"greeting"`` is the server's first line, ``"."`` the end of a letter. All act from the next command on, on
    live connections too, until `clear`, at the end of a ``with`` block, or ``times`` times. What a command like that
    asks for is not done: the server does not hear of it. After TLS has begun, nothing of this acts.

    A connection of which more was said than netkit keeps (12 MB) is left alone by a fault that is set in its course.
    """

    def __init__(self, dialect: Dialect, changed: Callable[[], object]) -> None:
        super().__init__(CALM, changed)
        self.dialect = dialect
        self._rules: Mapping[str, Rule] = {}  # replaced, never changed

    @property
    def rules(self) -> dict[str, Rule]:
        """What is in force, by command."""
        return {name: rule for name, rule in self._rules.items() if rule.left != 0}

    def reply(self, command: str, answer: int | str, text: str = "", *, times: int | None = None) -> Self:
        """Answer a command in the server's place.

        Args:
            command: e.g. ``"RCPT"``; in small or capital letters.
            answer: a reply code (SMTP), or the line: ``"550 5.1.1 Nobody there"``, ``"-ERR locked"``.
            text: what stands behind it; netkit has a sentence if you have none.
            times: how many times; None for always.

        Raises:
            BadInput: there is no such command, or this is no answer to it; nothing has changed.
        """
        name = self._known(command)
        return self._set(name, Rule(Act.REPLY, self.dialect.line(name, answer, text), _times(times)))

    def silent(self, command: str, *, times: int | None = None) -> Self:
        """Take a command, and never answer it; see `reply`."""
        return self._set(self._known(command), Rule(Act.SILENT, left=_times(times)))

    def close(self, command: str, *, times: int | None = None) -> Self:
        """Close the connection in good order (FIN) in place of an answer; see `reply`."""
        return self._set(self._known(command), Rule(Act.CLOSE, left=_times(times)))

    def reset(self, command: str, *, times: int | None = None) -> Self:
        """Break the connection off (RST) in place of an answer; see `reply`."""
        return self._set(self._known(command), Rule(Act.RESET, left=_times(times)))

    def rule(self, name: str) -> Rule | None:
        """What is to be done at a command now."""
        found = self._rules.get(name)
        return found if found is not None and found.left != 0 else None

    def used(self, rule: Rule) -> None:
        """It acts now. Called on the background thread; the last time is told to those who show the faults."""
        if rule.left is not None:
            rule.left -= 1
            if not rule.left:
                self._changed()

    def clear(self) -> None:
        """Back to normal, all of it."""
        self._rules = {}
        super().clear()

    @property
    def calm(self) -> bool:
        """Whether nothing is broken."""
        return not self.rules and super().calm

    def __repr__(self) -> str:
        rules = self.rules
        if not rules:
            return super().__repr__()
        said = _("Faults: {what}").format(what="; ".join(_code(name, rule) for name, rule in rules.items()))
        return said if super().calm else f"{said}\n{super().__repr__()}"

    def _known(self, command: object) -> str:
        known = {name.upper(): name for name in self.dialect.commands}
        name = known.get(command.strip().upper()) if isinstance(command, str) else None
        if name is None:
            text = _("There is no command {command!r} at which a fault can be set; there are: {known}.")
            raise BadInput(text.format(command=command, known=", ".join(self.dialect.commands)))
        return name

    def _set(self, name: str, rule: Rule) -> Self:
        self._rules = {**self.rules, name: rule}
        self._changed()
        return self


def _times(times: object) -> int | None:
    if times is None or (isinstance(times, int) and not isinstance(times, bool) and times > 0):
        return times
    raise BadInput(_("times is a whole number, 1 or more, or None for always; not {value!r}.").format(value=times))


def _code(name: str, rule: Rule) -> str:
    """What a cell would say."""
    values = [repr(name)] + ([repr(rule.said)] if rule.act is Act.REPLY else [])
    values += [] if rule.left is None else [f"times={rule.left}"]
    return f"{rule.act.value}({', '.join(values)})"
