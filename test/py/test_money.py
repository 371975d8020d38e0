"""Money: exact, in any order, and never a silent zero."""

import functools
import json
import operator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions import money
from ai_sessions.accounting import stats


@given(st.integers(-(10**15), 10**15))
def test_dollars_and_back_is_exact(nusd):
    assert money.nano(money.dollars(nusd)) == nusd


@given(st.integers(0, 10**15 - 1))
def test_a_cost_in_json_is_the_shortest_decimal_that_is_right(nusd):
    written = json.dumps(money.number(nusd))

    assert Decimal(written) == money.dollars(nusd)
    assert Decimal(written).normalize().as_tuple() == money.dollars(nusd).normalize().as_tuple()


@given(st.lists(st.integers(0, 10**12), max_size=50))
def test_costs_of_json_add_up_to_the_cent(costs):
    added = functools.reduce(operator.add, map(money.number, costs), 0.0)

    assert abs(Decimal(added) - money.dollars(sum(costs))) < Decimal("0.000001")


@pytest.mark.parametrize("text", ["nan", "inf", "-inf"])
def test_what_is_not_an_amount_is_refused(text):
    with pytest.raises(ValueError, match="not an amount"):
        money.nano(text)


def test_a_float_is_read_as_it_prints():
    assert money.nano(0.1) == 100_000_000
    assert money.nano(0.0034000000000000002) == 3_400_000


def test_half_a_nano_goes_to_the_even_side():
    assert money.nano(Decimal("0.0000000005")) == 0
    assert money.nano(Decimal("0.0000000015")) == 2


@pytest.mark.parametrize(
    ("nusd", "unknown", "shown"),
    [
        (0, 0, "$0.0000"),
        (16_500_000, 0, "$0.0165"),
        (1_234_560_000_000, 0, "$1,234.56"),
        (16_500_000, 2, "$0.0165+?"),
        (0, 1, "?"),
        (None, 0, "?"),
        (-5_000_000, 0, "-$0.0050"),
    ],
)
def test_people_see_four_places_under_a_dollar_and_a_mark_for_the_unknown(nusd, unknown, shown):
    assert money.shown(nusd, unknown) == shown


@pytest.mark.parametrize(
    ("nusd", "unknown", "known"),
    [(0, 0, 0.0), (0, 1, None), (16_500_000, 2, 0.0165), (16_500_000, 0, 0.0165)],
)
def test_programs_get_null_where_people_see_a_question_mark_alone(nusd, unknown, known):
    assert money.known(nusd, unknown) == known
    assert money.facts(nusd, unknown)["cost"] == known
    assert stats.dollars({"cost_nusd": nusd, "unknown_costs": unknown}) == known
    assert (money.shown(nusd, unknown) == "?") == (known is None)
