"""The language of netkit's texts: English in the code, other languages from gettext catalogues.

The catalogues are the .po files under ``locale/``, read as they are: a translator edits one file and sees the
result in the next kernel, and no compiled copy can go stale. Babel reads them, and only when asked for.
"""

from __future__ import annotations

import gettext
import io
import os
from pathlib import Path

from netkit.errors import BadInput

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = {"en": "English", "ru": "Русский"}

_code = "en"
_translations: gettext.NullTranslations = gettext.NullTranslations()
_loaded: dict[str, gettext.NullTranslations] = {"en": _translations}


def language(code: str | None = None) -> str:
    """Say in which language netkit speaks, or ask.

    Args:
        code: ``"en"`` or ``"ru"``; without it nothing changes.

    Returns:
        The code of the language that is in force now.

    Raises:
        BadInput: netkit does not speak that language.
    """
    global _code, _translations
    if code is not None:
        if not isinstance(code, str) or code not in LANGUAGES:
            known = ", ".join(f'"{c}" ({name})' for c, name in LANGUAGES.items())
            raise BadInput(_("netkit does not speak {code!r}; it knows {known}.").format(code=code, known=known))
        _translations = _catalogue(code)
        _code = code
        os.environ["NETKIT_LANGUAGE"] = code  # for the servers that this process starts
    return _code


def _catalogue(code: str) -> gettext.NullTranslations:
    if code not in _loaded:
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        with (LOCALE / code / "LC_MESSAGES" / "netkit.po").open("rb") as source:
            catalogue = read_po(source, locale=code)
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        _loaded[code] = gettext.GNUTranslations(compiled)
    return _loaded[code]


def _(message: str) -> str:
    """The text in the learner's language."""
    return _translations.gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The text in the learner's language, in the form that goes with the number n."""
    return _translations.ngettext(singular, plural, n)


def octets(n: int) -> str:
    """'1 byte', '18 bytes', in the learner's language."""
    return ngettext("{n} byte", "{n} bytes", n).format(n=f"{n:,}".replace(",", "\N{NO-BREAK SPACE}"))
