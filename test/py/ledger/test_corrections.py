"""Corrections: the provider's count raises ours at once, and lowers it when nothing is held."""

from datetime import timedelta

import pytest

from ai_sessions.ledger import corrections, quota_rows
from ai_sessions.records import Told
from ai_sessions.rotation.records import Mark, Need, Outcome

from .quota_places import MINUTE, NOW, held, limit, place, quotas_of, stands

HOUR = timedelta(hours=1)
REQUESTS = ("requests", "day")
NEED_NOTHING = Need()


@pytest.fixture
def quotas(ledger):
    return quotas_of(ledger)


def use(quotas, where, calls):
    held(quotas, where, calls)
    for number in range(calls):
        quotas.settle(f"{where.model.id}{NOW}{number}", 10, NOW)


def test_a_provider_that_counted_more_raises_what_is_used(quotas):
    where = place(limit(100))
    use(quotas, where, 3)
    quotas.note(where, [Told(*REQUESTS, used=40)], NOW)

    assert stands(quotas, where)[REQUESTS] == (100, 40, 0)


def test_calls_under_way_may_be_in_its_count(quotas):
    where = place(limit(100))
    held(quotas, where, 3)
    quotas.note(where, [Told(*REQUESTS, used=3)], NOW)
    assert stands(quotas, where)[REQUESTS] == (100, 0, 3)

    quotas.note(where, [Told(*REQUESTS, used=5)], NOW)
    assert stands(quotas, where)[REQUESTS] == (100, 2, 3)


def test_one_that_counted_less_lowers_it_only_while_nothing_is_held(quotas):
    where = place(limit(100))
    use(quotas, where, 9)
    quotas.reserve("under way", where, NEED_NOTHING, 60, NOW)
    quotas.note(where, [Told(*REQUESTS, used=2)], NOW)
    assert stands(quotas, where)[REQUESTS] == (100, 9, 1)

    quotas.release("under way")
    quotas.note(where, [Told(*REQUESTS, used=2)], NOW)
    assert stands(quotas, where)[REQUESTS] == (100, 2, 0)


def test_what_is_lowered_is_taken_from_the_latest_and_never_below_nothing(ledger, quotas):
    where = place(limit(100))
    for ago in (2, 1, 0):
        quotas.reserve(str(ago), where, NEED_NOTHING, 60, NOW - ago * HOUR)
        quotas.settle(str(ago), 0, NOW)
    quotas.note(where, [Told(*REQUESTS, used=1)], NOW)

    query = "select used from usage where pool = ? and unit = 'requests' order by bucket"
    found = ledger.read(lambda one: one.execute(query, (where.quota,)).fetchall())
    assert found == [(1,), (0,), (0,)]


def test_a_told_limit_counts_with_its_origin(quotas):
    where = place(limit(1000))
    quotas.note(where, [Told(*REQUESTS, limit=50, used=1, origin="body")], NOW)
    [found] = quotas.windows([where], NOW)

    assert (found.limit, found.used, found.origin) == (50, 1, "body")


def test_what_is_not_told_stays_as_it_was(quotas):
    where = place()
    quotas.note(where, [Told(*REQUESTS, limit=50, used=7)], NOW)
    quotas.note(where, [Told(*REQUESTS, resets_at=NOW + HOUR)], NOW)
    [found] = quotas.windows([where], NOW)

    assert (found.limit, found.used, found.resets_at) == (50, 7, NOW + HOUR)


def test_what_is_told_of_a_model_is_no_limit_of_its_account(quotas):
    quotas.note(place(), [Told(*REQUESTS, limit=50, used=50, model="m")], NOW)

    assert held(quotas, place(), 1) == [False]
    assert held(quotas, place(model="n"), 1) == [True]


def test_a_window_with_nothing_left_is_shut_until_its_reset(quotas):
    where = place(limit(None, period="minute"))
    told = Told("requests", "minute", 20, 20, NOW + 2 * MINUTE)
    quotas.note(where, [told], NOW)

    assert held(quotas, where, 1, NOW + MINUTE) == [False]
    assert held(quotas, where, 1, NOW + 3 * MINUTE) == [True]


def test_one_of_which_something_is_left_again_is_open(quotas):
    where = place()
    quotas.note(where, [Told(*REQUESTS, 50, 50)], NOW)
    quotas.note(where, [Told(*REQUESTS, 50, 20)], NOW)

    assert held(quotas, where, 1) == [True]


def shut(ledger, where, scope, until=None, quota=""):
    def change(connection):
        quota_rows.ensure(connection)
        mark = Mark(scope, until, "429", quota=quota)
        corrections.close(connection, where, mark, corrections.us(NOW))

    ledger.write(change)


def test_a_refused_day_shuts_the_quota_that_was_meant_until_its_end(ledger, quotas):
    where = place(limit(10), own=[limit(1000)])
    shut(ledger, where, "day", quota=where.quota)

    assert [one.left for one in quotas.windows([where], NOW)] == [0, 1000]
    assert held(quotas, where, 1, NOW + 12 * HOUR) == [True]


