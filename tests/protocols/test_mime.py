"""Letters taken apart: header, parts, texts and attachments; and whatever the bytes are, nothing fails."""

from __future__ import annotations

import time
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netkit.protocols import mime
from netkit.protocols.mime import addresses, body_size, fields, named, parts
from netkit.protocols.mime_text import decoded, legible, words
from netkit.servers.mail.first_letters import first_letters


def letter(header: str, body: bytes = b"") -> bytes:
    return header.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body


def test_fields_are_unfolded_and_decoded_and_keep_their_bytes() -> None:
    found = fields(letter("Subject: =?utf-8?Q?=D0=9F=D1?=\n =?utf-8?Q?=80=D0=B8?= rest\nTO: a@b\nX:", b"From: body"))
    assert [(field.name, field.text) for field in found] == [("Subject", "При rest"), ("TO", "a@b"), ("X", "")]
    assert found[0].raw == b"Subject: =?utf-8?Q?=D0=9F=D1?=\r\n =?utf-8?Q?=80=D0=B8?= rest\r\n"
    assert [field.name for field in named(found, "to", "subject")] == ["TO", "Subject"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"=?windows-1251?B?xOXq4O3g8g==?= <dean@example.org>", "Деканат <dean@example.org>"),
        (b"=?x-none?Q?caf=C3=A9?=", "café"),
        (b"=?utf-8?B?x?=", "=?utf-8?B?x?="),
        (b"\xd0\x9f raw, \xff none", r"П raw, \xff none"),
        (b"=?utf-8?Q?a=0D=0AX=3A_b=E2=80=AEc?=", r"a\r\nX: b\u202ec"),
        (b" two\r\n\tlines ", "two lines"),
    ],
)
def test_words_of_a_header(raw: bytes, said: str) -> None:
    assert words(raw) == said


def test_a_very_long_field_takes_no_time() -> None:
    began = time.perf_counter()
    for raw in (b"=?a?b?" * 200_000, b"=?utf-8?Q?a?= " * 100_000, b" \r\n" * 300_000, b"(" * 200_000):
        found = fields(b"To: " + raw + b"\r\n\r\n")
        assert len(found[0].text) <= 20_000
        addresses(found[0])
    assert time.perf_counter() - began < 10


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("A <a@b>, c@d", ("a@b", "c@d")),
        ('"X, <no@x>" <yes@x>', ("yes@x",)),
        ("team: a@b, c@d;", ("a@b", "c@d")),
        ("a@b, <<c@d>, a@b", ("a@b", "c@d")),
        ("nobody at all", ()),
    ],
)
def test_addresses(value: str, found: tuple[str, ...]) -> None:
    assert addresses(fields(letter(f"To: {value}"))[0]) == found


@pytest.mark.parametrize(
    ("data", "size"),
    [(b"A: b\r\n\r\nxyz", 3), (b"A: b\n\nxyz", 3), (b"A: b\r\n", 0), (b"xyz", 3), (b"", 0), (b"\r\nxy", 2)],
)
def test_the_size_of_the_body(data: bytes, size: int) -> None:
    assert body_size(data) == size


def test_the_first_letters() -> None:
    kinds = [
        [(part.depth, part.kind, part.charset, part.encoding) for part in parts(one.data)] for one in first_letters()
    ]
    assert kinds[:4] == [
        [(0, "text/plain", "", "")],
        [(0, "text/plain", "windows-1251", "8bit")],
        [(0, "text/plain", "koi8-r", "quoted-printable")],
        [(0, "text/plain", "utf-8", "base64")],
    ]
    assert kinds[4] == [
        (0, "multipart/alternative", "", ""),
        (1, "text/plain", "us-ascii", "7bit"),
        (1, "text/html", "utf-8", "8bit"),
    ]
    texts = [part.decoded() for one in first_letters() for part in parts(one.data) if part.is_text]
    starts = ["Hello", "Уважаемые", "Привет!", "Привет, hello", "FTP (1971)", "Two files", "Too long"]
    assert [said.text.startswith(start) for said, start in zip(texts, starts, strict=True)] == [True] * 7
    assert {said.remark for said in texts} == {""} and not any("\r" in said.text for said in texts)
    files = [part for part in parts(first_letters()[5].data) if part.is_attachment]
    assert [(part.name, part.kind, part.disposition, len(part.data)) for part in files] == [
        ("board.png", "image/png", "attachment", 644),
        ("палиндром.py", "text/x-python", "attachment", 168),
    ]
    assert not any(part.remarks for one in first_letters() for part in parts(one.data))


