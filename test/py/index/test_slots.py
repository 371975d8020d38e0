"""Sums of spans of time are those of their calls, on whole quarters of an hour and off them."""

import contextlib

import pytest

from ai_sessions import times
from ai_sessions.index import NAME, database, slots
from ai_sessions.index.calls import by
from ai_sessions.names import IMPORTED
from ai_sessions.records import About

QUARTER = database.SLOT_US
NOON = times.microseconds("2026-01-02T12:00:00.000Z")


@pytest.fixture
def library(library):
    """A call at the last millisecond before noon, one at noon, one a quarter later."""
    for at in ("11:59:59.999", "12:00:00.000", "12:15:00.000"):
        library.say("plan-a", "hi", at=f"2026-01-02T{at}Z")
    return library


@contextlib.contextmanager
def opened(library):
    by(library.index, "session")
    with database.opened(str(library.root / NAME)) as connection:
        slots.refresh(connection)
        yield connection


def calls(connection, first, last):
    found = slots.sums(connection, first, last)
    return {imported: sums["interactions"] for imported, sums in found.items()}


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (NOON, NOON, {}),
        (NOON, NOON + QUARTER, {False: 1}),
        (NOON - QUARTER, NOON, {False: 1}),
        (NOON - QUARTER, NOON + 2 * QUARTER, {False: 3}),
        (NOON + 1, NOON + QUARTER + 1, {False: 1}),
        (NOON - 1000, NOON + 1, {False: 2}),
        (NOON - 999, NOON, {}),
    ],
)
def test_a_span_has_its_beginning_and_not_its_end(library, first, last, expected):
    with opened(library) as connection:
        assert calls(connection, first, last) == expected


@pytest.mark.parametrize("off", [0, 1])
def test_calls_that_were_imported_are_summed_apart(library, off):
    library.store.ensure("import-claude-shop", About(IMPORTED, "", ""))
    library.say("import-claude-shop", "hi", at="2026-01-02T12:01:00.000Z")
    with opened(library) as connection:
        assert calls(connection, NOON, NOON + QUARTER + off) == {
            False: 1 + off,
            True: 1,
        }


def test_a_slot_whose_calls_are_gone_has_no_sums(library):
    with opened(library):
        pass
    library.store.discard("plan-a")
    with opened(library) as connection:
        assert calls(connection, NOON, NOON + QUARTER) == {}
        assert connection.execute("select count(*) from slot").fetchone() == (0,)
