"""Conversations that are told whole are known by how they begin."""

from datetime import UTC, datetime

import pytest

from ai_sessions import ids
from ai_sessions.conversations import beginnings
from ai_sessions.records import About, Change, Interaction, Message
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 11, 30, tzinfo=UTC)
ABOUT = About(kind="chat", interface="openai")


@pytest.fixture
def store():
    return MemoryStore()


def told(*texts, system=""):
    roles = ("user", "assistant")
    said = [Message(roles[at % 2], one) for at, one in enumerate(texts)]
    return [*([Message("system", system)] if system else []), *said]


@pytest.fixture
def place(store):
    """Name of the session of a conversation; `answer`: what is answered there, too."""

    def found(*texts, answer=None, status="ok", owner="a", **more):
        session = beginnings.session_of(store, NOW, ABOUT, owner, told(*texts, **more))
        if answer is not None:
            said = (*told(*texts)[-1:], Message("assistant", answer))
            call = Interaction(ids.new(), "", "p", "m", said, status=status)
            store.append(session.name, [call])
        return session.name

    return found


def test_a_conversation_goes_on_in_its_session_whatever_its_system_text_says(place):
    first = place("Hi", answer="Yo", system="Monday")

    assert place("Hi", " Yo ", "And?", system="Tuesday") == first


def test_each_of_many_that_begin_alike_is_found_by_its_answer(place):
    names = [place("Hi", answer=f"Yo {number}") for number in range(9)]

    assert len(set(names)) == 9
    assert [place("Hi", f"Yo {number}", "x") for number in range(9)] == names


def test_an_answer_that_nobody_gave_here_begins_another(place):
    first = place("Hi", answer="Yo")

    assert place("Hi", "Hey", "And?") != first


def test_one_whose_call_failed_goes_on_with_and_without_what_had_come(place):
    first = place("Hi", answer="Y", status="server")

    assert place("Hi") == first
    assert place("Hi", "Y", "Go on") == first


def test_one_that_is_under_way_is_not_gone_on_with(place, store):
    first = place("Hi")
    store.append(first, [Change("calling", {"id": "1"})])

    assert place("Hi") != first


def test_where_no_words_are_kept_it_goes_on_in_the_newest_one(tmp_path):
    store = FileStore(tmp_path, content="none", fsync="none")
    first = beginnings.session_of(store, NOW, ABOUT, "a", told("Hi"))
    said = told("Hi", "Yo")
    store.append(first.name, [Interaction(ids.new(), "", "p", "m", tuple(said))])

    found = beginnings.session_of(store, NOW, ABOUT, "a", told("Hi", "Yo", "And?"))

    assert found.name == first.name


def test_other_owners_have_their_own(place):
    assert place("Hi", answer="Yo") != place("Hi", "Yo", "x", owner="b")


def test_what_is_said_before_the_first_question_counts(store):
    def name(greeting):
        sent = [Message("assistant", greeting), Message("user", "Hi")]
        return beginnings.session_of(store, NOW, ABOUT, "a", sent).name

    assert name("Welcome") != name("Hello")


def test_an_answer_with_a_key_is_found_though_it_is_stored_masked(place, store):
    key = "sk-ant-api03-" + "a1B2c3D4" * 6
    first = place("Hi", answer=f"use {key}")

    assert place("Hi", f"use {key}", "thanks") == first
