"""A query as names and values, and the charset that its escapes do not tell."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from netkit.protocols.url import explain_url
from netkit.protocols.url_query import fields, not_utf8, readings
from netkit.protocols.url_text import value


def read(text: str) -> list[tuple[str, str]]:
    return [(one.charset, one.text) for one in readings(text)]


@pytest.mark.parametrize(("codec", "name"), [("koi8-r", "KOI8-R"), ("windows-1251", "Windows-1251")])
@pytest.mark.parametrize("said", ["Привет", "привет", "ПРОГРАММА на Python 3", "Поиск в сети — «сеть»"])
def test_russian_is_read_in_its_charset_first(said: str, codec: str, name: str) -> None:
    if said.encode(codec, "ignore").decode(codec) != said:
        said = said.replace("—", "-").replace("«", "").replace("»", "")  # KOI8-R has no such signs
    assert not_utf8(quote(said, encoding=codec))
    assert read(quote(said, encoding=codec))[0] == (name, said)


def test_both_charsets_are_told_where_both_are_words() -> None:
    assert read("%F0%D2%C9%D7%C5%D4") == [("KOI8-R", "Привет"), ("Windows-1251", "рТЙЧЕФ")]


def test_french_is_not_taken_for_russian() -> None:
    assert read("caf%E9") == [("ISO 8859-1", "café")]


@pytest.mark.parametrize("text", ["%FF%00", "%80", "%D7%00", "%F7%A9"])
def test_what_is_no_word_anywhere_is_left_as_bytes(text: str) -> None:
    assert not_utf8(text)
    assert read(text) == []


@pytest.mark.parametrize("text", ["", "Привет", "%D0%9F", "%zz", "%", "\ud800"])
def test_utf8_needs_no_other_charset(text: str) -> None:
    assert not not_utf8(text)


def told(query: str) -> list[tuple[str, str, str]]:
    return [value(field) for field in fields(query)]


def test_fields_in_words() -> None:
    twice, empty = "this name is there 2 times", "empty: without keep_blank_values=True parse_qsl leaves it out"
    assert told("a=1+2&b&a=%20&c=d=e&&%D1%8B=;") == [
        ("'a'", "'1 2'", twice),
        ("'b'", "''", empty),
        ("'a'", "' '", twice),
        ("'c'", "'d=e'", ""),
        ("'ы'", "';'", ""),
    ]


def test_a_field_that_is_not_utf8() -> None:
    [(name, _given, said)] = told("q=%F0%D2%C9%D7%C5%D4")
    assert name == "'q'"
    assert said == (
        r"the bytes are b'\xf0\xd2\xc9\xd7\xc5\xd4'; not UTF-8; in KOI8-R it would read “Привет”, in Windows-1251 it"
        ' would read “рТЙЧЕФ”; parse_qsl(…, encoding="koi8-r")'
    )
    [(_name, _given, said)] = told("q=%FF%00")
    assert said == r"the bytes are b'\xff\x00'; not UTF-8; in no charset that is tried does it look like words"


def test_the_name_may_be_the_one_that_is_not_utf8() -> None:
    [(_name, given, said)] = told("%F0%D2=x")
    assert given == "'x'"
    assert said.startswith(r"the bytes are b'\xf0\xd2'; not UTF-8; in KOI8-R it would read “Пр”")


def test_decoded_parts_in_the_table() -> None:
    rows = {row.name: row for row in explain_url("//u%40x@a%41/a%2Bb+c;d%20?q=a+%2B&x=%D1%8B#%E9t%E9").rows}
    decoded = {name: row.decoded for name, row in rows.items() if row.decoded}
    assert decoded == {
        "username": "'u@x'",
        "path": "'/a+b+c'",
        "params": "'d '",
        "query": "'q=a +&x=ы'",
        "fragment": r"b'\xe9t\xe9'",
    }
    assert [(one.charset, one.text) for one in rows["fragment"].readings] == [("ISO 8859-1", "été")]
    assert (rows["path"].source, rows["params"].source) == ("RFC 3986, section 3.3", "RFC 2396, section 3.3")
