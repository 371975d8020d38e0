"""Rows of quotas: what is put comes back, also in a ledger that is older than its tables."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ai_sessions.ledger import quota_rows
from ai_sessions.ledger.quota_rows import Closed
from ai_sessions.ledger.quota_tables import TABLES
from ai_sessions.ledger.quota_windows import Learned
from ai_sessions.rotation.records import ModelState, Tally

from .quota_places import NOW, place

OWN = [place().own_quota]
KEY = ("quota:open#acc", "requests", "day", 0)


@pytest.fixture
def write(ledger):
    ledger.write(quota_rows.ensure)
    return ledger.write


def test_a_ledger_that_has_no_such_tables_is_given_them(ledger):
    for name in TABLES:
        ledger.write(lambda found, name=name: found.execute(f"drop table if exists {name}"))
    assert not ledger.read(quota_rows.are_there)

    ledger.write(quota_rows.ensure)
    ledger.write(quota_rows.ensure)
    assert ledger.read(quota_rows.are_there)


def test_what_is_learned_of_a_limit_comes_back(write):
    known = Learned(50, "header", None, 12, 34, 56)
    write(lambda found: quota_rows.put_learned(found, KEY, known))

    assert write(lambda found: quota_rows.learned(found, [KEY[0], "other"])) == {KEY: known}


def test_a_closed_account_comes_back_until_it_is_open_again(write):
    write(lambda found: quota_rows.close(found, "q", Closed(9, "402", 1)))
    assert write(lambda found: quota_rows.closed(found, ["q"])) == {"q": Closed(9, "402", 1)}

    write(lambda found: quota_rows.reopen(found, "q"))
    assert write(lambda found: quota_rows.closed(found, ["q"])) == {}


def test_a_state_comes_back_without_what_is_counted_elsewhere(write):
    counted = {"requests_today": 7, "tokens_today": 9, "success_rate": 0.5, "avg_latency_ms": 3.0}
    kept = ModelState(successes=1.5, open_until=NOW, why="404", is_off=True, counted_at=NOW)
    state = replace(kept, **counted)
    write(lambda found: quota_rows.put_state(found, place(), state))

    found = write(lambda found: quota_rows.states(found, OWN))
    assert found == {OWN[0]: kept}


def test_every_time_of_a_state_comes_back_as_one(write):
    names = ("open_until", "counted_at", "probe_until", "known_since")
    state = ModelState(**dict.fromkeys(names, NOW))
    write(lambda found: quota_rows.put_state(found, place(), state))

    assert write(lambda found: quota_rows.states(found, OWN)) == {OWN[0]: state}


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"open_until": "x"}', '{"counted_at": 9e99}', "null", "7"]
)
def test_a_state_that_cannot_be_read_is_as_before_the_first_call(write, text):
    row = (place().own_quota, text)
    write(lambda found: found.execute("insert into quota_model values (?, ?)", row))

    assert write(lambda found: quota_rows.states(found, OWN)) == {OWN[0]: ModelState()}


def test_fields_of_a_later_version_are_left_out(write):
    row = (place().own_quota, '{"successes": 2.0, "mood": "good"}')
    write(lambda found: found.execute("insert into quota_model values (?, ?)", row))

    assert write(lambda found: quota_rows.states(found, OWN)) == {OWN[0]: ModelState(successes=2.0)}


def test_tallies_come_back(write):
    known = Tally(3, 90, 2, 60, 850.0, 0.982, NOW + timedelta(milliseconds=5))
    write(lambda found: quota_rows.put_tally(found, "open:m", known))
    write(lambda found: quota_rows.put_tally(found, "open:n", Tally()))

    every = {"open:m": known, "open:n": Tally()}
    assert write(quota_rows.tallies) == every
    assert write(lambda found: quota_rows.tallies(found, ["open:n", "x"])) == {"open:n": Tally()}


def test_many_rows_are_asked_for_in_parts(write):
    names = [f"open:{number}" for number in range(1200)]
    for name in names:
        write(lambda found, name=name: quota_rows.put_tally(found, name, Tally(1)))

    assert len(write(lambda found: quota_rows.tallies(found, names))) == 1200


def test_rows_of_another_ledger_are_put_in_beside_ours_unless_they_are_damaged(write):
    ours = Closed(9, "402", 1)
    write(lambda found: quota_rows.close(found, "q", ours))
    others = [
        ("q", 1, "", 1),
        ("r", 2, "401", 3),
        ("v", None, "", 1),
        ("s", "x", "", 1),
        (b"t", 1, "", 1),
        ("u",),
    ]
    write(lambda found: quota_rows.restore(found, "quota_closed", others))

    found = write(lambda one: one.execute("select pool from quota_closed").fetchall())
    assert found == [("q",), ("r",)]
    assert write(lambda one: quota_rows.closed(one, ["q"])) == {"q": ours}


def test_that_nobody_knows_an_amount_is_no_damage(write):
    known = Learned(None, "", None, 12, 34, 56)
    row = (*KEY, None, "", None, 12, 34, 56)
    write(lambda found: quota_rows.restore(found, "quota_limit", [row]))

    assert write(lambda found: quota_rows.learned(found, [KEY[0]])) == {KEY: known}
