"""What is surprising in a URL, in words; and nothing is said where nothing is."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from netkit.protocols.url import explain_url


def said(text: str) -> list[str]:
    return [f"{note.kind}: {note.text}" for note in explain_url(text).notes]


def test_a_plain_url_has_only_its_port_to_tell() -> None:
    assert said("http://a.example/b?c=d#e") == ["note: No port is written: .port is None, and “http:” means 80."]
    assert said("http://a.example:8080/b?c=d#e") == []


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            "a\tb",
            "beware: Tabs and line breaks inside are dropped by urlsplit without a word (bpo-43882); other "
            "programs may keep them. Check a URL after it was taken apart, not before.",
        ),
        ("/\x7f", "beware: There is a control character in it: urlsplit keeps it, http.client refuses such a URL."),
        (
            "/\\",
            "beware: A backslash is no delimiter for urlsplit; browsers take it for a slash in http: and https: URLs.",
        ),
        (
            "http://b.example\\@a.example/",
            "beware: A backslash is no delimiter for urlsplit; browsers take it for a slash in http: and https: "
            "URLs. A browser would ask “b.example”, Python “a.example”.",
        ),
        ("HTTP://a.example", "note: urlsplit writes the scheme in small letters: “http”."),
        (
            "a_b:c",
            "beware: “a_b” is no scheme: one begins with an ASCII letter, and has only letters, digits, “+”, “-” "
            "and “.” (section 3.1). So all of it is a path.",
        ),
        ("http:/x", "beware: Without “//” there is no authority: a URL with “http:” needs one, to say who is asked."),
        (
            "localhost:8080/x",
            "beware: “localhost” counts as the scheme here. If it is meant as a host with a port, write “//” in "
            "front of it.",
        ),
        (
            "mailto:a@b",
            "note: This scheme stands without an authority: nobody is named who is to be asked, all the rest is a"
            " path.",
        ),
        (
            "www.example.org/x",
            "beware: If “www.example.org” is meant as a host, write “//” or a scheme in front: without it, it is "
            "a path.",
        ),
        ("http://[::1/", "error: A square bracket has no partner: they stand around an IPv6 address (section 3.2.2)."),
        (
            "http://a℀b/",
            "error: A character of the authority becomes / when it is normalized (NFKC): it would be a delimiter.",
        ),
        (
            "http://bank.example@evil.example/",
            "beware: The host is “evil.example”, not “bank.example”: what stands in front of the last “@” is only"
            " a user's name. A trick of phishing.",
        ),
        (
            "ftp://u:p@a.example/",
            "beware: A password in a URL gets into logs, histories and onto screens: RFC 3986 (section 3.2.1) "
            "advises against it.",
        ),
        (
            "http://u:p@a.example/",
            "beware: A password in a URL gets into logs, histories and onto screens: RFC 3986 (section 3.2.1) "
            "advises against it. urlopen does not use it either: it takes “user:password@host” for the host.",
        ),
        ("file:///etc", "note: No host: in a file: URL that is this machine (RFC 8089)."),
        ("http:///x", "beware: “//” promises a host, and there is none: nobody to ask."),
        (
            "http://A.example/",
            "note: .hostname is in small letters, .netloc as it was written: capitals do not count in a host "
            "(section 6.2.2.1).",
        ),
        (
            "http://a%41.example/",
            "beware: There are percent-escapes in the host: urlsplit leaves them, and few programs decode them.",
        ),
        ("http://xn--mnchen-3ya.example/", "note: The host is an internationalized name: it reads “münchen.example”."),
        (
            "http://münchen.example/",
            'note: The host is not ASCII: on the wire stands “xn--mnchen-3ya.example” (host.encode("idna"), IDNA '
            "2003, RFC 3490).",
        ),
        (
            "http://straße.example/",
            "beware: IDNA 2008 (RFC 5891), which browsers follow, treats “ß” otherwise: it may lead to another host.",
        ),
        ("http://.é/", 'beware: The host is not ASCII, and host.encode("idna") cannot write it as a DNS name.'),
        ("http://[::1]/", "note: An IPv6 address stands in brackets, for its colons' sake; .hostname is without them."),
        (
            "http://[fe80::1%25eth0]/",
            "note: “%25eth0” is a zone: an interface of this machine (RFC 6874 writes its “%” as “%25”; urlsplit "
            "decodes nothing).",
        ),
        ("http://[v1.x]/", "note: An address of a later version of IP (section 3.2.2): nobody has any yet."),
        ("http://a.example:/", "note: A colon without a port: .port is None, as if there were no colon."),
        ("http://a.example:x/", "error: “x” is no number: urlsplit accepts it, .port raises ValueError."),
        ("http://a.example:٣/", "error: “٣” is no number: urlsplit accepts it, .port raises ValueError."),
        (
            "http://a.example:65536/",
            "error: Ports go from 0 to 65535: urlsplit accepts “65536”, .port raises ValueError.",
        ),
        ("http://a.example:080/", "note: 80 is the usual port of “http:”: it can be left out."),
        (
            "/a;b",
            "note: urlparse cuts parameters off at “;” in the last segment; urlsplit leaves them in the path, as "
            "RFC 3986 (section 3.3) has it.",
        ),
        (
            "/a;b/c",
            "note: “;” in an earlier segment: RFC 2396 allows parameters there too, but urlparse sees only the "
            "last one's.",
        ),
        ("x:a;b", "note: “;” in the path: urlparse knows no parameters of “x:” URLs."),
        (
            "?a;b",
            "note: “;” no longer separates fields of a query (since Python 3.10; CVE-2021-23336): only “&” does. "
            'parse_qsl takes separator=";".',
        ),
        ("/a/../b", "note: The path has dot segments: urlsplit leaves them, browsers and urljoin make “/b” of it."),
        (
            "/ы",
            "beware: Behind the authority stands what is not ASCII: it has to be quoted before use, as UTF-8: "
            "“/%D1%8B”.",
        ),
        (
            "http://a.example/?ы",
            "beware: Behind the authority stands what is not ASCII: it has to be quoted before use, as UTF-8: "
            "“%D1%8B”. urlopen raises UnicodeEncodeError.",
        ),
        (
            "/a b<",
            "beware: No URL may have these as they are, they have to be escaped (section 2): “ ” (%20) “<” (%3C)."
            " urlsplit does not mind.",
        ),
        ("/~a", "note: “~” needs no escape (section 2.3): quote leaves it as it is, since Python 3.7."),
        (
            "/%7ea",
            "note: “%7E” is the same as “~”, which needs no escape (section 2.3): quote leaves it, since Python 3.7.",
        ),
        (
            "/%zz",
            "beware: “%zz” is no escape: two hexadecimal digits belong behind “%”. unquote leaves it; a “%” "
            "itself is “%25”.",
        ),
        (
            "/%2520",
            "beware: “%2520” looks as if it were escaped twice: unquote makes “%20” of it, and only a second time"
            " “ ”. Decode once.",
        ),
        (
            "/a%2fb",
            "beware: “%2F” in the path is no delimiter, but decoded it cannot be told from one: split first, "
            "decode then.",
        ),
        (
            "?a=b+c",
            "note: “+” in a query means a space in forms: unquote_plus makes “b c” of it, unquote “b+c”. A real "
            "plus is “%2B”.",
        ),
        (
            "?a=%20",
            "note: “%20” in a query is a space, as “+” is; quote writes the one, quote_plus and urlencode the other.",
        ),
        ("HTTP://a.example:80/", "note: 80 is the usual port of “http:”: it can be left out."),
        ("/a+b", "note: “+” in a path is a plus: only in a query does it mean a space."),
        (
            "?",
            "note: The query is there and empty. For RFC 3986 that is not the same as none; for urlsplit both are ''.",
        ),
        ("#", "note: The fragment is there and empty; urlsplit cannot tell that from none."),
    ],
)
def test_a_surprise_in_words(text: str, note: str) -> None:
    assert note in said(text)


@pytest.mark.parametrize("text", ["/a%2Fb", "/a%2fb"])
def test_an_escaped_slash_in_either_case(text: str) -> None:
    assert any(note.startswith("beware: “%2F” in the path is no delimiter") for note in said(text))


def test_a_fragment_is_not_sent_so_urlopen_does_not_mind_it() -> None:
    notes = said("http://a.example/#ы")
    told = "beware: Behind the authority stands what is not ASCII: it has to be quoted before use, as UTF-8: “%D1%8B”."
    assert told in notes


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("//a.example", "network-path reference: the scheme comes from the base"),
        ("/x", "absolute-path reference: scheme and authority come from the base"),
        ("x", "relative-path reference: it continues the base's path after its last “/”"),
        (";x", "relative-path reference: it continues the base's path after its last “/”"),
        ("?x", "only a query: the path comes from the base, too"),
        ("#x", "only a fragment: a place in the same document (section 4.4)"),
        ("", "empty: the same document (section 4.4)"),
    ],
)
def test_the_kinds_of_relative_references(text: str, kind: str) -> None:
    assert f"note: This is a relative reference (section 4.2), {kind}." in said(text)


@pytest.mark.parametrize("text", ["http://x[::1]/", "http://[::1]x/", "http://[1.2.3.4]/", "http://[zz]/"])
def test_what_only_newer_pythons_refuse_is_called_an_error_by_those_only(text: str) -> None:
    try:
        urlsplit(text)
        kind = "beware"
    except ValueError:
        kind = "error"
    assert said(text)[0].split(":")[0] == kind


def test_errors_stand_first() -> None:
    kinds = [note.kind for note in explain_url(" HTTP://u.v@A.example:x/~?").notes]
    assert kinds == sorted(kinds, key=("error", "beware", "note").index)
    assert set(kinds) == {"error", "beware", "note"}


@pytest.mark.parametrize(
    ("text", "geturl", "again"),
    [
        ("http://A.example/;x?y#z", "http://A.example/;x?y#z", "the same again"),
        ("HTTP://a/", "http://a/", "not the same: the scheme is in small letters"),
        ("//a?#", "//a", "not the same: an empty fragment loses its “#”; an empty query loses its “?”"),
        ("?#x", "#x", "not the same: an empty query loses its “?”"),
        ("x://", "x:", "not the same: an empty authority loses its “//”"),
        ("a\tb", "ab", "not the same: what urlsplit drops is gone"),
        ("http:x", "http:///x", "not the same: an empty authority, “//”, is put in"),
    ],
)
def test_what_changes_on_the_way_there_and_back(text: str, geturl: str, again: str) -> None:
    parts = explain_url(text)
    assert parts.geturl == urlsplit(text).geturl()
    if parts.geturl != geturl:  # a newer Python keeps what older ones lose
        assert parts.geturl == text
        again = "the same again"
    assert parts.again == again
