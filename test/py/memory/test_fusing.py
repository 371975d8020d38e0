"""Fusion by rank: what several orders have in front comes first."""

import pytest

from ai_sessions.memory.fusing import fused


def names(*orders):
    return [one for one, _score in fused(*(dict.fromkeys(order, 1.0) for order in orders))]


def test_what_two_orders_have_is_before_what_one_has_first():
    assert names("abc", "xb") == ["b", "a", "x", "c"]


def test_one_order_alone_stays_as_it_is():
    assert names("ba", "") == ["b", "a"]


def test_of_equals_the_first_order_decides():
    assert names("a", "b") == ["a", "b"]


def test_a_first_place_that_weighs_little_is_behind_a_second_one_that_weighs_all():
    assert [one for one, _score in fused({"a": 0.1}, {"b": 1.0, "c": 1.0})] == ["b", "c", "a"]


def test_the_first_of_both_gets_twice_a_first_place():
    ((_one, score),) = fused({"a": 1.0}, {"a": 1.0})

    assert score == pytest.approx(2 / 11)
