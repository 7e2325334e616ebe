"""The letters with which the student's maildrop begins: each written as its time and place would have written it.

They are put together by hand, so that every version of Python gives the same octets.
"""

from __future__ import annotations

import base64
import functools
import quopri
import struct
import zlib
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

from netkit.servers.mail import first_texts
from netkit.servers.mail.letters import DOMAIN, Envelope, Letter
from netkit.servers.mail.maildrops import unique_id

MOSCOW = timezone(timedelta(hours=3))
FIRST = datetime(2025, 9, 1, 9, 0, tzinfo=MOSCOW)
APART = timedelta(hours=25, minutes=7)


@functools.cache
def first_letters() -> tuple[Letter, ...]:
    """Seven letters: ASCII, windows-1251 in 8 bits, koi8-r, UTF-8, HTML, with attachments, and a long one."""
    made = []
    for number, (sender, header, body) in enumerate(_written(), 1):
        when = FIRST + (number - 1) * APART
        top = (
            f"From: {sender}\r\nTo: student@{DOMAIN}\r\nDate: {format_datetime(when)}\r\n"
            f"Message-ID: <lesson-{number}@{DOMAIN}>\r\n{header}\r\n\r\n"
        )
        address = sender.rpartition("<")[2].rstrip(">")
        envelope = Envelope(address, (f"student@{DOMAIN}",), helo=address.rpartition("@")[2])
        received = (when + timedelta(seconds=2)).timestamp()
        made.append(Letter(number, unique_id("student", number), top.encode("ascii") + body, received, envelope))
    return tuple(made)


def _written() -> tuple[tuple[str, str, bytes], ...]:
    """Who wrote it, the rest of the header, and the body."""
    lecturer = f"The lecturer <lecturer@{DOMAIN}>"
    return (
        (lecturer, "Subject: Welcome to the course", _lines(first_texts.WELCOME).encode("ascii")),
        (
            f"{_word('Деканат', 'windows-1251')} <dean@example.org>",
            f"Subject: {_word('Расписание на осень', 'windows-1251')}\r\n{_text('windows-1251', '8bit')}",
            _lines(first_texts.TIMETABLE).encode("windows-1251"),
        ),
        (
            f"{_word('Оля', 'koi8-r')} <olga@example.net>",
            f"Subject: {_word('Про сокеты', 'koi8-r')}\r\n{_text('koi8-r', 'quoted-printable')}",
            _lines(quopri.encodestring(first_texts.SOCKETS.encode("koi8-r")).decode("ascii")).encode("ascii"),
        ),
        (
            f"{_word('Zoë Łukasiewicz', 'utf-8')} <zoe@example.com>",
            f"Subject: {_word('Grüße · привет · 你好', 'utf-8')}\r\n{_text('utf-8', 'base64')}",
            _base64(_lines(first_texts.GREETINGS).encode()),
        ),
        (
            "The newsletter <news@example.org>",
            "Subject: Five protocols that are older than you\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/alternative; boundary="=-two-ways-="',
            _parts("=-two-ways-=", (_text("us-ascii", "7bit"), first_texts.NEWS.encode("ascii")),
                   (_text("utf-8", "8bit", "html"), first_texts.NEWS_HTML.encode())),
        ),
        (
            lecturer,
            "Subject: Homework, with attachments\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/mixed; boundary="=-parcel-="',
            _parts("=-parcel-=", (_text("us-ascii", "7bit"), first_texts.HOMEWORK.encode("ascii")),
                   (_attached("image/png", "filename=\"board.png\""), _base64(_picture())),
                   (_attached("text/x-python; charset=utf-8", f"filename*=utf-8''{first_texts.PROGRAM_NAME}"),
                    _base64(_lines(first_texts.PROGRAM).encode()))),
        ),
        (lecturer, "Subject: The first 5,000 primes, for TOP", _lines(_primes(5000)).encode("ascii")),
    )  # fmt: skip


def _lines(text: str) -> str:
    return text.strip("\n").replace("\n", "\r\n") + "\r\n"


def _word(text: str, charset: str) -> str:
    """Text in a header (RFC 2047)."""
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode('ascii')}?="


def _text(charset: str, encoding: str, kind: str = "plain") -> str:
    mime = "" if kind == "html" or charset == "us-ascii" else "MIME-Version: 1.0\r\n"
    return f"{mime}Content-Type: text/{kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}"


def _attached(kind: str, name: str) -> str:
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; {name}"


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _parts(boundary: str, *parts: tuple[str, bytes]) -> bytes:
    """A body of several parts (RFC 2046 section 5.1)."""
    between = f"--{boundary}\r\n"
    said = b"".join(f"{between}{header}\r\n\r\n".encode("ascii") + _crlf(body) for header, body in parts)
    return said + f"--{boundary}--\r\n".encode("ascii")


def _crlf(body: bytes) -> bytes:
    return body if b"\r\n" in body else body.strip(b"\n").replace(b"\n", b"\r\n") + b"\r\n"


def _picture() -> bytes:
    """A chess board, 64 pixels wide, as PNG; stored, not compressed: compressors differ."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + (b"\xff\x00" if y // 8 % 2 else b"\x00\xff") * 4 for y in range(64))
    head = struct.pack("!IIBBBBB", 64, 64, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")


def _primes(n: int) -> str:
    sieve = bytearray([1]) * 50_000
    for number in range(2, 224):
        sieve[number * number :: number] = bytes(len(range(number * number, len(sieve), number)))
    found = [number for number in range(2, len(sieve)) if sieve[number]][:n]
    rows = (" ".join(f"{prime:>6}" for prime in found[at : at + 10]) for at in range(0, n, 10))
    return "Too long to fetch for a look at it: TOP shows the beginning.\n\n" + "\n".join(rows)
