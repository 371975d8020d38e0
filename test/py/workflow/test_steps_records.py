"""What each step leaves on record: notes of a run under way, evidence, logs, history, commits."""

import json

import pytest
from scripted import PLAN, SOURCE, TEST, Agent, git, writes

from ai_sessions import gate
from ai_sessions.errors import GateRefused
from ai_sessions.workflow import trials
from ai_sessions.workflow.task import Options
from ai_sessions.workspace.tasks import read_evidence, read_run, read_state

RED, GREEN = writes(test_gateway__py=TEST), writes(gateway__py=SOURCE)
README = writes(README__md="Charges once.\n")
SUITE = "suite: {runner: unittest, cmd: [python3, -m, unittest, discover]}"
BASIC = {"schema", "task", "step", "at", "base"}
COST = {"provider", "model", "session", "cost_nusd", "unknown_costs", "tokens"}
CODE = [
    *("T1.1 tests (baseline)", "suite (baseline)", "T1.1 tests (red)", "T1.1 tests (green)"),
    *("suite (green)", "T1.1 tests (planted failures)", "T1.1 tests (teeth: gateway.py)"),
]


@pytest.fixture
def suite(space):
    """`suite("kept.md")`: the plan with a suite that passes while there is this file."""

    def chosen(file):
        space.write(
            PLAN.replace(SUITE, f"suite: {{runner: opaque, cmd: [test, -f, {file}]}}"), "plan.yaml"
        )

    chosen("README.md")
    return chosen


def logs(space):
    return [name.partition("-")[2] for name in sorted(space.listed("logs"))]


@pytest.mark.parametrize(
    ("task", "options", "does", "noted", "purposes", "phases", "kept"),
    [
        (
            *("T1.1", Options(), [RED, GREEN], ["red", "green"], ["red", "green"], CODE),
            ["baseline.json", "green.json", "red.json"],
        ),
        (
            *("T1.3", Options(), [README], ["check"], ["check"]),
            ["T1.3 tests (check before)", "suite (before)", "T1.3 tests (check)", "suite (after)"],
            ["check.json"],
        ),
        (
            *("T1.1", Options(waive="a spike"), [GREEN], ["waiver"], ["waived"]),
            *(["suite (before)", "suite (after)"], ["waiver.json"]),
        ),
    ],
    ids=["code", "docs", "waived"],
)
def test_a_run_under_way_is_noted_by_its_step(
    do, space, suite, task, options, does, noted, purposes, phases, kept
):
    seen, told = [], []

    def noting(step):
        return lambda folder: (seen.append(read_run(space, task).step), step(folder))[1]

    do.phase = told.append
    agent = Agent(*map(noting, does))

    assert do(agent, task, options).state in ("done", "waived")

    assert seen == noted
    assert [request.purpose for request in agent.requests] == purposes
    assert told == phases
    assert sorted(space.listed("evidence", task)) == kept
    assert read_run(space, task) is None


@pytest.mark.parametrize(
    ("task", "options"),
    [("T1.1", Options()), ("T1.3", Options()), ("T1.1", Options(waive="a spike"))],
    ids=["code", "docs", "waived"],
)
def test_who_is_asked_hears_the_notes_and_the_command_that_proves_it(
    do, space, suite, task, options
):
    space.write("- Amounts are in cents.\n", "notes.md")
    agent = Agent("")

    with pytest.raises(GateRefused):
        do(agent, task, options)

    prompt = agent.requests[0].prompt
    assert "Amounts are in cents." in prompt
    command = {"T1.1": "python3 -m unittest test_gateway.py", "T1.3": "grep -q once README.md"}
    assert (command[task] in prompt) is not bool(options.waive)


