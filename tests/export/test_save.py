"""Saving: a whole file or none, and a clear word on what went wrong."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from netkit.errors import BadInput, NetkitError
from netkit.export import chosen, save
from tests.builders import client, conversation, server

TALK = conversation(client("ПАЛИНДРОМ"), server("ok\r\n"))


class Tap:
    """As much of a tap as is asked for."""

    def __init__(self, *kept: object) -> None:
        self.conversations = kept


def test_a_text_has_all_lines_and_times(tmp_path: Path) -> None:
    long = conversation(*[client(f"{n} " + "x" * 500 + "\n") for n in range(300)], number=2)
    save([TALK, long], tmp_path / "talk.TXT")
    out = (tmp_path / "talk.TXT").read_bytes().decode()
    assert "ПАЛИНДРОМ" in out and " ms " in out and "127.0.0.1:50001" in out
    assert "299 " + "x" * 500 in out and "not shown" not in out


def test_a_capture_begins_as_one(tmp_path: Path) -> None:
    save(TALK, str(tmp_path / "talk.pcapng"))
    assert (tmp_path / "talk.pcapng").read_bytes()[:4] == bytes.fromhex("0a0d0d0a")


def test_a_server_gives_all_its_conversations(tmp_path: Path) -> None:
    save(Tap(TALK, TALK), tmp_path / "two.txt")
    assert (tmp_path / "two.txt").read_text(encoding="utf-8").count("palindrome, conversation 1") == 2


def test_an_old_file_is_replaced_and_nothing_is_left_beside(tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text("old")
    save(TALK, tmp_path / "talk.txt")
    assert "old" not in (tmp_path / "talk.txt").read_text(encoding="utf-8")
    assert os.listdir(tmp_path) == ["talk.txt"]


@pytest.mark.parametrize("name", ["talk.pcap", "talk", "talk.txt.gz", ""])
def test_another_suffix(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"ends in none of \.txt .*, \.pcapng .*, \.har "):
        save(TALK, tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_not_a_path() -> None:
    with pytest.raises(BadInput, match="not None"):
        save(TALK, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("what", [[], Tap(), ()])
def test_nothing_recorded(tmp_path: Path, what: object) -> None:
    with pytest.raises(BadInput, match="There is no conversation yet"):
        save(what, tmp_path / "talk.txt")  # type: ignore[arg-type]


@pytest.mark.parametrize("what", [None, 5, "text", b"x", [1]])
def test_something_else(what: object) -> None:
    with pytest.raises(BadInput, match="Give a server or its conversations"):
        chosen(what)  # type: ignore[arg-type]


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(NetkitError) as seen:
        save(TALK, tmp_path / "none" / "talk.txt")
    where = tmp_path / "none"
    assert str(seen.value) == f"{where / 'talk.txt'} could not be written: there is no folder {where}."


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "talk.txt").mkdir()
    with pytest.raises(NetkitError, match=r"talk\.txt could not be written: "):
        save(TALK, tmp_path / "talk.txt")
    assert os.listdir(tmp_path) == ["talk.txt"]


def test_a_path_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(NetkitError, match="could not be written: "):
        save(TALK, f"{tmp_path}/a\0b.txt")


def test_a_full_disk_leaves_the_old_file_and_no_half_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "talk.txt").write_text("old")
    real_open = Path.open

    def full(self: Path, *args: object, **kwargs: object) -> object:
        file = real_open(self, *args, **kwargs)  # type: ignore[call-overload]

        class Full:
            def __enter__(self) -> Full:
                return self

            def __exit__(self, *_problem: object) -> None:
                file.close()

            def write(self, data: bytes) -> int:
                file.write(data[: len(data) // 2])
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        return Full()

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(NetkitError, match="talk.txt could not be written: the disk is full"):
        save(TALK, tmp_path / "talk.txt")
    monkeypatch.undo()
    assert os.listdir(tmp_path) == ["talk.txt"]
    assert (tmp_path / "talk.txt").read_text() == "old"
