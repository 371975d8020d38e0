"""Whether a conversation goes on with another model, and the reason that people read."""

from datetime import timedelta

import pytest

from ai_sessions.rotation import registry
from ai_sessions.rotation.records import ModelState, Need
from ai_sessions.rotation.rotate import should_rotate


@pytest.fixture
def rotate(now):
    def decide(*candidates, current="pool:a", strategy="seed", need=None):
        found = registry.named(strategy)
        return should_rotate(candidates, current, need or Need(), now, found)

    return decide


@pytest.mark.parametrize("strategy", registry.STRATEGIES)
def test_near_its_limit_a_model_gives_way_to_the_best_of_the_others(
    rotate, candidate, day, strategy
):
    held, other = candidate("a", windows=[day(900)]), candidate("b", windows=[day(100)])

    assert rotate(held, other, strategy=strategy) == (
        True,
        "pool:b",
        "Current model at 90% of daily limit",
    )


def test_a_model_that_is_well_goes_on(rotate, candidate, day):
    better = candidate("b", about={"favourite": True})

    assert rotate(candidate("a", windows=[day(899)]), better) == (
        *(False, None, "Current model may go on"),
    )


def test_of_two_that_are_near_their_limit_the_current_one_goes_on(rotate, candidate, day):
    found = rotate(candidate("a", windows=[day(950)]), candidate("b", windows=[day(900)]))

    told = "Current model at 90% of daily limit, and no other may answer now"
    assert found == (False, None, told)


def test_a_model_that_may_not_answer_gives_way_whoever_is_left(rotate, candidate, day, now):
    state = ModelState(open_until=now + timedelta(hours=1), is_off=True, why="404 gone")
    last = candidate("b", windows=[day(950)])

    reason = "Current model pauses for 1 h: 404 gone"
    assert rotate(candidate("a", state), last) == (True, "pool:b", reason)


def test_a_conversation_that_outgrew_its_model_goes_to_a_larger_one(rotate, candidate):
    models = candidate("a", window=1000), candidate("b", window=9000)

    assert rotate(*models, need=Need(prompt_tokens=2000)) == (
        *(True, "pool:b", "Current model holds 1,000 tokens of 2,000"),
    )


def test_where_nobody_may_answer_no_model_is_named(rotate, candidate, day):
    found = rotate(candidate("a", windows=[day(1000)]), candidate("b", about={"enabled": False}))

    assert found[:2] == (True, None)
    assert found[2].endswith("and no other may answer now")


def test_a_model_that_is_not_on_the_list_gives_way(rotate, candidate):
    assert rotate(candidate("b")) == (True, "pool:b", "Current model is not on the list")
