"""A form that composes a letter and sends it, and the program that does the same: it is this program that is run."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, Protocol

import ipywidgets as widgets

from netkit.errors import BadInput
from netkit.export.letter_program import Fields, addresses, program
from netkit.i18n import _
from netkit.show import compose_words, kept, views
from netkit.show.copybutton import CopyButton
from netkit.show.inspector import Inspector, Source
from netkit.show.keyguard import KeyGuard
from netkit.show.panel import program_pane
from netkit.show.run_program import run
from netkit.show.speaking import Speaking, told

CHARSETS = ("utf-8", "windows-1251", "koi8-r")


class Mail(Protocol):
    """The mail server; see `netkit.servers.mail.post.Mail`."""

    @property
    def domain(self) -> str: ...
    @property
    def users(self) -> Mapping[str, str]: ...
    @property
    def smtp(self) -> Source: ...


class Compose(Speaking):
    """A letter's envelope, header and text as fields; below them the program, then what came of it.

    Args:
        mail: the mail server to which it goes.
    """

    def __init__(self, mail: Mail) -> None:
        super().__init__()
        self._mail = mail
        self._inspector: Inspector | None = None
        self._envelope()
        self._header()
        self._body()
        self._below()
        self._fields = (self.sender, self.recipients, self.from_, self.to, self.cc, self.subject, self.text,
                        self.charset, self.starttls, self.user)  # fmt: skip
        for field in self._fields:
            field.observe(self._on_edit, "value")
        self.same.observe(self._on_same, "value")
        self.send.on_click(self._on_send)
        self.children = self._rows()
        self.add_class("nk-root")
        self.add_class("nk-compose")
        self._copy_envelope()
        self._draw()
        self._admit()

    def _envelope(self) -> None:
        domain = self._mail.domain
        self.sender = widgets.Text(f"guest@{domain}", description=_("Sender"), tooltip="MAIL FROM")
        self.recipients = widgets.Text(f"student@{domain}", description=_("Recipients"), tooltip="RCPT TO")
        self.recipients.placeholder = _("one, or several with commas between them")

    def _header(self) -> None:
        self.same = widgets.Checkbox(True, description=_("From and To as on the envelope"), indent=False)
        self.from_, self.to, self.cc = (widgets.Text(description=name) for name in ("From", "To", "Cc"))
        self.subject = widgets.Textarea(_("A letter from a form"), description="Subject", rows=1)

    def _body(self) -> None:
        text = _("Hello!\nThis letter was composed in a form.\n")
        self.text = widgets.Textarea(text, description=_("Text"), rows=4).add_class("nk-compose-text")
        self.charset = widgets.Dropdown(options=CHARSETS, description=_("Charset"))
        self.starttls = widgets.Checkbox(description=_("encrypt (STARTTLS)"), indent=False)
        users = [(_("no login"), ""), *((user, user) for user in self._mail.users)]
        self.user = widgets.Dropdown(options=users, description=_("Log in as"))

    def _below(self) -> None:
        self.differs = widgets.HTML()
        self.program = widgets.HTML()
        for ignored in ("tex2jax_ignore", "mathjax_ignore"):  # "$…$" in a letter is no formula
            self.program.add_class(ignored)
        self.send = widgets.Button(description=_("Send"), button_style="primary", tooltip=_("Runs the program above"))
        self.copy = CopyButton(_("Copy the program"))
        self._status = widgets.HTML()
        self.wire = widgets.VBox()

    def _rows(self) -> list[Any]:
        decides = html.escape(_("This alone decides who gets the letter: no server looks at To and Cc."))
        hint = widgets.HTML(f'<p class="nk-quiet">{decides}</p>')
        envelope = widgets.VBox([_title(_("Envelope"), _("for the servers: MAIL FROM, RCPT TO")), self.sender,
                                 self.recipients, hint, self.differs]).add_class("nk-compose-envelope")  # fmt: skip
        header = widgets.VBox([_title(_("Header"), _("for the reader, a part of the letter")),
                               self.same, self.from_, self.to, self.cc, self.subject])  # fmt: skip
        both = widgets.HBox([envelope, header]).add_class("nk-compose-top")
        how = widgets.HBox([self.charset, self.user, self.starttls]).add_class("nk-row")
        buttons = widgets.HBox([self.send, self.copy]).add_class("nk-row")
        return [both, self.text, how, self.program, buttons, self._status, self.wire, KeyGuard()]

    @property
    def fields(self) -> Fields:
        """What stands in the fields now."""
        names = (("From", self.from_), ("To", self.to), ("Cc", self.cc), ("Subject", self.subject))
        return Fields(
            sender=self.sender.value.strip(" "),
            recipients=addresses(self.recipients.value),
            header=tuple((name, field.value) for name, field in names),
            text=self.text.value,
            charset=self.charset.value,
            starttls=self.starttls.value,
            user=self.user.value,
        )

    @property
    def source(self) -> str:
        """The program for what stands in the fields now."""
        return program(self.fields)

    @told
    def _on_edit(self, change: Any) -> None:
        if self._drawing:
            return
        if change["owner"] in (self.from_, self.to):
            self.same.value = False  # the learner has a header of their own
        if self.same.value:
            self._copy_envelope()
        self._draw()

    @told
    def _on_same(self, _change: Any) -> None:
        if self.same.value:
            self._copy_envelope()
        self._draw()

    def _copy_envelope(self) -> None:
        fields = self.fields
        with self._drawing_now():
            self.from_.value, self.to.value = fields.sender, ", ".join(fields.recipients)

    def _draw(self) -> None:
        source = self.source
        self.program.value = program_pane(_("The program that Send runs"), source)
        self.copy.text = source
        said = compose_words.difference(self.fields)
        self.differs.value = views.status(" ".join(said), "nk-broken") if said else ""

    @told
    def _on_send(self, _button: Any) -> None:
        self.send.disabled = True
        try:
            self._say(_("The program runs …"))
            self._show_wire(None)
            fields, before = self.fields, self._mail.smtp.recorded
            ran = run(program(fields), {"mail": self._mail})
            text, good = compose_words.outcome(ran, fields)
            self._judge(text, good)
            came = [each for each in self._mail.smtp.conversations if each.number > before]
            self._show_wire(kept.inspect(came[0]) if came else None)
        finally:
            self.send.disabled = False

    def _on_problem(self, problem: Exception) -> None:
        self._judge(f"{type(problem).__name__}: {problem}", False)

    def _show_wire(self, inspector: Inspector | None) -> None:
        """What went over the wire, in place of what went before."""
        old, self._inspector = self._inspector, inspector
        if inspector is None:
            self.wire.children = ()
        else:
            what = html.escape(_("What went over the wire:"))
            self.wire.children = (widgets.HTML(f"<p>{what}</p>"), inspector)
        if old is not None:
            old.close()

    def close(self) -> None:
        if self._inspector is not None:
            self._inspector.close()
        super().close()

    def _in_words(self) -> str:
        """The program, and how envelope and header differ."""
        said = [_("A form for a letter. Its fields say:"), "", self.source.rstrip("\n")]
        differs = compose_words.difference(self.fields)
        return "\n".join([*said, *(["", *differs] if differs else [])])


def compose(mail: Mail) -> Compose:
    """Compose a letter, see the program that sends it, and send it.

    Args:
        mail: the mail server, ``netkit.mail()``.

    Raises:
        BadInput: it is something else.
    """
    if not all(hasattr(mail, name) for name in ("domain", "users", "smtp")):
        text = _("compose() takes the mail server: netkit.compose(mail), where mail = netkit.mail(); not {kind}.")
        raise BadInput(text.format(kind=type(mail).__name__))
    return Compose(mail)


def _title(name: str, what: str) -> Any:
    return widgets.HTML(f'<p class="nk-group"><b>{html.escape(name)}</b> <span>{html.escape(what)}</span></p>')
