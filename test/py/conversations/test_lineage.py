"""The conversation of a session, with the past that a fork shares."""

from datetime import UTC, datetime

import pytest

from ai_sessions.conversations import forking, lineage
from ai_sessions.errors import StorageError
from ai_sessions.records import SUMMARY, About, Change, Interaction, Message, Parent, Said
from ai_sessions.store.entries import plain_parent

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def ids(store, name, last=None):
    entries = lineage.entries(store, store.read(name), last)
    return [one.id for entry in entries for one in lineage.messages(entry)]


def test_ids_of_a_shared_past_name_the_session_that_has_it(store, talk):
    uid = store.read(talk).uid
    forking.fork(store, talk, "plan-b", NOW, "3.0")
    store.append("plan-b", [Said(Message("user", "other way"))])

    own = store.read("plan-b").last_seq
    assert ids(store, "plan-b") == [f"{uid}:1.0", f"{uid}:3.0", f"{own}.0"]
    assert ids(store, talk) == ["1.0", "3.0", "3.1", "7.0", "8.0"]


@pytest.mark.parametrize("last", range(12))
def test_the_end_of_a_conversation_is_the_end_of_all_of_it(store, talk, last):
    forking.fork(store, talk, "plan-b", NOW, "7.0")
    store.append("plan-b", [Said(Message("user", "other way"))])
    forking.fork(store, "plan-b", "plan-c", NOW)

    session = store.read("plan-c")
    everything = list(lineage.entries(store, session))
    found = list(lineage.entries(store, session, last))
    assert found == everything[len(everything) - last :]


def test_a_parent_is_found_by_what_it_is_not_by_its_name(store, talk):
    forking.fork(store, talk, "plan-b", NOW)
    store.rename(talk, "plan-z")
    store.ensure(talk, About())

    assert lineage.parent_of(store, store.read("plan-b")).name == "plan-z"


def test_all_parents_that_were_renamed_are_looked_up_at_once(store, talk, monkeypatch):
    for old, new in (("a", "b"), ("b", "c"), ("c", "d")):
        forking.fork(store, talk if old == "a" else f"plan-{old}", f"plan-{new}", NOW)
    for name in (talk, "plan-b", "plan-c"):
        store.rename(name, f"{name}-old")
    looked = []
    everything = store.sessions
    monkeypatch.setattr(store, "sessions", lambda: looked.append(1) or everything())

    above = lineage.ancestors(store, store.read("plan-d"))
    assert [one.name for one in above] == ["plan-c-old", "plan-b-old", f"{talk}-old"]
    assert len(looked) == 1


def test_without_its_parent_a_fork_goes_on_with_what_it_has(store, talk):
    forking.fork(store, talk, "plan-b", NOW)
    store.append("plan-b", [Said(Message("user", "alone"))])
    store.discard(talk)

    found = lineage.lineage(store, store.read("plan-b"))
    assert found.missing.name == talk
    assert [entry.message.text for entry in lineage.entries(store, store.read("plan-b"), 1)] == [
        "alone"
    ]
    store.restore(talk)
    assert lineage.lineage(store, store.read("plan-b")).missing is None


def test_a_child_shares_no_past(store, talk):
    store.ensure("next", About(parent=Parent(talk, store.read(talk).uid)))

    assert ids(store, "next") == []
    assert [one.name for one in lineage.ancestors(store, store.read("next"))] == [talk]


def test_a_session_that_comes_from_itself_is_told(store, talk):
    forking.fork(store, talk, "plan-b", NOW)
    session = store.read("plan-b")
    circle = plain_parent(Parent("plan-b", session.uid, 3))
    store.append(talk, [Change("parent", circle)])

    with pytest.raises(StorageError, match="plan-b comes from itself, by way of plan-b"):
        lineage.ancestors(store, session)
    assert store.append("plan-b", [Change("parent", None)]).about.parent is None


def test_what_a_model_was_asked_about_the_conversation_is_no_part_of_it(store, talk):
    asked = (Message("user", "sum it up"), Message("assistant", "they plan"))
    before = ids(store, talk)
    for status in ("ok", "interrupted"):
        call = Interaction(status, "", "claude", "haiku", asked, status=status, purpose=SUMMARY)
        store.append(talk, [call])

    assert ids(store, talk) == before
