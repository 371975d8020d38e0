"""Removing: every name is looked up first, and one that stays keeps no other from going."""

from datetime import UTC, datetime

import pytest

from ai_sessions.errors import LockBusy, Needed, NotFound
from ai_sessions.records import About, Change, Parent
from ai_sessions.sessions.removing import Removed, remove
from ai_sessions.store.memory import MemoryStore


@pytest.fixture
def store():
    store = MemoryStore(now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    for name in ("plan-a", "plan-b"):
        store.ensure(name, About())
    return store


def beginning(store):
    """The one session that begins like that."""

    def find(text):
        found = [name for name in store.names() if name.startswith(text)]
        if len(found) != 1:
            raise NotFound(f"{len(found)} sessions begin with {text}")
        return found[0]

    return find


def test_a_call_that_was_cut_off_is_settled_before_its_session_goes(store):
    store.append("plan-a", [Change("calling", {"id": "call-1"})])
    settled = []

    def settle(names):
        settled.append((names, store.names()))

    remove(store, ["plan-b", "plan-a"], beginning(store), settle)
    assert settled == [(["plan-a"], ["plan-a"])]


def test_what_a_beginning_means_does_not_depend_on_what_went_before(store):
    removed = remove(store, ["plan-a", "plan"], beginning(store))

    assert removed.gone == ("plan-a",)
    assert [(name, error.message) for name, error in removed.failed] == [
        ("plan", "2 sessions begin with plan")
    ]
    assert store.names() == ["plan-b"]


def test_one_in_use_stays_and_the_others_go(store):
    with store.turn("plan-a", 0):
        removed = remove(store, ["plan-a", "plan-b"], str)

    assert removed.gone == ("plan-b",)
    ((name, error),) = removed.failed
    assert (name, type(error)) == ("plan-a", LockBusy)
    assert "in use by" in error.message


def test_one_that_was_in_use_for_an_instant_only_is_asked_for_again(store, monkeypatch):
    """Whoever used it is gone when we look for a name to tell."""
    monkeypatch.setattr(store, "discard", lambda _name, expect: False)
    ((_name, error),) = remove(store, ["plan-a"], str).failed

    assert (error.message, error.hint) == (
        "session plan-a was in use",
        "run the same command again",
    )


def test_a_session_that_is_named_twice_goes_once(store):
    assert remove(store, ["plan-a", "plan-a"], beginning(store)) == Removed(("plan-a",), ())
    assert store.discarded() == ["plan-a"]


def test_what_a_fork_shares_is_not_removed_before_it(store):
    source = store.read("plan-a")
    store.ensure("fork", About(parent=Parent("plan-a", source.uid, source.last_seq)))

    ((name, error),) = remove(store, ["plan-a"], str).failed
    assert (name, type(error)) == ("plan-a", Needed)
    assert error.message == "session plan-a is the past of fork, which shares its messages"
    assert remove(store, ["plan-a", "fork"], str).failed == ()
    assert store.names() == ["plan-b"]
