"""`implement --all --jobs N` as a user types it: processes of their own, an agent on PATH."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import is_running

ROOT = Path(__file__).resolve().parents[3]
LAUNCH = [sys.executable, "-I", "-S", str(ROOT / "pylib/ai_sessions/cli/launch.py")]
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

    def begin(self, *words, agents=2, **more):
        """The same without waiting for its end, but until so many agents have been called."""
        process = subprocess.Popen(
            [*LAUNCH, *words],
            cwd=self.repo,
            env={**self.environment, **more},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        until(lambda: len(self.calls) == agents)
        return process

    @property
    def calls(self):
        text = self.log.read_text() if self.log.exists() else ""
        return [json.loads(line) for line in text.splitlines()]


def until(found):
    deadline = time.monotonic() + 600
    while not found() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert found()


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


def test_events_of_all_jobs_come_in_one_stream_with_their_task(typed):
    typed.plan(task("T1.1", "one"), task("T1.2", "two"), made=[("T1.1", "one"), ("T1.2", "two")])

    done = typed("implement", "pay", "--all", "--jobs", "2", "--jsonl", "--verbose")

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    other = {line["text"] for line in lines if line.get("task") == "T1.2" and "text" in line}
    assert done.returncode == 0
    assert {"T1.2 red", "T1.2 green"} <= other
    assert [line["event"] for line in lines].count("result") == 1
    assert [one["id"] for one in lines[-1]["tasks"]] == ["T1.1", "T1.2"]
    assert "T1.2  T1.2 red\n" in done.stderr
    tools = [line["text"] for line in lines if line["event"] == "tool" and line.get("task")]
    assert tools
    assert f"T1.2    {tools[0]}\n" in done.stderr


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


def test_where_none_may_be_done_beside_the_first_the_reason_is_told_too(typed):
    typed.plan(
        task("T1.1", "one"),
        task("T1.2", "two", "one.py, two.py"),
        made=[("T1.1", "one"), ("T1.2", "two")],
    )

    done = typed("implement", "pay", "--all", "--jobs", "2", "--json")

    found = json.loads(done.stdout)
    assert found["waited"] == {"T1.2": "T1.1 and T1.2 both change one.py"}
    assert [one["id"] for one in found["tasks"]] == ["T1.1", "T1.2"]
    assert sorted(path.name for path in typed.sessions.glob("impl*")) == ["implement-pay"]


def test_a_task_that_was_named_is_done_before_the_others(typed):
    names = [("T1.1", "one"), ("T1.2", "two"), ("T1.3", "three")]
    typed.plan(*(task(*each) for each in names), made=names)

    done = typed("implement", "pay", "--all", "--task", "T1.3", "--jobs", "2", "--json")

    assert [one["id"] for one in json.loads(done.stdout)["tasks"]] == ["T1.3", "T1.1", "T1.2"]


def test_no_more_tasks_are_begun_than_were_asked_for(typed):
    names = [("T1.1", "one"), ("T1.2", "two"), ("T1.3", "three")]
    typed.plan(*(task(*each) for each in names), made=names)

    done = typed("implement", "pay", "--all", "--jobs", "3", "--max-tasks", "2", "--json")

    assert [one["id"] for one in json.loads(done.stdout)["tasks"]] == ["T1.1", "T1.2"]
    assert len(typed.calls) == 4


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


def test_failures_of_others_are_told_with_their_task(typed):
    typed.plan(task("T1.1", "one"), task("T1.2", "two"))

    done = typed("implement", "pay", "--all", "--jobs", "2", FAKE_CLAUDE="crash")

    assert done.returncode == 9
    assert "\nwarning: T1.2: claude: " in done.stderr
    assert "\nerror: claude: " in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_all_tasks_stop_and_the_next_run_goes_on(typed, number):
    typed.plan(task("T1.1", "one"), task("T1.2", "two"), made=[("T1.1", "one"), ("T1.2", "two")])
    running = typed.begin("implement", "pay", "--all", "--jobs", "2", FAKE_CLAUDE="slow")

    running.send_signal(number)
    said = running.communicate(timeout=600)[1]

    assert running.returncode == 128 + number
    assert said.endswith("error: interrupted\nhint: run the same command again to go on\n")
    assert not any(is_running(call["pid"]) for call in typed.calls)
    again = typed("implement", "pay", "--all", "--jobs", "2")
    assert again.returncode == 0
    assert "a call (T1.1 red) was cut off; it may have cost, nobody knows what" in again.stderr
    assert "a call (T1.2 red) was cut off; it may have cost, nobody knows what" in again.stderr
    assert "T1.2: what was proved in its own tree is judged here" in again.stderr
    assert typed.states() == {"T1.1": "done", "T1.2": "done"}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_killed_its_jobs_and_their_agents_end_too(typed):
    typed.plan(task("T1.1", "one"), task("T1.2", "two"), made=[("T1.1", "one"), ("T1.2", "two")])
    running = typed.begin("implement", "pay", "--all", "--jobs", "2", FAKE_CLAUDE="slow")

    running.kill()
    running.communicate(timeout=600)

    until(lambda: not any(is_running(call["pid"]) for call in typed.calls))
    again = typed("implement", "pay", "--all", "--jobs", "2")
    assert again.returncode == 0
    assert typed.states() == {"T1.1": "done", "T1.2": "done"}


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_job_that_is_killed_is_told_and_the_other_task_is_done(typed):
    typed.plan(task("T1.1", "one"), task("T1.2", "two"), made=[("T1.1", "one"), ("T1.2", "two")])
    meeting = {"FAKE_CLAUDE": "meets", "FAKE_CLAUDE_MEET": "3"}
    running = typed.begin("implement", "pay", "--all", "--jobs", "2", **meeting)

    agent = next(call["pid"] for call in typed.calls if ".worktrees" in call["cwd"])
    job = parent_of(parent_of(agent))  # between them is the agent's supervisor
    os.kill(job, signal.SIGKILL)
    Path(typed.environment["HOME"], ".fake-claude-meet", "go").touch()
    said = running.communicate(timeout=600)[1]

    assert running.returncode == 9
    assert "\nerror: T1.2: its process was killed (signal 9)\n" in said
    assert "hint: run the same command again to go on\n" in said
    assert typed.states() == {"T1.1": "done", "T1.2": "ready"}
    assert typed("implement", "pay", "--all", "--jobs", "2").returncode == 0
    assert typed.states() == {"T1.1": "done", "T1.2": "done"}


def test_a_task_that_asks_is_answered_and_goes_on_in_its_own_tree(typed):
    typed.plan(task("T1.1", "one"), task("T1.2", "two"), made=[("T1.1", "one"), ("T1.2", "two")])
    made = json.loads(typed.turns.read_text())
    asking = [dict(turn) for turn in made["turns"]]
    for turn in asking:
        if (turn["task"], turn["purpose"]) == ("T1.2", "red"):
            turn |= {"files": {}, "said": "BLOCKED: Which two?"}
    typed.turns.write_text(json.dumps({"turns": asking}))

    asked = typed("implement", "pay", "--all", "--jobs", "2", "--json")
    typed.turns.write_text(json.dumps(made))
    answered = typed("implement", "pay", "--task", "T1.2", "--answer", "The other one")

    found = json.loads(asked.stdout)
    assert (asked.returncode, found["error"]["message"]) == (6, "T1.2 asks: Which two?")
    assert [one["id"] for one in found["tasks"]] == ["T1.1"]
    assert answered.returncode == 0, answered.stderr
    assert typed.states() == {"T1.1": "done", "T1.2": "done"}
    assert any("The other one" in call["stdin"] for call in typed.calls)
    notes = (typed.repo / ".ai-session/pay/notes.md").read_text()
    assert "T1.2: Which two? The other one" in notes


def test_jobs_go_with_all_alone(typed):
    typed.plan(task("T1.1", "one"))

    done = typed("implement", "pay", "--task", "T1.1", "--jobs", "2")

    assert done.returncode == 2
    assert "error: --jobs needs --all\n" in done.stderr
