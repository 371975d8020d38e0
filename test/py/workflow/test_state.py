"""Where each task stands: `done` only with its evidence, and a commit that carries it."""

import json

import pytest
from scripted import git

from ai_sessions.workflow import state
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workspace.tasks import (
    RunNote,
    TaskState,
    save_evidence,
    save_run,
    save_state,
)


@pytest.fixture
def carried(repo):
    """`carried(hash)`: a commit that names this evidence."""

    def commit(proof):
        git(repo, "commit", "-q", "--allow-empty", "-m", f"work\n\nEvidence: sha256:{proof}")
        return git(repo, "rev-parse", "HEAD").strip()

    return commit


@pytest.mark.parametrize(
    ("task", "step", "stored"),
    [("T1.1", "green", "done"), ("T1.3", "check", "done"), ("T1.1", "waiver", "waived")],
)
def test_a_task_is_finished_when_a_commit_carries_its_evidence(space, carried, task, step, stored):
    proof = save_evidence(space, task, step, {"a": 1})
    save_state(space, task, TaskState(stored, proof=proof))
    commit = carried(proof)

    feature = FeatureState(space)
    assert feature.states[task] == stored
    assert feature.commit_of(task) == commit
    assert feature.notes == []


@pytest.mark.parametrize(("task", "step"), [("T1.1", "check"), ("T1.3", "green")])
def test_the_evidence_of_another_kind_of_task_proves_nothing(space, carried, task, step):
    proof = save_evidence(space, task, step, {"a": 1})
    save_state(space, task, TaskState("done", proof=proof))
    carried(proof)

    assert FeatureState(space).states[task] == "todo"


def test_evidence_without_a_commit_has_to_be_committed(space):
    proof = save_evidence(space, "T1.1", "green", {"a": 1})
    save_state(space, "T1.1", TaskState("done", proof=proof))

    feature = FeatureState(space)
    assert feature.states["T1.1"] == "green"
    assert feature.commit_of("T1.1") == ""
    told = "T1.1 was proved, but no commit of this branch names its evidence"
    assert feature.notes == [f"{told}; prove it again, at no cost: status.sh pay --prove"]
    assert feature.next_step() == "status.sh pay --prove"


def test_evidence_that_a_stopped_run_has_not_committed_is_its_to_commit(space):
    proof = save_evidence(space, "T1.1", "green", {"a": 1})
    save_state(space, "T1.1", TaskState("done", proof=proof))
    save_run(space, "T1.1", RunNote("green"))

    feature = FeatureState(space)
    assert feature.states["T1.1"] == "green"
    assert feature.notes == ["T1.1 is proved, but not committed"]
    assert feature.next_step() == "implement.sh pay --task T1.1"


@pytest.mark.parametrize(("red", "wanted"), [(True, "red"), (False, "todo")])
def test_evidence_that_was_changed_proves_nothing(space, carried, red, wanted):
    proof = save_evidence(space, "T1.1", "green", {"a": 1})
    save_state(space, "T1.1", TaskState("done", proof=proof))
    carried(proof)
    save_evidence(space, "T1.1", "green", {"a": 2})
    if red:
        save_evidence(space, "T1.1", "red", {})

    feature = FeatureState(space)
    assert feature.states["T1.1"] == wanted
    assert feature.notes == ["T1.1 says done, but its evidence is missing or was changed"]


def test_a_state_without_any_evidence_is_told_too(space):
    save_state(space, "T1.1", TaskState("waived"))

    assert FeatureState(space).notes == [
        "T1.1 says waived, but its evidence is missing or was changed"
    ]


def test_other_states_need_no_proof_and_the_plan_alone_drops_a_task(space):
    save_state(space, "T1.1", TaskState("blocked"))
    save_state(space, "T1.2", TaskState("red"))
    text = space.text("plan.yaml").replace("kind: docs", "kind: docs\n        state: dropped")
    space.write(text, "plan.yaml")

    feature = FeatureState(space)
    assert feature.states == {"T1.1": "blocked", "T1.2": "red", "T1.3": "dropped"}
    assert not feature.finished
    feature.states.update(dict.fromkeys(("T1.1", "T1.2"), "waived"))
    assert feature.finished


def test_what_people_see_is_counted(space):
    feature = FeatureState(space)

    assert [feature.shown(task) for task in feature.needs] == ["ready", "waiting", "ready"]
    assert (feature.count("ready"), feature.count("waiting"), feature.count("done")) == (2, 1, 0)
    assert feature.next_task() == "T1.1"


def test_costs_are_summed_by_task_and_unknown_ones_counted(space):
    lines = [
        {"event": "call", "task": "T1.1", "cost_nusd": 5},
        {"event": "call", "task": "T1.1", "cost_nusd": None},
        {"event": "call", "task": "", "cost_nusd": 7},
        {"event": "call", "cost_nusd": -3},
        {"event": "done", "task": "T1.1", "cost_nusd": 100, "of": "call"},
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    space.write(f'{text}{{"event": "call", "task": "T1.', "events.jsonl")

    assert state.costs(space) == {"": (12, 1), "T1.1": (5, 1)}
    assert [one["cost_nusd"] for one in state.calls_of(space, "T1.1")] == [5, None]


def test_calls_are_told_since_a_time(space):
    hours = ("09", "10", "11")
    calls = [{"event": "call", "id": one, "at": f"2026-11-28T{one}:00:00.000Z"} for one in hours]
    space.write("".join(f"{json.dumps(one)}\n" for one in calls), "events.jsonl")

    found = state.calls_since(space, "2026-11-28T10:00:00.000Z")
    assert [one["id"] for one in found] == ["10", "11"]


def test_acceptance_is_covered_by_tasks_that_are_not_dropped(space):
    feature = FeatureState(space)
    assert state.covered(feature, "A1") == ["T1.1"]
    assert state.covered(feature, "A2") == []

    feature.states["T1.1"] = "dropped"
    assert state.covered(feature, "A1") == []


@pytest.mark.parametrize(
    ("stored", "kind", "step"),
    [
        *(("done", "code", "green"), ("done", "docs", "check"), ("waived", "code", "waiver")),
        *(("red", "code", ""), ("dropped", "docs", "")),
    ],
)
def test_a_finished_state_has_a_step_that_proves_it(stored, kind, step):
    assert state.proof_of(stored, kind) == step
