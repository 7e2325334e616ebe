"""What the recorder keeps of the inside of TLS, told from any thread and in any order."""

from __future__ import annotations

import time

import pytest

from netkit.wire import recorder as recorders
from netkit.wire.address import Address
from netkit.wire.conversation import Ending, Kind, Side
from netkit.wire.recorder import Limits, Recorder
from tests.wire.test_keylog import HELLO

CLIENT, TAP = Address("127.0.0.1", 40_000), Address("127.0.0.1", 25)


@pytest.fixture
def recorder() -> Recorder:
    made = Recorder("server", "text", "tcp", Limits())
    made.address = TAP
    return made


def test_each_word_is_in_the_next_snapshot(recorder: Recorder) -> None:
    recording = recorder.begin(CLIENT)
    for number in range(1, 4):
        recording.say(Side.CLIENT, b"x", time.perf_counter())
        assert len(recorder.conversations[0].said) == number
    assert recorder.conversations[0].events == ()
    assert recorder.conversations[0] is recorder.conversations[0]


def test_they_are_in_the_order_in_which_they_were_said(recorder: Recorder) -> None:
    recording = recorder.begin(CLIENT)
    now = time.perf_counter()
    recording.say(Side.SERVER, b"answer", now + 0.2)
    recording.say(Side.CLIENT, b"question", now + 0.1)
    recording.say(Side.CLIENT, b"", now)
    assert [event.data for event in recorder.conversations[0].said] == [b"question", b"answer"]
    first, second = recorder.conversations[0].said
    assert second.time - first.time == pytest.approx(0.1) and 0 < first.time < 0.2


def test_a_port_that_is_used_again_is_another_conversation(recorder: Recorder) -> None:
    first = recorder.begin(CLIENT)
    first.end(Ending.CLOSED)
    second = recorder.begin(CLIENT)
    assert recorder.of(CLIENT, TAP) is second
    assert recorder.of(CLIENT, Address("127.0.0.1", 26)) is None
    assert recorder.of(Address("127.0.0.1", 40_001), TAP) is None
    recorder.address = Address("127.0.0.1", 26)
    assert recorder.of(CLIENT, TAP) is second, "a tap may move; the connection does not"


def test_to_the_forgotten_nothing_is_added(recorder: Recorder) -> None:
    recording = recorder.begin(CLIENT)
    recording.say(Side.CLIENT, b"x", time.perf_counter())
    recording.end(Ending.CLOSED)
    recorder.clear()
    recording.say(Side.CLIENT, b"x", time.perf_counter())
    assert recorder.kept == 0


def test_a_hello_that_comes_bit_by_bit_is_found(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorders, "secrets", lambda random: random.hex())
    recording = recorder.begin(CLIENT)
    for number in range(150):
        recording.add(Side.SERVER, Kind.DATA, b"%d" % number)
    for octet in HELLO:
        assert recorder.conversations[0].secrets in ("", bytes(range(32)).hex())
        recording.add(Side.CLIENT, Kind.DATA, bytes([octet]))
    assert recorder.conversations[0].secrets == bytes(range(32)).hex()


def test_what_is_left_out_for_another_conversation_is_told() -> None:
    made = Recorder("server", "text", "tcp", Limits(total=20_000))
    first, second = made.begin(CLIENT), made.begin(Address("127.0.0.1", 40_001))
    for _n in range(18):
        first.say(Side.CLIENT, bytes(800), time.perf_counter())
    assert made.conversations[0].said[-1].kind is Kind.DATA
    second.add(Side.CLIENT, Kind.DATA, bytes(8000))
    said = made.conversations[0].said
    assert sum(event.size for event in said) == 18 * 800 and any(event.kind is Kind.GAP for event in said)
    assert made.kept <= 20_000
