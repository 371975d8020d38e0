"""Calls as rows: what was put in comes out again, and readers find what is new."""

from contextlib import closing
from dataclasses import replace

import pytest

from ai_sessions.ledger import rows
from ai_sessions.ledger.contract import Recorded
from ai_sessions.ledger.database import NAME, connected

from .conftest import call, ledger_at, window


@pytest.fixture
def connection(root):
    ledger_at(root).view([window(1)])
    with closing(connected(str(root / NAME), 1)) as found:
        yield found


def test_a_call_comes_back_as_it_was(connection):
    whole = call("1", tokens={"input": 5}, by_model={"m": {"output": 2}})
    rows.put(connection, rows.Row(whole, 7, is_stored=False))

    found = rows.find(connection, "1")
    assert (found.call, found.held_nusd, found.is_stored) == (whole, 7, False)
    assert rows.from_text(rows.as_text(whole)) == whole
    assert rows.find(connection, "2") is None


def test_rows_that_changed_since_a_version_are_told(connection):
    for id_ in ("1", "2"):
        rows.put(connection, rows.Row(call(id_)))
    rows.put(connection, rows.Row(call("3", uid="")))
    rows.put(connection, rows.Row(replace(call("1"), cost_nusd=5)))

    assert [row.call.id for row in rows.of_session(connection, "u1", 0)] == ["2", "1"]
    assert [row.call.id for row in rows.of_session(connection, "u1", 2)] == ["1"]
    assert [row.call.id for row in rows.of_session(connection, "", 0)] == ["3"]


def test_a_call_of_which_nothing_is_known_is_kept_as_any_other():
    assert rows.text_without_facts("a") == rows.as_text(Recorded("a", ""))
