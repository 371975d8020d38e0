"""Sessions that belong together."""

from datetime import UTC, datetime

import pytest

from ai_sessions.conversations import family, forking
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.records import About, Change, Parent
from ai_sessions.store.entries import plain_parent

NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.fixture
def tree(store, talk):
    """plan-a has forks plan-b and plan-d, plan-b has a child plan-c."""
    forking.fork(store, talk, "plan-d", NOW)
    forking.fork(store, talk, "plan-b", NOW)
    store.ensure("plan-c", About(parent=Parent("plan-b", store.read("plan-b").uid)))
    return talk


def names(sessions):
    return [session.name for session in sessions]


def test_a_family_is_what_is_above_and_below(store, tree):
    found = family.family(store, "plan-b")

    assert names(found.ancestors) == ["plan-a"]
    assert names(child.session for child in found.branch.children) == ["plan-c"]
    assert names(family.descendants(store, store.read(tree))) == ["plan-b", "plan-c", "plan-d"]
    assert names(family.children(store, store.read(tree))) == ["plan-b", "plan-d"]


def test_only_forks_need_the_log_of_their_parent(store, tree):
    uid = store.read(tree).uid

    assert family.forks(store.sessions()) == {uid: ("plan-b", "plan-d")}


def test_a_parent_that_is_gone_is_named(store, tree):
    store.discard("plan-b")

    found = family.family(store, "plan-c")
    assert (found.ancestors, found.missing.name) == ((), "plan-b")


def test_a_thousand_expired_conversations_are_one_family(store):
    uid = store.ensure("s0", About()).uid
    for number in range(1, 1200):
        about = About(parent=Parent(f"s{number - 1}", uid))
        uid = store.ensure(f"s{number}", about).uid

    assert len(family.descendants(store, store.read("s0"))) == 1199
    assert len(family.family(store, "s1199").ancestors) == 1199


def test_a_family_without_end_is_finite(store, tree):
    last = store.read("plan-c")
    store.append(tree, [Change("parent", plain_parent(Parent("plan-c", last.uid)))])

    assert names(family.descendants(store, last)) == ["plan-a", "plan-b", "plan-d"]


def test_links_are_noted_in_both_once(store, tree):
    family.link(store, "plan-b", "plan-d", "same tables")
    ours, theirs = family.link(store, "plan-d", "plan-b")

    assert (dict(ours.links), dict(theirs.links)) == (
        {theirs.uid: "plan-b"},
        {ours.uid: "plan-d"},
    )
    (note,) = [entry for entry in store.entries("plan-d") if getattr(entry, "topic", "") == "link"]
    assert note.body["text"] == "same tables"
    assert names(family.family(store, "plan-b").linked) == ["plan-d"]


def test_a_link_can_be_taken_away_and_one_that_is_gone_is_named(store, tree):
    family.link(store, "plan-b", "plan-d")
    family.link(store, "plan-b", "plan-c")
    store.discard("plan-c")
    family.unlink(store, "plan-b", "plan-d")

    found = family.family(store, "plan-b")
    assert (found.linked, found.gone) == ((), ("plan-c",))
    assert store.read("plan-d").links == {}


def test_a_session_is_not_linked_with_itself_or_with_none(store, tree):
    with pytest.raises(UsageError, match="session plan-b cannot be linked with itself"):
        family.link(store, "plan-b", "plan-b")
    with pytest.raises(NotFound):
        family.link(store, "plan-b", "nobody")
