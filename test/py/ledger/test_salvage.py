"""A damaged ledger: what was spent stays spent, and it is said of how much no call is known."""

import contextlib
import re
import sqlite3

import pytest

from ai_sessions.ledger import pools
from ai_sessions.ledger.contract import END, Window
from ai_sessions.ledger.opening import ledger_at
from ai_sessions.ledger.quota_tables import TABLES
from ai_sessions.ledger.reading import NAME
from ai_sessions.records import Told
from ai_sessions.rotation.records import Outcome, Tally

from .conftest import CENT, call
from .quota_places import NOW, limit, place, quotas_of

CALLS = 300
PAGE = 4096


@pytest.fixture
def path(root):
    """A ledger of calls that no session has."""
    found = [call(f"{number:03}", 3, uid="", session="") for number in range(CALLS)]
    ledger_at(root).record(found)
    return root / NAME


def used(root, said, pool=pools.ALL):
    [found] = ledger_at(root, tell=said.append).view([Window(pool, END)]).windows
    return found.used


def salvaged(said):
    """Calls that are known, calls of which only the sum is known, and that sum."""
    [told] = [one for one in said if "made anew" in one]
    known = re.search(r"anew: (\d+) calls?, ", told)
    lost = re.search(r"of (\d+) other calls? only the sum is known, \$([\d.]+)", told)
    return int(known[1]), int(lost[1]) if lost else 0, float(lost[2]) if lost else 0


@pytest.mark.parametrize("pages", [1, 3, 10])
def test_of_one_that_was_cut_the_calls_and_sums_are_kept_that_can_be_read(root, path, pages):
    whole = path.read_bytes()
    path.write_bytes(whole[: -pages * PAGE])
    said: list[str] = []

    assert used(root, said) == CALLS * 3 * CENT, "nothing is given back"
    assert used(root, said, pools.feature("/shop", "a")) == CALLS * 3 * CENT
    known, lost, dollars = salvaged(said)
    assert known + lost == CALLS
    assert round(dollars * 100) == lost * 3
    assert (known > 0) is (pages < 10)
    assert "without what" not in said[0]


@pytest.mark.parametrize("number", [2, 4, 6])
def test_of_one_with_a_hole_both_ends_are_kept(root, path, number):
    raw = bytearray(path.read_bytes())
    begin = len(raw) - number * PAGE  # the last ones have calls
    raw[begin : begin + PAGE] = b"\xff" * PAGE
    path.write_bytes(raw)
    said: list[str] = []
    for each in range(CALLS):  # it is noticed by who looks there
        ledger_at(root, tell=said.append).find(f"{each:03}")

    assert used(root, said) == CALLS * 3 * CENT
    known, lost, _dollars = salvaged(said)
    assert known + lost == CALLS
    assert known > CALLS * 0.8


@pytest.mark.parametrize("raw", [b"", b"no database" * 1000, b"SQLite format 3\0" + b"\0" * 8192])
def test_of_one_that_is_no_ledger_any_more_nothing_is_known(root, path, raw):
    path.write_bytes(raw)
    said: list[str] = []

    assert used(root, said) == 0
    assert "0 calls, $0.0000; without what calls without a session" in "".join(said)


def test_quotas_and_what_was_learned_of_them_are_kept(root, path):
    where = place(limit(1000))
    quotas = quotas_of(ledger_at(root))
    quotas.count(where, Outcome("ok", NOW, tokens=40, latency_ms=900), NOW)
    quotas.note(where, [Told("requests", "day", 50, 7, origin="body")], NOW)
    quotas.take_in({"open:n": Tally(5)}, "usage.json")
    quotas.learn(where, Outcome("billing", NOW, http=402), NOW)
    before = quotas.windows([where], NOW), quotas.tallies(), quotas.candidates([where], NOW)

    path.write_bytes(path.read_bytes()[: -3 * PAGE])
    after = quotas_of(ledger_at(root))
    assert (after.windows([where], NOW), after.tallies(), after.candidates([where], NOW)) == before
    assert after.knows("usage.json")
    assert list(root.glob("*.damaged"))


def test_a_ledger_that_is_older_than_quotas_is_salvaged_too(root, path):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as older:
        for table in TABLES:
            older.execute(f"drop table if exists {table}")
    whole = path.read_bytes()
    path.write_bytes(whole[:-PAGE])

    assert used(root, []) == CALLS * 3 * CENT
