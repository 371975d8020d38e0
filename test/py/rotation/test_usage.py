"""How much of a day is used up, by the limit that is nearest."""

import pytest

from ai_sessions.catalog.rotation import PoolLimit
from ai_sessions.rotation import usage
from ai_sessions.rotation.records import ModelState


def test_without_a_limit_nothing_is_used_up(candidate, day, minute):
    windows = [day(70, None), minute(20), day(900, unit="tokens")]

    assert usage.of_day(candidate(state=ModelState(requests_today=9), windows=windows)) == 0


@pytest.mark.parametrize(("used", "limit", "part"), [(45, 1000, 0.045), (3, 2, 1), (0, 0, 1)])
def test_it_is_the_part_of_the_daily_limit(candidate, day, used, limit, part):
    assert usage.of_day(candidate(windows=[day(used, limit)])) == part


def test_of_an_account_all_of_its_calls_count_and_of_a_model_its_own(candidate, day):
    state = ModelState(requests_today=10)

    assert usage.of_day(candidate(state=state, windows=[day(40, 50), day(10, of="m")])) == 0.8
    assert usage.of_day(candidate(state=state, windows=[day(0, 100, of="m")])) == 0.1


def test_a_model_whose_quota_was_never_used_has_the_limit_of_its_entry(candidate):
    limits = (PoolLimit("requests", "day", 1000), PoolLimit("requests", "minute", 1))
    state = ModelState(requests_today=45)

    assert usage.of_day(candidate(state=state, limits=limits)) == 0.045


def test_it_is_near_its_limit_from_90_percent_on(candidate, day):
    assert not usage.is_near_limit(candidate(windows=[day(899)]))
    assert usage.is_near_limit(candidate(windows=[day(900)]))
