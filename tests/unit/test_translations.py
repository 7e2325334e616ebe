"""The Russian texts: all there, of the same build as the English ones, and found by those who look for them."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from netkit import i18n
from netkit.errors import ServerError
from netkit.i18n import _, language, ngettext, octets
from netkit.servers.process import LearnerServer
from tests.texts import HEADER, NETKIT, catalogue, extracted, up_to_date
from tests.texts_lint import in_catalogue, in_code

RUSSIAN = i18n.LOCALE / "ru/LC_MESSAGES/netkit.po"
MODULES = sorted(NETKIT.rglob("*.py"))


@pytest.fixture(scope="module")
def code() -> Catalog:
    """What Babel finds in netkit."""
    return extracted()


@pytest.fixture
def russian(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Russian for this test."""
    monkeypatch.setenv("NETKIT_LANGUAGE", "")
    language("ru")
    yield
    language("en")


def test_every_message_has_a_good_translation(code: Catalog) -> None:
    """After a change of the code: `make texts`, then translate what is new or fuzzy in the catalogue."""
    assert len(code) > 300
    assert list(in_catalogue(catalogue(RUSSIAN, "ru"), code)) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(NETKIT).as_posix())
def test_every_text_of_the_code_can_be_translated(module: Path, code: Catalog) -> None:
    assert list(in_code(module.read_text("utf-8"), code)) == []


def written(text: str, tmp_path: Path) -> Catalog:
    """A catalogue with these entries."""
    header = HEADER.format(language="ru", plurals=Catalog("ru").plural_forms)
    file = tmp_path / "netkit.po"
    file.write_text(header + textwrap.dedent(text), encoding="utf-8")
    return catalogue(file, "ru")


def module(source: str, tmp_path: Path) -> tuple[str, Catalog]:
    """A module's source, and what Babel finds in it."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "module.py").write_text(source, encoding="utf-8")
    return source, extracted(folder)


CODE = """
def f(n):
    _("{name!r} has come, {n:g} times.")
    _("FIN")
    ngettext("one cat", "{n} cats", n)
"""
GOOD = r"""
msgid "{name!r} has come, {n:g} times."
msgstr "{n:g} раз: {name!r}."

msgid "FIN"
msgstr "FIN"

