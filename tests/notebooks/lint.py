"""The rules of the lessons. Each takes a notebook and gives its complaints: what was seen, and where."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
from nbformat import NotebookNode

from tests.notebooks.outputs import KEPT_CELL_METADATA, METADATA, WIDGET
from tests.notebooks.sanitize import load

Rule = Callable[[NotebookNode], list[str]]

MAX_CODE_LINES = 20
MAX_FILE_SIZE = 400_000  # bytes
FEW_LETTERS = 30  # below that, a text may be a list of names
RAISES = "raises-exception"


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _python(source: str) -> tuple[str, str]:
    """The magic lines of a cell, and the Python that is left."""
    lines = source.splitlines()
    magic = [line for line in lines if re.match(r"\s*(%%?[A-Za-z]|!\s*\w)", line)]
    return "\n".join(magic), "\n".join(line for line in lines if line not in magic)


def syntax_tree(source: str) -> ast.Module | None:
    """The cell's syntax tree; None for a cell that is no Python (a listing of the lecture that fails on purpose)."""
    try:
        return ast.parse(_python(source)[1])
    except SyntaxError:
        return None


def _texts(value: object) -> Iterator[str]:
    """All texts in an output's data, pictures left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            if not key.startswith("image/"):
                yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


# The file


def format_is_4_5(notebook: NotebookNode) -> list[str]:
    """The version with cell ids, and valid."""
    if (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        return [f"format {notebook.nbformat}.{notebook.nbformat_minor}, not 4.5"]
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        return [f"not valid: {str(error).splitlines()[0]}"]
    return []


def metadata_is_bare(notebook: NotebookNode) -> list[str]:
    """No widget state, nobody's kernel, no timings: what `make outputs` writes."""
    complaints = []
    if notebook.metadata != METADATA:
        complaints.append(f"metadata {sorted(notebook.metadata)} is not what `make outputs` writes")
    for cell in notebook.cells:
        if more := set(cell.metadata) - KEPT_CELL_METADATA:
            complaints.append(f"{cell.id}: metadata {sorted(more)}")
        if any(WIDGET in output.get("data", {}) for output in cell.get("outputs", ())):
            complaints.append(f"{cell.id}: a stored widget, which nothing can show without a kernel")
    return complaints


def size_is_small(path: Path) -> list[str]:
    """At most 400 kB."""
    size = path.stat().st_size
    return [f"{size} bytes, more than {MAX_FILE_SIZE}"] if size > MAX_FILE_SIZE else []


# The cells


def ids_are_telling(notebook: NotebookNode) -> list[str]:
    """Unique words such as recv-in-pieces, not JupyterLab's random ones."""
    complaints, seen = [], set()
    for cell in notebook.cells:
        name = cell.get("id", "")
        random = re.fullmatch(r"(?=.*\d)[0-9a-f-]{8,}", name)
        if random or len(name) < 3 or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
            complaints.append(f"{name!r} tells nothing: words in small letters, joined by -")
        if name in seen:
            complaints.append(f"{name!r} is there twice")
        seen.add(name)
    return complaints


def counts_are_in_order(notebook: NotebookNode) -> list[str]:
    """1, 2, 3 …: nbval compares no cell without a count."""
    counts = [cell.execution_count for cell in _code_cells(notebook)]
    return [] if counts == list(range(1, len(counts) + 1)) else [f"execution counts {counts}: run `make outputs`"]


def every_output_is_compared(notebook: NotebookNode) -> list[str]:
    """Nothing that tells nbval to look away."""
    complaints = []
    for cell in _code_cells(notebook):
        marks = set(cell.metadata.get("tags", ())) - {RAISES}
        marks |= set(re.findall(r"#\s*((?:NBVAL|PYTEST_VALIDATE)\w+)", cell.source))
        complaints += [f"{cell.id}: {mark}" for mark in sorted(marks) if re.match("nbval|pytest", mark, re.IGNORECASE)]
    return complaints


def errors_are_wanted(notebook: NotebookNode) -> list[str]:
    """An error is shown where the cell is tagged raises-exception, and only there."""
    complaints = []
    for cell in _code_cells(notebook):
        error = next((output for output in cell.outputs if output.output_type == "error"), None)
        tagged = RAISES in cell.metadata.get("tags", ())
        if error and not tagged:
            complaints.append(f"{cell.id}: {error.ename}: {error.evalue}")
        if tagged and not error:
            complaints.append(f"{cell.id}: tagged {RAISES}, and shows no error")
    return complaints


