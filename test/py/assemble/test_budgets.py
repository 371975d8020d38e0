"""Budgets of periods, from the settings."""

from ai_sessions import config
from ai_sessions.assemble.budgets import budgets


def test_only_periods_that_have_one_are_limited(tmp_path):
    settings = config.load({"BUDGET_DAY": "2.5", "HOME": str(tmp_path)})

    assert budgets(settings, str(tmp_path)).limits == {"day": 2_500_000_000}


def test_without_settings_there_are_none(tmp_path):
    assert budgets(None, str(tmp_path)).limits == {}


def test_without_a_ledger_nothing_is_counted_against_them(tmp_path):
    assert budgets(None, str(tmp_path)).used(0, 1) is None
