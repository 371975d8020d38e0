"""An agent that does what a test tells it to, and a small project for it to work on."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ai_sessions.environment import marked
from ai_sessions.providers.contract import Edits, Quirks, Ran, Reply, Request
from ai_sessions.records import Cost, Resume, Usage

ROOT = ".ai-session"
PLAN = """\
schema: 1
feature: pay
title: Payments
goal: Charge once.
defaults:
  test: {runner: unittest, cmd: [python3, -m, unittest, "{tests}"]}
  suite: {runner: unittest, cmd: [python3, -m, unittest, discover]}
acceptance:
  - {id: A1, text: Charges once.}
phases:
  - id: P1
    title: Charge
    tasks:
      - id: T1.1
        title: Gateway
        covers: [A1]
        files: {src: [gateway.py], tests: [test_gateway.py]}
      - id: T1.2
        title: Route
        needs: [T1.1]
        files: {src: [route.py, helper.py], tests: [test_route.py]}
      - id: T1.3
        title: Readme
        kind: docs
        files: {src: [README.md]}
        check: {cmd: [grep, -q, once, README.md]}
"""
TEST = """\
import unittest

import gateway


class Charge(unittest.TestCase):
    def test_charges(self):
        self.assertEqual(gateway.charge("k"), gateway.charge("k"))

    def test_differs(self):
        self.assertNotEqual(gateway.charge("a"), gateway.charge("b"))
"""
SOURCE = """\
def charge(key):
    return f"charge-{key}"
"""


def plan_of(*tasks: str, test: str = '"{tests}"', more: str = "") -> str:
    """A plan whose tests unittest runs. `tasks`: mappings of YAML, on one line each; `test`: what
    the command names; `more`: other lines before the phases.
    """
    listed = "".join(f"      - {task}\n" for task in tasks)
    return (
        "schema: 1\nfeature: pay\ntitle: Payments\ndefaults:\n"
        f"  test: {{runner: unittest, cmd: [python3, -m, unittest, {test}]}}\n"
        f"{more}phases:\n  - id: P1\n    title: Charge\n    tasks:\n{listed}"
    )


def lay(folder: Path, files: Mapping[str, str]) -> None:
    """Write files, by their path in the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class Agent:
    """Plays a script: each step gets the folder and may write; what it returns is what it says."""

    name = "agent"
    quirks = Quirks(keeps_context=True, edits_files=True)

    def __init__(self, *steps):
        self.steps = list(steps)
        self.requests: list[Request] = []

    def run(self, request, watch):
        self.requests.append(request)
        step = self.steps.pop(0) if self.steps else (lambda _folder: "success")
        said = _as_a_child(step, Path(request.cwd)) if callable(step) else step
        if isinstance(said, Reply):
            return said
        resume = request.resume or Resume("conversation-1")
        cost = Cost(10_000_000, "client")
        return Reply(said or "done", "model-1", Usage(100, 20), cost=cost, resume=resume)


def _as_a_child(step: Callable[[Path], str], folder: Path) -> str:
    """Take a step with what marks the commits of a real agent's process."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in marked({}).items():
            patch.setenv(name, value)
        return step(folder)


class Plain(Agent):
    """A model behind HTTP: it can only talk."""

    name = "plain"
    quirks = Quirks(keeps_context=False, edits_files=False)


def writes(**contents: str | None) -> Callable[[Path], str]:
    """A step that writes files (`test_gateway__py` is `test_gateway.py`); None removes one."""

    def step(folder: Path) -> str:
        for name, text in contents.items():
            path = name.replace("__", ".")
            if text is None:
                (folder / path).unlink()
            else:
                lay(folder, {path: text})
        return "I ran the tests, all green"

    return step


#: An agent's steps for T1.1: the tests, then the work.
HONEST = (writes(test_gateway__py=TEST), writes(gateway__py=SOURCE))


def tells(
    step: Callable[[Path], str], *written: str, ran: tuple[Ran, ...] = ()
) -> Callable[[Path], Reply]:
    """A step of an agent that tells what its tools did, whatever else happens meanwhile."""

    def told(folder: Path) -> Reply:
        resume, cost = Resume("conversation-1"), Cost(10_000_000, "client")
        usage, edits = Usage(100, 20), Edits(written, ran)
        return Reply(step(folder), "model-1", usage, cost=cost, resume=resume, edits=edits)

    return told


def git(repo: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=repo, capture_output=True, text=True, check=True)
    return done.stdout
