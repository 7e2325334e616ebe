"""What the view of a mail server shows, as HTML and as lines of lists: pure functions."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping, Sequence

from netkit.export.letters import Letter, Post, author, door_name, subject
from netkit.export.rows import shorten
from netkit.i18n import _, ngettext, octets

AUTHOR, SUBJECT = 26, 44  # characters in the list


def heading(post: Post) -> str:
    """Above all: which server this is, where its doors are, and whether it runs."""
    parts = [f"<b>{html.escape(_name(post))}</b>"]
    for door in post.doors:
        address = html.escape(str(getattr(door, "address", "")))
        parts.append(f"{html.escape(door_name(door.name))} <code>{address}</code>")
    if not post.running:
        stopped = html.escape(_("does not run now"))
        parts.append(f'<b class="nk-wrong">{stopped}</b>')
    return '<div class="nk-heading">{}</div>'.format(" ".join(f"<span>{part}</span>" for part in parts))


def users(post: Post, places: Mapping[str, Sequence[Letter]]) -> str:
    """The users, with their passwords: they are made for lessons."""
    rows = []
    for user, password in post.users.items():
        n = len(places.get(user, ()))
        count = html.escape(ngettext("{n} letter", "{n} letters", n).format(n=n))
        address = html.escape(f"{user}@{post.domain}")
        rows.append(
            f"<tr><td><code>{html.escape(user)}</code></td><td><code>{html.escape(password)}</code></td>"
            f"<td><code>{address}</code></td><td>{count}</td></tr>"
        )
    heads = [_("user"), _("password"), _("address"), _("maildrop")]
    cells = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    name = html.escape(_("Users"))
    head = f"<thead><tr>{cells}</tr></thead>"
    return f'<table class="nk-users" aria-label="{name}">{head}<tbody>{"".join(rows)}</tbody></table>'


def place(name: str, letters: Sequence[Letter], new: int) -> str:
    """A maildrop, or the queue, as a choice: its name and how many letters it has."""
    said = f"{name}: {len(letters)}"
    return said + (" · " + ngettext("{n} new", "{n} new", new).format(n=new) if new else "")


def options(letters: Sequence[Letter], new: Collection[int]) -> list[str]:
    """Letters as lines of a list, in columns: number, author, subject, size, and whether it is new."""
    cells = [
        (
            f"{letter.number}",
            shorten(author(letter), AUTHOR),
            shorten(subject(letter), SUBJECT),
            octets(len(letter.data)),
        )
        for letter in letters
    ]
    wide = [max(map(len, column), default=0) for column in zip(*cells, strict=True)] or [0] * 4
    mark = _("new")
    return [
        f"{number:>{wide[0]}}  {who:<{wide[1]}}  {what:<{wide[2]}}  {size:>{wide[3]}}"
        + (f"  {mark}" if letter.number in new else "")
        for letter, (number, who, what, size) in zip(letters, cells, strict=True)
    ]


def _name(post: Post) -> str:
    return _("Mail server of {domain}").format(domain=post.domain)
