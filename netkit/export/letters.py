"""A letter and its envelope as plain data and as text: what each of them says, and where they differ.

The text is stored in notebooks and compared, so it leaves out whatever each run writes anew: Date, Message-ID, the
boundaries between parts, the client's name for itself, and the size of the header in which they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from netkit.export.rows import shorten
from netkit.i18n import _, ngettext, octets
from netkit.protocols import mime
from netkit.protocols.mime import Part
from netkit.protocols.mime_text import in_a_line

WIDTH = 100  # characters of a line of the text
LINES = 40  # lines of a body in the text
LISTED = 20  # letters of a maildrop in the text

_SHOWN = ("from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id")
_VARY = ("date", "message-id")  # from run to run


class Envelope(Protocol):
    """See `netkit.servers.mail.letters.Envelope`."""

    @property
    def sender(self) -> str: ...
    @property
    def recipients(self) -> tuple[str, ...]: ...
    @property
    def helo(self) -> str: ...
    @property
    def user(self) -> str | None: ...
    @property
    def tls(self) -> bool: ...


@runtime_checkable
class Letter(Protocol):
    """See `netkit.servers.mail.letters.Letter`."""

    @property
    def number(self) -> int: ...
    @property
    def data(self) -> bytes: ...
    @property
    def envelope(self) -> Envelope: ...


class Door(Protocol):
    """A server that belongs to a mail server."""

    @property
    def name(self) -> str: ...


class Post(Protocol):
    """A mail server; see `netkit.servers.mail.post.Mail`."""

    @property
    def domain(self) -> str: ...
    @property
    def users(self) -> Mapping[str, str]: ...
    @property
    def doors(self) -> Sequence[Door]: ...
    @property
    def running(self) -> bool: ...
    @property
    def queue(self) -> tuple[Letter, ...]: ...
    def maildrop(self, user: str) -> tuple[Letter, ...]: ...


class Row(NamedTuple):
    """A line of an envelope or a header.

    Attributes:
        label: the command or the name of the field.
        value: what it says.
        remarks: where envelope and header differ, in words.
        varies: whether it may differ from run to run.
    """

    label: str
    value: str
    remarks: tuple[str, ...] = ()
    varies: bool = False


def envelope_rows(letter: Letter) -> list[Row]:
    """What was said around the letter, and which recipients its header conceals."""
    envelope = letter.envelope
    seen = _addresses(letter, "to", "cc")
    secret = _addresses(letter, "bcc")
    rows = [Row("MAIL FROM", f"<{in_a_line(envelope.sender)}>", _of_sender(envelope.sender))]
    for recipient in envelope.recipients:
        remarks: tuple[str, ...] = ()
        if not _is_in(recipient, seen):
            there = _is_in(recipient, secret)
            remarks = (_("only in Bcc, which should not have been sent along") if there
                       else _("in no header field: a blind copy"),)  # fmt: skip
        rows.append(Row("RCPT TO", f"<{in_a_line(recipient)}>", remarks))
    if envelope.helo:
        rows.append(Row("EHLO", in_a_line(envelope.helo), varies=True))
    rows.append(Row(_("logged in"), _("nobody") if envelope.user is None else in_a_line(envelope.user)))
    rows.append(Row("TLS", _("yes, encrypted on its way here") if envelope.tls else _("no, readable on its way here")))
    return rows


def header_rows(letter: Letter) -> list[Row]:
    """The fields that a reader sees, and what the envelope says to them."""
    envelope = letter.envelope
    rows = []
    for field in mime.named(mime.fields(letter.data), *_SHOWN):
        name, said = field.name.lower(), mime.addresses(field)
        remarks: list[str] = []
        if name in ("to", "cc"):
            text = _("{address}: named in {field}, but the letter was not sent there")
            missed = [one for one in said if not any(_is_in(to, [one]) for to in envelope.recipients)]
            remarks = [text.format(address=one, field=field.name) for one in missed]
        elif name == "from" and envelope.sender and not _is_in(envelope.sender, said):
            remarks = [_("not the sender on the envelope, and nobody has checked it")]
        rows.append(Row(field.name, field.text, tuple(remarks), name in _VARY))
    return rows


def subject(letter: Letter) -> str:
    """What it is about, or words for nothing."""
    return _first(letter, "subject") or _("(no subject)")


def author(letter: Letter) -> str:
    """What its header says who wrote it; the envelope's sender where it says nothing."""
    return _first(letter, "from") or f"<{in_a_line(letter.envelope.sender)}>"


