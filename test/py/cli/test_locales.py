"""Every door where the locale has nothing but ASCII, as under cron: no marks of ours beyond it."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scripted import PLAN, ROOT

from ai_sessions.records import About, Message, stamp
from ai_sessions.store.files import FileStore
from ai_sessions.workspace.files import Workspace

from .conftest import call

LAUNCH = Path(__file__).resolve().parents[3] / "pylib/ai_sessions/cli/launch.py"
DOORS = [
    ("help",),
    ("list",),
    ("show", "implement-pay"),
    ("show", "implement-pay", "--transcript"),
    ("stats",),
    ("stats", "--by", "project"),
    ("stats", "--savings"),
    ("search", "needle"),
    ("status", "pay"),
    ("status", "--all"),
    ("config",),
    ("doctor",),
    ("clean", "--older-than", "30", "--dry-run"),
    ("todo", "report"),
    ("assistant", "--stats"),
    ("assistant", "--suggest-model", "--explain"),
    ("assistant", "--reset"),
    ("import", "clash.json"),
    ("rename", "implement-pay", "no name"),
    ("completion", "bash"),
]


@pytest.fixture
def filled(root, tmp_path):
    """A long answer in a session of a planned feature, and an export that clashes with it."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    store = FileStore(root, fsync="none")
    store.ensure("implement-pay", About("implement", "pay", str(tmp_path)))
    said = Message("assistant", f"{'hay ' * 200}needle {'hay ' * 200}", stamp(datetime.now(UTC)))
    store.append("implement-pay", [call(1, 0, 10_000_000, messages=(said,))])
    Workspace(str(tmp_path), ROOT, "pay").write(PLAN, "plan.yaml")
    (tmp_path / "clash.json").write_text(json.dumps([{"name": "implement-pay", "uid": "another"}]))
    return store


def told(*words: str, locale: str = "C") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-S", str(LAUNCH), *words]
    return subprocess.run(command, env=environment, capture_output=True, check=False)


@pytest.mark.parametrize("words", DOORS, ids=" ".join)
def test_nothing_but_ascii_comes_out_where_the_locale_has_nothing_else(filled, words):
    done = told(*words)

    assert (done.stdout + done.stderr).isascii()
    assert b"bug" not in done.stderr
    expected = {"import": 2, "rename": 2}.get(words[0], 0)
    is_machines = words == ("doctor",)  # whose exit code tells about this machine
    assert is_machines or done.returncode == expected, done.stderr


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8", "de_DE.ISO-8859-1"])
def test_letters_of_users_come_through_a_pipe_in_every_locale(root, locale):
    FileStore(root, fsync="none").ensure("plan-pay", About("plan", "pay", "/src/Größe"))

    [found] = json.loads(told("list", "--json", locale=locale).stdout)["sessions"]
    assert found["project"] == "/src/Größe"
    assert "/src/Größe".encode() in told("list", locale=locale).stdout
