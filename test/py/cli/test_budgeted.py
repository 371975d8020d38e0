"""The budgets of this day and month under `status`, with and without click."""

from datetime import UTC, datetime, timedelta

import pytest
from scripted import SOURCE, TEST, writes

from ai_sessions import config, ids, times
from ai_sessions.assemble import stores
from ai_sessions.records import About, Cost, Interaction, Usage, stamp
from ai_sessions.store.files import FileStore

HALF = Cost(500_000_000, "client")


@pytest.fixture
def spent(root):
    """Five calls of now."""
    at = stamp(datetime.now(UTC))
    store = FileStore(root, fsync="none")
    store.ensure("plan-pay", About("plan", "pay", "/home/me/shop"))
    cost = Cost(500_000_000, "client")
    calls = [Interaction(f"c{i}", at, "echo", "m", (), Usage(10, 5), cost) for i in range(5)]
    store.append("plan-pay", calls)


@pytest.mark.parametrize("options", [(), ("--quiet",)])
@pytest.mark.parametrize("which", ["pay", "--all"])
def test_status_says_how_they_stand(typed, spent, monkeypatch, which, options):
    monkeypatch.setattr(times, "spanned", spans(18))  # no midnight between the calls and the look
    monkeypatch.setenv("BUDGET_DAY", "10")
    monkeypatch.setenv("BUDGET_MONTH", "100")
    _code, out, err = typed("status", which, *options)

    assert "budget" not in out
    said = [line for line in err.splitlines() if "budget" in line]
    assert [line.split(",")[0] for line in said] == (
        []
        if options
        else ["today's budget: $2.50 of $10.00", "this month's budget: $2.50 of $100.00"]
    )


def test_without_a_budget_nothing_is_said(typed, spent):
    assert typed("status", "pay")[2] == ""


def test_a_command_that_spends_says_when_its_budgets_do_not_last(typed, spent, agent, monkeypatch):
    """Days of 24 hours of which 18 are over: $2.52 so far come to $3.36."""
    monkeypatch.setattr(times, "spanned", spans(18))
    monkeypatch.setenv("BUDGET_DAY", "3")
    monkeypatch.setenv("BUDGET_MONTH", "4")
    agent.steps = [writes(test_gateway__py=TEST), writes(gateway__py=SOURCE)]
    code, _out, err = typed("implement", "pay", "--task", "T1.1")

    assert code == 0
    said = [line for line in err.splitlines() if "at this rate" in line]
    assert len(said) == 1
    assert said[0].startswith("warning: at this rate today's budget is used up around ")


def spans(hours):
    """A day, week and month that began so many hours ago and have 24 of them."""

    def spanned(at, _period, _zone):
        since = at - timedelta(hours=hours)
        return since, since + timedelta(hours=24)

    return spanned


def test_what_programs_spent_counts_at_once(typed, root, monkeypatch):
    monkeypatch.setattr(times, "spanned", spans(18))
    monkeypatch.setenv("BUDGET_DAY", "10")
    settings = config.load({"SESSION_DIR": str(root), "SESSION_FSYNC": "none"})
    for store in (stores.files(settings), stores.of_programs(settings)):
        paid = Interaction(ids.new(), stamp(datetime.now(UTC)), "openai", "m", (), cost=HALF)
        store.append("chat", [paid])
    _code, _out, err = typed("status", "--all")

    assert "today's budget: $1.00 of $10.00" in err
