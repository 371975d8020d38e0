"""The door for Python programs: the verbs as functions over the user's own sessions."""

import subprocess
import sys
from pathlib import Path

import pytest

import ai_sessions
from ai_sessions import conversations
from ai_sessions.conversations.service import Conversations
from ai_sessions.errors import ConfigError
from ai_sessions.store.files import FileStore


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("SESSION_DIR", str(tmp_path / "sessions"))
    monkeypatch.setenv("HOME", str(tmp_path))
    conversations.default.cache_clear()
    yield
    conversations.default.cache_clear()


def test_a_name_that_is_no_verb_is_none():
    with pytest.raises(AttributeError, match="no attribute 'add_massage'"):
        _ = conversations.add_massage


def test_every_verb_is_one_of_the_service():
    for name in set(conversations.__all__) - {"default"}:
        assert callable(getattr(Conversations, name))
        assert getattr(conversations, name).__name__ == name


def test_the_verbs_work_on_the_users_own_sessions(tmp_path):
    from ai_sessions.conversations import add_message, build_context, get_or_create_session

    session = get_or_create_session(conversation_id=1, interface_type="api")
    add_message(session, "user", "hi")

    assert [one.text for one in build_context(session).messages] == ["hi"]
    assert FileStore(tmp_path / "sessions").names() == ["api-1"]


def test_a_wrong_setting_is_told_at_the_first_call(monkeypatch):
    monkeypatch.setenv("CACHE_MAX_SIZE", "many")
    with pytest.raises(ConfigError, match="CACHE_MAX_SIZE='many'"):
        conversations.get_stats()


def test_without_sessions_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("USE_SESSIONS", "false")
    session = conversations.find_or_create(conversation_id=1, interface_type="api")
    conversations.add_message(session, "user", "hi")

    assert not (tmp_path / "sessions").exists()
    assert conversations.get_stats().total_messages == 1


def test_importing_it_imports_no_store():
    code = "import sys, ai_sessions.conversations; print(*sorted(sys.modules))"
    environment = {"PYTHONPATH": str(Path(ai_sessions.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )

    ours = [name for name in done.stdout.split() if name.startswith("ai_sessions")]
    assert ours == ["ai_sessions", "ai_sessions.conversations"]
