"""Clocks that jump, and files whose times are nonsense: order, age and answers stay right."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.display import briefs
from ai_sessions.index import Index, sessions
from ai_sessions.records import Interaction
from ai_sessions.sessions import cleaning
from ai_sessions.store.files import checkpoints
from ai_sessions.store.files.source import FileSource

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
JUMPS = {
    "an hour back": NOW - timedelta(hours=1),
    "a year back": NOW - timedelta(days=365),
    "to 1970": datetime(1970, 1, 1, tzinfo=UTC),
    "a century ahead": NOW + timedelta(days=36_500),
}


def rows(root):
    return sessions.rows(Index(FileSource(root), str(root), worthwhile=0))


def untimed(ident):
    return Interaction(ident, "", "p", "m", ())


@pytest.mark.parametrize("then", JUMPS.values(), ids=JUMPS)
def test_a_clock_that_jumps_changes_neither_order_nor_last_use(root, faults, then):
    faults.store(root, now=lambda: NOW).append(faults.name, [untimed("a")])
    rows(root)
    later = faults.store(root, now=lambda: then)
    session = later.append(faults.name, [untimed("b")])
    faults.store(root, now=lambda: NOW).append(faults.name, [untimed("c")])

    assert [entry.id for entry in later.entries(faults.name)] == ["a", "b", "c"]
    assert [entry["seq"] for entry in later.plain_entries(faults.name)] == [0, 1, 2, 3]
    assert session.last_used >= "2026-11-21T08"
    assert rows(root) == list(map(briefs.public, checkpoints.rows(root)))
    assert cleaning.unused(later, timedelta(days=30), NOW).unused == ()


@pytest.mark.parametrize("moment", [0, 2**33, 2**40])
def test_whatever_times_the_files_have_the_answers_are_those_of_the_journal(root, faults, moment):
    faults.store(root).append(faults.name, [faults.call("a")])
    rows(root)
    faults.store(root).append(faults.name, [faults.call("b")])
    for path in [root, *root.rglob("*")]:
        os.utime(path, (moment, moment))

    (found,) = rows(root)
    assert found["totals"]["interactions"] == 2
    faults.goes_on(root, ["a", "b"], spare=0)
