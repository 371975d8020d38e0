"""Limits that providers named: kept until they end or the provider answers, for each account."""

import json
import multiprocessing
import stat
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from ai_sessions.ledger import limits
from ai_sessions.records import stamp

NOW = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
AT = stamp(NOW)


def limit(until_s=7800.0, **more):
    until = "" if until_s is None else stamp(NOW + timedelta(seconds=until_s))
    facts = {"provider": "claude", "account": "", "model": "opus", "window": "five_hour"}
    return {**facts, "until": until, "at": AT, "call": "c1", "session": "plan-pay", **more}


def test_a_limit_is_kept_with_the_call_that_came_upon_it(tmp_path):
    limits.note(tmp_path, limit(text="what the provider said"))

    assert limits.reached(tmp_path, NOW) == [limit()]


def test_it_is_forgotten_when_it_ends(tmp_path):
    limits.note(tmp_path, limit(60))

    assert limits.reached(tmp_path, NOW + timedelta(seconds=59))
    assert limits.reached(tmp_path, NOW + timedelta(seconds=60)) == []


def test_one_whose_end_nobody_told_counts_for_an_hour(tmp_path):
    limits.note(tmp_path, limit(None))

    assert limits.reached(tmp_path, NOW + timedelta(minutes=59))
    assert not limits.reached(tmp_path, NOW + timedelta(minutes=61))


def test_what_is_told_later_takes_the_place_of_what_was_known(tmp_path):
    limits.note(tmp_path, limit(60))
    limits.note(tmp_path, limit(120, call="c2"))

    assert [one["call"] for one in limits.reached(tmp_path, NOW)] == ["c2"]


def test_accounts_models_and_windows_have_limits_of_their_own(tmp_path):
    others = [{}, {"account": "a"}, {"model": "haiku"}, {"window": "seven_day"}]
    for seconds, other in enumerate(others, 60):
        limits.note(tmp_path, limit(seconds, **other))

    found = limits.reached(tmp_path, NOW)
    assert len(found) == len(others)
    assert [one["until"] for one in found] == sorted((o["until"] for o in found), reverse=True)


def test_an_answer_lifts_the_limits_of_its_model_and_account_alone(tmp_path):
    for other in ({}, {"account": "a"}, {"model": "haiku"}, {"model": ""}):
        limits.note(tmp_path, limit(**other))
    limits.lift(tmp_path, "claude", "", "opus")

    left = {(one["account"], one["model"]) for one in limits.reached(tmp_path, NOW)}
    assert left == {("a", "opus"), ("", "haiku")}


def test_without_a_limit_nothing_is_written(tmp_path):
    limits.lift(tmp_path, "claude", "", "opus")

    assert list(tmp_path.iterdir()) == []
    assert limits.reached(tmp_path / "nowhere", NOW) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"limits": [{}]}', '{"limits": 3}', "\xff"])
def test_a_damaged_file_counts_as_none_and_is_replaced(tmp_path, content):
    limits.note(tmp_path, limit())
    (path,) = tmp_path.rglob("limits.json")
    path.write_text(content, encoding="latin-1")

    assert limits.reached(tmp_path, NOW) == []
    limits.note(tmp_path, limit())
    assert len(limits.reached(tmp_path, NOW)) == 1


def test_it_is_private(tmp_path):
    limits.note(tmp_path, limit())

    (path,) = tmp_path.rglob("limits.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["limits"]


def _note(root, name):
    limits.note(root, limit(account=name))


def test_processes_at_the_same_time_lose_nothing(tmp_path):
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(4, mp_context=fork) as pool:  # which ends without a signal
        list(pool.map(partial(_note, tmp_path), map(str, range(12))))

    assert len(limits.reached(tmp_path, NOW)) == 12


def test_it_is_told_in_the_time_of_the_machine(local_zone):
    local_zone("Europe/Berlin")

    assert limits.told(limit(), NOW) == "limit reached until 16:00 (in 2 h 10 min)"
    assert limits.told(limit(None), NOW) == "limit reached"
