"""What a cache saved, from the usage that was reported and the rates of its day."""

from decimal import Decimal

import pytest

from ai_sessions.accounting import savings
from ai_sessions.accounting.pricing import Rates

RATES = Rates(
    input=Decimal(3),
    output=Decimal(15),
    cache_read=Decimal("0.3"),
    cache_write=Decimal("3.75"),
    cache_write_1h=Decimal(6),
)


def _rates_of(model, _tokens, _at):
    return RATES if model == "sonnet" else None


def _call(tokens, model="sonnet", **more):
    return {"ts": "2026-11-20T10:00:00Z", "model": model, "tokens": tokens, **more}


def test_reading_from_a_cache_saves_the_difference_to_fresh_input():
    found = savings.of([_call({"input": 1000, "output": 100, "cache_read": 900})], _rates_of)

    assert found.fresh_nusd == 1000 * 3000 + 100 * 15000
    assert found.paid_nusd == 100 * 3000 + 900 * 300 + 100 * 15000
    assert found.nusd == 900 * 2700
    assert found.cost_share == pytest.approx(0.54)
    assert found.token_share == 0.9


def test_a_cache_that_is_written_and_never_read_costs():
    tokens = {"input": 1000, "cache_write": 1000, "cache_write_1h": 400}

    found = savings.of([_call(tokens)], _rates_of)

    assert found.nusd == -(600 * 750 + 400 * 3000)
    assert found.cost_share is not None
    assert found.cost_share < 0


def test_calls_without_a_known_price_are_counted_and_left_out():
    calls = [_call({"input": 10, "cache_read": 5}, model="other"), _call({"input": 10})]

    found = savings.of(calls, _rates_of)

    assert (found.calls, found.unknown, found.nusd) == (2, 1, 0)
    assert found.input_tokens == 20


def test_one_model_without_a_price_makes_its_call_unknown():
    shares = {"sonnet": {"input": 10}, "other": {"input": 10}}

    found = savings.of([_call({"input": 20}, by_model=shares)], _rates_of)

    assert (found.unknown, found.fresh_nusd) == (1, 0)


def test_every_model_of_a_call_counts_at_its_own_rate():
    shares = {"sonnet": {"input": 10, "cache_read": 10}, "[sonnet]": {"input": 5}}

    found = savings.of([_call({"input": 15}, by_model=shares)], lambda *_: RATES)

    assert found.fresh_nusd == 15 * 3000
    assert found.nusd == 10 * 2700


@pytest.mark.parametrize("at", ["", "soon", None])
def test_a_call_without_a_time_has_no_price(at):
    assert savings.of([_call({"input": 10}, ts=at)], _rates_of).unknown == 1


def test_a_recorded_demo_saves_nothing():
    call = _call({"input": 10, "cache_read": 9}, cost_source="demo")

    assert savings.of([call], _rates_of) == savings.Savings()


@pytest.mark.parametrize(
    ("fresh", "paid", "holds"),
    [(100, 60, True), (100, 61, False), (100, 120, False), (0, 0, None)],
)
def test_the_claim_of_40_percent_holds_or_not_or_cannot_be_told(fresh, paid, holds):
    assert savings.Savings(1, 0, paid, fresh).holds is holds


def test_no_calls_have_no_shares():
    assert savings.of([], _rates_of).cost_share is None
    assert savings.of([], _rates_of).token_share is None


def test_the_table_of_this_release_is_used_when_no_other_is_given():
    call = _call({"input": 1000, "cache_read": 1000}, model="claude-sonnet-4-5")

    assert savings.of([call]).nusd == 1000 * 2700
