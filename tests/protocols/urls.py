"""URLs made up for tests: of the pieces that matter to those who take them apart."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = [
    "http",
    "HTTPS",
    "mailto",
    "file",
    ":",
    "//",
    "/",
    "?",
    "#",
    ";",
    "@",
    "[",
    "]",
    "&",
    "=",
    "+",
    ".",
    "..",
    "\\",
]
PIECES += [
    "a.example",
    "MÜNCHEN",
    "xn--mnchen-3ya",
    "::1",
    "fe80::1%eth0",
    "v1.x",
    "80",
    "65536",
    "ß",
    "℀",
    " ",
    "\t",
    "\n",
]
PIECES += ["\x00", "%41", "%F0%D2", "%2525", "%zz", "%2F", "~", "q", "<b>", "\ud800", "\u202e", "$x$"]

MADE = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
WHOLE = st.builds(
    "{}://{}{}{}{}{}{}".format,
    st.sampled_from(["http", "FTP", "file", "x"]),
    st.sampled_from(["", "u@", "u:p@", "a@b@", ":@"]),
    st.sampled_from(["", "a.example", "[::1]", "EXAMPLE", "1.2.3.4"]),
    st.sampled_from(["", ":", ":80", ":x", ":99999"]),
    st.sampled_from(["", "/", "/a/../b;c/d;e", "/./%41", "//"]),
    st.sampled_from(["", "?", "?a=1&b&a=%F0", "?a;b?/"]),
    st.sampled_from(["", "#", "#top", "##"]),
)
URLS = st.one_of(MADE, WHOLE, st.text(st.characters(), max_size=40))