def test_a_letter_in_a_letter_is_a_file_and_its_text_is_not_this_letters() -> None:
    inner, outer = EmailMessage(), EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("inside\n")
    outer.set_content("outside\n")
    outer.add_attachment(inner)
    found = parts(outer.as_bytes())
    assert [(part.depth, part.kind, part.foreign) for part in found] == [
        (0, "multipart/mixed", False),
        (1, "text/plain", False),
        (1, "message/rfc822", False),
        (2, "text/plain", True),
    ]
    assert [part.decoded().text for part in found if part.is_text] == ["outside\n"]
    (file,) = (part for part in found if part.is_attachment)
    assert file.data.startswith(b"Subject: inner\n") and file.data.endswith(b"inside\n")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="=?utf-8?B?0Y8=?=.txt"', "я.txt"),
        ('attachment; filename="я.txt"', "я.txt"),
        ("attachment; filename*0*=utf-8''%D1; filename*1*=%8F.txt", "я.txt"),
        ("attachment; filename*=x-none''%ff.txt", "\ufffd.txt"),
        ('attachment; filename="a\u202egnp.exe"', r"a\u202egnp.exe"),
    ],
)
def test_file_names(header: str, name: str) -> None:
    (part,) = parts(letter(f"Content-Type: image/png\nContent-Disposition: {header}"))
    assert part.is_attachment and part.name.replace("ÿ", "\ufffd") == name


@pytest.mark.parametrize(
    ("data", "charset", "text", "remark"),
    [
        (b"abc", "", "abc", ""),
        ("я".encode(), "utf-8", "я", ""),
        ("я".encode("koi8-r"), "koi8-r", "я", ""),
        ("я".encode(), "", "я", "no character set is named, which means US-ASCII; bytes over 127: 2; read as UTF-8"),
        (
            b"\xff.",
            "",
            "\ufffd.",
            "no character set is named, which means US-ASCII; bytes over 127: 1; shown as \ufffd",
        ),
        ("я".encode(), "US-ASCII", "я", "bytes over 127 are not US-ASCII: 2; read as UTF-8"),
        (b"\xffa\xff", "us-ascii", "\ufffda\ufffd", "2 places are not us-ascii; shown as \ufffd"),
        (b"a\xff", "utf-8", "a\ufffd", "1 place is not utf-8; shown as \ufffd"),
        ("я".encode(), "x-klingon", "я", "the character set x-klingon is unknown here; read as UTF-8"),
        (b"abc", "rot13", "abc", "the character set rot13 is unknown here; read as UTF-8"),
        (b"a\\x", "unicode_escape", "a\\x", "the character set unicode_escape is unknown here; read as UTF-8"),
        (b"abc", "\0", "abc", r"the character set \x00 is unknown here; read as UTF-8"),
    ],
)
def test_character_sets_right_wrong_and_unknown(data: bytes, charset: str, text: str, remark: str) -> None:
    assert decoded(data, charset) == (text, remark)


def test_what_is_unfit_to_be_shown() -> None:
    assert legible("a\tb\nc\rd\x00\x9f\u202e\ud800 я👩\u200d🚀\xa0") == (
        "a\tb\nc\\rd\\x00\\u009f\\u202e\\ud800 я👩\u200d🚀\xa0"
    )


