"""A bot over a chat service in this process."""

import os

import pytest
from background_work import Shop

from ai_sessions.workflow import background
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


@pytest.fixture
def shop(environment, tmp_path, monkeypatch):
    """A repository of BOT_REPOSITORIES, where a script stands for the commands."""
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    made = Shop(tmp_path, environment)
    monkeypatch.setattr(background, "_LAUNCH", made.script())
    os.mkfifo(tmp_path / "gate")
    made.ends(task=None)
    return made


@pytest.fixture
def owner(shop, world):
    """The bot of somebody who owns it, and has the repository."""
    world.own()
    world.service.sent.clear()
    world.service.messages.clear()
    world.service.buttons.clear()
    return world
