"""Stores that a program tracks its conversations in."""

from datetime import UTC, datetime

import pytest

from ai_sessions import config
from ai_sessions.conversations.service import Conversations
from ai_sessions.library import storage
from ai_sessions.library.sessions import Tracked
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_wishes(monkeypatch):
    """What one test configures is none of the next one's business."""
    monkeypatch.setattr(storage._known, "sandbox_id", "")
    monkeypatch.setattr(storage._known, "expires_in_ms", None)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "sessions"


@pytest.fixture(params=["files", "memory"])
def core(request, root):
    """Every store there is: a verb means the same in each."""
    if request.param == "memory":
        store = MemoryStore(now=lambda: NOW)
    else:
        store = FileStore(root, fsync="none", lock_timeout_s=5, now=lambda: NOW)
    return Conversations(store, config.load({}), lambda: NOW)


@pytest.fixture
def tracked(core):
    return lambda *args, **named: Tracked(*args, store=core, **named)
