"""A message of a binary protocol taken apart, field by field."""

from __future__ import annotations

import html
from itertools import groupby

from netkit.errors import BadInput
from netkit.i18n import _
from netkit.protocols.dns_fields import Field, table
from netkit.protocols.dns_message import fields
from netkit.show.panel import Panel


def dissect(message: bytes) -> Panel:
    """A DNS message (RFC 1035 section 4), field by field: where it stands, its bytes, its name, what it means.

    Raises:
        BadInput: it is not bytes.
    """
    if not isinstance(message, (bytes, bytearray, memoryview)):
        text = _("A message is bytes, as recvfrom() returns them; this is {kind}.")
        raise BadInput(text.format(kind=type(message).__name__))
    taken_apart = fields(bytes(message))
    titles = "".join(f"<th scope='col'>{html.escape(t)}</th>" for t in (_("at"), _("bytes"), _("field"), _("meaning")))
    body = "".join(
        f"<tbody><tr><th colspan='4' scope='rowgroup'>{html.escape(part)}</th></tr>{''.join(map(_row, rows))}</tbody>"
        for part, rows in groupby(taken_apart, lambda field: field.part)
    )
    return Panel(f'<table class="nk-table nk-fields-of">{titles}{body}</table>', table(taken_apart))


def _row(field: Field) -> str:
    said = html.escape(field.value)
    if field.meaning:
        said += f' <span class="nk-meaning">{html.escape(field.meaning)}</span>'
    shown = field.bits.replace(" ", "\N{NO-BREAK SPACE}") or field.data.hex(" ")
    cells = (str(field.offset), shown, field.name)
    return f"<tr>{''.join(f'<td><code>{html.escape(c)}</code></td>' for c in cells)}<td>{said}</td></tr>"
