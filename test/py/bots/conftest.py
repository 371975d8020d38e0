"""A bot over a chat service in this process."""

import pytest

from chat_service import ANN, GROUP, World


@pytest.fixture
def environment(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    return {
        "SESSION_DIR": str(tmp_path / "sessions"),
        "HOME": str(tmp_path),
        "PATH": "",
        "AI_PROVIDER": "echo",
        "SESSION_FSYNC": "none",
        "TELEGRAM_ALLOWED": f"{ANN.id} {GROUP.chat}",
    }


@pytest.fixture
def world(environment, tmp_path):
    return World(environment, tmp_path)
