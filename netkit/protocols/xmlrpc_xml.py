"""XML of a stranger, read so that it can do no harm: nothing is expanded, nothing fetched, and there are limits.

The expat inside of today's Pythons (2.4 and later) stops a document that grows to more than a hundred times its own
size, but only after the first 8 MB: 1,300 bytes may still become a million characters. XML-RPC needs no document type
at all, so one that has it is refused before its first entity is declared. defusedxml, which does the same, has no limit
on depth, and would be one more package for one line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from netkit.i18n import _, ngettext, octets

__all__ = ["LIMITS", "Limits", "Node", "Refused", "read"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read at most.

    Attributes:
        size: bytes.
        depth: elements in one another; an array in an array takes three.
        elements: elements in all.
    """

    size: int = 1 << 20
    depth: int = 150
    elements: int = 20_000


LIMITS = Limits()


class Refused(ValueError):
    """The document goes beyond a limit, or has a document type, or is not well-formed; the text says which."""


@dataclass(slots=True)
class Node:
    """An element.

    Attributes:
        tag: its name as it was written.
        text: all text that stands directly in it.
        children: the elements in it.
    """

    tag: str
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def child(self, tag: str) -> Node | None:
        """The first child of that name."""
        return next((one for one in self.children if one.tag == tag), None)


def read(data: bytes, limits: Limits = LIMITS) -> Node:
    """The outermost element.

    Raises:
        Refused: see there; the text is in the learner's language.
    """
    if len(data) > limits.size:
        text = _("more than {most} of XML")
        raise Refused(text.format(most=octets(limits.size)))
    tree = _Tree(limits)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.text
    parser.StartDoctypeDeclHandler = _doctype
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as problem:  # the latter two: an encoding that is none
        if isinstance(problem, Refused):
            raise
        raise Refused(_("not well-formed XML: {why}").format(why=problem)) from None
    return tree.root.children[0]


def _doctype(*_given: object) -> None:
    raise Refused(_("it has a DOCTYPE, in which entities may be declared: XML-RPC needs none"))


class _Tree:
    """Puts the elements together."""

    def __init__(self, limits: Limits) -> None:
        self.root = Node("")
        self._open = [self.root]
        self._limits = limits
        self._left = limits.elements

    def start(self, tag: str, _attributes: object) -> None:
        if len(self._open) > self._limits.depth:
            n = self._limits.depth
            text = ngettext("more than {n} element in another", "more than {n} elements in one another", n)
            raise Refused(text.format(n=n))
        self._left -= 1
        if self._left < 0:
            n = self._limits.elements
            text = ngettext("more than {n} element", "more than {n} elements", n)
            raise Refused(text.format(n=f"{n:,}".replace(",", "\N{NO-BREAK SPACE}")))
        node = Node(tag)
        self._open[-1].children.append(node)
        self._open.append(node)

    def end(self, _tag: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        self._open[-1].text += text
