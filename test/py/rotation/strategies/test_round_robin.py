"""Each model in turn."""

from datetime import timedelta

from ai_sessions.rotation.records import ModelState, Need
from ai_sessions.rotation.strategies.round_robin import RoundRobin


def order(now, *candidates):
    return [one.model for one in RoundRobin().rank(candidates, Need(), now)]


def test_who_was_never_asked_comes_first_then_who_waits_longest(candidate, now):
    asked = [ModelState(counted_at=now - timedelta(minutes=ago)) for ago in (1, 5)]
    models = candidate("a", asked[0]), candidate("b", asked[1]), candidate("c"), candidate("d")

    assert order(now, *models) == ["pool:c", "pool:d", "pool:b", "pool:a"]


def test_the_score_tells_the_place_in_the_row(candidate, now):
    last = RoundRobin().rank([candidate("a"), candidate("b")], Need(), now)[1]

    assert (last.score, last.terms) == (-1, {"turn": -1})


def test_three_models_take_turns(candidate, now):
    states, turns = dict.fromkeys("abc", ModelState()), []
    for minute in range(6):
        at = now + timedelta(minutes=minute)
        turns.append(order(at, *(candidate(*one) for one in states.items()))[0][-1])
        states[turns[-1]] = ModelState(counted_at=at)

    assert turns == list("abcabc")


def test_who_may_not_answer_loses_its_turn(candidate, now, day):
    assert order(now, candidate("a", windows=[day(1000)]), candidate("b"))[0] == "pool:b"
