"""Whichever has used least of its day."""

from ai_sessions.rotation.records import ModelState, Need
from ai_sessions.rotation.strategies.least_used import LeastUsed


def order(now, *candidates):
    return [one.model for one in LeastUsed().rank(candidates, Need(), now)]


def test_the_part_of_the_limit_decides_not_the_count(candidate, now, day):
    small = candidate("small", ModelState(requests_today=10), [day(10, 20)])
    large = candidate("large", ModelState(requests_today=400), [day(400, 1000)])

    assert order(now, small, large) == ["pool:large", "pool:small"]


def test_between_models_without_a_limit_the_count_decides(candidate, now):
    busy, idle = (candidate(str(n), ModelState(requests_today=n)) for n in (9, 2))

    assert order(now, busy, idle) == ["pool:2", "pool:9"]


def test_who_may_not_answer_comes_last(candidate, now, day):
    off = candidate("off", about={"enabled": False})

    assert order(now, off, candidate("on", windows=[day(999)]))[0] == "pool:on"
