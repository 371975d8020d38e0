"""The last calls of a session, without a look at all the others."""

import pytest

from ai_sessions.errors import NotFound
from ai_sessions.records import Interaction, Message, Note
from ai_sessions.sessions import latest
from ai_sessions.store.memory import MemoryStore

NAME = "plan-x"


@pytest.fixture
def store():
    made = MemoryStore()
    for number in range(300):
        made.append(NAME, [Interaction(f"i{number}", "", "claude", "m", ()), Note("x", {})])
    return made


def ids(calls):
    return [call.id for call in calls]


@pytest.mark.parametrize("count", [0, 1, 3, 40, 299])
def test_the_last_calls_come_in_order(store, count):
    expected = [f"i{number}" for number in range(300 - count, 300)]

    assert ids(latest.last_calls(store, NAME, count)) == expected


@pytest.mark.parametrize("count", [1000, 10**20])
def test_all_calls_come_when_there_are_fewer(store, count):
    assert len(latest.last_calls(store, NAME, count)) == 300


def test_only_the_end_is_read_for_the_last_ones(store, monkeypatch):
    read = []
    plain_entries = store.plain_entries

    def told(name, after=-1, last=None):
        read.append(last)
        return plain_entries(name, after, last)

    monkeypatch.setattr(store, "plain_entries", told)
    latest.last_calls(store, NAME, 10)

    assert read == [32]


def test_a_call_that_has_just_ended_is_found_by_its_id(store):
    assert latest.call(store, NAME, "i299").id == "i299"
    with pytest.raises(NotFound, match="no call 'i300'"):
        latest.call(store, NAME, "i300")


def test_the_answer_of_a_call_is_what_was_said_last():
    said = (Message("user", "Hi"), Message("assistant", "One"), Message("assistant", "Two"))

    assert latest.answer(Interaction("i", "", "claude", "m", said)) == "Two"
    assert latest.answer(Interaction("i", "", "claude", "m", said[:1])) == ""
