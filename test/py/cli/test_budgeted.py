"""The budgets of this day and month under `status`, with and without click."""

from datetime import UTC, datetime

import pytest

from ai_sessions.records import About, Cost, Interaction, Usage, stamp
from ai_sessions.store.files import FileStore


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
