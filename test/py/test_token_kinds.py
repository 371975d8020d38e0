"""Whatever has a field for each kind of token has those of the one list, in its order."""

from dataclasses import fields

from ai_sessions import token_kinds
from ai_sessions.accounting import stats
from ai_sessions.accounting.pricing import RATES, Rates
from ai_sessions.records import Usage
from ai_sessions.store import totals


def names_of(noun):
    return [field.name for field in fields(noun)]


def test_usage_has_a_field_for_each_kind():
    assert names_of(Usage) == [*token_kinds.FIELDS.values(), "estimated"]


def test_each_kind_has_a_rate():
    assert names_of(Rates) == list(RATES) == [*token_kinds.FIELDS, "request"]


def test_a_checkpoint_adds_up_each_kind():
    assert set(token_kinds.FIELDS.values()) < set(totals.empty("plan-x")["totals"])


def test_reports_leave_out_parts_of_other_kinds_alone():
    left_out = set(token_kinds.FIELDS.values()) - set(stats.COUNTS)

    assert left_out == set(token_kinds.PARTS)
