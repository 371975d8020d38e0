"""A session to write to, and no look at the tester's own settings."""

import pytest

from ai_sessions.library.views.session import Session


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch, tmp_path):
    monkeypatch.setenv("SESSION_PROVIDER", "memory")
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def chat(core):
    return Session.create("chat", store=core)
