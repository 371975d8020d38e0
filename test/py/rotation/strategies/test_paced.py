"""The most answers of a day: each part of a score, and what it is there for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ai_sessions.rotation import learning
from ai_sessions.rotation.records import ModelState, Need, WindowState
from ai_sessions.rotation.strategies import paced
from ai_sessions.rotation.strategies.paced import Paced

from ..conftest import NOON


@pytest.fixture
def rank(now):
    def of(*candidates, need=None, **more):
        return Paced().rank(candidates, need or Need(), now, **more)

    return of


@pytest.fixture
def order(rank):
    def of(*candidates, **more):
        return [one.model.removeprefix("pool:") for one in rank(*candidates, **more)]

    return of


def test_a_favourite_answers_first_while_both_are_well(order, candidate):
    assert order(candidate("a"), candidate("b", about={"favourite": True})) == ["b", "a"]


def test_an_own_value_wins_over_being_a_favourite(order, candidate):
    favourite, valued = {"favourite": True, "value": 0.5}, {"value": 0.6}

    assert order(candidate("a", about=favourite), candidate("b", about=valued)) == ["b", "a"]


def test_a_favourite_that_fails_slowly_loses_to_a_model_that_answers(order, candidate):
    dead = ModelState(failures=9, fail_seconds=30)

    assert order(candidate("a", dead, about={"favourite": True}), candidate("b")) == ["b", "a"]


def test_where_the_next_model_helps_a_doubtful_favourite_is_tried_before_it(order, candidate):
    doubtful = candidate("a", ModelState(successes=5, failures=5), about={"value": 1.0})
    sure = candidate("b", ModelState(successes=500), about={"value": 0.6})

    assert order(doubtful, sure) == order(doubtful, sure, tried=["pool:x"]) == ["a", "b"]
    assert order(doubtful, sure, tried=["pool:x", "pool:y"]) == ["b", "a"]  # the last attempt


def test_to_fail_first_saves_nothing_of_a_scarce_model_that_is_asked_next(rank, candidate, day):
    doubtful = candidate("a", ModelState(successes=5, failures=5))

    def following(used):
        ranked = rank(doubtful, candidate("b", windows=[day(used)]))
        [found] = [one.terms["next"] for one in ranked if one.model == "pool:a"]
        return found / (5.2 / 12)

    assert following(500) == pytest.approx(0.9 * 0.85)
    assert following(750) == pytest.approx(0.9 * 0.85 - 0.2)


def test_what_is_kept_for_large_calls_is_no_help_after_a_failure(rank, candidate, day, demand):
    doubtful = candidate("a", ModelState(successes=5, failures=5), window=32_000)
    large = candidate("large", demand, [day(960)], window=10**6)
    ranked = rank(doubtful, large, candidate("c", about={"value": 0.3}, window=32_000))

    [found] = [one.terms["next"] for one in ranked if one.model == "pool:a"]
    assert found == pytest.approx(5.2 / 12 * 0.9 * 0.3)


def test_a_failure_costs_something_even_when_it_takes_no_time(rank, candidate):
    [only] = rank(candidate("a", ModelState(failures=8)))

    assert only.terms["failure"] == pytest.approx(-0.2 * 8.2 / 10)


def test_a_failure_that_takes_a_minute_costs_more_than_one_of_a_second(order, candidate):
    slow, quick = (ModelState(successes=5, failures=5, fail_seconds=s) for s in (60, 1))

    assert order(candidate("slow", slow), candidate("quick", quick)) == ["quick", "slow"]


@pytest.mark.parametrize("slow", [{"latency_s": 9.0}, {"avg_latency_ms": 9000.0}])
def test_a_slow_model_is_worth_less(order, candidate, slow):
    quick = ModelState(latency_s=1.0)

    assert order(candidate("slow", ModelState(**slow)), candidate("b", quick)) == ["b", "slow"]


def test_a_model_that_is_used_faster_than_its_day_passes_makes_way(order, candidate, day):
    fast, even = candidate("fast", windows=[day(900)]), candidate("even", windows=[day(500)])

    assert order(fast, even) == ["even", "fast"]


@pytest.mark.parametrize(
    ("used", "limit", "price"),
    [
        (500, 1000, 0),
        (0, 1000, 0),
        (750, 1000, 0.2),
        (1000, 1000, 0.4),
        (1500, 1000, 0.4),
        (9, None, 0),
        (0, 0, 0),
    ],
)
def test_the_price_is_what_is_missing_to_an_even_day(candidate, day, now, used, limit, price):
    assert paced.price(candidate(windows=[day(used, limit)]), now) == pytest.approx(price)


def test_calls_under_way_raise_the_price(candidate, day, now):
    assert paced.price(candidate(windows=[day(500, held=250)]), now) == pytest.approx(0.2)


def test_a_minute_and_a_window_of_unknown_length_have_no_price(candidate, minute, now):
    unknown = WindowState("quota:pool#", "requests", "day", 10, 9, resets_at=now)

    assert paced.price(candidate(windows=[minute(19), unknown]), now) == 0


def test_a_subscription_has_the_price_of_its_own_window(candidate, now):
    begin, end = now - timedelta(hours=4), now + timedelta(hours=1)
    told = WindowState("q", "percent", "rolling", None, 90, 0, begin, end)

    assert paced.price(candidate(windows=[told]), now) == pytest.approx(0.2)
    assert paced.price(candidate(windows=[told]), end) == 0  # over


def test_a_day_of_23_hours_is_even_at_its_own_half(candidate, now):
    from zoneinfo import ZoneInfo

    berlin = ZoneInfo("Europe/Berlin")
    begin = now.astimezone(berlin).replace(month=3, day=29, hour=0)
    end = begin + timedelta(days=1)  # by the clock
    window = WindowState("q", "requests", "day", 100, 60, 0, begin, end)

    hour = timedelta(hours=1)
    at = (begin.astimezone(now.tzinfo) + 11.5 * hour).astimezone(berlin)
    assert paced.price(candidate(windows=[window]), at) == pytest.approx(0.08)


def test_the_model_of_the_conversation_keeps_it_unless_another_is_better_by_more(order, candidate):
    held, other, better = candidate("a"), candidate("b"), candidate("c", about={"value": 0.95})

    assert order(other, held, current="pool:a") == ["a", "b"]
    assert order(other, held) == ["b", "a"]
    assert order(held, better, current="pool:a") == ["c", "a"]


def test_a_long_conversation_sticks_more(rank, candidate):
    def sticky(tokens):
        need = Need(prompt_tokens=tokens)
        return rank(candidate(), need=need, current="pool:m")[0].terms["sticky"]

    assert sticky(0) == pytest.approx(0.02)
    assert sticky(10_000) == pytest.approx(0.06)
    assert sticky(10**6) == pytest.approx(0.08)


@pytest.fixture
def demand(now):
    """A model of which a tenth of 200 calls in 12 hours could be held by no other."""
    return ModelState(calls=200, sole_calls=20, known_since=now - timedelta(hours=12))


def test_the_last_calls_of_the_only_large_model_are_kept_for_large_calls(
    order, candidate, day, demand, now
):
    large = candidate("large", demand, [day(960)], window=10**6, about={"favourite": True})
    small = candidate("small", window=32_000)

    assert order(large, small) == ["small", "large"]
    assert order(large, small, need=Need(prompt_tokens=300_000))[0] == "large"
    plenty = replace(large, windows=(day(500),))
    assert order(plenty, small) == ["large", "small"]
    assert paced.protected([large, small], now) == {"pool:large"}
    assert not paced.protected([replace(large, state=ModelState()), small], now)


def test_a_kept_model_answers_when_nobody_else_may_and_before_a_last_resort(
    order, candidate, day, demand
):
    kept = candidate("kept", demand, [day(990)])

    off = candidate("off", about={"enabled": False})
    assert order(candidate("free", is_last_resort=True), kept, off) == ["kept", "free", "off"]


def kept_of(now, *candidates):
    return paced.protected(candidates, now)


def test_twice_as_many_are_expected_as_so_far_and_a_reserve(candidate, day, demand, now):
    """20 in 12 h, a little more as they fade: 47 in the 12 h to come, and 3 times its root."""
    other = candidate("b")

    for left, is_kept in ((60, True), (67, True), (72, False)):
        model = candidate("a", demand, [day(1000 - left)])
        assert kept_of(now, model, other) == (frozenset(["pool:a"]) if is_kept else frozenset())


def test_what_is_kept_gets_less_as_the_day_ends(candidate, day, demand):
    late = NOON + timedelta(hours=11, minutes=59)
    models = candidate("a", demand, [day(990, of="a")]), candidate("b")

    assert kept_of(NOON, *models) == {"pool:a"}
    assert kept_of(late, *models) == set()


def test_no_more_is_kept_than_its_part_of_what_all_can_take(candidate, day, demand, now):
    """A tenth of the 60 that are left for all is 6; with the reserve 13."""
    spent = candidate("b", windows=[day(953, of="b")])

    assert kept_of(now, candidate("a", demand, [day(950, of="a")]), spent) == set()
    assert kept_of(now, candidate("a", demand, [day(987, of="a")]), spent) == {"pool:a"}


def test_an_account_can_take_no_more_than_it_has_left(candidate, day, demand, now):
    account = day(70, 100)
    models = [candidate(id_, windows=[day(0, of=id_), account]) for id_ in "bcd"]

    kept = candidate("a", demand, [day(0, of="a"), account])
    assert kept_of(now, kept, *models) == set()  # a tenth of 30, and 3 times its root
    found = kept_of(now, kept, *models, candidate("x"))
    assert found == {f"pool:{id_}" for id_ in "abcd"}  # each call of the account takes one of them


def test_a_limit_that_nobody_knows_keeps_nothing(candidate, day, demand, minute, now):
    windows = [day(990, None), minute(20), day(990, unit="tokens")]

    assert kept_of(now, candidate(state=demand, windows=windows)) == set()


def test_a_few_calls_do_not_tell_what_part_only_one_can_hold(candidate, day, now):
    state = ModelState(calls=1, sole_calls=1, known_since=now)

    models = candidate("a", state, [day(980, of="a")]), candidate("b", windows=[day(980, of="b")])
    assert kept_of(now, *models) == set()


def test_draws_of_the_same_seed_are_the_same_and_of_others_differ(rank, candidate):
    models = [candidate(id_) for id_ in "abcdef"]

    def scores(seed):
        return [(one.model, one.score) for one in rank(*models, draw=paced.seeded(seed))]

    assert scores("call-1") == scores("call-1") != scores("call-2")


def test_a_cold_model_is_drawn_now_and_then_a_known_one_stays_itself(rank, candidate):
    known = candidate("known", ModelState(successes=500, failures=50))
    firsts = [
        rank(known, candidate("cold", ModelState(failures=1)), draw=paced.seeded(str(n)))[0].model
        for n in range(200)
    ]

    assert 5 < firsts.count("pool:cold") < 100


@pytest.mark.parametrize(("calls", "success"), [(4, 0.5), (5, 0.9)])
def test_a_model_that_was_called_some_times_is_taken_by_its_mean(rank, candidate, calls, success):
    state = ModelState(successes=7.2, failures=0.8, calls=calls)
    [only] = rank(candidate("a", state), draw=lambda _a, _b: 0.5)

    assert only.terms["answer"] == pytest.approx(success * 0.85)


def test_a_draw_is_of_the_successes_and_failures_that_are_left_today(rank, candidate, now):
    asked = []

    def draw(a, b):
        asked.append((a, b))
        return 0.5

    state = ModelState(successes=4, failures=2, counted_at=now - timedelta(hours=1))
    rank(candidate("a", state), candidate("off", about={"enabled": False}), draw=draw)
    assert asked == [(1.8 + 2, 0.2 + 1)]
    assert learning.faded(state, now).successes == 2


def test_the_best_counts_on_the_second_and_all_others_on_the_best(rank, candidate):
    models = [
        candidate(id_, about={"value": value})
        for id_, value in {"a": 0.5, "b": 0.9, "c": 0.7}.items()
    ]
    off = candidate("d", about={"value": 1.0, "enabled": False})

    following = {one.model[-1]: one.terms["next"] / 0.1 for one in rank(*models, off)}
    worth = {"a": 0.9, "b": 0.7, "c": 0.9, "d": 0.9}
    assert following == {key: pytest.approx(0.9 * value) for key, value in worth.items()}
    assert rank(models[0])[0].terms["next"] == 0


def test_a_strategy_says_how_it_is_called(candidate, day, demand, rank):
    kept = rank(candidate("a", demand, [day(990, of="a")]), candidate("b"))[1]

    assert Paced.name == "paced"
    assert kept.terms["protected"] == -100


def test_the_score_is_the_sum_of_terms_that_can_be_told(rank, candidate, day):
    state = ModelState(successes=1.2, failures=0.8, latency_s=5, fail_seconds=20)
    first = rank(candidate("a", state, [day(750)]), candidate("b"), current="pool:a")[1]

    assert first.terms == {
        "answer": pytest.approx(0.75 * 0.80),
        "next": pytest.approx(0.25 * 0.9 * 0.85),
        "failure": pytest.approx(-0.25 * 0.4),
        "pace": pytest.approx(-0.2),
        "sticky": pytest.approx(0.02),
    }
    assert first.score == pytest.approx(sum(first.terms.values()))
