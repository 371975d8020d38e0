"""How the work stands, for a model that takes it over: tasks, runs of the tests, files; bounded."""

from pathlib import Path

import pytest
from scripted import PLAN, ROOT, git

from ai_sessions.workflow import briefing
from ai_sessions.workspace.files import Workspace


def test_the_plan_its_states_and_what_our_process_saw_are_told(done):
    commit = git(done.repo, "rev-parse", "--short=7", "HEAD").strip()
    base = git(done.repo, "rev-parse", "--short=7", "HEAD^").strip()
    told = briefing.told(done).splitlines()

    assert told[:4] == [
        "Feature pay: Payments",
        "Goal: Charge once.",
        "Plan: 1 of 3 tasks are finished.",
        f"- T1.1 Gateway: done (commit {commit})",
    ]
    red, green, files = told[4:7]
    assert red.startswith(
        "  red: we ran `python3 -m unittest test_gateway.py`: exit 1, 1 error (20"
    )
    assert green.startswith(
        "  green: we ran `python3 -m unittest test_gateway.py`: exit 0, 2 passed (20"
    )
    assert green.endswith(f", on commit {base})")
    assert files == "  files: test_gateway.py, gateway.py"
    assert told[7:] == ["- T1.2 Route: ready", "- T1.3 Readme: ready"]


def test_what_is_not_committed_is_told(done):
    Path(done.repo, "gateway.py").write_text("x")

    assert briefing.told(done).splitlines()[-1] == "Changed and not committed: gateway.py"


def test_why_a_task_failed_and_what_it_asks_is_told(space):
    record = {"state": "blocked", "reason": "blocked", "question": "Which\x1b[31m\nport?"}
    space.save({"schema": 1, "task": "T1.1", **record}, "state", "T1.1.json")

    assert "- T1.1 Gateway: blocked (blocked; Which port?)" in briefing.told(space)


def test_without_a_plan_there_is_nothing_to_tell(repo):
    assert briefing.told(Workspace(str(repo), ROOT, "pay")) == ""


@pytest.mark.parametrize("damage", ["[]", '{"run": 7}', '{"run": {"counts": 3, "command": 5}}'])
def test_evidence_that_somebody_changed_is_no_reason_to_fail(done, damage):
    done.write(damage, "evidence", "T1.1", "green.json")

    assert "T1.2 Route" in briefing.told(done)


def test_a_plan_of_very_many_tasks_is_told_as_far_as_there_is_room(space):
    task = "      - {{id: T1.{0}, title: Task {1}, files: {{src: [f{0}.py], tests: [t{0}.py]}}}}\n"
    tasks = "".join(task.format(number, "x" * 90) for number in range(10, 210))
    space.write(PLAN[: PLAN.index("      - id: T1.1")] + tasks, "plan.yaml")
    told = briefing.told(space)

    assert len(told) < 6100
    assert told.splitlines()[-1].endswith(" more lines)")