def brief(letter: Letter) -> str:
    """The letter in a line: number, author, subject and the size of its body."""
    text = _("<letter {number} from {author}: {subject}, a body of {size}>")
    return text.format(
        number=letter.number,
        author=shorten(author(letter), 50),
        subject=shorten(subject(letter), 60),
        size=octets(mime.body_size(letter.data)),
    )


def letter_told(letter: Letter) -> str:
    """The letter as text: envelope, header, parts, and the beginning of what it says."""
    found = mime.parts(letter.data)
    out = [_("Letter {number}: {subject}").format(number=letter.number, subject=shorten(subject(letter), WIDTH))]
    for title, rows in ((_("Envelope"), envelope_rows(letter)), (_("Header"), header_rows(letter))):
        stay = [row for row in rows if not row.varies]
        out += [title, *_rows(stay)] if stay else [title, "  " + _("(empty)")]
    out += [_("Parts"), *(f"  {'  ' * part.depth}{in_words(part)}" for part in found)]
    for part in found:
        if part.is_text:
            out += ["", *_body(part)]
    return "\n".join(out)


def in_words(part: Part) -> str:
    """A part in a line: its type, how it is encoded, its file name and size, and what is wrong with it."""
    said = [shorten(part.kind, WIDTH)]
    if part.charset:
        said.append(shorten(part.charset, WIDTH))
    if part.encoding:
        said.append(shorten(part.encoding, WIDTH))
    if part.disposition or part.name:
        said.append(" ".join(filter(None, [part.disposition, part.name and f'"{shorten(part.name, WIDTH)}"'])))
    if not part.holds:
        said.append(octets(len(part.data)))
    return ", ".join(said) + "".join(f"; {remark}" for remark in part.remarks)


def post_told(post: Post) -> str:
    """A mail server as text: its doors, its users, and which letters they have."""
    doors = ", ".join(door_name(door.name) for door in post.doors)
    out = [_("Mail server of {domain}: {doors}").format(domain=post.domain, doors=doors)]
    if not post.running:
        out.append(_("does not run now"))
    for user, password in post.users.items():
        letters = post.maildrop(user)
        text = _("{user}, password {password}: {count}")
        out += [text.format(user=user, password=password, count=_count(letters)), *_list(letters)]
    queue = post.queue
    out += [_("queue, for other domains: {count}").format(count=_count(queue)), *_list(queue)]
    return "\n".join(out)


def door_name(name: str) -> str:
    """A door's name for people."""
    known = {"smtp": "SMTP", "pop3": "POP3", "pop3s": _("POP3 with TLS"), "smtps": _("SMTP with TLS")}
    return known.get(name, name)


def _count(letters: Sequence[Letter]) -> str:
    return ngettext("{n} letter", "{n} letters", len(letters)).format(n=len(letters))


def _list(letters: Sequence[Letter]) -> Iterable[str]:
    left_out = max(len(letters) - LISTED, 0)
    if left_out:
        text = ngettext("{n} older letter is not shown.", "{n} older letters are not shown.", left_out)
        yield "  " + text.format(n=left_out)
    for letter in letters[left_out:]:
        yield f"  {letter.number:>2}  {shorten(subject(letter), 60)}  — {shorten(author(letter), 50)}"


def _rows(rows: Iterable[Row]) -> Iterable[str]:
    rows = list(rows)
    wide = max(len(row.label) for row in rows)
    for row in rows:
        yield f"  {row.label:<{wide}}  {shorten(row.value, WIDTH)}".rstrip()
        yield from (f"  {'':<{wide}}  ({remark})" for remark in row.remarks)


def _body(part: Part) -> Iterable[str]:
    said = part.decoded()
    if said.remark:
        yield f"({said.remark})"
    lines = said.text.rstrip("\n").split("\n")
    yield from (shorten(line, WIDTH).rstrip() for line in lines[:LINES])
    if len(lines) > LINES:
        n = len(lines) - LINES
        yield ngettext("… and {n} more line", "… and {n} more lines", n).format(n=n)


def _first(letter: Letter, name: str) -> str:
    found = mime.named(mime.fields(letter.data), name)
    return found[0].text if found else ""


def _addresses(letter: Letter, *names: str) -> list[str]:
    return [address for field in mime.named(mime.fields(letter.data), *names) for address in mime.addresses(field)]


def _is_in(address: str, others: Iterable[str]) -> bool:
    """A recipient may be a user's name alone: then of whatever domain."""
    wanted = address.lower()
    return any(wanted == (other.lower() if "@" in wanted else other.lower().partition("@")[0]) for other in others)


def _of_sender(sender: str) -> tuple[str, ...]:
    return () if sender else (_("the null sender: nobody is told if it cannot be delivered"),)
