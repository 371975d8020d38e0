"""The store of one process: safe with threads, and nothing of it is on a disk."""

import threading

import pytest

from ai_sessions.errors import Conflict, LockBusy, NotFound
from ai_sessions.records import About, Change, Interaction, Message, Note, Said
from ai_sessions.store.memory import MemoryStore

NAME = "plan-x"


@pytest.fixture
def memory():
    return MemoryStore()


def test_what_is_missing_lived_in_another_command(memory):
    with pytest.raises(NotFound) as caught:
        memory.read(NAME)
    assert caught.value.hint == "it lives only as long as this command"


def test_nothing_is_written_to_a_disk(memory, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builtins.open", None)
    memory.check_writable()
    memory.append(NAME, [Said(Message("user", "hi"))])
    memory.scratch().write(b"more")

    assert not memory.lasting
    assert list(tmp_path.iterdir()) == []


def test_threads_that_write_at_once_lose_nothing(memory):
    def write(number):
        for turn in range(50):
            memory.append(NAME, [Note("x", {}, id=f"{number}-{turn}"), Note("x", {}, id="same")])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [entry.seq for entry in memory.entries(NAME)] == list(range(1, 202))


def test_a_turn_that_another_thread_has_is_busy(memory):
    memory.ensure(NAME, About())
    with memory.turn(NAME, 0):
        for verb in (
            lambda: memory.turn(NAME, 0).__enter__(),
            lambda: memory.rename(NAME, "plan-y"),
        ):
            with pytest.raises(LockBusy, match="another thread of this process"):
                verb()
    with memory.turn(NAME, 0) as turn:
        assert turn.is_held()
    assert not turn.is_held()


def test_the_turn_of_a_session_that_was_made_anew_is_lost(memory):
    memory.ensure(NAME, About())
    with memory.turn(NAME, 0) as turn:
        memory._take(NAME)
        memory.ensure(NAME, About())
        with pytest.raises(Conflict, match="was lost"):
            memory.append(NAME, [Note("x", {})], turn=turn)


def test_an_index_that_looks_at_what_is_gone_finds_nothing(memory):
    source = memory.source()
    increment = source.follow(NAME, "u:0:5")

    assert (increment.whole, list(increment), increment.bookmark) == (True, [], "")
    assert source.row(NAME) is None
    assert source.entry_at(NAME, 0) is None


def test_a_session_under_an_old_name_is_told_whole(memory):
    """A bookmark is of that very session: its number of entries means nothing in another."""
    memory.append(NAME, [Note("x", {})])
    first = memory.source().follow(NAME)
    read = [seq for seq, _entry in first]
    memory.discard(NAME)
    memory.append(NAME, [Note("y", {}), Note("z", {})])
    again = memory.source().follow(NAME, first.bookmark)

    assert read == [0, 1]
    assert (again.whole, [seq for seq, _entry in again]) == (True, [0, 1, 2])


def test_a_call_that_is_under_way_is_told_and_its_end():
    told = []
    store = MemoryStore(on_calling=lambda session: told.append(session["calling"]))
    store.ensure("chat", About())
    store.append("chat", [Change("calling", {"id": "i"}), Change("status", "done")])
    store.append("chat", [Change("status", "active")])
    store.append("chat", [Interaction("i", "2026-11-28T10:00:00.000Z", "claude", "m", ())])

    assert told == [{"id": "i"}, {}]
