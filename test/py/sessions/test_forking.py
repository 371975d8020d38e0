"""A fork takes the words and leaves the bill, once, whole, and never over another session."""

from datetime import UTC, datetime
from functools import partial

import pytest

from ai_sessions.errors import LockBusy, UsageError
from ai_sessions.records import About, Interaction, Message, Note, Said
from ai_sessions.sessions import forking
from ai_sessions.sessions.batches import batches
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(params=["files", "memory"])
def store(request, tmp_path):
    made = (
        MemoryStore()
        if request.param == "memory"
        else FileStore(tmp_path / "sessions", fsync="none")
    )
    made.ensure("plan-a", About("plan", "a"))
    asked, said = Message("user", "go"), Message("assistant", "done")
    calls = [Interaction(f"i{n}", "", "claude", "sonnet", (asked, said)) for n in range(300)]
    failed = Interaction("bad", "", "claude", "sonnet", (asked,), status="timeout")
    made.append("plan-a", [Said(Message("system", "be brief")), *calls, failed])
    return made


def test_a_fork_takes_the_words_and_leaves_the_bill(store):
    forked = forking.fork(store, "plan-a", "plan-b", NOW)

    assert (forked.totals.messages, forked.totals.interactions) == (601, 0)
    assert forked.resume == {}
    assert forked.about.feature == "a"


def test_a_fork_that_was_cut_goes_on_where_it_stopped(store, monkeypatch):
    monkeypatch.setattr(forking, "batches", partial(batches, most=200))

    class Killed(Exception):
        pass

    class Dying:
        left = 2

        def __getattr__(self, name):
            return getattr(store, name)

        def append(self, *given):
            Dying.left -= 1
            if Dying.left < 0:
                raise Killed
            return store.append(*given)

    with pytest.raises(Killed):
        forking.fork(Dying(), "plan-a", "plan-b", NOW)
    assert store.read("plan-b").totals.messages == 399

    assert forking.fork(store, "plan-a", "plan-b", NOW).totals.messages == 601


def test_a_fork_that_was_cut_before_its_first_write_can_be_repeated(store):
    store.ensure("plan-b", About("plan", "a"))

    assert forking.fork(store, "plan-a", "plan-b", NOW).totals.messages == 601


@pytest.mark.parametrize("there", ["forked", "other", "another's"])
def test_a_fork_never_takes_a_name_that_is_in_use(store, there):
    if there == "forked":
        forking.fork(store, "plan-a", "plan-b", NOW)
    else:
        body = {"from": "plan-c", "uid": "another"}
        store.append("plan-b", [Note("fork", body) if there == "another's" else Note("x", {})])

    with pytest.raises(UsageError, match="session plan-b exists already"):
        forking.fork(store, "plan-a", "plan-b", NOW)
    with pytest.raises(UsageError):
        forking.fork(store, "plan-a", "plan-a", NOW)


def test_of_two_forks_at_once_one_is_first(store):
    store.ensure("plan-b", About("plan", "a"))

    with store.turn("plan-b", 0), pytest.raises(LockBusy):
        forking.fork(store, "plan-a", "plan-b", NOW)
