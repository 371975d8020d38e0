"""Totals over the plain objects of checkpoints."""

from ai_sessions.accounting import stats
from ai_sessions.store import totals


def row(feature: str, model: str = "m", **sums: int) -> dict:
    found = totals.empty("x")
    found["feature"] = feature
    share = {**dict.fromkeys(stats.COUNTS, 0), **sums}
    found["totals"] |= {**share, "by_model": {model: share}}
    return found


def test_nothing_adds_up_to_zero_at_no_cost():
    found = stats.overall([])

    assert (found["sessions"], found["cost"], found["cache_share"]) == (0, 0.0, 0.0)


def test_sums_are_the_same_in_every_order():
    rows = [row("a", cost_nusd=1, interactions=1), row("b", cost_nusd=10**15 + 1, interactions=1)]

    assert stats.overall(rows) == stats.overall(reversed(rows))
    assert stats.overall(rows)["cost_nusd"] == 10**15 + 2


def test_the_dearest_comes_first():
    rows = [row("cheap", "x", cost_nusd=1), row("dear", "y", cost_nusd=9)]

    assert list(stats.overall(rows)["by_feature"]) == ["dear", "cheap"]
    assert list(stats.overall(rows)["by_model"]) == ["y", "x"]


def test_what_nobody_knows_is_null_and_what_is_partly_known_is_a_sum():
    assert stats.dollars({"interactions": 2, "unknown_costs": 2, "cost_nusd": 0}) is None
    assert stats.dollars({"interactions": 2, "unknown_costs": 1, "cost_nusd": 10**9}) == 1.0


def test_sessions_without_a_feature_and_calls_without_a_model_have_a_name():
    found = stats.overall([row("", "", interactions=1)])

    assert list(found["by_feature"]) == ["(none)"]
    assert list(found["by_model"]) == ["(unnamed)"]
