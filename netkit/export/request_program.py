"""The Python program that sends a web request by urllib.request, and the command line of curl that does the same."""

from __future__ import annotations

import shlex
from urllib.parse import urlencode

from netkit.export.letter_program import literal
from netkit.export.request_fields import Fields, Site

TIMEOUT = 5  # seconds that the program waits for each answer
MOST = 1_000_000  # bytes of the content that it reads

PLAIN = "text/plain; charset=utf-8"

_STAY = """\
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None  # then a redirect is an HTTPError
"""


def program(fields: Fields, site: Site, known: str = "") -> str:
    """The source of the program. It needs ``web``, and ``proxy`` where that one is ``known``.

    It leaves ``status``, ``reason``, ``url`` and ``content``. All fields stand in it as literals: whatever is in them,
    it is text and no code.

    Args:
        fields: the request; see `netkit.export.request_check.checked`.
        site: the web site.
        known: the URL that the program writes as ``proxy.url``: its port is another one tomorrow.
    """
    where = _where(fields, site)
    out = ["import urllib.request"]
    if fields.kind == "form":
        out += ["from urllib.parse import urlencode", "", "fields = ["]
        out += [f"    ({literal(name)}, {literal(value)})," for name, value in fields.pairs]
        out += ["]", 'data = urlencode(fields).encode("ascii")']
    elif fields.kind:
        out += ["", f"data = {literal(fields.content)}.encode()"]
    out += ["", "request = urllib.request.Request(", f"    {where},"]
    out += ["    data=data,"] if fields.kind else []
    out += [f"    method={literal(fields.method)},", ")"]
    out += [f"request.add_header({literal(name)}, {literal(value)})" for name, value in _header(fields)]
    if fields.user:
        base, _plus, _path = where.partition(" + ")
        out += ["", "passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()"]
        out.append(f"passwords.add_password(None, {base}, {literal(fields.user)}, {literal(fields.password)})")
    out += ["" if fields.redirects else "\n\n" + _STAY + "\n", "opener = urllib.request.build_opener("]
    out += [f"    {handler}," for handler in _handlers(fields, where, known)]
    out += [")", f"with opener.open(request, timeout={TIMEOUT}) as response:"]
    out.append("    status, reason, url = response.status, response.reason, response.url")
    out.append(f"    content = response.read({MOST})")
    return "\n".join(out) + "\n"


def curl(fields: Fields, site: Site) -> str:
    """The request as a command line of curl, for bash.

    Args:
        fields: the request.
        site: the web site.
    """
    place, path = fields.place(site)
    address = f"{place}://{site.https.address if place == 'https' else site.http.address}{path}" if place else path
    words = ["curl", "--globoff", "--path-as-is", "--include", "--max-time", f"{TIMEOUT}"]
    words += ["--proxy", fields.proxy, "--noproxy", ""] if fields.proxy else ["--noproxy", "*"]
    words += ["--location"] if fields.redirects else []
    words += ["--insecure"] if address.startswith("https:") else []  # it does not know netkit's certificate
    words += ["--anyauth", "--user", f"{fields.user}:{fields.password}"] if fields.user else []
    if fields.method == "HEAD":
        words.append("--head")
    elif fields.method != ("POST" if fields.kind else "GET"):
        words += ["--request", fields.method]
    for name, value in _header(fields):
        words += ["--header", f"{name}: {value}" if value else f"{name};"]
    if fields.kind:
        words += ["--data-raw", urlencode(fields.pairs) if fields.kind == "form" else fields.content]
    return shlex.join([*words, address])


def _header(fields: Fields) -> list[tuple[str, str]]:
    header = fields.header
    if fields.kind == "text" and not any(name.lower() == "content-type" for name, _value in header):
        header.append(("Content-Type", PLAIN))  # else urllib.request says that it is a form
    return header


def _where(fields: Fields, site: Site) -> str:
    """The URL as Python has it: the site's own without the port, which is another one tomorrow."""
    place, path = fields.place(site)
    if not place:
        return literal(path)
    base = "web.secure_url" if place == "https" else "web.url"
    return f"{base} + {literal(path)}" if path else base


def _handlers(fields: Fields, where: str, known: str) -> list[str]:
    proxy = "proxy.url" if fields.proxy == known else literal(fields.proxy)
    proxies = f'{{"http": {proxy}, "https": {proxy}}}' if fields.proxy else "{}"
    out = [f"urllib.request.ProxyHandler({proxies})"]
    if where.startswith("web.secure_url") or where.startswith(('"https:', "'https:")):
        out.append("urllib.request.HTTPSHandler(context=web.context)")
    if fields.user:
        out.append("urllib.request.HTTPBasicAuthHandler(passwords)")
    return out + ([] if fields.redirects else ["Stay"])
