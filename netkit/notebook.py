"""What netkit adds to IPython: the cell magic ``%%server``, and the rich displays of servers and letters."""

from __future__ import annotations

import builtins
import keyword
import shlex
import types
from typing import TYPE_CHECKING, Any

from netkit.errors import BadInput
from netkit.i18n import _

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from netkit.servers.handle import Handle
    from netkit.servers.mail.letters import Letter
    from netkit.servers.mail.post import Mail
    from netkit.servers.web.site import Web
    from netkit.wire.conversation import Conversation


def register(shell: InteractiveShell) -> None:
    """Register with IPython; doing it twice is harmless."""

    def magic(line: str, cell: str) -> None:
        server(shell, line, cell)

    magic.__doc__ = server.__doc__  # for %%server?

    def elsewhere(_line: str) -> None:
        raise BadInput(_("%%server has to be the first line of its cell, with nothing above it."))

    shell.register_magic_function(elsewhere, "line", "%server")  # type: ignore[arg-type]
    shell.register_magic_function(magic, "cell", "server")  # type: ignore[arg-type]
    bundles: Any = shell.display_formatter.mimebundle_formatter  # type: ignore[union-attr]
    bundles.for_type_by_name("netkit.servers.handle", "Handle", _inspector)
    bundles.for_type_by_name("netkit.wire.conversation", "Conversation", _inspector)
    bundles.for_type_by_name("netkit.servers.mail.letters", "Letter", _letter)
    bundles.for_type_by_name("netkit.servers.mail.post", "Mail", _mail)
    bundles.for_type_by_name("netkit.servers.web.site", "Web", _web)


def server(shell: InteractiveShell, line: str, cell: str) -> None:
    """``%%server NAME``: run the cell as a server of its own and put a handle NAME into the notebook.

    Options: ``--protocol text`` says what explains its conversations, ``--wait 10`` how many seconds it may take
    until it listens.

    Raises:
        BadInput: no name, or one that cannot be a variable; an option that there is not; an empty cell.
        ServerError: the server ended, or did not listen in time.
    """
    from netkit.servers.process import LearnerServer

    name, protocol, wait = _options(line)
    old = shell.user_ns.get(name)
    if isinstance(old, types.ModuleType):
        text = _("{name} is a module in this notebook: give the server another name.")
        raise BadInput(text.format(name=name))
    if hasattr(builtins, name):
        raise BadInput(_("{name} belongs to Python itself: give the server another name.").format(name=name))
    if not isinstance(old, LearnerServer) and old is not None and old is not ...:
        text = _("{name} is a variable in this notebook, which would be lost: give the server another name.")
        raise BadInput(text.format(name=name))
    if not cell.strip():
        raise BadInput(
            _("The cell is empty: the server's program goes below the line %%server {name}.").format(name=name)
        )
    handle = old if isinstance(old, LearnerServer) and old.protocol == protocol else LearnerServer(name, protocol)
    if isinstance(old, LearnerServer) and old is not handle:
        old.stop()
    handle.run(cell, wait)
    shell.user_ns[name] = handle
    print(
        _("{name} runs as a process of its own and is reached at {address}.").format(name=name, address=handle.address)
    )


def _options(line: str) -> tuple[str, str, float]:
    from netkit.protocols import MODULES
    from netkit.servers.process import WAIT

    try:
        words = shlex.split(line)
    except ValueError:
        words = []
    options: dict[str, str] = {"--protocol": "text", "--wait": str(WAIT)}
    names = [word for word in words[:1] if word.isidentifier() and not keyword.iskeyword(word)]
    rest = words[1:]
    if not names or len(rest) % 2 or any(option not in options for option in rest[::2]):
        text = _(
            "{line!r} cannot be used here. Write %%server NAME as the first line of the cell, with a name that can be "
            "a variable, e.g. %%server echo."
        )
        raise BadInput(text.format(line=line))
    options.update(zip(rest[::2], rest[1::2], strict=True))
    if options["--protocol"] not in MODULES:
        text = _("netkit knows no protocol {value!r}; it knows: {known}.")
        raise BadInput(text.format(value=options["--protocol"], known=", ".join(MODULES)))
    try:
        wait = float(options["--wait"])
    except ValueError:
        wait = 0.0
    if not 0 < wait <= 60:
        text = _("--wait is a time in seconds, more than 0 and up to 60; not {value!r}.")
        raise BadInput(text.format(value=options["--wait"]))
    return names[0], options["--protocol"], wait


def _inspector(what: Handle | Conversation, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    from netkit.show import inspector, kept
    from netkit.wire.conversation import Conversation

    shown = kept.inspect(what) if isinstance(what, Conversation) else inspector.inspect(what)
    return shown._repr_mimebundle_(include=include, exclude=exclude)


def _letter(what: Letter, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    from netkit.show.letter import LetterView

    return LetterView(what)._repr_mimebundle_(include=include, exclude=exclude)


def _mail(what: Mail, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    from netkit.show.mail import MailView

    return MailView(what)._repr_mimebundle_(include=include, exclude=exclude)


def _web(what: Web, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    from netkit.show.website import WebView

    return WebView(what)._repr_mimebundle_(include=include, exclude=exclude)
