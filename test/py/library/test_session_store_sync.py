"""All sessions of a program's store, by their ids."""

import pytest

from ai_sessions.library import errors
from ai_sessions.library.session_store_sync import SessionStore
from ai_sessions.library.views.event import SessionEvent
from ai_sessions.library.views.kinds import EventSource
from ai_sessions.library.views.session import Session
from ai_sessions.records import About


@pytest.fixture
def store(core):
    return SessionStore(core)


def test_a_session_is_got_by_its_id(store, tracked):
    tracked("chat").user_says("Hi")

    assert [one.message for one in store.get("chat").events] == ["Hi"]
    assert store.get("gone") is None


def test_what_is_saved_is_there_for_who_gets_it_next(store):
    chat = Session("chat", store=store)
    chat.events.append(SessionEvent("Hi", EventSource.USER))
    store.save(chat)

    assert [one.message for one in store.get("chat").events] == ["Hi"]


def test_what_is_deleted_is_in_the_trash(store, core, tracked):
    tracked("chat").user_says("Hi")

    assert [store.delete("chat"), store.delete("chat")] == [True, False]
    assert (store.get("chat"), store.list_sessions()) == (None, [])
    assert len(core.store.discarded()) == 1


def test_what_a_fork_shares_is_not_deleted(store, tracked):
    tracked("chat").user_says("Hi")
    tracked("chat").fork("fork")

    with pytest.raises(errors.InvalidSessionOperation, match="shares its messages"):
        store.delete("chat")

    assert store.list_sessions() == ["chat", "fork"]


def test_sessions_of_programs_are_listed_by_how_their_ids_begin(store, core, tracked):
    for id_ in ("b 2", "a 1", "b 1"):
        tracked(id_).user_says("Hi")
    core.store.ensure("plan-payments", About("plan", "payments"))

    assert store.list_sessions() == ["a 1", "b 1", "b 2"]
    assert store.list_sessions("b") == ["b 1", "b 2"]


def test_what_is_no_id_is_refused(store):
    for verb in (store.get, store.delete):
        with pytest.raises(errors.InvalidSessionOperation, match="id is a text"):
            verb(7)
