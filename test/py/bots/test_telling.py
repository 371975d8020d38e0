"""What people are told of work."""

import pytest

from ai_sessions.bots import telling
from ai_sessions.bots.work import Ask
from ai_sessions.workflow.background import Line
from ai_sessions.workspace.tasks import TaskState, save_state

ASK = Ask("/shop", "pay", "implement", "T1.1")


def ended(shop, command="implement", **result):
    ask = Ask(str(shop.repo), "pay", command, "T1.1" if command == "implement" else "")
    return telling.ended(ask, {"state": "ended", "result": result}, shop.space)


@pytest.mark.parametrize(
    ("calls", "nusd", "unknown", "told"),
    [
        (0, 0, 0, ""),
        (2, 12_300_000, 0, "2 calls, $0.0123"),
        (1, 0, 0, "1 call, $0.0000"),
        (1, 0, 1, "1 call, cost unknown"),
        (3, 12_300_000, 1, "3 calls, $0.0123 and 1 call of unknown cost"),
    ],
)
def test_a_cost_that_nobody_knows_is_said_so(calls, nusd, unknown, told):
    cost = {"calls": calls, "cost_nusd": nusd, "unknown_costs": unknown}

    assert telling.cost_of(cost) == told


def test_progress_is_the_phase_the_step_the_time_and_the_cost():
    progress = telling.Progress()
    progress.add([Line(10, {"event": "phase", "text": "T1.1 red"})])
    progress.add([Line(20, {"event": "tool", "text": "Write \x1b[1mgateway.py"})])

    assert progress.after == 20
    assert progress.told(ASK, 125, "1 call, $0.02") == (
        "pay T1.1: red\n`Write gateway.py`\n3 min · 1 call, $0.02"
    )
    progress.add([Line(30, {"event": "phase", "text": "suite (green)"})])
    assert progress.told(ASK, 5, "") == "pay T1.1: suite (green)\n5 s"


def test_what_the_calls_of_a_run_have_cost_so_far_leaves_out_those_before_it(shop):
    call = '{"at": "2026-11-28T1%d:00:00.000Z", "event": "call", "id": "%d", "cost_nusd": %s}\n'
    known = [call % (0, 0, "5"), call % (1, 1, "20000000"), call % (2, 2, "null")]
    shop.space.write("".join(known), "events.jsonl")

    told = telling.so_far(shop.space, "2026-11-28T11:00:00.000Z")
    assert told == "2 calls, $0.0200 and 1 call of unknown cost"


def test_a_task_that_is_done_tells_its_proof_commit_files_and_cost(shop):
    save_state(shop.space, "T1.1", TaskState("done", paths=["gateway.py"], red_paths=["test_g.py"]))
    task = {"id": "T1.1", "title": "Gateway", "state": "done", "commit": "c0ffee123456"}
    task |= {"steps": ["T1.1 red    1 failed", "T1.1 green  2 passed"], "warnings": ["slow"]}

    assert ended(shop, task=task, cost={"calls": 2, "cost_nusd": 0, "unknown_costs": 2}) == (
        "pay T1.1 done: Gateway\n```\nT1.1 red    1 failed\nT1.1 green  2 passed\n```\n"
        "commit c0ffee123\nfiles: `gateway.py`, `test_g.py`\nwarning: slow\n2 calls, cost unknown"
    )


def test_a_plan_a_review_and_a_verdict_are_told_shortly(shop):
    finding = {"severity": "minor", "file": "g.py", "line": 3, "claim": "x " * 300}
    check = {"name": "suite", "status": "failed", "told": "1 failed"}

    assert ended(shop, "plan", tasks=[{"id": "T1.1", "title": "Gateway"}]) == (
        "pay: 1 task planned\n  T1.1 Gateway"
    )
    told = ended(shop, "review", blockers=1, findings=[finding] * 7, summary="Fine", file="001.md")
    assert told.startswith("pay reviewed: 1 blocker, 7 findings\nFine\n  minor g.py:3: x x")
    assert told.endswith("and 2 more in 001.md")
    assert max(map(len, told.splitlines())) < 250
    told = ended(shop, "verify", verdict="NO-GO", commit="c0ffee123456", checks=[check])
    assert told == "pay: NO-GO at c0ffee123\n0 of 1 check passed\n  failed suite: 1 failed"


def test_what_failed_and_what_was_killed_say_so(shop):
    assert ended(shop, error={"message": "no \x1b[31mroom"}) == "pay T1.1: no room"
    killed = telling.ended(ASK, {"state": "killed", "result": None}, shop.space)
    assert "ended without a word" in killed


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Next: implement.sh pay --task T1.1", "Next: /implement pay T1.1"),
        ("review.sh pay", "/review pay"),
        ("git switch main", "git switch main"),
        ("try: init-session.sh pay", "try: /plan pay what to build"),
        ('plan.sh pay "what to build"', "/plan pay what to build"),
    ],
)
def test_commands_are_told_as_they_are_typed_in_a_chat(typed, told):
    assert telling.in_chat(typed) == told
