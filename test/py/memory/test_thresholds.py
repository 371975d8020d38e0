"""How much is summarized: down to a third of the limit, never the newest turn."""

import pytest

from ai_sessions.memory.thresholds import is_due, older, summary_tokens, told

TEN = [100] * 10
EVERY = range(10)
QUESTIONS = range(0, 10, 2)


@pytest.mark.parametrize(("told", "due"), [(699, False), (700, True), (5000, True)])
def test_it_is_due_at_the_trigger(told, due):
    assert is_due(told, 1000, 0.7) is due


@pytest.mark.parametrize(
    ("limit", "fixed", "first"),
    [
        (1000, 0, 8),  # 300 stay at most, from a question on
        (2000, 0, 4),
        (2000, 800, 8),  # half of the limit is free afterwards
        (2000, 5000, 8),  # the newest turn stays, whatever is fixed
    ],
)
def test_the_rest_fits_and_begins_with_a_turn(limit, fixed, first):
    assert older(TEN, EVERY, QUESTIONS, limit, fixed) == first


def test_where_nobody_asked_it_begins_at_any_cut():
    assert older(TEN, EVERY, (), 1000) == 7


def test_the_newest_turn_stays_though_it_is_too_large():
    assert older([100] * 8 + [9000, 9000], EVERY, QUESTIONS, 1000) == 8


def test_one_large_message_counts_as_it_will_be_told():
    weights = [100, 100, 5000, 100]

    assert older(weights, range(4), (0, 2), 2000) == 2


def test_nothing_is_older_than_the_only_turn():
    assert older(TEN, EVERY, (0,), 1000) == 0
    assert older([], (), (), 1000) == 0


def test_a_call_that_waits_parts_nothing():
    assert older(TEN, (0,), QUESTIONS, 1000) == 0


@pytest.mark.parametrize(("limit", "most"), [(4000, 500), (1000, 125), (4, 1)])
def test_a_summary_has_an_eighth_of_a_small_limit(limit, most):
    assert summary_tokens(500, limit) == most


def test_a_large_message_counts_as_it_is_told_where_there_is_no_room():
    assert told([100, 9000, 250], 1000) == 100 + 250 + 250
    assert told([9000], 1) == 1
