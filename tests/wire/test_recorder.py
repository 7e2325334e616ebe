"""What is kept of conversations, and that what is left out is counted."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netkit.wire.address import Address
from netkit.wire.conversation import Conversation, Ending, Kind, Side
from netkit.wire.recorder import EVENT_COST, Limits, Recorder, Recording

CLIENT = Address("127.0.0.1", 40_000)


def recorder(**limits: int) -> Recorder:
    made = Recorder("server", "text", "tcp", Limits(**limits))
    made.address = Address("127.0.0.1", 25)
    return made


def only(made: Recorder) -> Conversation:
    (said,) = made.conversations
    return said


def test_head_and_tail_are_kept_and_the_gap_is_counted() -> None:
    size = 100
    cost = EVENT_COST + size
    made = recorder(conversation=16 * cost)
    recording = made.begin(CLIENT)
    for n in range(100):
        recording.add(Side.CLIENT if n % 2 else Side.SERVER, Kind.DATA, bytes([n]) * size)
    said = only(made)
    data = [e.data[0] for e in said.events if e.kind is Kind.DATA]
    assert data == [*range(12), *range(96, 100)], "three quarters from the beginning, one from the end"
    gaps = {e.side: e.size for e in said.events if e.kind is Kind.GAP}
    assert gaps == {Side.CLIENT: 42 * size, Side.SERVER: 42 * size}
    assert [e.kind for e in said.events].index(Kind.GAP) == 12
    assert (said.from_client, said.from_server, said.left_out) == (5000, 5000, 8400)


def test_exactly_at_the_limit_nothing_is_left_out() -> None:
    cost = EVENT_COST + 100
    made = recorder(conversation=16 * cost)
    recording = made.begin(CLIENT)
    for _n in range(16):
        recording.add(Side.CLIENT, Kind.DATA, bytes(100))
    assert (len(only(made).events), only(made).left_out, made.kept) == (16, 0, 16 * cost)
    recording.add(Side.CLIENT, Kind.DATA, bytes(100))
    assert only(made).left_out == 100


def test_ends_are_kept_also_from_the_middle() -> None:
    made = recorder(conversation=20 * EVENT_COST)
    recording = made.begin(CLIENT)
    for n in range(100):
        recording.add(Side.SERVER, Kind.DATA, b"x")
        if n == 50:
            recording.add(Side.CLIENT, Kind.END)
    kinds = [(e.side, e.kind) for e in only(made).events if e.kind is not Kind.DATA]
    assert sorted(kinds, key=str) == sorted([(Side.CLIENT, Kind.END), (Side.SERVER, Kind.GAP)], key=str)


def test_lost_bytes_that_are_not_kept_are_no_gap() -> None:
    """A gap is what was passed on; what was lost is counted by itself."""
    made = recorder(conversation=8 * EVENT_COST)
    recording = made.begin(CLIENT)
    for _n in range(100):
        recording.add(Side.CLIENT, Kind.LOST, b"ab")
        recording.add(Side.CLIENT, Kind.DATA, b"c")
    said = only(made)
    assert said.left_out + len(said.sent_by(Side.CLIENT)) == said.from_client == 100
    assert sum(e.size for e in said.events if e.kind is Kind.LOST) == 200


def test_one_event_larger_than_all_room_is_left_out_and_counted() -> None:
    made = recorder(conversation=4000)
    recording = made.begin(CLIENT)
    recording.add(Side.CLIENT, Kind.DATA, b"a" * 10)
    recording.add(Side.CLIENT, Kind.DATA, b"b" * 5000)
    recording.add(Side.CLIENT, Kind.DATA, b"c" * 10)
    assert [(e.kind, e.size, e.data[:1]) for e in only(made).events] == [
        (Kind.DATA, 10, b"a"),
        (Kind.GAP, 5000, b""),
        (Kind.DATA, 10, b"c"),
    ]


def test_the_oldest_that_have_ended_are_forgotten_first() -> None:
    made = recorder(conversations=3)
    first = made.begin(CLIENT)
    made.begin(CLIENT).end(Ending.CLOSED)
    made.begin(CLIENT).end(Ending.CLOSED)
    made.begin(CLIENT)
    assert [said.number for said in made.conversations] == [1, 3, 4]
    first.end(Ending.CLOSED)
    made.begin(CLIENT)
    assert [said.number for said in made.conversations] == [3, 4, 5]
    assert made.recorded == 5


def test_when_all_go_on_the_oldest_is_forgotten_and_its_memory_too() -> None:
    made = recorder(conversations=2)
    first = made.begin(CLIENT)
    for recording in (first, made.begin(CLIENT), made.begin(CLIENT)):
        recording.add(Side.CLIENT, Kind.DATA, bytes(1000))
    assert [said.number for said in made.conversations] == [2, 3]
    first.add(Side.CLIENT, Kind.DATA, bytes(1000))
    first.end(Ending.CLOSED)
    assert made.kept == 2 * (EVENT_COST + 1000)


def test_the_ended_make_room_for_those_that_go_on() -> None:
    made = recorder(total=10_000)
    for _n in range(4):
        recording = made.begin(CLIENT)
        recording.add(Side.CLIENT, Kind.DATA, bytes(3000))
        recording.end(Ending.CLOSED)
    assert [said.number for said in made.conversations] == [2, 3, 4]
    assert made.kept <= 10_000


def test_a_new_conversation_gets_room_from_the_longest() -> None:
    made = recorder(total=100_000, conversation=90_000)
    long, short = made.begin(CLIENT), made.begin(CLIENT)
    for _n in range(80):
        long.add(Side.CLIENT, Kind.DATA, bytes(800))
    for _n in range(40):
        short.add(Side.SERVER, Kind.DATA, bytes(800))
    first, second = made.conversations
    assert second.left_out == 0
    assert first.left_out > 0
    assert first.left_out + len(first.sent_by(Side.CLIENT)) == first.from_client == 64_000
    assert made.kept <= 100_000


def test_a_snapshot_is_frozen_and_stays_as_it_was() -> None:
    made = recorder()
    recording = made.begin(CLIENT, user=1000)
    recording.add(Side.CLIENT, Kind.DATA, b"one")
    before = only(made)
    assert only(made) is before, "nothing has happened"
    with pytest.raises(dataclasses.FrozenInstanceError):
        before.ending = Ending.CLOSED  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        before.events[0].data = b""  # type: ignore[misc]
    recording.add(Side.SERVER, Kind.DATA, b"two")
    recording.end(Ending.CLOSED)
    assert (len(before.events), before.from_server, before.ending, before.ended) == (1, 0, Ending.OPEN, None)
    after = only(made)
    assert (len(after.events), after.from_server, after.ending, after.user) == (2, 3, Ending.CLOSED, 1000)
    assert after.ended is not None


def test_the_first_word_on_how_it_ended_counts() -> None:
    made = recorder()
    recording = made.begin(CLIENT)
    recording.end(Ending.CUT)
    recording.end(Ending.CLOSED)
    recording.add(Side.CLIENT, Kind.DATA, b"too late")
    recording.add(Side.CLIENT, Kind.END)
    recording.add(Side.CLIENT, Kind.LOST, b"sent when it was cut already")
    said = only(made)
    assert (said.ending, said.from_client, [e.kind for e in said.events]) == (Ending.CUT, 0, [Kind.LOST])


def test_a_tap_that_moves_leaves_the_old_conversations_where_they_were() -> None:
    made = recorder()
    made.begin(CLIENT)
    made.address = Address("127.0.0.1", 26)
    made.begin(CLIENT)
    assert [said.server.port for said in made.conversations] == [25, 26]


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.none(), st.none(), st.none()),
        st.tuples(st.just("end"), st.integers(0, 9), st.none(), st.none()),
        st.tuples(st.just("clear"), st.none(), st.none(), st.none()),
        st.tuples(
            st.just("add"),
            st.integers(0, 9),
            st.sampled_from([Side.CLIENT, Side.SERVER]),
            st.tuples(
                st.sampled_from([Kind.DATA, Kind.DATA, Kind.DATA, Kind.LOST]),
                st.one_of(st.integers(0, 3), st.integers(0, 2000)),
            ),
        ),
        st.tuples(
            st.just("mark"), st.integers(0, 9), st.sampled_from(list(Side)), st.sampled_from([Kind.END, Kind.RESET])
        ),
    ),
    max_size=120,
)
LIMITS = st.fixed_dictionaries(
    {
        "conversation": st.sampled_from([0, 100, 1000, 5000, 10**6]),
        "total": st.sampled_from([0, 1000, 8000, 10**6]),
        "conversations": st.sampled_from([1, 3, 100]),
    }
)


@settings(max_examples=300, deadline=None)
@given(OPERATIONS, LIMITS)
def test_whatever_happens_limits_hold_and_all_is_counted(
    operations: list[tuple[str, Any, Any, Any]], limits: dict[str, int]
) -> None:
    made = recorder(**limits)
    going: list[Recording] = []
    passed: dict[tuple[int, Side, Kind], int] = {}
    marks: dict[int, int] = {}
    for what, which, side, more in operations:
        if what == "begin":
            going.append(made.begin(CLIENT))
        elif what == "clear":
            made.clear()
        elif going:
            recording = going[which % len(going)]
            if what == "end":
                recording.end(Ending.CLOSED)
            elif what == "mark":
                recording.add(side, more)
                marks[recording.number] = marks.get(recording.number, 0) + (recording.ending is Ending.OPEN)
            else:
                kind, size = more
                recording.add(side, kind, bytes(size))
                if kind is Kind.LOST or recording.ending is Ending.OPEN:
                    key = (recording.number, side, kind)
                    passed[key] = passed.get(key, 0) + size
        check(made, limits, passed, marks)


def check(
    made: Recorder, limits: dict[str, int], passed: dict[tuple[int, Side, Kind], int], marks: dict[int, int]
) -> None:
    said = made.conversations
    assert len(said) <= limits["conversations"]
    assert made.kept <= limits["total"]
    assert made.kept == sum(recording.kept for recording in made._recordings)
    assert [c.number for c in said] == sorted(c.number for c in said)
    for one in said:
        kept = [e for e in one.events if e.kind is Kind.DATA or (e.kind is Kind.LOST and (e.data or not e.size))]
        assert sum(e.size for e in kept) <= limits["conversation"]
        times = [e.time for e in one.events]
        assert times == sorted(times)
        assert sum(e.kind in (Kind.END, Kind.RESET) for e in one.events) == marks.get(one.number, 0)
        for side, total in ((Side.CLIENT, one.from_client), (Side.SERVER, one.from_server)):
            of = [e for e in one.events if e.side is side]
            assert total == passed.get((one.number, side, Kind.DATA), 0)
            assert len(one.sent_by(side)) + sum(e.size for e in of if e.kind is Kind.GAP) == total
            assert sum(e.size for e in of if e.kind is Kind.LOST) == passed.get((one.number, side, Kind.LOST), 0)
            assert all(e.size == len(e.data) for e in of if e.kind is Kind.DATA)
            assert sum(e.kind is Kind.GAP for e in of) <= 1
