"""What is known of subscriptions, read without what the rest of quotas takes."""

from datetime import timedelta

import pytest

from ai_sessions.catalog.rotation import ModelEntry, Pool
from ai_sessions.ledger import reading, subscriptions
from ai_sessions.records import Told
from ai_sessions.rotation.records import Outcome, Place

from .conftest import call
from .quota_places import DAY, NOW, place, quotas_of

CLAUDE = Place(Pool("claude", "Claude", ""), ModelEntry("opus", "Opus", "claude"))
SOON, WEEK_S = NOW + timedelta(hours=2), 604_800


def hours(used=37, resets_at=SOON, **more):
    facts = {"rolling_s": 18_000, "origin": "event", **more}
    return Told("percent", "rolling", 100, used, resets_at, **facts)


@pytest.fixture
def known(root, ledger):
    """What is known of windows after these were told, one after the other."""
    ledger.record([call("1")])

    def look(*told, now=NOW):
        for one in told:
            quotas_of(ledger).note(CLAUDE, [one], NOW)
        found, _others = subscriptions.windows(str(root), now)
        return [(one.pool, one.rolling_s, one.limit, one.used, one.resets_at) for one in found]

    return look


def test_where_there_is_no_ledger_nothing_is_known(tmp_path):
    assert subscriptions.windows(str(tmp_path), NOW) == ([], False)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_ledger_and_one_without_quotas_tell_nothing(root, ledger):
    ledger.record([call("1")])
    assert subscriptions.windows(str(root), NOW) == ([], False)

    (root / reading.NAME).write_bytes(b"no database" * 99)
    assert subscriptions.windows(str(root), NOW) == ([], False)


def test_every_window_is_told_with_what_is_used_and_its_end(known):
    assert known(hours(), hours(13, rolling_s=WEEK_S), hours(4, model="opus")) == [
        ("quota:claude#", 18_000, 100, 37, SOON),
        ("quota:claude#", WEEK_S, 100, 13, SOON),
        ("quota:claude#/opus", 18_000, 100, 4, SOON),
    ]


@pytest.mark.parametrize(
    ("told", "after"),
    [
        (hours(), timedelta(hours=2)),
        (hours(resets_at=None), timedelta(hours=5)),
        (hours(None, None), timedelta(0)),
    ],
)
def test_what_is_used_is_unknown_when_nobody_told_or_its_window_is_over(known, told, after):
    assert known(told, now=NOW + after) == [("quota:claude#", 18_000, None, 0, None)]


def test_a_window_without_an_end_lasts_as_long_as_it_is(known):
    told = known(hours(resets_at=None), now=NOW + timedelta(hours=4))

    assert told == [("quota:claude#", 18_000, 100, 37, None)]


def test_the_end_is_told_also_when_what_is_used_is_not(known):
    assert known(hours(None)) == [("quota:claude#", 18_000, None, 0, SOON)]


def test_what_was_used_of_one_window_says_nothing_of_the_next(known):
    later = SOON + timedelta(hours=5)

    assert known(hours(91), hours(None, later)) == [("quota:claude#", 18_000, None, 0, later)]
    assert known(hours(12, later), hours(None, later))[0][2:4] == (100, 12)


def test_a_subscription_that_nobody_tells_of_any_more_is_forgotten(known):
    assert known(hours(), now=NOW + 9 * DAY) == []


def test_other_limits_are_told_of_and_not_shown(root, ledger):
    quotas_of(ledger).count(place(), Outcome("ok", NOW), NOW)
    assert subscriptions.windows(str(root), NOW) == ([], True)

    quotas_of(ledger).note(CLAUDE, [hours()], NOW)
    found, others = subscriptions.windows(str(root), NOW)
    assert (len(found), others) == (1, True)


def test_they_are_what_the_ledger_says_to_all_others(known, root, ledger):
    seen = known(hours(), hours(None, SOON + DAY, rolling_s=WEEK_S))
    others = quotas_of(ledger).windows([CLAUDE], NOW)

    assert [(one.pool, one.rolling_s, one.limit, one.used, one.resets_at) for one in others] == seen
    assert [one.left for one in others] == [
        one.left for one in subscriptions.windows(str(root), NOW)[0]
    ]
