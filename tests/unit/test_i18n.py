"""The language of netkit's texts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netkit import i18n
from netkit.errors import BadInput
from netkit.i18n import _, language, ngettext, octets
from netkit.wire.address import loopback

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : "
"n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgid "The port {port!r} is not a port number: use a whole number from 1 to 65535."
msgstr "Порт {port!r} — не номер порта."

msgid "{n} byte"
msgid_plural "{n} bytes"
msgstr[0] "{n} байт"
msgstr[1] "{n} байта"
msgstr[2] "{n} байт"
"""


@pytest.fixture(autouse=True)
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Russian catalogue of its own, and English before and after."""
    file = tmp_path / "ru/LC_MESSAGES/netkit.po"
    file.parent.mkdir(parents=True)
    file.write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    monkeypatch.setattr(i18n, "_loaded", {"en": i18n._loaded["en"]})
    monkeypatch.setenv("NETKIT_LANGUAGE", "")
    language("en")
    yield file
    language("en")


def test_english_unless_told_otherwise() -> None:
    assert language() == "en"
    assert _("a text that is nowhere") == "a text that is nowhere"


def test_another_language_from_now_on() -> None:
    assert language("ru") == "ru" == language()
    with pytest.raises(BadInput) as caught:
        loopback("localhost", 0)
    assert str(caught.value) == "Порт 0 — не номер порта."
    assert _("a text without translation") == "a text without translation"
    assert os.environ["NETKIT_LANGUAGE"] == "ru", "for the servers that this process starts"
    language("en")
    with pytest.raises(BadInput, match="^The port 0 is not a port number"):
        loopback("localhost", 0)


@pytest.mark.parametrize(
    ("n", "english", "russian"),
    [
        (0, "0 bytes", "0 байт"),
        (1, "1 byte", "1 байт"),
        (2, "2 bytes", "2 байта"),
        (5, "5 bytes", "5 байт"),
        (11, "11 bytes", "11 байт"),
        (21, "21 bytes", "21 байт"),
        (104, "104 bytes", "104 байта"),
        (1234567, "1\xa0234\xa0567 bytes", "1\xa0234\xa0567 байт"),
    ],
)
def test_counts_in_words(n: int, english: str, russian: str) -> None:
    assert octets(n) == english
    language("ru")
    assert octets(n) == russian


def test_plural_forms_of_a_text_without_translation() -> None:
    assert [ngettext("{n} cat", "{n} cats", n).format(n=n) for n in (1, 2)] == ["1 cat", "2 cats"]


@pytest.mark.parametrize("code", ["de", "", "RU", 1, ["ru"], True])
def test_a_language_that_netkit_does_not_speak(code: object) -> None:
    with pytest.raises(BadInput) as caught:
        language(code)  # type: ignore[arg-type]
    assert str(caught.value) == f'netkit does not speak {code!r}; it knows "en" (English), "ru" (Русский).'
    assert language() == "en"


def test_a_catalogue_that_cannot_be_read_changes_nothing(catalogue: Path) -> None:
    catalogue.write_bytes(b"\xff\xfe nonsense")
    with pytest.raises(Exception):  # noqa: B017 - whatever Babel makes of it
        language("ru")
    assert language() == "en"
    assert octets(2) == "2 bytes"


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_a_locale_without_utf_8(locale: str) -> None:
    """The catalogue is read as UTF-8 whatever the system's encoding is."""
    source = "from netkit.i18n import octets; import sys; sys.stdout.buffer.write(octets(1234).encode())"
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": root}
    made = subprocess.run([sys.executable, "-c", source], env=environment, capture_output=True, timeout=30)
    assert (made.stdout.decode(), made.stderr) == ("1\xa0234 bytes", b"")
