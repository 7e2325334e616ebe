"""The progress of a download: a report hook that shows how far it is, never breaks it, and hardly slows it down."""

from __future__ import annotations

import html
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import ContentTooShortError
from urllib.request import urlretrieve

import pytest

import netkit
from netkit.servers.web.site import Web
from netkit.show import progress as module
from netkit.show.progress import Progress
from netkit.show.progress_words import rate, span
from netkit.show.transfer import SAMPLES, Transfer
from netkit.wire import background


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with Web() as made:
        yield made
    assert list(background.problems) == []


@pytest.fixture
def bar() -> Iterator[Progress]:
    made = netkit.progress()
    yield made
    made.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, as a list of one."""
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


def words(bar: Progress) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", bar.bar.value)).split(" ")).strip()


def attributes(bar: Progress) -> dict[str, str]:
    return dict(re.findall(r'(aria-valuenow|style|class)="([^"]*)"', bar.bar.value.partition("</div>")[0]))


def test_before_and_after(web: Web, bar: Progress, tmp_path: Path) -> None:
    assert repr(bar) == "Nothing has been loaded yet."
    urlretrieve(web.url + "/file/1000000", tmp_path / "x", bar)
    assert repr(bar) == "100 %, 1\xa0000\xa0000 bytes"
    assert attributes(bar) == {"class": "nk-bar", "aria-valuenow": "100", "style": "width: 100%"}
    assert (tmp_path / "x").stat().st_size == 1_000_000


def test_an_empty_file(web: Web, bar: Progress, tmp_path: Path) -> None:
    urlretrieve(web.url + "/file/0", tmp_path / "x", bar)
    assert repr(bar) == "100 %, 0 bytes"
    assert bar.plot().figure is not None


def test_nobody_said_how_many(web: Web, bar: Progress, tmp_path: Path) -> None:
    urlretrieve(web.url + "/file/20000?length=no", tmp_path / "x", bar)
    assert repr(bar) == "up to 24\xa0576 bytes; how many there will be was not announced"
    bar.flush()
    assert "aria-valuenow" not in bar.bar.value
    assert attributes(bar)["class"] == "nk-bar nk-unknown"


def test_fewer_than_announced(web: Web, bar: Progress, tmp_path: Path) -> None:
    with pytest.raises(ContentTooShortError):
        urlretrieve(web.url + "/truncated/100000", tmp_path / "x", bar)
    bar.flush()
    assert repr(bar) == "57 %, 57\xa0344 of 100\xa0000 bytes"


def test_more_than_announced(bar: Progress) -> None:
    for count in range(4):
        bar(count, 100, 200)
    assert repr(bar) == "100 %, more than the 200 bytes that were announced"
    assert attributes(bar)["style"] == "width: 100%"


def test_the_last_block_need_not_be_full(bar: Progress) -> None:
    bar(0, 100, 150)
    bar(1, 100, 150)
    assert repr(bar) == "66 %, 100 of 150 bytes"
    bar(2, 100, 150)
    assert repr(bar) == "100 %, 150 bytes"
    assert bar._transfer.received == 150


def test_almost_all_is_not_all(bar: Progress) -> None:
    bar(0, 1, 1000)
    bar(999, 1, 1000)
    assert repr(bar) == "99 %, 999 of 1\xa0000 bytes"


def test_times_and_speeds(bar: Progress, clock: list[float]) -> None:
    bar(0, 1000, 10_000)
    clock[0] += 0.5
    bar(1, 1000, 10_000)
    assert words(bar).endswith("10 %, 1\xa0000 of 10\xa0000 bytes   elapsed: 0.5 s  remaining: 4.5 s  speed: 2 kB/s")
    clock[0] += 1.5
    bar(9, 1000, 10_000)
    clock[0] += 3.0
    bar(10, 1000, 10_000)
    assert words(bar).endswith("100 %, 10\xa0000 bytes   elapsed: 5.0 s  speed: 2 kB/s")


def test_the_speed_is_that_of_the_last_second() -> None:
    transfer = Transfer()
    for count, now in ((0, 0.0), (1, 10.0), (2, 10.5), (6, 11.0)):
        transfer.last = (count, 100, 1000, now)
        transfer.sample()
    assert (transfer.speed, transfer.remaining) == (500.0, 0.8)


def test_drawn_ten_times_a_second_and_at_the_end(
    bar: Progress, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    monkeypatch.setattr(module, "_bar", lambda transfer: drawn.append(transfer.received) or str(transfer.received))
    for count in range(10_001):
        clock[0] = 100 + count / 10_000
        bar(count, 10, 100_000)
    assert 10_000 <= drawn[0] < 11_000
    assert drawn[-1] == 100_000
    assert 9 <= len(drawn) <= 11


def test_another_download_begins_anew(bar: Progress) -> None:
    bar(0, 10, 20)
    bar(2, 10, 20)
    bar(0, 10, 40)
    assert repr(bar) == "0 %, 0 of 40 bytes"


def test_another_thread_leaves_the_drawing_to_the_main_thread(web: Web, bar: Progress, tmp_path: Path) -> None:
    before = bar.bar.value
    thread = threading.Thread(target=urlretrieve, args=(web.url + "/file/100000", tmp_path / "x", bar))
    thread.start()
    thread.join(20)
    assert (thread.is_alive(), bar.bar.value) == (False, before)
    bar.flush()
    assert attributes(bar)["aria-valuenow"] == "100"


def test_a_wrong_call_is_told_and_harmless(bar: Progress) -> None:
    bar(0, 10, 20)
    bar("x", None, 20)  # type: ignore[arg-type]
    bar.flush()
    assert "TypeError: " in bar._status.value
    assert repr(bar) == "0 %, 0 of 20 bytes"
    bar(0, 10, 20)
    bar.flush()
    assert bar._status.value == ""


def test_what_fails_in_the_drawing_does_not_break_the_download(
    web: Web, bar: Progress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_transfer: object) -> str:
        raise OSError("no paper")

    monkeypatch.setattr(module, "_bar", broken)
    urlretrieve(web.url + "/file/100000", tmp_path / "x", bar)
    assert (tmp_path / "x").stat().st_size == 100_000
    bar.flush()
    assert "OSError: no paper" in bar._status.value


def test_the_memory_is_limited() -> None:
    transfer = Transfer()
    for count in range(3 * SAMPLES):
        transfer.last = (count, 1, -1, count / 100)
        transfer.sample()
    samples = transfer.samples
    assert len(samples) <= SAMPLES
    assert samples[0] == (0.0, 0)
    assert samples[-1] == (pytest.approx((3 * SAMPLES - 1) / 100), 3 * SAMPLES - 1)
    assert transfer.every > 0.01


def test_the_curves(bar: Progress, clock: list[float]) -> None:
    for count in range(11):
        clock[0] = 100 + count
        bar(count, 1_000_000, 10_000_000)
    curves = bar.plot()
    assert repr(curves) == "Received bytes and speed over time: 100 %, 10\xa0000\xa0000 bytes"
    upper, lower = curves.figure.axes
    assert list(upper.lines[0].get_ydata()) == list(range(11))
    assert list(lower.lines[0].get_ydata()) == [1.0] * 10
    (data, _size) = curves._repr_png_()
    assert data.startswith(b"\x89PNG")
    assert repr(netkit.progress().plot()) == "Received bytes and speed over time: Nothing has been loaded yet."


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (3599.6, "1 h 0 min")],
)
def test_a_time_in_words(seconds: float, said: str) -> None:
    assert span(seconds) == said


@pytest.mark.parametrize(
    ("speed", "said"),
    [(0, "0 B/s"), (999.4, "999 B/s"), (999.6, "1 kB/s"), (999_600, "1.0 MB/s"), (3.14e8, "314.0 MB/s")],
)
def test_a_speed_in_words(speed: float, said: str) -> None:
    assert rate(speed) == said


def test_it_takes_few_microseconds_a_block(bar: Progress) -> None:
    """100 MB are some 12 000 blocks, and come in about a third of a second."""
    total = 100_000_000
    count = -(-total // 8192)

    def took() -> float:
        began = time.process_time()
        for block in range(count + 1):
            bar(block, 8192, total)
        return time.process_time() - began

    assert min(took() for _n in range(5)) < 0.05
