"""Questions, exercises and the set-up as a lesson shows them."""

from __future__ import annotations

import pytest

import netkit
from netkit.course import judge, questions, setup
from netkit.course.judge import State, Verdict
from netkit.errors import BadInput
from netkit.show.plain import VIEW


@pytest.mark.parametrize("name", list(questions.questions()))
def test_each_question_has_a_right_answer_and_a_reason(name: str) -> None:
    question = questions.find(name)
    assert 0 <= question.right < len(question.answers)
    assert len(set(question.answers)) == len(question.answers) >= 2
    assert question.text.endswith("?")
    assert question.why


def test_a_choice_is_answered_and_may_be_changed() -> None:
    quiz = netkit.predict("reversed-bytes")
    assert quiz.question.why not in quiz.verdict.value
    wrong = (quiz.question.right + 1) % len(quiz.choices)
    quiz.choices[wrong].click()
    assert "Not so" in quiz.verdict.value
    assert [choice.icon for choice in quiz.choices].count("times") == 1
    quiz.choices[quiz.question.right].click()
    assert "<b>Yes.</b>" in quiz.verdict.value
    assert [choice.icon for choice in quiz.choices] == ["check" if n == quiz.question.right else "" for n in range(3)]


def test_a_question_as_plain_text_gives_nothing_away() -> None:
    quiz = netkit.predict("reversed-bytes")
    bundle = quiz._repr_mimebundle_()
    assert VIEW in bundle
    assert bundle["text/plain"].splitlines()[1:] == [
        "  a) «МОРДНИЛАП»",
        "  b) 18 bytes that are no text",
        "  c) an exception in the server",
    ]


@pytest.mark.parametrize("name", list(judge.exercises()))
def test_hints_come_one_by_one(name: str) -> None:
    task = netkit.exercise(name)
    assert task.exercise.solution not in repr(task)
    for n, hint in enumerate(task.exercise.hints, 1):
        assert not task.hint.disabled
        task.hint.click()
        assert task.hints.value.count("<li>") == n, hint
    assert task.hint.disabled


def test_the_solution_is_shown_and_hidden() -> None:
    task = netkit.exercise("framing")
    task.solution.value = True
    assert "sock.recv(1024)" in task.answer.value
    task.solution.value = False
    assert task.answer.value == ""


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(BadInput, match="no exercise called 'framin'; there are: framing, "):
        netkit.check("framin", None)
    with pytest.raises(BadInput, match="no exercise called 'x'"):
        netkit.exercise("x")
    with pytest.raises(BadInput, match="no question called 'x'"):
        netkit.predict("x")


def test_a_verdict_escapes_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = Verdict(State.WRONG, "<script>alert(1)</script>")
    exercise = judge.Exercise("t", "t", (), "", "", lambda _attempt: bad)
    monkeypatch.setattr(judge, "exercises", lambda: {"x": exercise})
    panel = netkit.check("x", None)
    assert "<script>" not in panel.children[0].value
    assert "&lt;script&gt;" in panel.children[0].value


def test_setup_tells_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "All that the course needs is here." in repr(netkit.setup())
    monkeypatch.setattr(setup, "PACKAGES", ("no-such-package-at-all",))
    said = repr(netkit.setup())
    assert "✗ no-such-package-at-all" in said
    assert said.endswith("Something is missing.")
