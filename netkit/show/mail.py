"""A mail server, live, in a notebook's cell: its users, their letters, and what is said at its doors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import ipywidgets as widgets

from netkit.export.letters import Letter as AnyLetter
from netkit.export.letters import door_name, post_told
from netkit.i18n import _, ngettext
from netkit.show import inspector, mail_html, views
from netkit.show.controls import show
from netkit.show.doortabs import DoorTabs
from netkit.show.keyguard import KeyGuard
from netkit.show.letter import LetterBox
from netkit.show.live import Live
from netkit.show.speaking import told

LISTED = 200  # letters in the list, the newest ones
TALL = 8  # rows of the list; of more, it scrolls

QUEUE = ""  # the name of no user


class Letter(AnyLetter, Protocol):
    """A letter, with the unique-id by which it is known again."""

    @property
    def uid(self) -> str: ...


class Post(Protocol):
    """A mail server; see `netkit.servers.mail.post.Mail`."""

    @property
    def domain(self) -> str: ...
    @property
    def users(self) -> dict[str, str]: ...
    @property
    def doors(self) -> Sequence[inspector.Source]: ...
    @property
    def running(self) -> bool: ...
    @property
    def queue(self) -> tuple[Letter, ...]: ...
    def maildrop(self, user: str) -> tuple[Letter, ...]: ...
    def reset(self) -> None: ...
    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]: ...


class MailView(DoorTabs):
    """Shows a mail server; its letters are drawn anew when some came or went.

    Args:
        post: the mail server.

    The newest letter is shown until the learner chooses an older one. `close` frees it.
    """

    def __init__(self, post: Post) -> None:
        super().__init__(post)
        self._post = post
        self._seen = {(place, letter.uid) for place, letters in self._places().items() for letter in letters}
        self._newest: dict[str, bool] = {}  # by place: whether its newest letter is the one that is shown
        self._chosen: dict[str, str] = {}  # by place: the unique-id of the letter that is shown
        self._make()
        self.children = [
            self._heading, self._users, self._tabs, self._letters, self._door, self._status, KeyGuard(),
        ]  # fmt: skip
        self.add_class("nk-root").add_class("nk-mail")
        self._live = Live(post.subscribe, self._redraw, self._on_problem)
        self._draw()
        self._admit()

    def _make(self) -> None:
        self._heading, self._users, self._status, self._empty = (widgets.HTML() for _n in range(4))
        self._place = widgets.ToggleButtons(options=self._choices(self._places()), description=_("Maildrop")).add_class(
            "nk-views"
        )
        self._list = widgets.Select(description=_("Letters"), rows=2).add_class("nk-list")
        self._reset = widgets.Button(
            description=_("Put the first letters back"), tooltip=_("All letters that came since are taken away")
        )
        self._box = LetterBox()
        self._letters = widgets.VBox([
            widgets.HBox([self._place, self._reset]).add_class("nk-row"), self._empty, self._list, self._box,
        ])  # fmt: skip
        self._tab(_("Letters"), [door_name(door.name) for door in self._post.doors], self._letters)
        for widget, act in ((self._place, self._on_place), (self._list, self._on_choice)):
            widget.observe(act, "value")
        self._reset.on_click(self._on_reset)

    def _places(self) -> dict[str, tuple[Letter, ...]]:
        """The letters of each user, and of the queue."""
        return {**{user: self._post.maildrop(user) for user in self._post.users}, QUEUE: self._post.queue}

    def _choices(self, places: Mapping[str, Sequence[Letter]]) -> list[tuple[str, str]]:
        return [
            (mail_html.place(place or _("queue"), letters, len(self._new(place, letters))), place)
            for place, letters in places.items()
        ]

    def _new(self, place: str, letters: Sequence[Letter]) -> set[int]:
        """The numbers of letters that have come since the view was made and were not shown yet."""
        return {letter.number for letter in letters if (place, letter.uid) not in self._seen}

    # Drawing

    @told
    def _redraw(self) -> None:
        """Letters came or went. Called on the main thread."""
        self._draw()

    def _draw(self) -> None:
        self._heading.value = mail_html.heading(self._post)
        places = self._places()
        self._users.value = mail_html.users(self._post, places)
        place = self._place.value if self._place.value in places else next(iter(places))
        letters = places[place]
        letter = self._choose(place, letters)
        if letter is not None:
            self._seen.add((place, letter.uid))
        with self._drawing_now():
            choices = self._choices(places)
            if choices != list(self._place.options):
                self._place.options = choices
                self._place.value = place
            self._list_them(place, letters, letter)
        self._empty.value = "" if letters else views.status(self._nothing(place), "nk-empty")
        for part in (self._list, self._box):
            show(part, letter is not None)
        self._show_tab()
        if letter is not None:
            self._box.put(letter)

    def _choose(self, place: str, letters: Sequence[Letter]) -> Letter | None:
        """The letter to be shown: the one that was chosen if it is still there, else the newest."""
        if not letters:
            return None
        found = [letter for letter in letters if letter.uid == self._chosen.get(place)]
        letter = found[0] if found and not self._newest.get(place, True) else letters[-1]
        self._chosen[place] = letter.uid
        return letter

    def _list_them(self, place: str, letters: Sequence[Letter], chosen: Letter | None) -> None:
        listed = letters[-LISTED:]
        if chosen is not None and chosen not in listed:
            listed = (chosen, *listed)
        lines = mail_html.options(listed, self._new(place, listed))
        options = list(zip(lines, [letter.uid for letter in listed], strict=True))
        with self._list.hold_sync():
            if options != list(self._list.options):
                self._list.options = options
                self._list.rows = min(max(len(options), 2), TALL)
            value = chosen.uid if chosen is not None else None
            if self._list.value != value:
                self._list.value = value

    def _nothing(self, place: str) -> str:
        if place == QUEUE:
            return _("Nothing waits for other domains. What is sent there would lie here: it is relayed nowhere.")
        text = _("No letters yet. What is sent to {address} appears here.")
        return text.format(address=f"{place}@{self._post.domain}")

    # What the learner does

    @told
    def _on_choice(self, _change: Any) -> None:
        if not self._drawing and self._list.value is not None:
            place, letters = self._place.value, self._places().get(self._place.value, ())
            self._chosen[place] = self._list.value
            self._newest[place] = bool(letters) and letters[-1].uid == self._list.value
            self._draw()

    @told
    def _on_place(self, _change: Any) -> None:
        if not self._drawing:
            self._draw()

    @told
    def _on_reset(self, _button: Any) -> None:
        self._post.reset()
        self._newest.clear()
        self._draw()
        n = sum(map(len, self._places().values()))
        text = ngettext(
            "The first {n} letter is back, and nothing else.", "The first {n} letters are back, and nothing else.", n
        )
        self._say(text.format(n=n))

    def _in_words(self) -> str:
        """Doors, users and letters."""
        return post_told(self._post)
