"""The kit for the settings: where it keeps, what it may spend, by which prices."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ai_sessions import config
from ai_sessions.accounting.budgets import Limit
from ai_sessions.assemble import stores
from ai_sessions.assemble.kit import kit as made
from ai_sessions.errors import ConfigError, LimitReached
from ai_sessions.jobs import Job
from ai_sessions.providers.echo import Echo
from ai_sessions.providers.meters import Used
from ai_sessions.records import About, Change, Cost, Interaction, Message, Usage, stamp
from ai_sessions.run import run
from ai_sessions.sessions import unkept

AT = "2026-11-01T10:00:00.000Z"


def test_after_a_call_its_todo_is_noted(settings):
    store = stores.store(settings, False)
    kit = made(settings, store, lambda _event: None)
    store.ensure("implement-pay", About("implement", "pay"))
    call = Interaction("i", AT, "claude", "m", (Message("user", "x", AT),), Usage(1, 1), Cost(5))
    session = store.append("implement-pay", [call])
    for step in kit.steps:
        step(call, session)

    raw = store.plain_entries("implement-pay")
    notes = [entry["body"]["event"] for entry in raw if entry["type"] == "note"]
    assert notes == ["start", "end"]


@pytest.mark.parametrize(
    ("is_kept", "content", "kept"),
    [(True, "full", True), (True, "none", False), (False, "full", False)],
)
def test_raw_output_is_kept_only_where_words_may_be_stored(tmp_path, is_kept, content, kept):
    settings = config.load({"SESSION_DIR": str(tmp_path), "SESSION_CONTENT": content})
    kit = made(settings, stores.store(settings, is_kept), lambda _event: None)

    assert kit.keeps_words is kept
    assert kit.log_dir("plan-a") == (
        tmp_path / "plan-a" / "logs" if is_kept else unkept.folder(tmp_path, "plan-a")
    )


@pytest.mark.parametrize("is_kept", [True, False])
def test_what_a_killed_call_cost_is_asked_of_its_agents_log(tmp_path, is_kept, monkeypatch):
    settings = config.load({"SESSION_DIR": str(tmp_path), "SESSION_FSYNC": "none"})
    store = stores.store(settings, is_kept)
    kit = made(settings, store, lambda _event: None)
    cost = Cost(7_000_000, "prices:x")
    monkeypatch.setattr(
        "ai_sessions.providers.meters.between",
        lambda *_call: Used({"opus": Usage(9, 1)}, cost, {"opus": 7_000_000}),
    )
    store.ensure("plan-a", About("plan", "a"))
    id_ = "01a2249e-ec48-759d-b8e3-addee34a18a1"
    begun = {"id": id_, "at": AT, "provider": "claude", "resume": "conversation-1"}
    store.append("plan-a", [Change("calling", begun)])
    monkeypatch.setattr("ai_sessions.processes.table.of", lambda _pid: None)

    assert made(settings, stores.store(settings, True), kit.watch).cost_of(id_) == 7_000_000
    assert made(settings, stores.store(settings, True), kit.watch).cost_of("other") is None


def job(tmp_path: Path, session: str = "plan-pay") -> Job:
    about = About("plan", "pay", str(tmp_path))
    return Job(session, about, "hello", tmp_path, "plan", model="claude-opus-4-1")


def test_a_ledger_that_cannot_be_used_is_told_once_a_call(settings, tmp_path):
    said: list[str] = []
    store = stores.store(settings, True, said.append)
    (tmp_path / "s" / ".ledger.sqlite3").mkdir(parents=True)
    run(job(tmp_path), Echo(), made(settings, store, lambda _event: None, said.append))

    assert [one.partition(": /")[0] for one in said if "readable for" not in one] == [
        "warning: a call is in no budget until the ledger can be used again"
    ]


def test_without_a_budget_nothing_is_asked(settings, tmp_path):
    kit = made(settings, stores.store(settings, True), lambda _event: None)
    run(job(tmp_path), Echo(), kit)

    assert not (tmp_path / "s" / ".budget").exists()


@pytest.mark.parametrize("use_sessions", [True, False])
def test_a_budget_that_is_used_up_stops_every_session(tmp_path, use_sessions):
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), "BUDGET_DAY": "0.50"})
    store = stores.store(settings, True)
    store.ensure("review-x", About("review", "x"))
    at = stamp(datetime.now(UTC))
    store.append("review-x", [Interaction("i", at, "echo", "m", (), cost=Cost(500_000_000))])
    kit = made(settings, stores.store(settings, use_sessions), lambda _event: None)

    with pytest.raises(LimitReached, match="day budget is used up") as caught:
        run(job(tmp_path), Echo(), kit)
    assert caught.value.exit_code == 7
    assert "BUDGET_DAY" in caught.value.hint


def test_what_a_budget_leaves_is_passed_to_the_agent(tmp_path):
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), "BUDGET_MODEL": "opus=2 haiku=1"})
    kit = made(settings, stores.store(settings, True), lambda _event: None)
    asked = []

    class Agent(Echo):
        def run(self, request, watch):
            asked.append(request.budget_nusd)
            return super().run(request, watch)

    run(job(tmp_path), Agent(), kit)
    assert asked == [2_000_000_000]


def test_limits_of_the_work_are_shared_with_calls_that_run_at_the_same_time(settings, tmp_path):
    """The first call of all may cost all that a plan allows."""
    told = []
    kit = made(settings, stores.store(settings, True), lambda _event: None)
    limited = replace(job(tmp_path), limits=(Limit("feature", 1_000_000_000),), lock_wait_s=0)

    class Busy(Echo):
        def run(self, request, watch):
            with pytest.raises(LimitReached, match="may need all that is left"):
                run(replace(limited, session="plan-pay-t2"), Echo(), kit)
            told.append(request.budget_nusd)
            return super().run(request, watch)

    run(limited, Busy(), kit)
    assert told == [1_000_000_000]


@pytest.mark.parametrize("use_sessions", [True, False])
def test_every_call_counts_with_a_session_or_without(tmp_path, use_sessions):
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), "BUDGET_DAY": "0.50"})

    class Paid(Echo):
        def run(self, request, watch):
            return replace(super().run(request, watch), cost=Cost(300_000_000, "client"))

    for spent in (False, True):
        kit = made(settings, stores.store(settings, use_sessions), lambda _event: None)
        with pytest.raises(LimitReached) if spent else nullcontext():
            run(job(tmp_path), Paid(), kit)


def test_a_prompt_that_is_dearer_than_a_call_may_be_is_never_sent(tmp_path):
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), "BUDGET_CALL": "0.0000001"})
    kit = made(settings, stores.store(settings, True), lambda _event: None)

    with pytest.raises(LimitReached, match="would cost about"):
        run(job(tmp_path), Echo(), kit)


@pytest.mark.parametrize(
    ("name", "value"), [("BUDGET_DAY", "much"), ("BUDGET_CALL", "0"), ("BUDGET_MODEL", "opus")]
)
def test_a_budget_that_is_no_amount_is_an_error_that_names_it(tmp_path, name, value):
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), name: value})

    with pytest.raises(ConfigError, match=f"{name}='{value}'"):
        made(settings, stores.store(settings, True), lambda _event: None)


def test_a_call_is_priced_by_the_rates_that_the_user_set(tmp_path):
    prices = "{my-model: {input: 1000, output: 0}}"
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), "PRICES": prices})
    kit = made(settings, stores.store(settings, True), lambda _event: None)

    class Agent(Echo):
        def run(self, request, watch):
            assert request.price_of(Usage(3), "my-model", datetime.now(UTC)).nusd == 3_000_000
            reply = super().run(request, watch)
            return replace(reply, cost=None, model="my-model", usage=Usage(2, 50))

    found = run(job(tmp_path), Agent(), kit).interaction
    assert found.cost == Cost(2_000_000, "prices:user")


def test_a_prompt_is_measured_by_the_rates_that_the_user_set(tmp_path):
    names = {"BUDGET_CALL": "0.01", "PRICES": '{"claude-opus-4-1": {"input": 900000}}'}
    settings = config.load({"SESSION_DIR": str(tmp_path / "s"), **names})
    kit = made(settings, stores.store(settings, True), lambda _event: None)

    with pytest.raises(LimitReached, match="would cost about"):
        run(job(tmp_path), Echo(), kit)
