"""The limits of providers, for who only shows them: nothing is written, no key is needed."""

from datetime import timedelta

import pytest

from ai_sessions.catalog.rotation import Catalog, Pool
from ai_sessions.ledger import QUOTAS, known_quotas, reading
from ai_sessions.records import Told
from ai_sessions.rotation.records import Outcome, Place

from .conftest import call
from .quota_places import DAY, NOW, limit, place, quotas_of

HOURS = Told("percent", "rolling", 100, 37, NOW + timedelta(hours=2), 18_000, origin="event")


def catalog(*places):
    """A catalog that has these places' pools and models."""
    pools = {one.pool.name: one.pool for one in places}
    return Catalog(pools, tuple(one.model for one in places))


@pytest.fixture
def known(root, ledger):
    """What is known after calls at places, and after limits that were told of beside calls."""
    ledger.record([call("1")])

    def look(*places, now=NOW, **told):
        quotas = quotas_of(ledger)
        for one in places:
            quotas.count(one, Outcome("ok", NOW), NOW)
        for name, said in told.items():
            where = Pool(name, name, "")
            quotas.note(Place(where, place().model, "", True), [said], NOW)
        found = known_quotas.windows(str(root), catalog(*places), now)
        return [(one.pool, one.unit, one.limit, one.used + one.held) for one in found]

    return look


def test_where_there_is_no_ledger_nothing_is_known(tmp_path):
    assert known_quotas.windows(str(tmp_path), catalog(), NOW) == []
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_ledger_tells_nothing(root):
    root.mkdir()
    (root / reading.NAME).write_bytes(b"no database" * 99)

    assert known_quotas.windows(str(root), catalog(), NOW) == []


def test_a_ledger_without_quotas_tells_nothing(known):
    assert known() == []


def test_every_account_and_model_that_was_asked_is_told_once(known):
    one, other = place(limit(50)), place(limit(50), model="n/x", own=[limit(9)])
    elsewhere = place(limit(50), account="else")

    assert known(one, other, elsewhere) == [
        ("quota:open#acc", "requests", 50, 2),
        ("quota:open#else", "requests", 50, 1),
        ("quota:open#acc/n/x", "requests", 9, 1),
    ]


def test_a_limit_of_free_calls_is_told_for_free_models(known):
    one = place(limit(50, free_only=True))

    assert known(one) == [("quota:open#acc", "requests", 50, 1)]


def test_of_a_subscription_what_was_told_is_told(known):
    assert known(claude=HOURS) == [("quota:claude#", "percent", 100, 37)]


def test_a_subscription_that_nobody_tells_of_any_more_is_forgotten_with_its_longest_window(known):
    assert known(claude=HOURS, now=NOW + 7 * DAY) == [("quota:claude#", "percent", None, 0)]
    assert known(now=NOW + 9 * DAY) == []


def test_a_pool_that_the_catalog_does_not_know_any_more_is_told_all_the_same(root, ledger):
    said = Told("requests", "day", 50, 7)
    quotas_of(ledger).note(place(), [said], NOW)

    [found] = known_quotas.windows(str(root), catalog(), NOW)
    assert (found.pool, found.limit, found.used) == ("quota:open#acc", 50, 7)


def test_looking_changes_nothing(root, ledger, known):
    known(place(limit(50)), claude=HOURS)
    before = {path.name: path.read_bytes() for path in root.iterdir() if path.is_file()}
    known()

    assert {path.name: path.read_bytes() for path in root.iterdir() if path.is_file()} == before


def test_the_mark_is_made_once_and_where_it_can_be_made(root):
    known_quotas.mark(root)
    first = (root / QUOTAS).stat()
    known_quotas.mark(str(root))

    assert (root / QUOTAS).stat().st_mtime_ns == first.st_mtime_ns
