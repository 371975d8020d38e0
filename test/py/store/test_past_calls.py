"""Imported calls are entries like any others, whichever store takes them."""

import pytest

from ai_sessions.imports.contract import Row, past_of, row_of
from ai_sessions.records import About, Cost
from ai_sessions.store.entries import past_call
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore
from ai_sessions.store.past_calls import PastCalls

_ROW = Row("x:1", "2026-11-21T02:12:56.568Z", "m", (5, 1, 0, 0, 0, 0), "s1", "/src", "1", "main")


def test_each_is_made_when_it_is_asked_for():
    rows, costs = [_ROW, _ROW._replace(id="x:2")], [Cost(5, "client"), Cost()]

    calls = PastCalls(rows, costs, past_of)

    assert len(calls) == 2
    assert calls[-1] == past_call(past_of(rows[1]), Cost())
    assert calls[0:1] == [calls[0]]
    assert [one["cost_nusd"] for one in calls] == [5, None]


@pytest.mark.parametrize("is_general", [False, True])
def test_every_store_takes_them(tmp_path, is_general):
    rows = [row_of(past_of(_ROW)) if is_general else _ROW]
    calls = PastCalls([*rows, _ROW._replace(id="x:2")], [Cost(5, "client"), Cost()], past_of)
    told = []
    for store in (MemoryStore(), FileStore(tmp_path)):
        store.ensure("import-x", About("import", "", "/src"))
        store.append("import-x", calls)
        session = store.append("import-x", calls)
        told.append((session.totals, session.resume))
        assert [entry.id for entry in store.entries("import-x")] == ["x:1", "x:2"]

    assert told[0] == told[1]
    assert told[0][0].interactions == 2
