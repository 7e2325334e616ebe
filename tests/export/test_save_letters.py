"""A letter is saved byte for byte, and only as what it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import netkit
from netkit.errors import BadInput, NetkitError
from netkit.servers.mail.first_letters import first_letters
from netkit.servers.mail.letters import Envelope, Letter
from tests.builders import client, conversation

RAW = bytes(range(256)) + b"\n.\r\n\r"
TALK = conversation(client("x"))


def test_byte_for_byte(tmp_path: Path) -> None:
    netkit.save(Letter(1, "uid", RAW, 0.0, Envelope("", ())), tmp_path / "x.EML")
    assert (tmp_path / "x.EML").read_bytes() == RAW
    netkit.save(first_letters()[1], str(tmp_path / "y.eml"))
    assert (tmp_path / "y.eml").read_bytes() == first_letters()[1].data


@pytest.mark.parametrize("name", ["x.txt", "x.pcapng", "x", "eml", ""])
def test_a_letter_is_no_other_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        BadInput, match=r"does not end in \.eml: a letter is saved as it is, as a file for mail programs"
    ):
        netkit.save(first_letters()[0], tmp_path / name)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("what", [TALK, [TALK]])
def test_a_conversation_is_no_letter(tmp_path: Path, what: object) -> None:
    with pytest.raises(BadInput) as seen:
        netkit.save(what, "talk.eml")  # type: ignore[arg-type]
    assert str(seen.value) == (
        "'talk.eml' would be a letter, and this is a conversation: it becomes a .txt or a .pcapng."
    )


def test_one_letter_at_a_time(tmp_path: Path) -> None:
    class Mail:
        def maildrop(self, _user: str) -> tuple[Letter, ...]:
            return first_letters()

    for what in (first_letters(), list(first_letters()[:1]), Mail()):
        with pytest.raises(BadInput) as seen:
            netkit.save(what, tmp_path / "x.eml")  # type: ignore[arg-type]
        assert str(seen.value) == 'Letters are saved one by one: give one, such as mail.maildrop("student")[-1].'


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(NetkitError, match="could not be written: there is no folder"):
        netkit.save(first_letters()[0], tmp_path / "none" / "x.eml")


def test_not_a_path() -> None:
    with pytest.raises(BadInput, match="not None"):
        netkit.save(first_letters()[0], None)  # type: ignore[arg-type]