def test_of_two_limits_of_that_quota_it_shuts_the_one_of_which_most_is_used(ledger, quotas):
    limits = limit(None, "nusd"), limit(1000, "tokens"), limit(10), limit(5, period="minute")
    where = place(*limits)
    use(quotas, where, 4)
    shut(ledger, where, "day", NOW + HOUR, where.quota)

    assert [one.left for one in quotas.windows([where], NOW)] == [None, 960, 0, 1]


def test_a_refusal_that_is_of_no_quota_shuts_none(ledger, quotas):
    shut(ledger, place(limit(9)), "day", NOW + HOUR)

    assert held(quotas, place(limit(9)), 1) == [True]


@pytest.mark.parametrize("scope", ["pool", "key"])
def test_a_closed_account_closes_all_its_models(ledger, quotas, scope):
    shut(ledger, place(), scope, NOW + HOUR)
    where = [place(), place(model="n"), place(account="other")]

    found = [one.state for one in quotas.candidates(where, NOW)]
    assert [(one.open_until, one.why, one.is_off) for one in found] == [
        (NOW + HOUR, "429", True),
        (NOW + HOUR, "429", True),
        (None, "", False),
    ]
    assert quotas.candidates(where, NOW + 2 * HOUR)[0].state.open_until is None


def answered(ledger, where, at, latency_ms=0):
    outcome = Outcome("ok", at, latency_ms=latency_ms)
    ledger.write(lambda found: corrections.open_again(found, where, outcome))


@pytest.mark.parametrize(("began_s", "is_open"), [(1, True), (-1, False)])
def test_an_answer_opens_what_was_closed_before_it_was_asked(ledger, quotas, began_s, is_open):
    where = place(limit(9))
    shut(ledger, where, "pool", NOW + HOUR)
    shut(ledger, where, "day", NOW + HOUR, where.quota)
    at = NOW + timedelta(seconds=60 + began_s)
    answered(ledger, where, at, latency_ms=60_000)

    assert held(quotas, where, 1) == [is_open]
    assert (quotas.candidates([where], NOW)[0].state.open_until is None) is is_open


@pytest.mark.parametrize("amount", [-5, 10**30])
def test_a_number_that_no_limit_has_is_taken_for_the_nearest_one(quotas, amount):
    quotas.note(place(), [Told(*REQUESTS, amount, amount)], NOW)
    quotas.note(place(), [Told(*REQUESTS, amount, amount)], NOW)

    [found] = quotas.windows([place()], NOW)
    assert (found.limit, found.used) == ((0, 0) if amount < 0 else (2**53, 2**53))


def test_a_limit_of_0_is_asked_again_after_its_reset(quotas):
    """Else who adds credit would never be told."""
    quotas.note(place(), [Told(*REQUESTS, 0, 0, NOW + HOUR)], NOW)

    assert held(quotas, place(), 1) == [False]
    assert held(quotas, place(), 1, NOW + 2 * HOUR) == [True]


def test_what_was_said_before_another_call_was_counted_lowers_nothing(quotas):
    """Of two calls at once the slower one may tell the older count."""
    where = place(limit(100))
    use(quotas, where, 9)
    quotas.learn(where, Outcome("ok", NOW), NOW, told=[Told(*REQUESTS, used=9)])
    slow = Outcome("ok", NOW + MINUTE, latency_ms=70_000)
    quotas.learn(where, slow, NOW + MINUTE, told=[Told(*REQUESTS, used=8)])
    assert stands(quotas, where)[REQUESTS] == (100, 9, 0)

    later = Outcome("ok", NOW + 2 * MINUTE, latency_ms=1000)
    quotas.learn(where, later, NOW + 2 * MINUTE, told=[Told(*REQUESTS, used=8)])
    assert stands(quotas, where)[REQUESTS] == (100, 8, 0)


def test_the_day_that_is_corrected_is_the_providers(quotas):
    where = place(limit(100, zone="America/Los_Angeles"))
    early = NOW.replace(hour=7, minute=59)  # there it is yesterday
    for number in range(3):
        quotas.reserve(str(number), where, NEED_NOTHING, 60, early)
        quotas.settle(str(number), 0, early)
    quotas.note(where, [Told(*REQUESTS, used=40)], NOW)

    assert stands(quotas, where)[REQUESTS] == (100, 40, 0)
    assert stands(quotas, where, early)[REQUESTS] == (100, 3, 0)


def test_a_subscription_is_as_it_was_told_also_without_a_reset(quotas):
    told = Told("percent", "rolling", used=40, rolling_s=18000, origin="event")
    quotas.note(place(), [told], NOW)
    [now], [later], [over] = (quotas.windows([place()], NOW + ago * HOUR) for ago in (0, 4, 6))

    assert (now.limit, now.used) == (later.limit, later.used) == (100, 40)
    assert (over.limit, over.used) == (None, 0)


def test_a_refused_minute_shuts_that_minute_and_not_the_day(ledger, quotas):
    where = place(limit(10), limit(5, period="minute"))
    shut(ledger, where, "minute", NOW + 2 * MINUTE, where.quota)

    assert [one.left for one in quotas.windows([where], NOW)] == [10, 0]
    assert held(quotas, where, 1, NOW + MINUTE) == [False]
    assert held(quotas, where, 1, NOW + 3 * MINUTE) == [True]
