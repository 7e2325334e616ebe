"""netkit's servers from a terminal: for people, and for programs in any language that want servers to talk to."""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import os
import signal
import sys
from collections.abc import Sequence

from netkit.errors import NetkitError
from netkit.i18n import LANGUAGES, _, language
from netkit.terminal_services import SERVICES, Service

FAILED, USAGE = 1, 2  # exit codes


def main(arguments: Sequence[str] | None = None) -> int:
    """Run netkit's servers until they are told to end: Ctrl-C, SIGTERM, or nobody reads standard output any more.

    It is for a process of its own: afterwards signals are ignored, so that none disturbs the exit.

    Args:
        arguments: those of the command line; without, the process's own.

    Returns:
        The exit code: 0 when it was told to end, 1 when something failed, 2 for arguments that it cannot take.
    """
    ends = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")]
    for number in ends:
        if number == getattr(signal, "SIGHUP", -1) and signal.getsignal(number) == signal.SIG_IGN:
            continue  # started by nohup
        if number is not None:
            signal.signal(number, lambda *_: _end(ends))
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        _drop_output()  # what is half written would have to wait for its reader
        return 0
    except OSError as problem:
        _drop_output()
        closed = errno.EINVAL if sys.platform == "win32" else errno.EPIPE
        if isinstance(problem, BrokenPipeError) or problem.errno == closed:
            return 0
        return _fail(str(problem), FAILED)
    except NetkitError as problem:
        return _fail(str(problem), FAILED)
    finally:
        _ignore(ends)


def _ignore(ends: list[signal.Signals | None]) -> None:
    for number in ends:
        if number is not None:
            signal.signal(number, signal.SIG_IGN)


def _end(ends: list[signal.Signals | None]) -> None:
    _ignore(ends)  # a second Ctrl-C does not interrupt the end
    raise KeyboardInterrupt


def _run(arguments: Sequence[str]) -> int:
    _make_writable()
    _speak(_language_of_locale(), asked=False)
    try:
        options = _parse(arguments)
        if options.language is not None:
            _speak(options.language, asked=True)
    except NetkitError as problem:
        return _fail(f"{problem}\n" + _("What there is: python -m netkit --help"), USAGE)
    if options.help:
        print(_help(), flush=True)
        return 0
    if sys.stdout is None:
        return 0  # it is closed: nobody can learn the addresses
    services = [start() for start in SERVICES]
    from netkit.terminal_show import Show, wait_for_end

    print(_as_json(services) if options.json else _for_people(services), flush=True)
    wait_for_end(Show([service.handle for service in services]) if options.show else None)
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    for flag in ("--json", "--show"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--language")
    try:
        options, unknown = parser.parse_known_args(arguments)
    except argparse.ArgumentError as problem:  # it speaks English only
        raise NetkitError(_("{name} is not written like this.").format(name=problem.argument_name)) from None
    if unknown:
        raise NetkitError(_("netkit cannot take the argument {word!r}.").format(word=unknown[0]))
    return options


def _help() -> str:
    return _(
        "python -m netkit [--json] [--show] [--language en|ru]\n"
        "\n"
        "Starts netkit's servers on this machine, says where they are, and runs until Ctrl-C, until SIGTERM, or until\n"
        "nobody reads its output any more. Every port is chosen by the system; only this machine's own user gets in.\n"
        "\n"
        "  --json       for programs: the first line of the output is a JSON object with a key for each server\n"
        "               (smtp, pop3, dns, …), each with host, port, and url, user, password, domain where it has\n"
        "               them. It comes when all servers accept clients. With --show the conversations follow it, as\n"
        "               text.\n"
        "  --show       shows the conversations as they happen, every byte, explained.\n"
        "  --language   en or ru; without it, the language of the locale.\n"
        "  --help       this text.\n"
    ).rstrip("\n")


def _as_json(services: list[Service]) -> str:
    return json.dumps(
        {s.key: {"host": s.handle.address.host, "port": s.handle.address.port, **s.facts} for s in services}
    )


def _for_people(services: list[Service]) -> str:
    words = {"url": "URL", "user": _("user"), "password": _("password"), "domain": _("domain")}
    lines = [_("netkit's servers run, for this machine only:"), ""]
    for service in services:
        handle = service.handle
        lines.append(f"  {service.key:<7} {handle.address} ({handle.transport.upper()})")
        lines += [f"  {'':<7} {words[name]}: {value}" for name, value in service.facts.items()]
        if service.example:
            lines.append(f"  {'':<7} " + _("try: {command}").format(command=service.example))
    return "\n".join([*lines, "", _("Ctrl-C ends them.")])


def _language_of_locale() -> str:
    """The language that the environment asks for, if netkit speaks it; else English."""
    names = ("NETKIT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    said = next((os.environ[name] for name in names if os.environ.get(name)), "")
    if not said and sys.platform == "win32":
        import ctypes
        import locale

        said = locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    return said[:2] if said[:2] in LANGUAGES and not said[2:3].isalpha() else "en"


def _speak(code: str, *, asked: bool) -> None:
    """Speak that language if the terminal has its letters; else English, and say so to those who asked for it."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        LANGUAGES.get(code, "").encode(encoding)
    except UnicodeEncodeError:
        if asked:
            text = _(
                "{code!r} cannot be written here: the output's encoding is {encoding}. English it is; "
                "PYTHONIOENCODING=utf-8 in the environment changes that."
            )
            _complain(text.format(code=code, encoding=encoding))
        code = "en"
    language(code)


_PLAIN = str.maketrans({"→": "->", "—": "-", "…": "...", "“": '"', "”": '"', "\N{NO-BREAK SPACE}": " "})


def _make_writable() -> None:
    """In an encoding that has not all characters, write others in their place: a locale without UTF-8 is no error."""
    import codecs

    def plain(problem: UnicodeError) -> tuple[str | bytes, int]:
        assert isinstance(problem, UnicodeEncodeError)
        text = problem.object[problem.start : problem.end].translate(_PLAIN)
        return text.encode("ascii", "backslashreplace").decode("ascii"), problem.end

    codecs.register_error("netkit", plain)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="netkit")


def _complain(text: str) -> None:
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(text, file=sys.stderr, flush=True)


def _fail(text: str, code: int) -> int:
    _complain(text)
    return code


def _drop_output() -> None:
    """Whatever still waits to be written goes nowhere: the interpreter would try again at its exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
