"""A call as a row: when it began, what it counts for, and what it was not told."""

import pytest

from ai_sessions import times
from ai_sessions.index import NAME, call_rows, database

AT = "2026-01-02T12:00:00.000Z"
ENDED = times.microseconds(AT)


@pytest.fixture
def connection(tmp_path):
    with database.opened(str(tmp_path / NAME)) as connection:
        connection.row_factory = database.sqlite3.Row
        yield connection


def row(connection, **changes):
    """The row of one call."""
    entry = {
        **{"type": "interaction", "id": "a", "ts": AT, "tokens": {"input": 5}},
        **{"cost_nusd": 7, "status": "ok", **changes},
    }
    call_rows._LAYER.add(connection, 1, 0, entry)
    (found,) = connection.execute("select * from call").fetchall()
    return found


@pytest.mark.parametrize("duration", [None, -1, 2**40, 1.5, True, "9"])
def test_a_call_whose_duration_is_none_began_when_it_ended(connection, duration):
    assert row(connection, duration_ms=duration)["began"] == ENDED


@pytest.mark.parametrize(
    ("changes", "began"),
    [
        ({"duration_ms": 1500}, ENDED - 1_500_000),
        ({"detail": {"begun": "2026-01-02T11:00:00.000Z"}, "duration_ms": 9}, ENDED - 3600 * 10**6),
        ({"detail": [1], "duration_ms": 9}, ENDED - 9000),
        ({"ts": "soon", "duration_ms": 9}, None),
    ],
)
def test_a_call_began_when_it_says_so_or_its_duration_before_its_end(connection, changes, began):
    assert row(connection, **changes)["began"] == began


def test_a_call_of_unknown_price_is_counted_apart(connection):
    found = row(connection, cost_nusd=None, status="timeout")

    assert [found[name] for name in ("cost_nusd", "unknown_costs", "errors")] == [0, 1, 1]


def test_an_entry_that_stands_for_lost_calls_counts_as_many_as_they_were(connection):
    carries = {"interactions": 7, "unknown_costs": 2}
    found = row(connection, status="carried", detail=carries)

    assert [found[name] for name in call_rows.COUNTED if name in (*carries, "errors")] == [7, 2, 0]


def test_what_is_no_call_is_no_row(connection):
    call_rows._LAYER.add(connection, 1, 0, {"type": "note", "id": "a"})

    assert connection.execute("select * from call").fetchall() == []


def test_only_the_calls_of_the_session_that_is_gone_are_forgotten(connection):
    row(connection)
    call_rows._LAYER.forget(connection, 2)
    assert len(connection.execute("select * from call").fetchall()) == 1
    call_rows._LAYER.forget(connection, 1)
    assert connection.execute("select * from call").fetchall() == []
