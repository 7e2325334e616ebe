"""`make texts`: the catalogues get the messages that netkit's code has now, and their translations stay as they are.

A message that was reworded keeps its translation, marked "fuzzy": netkit does not use it until somebody has read it
and taken the mark away. What the code no longer says is dropped.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import netkit
from netkit.i18n import LANGUAGES, LOCALE

NETKIT = Path(netkit.__file__).parent
KEYWORDS = {"_": None, "ngettext": (1, 2)}

# Without dates, names and versions, which would change with nothing to say.
HEADER = r"""# netkit's texts: `make texts` writes the messages (msgid), the translations (msgstr) are written by hand.
msgid ""
msgstr ""
"Language: {language}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: {plurals}\n"

"""


def extracted(folder: Path = NETKIT) -> Catalog:
    """The messages of the code below a folder, without translations."""
    found = Catalog(fuzzy=False)
    for file, _line, message, _comments, _context in extract_from_dir(folder, [("**.py", "python")], keywords=KEYWORDS):
        found.add(message, locations=[(f"{folder.name}/{file}", 0)])
    return found


def catalogue(file: Path, language: str) -> Catalog:
    """A catalogue as it stands, the entries that are fuzzy or obsolete among it."""
    with file.open("rb") as source:
        return read_po(source, locale=language)


def up_to_date(old: Catalog, code: Catalog) -> str:
    """The text of a catalogue with the messages of the code."""
    old.update(code)
    for message in old:
        message.flags.discard("python-format")  # a guess, at "100 % of" and "%%server"; netkit formats with braces
    body = io.BytesIO()
    write_po(body, old, width=120, omit_header=True, include_lineno=False, ignore_obsolete=True)
    return HEADER.format(language=old.locale_identifier, plurals=old.plural_forms) + body.getvalue().decode().lstrip(
        "\n"
    )


def main() -> None:
    """Bring every catalogue up to date."""
    for language in LANGUAGES:
        file = LOCALE / language / "LC_MESSAGES" / "netkit.po"
        if language != "en":
            text = up_to_date(catalogue(file, language), extracted())
            file.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
