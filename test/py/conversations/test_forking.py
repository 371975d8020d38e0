"""A fork shares the words up to a message and leaves the bill; never over another session."""

from datetime import UTC, datetime

import pytest

from ai_sessions.conversations import forking, lineage
from ai_sessions.errors import LockBusy, NotFound, UsageError
from ai_sessions.records import About, Note, Parent

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def texts(store, name, last=None):
    entries = lineage.entries(store, store.read(name), last)
    return [one.text for entry in entries for one in lineage.messages(entry)]


ALL = ["be brief", "go", "done", "and tests?", "written"]


def test_a_fork_shares_what_was_said_and_leaves_the_bill(store, talk):
    forked = forking.fork(store, talk, "plan-b", NOW)

    assert texts(store, "plan-b") == ALL
    assert (forked.totals.messages, forked.totals.interactions, forked.resume) == (0, 0, {})
    assert (forked.about.feature, forked.about.title) == ("a", "Plan it")
    assert forked.state == {"lang": "en"}
    assert forked.pins["name"].text == "I am Priya"


@pytest.mark.parametrize(
    ("message", "shared", "state", "pins"),
    [
        ("1.0", ALL[:1], {}, []),
        ("3.0", ALL[:2], {"lang": "pl"}, []),
        ("3.1", ALL[:3], {"lang": "pl"}, []),
        ("7.0", ALL[:4], {"lang": "en"}, ["name"]),
        ("8.0", ALL, {"lang": "en"}, ["name"]),
    ],
)
def test_a_fork_at_a_message_begins_as_it_was_then(store, talk, message, shared, state, pins):
    forked = forking.fork(store, talk, "plan-b", NOW, message)

    assert texts(store, "plan-b") == shared
    assert (forked.state, list(forked.pins)) == (state, pins)


@pytest.mark.parametrize("message", ["9.0", "2.0", "3.2", "4.0", "x", "3", "-1.0", "uid:3.0", ":"])
def test_a_message_that_is_none_is_not_found_and_nothing_is_made(store, talk, message):
    with pytest.raises(NotFound, match=r"session plan-a has no message"):
        forking.fork(store, talk, "plan-b", NOW, message)
    assert store.names() == [talk]


def test_what_is_said_afterwards_is_in_one_of_them_alone(store, talk):
    forking.fork(store, talk, "plan-b", NOW, "3.1")
    store.append(talk, [Note("x", {}), *store.entries(talk, last=1)])
    before = texts(store, "plan-b")
    list(map(store.append, ["plan-b"], [[next(store.entries(talk))]]))

    assert before == ALL[:3]
    assert texts(store, "plan-b") == [*ALL[:3], "be brief"]
    assert texts(store, talk) == ALL


def test_a_fork_of_a_fork_at_a_shared_message_comes_from_where_it_was_said(store, talk):
    uid = store.read(talk).uid
    forking.fork(store, talk, "plan-b", NOW, "7.0")
    forked = forking.fork(store, "plan-b", "plan-c", NOW, f"{uid}:3.0")
    deeper = forking.fork(store, "plan-b", "plan-d", NOW)

    assert forked.about.parent == Parent(talk, uid, 3, 0)
    assert texts(store, "plan-c") == ALL[:2]
    assert deeper.about.parent.name == "plan-b"
    assert texts(store, "plan-d") == ALL[:4]


def test_a_fork_that_was_cut_goes_on_where_it_stopped(store, talk):
    class Killed(Exception):
        pass

    class Dying:
        def __getattr__(self, name):
            return getattr(store, name)

        def append(self, *_given):
            raise Killed

    with pytest.raises(Killed):
        forking.fork(Dying(), talk, "plan-b", NOW)
    store.rename(talk, "plan-z")

    assert forking.fork(store, "plan-z", "plan-b", NOW).state == {"lang": "en"}
    with pytest.raises(UsageError, match="exists already"):
        forking.fork(store, "plan-z", "plan-b", NOW)


@pytest.mark.parametrize("there", ["forked", "other", "empty", "forked elsewhere"])
def test_a_fork_never_takes_a_name_that_is_in_use(store, talk, there):
    if there == "forked":
        forking.fork(store, talk, "plan-b", NOW)
    elif there == "forked elsewhere":
        forking.fork(store, talk, "plan-b", NOW, "1.0")
    else:
        store.ensure("plan-b", About("plan", "a"))
        store.append("plan-b", [Note("x", {})] if there == "other" else [])

    with pytest.raises(UsageError, match="session plan-b exists already"):
        forking.fork(store, talk, "plan-b", NOW)
    with pytest.raises(UsageError):
        forking.fork(store, talk, talk, NOW)


def test_of_two_forks_at_once_one_is_first(store, talk):
    parent = Parent(talk, store.read(talk).uid, store.read(talk).last_seq)
    store.ensure("plan-b", About("plan", "a", parent=parent))

    with store.turn("plan-b", 0), pytest.raises(LockBusy):
        forking.fork(store, talk, "plan-b", NOW)


def test_a_fork_of_an_interfaces_conversation_is_not_that_conversation(store):
    store.ensure("telegram-1", About(interface="telegram", conversation_id="1", expires_in_ms=5))

    about = forking.fork(store, "telegram-1", "mine", NOW).about
    assert (about.interface, about.conversation_id, about.expires_in_ms) == ("", "", None)
