"""Tallies: of all time and of the last day, taken in from elsewhere once, begun again at will."""

import pytest

from ai_sessions.rotation.records import Outcome, Tally

from .quota_places import DAY, NOW, held, limit, place, quotas_of, stands


@pytest.fixture
def quotas(ledger):
    return quotas_of(ledger)


def outcome(status="ok", at=NOW, **facts) -> Outcome:
    return Outcome(status, at, **{"tokens": 40, "latency_ms": 900, **facts})


def test_calls_of_one_day_are_tallied_together(quotas):
    quotas.learn(place(), outcome(), NOW)
    quotas.learn(place(), outcome("server", http=500, tokens=0), NOW)
    quotas.learn(place(), outcome(at=NOW + DAY, latency_ms=500), NOW + DAY)

    assert quotas.tallies() == {
        "open:m": Tally(3, 80, 1, 40, 700.0, pytest.approx(2 / 3), NOW + DAY)
    }


def test_a_call_that_never_left_this_machine_is_not_tallied(quotas):
    quotas.learn(place(), outcome("network", was_sent=False), NOW)

    assert quotas.tallies() == {}


TALLY = Tally(1245, 345230, 45, 12500, 850.0, 0.982, NOW)


def test_tallies_of_another_record_are_taken_in_once(quotas):
    assert quotas.take_in({"open:m": TALLY}, "/home/usage.json")
    assert not quotas.take_in({"open:m": TALLY}, "/home/usage.json")

    assert quotas.tallies() == {"open:m": TALLY}
    assert quotas.knows("/home/usage.json")
    assert not quotas.knows("/home/other.json")


def test_tallies_begin_again_and_quotas_do_not(quotas):
    where = place(limit(9))
    quotas.take_in({"open:m": TALLY}, "x")
    held(quotas, where, 1)
    quotas.begin_again()

    assert quotas.tallies() == {}
    assert stands(quotas, where) == {("requests", "day"): (9, 0, 1)}


def test_what_was_taken_in_counts_against_limits_where_its_place_is_known(quotas):
    where = place(limit(1000), limit(10, period="minute"), own=[limit(9000, "tokens")])
    quotas.take_in({"open:m": TALLY, "open:n": TALLY}, "x", [where])

    assert stands(quotas, where) == {
        ("requests", "day"): (1000, 45, 0),
        ("requests", "minute"): (10, 0, 0),
        ("tokens", "day"): (9000, 12500, 0),
    }
    assert stands(quotas, where, NOW + DAY)["requests", "day"] == (1000, 0, 0)


def test_two_records_are_added_up_and_the_later_day_is_the_last(quotas):
    early = Tally(10, 1000, 4, 400, 500.0, 0.5, NOW - DAY)
    late = Tally(30, 3000, 6, 600, 900.0, 1.0, NOW)
    quotas.take_in({"open:m": late}, "a")
    quotas.take_in({"open:m": early}, "b")

    rate = (5 + 30) / 40
    latency_ms = (500 * 5 + 900 * 30) / 35
    added = Tally(40, 4000, 6, 600, pytest.approx(latency_ms), pytest.approx(rate), NOW)
    assert quotas.tallies() == {"open:m": added}


def test_tokens_of_a_day_are_those_of_its_calls(quotas):
    for _time in range(2):
        quotas.learn(place(), outcome(), NOW)

    assert (quotas.tallies()["open:m"].day_requests, quotas.tallies()["open:m"].day_tokens) == (
        2,
        80,
    )
