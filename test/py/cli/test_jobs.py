"""`implement --all --jobs N` as a user types it: processes of their own, an agent on PATH."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LAUNCH = [sys.executable, "-I", "-S", str(ROOT / "pylib/launch.py")]
TASK = """\
      - id: {id}
        title: Module {name}
        files: {{src: [{source}], tests: [test_{name}.py]}}
"""
HEAD = """\
schema: 1
feature: pay
title: Payments
defaults:
  test: {runner: unittest, cmd: [python3, -m, unittest, "{tests}"]}
  suite: {runner: unittest, cmd: [python3, -m, unittest, discover]}
phases:
  - id: P1
    title: Parts
    tasks:
"""


def task(id_, name, source=""):
    return TASK.format(id=id_, name=name, source=source or f"{name}.py")


def turns(*tasks):
    """What the agent does for tasks `(id, name)`: a test of the module, and the module."""
    found = []
    for id_, name, *more in tasks:
        test = ["import unittest", f"import {name}", "", "", "class T(unittest.TestCase):"]
        test += ["    def test_it(self):", f"        self.assertEqual({name}.it(), '{name}')", ""]
        source = ["def it():", f"    return '{name}'", *more, ""]
        found += [
            {"purpose": "red", "task": id_, "files": {f"test_{name}.py": test}, "said": "tests"},
            {"purpose": "green", "task": id_, "files": {f"{name}.py": source}, "said": "done"},
        ]
    return {"turns": found}


class Typed:
    """A project with a plan, and commands typed in it; `calls` are those of the agent."""

    def __init__(self, folder):
        self.repo, self.log = folder / "my shop", folder / "claude.log"
        self.repo.mkdir()
        self.sessions = folder / "sessions"
        self.turns = folder / "turns.json"
        path = f"{ROOT / 'test/bin/agents'}{os.pathsep}{os.environ['PATH']}"
        self.environment = {
            **{"PATH": path, "HOME": str(folder), "SESSION_DIR": str(self.sessions)},
            **{"SESSION_FSYNC": "none", "AI_PROVIDER": "claude", "GIT_CONFIG_NOSYSTEM": "1"},
            **{"FAKE_CLAUDE_LOG": str(self.log), "FAKE_CLAUDE_TURNS": str(self.turns)},
        }
        (folder / ".gitconfig").write_text("[user]\nname = T\nemail = t@example.com\n")
        self.git("init", "-q", "-b", "main")
        (self.repo / ".gitignore").write_text("__pycache__/\n")
        assert self("init", "pay").returncode == 0

    def plan(self, *tasks, made=()):
        (self.repo / ".ai-session/pay/plan.yaml").write_text(HEAD + "".join(tasks))
        self.turns.write_text(json.dumps(turns(*made)))
        self.git("add", "-A")
        self.git("commit", "-qm", "Begin")

    def __call__(self, *words, **more):
        return subprocess.run(
            [*LAUNCH, *words],
            cwd=self.repo,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )

    def git(self, *words):
        done = subprocess.run(
            ["git", *words],
            cwd=self.repo,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def log_of(self):
        return self.git("log", "--format=%s").splitlines()

    def states(self):
        found = json.loads(self("status", "pay", "--json").stdout)
        return {one["id"]: one["state"] for one in found["tasks"]}

    @property
    def calls(self):
        text = self.log.read_text() if self.log.exists() else ""
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def typed(tmp_path):
    return Typed(tmp_path)


def test_two_tasks_are_done_at_the_same_time_and_come_back_in_the_order_of_the_plan(typed):
    typed.plan(task("T1.1", "one"), task("T1.2", "two"), made=[("T1.1", "one"), ("T1.2", "two")])
    meeting = {"FAKE_CLAUDE": "meets", "FAKE_CLAUDE_MEET": "2"}

    done = typed("implement", "pay", "--all", "--jobs", "2", "--json", **meeting)

    found = json.loads(done.stdout)
    assert (done.returncode, [one["id"] for one in found["tasks"]]) == (0, ["T1.1", "T1.2"])
    assert [one["state"] for one in found["tasks"]] == ["done", "done"]
    assert found["cost"]["calls"] == len(typed.calls) == 4
    assert typed.log_of() == [
        "feat(pay): T1.2 Module two",
        "test(pay): T1.2 red",
        "feat(pay): T1.1 Module one",
        "test(pay): T1.1 red",
        "Begin",
    ]
    assert typed.git("status", "--porcelain") == ""
    assert len(typed.git("worktree", "list").splitlines()) == 1
    assert typed("verify", "pay", "--evidence-only").stdout.startswith("GO   pay")


def test_each_of_two_tasks_talks_in_a_conversation_of_its_own(typed):
    typed.plan(task("T1.1", "one"), task("T1.2", "two"), made=[("T1.1", "one"), ("T1.2", "two")])

    typed("implement", "pay", "--all", "--jobs", "2")

    kept = sorted(path.name for path in typed.sessions.iterdir() if path.name.startswith("impl"))
    assert kept == ["implement-pay", "implement-pay-t1.2"]
    by_folder = {call["cwd"]: set() for call in typed.calls}
    for call in typed.calls:
        words = call["argv"]
        option = "--resume" if "--resume" in words else "--session-id"
        by_folder[call["cwd"]].add(words[words.index(option) + 1])
    assert [len(ids) for ids in by_folder.values()] == [1, 1]
    prompts = {call["cwd"]: [] for call in typed.calls}
    for call in typed.calls:
        prompts[call["cwd"]].append(call["stdin"])
    assert all("T1.2" not in text for text in prompts[str(typed.repo)])


def test_tasks_that_meet_in_a_file_wait_for_each_other_with_the_reason(typed):
    typed.plan(
        task("T1.1", "one"),
        task("T1.2", "two", "one.py, two.py"),
        task("T1.3", "three"),
        made=[("T1.1", "one"), ("T1.2", "two"), ("T1.3", "three")],
    )

    done = typed("implement", "pay", "--all", "--jobs", "3", "--json")

    assert done.returncode == 0
    assert "T1.2 waits: T1.1 and T1.2 both change one.py\n" in done.stderr
    found = json.loads(done.stdout)
    assert found["waited"] == {"T1.2": "T1.1 and T1.2 both change one.py"}
    assert [one["id"] for one in found["tasks"]] == ["T1.1", "T1.3", "T1.2"]


def test_a_task_that_fails_beside_others_does_not_hold_them_up(typed):
    typed.plan(task("T1.1", "one"), task("T1.2", "two"), made=[("T1.1", "one")])

    done = typed("implement", "pay", "--all", "--jobs", "2", "--json")

    found = json.loads(done.stdout)
    assert (done.returncode, found["code"]) == (5, 5)
    assert found["error"]["message"].startswith("T1.2: no test file changed; nothing was run.")
    assert (found["task"]["id"], found["task"]["state"]) == ("T1.2", "ready")
    assert [one["id"] for one in found["tasks"]] == ["T1.1"]
    assert typed.states() == {"T1.1": "done", "T1.2": "ready"}
    assert typed.git("status", "--porcelain", "--", ".", ":!.ai-session") == ""


def test_work_that_breaks_what_was_done_beside_it_is_refused_where_they_meet(typed):
    breaks = "import os; assert not os.path.exists('one.py'), 'only one of us'"
    typed.plan(
        task("T1.1", "one"),
        task("T1.2", "two"),
        made=[("T1.1", "one"), ("T1.2", "two", "", breaks)],
    )

    done = typed("implement", "pay", "--all", "--jobs", "2")

    assert done.returncode == 5
    assert "T1.2" in done.stderr
    assert typed.states() == {"T1.1": "done", "T1.2": "failed"}
    assert not (typed.repo / "two.py").exists()
    assert typed.log_of()[0] == "test(pay): T1.2 red"


def test_jobs_go_with_all_alone(typed):
    typed.plan(task("T1.1", "one"))

    done = typed("implement", "pay", "--task", "T1.1", "--jobs", "2")

    assert done.returncode == 2
    assert "error: --jobs needs --all\n" in done.stderr
