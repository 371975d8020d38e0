"""How often somebody may do something."""

import pytest

from ai_sessions.rates import Rates


@pytest.fixture
def clock():
    return [100.0]


@pytest.fixture
def rates(clock):
    return Rates(3, lambda: clock[0])


def waits(rates, who, times):
    return [rates.wait_s(who) for _ in range(times)]


def test_one_time_more_has_to_wait(rates):
    assert waits(rates, "ann", 4) == [0, 0, 0, 20]


def test_after_so_many_seconds_there_is_one_more_and_no_other(rates, clock):
    waits(rates, "ann", 3)
    clock[0] += 20

    assert waits(rates, "ann", 2) == [0, 20]


def test_who_asks_in_vain_does_not_wait_longer(rates, clock):
    waits(rates, "ann", 3)
    clock[0] += 10
    assert rates.wait_s("ann") == pytest.approx(10)
    clock[0] += 10.001

    assert rates.wait_s("ann") == 0


def test_nothing_is_saved_up_for_later(rates, clock):
    rates.wait_s("ann")
    clock[0] += 3600

    assert waits(rates, "ann", 4) == [0, 0, 0, 20]


def test_each_has_their_own(rates):
    waits(rates, "ann", 3)

    assert rates.wait_s("bob") == 0


def test_there_may_be_no_limit():
    assert sum(waits(Rates(0), "ann", 1000)) == 0
