"""Stores for the settings: files, or memory alone."""

import pytest

from ai_sessions import config
from ai_sessions.assemble import stores
from ai_sessions.index import NAME
from ai_sessions.records import Note
from ai_sessions.store.files import FileStore, repeats
from ai_sessions.store.memory import MemoryStore


def test_with_sessions_they_are_files_without_they_are_memory(settings, tmp_path):
    assert isinstance(stores.store(settings, True), FileStore)
    assert isinstance(stores.store(settings, False), MemoryStore)
    assert not (tmp_path / "s").exists()


@pytest.fixture
def long(tmp_path, monkeypatch):
    """A store with a session that is long enough to ask the index, as a new process sees it."""
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), "SESSION_FSYNC": "none"})
    store = stores.files(settings)
    store.append("chat", [Note("x", {}, id=f"key-{number}") for number in range(40)])
    monkeypatch.setattr(repeats, "_LONG_BYTES", 1)
    monkeypatch.setattr(repeats, "_last", repeats._Seen())
    return store


def test_an_id_from_long_ago_is_looked_for_in_the_index(long, monkeypatch):
    monkeypatch.setattr(repeats, "_blocks", None)
    before = long.read("chat")

    assert long.append("chat", [Note("x", {}, id="key-3")]) == before


def test_an_id_that_is_new_is_added(long, monkeypatch):
    monkeypatch.setattr(repeats, "_blocks", None)

    assert long.append("chat", [Note("x", {}, id="other")]) is not None
    assert [one.id for one in long.entries("chat", last=1)] == ["other"]


def test_without_an_index_it_is_looked_for_in_the_session(long, tmp_path):
    (tmp_path / "s" / NAME).mkdir()
    before = long.read("chat")

    assert long.append("chat", [Note("x", {}, id="key-3")]) == before


def test_ids_of_ours_that_are_young_ask_nobody(long, tmp_path):
    long.append("chat", [Note("x", {}) for _ in range(40)])
    long.append("chat", [Note("x", {})])

    assert not (tmp_path / "s" / NAME).exists()
