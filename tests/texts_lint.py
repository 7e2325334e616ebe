"""What can be wrong with the texts of netkit, in a catalogue and in the code: each finding is a sentence."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message

from netkit import errors

MARKS = {"_": 1, "ngettext": 2}  # the functions that look a text up, and how many of their arguments are texts
EVALUATED = (*MARKS, "octets")  # those whose answer depends on the language of the moment
ERRORS = {n for n, e in vars(errors).items() if isinstance(e, type) and issubclass(e, errors.NetkitError)}
SAME = {"ACK", "FIN", "Hex", "RST", "SYN", "TCP", "UDP", "netkit"}  # words that are the same in every language


def in_catalogue(catalogue: Catalog, code: Catalog) -> Iterator[str]:
    """What is wrong with a catalogue, given the messages of the code."""
    wanted = {_key(message) for message in code if message.id}
    there = {_key(message): message for message in catalogue if message.id}
    yield from (f"no translation: {key!r}" for key in wanted - set(there))
    yield from (f"obsolete: {key!r}" for key in set(there) - wanted)
    yield from (f"obsolete: {key!r}" for key in catalogue.obsolete)
    for key, message in there.items():
        yield from (f"{wrong}: {key!r}" for wrong in _in_message(message, catalogue.num_plurals))


def _key(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _in_message(message: Message, plurals: int) -> Iterator[str]:
    texts = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    several = not isinstance(message.id, str)
    if not all(texts) or len(texts) != (plurals if several else 1):
        yield "a plural form is missing" if several and any(texts) else "no translation"
        return
    if message.fuzzy:
        yield "fuzzy"
    english = _key(message)[-1]  # of two, the plural: it has the number
    for text in texts:
        if _fields(text) != _fields(english):
            yield "other placeholders"
        elif not _can_be_formatted(text):
            yield "cannot be formatted"
        if _words(english) and not re.search("[а-яё№]", text.lower()):
            yield "not in Russian"
        if _ends(text) != _ends(english):
            yield "other spaces at its ends"
        if re.search("[“”]| - ", text):
            yield "quotes or a dash that are not Russian"


def _fields(text: str) -> set[tuple[str, str, str]] | None:
    """The placeholders of a format: name, format and conversion; None if it is none."""
    try:
        parts = string.Formatter().parse(text)
        return {(name, form or "", how or "") for _text, name, form, how in parts if name is not None}
    except ValueError:
        return None


def _ends(text: str) -> tuple[str, str]:
    return text[: -len(text.lstrip())], text[len(text.rstrip()) :]


def _can_be_formatted(text: str) -> bool:
    try:
        text.format(**{name: 7 for name, _form, _how in _fields(text) or ()})
    except (ValueError, IndexError, KeyError, TypeError):
        return False
    return True


def _words(text: str) -> set[str]:
    return set(re.findall("[A-Za-z]{2,}", re.sub(r"\{[^}]*\}", "", text))) - SAME


def in_code(source: str, seen: Catalog) -> Iterator[str]:
    """What is wrong with the texts of a module.

    Args:
        source: the module.
        seen: the messages that Babel sees in it.
    """
    tree = ast.parse(source)
    for call, imported in _calls(tree, imported=True):
        name = _name(call.func)
        if imported and name in EVALUATED:
            yield f"line {call.lineno}: {name}() at import, when the learner has not yet chosen a language"
        wanted = call.args[: MARKS.get(name, 0)]
        texts = [str(text.value) for text in wanted if isinstance(text, ast.Constant)]
        if len(texts) < len(wanted):
            yield f"line {call.lineno}: {name}() of what is no literal: Babel cannot know it"
        elif texts and (texts[0] if len(texts) == 1 else tuple(texts)) not in seen:
            yield f"line {call.lineno}: Babel does not see {texts[0]!r}: inside an f-string?"
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _name(node.exc.func) in ERRORS:
            for text in (t for part in (*node.exc.args, *(k.value for k in node.exc.keywords)) for t in _bare(part)):
                yield f"line {node.lineno}: {_name(node.exc.func)} says {text!r} in English only"
        if isinstance(node, ast.alias) and node.name in EVALUATED and node.asname:
            yield f"line {node.lineno}: {node.name} under another name: Babel does not know it"


def _name(function: ast.expr) -> str:
    """What is called: a name, or one of the modules in which those of interest are."""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.attr if function.value.id in ("i18n", "errors") else ""
    return function.id if isinstance(function, ast.Name) else ""


def _calls(node: ast.AST, imported: bool) -> Iterator[tuple[ast.Call, bool]]:
    """Every call below a node, and whether it happens when the module is imported."""
    if isinstance(node, ast.Call):
        yield node, imported
    body: list[ast.AST] = []
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        body = [node.body] if isinstance(node, ast.Lambda) else [*node.body]
    for child in ast.iter_child_nodes(node):  # decorators and defaults are worked out with the function's definition
        yield from _calls(child, imported and child not in body)


def _bare(node: ast.AST) -> Iterator[str]:
    """Texts with words that no `_` stands around."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search("[A-Za-z]{2,}", node.value):
        yield node.value
    if isinstance(node, ast.Call) and _name(node.func) in EVALUATED:
        return
    for child in [node.value] if isinstance(node, ast.Subscript) else ast.iter_child_nodes(node):
        yield from _bare(child)
