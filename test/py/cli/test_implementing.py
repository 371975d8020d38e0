"""`implement` as it is typed: one task, all of them, and none that is left."""

import json

import pytest
from scripted import SOURCE, TEST, writes

from ai_sessions.workflow.state import FeatureState
from ai_sessions.workspace.lock import lock_tree

HONEST = (writes(test_gateway__py=TEST), writes(gateway__py=SOURCE))


def test_a_task_is_done_and_the_next_command_is_the_last_line(typed, agent):
    agent.steps = list(HONEST)

    code, out, err = typed("implement", "pay", "--task", "T1.1")

    assert code == 0
    assert out.splitlines()[0].startswith("T1.1 done   Gateway   ")
    assert out.splitlines()[-1] == "Next: implement.sh pay --task T1.2"
    assert "implement-pay: 2 calls, 240 tokens, $0.02" in err


def test_json_is_one_object_with_task_and_cost(typed, agent):
    agent.steps = list(HONEST)

    code, out, _ = typed("implement", "pay", "--task", "T1.1", "--json")

    found = json.loads(out)
    assert (code, found["ok"], found["task"]["state"]) == (0, True, "done")
    assert found["cost"]["cost_nusd"] == 20_000_000


def test_a_refusal_is_one_object_too(typed, agent):
    code, out, _ = typed("implement", "pay", "--task", "T1.1", "--json")

    found = json.loads(out)
    assert (code, found["ok"], found["code"], found["error"]["kind"]) == (5, False, 5, "gate")


def test_all_goes_on_until_nothing_is_ready(typed, agent):
    route = "import unittest, route\nclass R(unittest.TestCase):\n    def test_r(self):\n"
    agent.steps = [
        *HONEST,
        writes(test_route__py=f"{route}        self.assertEqual(route.path(), 1)\n"),
        writes(route__py="def path():\n    return 1\n"),
        writes(README__md="Charges once.\n"),
    ]

    code, out, _ = typed("implement", "pay", "--all", "--json")

    assert code == 0
    assert [task["id"] for task in json.loads(out)["tasks"]] == ["T1.1", "T1.2", "T1.3"]
    assert json.loads(out)["next"] == "review.sh pay"


@pytest.fixture
def finished(typed, monkeypatch):
    """The plan of `pay` with nothing left to do, on a machine where no agent is installed."""
    plan = typed.repo / ".ai-session/pay/plan.yaml"
    title = "        title: "
    plan.write_text(plan.read_text().replace(title, f"        state: dropped\n{title}"))
    monkeypatch.setenv("AI_PROVIDER", "")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return typed


@pytest.mark.parametrize(
    "which", ["--all", "--next", "--all --jobs 3", "--all --dry-run", "--all --max-tasks 5"]
)
def test_nothing_left_is_done_and_says_what_comes_next(finished, which, root):
    code, out, err = finished("implement", "pay", *which.split())

    assert (code, err) == (0, "")
    assert out.splitlines() == ["all tasks of pay are done", "Next: verify.sh pay"]
    assert not root.exists()


@pytest.mark.parametrize("form", ["--json", "--jsonl"])
def test_nothing_left_is_one_object_for_programs(finished, form):
    code, out, _ = finished("implement", "pay", "--all", form)

    [found] = map(json.loads, out.splitlines())
    assert (code, found["ok"], found["task"], found["tasks"]) == (0, True, None, [])
    assert (found["cost"]["calls"], found["cost"]["cost_nusd"]) == (0, 0)
    assert found["next"] == "verify.sh pay"


def test_nothing_left_is_no_error_when_somebody_else_did_the_last_task(
    finished, agent, monkeypatch
):
    seen = iter([False])
    monkeypatch.setattr(
        FeatureState, "finished", property(lambda _standing: next(seen, True))
    )  # the first look is before the lock

    code, out, _ = finished("implement", "pay", "--next", "--provider", "agent")

    assert (code, agent.requests) == (0, [])
    assert out.splitlines()[-1] == "Next: verify.sh pay"


def test_the_open_changes_of_another_features_task_are_waited_for(typed, agent):
    (typed.repo / "other.py").write_text("x = 1\n")
    held = lock_tree(str(typed.repo), 0, lambda _text: None)
    try:
        code, _, _ = typed("implement", "pay", "--task", "T1.1", "--lock-wait", "0")
    finally:
        held.release()

    assert code == 8  # and not 6: they may be gone when it is our turn
