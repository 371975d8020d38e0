"""Parents that are gone and parents in a circle: told with the way out, which works."""

from datetime import UTC, datetime

import pytest

from ai_sessions.conversations import forking, lineage
from ai_sessions.errors import StorageError
from ai_sessions.records import About, Change, Message, Parent, Said
from ai_sessions.sessions import families
from ai_sessions.store.entries import plain_parent

NOW = datetime(2026, 11, 1, 10, tzinfo=UTC)


@pytest.fixture
def store(store_at):
    store = store_at("a")
    store.append("chat", [Said(Message("user", "first"))])
    forking.fork(store, "chat", "fork", NOW)
    store.ensure("child", About(parent=Parent("chat", store.read("chat").uid)))
    return store


def found(store, name=""):
    return [(one.where, one.problem, one.mendable) for one in families.examine(store, name)]


def turn_round(store):
    """`chat` becomes a child of its own fork, as an edited journal says it."""
    parent = plain_parent(Parent("fork", store.read("fork").uid, 0))
    store.append("chat", [Change("parent", parent)])


def test_a_family_that_is_whole_is_fine(store):
    assert found(store) == []


def test_a_fork_whose_parent_is_in_the_trash_is_told_how_to_get_it_back(store):
    store.discard("chat")
    [(name, problem, mendable)] = found(store)

    assert (name, mendable) == ("fork", False)
    assert problem.endswith("ai-session.sh restore chat")
    store.restore("chat")
    assert found(store) == []
    assert lineage.lineage(store, store.read("fork")).missing is None


def test_a_fork_whose_parent_was_deleted_needs_an_export_of_it(store):
    store.discard("chat")
    store.purge(NOW.replace(year=9999))

    assert found(store)[0][1].endswith("import an export of it")
    assert found(store, "child") == []


def test_a_parent_that_has_another_name_is_found(store):
    store.rename("chat", "talk")

    assert found(store) == []
    assert [span.session.name for span in lineage.lineage(store, store.read("fork")).spans] == [
        "talk",
        "fork",
    ]


def test_a_circle_is_told_once_and_mended(store):
    turn_round(store)
    with pytest.raises(StorageError, match="comes from itself"):
        lineage.ancestors(store, store.read("fork"))
    [(name, problem, mendable)] = found(store)

    assert (name, mendable) == ("chat", True)
    assert "--repair" in problem
    assert not families.mend(store, "fork")
    assert families.mend(store, "chat")
    assert found(store) == []
    assert [one.name for one in lineage.ancestors(store, store.read("fork"))] == ["chat"]
    assert [one.text for entry in store.entries("chat") for one in lineage.messages(entry)] == [
        "first"
    ]
