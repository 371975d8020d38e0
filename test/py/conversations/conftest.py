"""Stores with a conversation in them."""

from datetime import UTC, datetime

import pytest

from ai_sessions.records import About, Change, Interaction, Message, Pin, Said
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def root(tmp_path):
    return tmp_path / "sessions"


@pytest.fixture(params=["files", "memory"])
def store(request, root):
    """Every store there is: a verb means the same in each."""
    if request.param == "memory":
        return MemoryStore(now=lambda: NOW)
    return FileStore(root, fsync="none", lock_timeout_s=5, now=lambda: NOW)


def said(role, text):
    return Said(Message(role, text))


@pytest.fixture
def talk(store):
    """A session `plan-a`: entries 1 to 8, and what was said in them."""
    store.ensure("plan-a", About("plan", "a", title="Plan it"))
    asked, answer = Message("user", "go"), Message("assistant", "done")
    failed = Interaction("bad", "", "claude", "sonnet", (Message("user", "x"),), status="timeout")
    store.append(
        "plan-a",
        [
            said("system", "be brief"),
            Change("state.lang", "pl"),
            Interaction("i1", "", "claude", "sonnet", (asked, answer)),
            failed,
            Pin("name", "I am Priya", "3.0"),
            Change("state.lang", "en"),
            said("user", "and tests?"),
            said("assistant", "written"),
        ],
    )
    return "plan-a"
