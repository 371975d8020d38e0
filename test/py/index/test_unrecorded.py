"""Calls without a session: each note becomes one row, whoever reads it and however often."""

import pytest

from ai_sessions import times
from ai_sessions.index import NAME, database, unrecorded
from ai_sessions.ledger.notes import FOLDER, Increment, add

AT = "2026-01-02T12:00:00.000Z"
FIRST = times.microseconds(AT)


@pytest.fixture
def root(tmp_path):
    (tmp_path / FOLDER).mkdir()
    return tmp_path


@pytest.fixture
def connection(root):
    with database.opened(str(root / NAME)) as connection:
        yield connection


def note(root, nusd, at=AT, **more):
    add(root, {"ts": at, "status": "ok", "model": "m", "cost_nusd": nusd, **more})


def refreshed(connection, root):
    unrecorded.refresh(connection, lambda mark: Increment(root, mark))
    return unrecorded.cost(connection, FIRST, FIRST + 1)


def test_without_a_note_nothing_was_spent_and_nothing_is_written(connection, tmp_path):
    before = connection.total_changes

    assert refreshed(connection, tmp_path) == (0, 0)
    assert connection.total_changes == before


def test_a_call_of_unknown_price_is_counted_and_costs_nothing_known(connection, root):
    for nusd in (100, None, 20):
        note(root, nusd)

    assert refreshed(connection, root) == (120, 1)


def test_a_note_is_read_once(connection, root):
    note(root, 100)
    refreshed(connection, root)
    note(root, 20)

    assert refreshed(connection, root) == (120, 0)
    assert refreshed(connection, root) == (120, 0)


def test_what_another_process_read_meanwhile_counts_once(connection, root):
    note(root, 100)
    asked = []

    def notes(mark):
        if not asked:
            asked.append(mark)
            with database.opened(str(root / NAME)) as other:
                refreshed(other, root)
        return Increment(root, mark)

    unrecorded.refresh(connection, notes)

    assert asked == [""]
    assert unrecorded.cost(connection, FIRST, FIRST + 1) == (100, 0)
    assert connection.execute("select count(*) from unrecorded").fetchone() == (1,)


def test_notes_in_another_file_replace_all_that_was_known(connection, root):
    note(root, 100)
    refreshed(connection, root)
    (path,) = (root / FOLDER).iterdir()
    path.rename(root / "old")
    note(root, 7)

    assert refreshed(connection, root) == (7, 0)


def test_a_span_has_its_beginning_and_not_its_end(connection, root):
    for millisecond, nusd in ((0, 1), (1, 10), (2, 100)):
        note(root, nusd, f"2026-01-02T12:00:00.{millisecond:03}Z")
    refreshed(connection, root)

    assert unrecorded.cost(connection, FIRST, FIRST + 2000) == (11, 0)


def test_half_a_letter_in_a_name_is_no_reason_to_fail(connection, root):
    note(root, 5, feature="caf\ud800")

    assert refreshed(connection, root) == (5, 0)
    assert connection.execute("select feature from unrecorded").fetchone() == ("caf?",)
