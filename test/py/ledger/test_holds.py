"""What a call holds, and what calls use that nobody has reserved."""

import pytest

from ai_sessions.ledger import holds, pools, quota_rows
from ai_sessions.ledger.quota_windows import us
from ai_sessions.rotation.records import ModelState

from .quota_places import DAY, NEED, NOW, limit, place, quotas_of, stands


@pytest.fixture
def half_open(ledger):
    state = ModelState(failures_in_a_row=2, open_until=NOW - DAY, counted_at=NOW - DAY)
    ledger.write(quota_rows.ensure)
    ledger.write(lambda found: quota_rows.put_state(found, place(), state))
    return ledger


def hold(ledger, where, nusd=0):
    return ledger.read(lambda found: holds.of_call(where, NEED, us(NOW), nusd, found))


def test_a_call_holds_in_each_of_its_windows(ledger):
    where = place(limit(9), limit(5, period="minute"), limit(500, "nusd"), own=[limit(7)])
    found = hold(ledger, where, nusd=20)
    units = {(one.pool, one.unit): one.amount for one in found.needs}

    assert {(one.pool, one.unit) for one in found.windows} <= set(units)
    assert (units[where.quota, "requests/minute"], units[where.quota, "nusd"]) == (1, 20)
    assert len(found.windows) == 4


def test_only_of_a_model_that_has_failed_it_holds_the_one_try(half_open):
    tries = [pools.PROBE in {one.unit for one in hold(half_open, one).needs} for one in MODELS]

    assert tries == [True, False]


MODELS = [place(), place(model="n")]


def test_calls_that_were_made_are_used_and_their_tries_are_not(half_open):
    where = place(limit(2), limit(1000, "tokens"))
    half_open.write(lambda found: holds.use(where, NEED, us(NOW), found, requests=3))

    assert stands(quotas_of(half_open), where) == {
        ("requests", "day"): (2, 3, 0),
        ("tokens", "day"): (1000, 100, 0),
    }
    assert quotas_of(half_open).reserve("a", place(), NEED, 60, NOW)
