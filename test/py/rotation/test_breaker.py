"""The pause of a model that fails again and again, and the one call that ends it."""

from datetime import timedelta

import pytest

from ai_sessions.rotation import breaker
from ai_sessions.rotation.records import ModelState


def pause_s(state, now):
    return (breaker.pause_until(state, now) - now).total_seconds()


def test_the_first_failure_pauses_nothing(now):
    assert breaker.pause_until(ModelState(), now) is None


@pytest.mark.parametrize(
    ("trips", "least", "most"),
    [(0, 24, 36), (1, 48, 72), (4, 384, 576), (5, 480, 600), (10**9, 480, 600)],
)
def test_each_pause_is_twice_the_last_and_ten_minutes_at_most(now, trips, least, most):
    state = ModelState(failures_in_a_row=1, trips=trips)
    found = [pause_s(state, now + timedelta(microseconds=step)) for step in range(200)]

    assert least <= min(found) < max(found) <= most


def test_clients_that_failed_together_come_back_apart(now):
    state = ModelState(failures_in_a_row=1)

    assert pause_s(state, now) == pause_s(state, now)
    assert len({pause_s(state, now + timedelta(microseconds=n)) for n in range(50)}) > 40


def test_it_is_open_until_its_time_and_half_open_from_then_on(now):
    state = ModelState(open_until=now, counted_at=now)

    before = now - timedelta(seconds=1)
    assert (breaker.is_open(state, before), breaker.is_half_open(state, before)) == (True, False)
    assert (breaker.is_open(state, now), breaker.is_half_open(state, now)) == (False, True)


def test_what_a_provider_said_needs_no_probe(now):
    assert not breaker.is_half_open(ModelState(open_until=now, is_off=True), now)
    assert not breaker.is_half_open(ModelState(), now)


def test_a_pause_made_by_a_clock_that_was_ahead_is_over(now):
    year = timedelta(days=365)
    state = ModelState(open_until=now + year, counted_at=now + year - timedelta(seconds=30))

    assert not breaker.is_open(state, now)
    assert breaker.is_open(ModelState(open_until=now + year, counted_at=now), now)


def test_a_probe_holds_others_off_for_its_time_alone(now):
    state = ModelState(open_until=now, probe_until=now + timedelta(seconds=9))

    assert breaker.is_probed(state, now)
    assert not breaker.is_probed(state, now + timedelta(seconds=9))
    assert not breaker.is_probed(state, now - timedelta(hours=2))  # the clock went back
    hour = ModelState(open_until=now, probe_until=now + timedelta(hours=1))
    assert breaker.is_probed(hour, now)
    assert not breaker.is_probed(ModelState(probe_until=state.probe_until), now)