@pytest.mark.parametrize(
    ("data", "remark"),
    [
        (letter("Content-Type: multipart/mixed", b"x"), "names no boundary, so its parts cannot be told apart"),
        (letter("Content-Type: multipart/mixed; boundary=X", b"x"), "the boundary that it names does not occur in it"),
        (
            letter("Content-Type: multipart/mixed; boundary=X", b"--X\r\n\r\nx"),
            "ends without its last boundary: something may be missing",
        ),
        (letter("Content-Transfer-Encoding: base64", b"YWJjZA"), "its base64 ends too early"),
        (letter("Content-Transfer-Encoding: base64", b"YWJj!"), "characters that are no base64 were left out"),
        (letter("Content-Transfer-Encoding: base64", b"a"), "its base64 cannot be decoded"),
        (letter("Content-Transfer-Encoding: rot13", b"a"), "the transfer encoding rot13 is unknown; left as it is"),
        (b"A: b\r\nno field\r\n", "no empty line stands between header and body"),
    ],
)
def test_what_is_wrong_is_said_in_words(data: bytes, remark: str) -> None:
    assert remark in parts(data)[0].remarks


def test_there_is_an_end_to_parts_within_parts() -> None:
    header = "".join(f"--{n - 1}\nContent-Type: multipart/mixed; boundary={n}\n\n" for n in range(1, 3000))
    began = time.perf_counter()
    deep = parts(letter("Content-Type: multipart/mixed; boundary=0", header.encode()))
    assert 0 < len(deep) <= mime.MOST_PARTS and max(part.depth for part in deep) <= mime.DEEPEST
    many = parts(letter("Content-Type: multipart/mixed; boundary=X", b"--X\r\n\r\nx\r\n" * 5000))
    assert len(many) == mime.MOST_PARTS
    assert time.perf_counter() - began < 20


NAMES = [
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "Content-ID",
    "From",
    "To",
    "Subject",
    "Date",
]
WORDS = ["text/plain", "text/html", "multipart/mixed; boundary=X", "message/rfc822", "message/partial", "attachment"]
WORDS += [
    "base64",
    "x-uuencode",
    "quoted-printable",
    "; charset=",
    "utf-8",
    "utf-16",
    "idna",
    "unicode_escape",
    "rot13",
]
WORDS += ["filename", "*0*=", "name*=", "''%ff%00", "=?utf-8?B?", "=?x?Q?=ff?=", "=?utf-8?B?x?=", "?=", "begin 644 x"]
WORDS += [*'"<>@,:;\\([я\0\ud800\n\r', "\r\n ", "2147483648"]
values = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=5)), max_size=6).map("".join)
headers = st.lists(st.tuples(st.sampled_from(NAMES), values).map(": ".join), max_size=4).map("\r\n".join)
pieces = st.one_of(
    headers.map(lambda said: said.encode(errors="surrogatepass")),
    st.binary(max_size=30),
    st.sampled_from([b"\r\n", b"\r\n\r\n", b"--X\r\n", b"--X--", b"\n--X\n", b"=", b"=3", b"begin 644 x\n", b"end"]),
)


@settings(deadline=None, max_examples=400)
@given(st.lists(pieces, max_size=8).map(b"".join))
def test_whatever_the_bytes_are_nothing_fails_and_all_is_legible(data: bytes) -> None:
    for field in fields(data):
        assert field.text == legible(field.text) and "\n" not in field.text and field.raw in data
        assert all("@" in address for address in addresses(field))
    found = parts(data)
    assert found[0].depth == 0
    for part in found:
        said = part.decoded()
        assert said.text == legible(said.text) and said.remark == legible(said.remark)
        for one in (part.kind, part.charset, part.encoding, part.disposition, part.name, part.cid):
            assert one == legible(one) and "\n" not in one
        assert not (part.is_text and part.is_attachment)
    assert 0 <= body_size(data) <= len(data)
