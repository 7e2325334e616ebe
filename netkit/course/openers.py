"""The questions and exercises of the lesson on openers."""

from __future__ import annotations

from netkit.course.judge import Exercise
from netkit.course.openers_checks import check_both_doors, check_one_host, check_one_session
from netkit.course.questions import Question
from netkit.i18n import _


def questions() -> dict[str, Question]:
    """What is asked before a result is shown."""
    return {
        "openers-bare": Question(
            _(
                "A director gets a single handler, HTTPHandler, and is told to open a page that the server does not "
                "have. What does open() do?"
            ),
            (
                _("it raises HTTPError: 404"),
                _("it returns a response whose status is 404"),
                _("it returns None"),
            ),
            1,
            _(
                "HTTPHandler has one task: to send a request and to hand over the response, whatever it is. That 404 "
                "is an error is the opinion of another handler, HTTPErrorProcessor, and making an exception of it is "
                "the task of a third."
            ),
        ),
        "openers-requests": Question(
            _(
                "An opener with HTTPBasicAuthHandler knows the password. It opens two pages of the locked directory, "
                "one after the other. How many requests does it send?"
            ),
            ("2", "3", "4"),
            2,
            _(
                "The handler waits until it is asked: each page is first refused with 401, and only then requested "
                "with the password. It does not remember that the server has asked before."
            ),
        ),
        "openers-cache": Question(
            _(
                "With CacheFTPHandler, three files of one directory came over one control connection. Now there are "
                "three files again, each in a directory of its own. How many control connections?"
            ),
            ("1", "2", "3"),
            2,
            _(
                "A connection is kept for its server, user and directory: it has changed to that directory with CWD, "
                "and urllib does not bring it back. Another directory gets another connection."
            ),
        ),
    }


def exercises() -> dict[str, Exercise]:
    """What is to be done, with hints and solutions."""
    return {
        "both-doors": Exercise(
            _("Two locks on one way"),
            _(
                "Write fetch(url, login, proxy_url, proxy_login): it fetches a page through a proxy and returns its "
                "bytes. Both the proxy and the site want a password; each login is a pair (user, password). Each is "
                "to be given its own password, and no other. What they call their realms should not matter."
            ),
            (
                _("Three handlers: ProxyHandler, ProxyBasicAuthHandler, HTTPBasicAuthHandler."),
                _("Both password handlers take an HTTPPasswordMgrWithDefaultRealm; in it, None stands for any realm."),
                _("known.add_password(None, proxy_url, *proxy_login), and the same with url and login."),
            ),
            BOTH_DOORS,
            _(
                "One list of passwords is enough for both handlers: each looks up the one that belongs to the server "
                "which asks. Three requests go out, since each lock refuses once. Across the proxy, "
                "Proxy-Authorization is meant for the proxy, which takes it off; Authorization is for the site."
            ),
            check_both_doors,
        ),
        "one-host": Exercise(
            _("A token for one host"),
            _(
                "Write a class Token, a handler: Token(host, token) adds the field X-token to each http request "
                'for this host, and to no others, not even where a redirect leads. The host is "name:port", as in '
                "request.host."
            ),
            (
                _("A subclass of BaseHandler with __init__ and http_request; http_request returns the request."),
                _("Compare request.host; the host's name may stand anywhere in a URL."),
                _("add_unredirected_header adds a field that stays behind when the request is redirected."),
            ),
            ONE_HOST,
            _(
                "http_request is called for every request, also for the second one of a redirect, whose host is the "
                "new one. But that request has inherited the first one's fields, unless they were added as not to be "
                "redirected. HTTPBasicAuthHandler does the same with its password."
            ),
            check_one_host,
        ),
        "one-session": Exercise(
            _("Three files, one session"),
            _(
                "Write fetch_all(site, paths): site is a URL such as ftp://host:port, paths are those of files in one "
                "directory. It fetches them over a single control connection, which is closed in "
                "the end, and returns a list of their contents, as bytes, in the same order."
            ),
            (
                _("CacheFTPHandler keeps the control connection; give it to build_opener."),
                _("urllib.parse.quote(path) makes a path fit for a URL."),
                _("Read and close each file before the next one; at the end, handler.clear_cache()."),
            ),
            ONE_SESSION,
            _(
                "USER, PASS and CWD are said once, and only TYPE, PASV and RETR for each file. Without clear_cache() "
                "the connection stays open until its time is over, and a server counts it as a guest."
            ),
            check_one_session,
        ),
    }


BOTH_DOORS = """
from urllib.request import (
    HTTPBasicAuthHandler, HTTPPasswordMgrWithDefaultRealm, ProxyBasicAuthHandler, ProxyHandler, build_opener,
)

def fetch(url, login, proxy_url, proxy_login):
    known = HTTPPasswordMgrWithDefaultRealm()
    known.add_password(None, url, *login)
    known.add_password(None, proxy_url, *proxy_login)
    opener = build_opener(
        ProxyHandler({"http": proxy_url}), ProxyBasicAuthHandler(known), HTTPBasicAuthHandler(known)
    )
    with opener.open(url, timeout=3) as page:
        return page.read()
"""

ONE_HOST = """
from urllib.request import BaseHandler

class Token(BaseHandler):
    def __init__(self, host, token):
        self.host, self.token = host, token

    def http_request(self, request):
        if request.host == self.host:
            request.add_unredirected_header("X-token", self.token)
        return request
"""

ONE_SESSION = """
from urllib.parse import quote
from urllib.request import CacheFTPHandler, ProxyHandler, build_opener

def fetch_all(site, paths):
    handler = CacheFTPHandler()
    opener = build_opener(ProxyHandler({}), handler)
    contents = []
    for path in paths:
        with opener.open(site + quote(path), timeout=3) as file:
            contents.append(file.read())
    handler.clear_cache()
    return contents
"""
