"""The picture of the OSI layers as HTML. Styles stand in the elements, so that a static page shows it too."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from netkit.export.rows import grouped

if TYPE_CHECKING:
    from netkit.show.osi import Osi
    from netkit.show.osi_layers import Layer, Part

INK = "var(--jp-content-font-color1, #1f2a35)"
FAINT = "var(--jp-content-font-color2, #5c6873)"
LINE = "var(--jp-border-color1, #bdbdbd)"
BACK = "var(--jp-layout-color1, #ffffff)"
RAISED = "var(--jp-layout-color2, #f3f4f5)"
ACCENT = "var(--jp-brand-color1, #1976d2)"
MONO = "font-family: var(--jp-code-font-family, monospace)"

_FRAME = f"border: 1px solid {LINE}; border-radius: 4px"
_WRAP = "overflow-wrap: anywhere"


def page(picture: Osi) -> str:
    """The whole picture; everything that came over a wire is escaped."""
    rows = []
    for layer in picture.layers:
        rows.append(_row(layer))
        if layer.number == 5:
            rows.append(_border(picture.border))
    title = escape(picture.title)
    return _box(
        "div", f"max-width: 700px; box-sizing: border-box; color: {INK}; background: {BACK}; {_FRAME};"
        " padding: 12px 14px; font-size: 13px; line-height: 1.45",
        _box("div", f"font-weight: 600; margin-bottom: 8px; {_WRAP}", title)
        + _box("div", "", "".join(rows), 'role="list"')
        + _box("div", f"color: {FAINT}; font-size: 12px; margin-top: 10px", escape(picture.caption)),
        f'role="figure" aria-label="{title}"',
    )  # fmt: skip


def _row(layer: Layer) -> str:
    """A layer: its number and name on the left; what it does with the bytes on the right."""
    name = _box("span", f"font-size: 18px; font-weight: 600; color: {ACCENT}; margin-right: 8px", str(layer.number))
    left = _box("div", "flex: 0 0 132px; min-width: 0", name + escape(layer.name) + _homes(layer.number))
    task = _box("div", f"color: {FAINT}; font-size: 12px", escape(layer.task))
    mono = f"; {MONO}; font-size: 14px" if layer.number == 7 else ""
    says = _box("div", f"{_WRAP}{mono}", escape(layer.says))
    cells = _characters(layer) if layer.characters else ""
    strip = _nested(layer.parts) if layer.parts else ""
    fields = "".join(_field(key, value) for key, value in layer.fields)
    more = _box("div", f"display: flex; flex-wrap: wrap; gap: 2px 14px; color: {FAINT}; font-size: 12px", fields)
    right = _box("div", "flex: 1 1 0; min-width: 0", task + says + cells + strip + (more if fields else ""))
    label = escape(f"{layer.number}, {layer.name}: {layer.says}")
    return _box(
        "div", f"display: flex; gap: 10px; padding: 7px 0; border-top: 1px solid {LINE}", left + right,
        f'role="listitem" aria-label="{label}"',
    )  # fmt: skip


def _homes(number: int) -> str:
    """What has its home at that layer."""
    homes = {7: "SMTP, POP3, HTTP, DNS", 6: "UTF-8", 4: "TCP, UDP", 3: "IP", 2: "Ethernet"}
    return _box("div", f"color: {FAINT}; font-size: 11px", homes[number]) if number in homes else ""


def _border(text: str) -> str:
    """The line at which a program hands its bytes to the system."""
    return _box(
        "div", f"border-top: 2px dashed {ACCENT}; padding: 4px 0 5px; color: {ACCENT}; font-weight: 600;"
        " text-align: center", escape(text), 'role="listitem"',
    )  # fmt: skip


def _characters(layer: Layer) -> str:
    """Each character above its bytes."""
    cells = []
    for char, code in layer.characters:
        above = _box("span", "min-height: 1.45em", escape(char) if char else "&nbsp;")
        below = _box("span", f"color: {FAINT}; font-size: 11px", escape(code))
        style = f"display: inline-flex; flex-direction: column; align-items: center; padding: 0 4px; {_FRAME}; {MONO}"
        cells.append(_box("span", style, above + below))
    if layer.more:
        cells.append(_box("span", "align-self: center", "…"))
    return _box("div", "display: flex; flex-wrap: wrap; gap: 3px; margin-top: 3px", "".join(cells))


def _nested(parts: Sequence[Part]) -> str:
    """A box in a box: each header beside what it wraps; what loopback does not have is dashed."""
    first, *rest = parts
    label = _sized(first, code=not rest)
    if not first.there and rest and not rest[-1].there:  # a frame has something at its end, too
        ends = [part for part in rest if not part.there]
        inner = _nested([part for part in rest if part.there])
        after = "".join(_sized(part) for part in ends)
        return _cell(label + inner + after, dashed=True)
    return _cell(label + (_nested(rest) if rest else ""), dashed=not first.there, inmost=not rest)


def _sized(part: Part, code: bool = False) -> str:
    name = _box("span", MONO, escape(part.name)) if code else escape(part.name)
    return _box("span", "white-space: nowrap", f"{name} <b>{grouped(part.size)}</b>")


def _cell(content: str, dashed: bool = False, inmost: bool = False) -> str:
    edge = f"1px {'dashed' if dashed else 'solid'} {ACCENT if inmost else LINE}"
    look = f"color: {FAINT}; " if dashed else ""
    return _box(
        "span", f"display: inline-flex; align-items: center; gap: 8px; {look}background: {BACK if inmost else RAISED};"
        f" border: {edge}; border-radius: 4px; padding: 3px 8px; margin: 3px 0; font-size: 12px", content,
    )  # fmt: skip


def _field(name: str, value: str) -> str:
    return _box("span", "white-space: nowrap", f"{escape(name)} {_box('span', MONO, escape(value))}")


def _box(tag: str, style: str, content: str, more: str = "") -> str:
    opening = " ".join(filter(None, [tag, f'style="{style}"' if style else "", more]))
    return f"<{opening}>{content}</{tag}>"
