"""What waits for a person."""

import pytest

from ai_sessions.bots.database import Database
from ai_sessions.bots.questions import DENIED, Questions


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
def questions(tmp_path, now):
    return Questions(Database(tmp_path / "b.sqlite3"), lambda: now[0])


def test_a_question_is_answered_once(questions):
    asked = questions.ask("100", {"kind": "plan"})

    first = questions.answer(asked.id, "approve", "7")
    assert (first.state, first.answer, first.by, first.told) == (
        "answered",
        "approve",
        "7",
        {"kind": "plan"},
    )
    assert questions.answer(asked.id, "deny", "8") is None
    assert questions.read(asked.id).answer == "approve"


def test_the_same_question_is_asked_once(questions):
    first = questions.ask("100", {"kind": "plan"}, "q1")
    again = questions.ask("100", {"kind": "other"}, "q1")

    assert first == again
    assert questions.open() == [first]


def test_when_its_time_is_over_it_is_denied_and_told_once(questions, now):
    asked = questions.ask("100", {}, waits_s=10)
    now[0] += 11

    assert questions.answer(asked.id, "approve", "7") is None
    assert [(one.id, one.answer) for one in questions.expired()] == [(asked.id, DENIED)]
    assert (questions.expired(), questions.open()) == ([], [])


def test_one_that_is_not_there_is_none(questions):
    assert (questions.read("x"), questions.answer("x", "approve", "7")) == (None, None)
