"""The table of the site: which path is whose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.web import Application

from netkit.servers.web import answers, auth, formats, inspection, octets, pages
from netkit.servers.web.digest import Digest
from netkit.servers.web.handler import NotFound, Page

N = r"(\d{1,12})"
PART = "([^/]+)"
TEXT = "text/plain; charset=utf-8"


def application(users: Mapping[str, str]) -> Application:
    """What answers.

    Args:
        users: names and passwords for /private/.
    """
    digest = {"digest": Digest()}
    auths = "/".join(("/digest-auth", PART, PART, PART))
    table: list[tuple[str, type[Page]] | tuple[str, type[Page], dict[str, Any]]] = [
        (r"/(?:en/|ru/)?", pages.Home),
        (r"/(?:en|ru|private)", pages.ToSlash),
        (r"/(?:en/|ru/)?search", pages.Search),
        (r"/cp1251", pages.Charset, {"charset": "windows-1251", "told": True, "meta": False}),
        (r"/koi8-r", pages.Charset, {"charset": "koi8-r", "told": True, "meta": False}),
        (r"/meta-charset", pages.Charset, {"charset": "windows-1251", "told": False, "meta": True}),
        (r"/no-charset", pages.Charset, {"charset": "windows-1251", "told": False, "meta": False}),
        (r"/private/(.*)", pages.Private, {"users": users}),
        (r"/get", inspection.Get),
        (r"/post", inspection.Post),
        (r"/put", inspection.Put),
        (r"/patch", inspection.Patch),
        (r"/delete", inspection.Delete),
        (r"/anything(?:/(.*))?", inspection.Anything),
        (r"/headers", inspection.Headers),
        (r"/ip", inspection.Ip),
        (r"/user-agent", inspection.UserAgent),
        (r"/gzip", inspection.Compressed, {"coding": "gzip"}),
        (r"/deflate", inspection.Compressed, {"coding": "deflate"}),
        (f"/delay/{PART}", inspection.Delay),
        (f"/stream/{N}", inspection.Lines),
        (f"/status/{PART}", answers.Status),
        (f"/redirect/{N}", answers.Redirect, {"kind": ""}),
        (f"/relative-redirect/{N}", answers.Redirect, {"kind": "relative"}),
        (f"/absolute-redirect/{N}", answers.Redirect, {"kind": "absolute"}),
        (r"/redirect-to", answers.RedirectTo),
        (r"/response-headers", answers.ResponseHeaders),
        (r"/cache", answers.Cache),
        (f"/cache/{N}", answers.CacheControl),
        (f"/etag/{PART}", answers.Etag),
        (r"/cookies", answers.Cookies),
        (r"/cookies/set", answers.SetCookies),
        (f"/cookies/set/{PART}/{PART}", answers.SetCookies),
        (r"/cookies/delete", answers.DeleteCookies),
        (f"/basic-auth/{PART}/{PART}", auth.BasicAuth, {"refusal": 401}),
        (f"/hidden-basic-auth/{PART}/{PART}", auth.BasicAuth, {"refusal": 404}),
        (r"/bearer", auth.Bearer),
        (auths, auth.DigestAuth, digest),
        (f"{auths}/{PART}", auth.DigestAuth, digest),
        (f"{auths}/{PART}/{PART}", auth.DigestAuth, digest),
        (f"/bytes/{N}", octets.Bytes),
        (f"/stream-bytes/{N}", octets.StreamBytes),
        (f"/range/{N}", octets.Range),
        (r"/drip", octets.Drip),
        (f"/file/{N}", octets.File),
        (f"/truncated/{N}", octets.Truncated),
        (r"/html", formats.Document, {"text": formats.MOBY}),
        (r"/forms/post", formats.Document, {"text": formats.FORM}),
        (r"/encoding/utf8", formats.Document, {"text": formats.UTF8}),
        (r"/xml", formats.Document, {"text": formats.XML, "kind": "application/xml"}),
        (r"/robots\.txt", formats.Document, {"text": formats.ROBOTS, "kind": TEXT}),
        (r"/deny", formats.Document, {"text": formats.DENIED, "kind": TEXT}),
        (r"/json", formats.Json),
        (r"/image/png", formats.Png),
        (f"/base64/{PART}", formats.Base64),
        (f"/links/{N}", formats.Links),
        (f"/links/{N}/{N}", formats.Links),
    ]
    return Site(table, default_handler_class=NotFound, log_function=lambda _handler: None)


class Site(Application):
    """Looks plain paths up before it tries the patterns, one after the other.

    Args:
        table: patterns, handlers, and what these are made with.
    """

    def __init__(self, table: list[Any], **settings: Any) -> None:
        super().__init__(table, **settings)
        self._plain = {path: rest for path, *rest in table if re.fullmatch(r"[\w/-]+", path)}

    def find_handler(self, request: HTTPServerRequest, **options: Any) -> HTTPMessageDelegate:  # type: ignore[override]
        """What answers the request."""
        if (found := self._plain.get(request.path)) is not None:
            return self.get_handler_delegate(request, *found)
        return super().find_handler(request, **options)
