"""A base and a reference joined: the RFC's own examples, the steps in words, and where urljoin goes its own way."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netkit.protocols.url import explain_url
from netkit.protocols.url_join import Joined

BASE = "http://a/b/c/d;p?q"
# RFC 3986, section 5.4.1 and 5.4.2
EXAMPLES = """
g:h g:h | g http://a/b/c/g | ./g http://a/b/c/g | g/ http://a/b/c/g/ | /g http://a/g | //g http://g
?y http://a/b/c/d;p?y | g?y http://a/b/c/g?y | #s http://a/b/c/d;p?q#s | g#s http://a/b/c/g#s
g?y#s http://a/b/c/g?y#s | ;x http://a/b/c/;x | g;x http://a/b/c/g;x | g;x?y#s http://a/b/c/g;x?y#s
. http://a/b/c/ | ./ http://a/b/c/ | .. http://a/b/ | ../ http://a/b/ | ../g http://a/b/g | ../.. http://a/
../../ http://a/ | ../../g http://a/g | ../../../g http://a/g | ../../../../g http://a/g | /./g http://a/g
/../g http://a/g | g. http://a/b/c/g. | .g http://a/b/c/.g | g.. http://a/b/c/g.. | ..g http://a/b/c/..g
./../g http://a/b/g | ./g/. http://a/b/c/g/ | g/./h http://a/b/c/g/h | g/../h http://a/b/c/h
g;x=1/./y http://a/b/c/g;x=1/y | g;x=1/../y http://a/b/c/y | g?y/./x http://a/b/c/g?y/./x
g?y/../x http://a/b/c/g?y/../x | g#s/./x http://a/b/c/g#s/./x | g#s/../x http://a/b/c/g#s/../x
http:g http://a/b/c/g
"""
PAIRS = [pair.split() for line in EXAMPLES.strip().split("\n") for pair in line.split(" | ")]


def joined(base: str, reference: str) -> Joined:
    found = explain_url(reference, base).joined
    assert found is not None
    return found


@pytest.mark.parametrize(("reference", "target"), PAIRS)
def test_the_examples_of_the_rfc(reference: str, target: str) -> None:
    found = joined(BASE, reference)
    assert (found.target, found.python) == (target, target)


@given(st.lists(st.sampled_from(["..", ".", "g", "h"]), min_size=1).map("/".join), st.sampled_from(["", "?y", "#s"]))
def test_urljoin_and_the_rfc_agree_on_ordinary_references(path: str, more: str) -> None:
    found = joined(BASE, path + more)
    assert found.target == found.python == urljoin(BASE, path + more)


@pytest.mark.parametrize(
    ("base", "reference", "steps"),
    [
        (BASE, "x:y", ["The reference has a scheme: it is taken as it is, and nothing comes from the base."]),
        (BASE, "//x/y", ["The reference begins with “//”: only the scheme comes from the base."]),
        (
            BASE,
            "/x",
            [
                "Scheme and authority come from the base.",
                "The reference's path begins with “/”: the base's path is not used.",
            ],
        ),
        (
            BASE,
            "../g",
            [
                "Scheme and authority come from the base.",
                "Of the base's path what stands up to its last “/” is kept, “/b/c/”, and the reference's path put"
                " behind it.",
                "Dot segments are removed (section 5.2.4): “/b/c/../g” becomes “/b/g”.",
            ],
        ),
        (
            "http://a",
            "g",
            [
                "Scheme and authority come from the base.",
                "The base has no path: “/” is put in front of the reference's path.",
            ],
        ),
        (
            BASE,
            "#s",
            [
                "Scheme and authority come from the base.",
                "The reference has no path: the path comes from the base as it is.",
                "It has no query either: the query comes from the base, too.",
            ],
        ),
        (
            BASE,
            "HTTP:?y",
            [
                "The scheme is that of the base: as of old, it is passed over (section 5.2.2, “not strict”).",
                "Scheme and authority come from the base.",
                "The reference has no path: the path comes from the base as it is.",
            ],
        ),
        (
            "/b",
            "/c",
            [
                "The base has no scheme: it is no absolute URL, as a base has to be (section 5.1).",
                "Scheme and authority come from the base.",
                "The reference's path begins with “/”: the base's path is not used.",
            ],
        ),
    ],
)
def test_the_steps(base: str, reference: str, steps: list[str]) -> None:
    assert list(joined(base, reference).steps) == steps


@pytest.mark.parametrize(
    ("base", "reference", "target", "why"),
    [
        (BASE + "#s", "", BASE, "for an empty reference it returns the base, with its fragment"),
        (BASE, "http://a/../b", "http://a/b", "it returns such a reference unchanged"),
        (BASE, "g?", "http://a/b/c/g?", "an empty query, fragment or authority loses its sign"),
        (BASE, "X://g/", "X://g/", "it writes the scheme in small letters"),
        (BASE, "x/y//z", "http://a/b/c/x/y//z", "it treats empty segments, “//”, in its own way"),
    ],
)
def test_where_urljoin_goes_its_own_way(base: str, reference: str, target: str, why: str) -> None:
    found = joined(base, reference)
    assert found.target == target
    assert found.python == urljoin(base, reference)
    last = f"RFC 3986 makes “{target}” of it, urljoin does not: {why}."
    assert (found.steps[-1] == last) == (found.python != target)


def test_where_each_part_comes_from() -> None:
    taken = {part.name: (part.value, part.whence) for part in joined(BASE, "../g?y").taken}
    assert taken == {
        "scheme": ("http", "base"),
        "netloc": ("a", "base"),
        "path": ("/b/g", "merged"),
        "query": ("y", "reference"),
        "fragment": (None, "nowhere"),
    }


def test_what_urljoin_refuses_is_told() -> None:
    found = joined(BASE, "//[")
    assert (found.python, found.error) == (None, "ValueError: Invalid IPv6 URL")


def test_a_base_whose_path_has_no_slash() -> None:
    found = joined("mailto:x", "y")
    assert found.target == "mailto:y"
    assert found.steps[1] == (
        "Of the base's path what stands up to its last “/” is kept, “”, and the reference's path put behind it."
    )
