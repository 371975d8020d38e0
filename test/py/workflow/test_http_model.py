"""A model that can only talk, behind real HTTP, does tasks through the file protocol."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from scripted import SOURCE, TEST, git

import openai_server
from ai_sessions.errors import LimitReached, ProviderError
from ai_sessions.providers.openai import OpenAI
from ai_sessions.workflow.implement import Options, implement
from loopback import Turn

ROUTE_TEST = """\
import unittest

import route


class Route(unittest.TestCase):
    def test_answers(self):
        self.assertEqual(route.pay("k"), "200 charge-k")
"""
ROUTE = """\
import gateway


def pay(key):
    return "200 " + gateway.charge(key)
"""


@pytest.fixture
def do(line_of, project):
    """Do tasks with the model of a server that plays these turns; returns what reached it."""

    def run(*turns, tasks=("T1.1",)):
        with openai_server.server(turns) as server:
            for task in tasks:
                line, _said = line_of(OpenAI(f"{server.url}/v1"), model="test-model")
                implement(line, project, task, Options(), os.environ)
        return server.seen

    return run


@pytest.fixture
def clock():
    """Let the clock of a line stand still but for its sleeps, whose seconds are returned."""

    def hold(line):
        slept: list[float] = []
        begun = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
        line.kit = replace(line.kit, now=lambda: begun + timedelta(seconds=sum(slept)))
        line.sleep = slept.append
        return slept

    return hold


def files(**contents):
    written = [
        {"path": name.replace("__", "."), "content": text} for name, text in contents.items()
    ]
    return Turn(json.dumps({"files": written}))


T11 = (files(test_gateway__py=TEST), files(gateway__py=SOURCE))
T12 = (files(test_route__py=ROUTE_TEST), files(route__py=ROUTE))


def test_a_task_goes_red_and_green(do, repo):
    do(*T11)

    assert git(repo, "log", "--format=%s").splitlines()[:2] == [
        "feat(pay): T1.1 Gateway",
        "test(pay): T1.1 red",
    ]


def test_the_second_task_is_told_what_was_said_in_the_first(do, repo):
    seen = do(*T11, *T12, tasks=("T1.1", "T1.2"))

    messages = seen[-1].body["messages"]
    assert [one["role"] for one in messages] == [*("user", "assistant") * 3, "user"]
    assert "Task T1.1 of the feature" in messages[0]["content"]
    assert messages[1]["content"] == T11[0].text
    assert "Task T1.2 of `pay`" in messages[-1]["content"]


def test_it_sees_the_files_it_is_to_change_and_how_to_answer(do, repo):
    seen = do(*T11)

    said = seen[1].body["messages"][-1]["content"]
    assert TEST.splitlines()[-1] in said
    assert '{"files": [{"path"' in said


def test_a_server_that_knows_no_schema_does_the_task_all_the_same(do, repo):
    refusal = Turn(status=400, error="'response_format' of type 'json_schema' is not supported")
    seen = do(refusal, T11[0], refusal, T11[1])

    assert ["response_format" in one.body for one in seen] == [True, False, True, False]
    assert (repo / "gateway.py").exists()


def test_what_a_call_cost_is_unknown_where_nobody_says_it(do, store):
    do(*T11)

    totals = store.read("implement-pay").totals
    assert (totals.interactions, totals.unknown_costs, totals.cost_nusd) == (2, 2, 0)
    assert totals.usage.input_tokens == 2 * openai_server.USAGE["prompt_tokens"]


def test_what_the_server_charged_is_summed_up(do, store):
    charged = {**openai_server.USAGE, "cost": 0.0025}
    do(*(Turn(turn.text, usage=charged) for turn in T11))

    assert store.read("implement-pay").totals.cost_nusd == 5_000_000


@pytest.mark.parametrize(
    ("turn", "error"),
    [
        (Turn(status=401, error="Incorrect API key"), ProviderError),
        (Turn(status=503, error="busy"), ProviderError),
        (Turn(T11[0].text, cut_after=3), ProviderError),
        (Turn(T11[0].text, stop="length"), LimitReached),
        (Turn(""), ProviderError),
    ],
    ids=["auth", "overloaded", "cut", "too long", "empty"],
)
def test_a_call_that_fails_is_on_record_and_leaves_the_project_as_it_was(
    do, repo, store, turn, error
):
    before = git(repo, "rev-parse", "HEAD")
    with pytest.raises(error):
        do(turn)

    assert store.read("implement-pay").totals.errors == 1
    assert git(repo, "rev-parse", "HEAD") == before
    assert not (repo / "test_gateway.py").exists()


def test_the_same_task_can_be_done_after_a_failed_call(do, repo):
    with pytest.raises(ProviderError):
        do(Turn(status=500, error="oops"))
    seen = do(*T11)

    assert (repo / "gateway.py").exists()
    assert len(seen[0].body["messages"]) == 1, "what failed is no part of the conversation"


def test_a_server_that_asks_for_patience_is_given_it(line_of, clock):
    """Three times 429 with `Retry-After: 3`, then an answer."""
    busy = Turn(status=429, error="slow down", headers={"retry-after": "3"})
    with openai_server.server([busy, busy, busy, Turn("hello")]) as server:
        line, _said = line_of(OpenAI(f"{server.url}/v1"), model="test-model", retry=3)
        slept = clock(line)
        reply = line.ask("x", "plan")

    assert (reply.text, len(server.seen)) == ("hello", 4)
    assert slept == [4, 4, 4], "what it asks for, and a second for its clock"


@pytest.mark.parametrize("status", [401, 402])
def test_a_refused_login_or_an_unpaid_bill_is_asked_once(line_of, clock, status):
    refusal = Turn(status=status, error="no", headers={"retry-after": "3"})
    with openai_server.server([refusal, Turn("hello")]) as server:
        line, _said = line_of(OpenAI(f"{server.url}/v1"), model="test-model", retry=3)
        slept = clock(line)
        with pytest.raises(ProviderError):
            line.ask("x", "plan")

    assert (len(server.seen), slept) == (1, [])
