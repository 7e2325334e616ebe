"""The questions and exercises of the lesson on URLs."""

from __future__ import annotations

from netkit.course.judge import Exercise
from netkit.course.questions import Question
from netkit.course.urls_checks import check_follow, check_search
from netkit.i18n import _


def questions() -> dict[str, Question]:
    """What is asked before a result is shown."""
    return {
        "urls-quote": Question(
            _('What does quote("0/1/1") return?'),
            ("'0/1/1'", "'0%2F1%2F1'", "'0-1-1'"),
            0,
            _(
                "quote() is made for paths, in which a slash is a separator, so it leaves slashes alone. Where a slash "
                'is a part of a name, say quote(name, safe="").'
            ),
        ),
        "urls-join": Question(
            _(
                "A page at http://host/books/python/index.html has a link that says only ../java/ and nothing more. "
                "Where does it lead?"
            ),
            ("http://host/books/java/", "http://host/java/", "http://host/books/python/java/"),
            0,
            _(
                "A relative path begins where the base's last slash stands, at /books/python/. From there .. goes one "
                "up, to /books/, and java/ follows (RFC 3986, section 5.2)."
            ),
        ),
    }


def exercises() -> dict[str, Exercise]:
    """What is to be done, with hints and solutions."""
    return {
        "search-url": Exercise(
            _("A question in a URL"),
            _(
                "Write search(site, words, charset): it asks for the path /search of the site by GET, with the field "
                "search, which has the words, and the field n twice, with the values 1 and 2, in this order; all of "
                "it encoded in the given charset. It returns the URL that it has opened."
            ),
            (
                _("urlencode takes a list of pairs, and an argument encoding."),
                _('The query stands behind a question mark: site + "/search?" + query.'),
                _("urllib.request.urlopen(url, timeout=3) sends the request; close what it returns, or use with."),
            ),
            SEARCH,
            _(
                "Pairs keep their order and may repeat a name, which a dictionary cannot. urlencode quotes what would "
                "otherwise end a field, & and = and #, and writes a space as a plus sign."
            ),
            check_search,
        ),
        "follow": Exercise(
            _("Links that stay at home"),
            _(
                "Write follow(page, references): page is the URL of a page, references are the links in it, as they "
                "stand there. It opens, in their order, those that lead to the same server (same scheme, host and "
                "port), each address once, whatever its fragment, and returns the list of what it has opened."
            ),
            (
                _("urljoin(page, reference) says where a link leads."),
                _("Compare scheme, hostname and port of urlsplit, not the beginnings of the texts."),
                _("urldefrag(url) gives the URL without its fragment; a set remembers what was opened."),
            ),
            FOLLOW,
            _(
                "http://host:80@evil.example/ begins like a link to host and leads elsewhere: only urlsplit tells. "
                "A fragment is never sent, so two links that differ in it alone are one address."
            ),
            check_follow,
        ),
    }


SEARCH = """
import urllib.request
from urllib.parse import urlencode

def search(site, words, charset):
    query = urlencode([("search", words), ("n", 1), ("n", 2)], encoding=charset)
    url = site + "/search?" + query
    with urllib.request.urlopen(url, timeout=3):
        return url
"""

FOLLOW = """
import urllib.request
from urllib.parse import urldefrag, urljoin, urlsplit

def follow(page, references):
    home = urlsplit(page)
    opened = []
    for reference in references:
        url = urldefrag(urljoin(page, reference)).url
        parts = urlsplit(url)
        if (parts.scheme, parts.hostname, parts.port) != (home.scheme, home.hostname, home.port):
            continue
        if url not in opened:
            urllib.request.urlopen(url, timeout=3).close()
            opened.append(url)
    return opened
"""
