"""One watcher tells all who listen what changes."""

import asyncio
from collections import deque

import pytest

from ai_sessions.api.changes import Changes, look_at
from ai_sessions.errors import StorageError
from ai_sessions.records import About
from ai_sessions.store.memory import MemoryStore


class Look:
    """Tells what a test has put into it; counts how often it was asked."""

    def __init__(self):
        self.found, self.asked = [], 0

    def __call__(self, cursor):
        self.asked += 1
        found, self.found = self.found, []
        return "x", [("session", {"name": name}) for name in found]


@pytest.fixture
def look():
    return Look()


@pytest.fixture
def stopping():
    return []


@pytest.fixture
def changes(look, stopping):
    return Changes(look, lambda: bool(stopping), every_s=0.001)


async def opened(changes, after=""):
    """A reader, and the first it was told."""
    reader = changes.followed(after)
    return reader, await anext(reader)


def names(events):
    return [one.data.get("name", one.name) for one in events]


def test_all_who_listen_are_told_by_one_watcher(changes, look):
    async def two():
        readers = [(await opened(changes))[0] for _ in range(2)]
        look.found = ["a", "b"]
        told = [[await anext(reader), await anext(reader)] for reader in readers]
        tasks = len(asyncio.all_tasks())
        return told, tasks

    told, tasks = asyncio.run(two())
    assert [names(one) for one in told] == [["a", "b"]] * 2
    assert tasks == 2  # the test, and the watcher


def test_nobody_looks_when_nobody_listens(changes, look):
    async def left():
        reader, _ = await opened(changes)
        await reader.aclose()
        await asyncio.wait([changes._watcher])
        return look.asked

    assert asyncio.run(left()) == look.asked > 0


def test_who_comes_back_is_told_what_it_missed_and_nothing_twice(changes, look):
    async def back():
        reader, _ = await opened(changes)
        look.found = ["a", "b", "c"]
        first = await anext(reader)
        await reader.aclose()
        again = changes.followed(first.id)
        missed = [await anext(again), await anext(again)]
        look.found = ["d"]
        return [*missed, await anext(again)]

    assert names(asyncio.run(back())) == ["b", "c", "d"]


@pytest.mark.parametrize("after", ["0badc0de.0", "x", "{}.7", "{}.-1", "{}.", "{}." + "9" * 5000])
def test_a_place_that_is_not_known_is_a_gap(changes, after):
    async def first():
        _, told = await opened(changes, after.format(changes._server))
        return told

    assert (asyncio.run(first()).name, changes._last) == ("gap", 0)


def test_a_reader_that_is_too_slow_is_told_of_a_gap_and_then_goes_on(changes, look):
    changes._events = deque(maxlen=2)

    async def slow():
        reader, _ = await opened(changes)
        other, _ = await opened(changes)
        look.found = ["a", "b", "c"]
        gap = await anext(other)
        look.found = ["d"]
        return [gap, await anext(other), await anext(reader)]

    assert names(asyncio.run(slow())) == ["gap", "d", "gap"]


def test_at_the_end_of_the_server_each_reader_is_told_where_to_go_on(changes, stopping):
    async def ended():
        reader, ready = await opened(changes)
        stopping.append(True)
        changes.wake()
        return ready, [one async for one in reader]

    ready, (last,) = asyncio.run(ended())
    assert (last.name, last.id) == ("stopping", ready.id)


def test_a_look_that_fails_is_logged_and_the_next_one_counts(caplog, changes, look, monkeypatch):
    def broken(_cursor):
        monkeypatch.setattr(changes, "_look", look)
        raise StorageError("no disk")

    async def told():
        monkeypatch.setattr(changes, "_look", broken)
        reader, _ = await opened(changes)
        look.found = ["a"]
        return await anext(reader)

    assert asyncio.run(told()).data == {"name": "a"}
    assert "no disk" in caplog.text


def test_a_look_at_a_store_tells_what_has_changed_since_the_last_one():
    store = MemoryStore()
    store.ensure("old", About())
    look = look_at(store)
    cursor, before = look("")
    uid = store.ensure("new", About()).uid
    cursor, changed = look(cursor)
    store.discard("old")

    assert before == []
    assert changed == [("session", {"id": uid, "name": "new", "version": f"{uid}.0", "turn": None})]
    assert look(cursor)[1] == [("gone", {"name": "old"})]


def test_a_session_that_cannot_be_read_is_named(monkeypatch):
    store = MemoryStore()
    look = look_at(store)
    cursor, _ = look("")
    store.ensure("bad", About())

    def damaged(_name):
        raise StorageError("damaged")

    monkeypatch.setattr(store, "read", damaged)
    assert look(cursor)[1] == [("session", {"name": "bad"})]
