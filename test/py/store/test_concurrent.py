"""Calls of one session that do not wait for each other."""

import contextlib

import pytest

from ai_sessions.errors import LockBusy, NotFound, StorageError
from ai_sessions.records import About, Change, Interaction, Message, Said
from ai_sessions.store.concurrent import Concurrent
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

FIRST, SECOND = Change("calling", {"id": "c-1"}), Change("calling", {"id": "c-2"})


@pytest.fixture(params=["files", "memory"])
def store(request, tmp_path):
    made = MemoryStore() if request.param == "memory" else FileStore(tmp_path, fsync="none")
    made.ensure("talk", About())
    return made


@pytest.fixture
def beside(store):
    """A call beside the first one, which is on record as under way."""
    found = Concurrent(store)
    with Concurrent(store).turn("talk", 9) as turn, found.turn("talk", 9):
        assert turn.is_held()
        store.append("talk", [FIRST])
        yield found


def test_the_first_call_has_the_turn_of_the_session(store):
    first = Concurrent(store)
    with first.turn("talk", 9), pytest.raises(LockBusy), store.turn("talk", 0):
        pass

    assert not first.is_beside


def test_the_turn_is_free_again_when_the_first_has_ended(store):
    with Concurrent(store).turn("talk", 9):
        pass
    after = Concurrent(store)
    with after.turn("talk", 9):
        assert not after.is_beside


def test_a_busy_lock_inside_is_no_turn_that_somebody_has(store):
    with pytest.raises(LockBusy), Concurrent(store).turn("talk", 9):
        raise LockBusy("the ledger")


def test_what_a_call_beside_is_about_to_do_is_its_own(store, beside):
    beside.append("talk", [SECOND])

    assert beside.read("talk").calling == {"id": "c-2"}
    assert store.read("talk").calling == {"id": "c-1"}


def test_what_comes_of_it_is_added_and_the_first_stays_under_way(store, beside):
    beside.append("talk", [SECOND])
    call = Interaction("c-2", "", "p", "m", (Message("user", "hi"),))
    after = beside.append("talk", [call, Change("calling", {})])

    assert after.calling == {}
    assert store.read("talk").calling == {"id": "c-1"}
    assert store.read("talk").totals.interactions == 1


def test_without_another_call_all_is_written_as_it_is(store):
    only = Concurrent(store)
    with only.turn("talk", 9):
        only.append("talk", [FIRST, Said(Message("user", "hi"))])

    assert store.read("talk").calling == {"id": "c-1"}
    assert [one.text for one in _said(only)] == ["hi"]


def _said(store):
    return [one.message for one in store.entries("talk") if isinstance(one, Said)]


def test_a_session_that_was_discarded_meanwhile_is_what_it_was(store):
    about, first, call = About(kind="chat", title="Talk"), Concurrent(store), Concurrent(store)
    call.ensure("new", about)
    with first.turn("new", 9), call.turn("new", 9):
        pass
    store.discard("new")
    call.append("new", [Said(Message("user", "hi"))])

    assert store.read("new").about.title == "Talk"


class Full(MemoryStore):
    """A medium that takes nothing any more, by the verb that it fails at."""

    verb = ""

    def _refuse(self, verb, error=StorageError):
        if self.verb == verb:
            raise error("no space left")

    def ensure(self, name, about):
        self._refuse("ensure")
        return super().ensure(name, about)

    def append(self, name, *given, **more):
        self._refuse("append")
        self._refuse("busy", LockBusy)
        return super().append(name, *given, **more)

    def turn(self, name, wait_s):
        self._refuse("turn")
        return super().turn(name, wait_s)

    def read(self, name):
        self._refuse("read")
        return super().read(name)


@pytest.mark.parametrize("verb", ["ensure", "turn", "read", "append", "busy"])
@pytest.mark.parametrize("others", [False, True])
def test_a_medium_that_fails_keeps_no_call_from_its_end(verb, others):
    full = Full()
    full.ensure("talk", About())
    call = Concurrent(full)
    with Concurrent(full).turn("talk", 9) if others else contextlib.nullcontext():
        full.verb = verb
        call.ensure("talk", About(title="Talk"))
        with call.turn("talk", 9):
            call.append("talk", [FIRST])
            call.append("talk", [Said(Message("user", "hi"))])
        call.read("talk")

    assert call.fault
    assert "no space left" in str(call.fault)


def test_what_memory_cannot_do_either_is_raised():
    full = Full()
    full.ensure("talk", About())
    call = Concurrent(full)
    call.lose("talk", StorageError("no space left"))
    with pytest.raises(NotFound):
        call.read("nobody")
