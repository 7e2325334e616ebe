"""Documents in some formats, at httpbin's paths."""

from __future__ import annotations

import base64
import functools
import struct
import zlib

from netkit.servers.web.handler import Page
from netkit.servers.web.layout import HTML

ROBOTS = "User-agent: *\nDisallow: /deny\n"
DENIED = "robots.txt asks programs not to come here.\n"
MOBY = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Moby-Dick</title></head>
<body>
<h1>Herman Melville - Moby-Dick</h1>
<p>Call me Ishmael. Some years ago—never mind how long precisely—having little or no money in my purse, and nothing
particular to interest me on shore, I thought I would sail about a little and see the watery part of the world.</p>
</body>
</html>
"""
SLIDES = {
    "slideshow": {
        "author": "Yours Truly",
        "date": "date of publication",
        "slides": [
            {"title": "Wake up to WonderWidgets!", "type": "all"},
            {
                "items": ["Why <em>WonderWidgets</em> are great", "Who <em>buys</em> WonderWidgets"],
                "title": "Overview",
                "type": "all",
            },
        ],
        "title": "Sample Slide Show",
    }
}
XML = """<?xml version='1.0' encoding='us-ascii'?>
<slideshow title="Sample Slide Show" date="Date of publication" author="Yours Truly">
    <slide type="all">
      <title>Wake up to WonderWidgets!</title>
    </slide>
    <slide type="all">
        <title>Overview</title>
        <item>Why <em>WonderWidgets</em> are great</item>
        <item/>
        <item>Who <em>buys</em> WonderWidgets</item>
    </slide>
</slideshow>
"""
UTF8 = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>UTF-8</title></head>
<body>
<h1>Unicode in UTF-8: one to four bytes a character</h1>
<pre>
1  ASCII       Network
2  Cyrillic    Сетевое программирование
2  Greek       Δίκτυο
2  Latin       Übertragung, réseau, žinutė
3  Japanese    ネットワーク
3  Signs       ∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, 5 €, ☎
4  Emoji       🐍 🌐 📬
</pre>
</body>
</html>
"""
FORM = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>An order</title></head>
<body>
<form method="post" action="/post">
<p><label>Customer name: <input name="custname"></label></p>
<p><label>Telephone: <input type="tel" name="custtel"></label></p>
<p><label>E-mail address: <input type="email" name="custemail"></label></p>
<fieldset><legend>Pizza size</legend>
<label><input type="radio" name="size" value="small"> small</label>
<label><input type="radio" name="size" value="medium"> medium</label>
<label><input type="radio" name="size" value="large"> large</label>
</fieldset>
<fieldset><legend>Toppings</legend>
<label><input type="checkbox" name="topping" value="bacon"> bacon</label>
<label><input type="checkbox" name="topping" value="cheese"> cheese</label>
<label><input type="checkbox" name="topping" value="onion"> onion</label>
<label><input type="checkbox" name="topping" value="mushroom"> mushroom</label>
</fieldset>
<p><label>Delivery time: <input type="time" min="11:00" max="21:00" step="900" name="delivery"></label></p>
<p><label>Instructions: <textarea name="comments"></textarea></label></p>
<p><button>Send the order</button></p>
</form>
</body>
</html>
"""


@functools.cache
def picture() -> bytes:
    """A PNG, 64 × 64: two colours that run into each other (RFC 2083)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(c for x in range(64) for c in (4 * x, 96, 4 * y)) for y in range(64))
    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


class Document(Page):
    """One that is always the same"""

    def initialize(self, text: str, kind: str = HTML) -> None:
        self.document = text
        self.kind = kind

    def get(self) -> None:
        self.text(self.document, self.kind)


class Json(Page):
    """/json"""

    def get(self) -> None:
        self.json(SLIDES)


class Png(Page):
    """/image/png"""

    def get(self) -> None:
        self.set_header("Content-Type", "image/png")
        self.finish(picture())


class Base64(Page):
    """/base64/{value}: what it stands for; as plain text, so that nobody's script is run from here"""

    def get(self, value: str) -> None:
        try:
            self.text(base64.urlsafe_b64decode(value.encode()).decode())
        except ValueError:
            self.text("Incorrect Base64 data try: SFRUUEJJTiBpcyBhd2Vzb21l")


class Links(Page):
    """/links/{n}/{offset}: n pages with a link to each other; /links/{n} is the first"""

    def get(self, n: str, offset: str = "") -> None:
        if not offset:
            self.go_to(f"/links/{int(n)}/0")
            return
        pages = min(max(1, int(n)), 200)
        links = (f"<a href='/links/{pages}/{i}'>{i}</a> " if i != int(offset) else f"{i} " for i in range(pages))
        self.text(f"<html><head><title>Links</title></head><body>{''.join(links)}</body></html>", HTML)
