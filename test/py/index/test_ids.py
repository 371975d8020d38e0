"""Ids of entries, known without a look through the session, and never said to be there in error."""

import os
import sqlite3

import pytest

from ai_sessions.index import NAME, Index, ids, sessions
from ai_sessions.records import Note
from ai_sessions.store.files import FileStore
from ai_sessions.store.files.source import FileIncrement, FileSource
from ai_sessions.store.memory import MemoryStore


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path, fsync="none")


def known(store, *wanted, name="chat"):
    index = Index(store.source(), str(store.root))
    return ids.known(index, name, frozenset(wanted))


def say(store, *ids_, name="chat"):
    store.append(name, [Note("x", {}, id=one) for one in ids_])


def test_ids_of_every_entry_are_known(store):
    say(store, "a", "b", "größe")

    assert known(store, "a", "größe", "c") == {"a", "größe"}


def test_only_what_is_new_is_read(store, monkeypatch):
    say(store, "a", "b")
    assert known(store, "a") == {"a"}
    say(store, "c")
    read = []
    plain = FileIncrement.__iter__
    monkeypatch.setattr(
        FileIncrement, "__iter__", lambda self: (read.append(one) or one for one in plain(self))
    )

    assert known(store, "b", "c") == {"b", "c"}
    assert [entry["id"] for _place, entry in read] == ["c"]


def test_more_ids_than_fit_into_a_question_are_known(store):
    many = [f"id-{number}" for number in range(1200)]
    say(store, *many)

    assert known(store, *many, "other") == set(many)


def test_a_session_that_was_replaced_is_read_anew(store):
    say(store, "a")
    assert known(store, "a") == {"a"}
    store.rename("chat", "other")
    say(store, "b")

    assert known(store, "a", "b") == {"b"}
    assert known(store, "a", "b", name="other") == {"a"}


def test_nothing_is_kept_of_a_session_that_is_gone(store):
    say(store, "a")
    index = Index(store.source(), str(store.root), worthwhile=0)
    sessions.rows(index)
    known(store, "a")
    store.discard("chat")
    sessions.rows(index)

    connection = sqlite3.connect(store.root / NAME)
    assert connection.execute("select count(*) from entry_id").fetchone() == (0,)
    connection.close()


def test_what_an_index_only_says_is_not_believed(store):
    say(store, "a")
    known(store, "a")
    connection = sqlite3.connect(store.root / NAME)
    connection.execute("insert into entry_id select session, 'never', place from entry_id limit 1")
    connection.commit()
    connection.close()

    assert known(store, "never", "a") == {"a"}


def test_where_the_index_cannot_be_used_nothing_is_told(store):
    say(store, "a")
    os.makedirs(store.root / NAME)

    assert known(store, "a") is None


def test_where_another_process_writes_the_index_nothing_is_told(store):
    say(store, "a")
    known(store, "a")
    other = sqlite3.connect(store.root / NAME, isolation_level=None)
    other.execute("begin immediate")

    assert known(store, "a") is None
    other.close()


def test_a_session_that_cannot_be_read_is_nothing_to_tell_of(store):
    say(store, "a")
    path = store.root / "chat" / "journal.jsonl"
    path.unlink()
    path.mkdir()

    assert known(store, "a") is None


def test_without_an_index_file_nothing_is_told():
    store = MemoryStore()
    store.append("chat", [Note("x", {}, id="a")])

    assert ids.known(Index(store.source()), "chat", frozenset("a")) is None


def test_sessions_of_the_first_layout_are_left_to_the_store(tmp_path):
    assert ids.known(Index(FileSource(tmp_path), str(tmp_path)), "chat", frozenset("a")) == set()