def test_the_evidence_of_a_task_with_tests_says_all_that_was_seen(do, repo, space, suite):
    suite("absent")
    told = "T1.1: the suite failed before too and cannot be counted: not verified"

    outcome = do(Agent(RED, GREEN))

    baseline, red, green = (
        read_evidence(space, "T1.1", step) for step in ("baseline", "red", "green")
    )
    assert outcome.warnings == (told,)
    assert baseline.keys() == BASIC | {"tests", "suite", "ignored"}
    assert red.keys() == BASIC | COST | {"run", "tree", "changed", "frozen", "attempts"}
    assert green.keys() == BASIC | COST | {
        *("run", "suite", "tree", "before", "changed", "frozen", "red", "toothless", "warnings")
    }
    assert (baseline["tests"]["class"], baseline["suite"]["class"]) == ("error", "fail")
    assert (green["run"]["class"], green["suite"]["class"]) == ("pass", "fail")
    assert (green["toothless"], green["warnings"]) == ([], [told])
    assert green["red"] == read_state(space, "T1.1").red
    assert green["tree"] == git(repo, "rev-parse", f"{green['tree']}^{{tree}}").strip()
    assert list(green["frozen"]) == ["test_gateway.py"]
    assert list(green["changed"]) == ["gateway.py"]
    assert logs(space) == [
        *("T1.1-baseline.txt", "T1.1-baseline-suite.txt", "T1.1-red.txt"),
        *("T1.1-green.txt", "T1.1-green-suite.txt"),
    ]
    for step, run in ((red, "red"), (green, "green")):
        assert step["run"]["log"].endswith(f"T1.1-{run}.txt")
        assert (step["provider"], step["model"], step["session"]) == (
            *("agent", "model-1", "implement-pay"),
        )
    assert (green["cost_nusd"], green["unknown_costs"], green["tokens"]) == (20_000_000, 0, 240)


@pytest.mark.parametrize(
    ("task", "options", "does", "step", "more", "subject"),
    [
        ("T1.3", Options(), README, "check", {"run", "attempts"}, "docs(pay): T1.3 Readme"),
        *(
            (
                "T1.1",
                Options(waive="a spike"),
                GREEN,
                "waiver",
                {"reason"},
                "feat(pay): T1.1 Gateway",
            ),
        ),
    ],
    ids=["docs", "waived"],
)
def test_the_evidence_of_a_task_without_tests_says_all_that_was_seen(
    do, repo, space, suite, task, options, does, step, more, subject
):
    outcome = do(Agent(does), task, options)

    kept = read_evidence(space, task, step)
    assert kept.keys() == BASIC | COST | {"suite", "tree", "changed", "warnings"} | more
    assert (kept["suite"]["class"], kept["warnings"]) == ("pass", [])
    assert kept["suite"]["log"].endswith(f"{task}-{step}-suite.txt")
    assert git(repo, "log", "-1", "--format=%s").strip() == subject
    state = read_state(space, task)
    assert (state.state, state.paths) == (outcome.state, list(kept["changed"]))
    events = [json.loads(line) for line in space.text("events.jsonl").splitlines()]
    assert [one["event"] for one in events] == ["call", outcome.state]
    assert events[-1].get("reason", "") == options.waive


def test_what_a_task_with_tests_came_to_is_on_record(do, repo, space, suite):
    outcome = do(Agent(RED, GREEN))

    state = read_state(space, "T1.1")
    assert (state.state, state.tests, state.paths) == ("done", 2, ["gateway.py"])
    assert state.red_paths == ["test_gateway.py"]
    assert [json.loads(line)["event"] for line in space.text("events.jsonl").splitlines()] == [
        *("call", "red", "call", "done")
    ]
    assert outcome.told == ("T1.1 red    1 could not start", "T1.1 green  2 passed")
    assert "Tests: 2 passed (was 1 could not start)" in git(repo, "log", "-1", "--format=%B")


def test_what_a_fresh_checkout_shows_is_told(do, suite, monkeypatch):
    shown = gate.Verdict(True, "", warnings=("T1.1: not proved elsewhere",))
    monkeypatch.setattr(trials, "judge_fresh", lambda *_given: shown)

    outcome = do(Agent(RED, GREEN), options=Options(teeth=False))

    assert outcome.warnings == shown.warnings
