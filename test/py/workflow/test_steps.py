"""How a step tries: ask, judge, ask again, until the gate is content or nothing new comes of it."""

import pytest
from scripted import PLAN, SOURCE, TEST, Agent, git, writes

from ai_sessions.errors import GateRefused
from ai_sessions.workflow import steps
from ai_sessions.workflow.implement import Options
from ai_sessions.workflow.steps import STEPS

RED = writes(test_gateway__py=TEST)
WRONG = writes(gateway__py="def charge(key):\n    return 1\n")
WORSE = writes(gateway__py="def charge(key):\n    return 2\n")
CHECKED = writes(README__md="Charges once.\n")


@pytest.fixture(autouse=True)
def without_a_suite(space):
    lines = [line for line in PLAN.splitlines() if not line.startswith("  suite:")]
    space.write("\n".join(lines) + "\n", "plan.yaml")


def test_the_steps_of_each_kind_of_task_are_in_this_order():
    named = {kind: [step.__name__ for step in of_kind] for kind, of_kind in STEPS.items()}
    assert named == {
        "code": ["baseline", "red", "green"],
        "docs": ["check"],
        "chore": ["check"],
        "waiver": ["waive"],
    }


def test_each_try_hears_what_was_wrong_with_the_last_one(do):
    agent = Agent(RED, WRONG, writes(gateway__py=SOURCE))

    assert do(agent).state == "done"

    purposes = [request.purpose for request in agent.requests]
    assert purposes == ["red", "green", "green"]
    assert "test_differs" in agent.requests[2].prompt


def test_a_try_that_changed_nothing_is_the_last_one(do):
    agent = Agent(RED, WRONG, WRONG, writes(gateway__py=SOURCE))

    with pytest.raises(GateRefused):
        do(agent)

    assert len(agent.requests) == 3


def test_the_attempts_are_counted_for_each_step(do):
    agent = Agent(RED, WRONG, WORSE, writes(gateway__py=SOURCE))

    with pytest.raises(GateRefused):
        do(agent, options=Options(attempts=2))

    assert len(agent.requests) == 3


def test_a_check_that_fails_in_the_same_way_twice_is_not_paid_a_third_time(do):
    agent = Agent(*[writes(README__md="Charges twice.\n")] * 3)

    with pytest.raises(GateRefused, match="its check fails"):
        do(agent, "T1.3")

    assert len(agent.requests) == 2


def test_a_check_is_tried_until_it_succeeds(do, repo):
    agent = Agent(writes(README__md="Charges twice.\n"), CHECKED)

    assert do(agent, "T1.3").state == "done"
    assert git(repo, "log", "-1", "--format=%s") == "docs(pay): T1.3 Readme\n"


def test_green_without_red_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="green without red"):
        steps.green(None, steps.Seen())