def code_is_short(notebook: NotebookNode) -> list[str]:
    """At most 20 lines that are not blank, and at least one."""
    complaints = []
    for cell in _code_cells(notebook):
        lines = sum(bool(line.strip()) for line in cell.source.splitlines())
        if not 1 <= lines <= MAX_CODE_LINES:
            complaints.append(f"{cell.id}: {lines} lines, not 1 to {MAX_CODE_LINES}")
    return complaints


def imports_are_named(notebook: NotebookNode) -> list[str]:
    """No `from … import *`: a reader must see where a name comes from."""
    return [
        f"{cell.id}: from {node.module} import *"
        for cell in _code_cells(notebook)
        for node in ast.walk(syntax_tree(cell.source) or ast.Module([], []))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]


def nothing_sleeps(notebook: NotebookNode) -> list[str]:
    """No time.sleep: a lesson waits for what happens, not for a time that is too short on some machine."""
    complaints = []
    for cell in _code_cells(notebook):
        for node in ast.walk(syntax_tree(cell.source) or ast.Module([], [])):
            by_module = isinstance(node, ast.Attribute) and ast.unparse(node) == "time.sleep"
            by_name = (
                isinstance(node, ast.ImportFrom) and node.module == "time" and "sleep" in {a.name for a in node.names}
            )
            if by_module or by_name:
                complaints.append(f"{cell.id}: time.sleep")
    return complaints


# One machine's

_PORT = re.compile(r"(?:127\.0\.0\.\d+|0\.0\.0\.0|localhost|::1?|\[::1?\])(?::|['\"], *)(\d{4,5})\b")
_LECTURE_PORTS = {"33333", "8000"}  # in its listings, which the prose quotes
_HOME = re.compile(r"(?:/(?:root|home/\w+|Users/\w+)/|\b[A-Z]:\\+Users\\)[\w./\\+-]*")
_PLACES = (
    _HOME,
    re.compile(r"/(?:tmp|var/folders)/[\w./+-]*"),
    re.compile(r"[\w/\\.~-]+[/\\](?:site-packages|lib[/\\]python3|ipykernel_\d)[\w./\\-]*"),
    re.compile(r"\bat 0x[0-9a-fA-F]{6,}"),
)


def source_names_no_machine(notebook: NotebookNode) -> list[str]:
    """No port and no path that is only there where the lesson was written."""
    complaints = []
    for cell in notebook.cells:
        in_code = cell.cell_type == "code"
        ports = {match[1] for match in _PORT.finditer(cell.source)} - (set() if in_code else _LECTURE_PORTS)
        complaints += [f"{cell.id}: port {port}" for port in sorted(ports)]
        for pattern in _PLACES if in_code else (_HOME,):
            complaints += [f"{cell.id}: {match[0]}" for match in pattern.finditer(cell.source)]
    return complaints


def outputs_name_no_machine(notebook: NotebookNode) -> list[str]:
    """What is stored has gone through the patterns of sanitize.cfg, and nothing slipped through them."""
    sanitizer = load()
    complaints = []
    for cell in _code_cells(notebook):
        for text in _texts(cell.outputs):
            complaints += [f"{cell.id}: {match[0]}" for pattern in _PLACES for match in pattern.finditer(text)]
            for line, stored in zip(text.splitlines(), sanitizer.for_storing(text).splitlines(), strict=False):
                if line != stored:
                    complaints.append(f"{cell.id}: {line!r} should be stored as {stored!r}: run `make outputs`")
    return complaints


# The prose


def begins_with_title(notebook: NotebookNode) -> list[str]:
    """The first cell is text and begins with a heading of the first level."""
    first = notebook.cells[0]
    if first.cell_type == "markdown" and re.match(r"# \S", first.source):
        return []
    return ["the first cell is not text that begins with '# …'"]


def ends_with_next(notebook: NotebookNode, following: str | None) -> list[str]:
    """The last cell is text; it links to the next lesson, where there is one."""
    last = notebook.cells[-1]
    if last.cell_type != "markdown":
        return ["the last cell is not text"]
    if following and following not in {urlsplit(link).path for link in _links(last.source)}:
        return [f"the last cell has no link to {following}"]
    return []


def _links(source: str) -> list[str]:
    """The targets of a text's links and pictures; code is no link."""
    return re.findall(r"\]\(\s*<?([^\s)>]+)", _without_code(source)) + re.findall(
        r"(?:href|src)\s*=\s*[\"']([^\"']+)", _without_code(source)
    )


def links_lead_somewhere(notebook: NotebookNode, folder: Path) -> list[str]:
    """Each relative link names a file that is there."""
    complaints = []
    for cell in notebook.cells:
        for link in _links(cell.source) if cell.cell_type == "markdown" else ():
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("attachment:"):
                continue
            if not (folder / unquote(parts.path)).exists():
                complaints.append(f"{cell.id}: {link} is not there")
    return complaints


