"""Calls through the line: repeated when they fail, counted, settled when they were cut off."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from scripted import Agent

from ai_sessions.accounting.budgets import Limit
from ai_sessions.conversations.windows import learnt
from ai_sessions.errors import AiSessionsError, LimitReached, ProviderError
from ai_sessions.providers.contract import Edits, Failure, Reply
from ai_sessions.providers.meters import Used
from ai_sessions.records import About, Change, Cost, Usage
from ai_sessions.workflow.calls import Calling, Line, spent
from ai_sessions.workflow.state import costs
from ai_sessions.workspace.events import add_event
from ai_sessions.workspace.tasks import begin_call

GONE = {"task": "T1.1", "purpose": "red", "provider": "agent", "model": "m"}
BEGUN = "2026-11-21T03:00:00.000Z"


def events(space):
    return [json.loads(line) for line in space.text("events.jsonl").splitlines()]


@pytest.fixture
def cut_off(space):
    """The note of a call whose process has ended."""
    name = begin_call(space, GONE)
    space.save({**GONE, "pid": os.getpid()}, "cache", name)
    return name


def test_a_call_that_was_cut_off_is_settled_before_the_next_one(space, line_of, cut_off):
    line, said = line_of(Agent("fine"))

    line.ask("go on", "green")

    assert said[0] == "a call (T1.1 red) was cut off; it may have cost, nobody knows what"
    first, second = events(space)
    assert (first["status"], first["cost_nusd"], first["task"]) == ("interrupted", None, "T1.1")
    assert (first["purpose"], first["provider"], first["model"]) == ("red", "agent", "m")
    assert second["status"] == "ok"
    assert not space.has("cache", cut_off)


@pytest.mark.parametrize("name", ["implement-pay", "renamed"])
def test_a_call_that_was_cut_off_costs_what_its_session_has(space, line_of, cut_off, name):
    line, said = line_of(Agent())
    store = line.kit.store
    told = {**GONE, "pid": os.getpid(), "session": "implement-pay", "call": "call-9"}
    space.save(told, "cache", cut_off)
    store.ensure(name, About("implement", "pay"))
    begun = {"id": "call-9", "at": BEGUN, "provider": "agent", "resume": "id-1"}
    store.append(name, [Change("calling", {**begun, "task": "T1.1", "purpose": "red"})])
    used = Used({"m": Usage(7, 1)}, Cost(90_000_000, "prices:x"), {"m": 90_000_000})
    line.kit = replace(line.kit, logged=lambda *_call: used)

    line.settle()

    assert said == ["a call (T1.1 red) was cut off; it cost $0.0900"]
    assert [(one["id"], one["cost_nusd"]) for one in events(space)] == [("call-9", 90_000_000)]
    assert store.read(name).totals.cost_nusd == 90_000_000


def test_one_whose_session_is_gone_costs_what_the_ledger_has(space, line_of, cut_off):
    line, said = line_of(Agent())
    space.save({**GONE, "session": "gone", "call": "call-9"}, "cache", cut_off)
    line.kit = replace(line.kit, cost_of={"call-9": 70_000_000}.get)

    line.settle()

    assert said == ["a call (T1.1 red) was cut off; it cost $0.0700"]
    assert costs(space)["T1.1"] == (70_000_000, 0)


def test_one_that_was_answered_before_the_end_is_counted_once(space, line_of):
    line, _said = line_of(Agent())
    line.task = "T1.1"
    line.ask("go on", "green")
    (event,) = events(space)
    begin_call(space, {**GONE, "session": "implement-pay", "call": event["id"]})

    assert costs(space)["T1.1"] == (10_000_000, 0), "killed before its note was taken back"
    line.settle()
    assert costs(space)["T1.1"] == (10_000_000, 0)


def test_a_call_that_is_not_accounted_for_yet_is_one_of_unknown_cost(space):
    begin_call(space, {**GONE, "call": "call-9"})

    assert costs(space) == {"": (0, 1), "T1.1": (0, 1)}


def lost_at_first():
    """Answers as who no longer has the conversation, and was paid for saying so."""
    failure = Failure("session_gone", "no such conversation")
    return Reply("", "m", Usage(9, 1), cost=Cost(2_000_000, "client"), failure=failure)


def test_a_first_try_that_was_paid_is_in_the_history(space, line_of):
    line, _said = line_of(Agent("fine", lost_at_first(), "fine"))

    line.ask("go on", "green")
    line.ask("go on", "green")

    assert [one["cost_nusd"] for one in events(space)] == [10_000_000, 2_000_000, 10_000_000]
    assert line.cost() == (22_000_000, 0)


def test_a_first_try_is_in_the_history_also_of_who_was_killed(space, line_of, cut_off):
    line, _said = line_of(Agent("fine", lost_at_first(), "fine"))
    line.ask("go on", "green")
    line.ask("go on", "green")
    last = events(space)[-1]
    os.unlink(space.path("events.jsonl"))
    told = {**GONE, "session": "implement-pay", "call": last["id"]}
    space.save({**told, "pid": os.getpid()}, "cache", cut_off)

    line.settle()

    assert [one["cost_nusd"] for one in events(space)] == [2_000_000, 10_000_000]


@pytest.mark.parametrize("ephemeral", [False, True])
def test_a_call_that_stands_alone_is_asked_for_as_such(line_of, ephemeral):
    agent = Agent()
    line, _said = line_of(agent)
    line.calling = replace(line.calling, ephemeral=ephemeral)
    line.ask("go on", "verify")

    assert [one.ephemeral for one in agent.requests] == [ephemeral]


def test_it_is_settled_once(space, line_of, cut_off):
    line, said = line_of(Agent())

    line.settle()
    line.settle()

    assert len(events(space)) == len(said) == 1


def test_while_a_call_is_under_way_it_is_noted_and_not_afterwards(space, line_of):
    noted = []
    line, _ = line_of(Agent(lambda _folder: noted.extend(space.records("cache", "calling-"))))
    line.task = "T1.1"

    line.ask("x", "red")

    assert len(noted) == 1
    assert space.records("cache", "calling-") == []
    (call,) = events(space)
    assert (call["task"], call["purpose"], call["tokens"]) == ("T1.1", "red", 120)


NOW = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
FAILED = Reply("", "model-1", Usage(), failure=Failure("overloaded", "overloaded"))


def asleep(line):
    """Let the clock of a line go on only while it sleeps; the seconds that it slept each time."""
    slept = []
    line.kit = replace(line.kit, now=lambda: NOW + timedelta(seconds=sum(slept)))
    line.sleep = slept.append
    return slept


def failing(status, until_s=None):
    until = None if until_s is None else NOW + timedelta(seconds=until_s)
    return Reply("", "model-1", Usage(), failure=Failure(status, "no luck", until=until))


def test_a_limit_is_waited_for_as_long_as_the_server_says(line_of):
    agent = Agent(failing("rate_limit", 150), "fine")
    line, said = line_of(agent, retry=1)
    slept = asleep(line)

    assert line.ask("x", "red").text == "fine"
    assert slept == [60, 60, 31], "it looks at the clock now and then: machines are suspended"
    assert said[-1].startswith("agent: limit reached until ")
    assert said[-1].endswith("(in 3 min): no luck; trying again in 3 min")


def test_a_limit_that_ends_too_late_ends_the_command_at_once_and_says_when(line_of):
    agent = Agent(failing("rate_limit", 7800), "fine")
    line, _ = line_of(agent, retry=3)
    slept = asleep(line)

    with pytest.raises(LimitReached, match=r"limit reached until .* \(in 2 h 10 min\)") as caught:
        line.ask("x", "red")
    assert (len(agent.requests), slept, caught.value.exit_code) == (1, [], 7)
    assert caught.value.facts == {"until": "2026-11-28T15:00:00.000Z"}


def test_who_would_rather_wait_for_hours_does(line_of):
    agent = Agent(failing("rate_limit", 7800), "fine")
    line, _ = line_of(agent, retry=1, retry_wait_s=6 * 3600.0)

    assert sum(asleep(line)) == 0
    slept = asleep(line)
    assert line.ask("x", "red").text == "fine"
    assert sum(slept) == 7801


@pytest.mark.parametrize("status", ["auth", "billing", "context_too_long", "denied", "limit"])
def test_what_fails_in_the_same_way_again_is_asked_once(line_of, status):
    agent = Agent(failing(status), "fine")
    line, _ = line_of(agent, retry=3)
    slept = asleep(line)

    with pytest.raises(AiSessionsError):
        line.ask("x", "red")
    assert (len(agent.requests), slept) == (1, [])


def test_a_budget_that_is_used_up_is_not_waited_for(line_of):
    line, _ = line_of(Agent("fine"), retry=3)
    line.limits = (Limit("task", 0),)
    slept = asleep(line)

    with pytest.raises(LimitReached, match="used up"):
        line.ask("x", "red")
    assert (line.calls, slept) == ([], [])


def test_a_failed_call_is_made_again_as_often_as_was_asked_for(line_of):
    agent = Agent(FAILED, FAILED, "fine")
    line, said = line_of(agent, retry=2)
    slept = asleep(line)

    assert line.ask("x", "red").text == "fine"
    assert len(agent.requests) == 3
    assert [one for one in said if "trying" in one] == [
        "agent: overloaded; trying again in 1 s",
        "agent: overloaded; trying again in 2 s",
    ]
    assert slept == [1, 2]


def test_what_tries_together_wrote_is_not_known(line_of):
    fine = Reply("fine", "model-1", Usage(), edits=Edits(("a.py",)))
    line, _ = line_of(Agent(FAILED, fine, fine), retry=1)
    asleep(line)

    assert line.ask("x", "red").edits is None
    assert line.ask("x", "red").edits == fine.edits


def test_a_call_that_fails_too_often_is_given_up_and_on_record(space, line_of):
    agent = Agent(FAILED, FAILED, "fine")
    line, _ = line_of(agent, retry=1)
    asleep(line)

    with pytest.raises(ProviderError):
        line.ask("x", "red")
    assert len(agent.requests) == 2
    assert space.records("cache", "calling-") == []
    assert [one["status"] for one in events(space)] == ["overloaded", "overloaded"]


def test_what_was_paid_is_told_in_one_line(line_of):
    line, _ = line_of(Agent())
    assert line.told_cost() == ""

    line.ask("x", "red")
    assert line.told_cost() == "1 call, 120 tokens, $0.0100"
    line.ask("x", "green")
    assert line.told_cost() == "2 calls, 240 tokens, $0.0200"
    assert line.cost() == (20_000_000, 0)


def test_a_price_that_nobody_knows_is_counted_apart(line_of):
    line, _ = line_of(Agent(Reply("x", "m", Usage(1, 1), cost=Cost())))
    line.ask("x", "red")

    assert line.cost() == (0, 1)


def test_the_facts_of_an_answer_are_those_of_all_calls(line_of):
    line, _ = line_of(Agent(), model="wanted")
    assert (line.facts()["calls"], line.facts()["model"]) == (0, "wanted")

    line.ask("x", "red")
    facts = line.facts()
    assert (facts["calls"], facts["model"], facts["provider"]) == (1, "model-1", "agent")
    assert (facts["input_tokens"], facts["output_tokens"]) == (100, 20)
    assert facts["session"] == "implement-pay"


def test_what_the_plan_warns_of_is_told_before_the_call(line_of):
    line, said = line_of(Agent())
    line.limits = (Limit("feature", 11_000_000),)
    line.ask("x", "red")
    said.clear()

    line.ask("x", "green")

    assert [one for one in said if "budget" in one] == [
        "warning: feature budget: $0.0100 of $0.0110 spent, $0.0010 left"
    ]


def test_what_others_spent_of_a_plans_budget_counts_and_the_plan_raises_it(space, line_of):
    """Their calls are in the history, which is committed, and in no ledger of this machine."""
    add_event(space, BEGUN, "call", task="T1.1", cost_nusd=50_000_000)
    line, _said = line_of(Agent())
    line.limits = (Limit("feature", 50_000_000),)

    with pytest.raises(LimitReached, match="feature budget is used up") as caught:
        line.ask("x", "red")
    assert caught.value.hint == "raise budget_usd in plan.yaml, then run it again"


def test_a_history_that_cannot_be_written_loses_no_answer(space, line_of):
    line, said = line_of(Agent(lambda _folder: os.mkdir(space.path("events.jsonl")) or "fine"))

    assert line.ask("x", "red").text == "fine"

    assert [one for one in said if "not in the history" in one]
    assert len(line.calls) == 1
    assert space.records("cache", "calling-") == []


def test_an_agent_works_where_it_is_told_else_in_the_repository(line_of, repo, tmp_path):
    agent = Agent()
    line, _ = line_of(agent)

    line.ask("x", "red")
    line.cwd = tmp_path
    line.ask("x", "red", access="edit")

    assert [str(one.cwd) for one in agent.requests] == [str(repo), str(tmp_path)]
    assert [one.access for one in agent.requests] == ["read", "edit"]


def test_a_task_pays_its_own_limit_and_every_one_that_of_the_feature(space, line_of):
    for task in ("T1.1", "T1.2"):
        line, _ = line_of(Agent())
        line.task = task
        line.ask("x", "red")

    found = spent(space, (Limit("task", 5), Limit("feature", 5)), "T1.2")

    assert [(one.limit.scope, one.nusd) for one in found] == [
        ("task", 10_000_000),
        ("feature", 20_000_000),
    ]


@pytest.mark.parametrize(
    ("denied", "told"),
    [((), []), (("Bash", "Write"), ["warning: the agent was not allowed to use Bash, Write"])],
)
def test_what_an_agent_was_not_allowed_to_use_is_told(line_of, denied, told):
    reply = Reply("done", "m", Usage(1, 1), cost=Cost(1, "client"), denied=denied)
    line, said = line_of(Agent(reply))

    line.ask("go on", "green")

    assert said == told


def test_what_nobody_chose_of_a_call_is_the_careful_way(space):
    calling = Calling("review", "review-pay")
    chosen = {name: getattr(calling, name) for name in Calling.__dataclass_fields__}
    line = Line(space, None, None, calling)

    assert chosen == {
        **{"command": "review", "session": "review-pay", "model": "", "timeout_s": 1800},
        **{"silence_s": 600, "lock_wait_s": 60, "retry": 0, "retry_wait_s": 300},
        **{"require_resume": False, "ephemeral": False},
    }
    assert (line.task, line.cwd, line.limits, line.estimate) == ("", None, (), None)


@pytest.mark.parametrize(
    ("window", "characters"),
    [
        (32_000, 64_000),
        (8192, 16_384),
        (1_000_000, 400_000),
        (None, 60_000),
    ],
)
def test_a_prompt_has_room_for_half_of_the_models_window(line_of, window, characters):
    line, _ = line_of(Agent("fine"))
    line.kit = replace(line.kit, window_of=lambda _provider, _model: window)

    assert line.room() == characters


def test_a_prompt_has_room_for_half_of_what_the_server_said(line_of, store):
    line, _ = line_of(Agent("fine"), model="m")
    line.kit = replace(line.kit, window_of=lambda _provider, _model: 32_000)
    failure = Failure("context_too_long", "", limit_tokens=4096)
    store.ensure("implement-pay", About())
    store.append("implement-pay", [learnt(line.provider.name, "m", failure, 9999, line.kit.now())])

    assert line.room() == 4096 * 2
