"""Candidates: models as they stand now, whatever clocks and other calls did meanwhile."""

from datetime import timedelta

import pytest

from ai_sessions.ledger import quota_rows
from ai_sessions.ledger.quota_rows import Closed
from ai_sessions.ledger.quota_tables import TABLES
from ai_sessions.ledger.quota_windows import us
from ai_sessions.rotation import breaker
from ai_sessions.rotation.records import ModelState, Need

from .quota_places import DAY, NOW, limit, place, quotas_of

SECOND = timedelta(seconds=1)
FAILED = ModelState(failures_in_a_row=2, open_until=NOW - SECOND, counted_at=NOW - 31 * SECOND)


@pytest.fixture
def quotas(ledger):
    ledger.write(quota_rows.ensure)
    return quotas_of(ledger)


def known(ledger, state):
    ledger.write(lambda found: quota_rows.put_state(found, place(), state))


def state_of(quotas, where=None, now=NOW):
    return quotas.candidates([where or place()], now)[0].state


def test_a_ledger_without_tables_of_quotas_has_models_that_nothing_is_known_of(ledger):
    for name in TABLES:
        ledger.write(lambda found, name=name: found.execute(f"drop table if exists {name}"))

    [found] = quotas_of(ledger).candidates([place(limit(9))], NOW)
    assert (found.state, found.windows[0].limit) == (ModelState(), 9)


def test_requests_of_today_are_those_of_the_providers_day(quotas):
    where = place(limit(9, zone="America/Los_Angeles"))
    early = NOW.replace(hour=7, minute=59)  # 23:59 of the day before
    for at in (early, NOW):
        quotas.reserve(str(at), where, Need(10), 1, at)
        quotas.settle(str(at), 10, at)

    assert state_of(quotas, where).requests_today == 1
    assert state_of(quotas, where, early).requests_today == 1
    assert state_of(quotas, where, NOW + DAY).requests_today == 0


def test_one_call_tries_whether_a_model_answers_again(ledger, quotas):
    known(ledger, FAILED)

    assert quotas.reserve("a", place(), Need(), 60, NOW)
    assert not quotas.reserve("b", place(), Need(), 60, NOW)
    quotas.settle("a", 0, NOW)
    assert quotas.reserve("c", place(), Need(), 60, NOW)


def test_while_it_is_tried_it_is_no_candidate_of_others(ledger, quotas):
    known(ledger, FAILED)
    quotas.reserve("a", place(), Need(), 60, NOW)

    assert breaker.is_probed(state_of(quotas), NOW)
    quotas.release("a")
    assert not breaker.is_probed(state_of(quotas), NOW)


def test_a_model_that_never_failed_is_asked_by_many_at_once(quotas):
    assert [quotas.reserve(str(one), place(), Need(), 60, NOW) for one in range(3)] == [True] * 3


def test_an_account_that_a_wrong_clock_has_closed_is_open(ledger, quotas):
    later = us(NOW + 3000 * DAY)
    closed = Closed(later + 30_000_000, "402", later)
    ledger.write(lambda found: quota_rows.close(found, place().quota, closed))

    assert state_of(quotas).open_until is None
