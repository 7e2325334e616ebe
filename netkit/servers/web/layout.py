"""How the site's own pages look: HTML in English and Russian, pure."""

from __future__ import annotations

import http
from html import escape

from netkit.servers.web.texts import ERRORS, OTHER_ERROR, TO_START

HTML = "text/html; charset=utf-8"
LANGUAGES = ("en", "ru")
STYLE = """
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
code, td { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; }
th, td { border: 1px solid #8888; padding: .2rem .6rem; text-align: start; vertical-align: top; }
nav, footer { border-top: 1px solid #8888; margin-top: 2rem; padding-top: .5rem; }
label { margin-inline-end: 1rem; }
li { margin: .2rem 0; }
"""


def page(title: str, body: str, language: str, path: str = "") -> str:
    """A whole document.

    Args:
        title: plain text.
        body: HTML.
        language: ``"en"`` or ``"ru"``.
        path: where the same page is in the other language, after ``/en/`` or ``/ru/``.
    """
    other = "ru" if language == "en" else "en"
    name = "По-русски" if other == "ru" else "In English"
    footer = f'<a href="/{language}/">{TO_START[language]}</a>'
    footer += f' · <a href="/{other}/{path}" lang="{other}" hreflang="{other}">{name}</a>'
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
{body.strip()}
<footer>{footer}</footer>
</body>
</html>
"""


def language(path: str, accepted: str) -> str:
    """``"en"`` or ``"ru"``: by the path, else by the field Accept-Language (RFC 9110 section 12.5.4), else English."""
    for each in LANGUAGES:
        if path == f"/{each}" or path.startswith(f"/{each}/"):
            return each
    weights = dict.fromkeys(LANGUAGES, 0.0)
    for part in accepted.split(",")[:20]:
        name, _semicolon, weight = part.strip().partition(";q=")
        name = name.lower().partition("-")[0]
        if name in weights:
            try:
                weights[name] = max(weights[name], float(weight or 1))
            except ValueError:
                continue
    return max(LANGUAGES, key=lambda each: weights[each])


def error(status: int, path: str, language: str) -> str:
    """A page that says what is wrong."""
    phrase = http.HTTPStatus(status).phrase
    text = ERRORS.get(status, OTHER_ERROR)[language]
    return page(f"{status} {phrase}", f"<p>{text.format(path=f'<code>{visible(path)}</code>')}</p>", language)


def leads_to(status: int, target: str) -> str:
    """What a redirect says to those who do not follow it."""
    link = f'<a href="{escape(target)}">{escape(target)}</a>'
    return f'<!DOCTYPE html>\n<html lang="en">\n<title>{status}</title>\n<p>{link}</p>\n</html>\n'


def visible(text: str) -> str:
    """Text that came over the wire, for HTML: control characters as \\x1b, nothing that is markup."""
    return escape("".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text))
