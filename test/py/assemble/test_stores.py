"""Stores for the settings: files, or memory alone."""

from ai_sessions.assemble import stores
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore


def test_with_sessions_they_are_files_without_they_are_memory(settings, tmp_path):
    assert isinstance(stores.store(settings, True), FileStore)
    assert isinstance(stores.store(settings, False), MemoryStore)
    assert not (tmp_path / "s").exists()
