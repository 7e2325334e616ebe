"""The questions and exercises of the lesson on loading from the web."""

from __future__ import annotations

from netkit.course.judge import Exercise
from netkit.course.loading_checks import check_download, check_page_text
from netkit.course.questions import Question
from netkit.i18n import _


def questions() -> dict[str, Question]:
    """What is asked before a result is shown."""
    return {
        "loading-read": Question(
            _("A page was read to its end. What does another page.read() return?"),
            ("b''", _("the page again"), _("nothing: it raises an exception")),
            0,
            _(
                "The bytes came over the wire once, and nobody keeps them. As with a file at its end, read() returns "
                "no bytes, and raises nothing. Whoever needs them twice puts them into a variable."
            ),
        ),
        "loading-method": Question(
            _('Which method does urlopen(url, b"") send?'),
            ("GET", "POST", "HEAD"),
            1,
            _(
                "What counts is whether there is a second argument, not what is in it: no bytes are content too, and "
                "the request has Content-Length: 0. Without the argument, or with None, it is GET."
            ),
        ),
        "loading-environment": Question(
            _("urlopen() has been called already. Now the program sets http_proxy. Does the next urlopen() use it?"),
            (_("no"), _("yes"), _("only for hosts that are not in no_proxy")),
            0,
            _(
                "The opener behind urlopen() was made at its first call, and its ProxyHandler has asked the "
                "environment then. A new opener asks anew."
            ),
        ),
        "loading-truncated": Question(
            _("Who does NOT notice that half of the announced bytes are missing?"),
            ("urlretrieve(url)", "page.read()", "shutil.copyfileobj(page, file)"),
            2,
            _(
                "read() without a number knows how much has to come, and urlretrieve() counts at its end. "
                "copyfileobj() calls read(n) until there is nothing more, and read(n) takes the end of the connection "
                "for the end of the file."
            ),
        ),
    }


def exercises() -> dict[str, Exercise]:
    """What is to be done, with hints and solutions."""
    return {
        "page-text": Exercise(
            _("Any page as text"),
            _(
                "Write page_text(url): it loads the page, with one request, and returns its text. The character set "
                'stands in the header; if it does not, in the page, as in <meta charset="windows-1251">, within '
                "the first 1024 bytes; if it stands nowhere, it is UTF-8, and what cannot be read is replaced."
            ),
            (
                _("page.headers.get_content_charset() returns None where the header does not tell."),
                _('In bytes one searches with bytes: re.search(rb"""charset=["\']?([\\w-]+)""", data[:1024]).'),
                _('data.decode(charset, errors="replace") never fails on a charset that there is.'),
            ),
            PAGE_TEXT,
            _(
                "The header goes first: a server may have changed the character set on the way. The name in the page "
                "can be read before the charset is known because all of these have ASCII in common."
            ),
            check_page_text,
        ),
        "download": Exercise(
            _("All of it, or nothing"),
            _(
                "Write save(url, path): it loads url into the file path and returns how many bytes it has. It also "
                "works where the server does not tell the length. If less comes than was announced, or the server "
                "answers with an error, it raises an exception, and there is no file path then. (A large file should "
                "not have to fit into memory: read it block by block.)"
            ),
            (
                _("Count the bytes, and compare with int(page.headers['Content-Length']), if it is there."),
                _("raise OSError(...) is a good exception for it."),
                _("Path(path).unlink(missing_ok=True) in an except block removes what was begun; then raise."),
            ),
            DOWNLOAD,
            _(
                "Half a file that looks like a whole one is worse than none. Careful programs write to another name "
                "first, and rename the file when all has come."
            ),
            check_download,
        ),
    }


PAGE_TEXT = '''import re
from urllib.request import urlopen


def page_text(url):
    with urlopen(url, timeout=3) as page:
        data = page.read()
        charset = page.headers.get_content_charset()
    if charset is None:
        found = re.search(rb"""charset=["']?([\\w-]+)""", data[:1024])
        charset = found[1].decode("ascii") if found else "utf-8"
    return data.decode(charset, errors="replace")
'''

DOWNLOAD = """from pathlib import Path
from urllib.request import urlopen


def save(url, path):
    loaded = 0
    try:
        with urlopen(url, timeout=3) as page, open(path, "wb") as file:
            while block := page.read(65536):
                loaded += file.write(block)
            announced = page.headers["Content-Length"]
        if announced is not None and loaded != int(announced):
            raise OSError(f"only {loaded} of {announced} bytes have come")
    except Exception:
        Path(path).unlink(missing_ok=True)
        raise
    return loaded
"""
