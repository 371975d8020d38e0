"""Fusion by rank: what several orders have in front comes first."""

import pytest

from ai_sessions.index.fusing import fused


def names(*orders):
    return [one for one, _score in fused(*orders)]


def test_what_two_orders_have_is_before_what_one_has_first():
    assert names(["a", "b", "c"], ["x", "b"]) == ["b", "a", "x", "c"]


def test_one_order_alone_stays_as_it_is():
    assert names(["b", "a"], []) == ["b", "a"]


def test_of_equals_the_first_order_decides():
    assert names(["a"], ["b"]) == ["a", "b"]


def test_what_stands_twice_in_an_order_counts_once_where_it_is_first():
    assert names(["a", "b", "a"], ["b"]) == ["b", "a"]


def test_the_first_of_both_gets_the_score_of_the_paper():
    ((_one, score),) = fused(["a"], ["a"])

    assert score == pytest.approx(2 / 61)
