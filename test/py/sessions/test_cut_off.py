"""Calls that never came to their end: recorded once, by what the agent's own log tells."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions import tokens
from ai_sessions.providers.contract import Event
from ai_sessions.providers.meters import Used
from ai_sessions.records import About, Change, Cost, Interaction, Message, Usage
from ai_sessions.sessions.cut_off import Books, noted, settle, settle_all
from ai_sessions.store.files import FileStore

NAME = "implement-pay"
BEGAN = datetime(2026, 11, 21, 3, tzinfo=UTC)
NOW = BEGAN + timedelta(hours=2)
USED = Used(
    {"opus": Usage(90, 9), "haiku": Usage(1)}, Cost(30, "prices:x"), {"opus": 28, "haiku": 2}
)


@pytest.fixture
def books(tmp_path):
    """A store with a session in which a call of claude was begun, and a log that has it."""
    store = FileStore(tmp_path / "sessions", fsync="none")
    store.ensure(NAME, About("implement", "pay"))
    asked = []

    def logged(*call):
        asked.append(call)
        return USED

    made = Books(store, lambda: NOW, logged, lambda _session: tmp_path / "logs")
    begun = {"id": "call-9", "at": "2026-11-21T03:00:00.000Z", "provider": "claude"}
    store.append(NAME, [Change("calling", {**begun, "model": "opus", "resume": "id-1"})])
    (tmp_path / "logs").mkdir()
    return made, asked


def written(tmp_path, at, name="claude"):
    path = tmp_path / "logs" / f"20261121T030000Z-{name}-77.out"
    path.touch()
    os.utime(path, (at.timestamp(), at.timestamp()))


def calls(store):
    return [entry for entry in store.entries(NAME) if isinstance(entry, Interaction)]


def test_it_costs_what_its_conversation_used_while_it_was_alive(books, tmp_path):
    made, asked = books
    seen = BEGAN + timedelta(minutes=5)
    written(tmp_path, seen)
    (warning,) = settle(made, NAME)

    ended = seen + timedelta(seconds=2)
    (call,) = calls(made.store)
    assert asked == [("claude", "id-1", BEGAN, ended)]
    assert (call.id, call.status, call.model) == ("call-9", "interrupted", "opus")
    assert (call.cost, dict(call.cost_by_model)) == (USED.cost, USED.costs)
    assert (call.at, call.duration_ms) == ("2026-11-21T03:05:02.000Z", 302_000)
    assert "was cut off; it cost $0.0000" in warning
    assert made.store.read(NAME).calling == {}


@pytest.mark.parametrize("name", ["", "codex"])
def test_nothing_is_claimed_for_one_of_which_no_sign_of_life_is_left(books, tmp_path, name):
    made, asked = books
    written(tmp_path, BEGAN - timedelta(seconds=1))
    if name:
        written(tmp_path, BEGAN + timedelta(minutes=1), name)
    list(settle(made, NAME))

    assert asked == [("claude", "id-1", BEGAN, BEGAN)]


def test_what_nobody_knows_is_said_to_be_unknown(books):
    made, _asked = books
    (warning,) = settle(Books(made.store, made.now), NAME)

    assert "it may have cost" in warning
    assert made.store.read(NAME).totals.unknown_costs == 1


def test_it_is_recorded_once(books):
    made, _asked = books

    assert len(list(settle(made, NAME))) == 1
    assert list(settle(made, NAME)) == []
    assert len(calls(made.store)) == 1


def test_a_session_in_which_somebody_works_is_left_alone(books, tmp_path):
    made, _asked = books
    with FileStore(tmp_path / "sessions", fsync="none").turn(NAME, 0):
        settle_all(made, iter([NAME, "gone"]))
    assert calls(made.store) == []

    settle_all(made, iter(["gone", NAME]))
    assert len(calls(made.store)) == 1


def test_the_conversation_that_a_call_begins_is_on_record_at_once(books):
    (made, _asked), heard = books, []
    with noted(made, NAME, {"id": "call-10", "resume": ""}, heard.append) as watch:
        assert made.store.read(NAME).calling == {"id": "call-10", "resume": ""}

        watch(Event("conversation", "id-2"))

    assert made.store.read(NAME).calling == {"id": "call-10", "resume": "id-2"}
    assert heard == [Event("conversation", "id-2")]


def test_what_was_asked_and_answered_so_far_is_recorded_with_the_call(books, tmp_path):
    made, _asked = books
    begun = {"id": "call-10", "provider": "claude", "resume": ""}
    question = Message("user", "and tests?", "2026-11-21T03:00:00.000Z")
    with noted(made, NAME, begun, lambda _event: None, question) as watch:
        watch(Event("text", "First "))
        watch(Event("text", "Yes, ", begins=True))
        watch(Event("text", "two"))
    list(settle(made, NAME))

    (call,) = calls(made.store)
    assert [(one.role, one.text) for one in call.messages] == [
        ("user", "and tests?"),
        ("assistant", "Yes, two"),
    ]
    assert os.listdir(tmp_path / "logs") == []


def begun_of_a_server(made, tmp_path, *answer, **more):
    """Begin a call of which no log tells, with these pieces of its answer, and settle it."""
    begun = {"id": "call-10", "provider": "openai", "model": "m", "resume": "", **more}
    question = Message("user", "What is a session?", "2026-11-21T03:00:00.000Z")
    without = Books(made.store, made.now, log_dir=made.log_dir)
    with noted(without, NAME, begun, lambda _event: None, question) as watch:
        for one in answer:
            watch(Event("text", one))
    list(settle(without, NAME))
    return calls(made.store)[-1]


def test_what_no_log_tells_is_estimated_from_what_came(books, tmp_path):
    made, _asked = books
    call = begun_of_a_server(made, tmp_path, "A conversation ", "that goes on")

    expected = tokens.usage("What is a session?", "A conversation that goes on")
    assert call.usage == expected
    assert (call.usage.estimated, call.cost.nusd) == (True, None)
    totals = made.store.read(NAME).totals
    assert (totals.usage.total_tokens, totals.unknown_costs) == (expected.total_tokens, 1)


def test_all_that_was_sent_counts_not_the_question_alone(books, tmp_path):
    made, _asked = books
    call = begun_of_a_server(made, tmp_path, "Yes", sent=4_000, has_history=True)

    assert (call.usage.input_tokens, call.continuity) == (4_000, "resumed")


def test_nothing_is_claimed_for_one_that_had_not_begun_to_answer(books, tmp_path):
    made, _asked = books
    call = begun_of_a_server(made, tmp_path, sent=4_000)

    assert (call.usage, call.cost.nusd, call.continuity) == (Usage(), None, "new")


def test_nothing_is_written_down_of_a_call_whose_words_are_not_kept(books, tmp_path):
    made, _asked = books
    with noted(made, NAME, {"id": "call-10", "resume": ""}, lambda _event: None) as watch:
        watch(Event("text", "Yes"))

    assert os.listdir(tmp_path / "logs") == []


def test_a_call_for_a_summary_that_was_cut_off_leaves_the_conversation_as_it_was(books):
    made, asked = books
    kept = made.store.read(NAME).resume
    begun = made.store.read(NAME).calling
    made.store.append(NAME, [Change("calling", {**begun, "purpose": "summary"})])
    list(settle(made, NAME))

    session = made.store.read(NAME)
    assert asked[0][1] == "id-1"
    assert session.totals.cost_nusd == 30
    assert (session.resume, session.calling) == (kept, {})
