"""A feature from plan to GO in a chat, by the real commands and a recorded agent; the bot is killed
in between.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from scripted import git

from ai_sessions.workspace.files import Workspace
from chat_service import World

ROOT = Path(__file__).resolve().parents[2]
FEATURE = "payment-gateway"
_WAIT_S = 120
#: A bot that is killed when it is about to say that a run has begun.
KILLED = """\
import json, os, signal, sys
from pathlib import Path
from chat_service import World
world = World(json.loads(sys.argv[1]), Path(sys.argv[2]))
async def killed(_place, _message):
    os.kill(os.getpid(), signal.SIGKILL)
world.service.send = killed
world.say(sys.argv[3], id="the-same")
"""


@pytest.fixture
def repo(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    made = tmp_path / "shop"
    made.mkdir()
    git(made, "init", "-q", "-b", "main")
    git(made, "config", "user.name", "Test")
    git(made, "config", "user.email", "test@example.com")
    (made / "shop.py").write_text('"""A small shop."""\n')
    (made / ".gitignore").write_text("__pycache__/\n")
    git(made, "add", "-A")
    git(made, "commit", "-qm", "Start the shop")
    return made


@pytest.fixture
def world(repo, tmp_path):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "SESSION_DIR": str(tmp_path / "sessions"),
        "SESSION_FSYNC": "none",
        "AI_PROVIDER": "demo",
        "TELEGRAM_ALLOWED": "7",
        "BOT_REPOSITORIES": str(repo),
    }
    made = World(environment, tmp_path)
    made.own()
    return made


def followed(world):
    """Look until all that was begun has ended; the last text."""
    end = time.monotonic() + _WAIT_S
    while world.desk.work.open():
        assert time.monotonic() < end, world.service.texts
        world.look()
    return world.service.texts[-1]


def test_a_feature_goes_from_plan_to_go_by_buttons(world, repo):
    world.say(f"/plan {FEATURE} --approve Design payment processing")
    assert "2 tasks planned" in followed(world)
    assert "--approve Design" in Workspace(str(repo), ".ai-session", FEATURE).text("spec.md")

    for label, told in (
        ("Implement T1.1", "T1.1 red    1 could not start\nT1.1 green  2 passed\n```\ncommit "),
        ("Implement T1.2", "files: `gateway.py`, `tests/test_amounts.py`\n"),
        ("Review", "reviewed: 0 blockers, 1 finding"),
        ("Verify", f"{FEATURE}: GO at "),
    ):
        world.press(label)
        assert told in followed(world)
    assert git(repo, "status", "--short", "--", "gateway.py", "tests") == ""
    assert FEATURE in world.say("/status")[0]


def test_a_bot_that_is_killed_after_it_began_a_task_has_it_done_once(world, repo):
    world.say(f"/plan {FEATURE} Design payment processing")
    followed(world)
    said = f"/implement {FEATURE} T1.1"
    words = [json.dumps(world.environment), str(world.folder), said]
    paths = [ROOT / "pylib", ROOT / "test/servers", *map(Path, sys.path)]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        timeout=_WAIT_S,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL

    world.restart()
    assert world.do() == [f"{FEATURE} T1.1: begun"]
    assert f"{FEATURE} T1.1 done" in followed(world)
    assert len(world.desk.work.runs.all()) == 2
    assert len(git(repo, "log", "--format=%s", "--grep", "T1.1").splitlines()) == 2