def _without_code(source: str) -> str:
    source = re.sub(r"^( *)(```+|~~~+).*?^\1\2", " ", source, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(`+).+?\1", " ", source, flags=re.DOTALL)


def _prose(source: str) -> str:
    """The text that is in the lesson's own language: no code, quotes, addresses, HTML, or names of other languages."""
    source = _without_code(source)
    source = re.sub(r"\[[^\]]*\]\((?:\.\./|[^)]*/)(?:en|ru)/[^)]*\)", " ", source)  # the switch: [Русский](../ru/…)
    source = re.sub(r"\]\([^)]*\)|<[^>]+>|https?://\S+", " ", source)
    return re.sub(r"«[^»]*»|“[^”]*”|„[^“]*“|\"[^\"\n]*\"", " ", source)


def prose_is_in(notebook: NotebookNode, language: str) -> list[str]:
    """English has no Cyrillic letter outside code and quotes; Russian is mostly Cyrillic, in each text and in all."""
    complaints, all_cyrillic, all_letters = [], 0, 0
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        letters = re.findall(r"[^\W\d_]", _prose(cell.source))
        cyrillic = [letter for letter in letters if "\u0400" <= letter <= "\u04ff"]
        all_cyrillic, all_letters = all_cyrillic + len(cyrillic), all_letters + len(letters)
        if language == "en" and cyrillic:
            complaints.append(f"{cell.id}: Cyrillic in English prose: {''.join(cyrillic[:30])}")
        if language == "ru" and len(letters) >= FEW_LETTERS and len(cyrillic) < 0.5 * len(letters):
            complaints.append(f"{cell.id}: {len(cyrillic)} of {len(letters)} letters are Cyrillic")
    if language == "ru" and all_letters >= FEW_LETTERS and all_cyrillic < 0.7 * all_letters:
        complaints.append(f"{all_cyrillic} of {all_letters} letters are Cyrillic")
    return complaints


def language_is_set(notebook: NotebookNode, language: str) -> list[str]:
    """The first code cell says netkit.language("ru") or ("en")."""
    source = next((cell.source for cell in _code_cells(notebook)), "")
    calls = [
        ast.unparse(node) for node in ast.walk(syntax_tree(source) or ast.Module([], [])) if isinstance(node, ast.Call)
    ]
    wanted = f"netkit.language({language!r})"
    return [] if wanted in calls else [f'the first code cell does not say netkit.language("{language}")']


# Both languages


class _Wordless(ast.NodeTransformer):
    """Takes the words out of code: what a string says, and in which order an f-string has its values."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.JoinedStr:
        values = [value for value in node.values if isinstance(value, ast.FormattedValue)]
        for value in values:
            value.value = self.visit(value.value)  # but not the format: {size:.1f} is code
        return ast.JoinedStr(sorted(values, key=ast.dump))


def code_shape(source: str) -> str:
    """The code without its words: string literals, comments, layout. Two languages' cells have the same."""
    magic, python = _python(source)
    try:
        tree = ast.parse(python)
    except SyntaxError:  # a listing that fails on purpose: to the letter
        return source
    return magic + "\n" + ast.dump(_Wordless().visit(tree))


def same_in_both(english: NotebookNode, russian: NotebookNode) -> list[str]:
    """The same cells in the same order: ids, types, tags, code."""
    ids = [cell.get("id") for cell in english.cells], [cell.get("id") for cell in russian.cells]
    if ids[0] != ids[1]:
        where = next((i for i, (en, ru) in enumerate(zip(*ids, strict=False)) if en != ru), min(map(len, ids)))
        return [f"from cell {where} on the ids differ: en {ids[0][where:][:3]}, ru {ids[1][where:][:3]}"]
    complaints = []
    for en, ru in zip(english.cells, russian.cells, strict=True):
        if en.cell_type != ru.cell_type:
            complaints.append(f"{en.id}: en {en.cell_type}, ru {ru.cell_type}")
        elif en.metadata.get("tags", []) != ru.metadata.get("tags", []):
            complaints.append(f"{en.id}: tags en {en.metadata.get('tags', [])}, ru {ru.metadata.get('tags', [])}")
        elif en.cell_type == "code" and code_shape(en.source) != code_shape(ru.source):
            complaints.append(f"{en.id}: the code differs by more than strings and comments")
    return complaints


RULES: tuple[Rule, ...] = (
    format_is_4_5,
    metadata_is_bare,
    ids_are_telling,
    counts_are_in_order,
    every_output_is_compared,
    errors_are_wanted,
    code_is_short,
    imports_are_named,
    nothing_sleeps,
    source_names_no_machine,
    outputs_name_no_machine,
    begins_with_title,
)
