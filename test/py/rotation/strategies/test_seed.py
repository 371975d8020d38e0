"""The formula of points, to the last digit."""

import pytest

from ai_sessions.rotation.records import ModelState, Need
from ai_sessions.rotation.strategies.seed import Seed

LARGE = Need(large_context=True)


@pytest.fixture
def best(now):
    def rank(*candidates, need=LARGE):
        return Seed().rank(candidates, need, now)

    return rank


def test_the_worked_example_scores_151_99(candidate, best, day):
    state = ModelState(requests_today=45, success_rate=0.982, avg_latency_ms=850)
    about = {"favourite": True}

    (found,) = best(candidate("g", state, [day(45, of="g")], window=1_000_000, about=about))

    assert found.score == pytest.approx(151.99, abs=1e-9)
    assert found.terms == {
        "base": 100,
        "usage": pytest.approx(-1.8, abs=1e-9),
        "success": pytest.approx(19.64, abs=1e-9),
        "latency": pytest.approx(9.15, abs=1e-9),
        "context": 10,
        "favourite": 15,
    }


def test_a_model_that_was_never_asked_begins_at_130(candidate, best):
    assert best(candidate(), need=Need())[0].score == 130


@pytest.mark.parametrize(
    ("used", "score"), [(899, 130 - 35.96), (900, 130 - 36 - 50), (1000, 40), (2000, 40)]
)
def test_near_the_limit_50_points_are_lost(candidate, best, day, used, score):
    found = best(candidate(windows=[day(used)]), need=Need())[0]

    assert found.score == pytest.approx(score, abs=1e-9)


@pytest.mark.parametrize(("window", "points"), [(2_000_000, 10), (131_072, 1.31072), (None, 0)])
def test_a_wanted_window_gives_up_to_10_points(candidate, best, window, points):
    found = best(candidate(window=window))[0]

    assert found.terms["context"] == pytest.approx(points, abs=1e-9)


def test_a_slow_model_gets_no_points_for_latency_and_loses_none(candidate, best):
    state = ModelState(avg_latency_ms=60_000)

    assert best(candidate(state=state))[0].terms["latency"] == 0


def test_the_first_of_the_list_wins_where_scores_are_equal(candidate, best):
    assert [one.model for one in best(candidate("b"), candidate("a"))] == ["pool:b", "pool:a"]


def test_a_favourite_whose_day_is_spent_loses_to_whoever_may_answer(candidate, best, day):
    spent = candidate("spent", windows=[day(1000)], about={"favourite": True})
    poor = candidate("poor", ModelState(success_rate=0.0, avg_latency_ms=10_000), [day(950)])

    first, last = best(spent, poor)

    assert (first.model, first.excluded) == ("pool:poor", "")
    assert last.excluded.startswith("1,000 of 1,000 requests used today")


def test_a_last_resort_comes_after_the_worst_of_the_others(candidate, best, day):
    poor = candidate("poor", ModelState(success_rate=0.0, avg_latency_ms=10_000), [day(950)])

    ranked = best(candidate("free", is_last_resort=True), poor)

    assert [one.model for one in ranked] == ["pool:poor", "pool:free"]
