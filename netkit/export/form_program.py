"""The Python program that sends a web form, by GET or by POST: urlencode and urlopen, as a lesson would write it."""

from __future__ import annotations

from dataclasses import dataclass

from netkit.export.letter_program import literal

TIMEOUT = 5  # seconds that the program waits for each answer
CHARSETS = ("utf-8", "koi8-r", "windows-1251")


@dataclass(frozen=True, slots=True)
class Fields:
    """A form that was filled in.

    Attributes:
        pairs: names and values in their order; a name may come several times (HTML section 4.10.21.4).
        charset: in which the characters become bytes (``accept-charset``).
        path: where it goes (``action``).
    """

    pairs: tuple[tuple[str, str], ...]
    charset: str = "utf-8"
    path: str = "/search"


def program(fields: Fields, method: str) -> str:
    """The source of the program. It needs ``web``, and leaves in ``page`` the text that came.

    All fields stand in it as literals: whatever is in them, it is text and no code.

    Args:
        fields: the form.
        method: ``"get"`` or ``"post"``.
    """
    lines = ["from urllib.parse import urlencode", "from urllib.request import urlopen", "", "fields = ["]
    lines += [f"    ({literal(name)}, {literal(value)})," for name, value in fields.pairs]
    encoded = f"urlencode(fields, encoding={literal(fields.charset)})"
    url = f"web.url + {literal(fields.path)}"
    if method == "get":
        lines += ["]", f"query = {encoded}", f'url = {url} + "?" + query']
        lines += [f"with urlopen(url, timeout={TIMEOUT}) as response:"]
    else:
        lines += ["]", f'data = {encoded}.encode("ascii")']
        lines += [f"with urlopen({url}, data, timeout={TIMEOUT}) as response:"]
    lines.append("    page = response.read().decode()")
    return "\n".join(lines) + "\n"
