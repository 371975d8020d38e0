"""Stores that a program tracks its conversations in."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from ai_sessions import config
from ai_sessions.conversations.service import Conversations
from ai_sessions.library import storage
from ai_sessions.library.sessions import Tracked
from ai_sessions.library.watching import WATCH
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_wishes(monkeypatch):
    """What one test configures is none of the next one's business."""
    monkeypatch.setattr(storage._known, "sandbox_id", "")
    monkeypatch.setattr(storage._known, "expires_in_ms", None)


@pytest.fixture(autouse=True)
def _no_thread_beside(monkeypatch):
    """What is left to the thread of the library is done when a test says so."""
    monkeypatch.setattr(WATCH, "_serve", lambda: None)
    yield
    WATCH.begin()


@pytest.fixture
def files_alone(core):
    """For what only a store that lasts can do."""
    if not core.store.lasting:
        pytest.skip("a store in memory ends with its process")


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


@pytest.fixture
def script(root):
    """Runs a program of its own, which ends well and in silence, or by a signal."""

    def run(text, ends=0):
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "HOME": str(root.parent),
            "SESSION_DIR": str(root),
        }
        begin = "import asyncio, atexit, os, sys\nfrom ai_sessions import SessionManager\n"
        command = [sys.executable, "-c", begin + text]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (ends, "")

    return run