msgid "one cat"
msgid_plural "{n} cats"
msgstr[0] "{n} кошка"
msgstr[1] "{n} кошки"
msgstr[2] "{n} кошек"
"""
FIRST = "('{name!r} has come, {n:g} times.',)"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", None),
        ("{n:g} раз: {name!r}.", "", f"no translation: {FIRST}"),
        (' "FIN"\nmsgstr "FIN"', ' "RST"\nmsgstr "RST"', "no translation: ('FIN',) & obsolete: ('RST',)"),
        ('msgid "FIN"', '#, fuzzy\nmsgid "FIN"', "fuzzy: ('FIN',)"),
        ('\nmsgid "FIN"', '\n#~ msgid "old"\n#~ msgstr "старое"\n\nmsgid "FIN"', "obsolete: 'old'"),
        ("раз: {name!r}", "раз", f"other placeholders: {FIRST}"),
        ("{n:g} раз", "{k:g} раз", f"other placeholders: {FIRST}"),
        ("{n:g} раз", "{n} раз", f"other placeholders: {FIRST}"),
        ("раз: {name!r}", "раз: {name}", f"other placeholders: {FIRST}"),
        ("{n:g} раз", "{n:g раз", f"other placeholders: {FIRST}"),
        ("{n:g} раз", "{} {n:g} раз", f"other placeholders: {FIRST}"),
        ("{n:g} раз: {name!r}.", "{n:g} times: {name!r}.", f"not in Russian: {FIRST}"),
        ("{n:g} раз: {name!r}.", "{name!r} has come, {n:g} times.", f"not in Russian: {FIRST}"),
        ("{n:g} раз: {name!r}.", "{n:g} раз: {name!r}.\\n", f"other spaces at its ends: {FIRST}"),
        ("{n:g} раз: {name!r}.", "{n:g} раз - {name!r}.", f"quotes or a dash that are not Russian: {FIRST}"),
        ("{n:g} раз", "{n:g} “раз”", f"quotes or a dash that are not Russian: {FIRST}"),
        ('msgstr[2] "{n} кошек"\n', "", "a plural form is missing: ('one cat', '{n} cats')"),
        ("{n} кошки", "", "a plural form is missing: ('one cat', '{n} cats')"),
        ("{n} кошка", "кошка", "other placeholders: ('one cat', '{n} cats')"),
    ],
)
def test_what_is_wrong_with_a_catalogue_is_found(old: str, new: str, said: str | None, tmp_path: Path) -> None:
    assert old in GOOD
    _source, code = module(CODE, tmp_path)
    found = list(in_catalogue(written(GOOD.replace(old, new, 1), tmp_path), code))
    assert " & ".join(found) == (said or "")


def test_a_translation_that_cannot_be_formatted_is_found(tmp_path: Path) -> None:
    """The same placeholders on both sides, and both wrong."""
    _source, code = module('def f():\n    _("{name:date}")', tmp_path)
    found = list(in_catalogue(written('msgid "{name:date}"\nmsgstr "имя {name:date}"\n', tmp_path), code))
    assert found == ["cannot be formatted: ('{name:date}',)"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('def f():\n    return _("a text")', None),
        ('def f(n):\n    return ngettext("{n} cat", "{n} cats", n).format(n=n)', None),
        ('F = lambda: _("a text")', None),
        ('class C:\n    def f(self, a=1):\n        return [_("a text") for _x in "ab"]', None),
        ('def f():\n    raise BadInput(_("a text"))', None),
        ('def f(o):\n    raise BadInput(_("{a}, {b}").format(a=", ".join(o), b=o["key"]))', None),
        ('def f():\n    raise ValueError("for programmers")', None),
        ('def f(x):\n    return _(f"a text of {x}")', "line 2: _() of what is no literal"),
        ("def f(x):\n    return _(x)", "line 2: _() of what is no literal"),
        ('def f(x):\n    return _("a text" + x)', "line 2: _() of what is no literal"),
        ('def f(x):\n    return i18n._("a {}".format(x))', "line 2: _() of what is no literal"),
        ('def f(x, n):\n    return ngettext("a", x, n)', "line 2: ngettext() of what is no literal"),
        ('A = _("a text")', "line 1: _() at import"),
        ('A = ngettext("a", "b", 2)', "line 1: ngettext() at import"),
        ("A = {1: [octets(2)]}", "line 1: octets() at import"),
        ('class C:\n    a = _("a text")', "line 2: _() at import"),
        ('def f(a=_("a text")):\n    pass', "line 1: _() at import"),
        ('@g(_("a text"))\ndef f():\n    pass', "line 1: _() at import"),
        ('F = lambda a=_("a text"): a', "line 1: _() at import"),
        ('if True:\n    with g(_("a text")):\n        pass', "line 2: _() at import"),
        ("from netkit.i18n import _ as t", "line 1: _ under another name"),
        ('def f():\n    raise BadInput("a text")', "line 2: BadInput says 'a text' in English only"),
        ('def f(x):\n    raise NetkitError(f"a text of {x}")', "line 2: NetkitError says 'a text of ' in English only"),
        ('def f(x):\n    raise errors.NotLocal("no, " + x)', "line 2: NotLocal says 'no, ' in English only"),
        ('def f(x):\n    raise ServerError(_("a text") + " and more")', "line 2: ServerError says ' and more'"),
        (
            'def f(x):\n    raise TookTooLong("after {n} s".format(n=x)) from None',
            "line 2: TookTooLong says 'after {n} s'",
        ),
    ],
)
def test_a_text_that_cannot_be_translated_is_found(source: str, said: str | None, tmp_path: Path) -> None:
    found = list(in_code(*module(source, tmp_path)))
    if said is None:
        assert found == []
    else:
        assert len(found) == 1
        assert found[0].startswith(said)


def test_a_text_that_babel_does_not_see_is_found() -> None:
    """Below Python 3.12 it sees none inside an f-string."""
    found = list(in_code("def f():\n    return f\"{_('a text')}\"", Catalog()))
    assert found == ["line 2: Babel does not see 'a text': inside an f-string?"]


def test_make_texts_adds_what_is_new_and_changes_no_translation(tmp_path: Path) -> None:
    code = module(CODE + '    _("quite another thing")\n    _("{name!r} has come, {n:g} times!")\n', tmp_path)[1]
    before = written(GOOD.replace("FIN", "no longer said"), tmp_path)
    text = up_to_date(before, code)
    after = written(text.split("\n\n", 1)[1], tmp_path)
    assert after["{name!r} has come, {n:g} times."].string == "{n:g} раз: {name!r}."
    assert after[("one cat", "{n} cats")].string == ("{n} кошка", "{n} кошки", "{n} кошек")
    assert after["quite another thing"].string == after["FIN"].string == ""
    assert after["{name!r} has come, {n:g} times!"].fuzzy, "a guess, for somebody to look at"
    assert "no longer said" not in text
    assert up_to_date(written(text.split("\n\n", 1)[1], tmp_path), code) == text, "a second time changes nothing"


def test_the_catalogue_says_nothing_that_changes_by_itself() -> None:
    """No dates, no versions, no line numbers, no names: only a text that changes makes a difference."""
    assert re.findall(r"\d{4}-\d\d-\d\d|Generated-By|Last-Translator|\.py:\d|\r", RUSSIAN.read_text("utf-8")) == []


def test_there_and_back(russian: None) -> None:
    said = _("client → server"), ngettext("{n} piece", "{n} pieces", 3).format(n=3), octets(22)
    assert said == ("клиент → сервер", "3 куска", "22 байта")
    language("en")
    assert (_("client → server"), octets(22)) == ("client → server", "22 bytes")
    language("ru")
    assert _("client → server") == "клиент → сервер"
    with pytest.raises(i18n.BadInput, match="^netkit не знает языка 'de'; есть "):
        language("de")
    assert language() == "ru"


@pytest.mark.parametrize("n", range(0, 130))
def test_bytes_decline(russian: None, n: int) -> None:
    """As Russian grammar has it: 2, 3, 4 take another form, but 12, 13, 14 do not."""
    few = n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14)
    assert octets(n) == f"{n} байт{'а' if few else ''}"


def test_a_server_that_a_russian_notebook_starts_speaks_russian(russian: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        source = f"import socket\nsocket.socket().bind(('127.0.0.1', {port}))"
        with pytest.raises(ServerError) as caught:
            LearnerServer("taken", "text").run(source)
    assert str(caught.value).startswith("Сервер taken завершился раньше, чем начал принимать клиентов")
    assert f"Порт {port} занят процессом {os.getpid()} (" in str(caught.value)


def test_another_process_starts_in_english_and_is_told_the_language(russian: None) -> None:
    """A process that is started inherits NETKIT_LANGUAGE; it speaks that language when it asks for it."""
    source = "import os; from netkit import language; print(language(), language(os.environ['NETKIT_LANGUAGE']))"
    root = str(NETKIT.parent)
    made = subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        timeout=30,
        text=True,
    )
    assert (made.stdout, made.stderr) == ("en ru\n", "")
