"""Work over a model whose window is small: all tasks of a plan in one session, each request within
the window by the server's own count, also when the server is started again with a smaller one.

`AI_SESSIONS_LONG=1`: 60 tasks and a window of 32,000 tokens.
"""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

import openai_server
from loopback import Turn

ROOT = Path(__file__).resolve().parents[2]
LONG = os.environ.get("AI_SESSIONS_LONG") == "1"
TASKS, WINDOW, LESS = (60, 32_000, 16_000) if LONG else (10, 6_000, 3_000)
#: So many lines has the file of each task, about a tenth of the window.
LINES = WINDOW // 200
HEAD = """\
schema: 1
feature: pay
title: Payments
goal: Charge once.
defaults:
  test: {runner: opaque, cmd: [sh, "{tests}"]}
  suite: {runner: opaque, cmd: [sh, suite.sh]}
phases:
  - id: P1
    title: Charge
    tasks:
"""
TASK = """\
      - id: T1.{0}
        title: Part {0}
        files: {{src: [part{0}.txt], tests: [test{0}.sh]}}
"""
KEYS = ("NAME", "EMAIL")
RULE = "Amounts are whole cents, always."


def counted(body):
    """Tokens of a request by a rule of the server's own: pieces of words, digits and marks, and
    four for each message.
    """
    texts = [one["content"] for one in body["messages"]]
    pieces = sum(len(re.findall(r"[^\W\d_]{1,5}|\d{1,3}|[^\w\s]|_|\n", text)) for text in texts)
    return pieces + 4 * len(texts) + len(json.dumps(body.get("response_format", ""))) // 4


class Model:
    """It does what each prompt asks for, and refuses what is more than it holds."""

    def __init__(self):
        self.window = WINDOW
        self.taken, self.refused = [], []
        self.told = []

    def __call__(self, body):
        tokens = counted(body)
        if len(self.taken) == TASKS:  # in the middle: each task takes two calls
            self.window = LESS
        if tokens > self.window:
            self.refused.append((tokens, self.window))
            return Turn(status=400, error=self.complaint(tokens), kind="context_length_exceeded")
        self.taken.append((tokens, self.window))
        self.told.append(body["messages"])
        return Turn(self.answer(body["messages"][-1]["content"]), usage={})

    def told_of(self):
        """For people, with -s."""
        most, less = (max(t for t, w in self.taken if w == of) for of in (WINDOW, LESS))
        whole = sum(tokens for tokens, _window in self.taken)
        return (
            f"{len(self.taken)} requests, {whole:,} tokens; the largest {most:,} of {WINDOW:,}, "
            f"then {less:,} of {LESS:,}; refused {self.refused}"
        )

    def complaint(self, tokens):
        return (
            f"This model's maximum context length is {self.window} tokens. However, your messages "
            f"resulted in {tokens} tokens. Please reduce the length of the messages."
        )

    def answer(self, prompt):
        asked = re.search(r"^Task T1\.(\d+) of (the feature )?`pay`", prompt, re.MULTILINE)
        number, is_red = asked[1], bool(asked[2])
        if is_red:
            return files(f"test{number}.sh", f"grep -q 'part {number} is done' part{number}.txt\n")
        lines = [f"line {line} of part {number}: charge_{line}(amount)" for line in range(LINES)]
        return files(f"part{number}.txt", "\n".join([*lines, f"part {number} is done", ""]))


def files(path, content):
    return json.dumps({"files": [{"path": path, "content": content}]})


@pytest.fixture
def shop(tmp_path):
    """Runs commands in a repository with an approved plan."""
    repo = tmp_path / "shop"
    repo.mkdir()
    (repo / "suite.sh").write_text("true\n")
    who = {f"GIT_{role}_{key}": "t@example.com" for role in ("AUTHOR", "COMMITTER") for key in KEYS}
    environment = {
        **who,
        "PATH": f"{ROOT / 'scripts'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "GIT_CONFIG_NOSYSTEM": "1",
        "SESSION_DIR": str(tmp_path / "sessions"),
        "SESSION_FSYNC": "none",
        "AI_PROVIDER": "openai",
        "AI_MODEL": "a-model-of-mine",
        "AI_WINDOW": str(WINDOW),
    }

    def run(*words):
        done = subprocess.run(
            words, cwd=repo, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    run("git", "init", "-q", "-b", "main")
    run("git", "config", "gc.auto", "0")
    run("init-session.sh", "pay")
    plan = HEAD + "".join(TASK.format(number) for number in range(1, TASKS + 1))
    (repo / ".ai-session/pay/plan.yaml").write_text(plan)
    run("git", "add", "-A")
    run("git", "commit", "-qm", "Begin")
    run("plan.sh", "pay", "--approve")
    run.environment = environment
    return run


def test_all_tasks_of_a_plan_are_done_in_one_session_and_no_request_outgrows_the_window(shop):
    model = Model()
    with openai_server.server(model) as server:
        shop.environment["OPENAI_BASE_URL"] = f"{server.url}/v1"
        shop("ai-session.sh", "create", "implement-pay")
        shop("ai-session.sh", "remember", "implement-pay", RULE)
        said = shop("implement.sh", "pay", "--all")

    tasks = json.loads(shop("status.sh", "pay", "--json"))["tasks"]
    shown = shop("ai-session.sh", "show", "implement-pay", "--interactions", "999", "--json")
    calls = json.loads(shown)["interactions"]
    print(model.told_of())
    assert {task["state"] for task in tasks} == {"done"}
    assert len(model.taken) == 2 * TASKS
    assert len(model.refused) == 1
    assert "is asked again with at most" in said
    assert [one["status"] for one in calls].count("context_too_long") == 1
    assert all(RULE in json.dumps(messages[:-1]) for messages in model.told)
    assert all("Summary of what was said" in json.dumps(told) for told in model.told[TASKS:])
