"""The estimate of a task: made before its first call, from tasks that are done."""

import pytest
from scripted import HONEST, ROOT, Agent

from ai_sessions import todo
from ai_sessions.accounting.estimates import Estimate
from ai_sessions.errors import GateRefused, ProviderError
from ai_sessions.providers.contract import Failure, Reply
from ai_sessions.workflow import calls
from ai_sessions.workflow.implement import Options, dry
from ai_sessions.workspace.events import add_event
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.tasks import TaskState, save_state

CENT = 10_000_000
AT = "2026-11-28T10:00:00.000Z"


def done(space, task, *costs, state="done"):
    """A task that had these calls."""
    save_state(space, task, TaskState(state))
    for cost in costs:
        add_event(space, AT, "call", task=task, status="ok", cost_nusd=cost)


def report(store):
    session = store.read("implement-pay")
    return {
        item.task: item
        for item in todo.items(session.name, session.about, store.entries(session.name))
    }


def test_it_is_made_from_what_done_tasks_of_all_features_cost(space):
    other = Workspace(space.repo, ROOT, "ship")
    done(space, "T1.1", CENT, CENT)
    done(other, "T1.1", 6 * CENT)
    done(other, "T1.2", 4 * CENT)

    assert calls.earlier_estimate(space) == Estimate(4 * CENT, 3)


@pytest.mark.parametrize("state", ["red", "blocked", "failed", "waived"])
def test_a_task_that_is_not_done_says_nothing(space, state):
    done(space, "T1.1", CENT, state=state)

    assert calls.earlier_estimate(space) is None


@pytest.mark.parametrize("costs", [[], [None], [CENT, None]])
def test_a_task_whose_cost_is_not_known_says_nothing(space, costs):
    done(space, "T1.1", *costs)

    assert calls.earlier_estimate(space) is None


def test_a_plan_that_is_broken_elsewhere_changes_nothing(space):
    other = Workspace(space.repo, ROOT, "ship")
    other.write("phases: [", "plan.yaml")
    other.write('{"torn', "events.jsonl")
    done(space, "T1.1", CENT)

    assert calls.earlier_estimate(space) == Estimate(CENT, 1)


def test_it_is_made_once_before_the_first_call_and_kept(space):
    done(space, "T1.1", CENT)
    assert calls.make_estimate(space, "T1.2", AT) == Estimate(CENT, 1)
    done(space, "T1.3", 9 * CENT)

    assert calls.make_estimate(space, "T1.2", AT) is None
    assert calls.kept_estimate(space, "T1.2") == Estimate(CENT, 1)


def test_a_task_that_had_a_call_before_gets_none_afterwards(space):
    done(space, "T1.1", CENT)
    add_event(space, AT, "call", task="T1.2", status="interrupted", cost_nusd=None)

    assert calls.make_estimate(space, "T1.2", AT) is None
    assert calls.kept_estimate(space, "T1.2") is None


@pytest.mark.parametrize("line", ['{"event": "estimate", "task": "T1.2"', '{"event": "estimate"}'])
def test_a_damaged_line_of_the_history_is_no_estimate(space, line):
    space.write(f"{line}\n", "events.jsonl")

    assert calls.kept_estimate(space, "T1.2") is None


def test_the_first_task_of_a_repository_has_none(do, store):
    do(Agent(*HONEST))

    assert not any("will cost" in text for text in do.said)
    assert report(store)["T1.1"].estimate_nusd is None


def test_the_user_hears_it_before_the_first_call_and_the_report_has_it(do, space, store):
    done(space, "T0.1", CENT)
    heard = []
    agent = Agent(lambda _folder: heard.extend(do.said) or "nothing", *HONEST)
    with pytest.raises(GateRefused):
        do(agent, options=Options(attempts=1))

    assert heard == [
        "T1.1 will cost about $0.0100, the cost of the only task done in this repository"
    ]
    assert report(store)["T1.1"].estimate_nusd == CENT


def test_a_first_call_that_fails_does_not_lose_it(do, space, store):
    done(space, "T0.1", CENT)
    failed = Reply("", "m", failure=Failure("server", "down"))
    with pytest.raises(ProviderError):
        do(Agent(lambda _folder: failed))
    done(space, "T0.2", 9 * CENT)
    do(Agent(*HONEST))

    item = report(store)["T1.1"]
    assert (item.estimate_nusd, item.estimate_tasks) == (CENT, 1)


def test_a_dry_run_tells_it(space, project):
    assert (
        "about:  ? (no task is done in this repository)"
        in dry(space, project, "T1.1", Options())[1]
    )
    done(space, "T0.1", CENT)

    told = dry(space, project, "T1.1", Options())[1]
    assert "about:  $0.0100, the cost of the only task" in told
    assert calls.kept_estimate(space, "T1.1") is None
